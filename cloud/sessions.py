"""Who you are: links exchanged for sessions, tokens and their end. Says nothing about doors.

A token is 32 random bytes, known to the browser's cookie alone; the store and this process hold its SHA-256.
"""

import hashlib
import secrets

import msgspec

from cloud.clock import Clock
from cloud.schema import links
from cloud.store import SessionRow, Store

LINK_LIFE_MS = 24 * 3600 * 1000
LIFE_MS = 400 * 24 * 3600 * 1000  # the longest a browser keeps a cookie; slides with use
USED_EVERY_MS = 3600 * 1000  # how exactly "last used" is kept: an hour costs one write an hour
DEVICE_CHARS = 80


class Session(msgspec.Struct, frozen=True):
    id: str
    person: str


class Sessions:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._by_token: dict[bytes, SessionRow] = {}
        self._by_id: dict[str, SessionRow] = {}

    async def load(self) -> None:
        for row in await self._store.sessions():
            self._keep(row)

    async def link(self, person: str) -> str:
        """A secret that signs `person` in, once, within a day. Goes behind the # of an address, never into a log."""
        secret = secrets.token_urlsafe(24)
        await self._store.add(
            links,
            secret=_hash(secret),
            person=person,
            expires=self._clock.now() + LINK_LIFE_MS,
        )
        return secret

    async def sign_in(self, secret: str, device: str) -> str | None:
        """The token of a new session, or None when the link is unknown, spent or expired."""
        token, now = secrets.token_urlsafe(32), self._clock.now()
        row = SessionRow(
            secrets.token_hex(8),
            _hash(token),
            "",
            device[:DEVICE_CHARS].encode(errors="replace").decode()
            or "unknown",  # headers may hold bytes that are no text
            now,
            now,
        )
        person = await self._store.add_session(_hash(secret), row, now)
        if person is None:
            return None
        row.person = person
        self._keep(row)
        return token

    async def who(self, token: str) -> Session | None:
        row = self._by_token.get(_hash(token))
        now = self._clock.now()
        if row is None or now - row.used > LIFE_MS:
            return None
        if now - row.used > USED_EVERY_MS:
            row.used = now
            await self._store.session_used(row.id, now)
        return Session(row.id, row.person)

    def alive(self, session: Session) -> bool:
        return session.id in self._by_id

    def alive_id(self, session: str) -> bool:
        return session in self._by_id

    def of(self, person: str) -> list[SessionRow]:
        return [row for row in self._by_id.values() if row.person == person]

    async def end(self, session: str) -> None:
        """Ends it on disk, then here; a press that is being decided meanwhile is not recorded."""
        await self._store.end_session(session, self._clock.now())
        row = self._by_id.pop(session, None)
        if row:
            self._by_token.pop(row.token, None)

    def _keep(self, row: SessionRow) -> None:
        self._by_token[row.token] = row
        self._by_id[row.id] = row


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
