"""The calls about oneself: name, language, contact, passkeys, the code at every open, guests."""

import msgspec

from cloud import contacts
from cloud.access import Member, Person
from cloud.api import Call
from cloud.api_types import (
    CheckCode,
    ClearPin,
    EditMe,
    GuestView,
    MeView,
    NewContact,
    PasskeyAnswer,
    PasskeyOptions,
    PasskeyView,
    SetPin,
    TicketView,
    TickView,
    given,
)
from cloud.chain import Draft
from cloud.change_desk import Actor
from cloud.clock import Clock
from cloud.code_desk import CodeDesk
from cloud.codes import CONTACT
from cloud.link_store import Opened
from cloud.links import Links, State
from cloud.live import Live
from cloud.passkeys import BadPasskey, NoName, Passkeys
from cloud.people import People
from cloud.pins import BadPin, Paused, Pins, Right
from cloud.policy import Policy
from cloud.sessions import Session
from cloud.verbs import NotPossible
from cloud.views import Views

_TICKET = "of-this-very-session"  # adding is bound to the session itself; the shape wants a ticket


class MeCalls:
    def __init__(
        self,
        people: People,
        policy: Policy,
        desk: CodeDesk,
        passkeys: Passkeys,
        pins: Pins,
        links: Links,
        views: Views,
        live: Live,
        clock: Clock,
    ) -> None:
        self._people, self._policy, self._desk = people, policy, desk
        self._passkeys, self._pins, self._links, self._views, self._live, self._clock = (
            passkeys,
            pins,
            links,
            views,
            live,
            clock,
        )

    async def me(self, call: Call) -> MeView:
        actor, her = call.actor, self._as_known(call.actor)
        hers = await self._passkeys.of(her.id) if actor.place is None else []
        staff = [role for role, people in sorted(self._policy.snapshot.staff.items()) if her.id in people]
        return MeView(
            her.id,
            her.name,
            her.language,
            her.phone,
            her.email,
            actor.place,
            self._pins.needed(her.id),
            [PasskeyView(key.id, key.name, key.created, key.used) for key in hers],
            staff if actor.place is None else [],
        )

    async def tick(self, call: Call) -> TickView:
        """Somebody has opened the app: the radios of her doors are woken before she presses."""
        actor = call.actor
        self._live.watched({door.unit for door in self._policy.sees(actor.person, actor.place)})
        return TickView(self._clock.now(), actor.person)

    async def edit_me(self, call: Call) -> MeView:
        assert isinstance(call.body, EditMe)
        if fields := given(call.body):
            self._is_hers_alone(call.actor)
            if call.actor.place is not None and "name" in fields:
                raise NotPossible("scope", "this place calls you so: ask those who manage it, or sign in with a code")
            await self._people.edit_person(Actor.of(call.actor, call.still), call.actor.person, fields)
        return await self.me(call)

    # -- her number or address

    async def new_contact(self, call: Call) -> TicketView:
        assert isinstance(call.body, NewContact)
        her = self._her(call.actor)
        try:
            contact = contacts.normal(call.body.contact)
        except contacts.BadContact as error:
            raise NotPossible("invalid", str(error)) from error
        return TicketView(self._desk.ask(contact, CONTACT, call.address, her.language, her.id))

    async def check_contact(self, call: Call) -> None:
        assert isinstance(call.body, CheckCode)
        her = call.actor.person
        contact = await self._desk.check(call.body.ticket, call.body.code, CONTACT, her)
        if contact is None:
            raise NotPossible("code", "this code is wrong, was used, or is too old: ask for a new one")
        await self._people.prove_contact(Actor.of(call.actor, call.still), her, contact)

    # -- passkeys

    async def begin_new_passkey(self, call: Call) -> PasskeyOptions:
        her = self._her(call.actor)
        label = her.phone or her.email or her.name
        try:
            options = await self._passkeys.begin_adding(her.id, call.actor.id, label)
        except (NoName, BadPasskey) as error:
            raise NotPossible("unavailable", str(error)) from error
        return PasskeyOptions(_TICKET, options)

    async def add_passkey(self, call: Call) -> PasskeyView:
        answer, actor = call.body, call.actor
        assert isinstance(answer, PasskeyAnswer)
        drafts = self._drafts(actor, "passkey_added")
        try:
            key = await self._passkeys.add(actor.person, actor.id, answer.credential, answer.name, drafts)
        except NoName as error:
            raise NotPossible("unavailable", str(error)) from error
        except BadPasskey as error:
            raise NotPossible("passkey", str(error)) from error
        return PasskeyView(key.id, key.name, key.created, key.used)

    async def remove_passkey(self, call: Call) -> None:
        drafts = self._drafts(call.actor, "passkey_removed")
        if not await self._passkeys.remove(call.actor.person, call.path["passkey"], drafts):
            raise NotPossible("unknown", "there is no such passkey of yours")

    # -- the code at every open

    async def set_pin(self, call: Call) -> None:
        assert isinstance(call.body, SetPin)
        her = call.actor.person
        self._is_hers_alone(call.actor)
        if self._pins.needed(her):
            await self._proven(her, call.body.old or "")
        try:
            await self._pins.set(her, call.body.pin, self._drafts(call.actor, "pin_set"))
        except BadPin as error:
            raise NotPossible("invalid", str(error)) from error
        self._live.redraw(her)

    async def clear_pin(self, call: Call) -> None:
        assert isinstance(call.body, ClearPin)
        await self._proven(call.actor.person, call.body.old)
        await self._pins.clear(call.actor.person, self._drafts(call.actor, "pin_cleared"))
        self._live.redraw(call.actor.person)

    def _is_hers_alone(self, session: Session) -> None:
        """What counts at every place: a link of one place changes nothing at another."""
        elsewhere = self._people.snapshot.places_of.get(session.person, frozenset()) - {session.place}
        if session.place is not None and elsewhere:
            raise NotPossible("scope", "this is for every place of yours: sign in with a code first")

    async def _proven(self, person: str, typed: str) -> None:
        found = await self._pins.check(person, typed)
        if isinstance(found, Paused):
            raise NotPossible("pin_paused", "too many wrong codes: wait", {"until": found.until})
        if not isinstance(found, Right):
            raise NotPossible("pin", "this is not the code there is now", {"left": found.left})

    # -- guests

    async def own_guests(self, call: Call) -> list[GuestView]:
        actor, sites = call.actor, self._policy.snapshot.sites
        places = [p for p in self._policy.places(actor.person) if actor.place in (None, p)]
        hers = [m for p in places for m in sites[p].members.values() if m.role == "guest" and m.host == actor.person]
        people = [guest.person for guest in hers]
        links, opened = await self._links.guests(people), await self._links.opened(people)
        return [
            self._guest(guest, *links.get(guest.person, ("ended", None)), opened.get(guest.person)) for guest in hers
        ]

    def _guest(self, guest: Member, state: State, bound: int | None, opened: Opened | None) -> GuestView:
        grants = self._views.grants_of(guest.person, guest.place)
        view = GuestView(guest.person, guest.place, guest.name, guest.host, state, grants, bound)
        if opened is None:
            return view
        return msgspec.structs.replace(view, opened=opened.times, last=opened.last, door=opened.door)

    def _her(self, session: Session) -> Person:
        return self._policy.snapshot.people[session.person]

    def _as_known(self, session: Session) -> Person:
        """With a session of one place as that place knows her: whoever made its link may be looking."""
        her = self._her(session)
        if session.place is None:
            return her
        site = self._policy.snapshot.sites.get(session.place)
        member = site.members.get(her.id) if site else None
        contact = contacts.masked(member.contact) if member and member.contact else None
        phone = contact if contact and contacts.is_phone(contact) else None
        name = member.name if member else ""
        return msgspec.structs.replace(her, name=name, phone=phone, email=None if phone else contact)

    def _drafts(self, session: Session, what: str) -> list[Draft]:
        """For the log of each of her places, or of the installation."""
        now = self._clock.now()
        return [
            Draft(place, now, "change", session.person, session.id, "app", detail={"what": what})
            for place in self._policy.places(session.person) or [""]
        ]
