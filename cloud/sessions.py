"""Who you are: sessions begun by links, codes and passkeys, their tokens and their end. Says nothing about doors.

A token is 32 random bytes, known to the browser's cookie alone; the store and this process hold its SHA-256. A session
that was begun by a link is good for that link's place only: whoever manages one place must not be able to become her
elsewhere.
"""

import asyncio
import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from cloud.addresses import Address
from cloud.chain import Draft
from cloud.clock import Clock
from cloud.identity_store import GUEST, Ending, IdentityStore, SessionRow
from cloud.store import Store

LINK_LIFE_MS = 24 * 3600 * 1000
LIFE_MS = 400 * 24 * 3600 * 1000  # the longest a browser keeps a cookie; slides with use
USED_EVERY_MS = 3600 * 1000  # how exactly "last used" is kept: an hour costs one write an hour
DEVICE_CHARS = 80
SIGN_IN, INVITATION = "sign-in", "invitation"  # kinds of links; the third is GUEST
KINDS = (SIGN_IN, INVITATION, GUEST)


class Session(msgspec.Struct, frozen=True):
    """`place`: the only one it is good for; None: everywhere. `way`: link, code, passkey, guest."""

    id: str
    person: str
    place: str | None = None
    way: str = "link"
    address: str | None = None


class Sessions:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = IdentityStore(store), clock
        self._by_token: dict[bytes, SessionRow] = {}
        self._by_id: dict[str, SessionRow] = {}
        self._by_person: defaultdict[str, dict[str, SessionRow]] = defaultdict(dict)
        self._changing = asyncio.Lock()  # what is begun and ended at once is on disk and here in one order

    async def load(self) -> None:
        for row in await self._store.sessions():
            self._keep(row)

    # -- beginning

    async def link(
        self,
        person: str,
        kind: str = SIGN_IN,
        place: str | None = None,
        made_by: str | None = None,
        life_ms: int = LINK_LIFE_MS,
        now: int | None = None,
        drafts: Iterable[Draft] = (),
    ) -> str:
        """A secret that signs `person` in, once, within its life. Goes behind the # of an address, never into a log.
        `drafts` are entered into the log in the same commit."""
        assert kind in KINDS
        now = self._clock.now() if now is None else now
        secret = secrets.token_urlsafe(24)
        await self._store.add_link(_hash(secret), person, kind, place, made_by, now + life_ms, now, drafts)
        return secret

    async def end_links(
        self, person: str, kind: str | None = None, place: str | None = None, drafts: Iterable[Draft] = ()
    ) -> int:
        """Her links that are not spent yet never will be. How many; without any, nothing is entered."""
        return await self._store.end_links(person, self._clock.now(), kind, place, drafts)

    async def sign_in(
        self, secret: str, device: str, address: Address | None = None, kinds: Iterable[str] = KINDS
    ) -> str | None:
        """The token of a new session, or None when the link is unknown, spent, ended, expired or of another kind."""
        token, row = self._new("", "link", device, address, None)
        async with self._changing:
            begun = await self._store.spend_link(_hash(secret), row, row.created, kinds)
            if begun is None:
                return None
            self._keep(begun)
        return token

    async def begin(
        self, person: str, way: str, device: str, address: Address | None = None, place: str | None = None
    ) -> str:
        """The token of a new session of somebody who has shown who she is."""
        token, row = self._new(person, way, device, address, place)
        async with self._changing:
            await self._store.begin(row, row.created)
            self._keep(row)
        return token

    def _new(
        self, person: str, way: str, device: str, address: Address | None, place: str | None
    ) -> tuple[str, SessionRow]:
        token, now = secrets.token_urlsafe(32), self._clock.now()
        # headers may hold bytes that are no text
        named = device[:DEVICE_CHARS].encode(errors="replace").decode() or "unknown"
        return token, SessionRow(secrets.token_hex(8), _hash(token), person, named, now, now, place, way, address)

    # -- between

    async def who(self, token: str) -> Session | None:
        row = self._by_token.get(_hash(token))
        now = self._clock.now()
        if row is None or now - row.used > LIFE_MS:
            return None
        if now - row.used > USED_EVERY_MS:
            row.used = now
            await self._store.session_used(row.id, now)
        return Session(row.id, row.person, row.place, row.way, row.address)

    def alive(self, session: Session) -> bool:
        return session.id in self._by_id

    def alive_id(self, session: str) -> bool:
        return session in self._by_id

    def of(self, person: str) -> list[SessionRow]:
        return list(self._by_person.get(person, {}).values())

    def is_signed_in(self, person: str, place: str) -> bool:
        """By a session that is good for this place: what she has elsewhere is not this place's to know."""
        return any(row.place in (None, place) for row in self.of(person))

    # -- end

    async def end(self, session: str, by: Session | None = None) -> None:
        """Ends it on disk, then here; a press that is being decided meanwhile is not recorded."""
        async with self._changing:
            await self._end([session], by)

    async def end_all(
        self, person: str, but: str | None = None, place: str | None = None, by: Session | None = None
    ) -> list[str]:
        """Hers, all but one; with `place` only those that are good for that place alone. Which ones ended."""
        async with self._changing:
            ended = [row.id for row in self.of(person) if row.id != but and place in (None, row.place)]
            await self._end(ended, by)
        return ended

    async def _end(self, sessions: list[str], by: Session | None) -> None:
        """All in one commit."""
        own = by is not None and sessions == [by.id]
        ending = Ending("sign_out" if own else "session_ended", by and by.person, by and by.id)
        await self._store.end(sessions, ending, self._clock.now())
        for session in sessions:
            row = self._by_id.pop(session, None)
            if row:
                self._by_token.pop(row.token, None)
                self._forget_of(row)

    def _keep(self, row: SessionRow) -> None:
        self._by_token[row.token] = row
        self._by_id[row.id] = row
        self._by_person[row.person][row.id] = row

    def _forget_of(self, row: SessionRow) -> None:
        hers = self._by_person[row.person]
        hers.pop(row.id, None)
        if not hers:
            del self._by_person[row.person]


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
