"""One-time codes: asked for, sent, checked, spent. Who may be sent how many is in codes.py.

Nothing that a stranger can see or measure says whether a contact is known. A ticket is handed out before anything is
looked up; hashing, looking up, recording and sending come after the reply, and a check of a ticket that is good for
nothing costs what every other one does.
"""

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Sequence
from typing import Protocol

from cloud import codes
from cloud.addresses import Address
from cloud.clock import Clock
from cloud.codes import ADDRESS_AN_HOUR, CODE_DIGITS, CODE_LIFE_MS, CONTACT, DAY_MS, HOUR_MS, SIGN_IN, Asked
from cloud.contacts import is_normal
from cloud.proof_store import ProofStore
from cloud.slow_hash import Busy, SlowHash
from cloud.store import Store

log = logging.getLogger("iomando.codes")

PENDING = 50  # asked for and not recorded yet: about a second of hashing, and room left for those who check
TICKET_BYTES = 24


class Carrier(Protocol):
    """What brings codes to people: notify.Notify."""

    def can_reach(self, contact: str) -> bool: ...
    def code(self, contact: str, code: str, language: str) -> None: ...


class CodeDesk:
    def __init__(self, store: Store, clock: Clock, hasher: SlowHash, carrier: Carrier) -> None:
        self._store, self._clock, self._hasher, self._carrier = ProofStore(store), clock, hasher, carrier
        self._pending: dict[bytes, asyncio.Task[None]] = {}
        self._addresses = codes.Recent(ADDRESS_AN_HOUR, HOUR_MS)
        self._people = codes.Recent(codes.PERSON_A_DAY, DAY_MS)
        self._nobodys = codes.Recent(codes.NOBODYS_AN_HOUR, HOUR_MS)

    async def close(self) -> None:
        await self.recorded()

    async def recorded(self) -> None:
        """Until everything that was asked for so far is recorded, and handed to its carrier."""
        await asyncio.gather(*self._pending.values())

    def ask(
        self,
        contact: str,
        purpose: str,
        address: Address,
        language: str,
        person: str | None = None,
        strangers: bool = False,
    ) -> str:
        """A ticket for `check`, whoever asks for whatever contact. With `strangers` a code goes to contacts that nobody
        has, too; for a change of contact (`person` is whose) always. Raises Busy, whatever the contact."""
        assert is_normal(contact)
        assert (purpose == CONTACT) == (person is not None)
        if len(self._pending) >= PENDING:
            raise Busy("too many at once; try again in a moment")
        secret = secrets.token_urlsafe(TICKET_BYTES)
        ticket = _hash(secret)
        anybody = strangers or purpose == CONTACT
        task = asyncio.create_task(self._give(ticket, contact, purpose, address, language, person, anybody))
        self._pending[ticket] = task
        task.add_done_callback(lambda _: self._pending.pop(ticket))
        return secret

    async def _give(
        self, ticket: bytes, contact: str, purpose: str, address: Address, language: str, person: str | None, any_: bool
    ) -> None:
        now = self._clock.now()
        if not self._addresses.take(address, now) or not (person is None or self._people.take(person, now)):
            log.info("too many codes asked for")
            return
        code = new_code()
        try:
            hashed = await self._hasher.hash(code)
            known = await self._store.known(contact)
            addresses = known.addresses if known else frozenset()
            wanted = (known is not None or any_) and self._carrier.can_reach(contact)

            def decide(asked: Sequence[Asked]) -> tuple[bool, bool]:
                sent = wanted and codes.may_send(asked, address, addresses, now)
                sent = sent and (known is not None or self._nobodys.take("", now))
                return sent or codes.may_keep(asked, address, addresses, now), sent

            expires = now + CODE_LIFE_MS
            if await self._store.ask(ticket, contact, purpose, person, address, hashed, expires, now, decide):
                self._carrier.code(contact, code, known.language if known else language)
        except Exception:
            log.exception("a code could not be given")

    async def check(self, secret: str, typed: str, purpose: str = SIGN_IN, person: str | None = None) -> str | None:
        """The contact that was shown to be hers, once; None: wrong, spent, expired, tried too often, never sent, or
        asked for something else. Raises Busy, and then no try was counted."""
        ticket, code = _hash(secret), codes.read_code(typed)
        if code is None:
            return None
        if pending := self._pending.get(ticket):
            await asyncio.wait([pending])
        if self._hasher.busy:
            raise Busy("too many at once; try again in a moment")
        tried = await self._store.try_code(ticket, purpose, person, self._clock.now())
        own, printed = (tried.code, tried.printed) if tried else (None, None)
        right = await self._hasher.matches(code, own)
        right_printed = await self._hasher.matches(code, printed and printed[1])  # always: so each check costs the same
        if tried is None or not (right or right_printed):
            return None
        used = printed[0] if printed and not right else None
        spent = await self._store.spend_code(ticket, used, self._clock.now())
        return tried.contact if spent else None


async def print_code(store: Store, hasher: SlowHash, contact: str, now: int) -> str:
    """A code that is good with any ticket for this contact, once; the one printed before is good no longer."""
    assert is_normal(contact)
    code = new_code()
    hashed = await hasher.hash(code)
    await ProofStore(store).print_code(secrets.token_bytes(TICKET_BYTES), contact, hashed, now + CODE_LIFE_MS, now)
    return code


def new_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
