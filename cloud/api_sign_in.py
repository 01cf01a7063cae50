"""The calls by which somebody shows who she is, and by which she ends that."""

from cloud import contacts
from cloud.api import Call, SignedIn, SignedOut
from cloud.api_types import AskCode, CheckCode, LinkView, Look, PasskeyAnswer, PasskeyOptions, SessionView, TicketView
from cloud.change_desk import Actor
from cloud.code_desk import CodeDesk
from cloud.codes import SIGN_IN as CODE
from cloud.links import NOT_ONE_OF_OURS, Links
from cloud.messages import SignIn
from cloud.passkeys import NoName, Passkeys
from cloud.people import People
from cloud.sessions import GUEST, INVITATION, SIGN_IN, SessionRow, Sessions
from cloud.verbs import NotPossible


class SignInCalls:
    def __init__(
        self, sessions: Sessions, people: People, desk: CodeDesk, passkeys: Passkeys, links: Links, unnamed: str = "?"
    ) -> None:
        self._sessions, self._people, self._desk, self._passkeys = sessions, people, desk, passkeys
        self._links, self._unnamed = links, unnamed

    async def sign_in(self, call: Call) -> SignedIn:
        assert isinstance(call.body, SignIn)
        kinds = (SIGN_IN, INVITATION)
        token = await self._sessions.sign_in(call.body.secret, call.device, call.address, kinds)
        if token is None:
            raise NotPossible("link", NOT_ONE_OF_OURS)
        return await self._instead(call, token)

    async def bind_guest(self, call: Call) -> SignedIn:
        """A guest's link is good on the first phone on which its button is tapped, and on no other."""
        assert isinstance(call.body, Look)
        token = await self._sessions.sign_in(call.body.secret, call.device, call.address, (GUEST,))
        if token is None:
            if await self._links.is_bound(call.body.secret):
                raise NotPossible("bound", "another phone has this link: ask whoever sent it for a new one")
            raise NotPossible("link", NOT_ONE_OF_OURS)
        return await self._instead(call, token)

    async def look(self, call: Call) -> LinkView:
        assert isinstance(call.body, Look)
        return await self._links.look(call.body.secret)

    # -- codes

    async def ask_code(self, call: Call) -> TicketView:
        """The same answer whether anybody has this contact. A poster vouches for strangers: they may ask, too."""
        asked = call.body
        assert isinstance(asked, AskCode)
        try:
            contact = contacts.normal(asked.contact)
        except contacts.BadContact as error:
            raise NotPossible("invalid", str(error)) from error
        strangers = asked.poster is not None
        if asked.poster is not None and await self._links.place_of_poster(asked.poster) is None:
            raise NotPossible("link", "this poster is no longer good: there is a newer one")
        return TicketView(self._desk.ask(contact, CODE, call.address, asked.language, strangers=strangers))

    async def check_code(self, call: Call) -> SignedIn:
        typed = call.body
        assert isinstance(typed, CheckCode)
        contact = await self._desk.check(typed.ticket, typed.code)
        if contact is None:
            raise NotPossible("code", "this code is wrong, was used, or is too old: ask for a new one")
        person = await self._people.person_of(contact)
        if person is None:
            # only a stranger who came by a poster was sent a code: she is known from here on, nowhere at home
            person = await self._people.newcomer(contact, self._unnamed, typed.language)
        return await self._instead(call, await self._sessions.begin(person.id, "code", call.device, call.address))

    # -- passkeys

    async def begin_passkey(self, _call: Call) -> PasskeyOptions:
        try:
            return PasskeyOptions(*await self._passkeys.begin_sign_in())
        except NoName as error:
            raise NotPossible("unavailable", str(error)) from error

    async def finish_passkey(self, call: Call) -> SignedIn:
        answer = call.body
        assert isinstance(answer, PasskeyAnswer)
        try:
            person = await self._passkeys.sign_in(answer.ticket, answer.credential)
        except NoName as error:
            raise NotPossible("unavailable", str(error)) from error
        if person is None:
            raise NotPossible("passkey", "this passkey is not one of ours, or this took too long: try again")
        return await self._instead(call, await self._sessions.begin(person, "passkey", call.device, call.address))

    async def _instead(self, call: Call, token: str) -> SignedIn:
        """The cookie that somebody else had in this browser goes: her session ends with it, else her pushes would come
        up on a screen that is not hers any more."""
        new = await self._sessions.who(token)
        if call.had is not None and new is not None and call.had.person != new.person:
            await self._people.end_session(call.had.id, call.had)
        return SignedIn(token)

    # -- sessions

    async def sign_out(self, call: Call) -> SignedOut:
        await self._people.end_session(call.actor.id, call.actor)
        return SignedOut()

    async def list_sessions(self, call: Call) -> list[SessionView]:
        return [
            SessionView(row.id, row.device, row.created, row.used, row.id == call.actor.id, row.way, row.place)
            for row in self._hers(call)
        ]

    async def end_session(self, call: Call) -> None:
        wanted = call.path["session"]
        if wanted not in {row.id for row in self._hers(call)}:
            raise NotPossible("unknown", "there is no such session of yours")
        await self._people.end_session(wanted, call.actor)

    async def end_sessions(self, call: Call) -> None:
        await self._people.end_sessions(
            call.actor.person, call.actor.id, call.actor.place, Actor.of(call.actor, call.still)
        )

    def _hers(self, call: Call) -> list[SessionRow]:
        """A session that is good for one place shows and ends only those that are good for that place."""
        rows = self._sessions.of(call.actor.person)
        return [row for row in rows if call.actor.place in (None, row.place)]
