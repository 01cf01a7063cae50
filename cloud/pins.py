"""The four digits that some people type at every open. Who has some is known here without asking the store.

Whether a session may set or clear one is the caller's to decide. A try is counted on disk before it is compared:
neither a restart nor many at once give more of them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

import msgspec

from cloud.chain import Draft
from cloud.clock import Clock
from cloud.codes import PIN_PAUSE_MS, PIN_TRIES, read_pin, weak_pin
from cloud.proof_store import ProofStore
from cloud.slow_hash import Busy, SlowHash
from cloud.store import Store

log = logging.getLogger("iomando.pins")


class BadPin(Exception):
    """Not four digits, or too easily guessed; the message says which, in words."""


class Right(msgspec.Struct, frozen=True):
    pass


class Wrong(msgspec.Struct, frozen=True):
    left: int


class Paused(msgspec.Struct, frozen=True):
    until: int


class Pins:
    def __init__(self, store: Store, clock: Clock, hasher: SlowHash) -> None:
        self._store, self._clock, self._hasher = ProofStore(store), clock, hasher
        self._people: set[str] = set()
        self._changing = asyncio.Lock()

    async def load(self) -> None:
        self._people = set(await self._store.pins())

    def needed(self, person: str) -> bool:
        return person in self._people

    async def set(self, person: str, typed: str, drafts: Iterable[Draft] = ()) -> None:
        """Raises BadPin and then has changed nothing. `drafts` are entered into the log in the same commit."""
        pin = read_pin(typed)
        if pin is None:
            raise BadPin("it has four digits")
        if weak := weak_pin(pin):
            raise BadPin(weak)
        hashed = await self._hasher.hash(pin)
        async with self._changing:
            await self._store.set_pin(person, hashed, self._clock.now(), drafts)
            self._people.add(person)

    async def clear(self, person: str, drafts: Iterable[Draft] = ()) -> bool:
        """False: there was none, and nothing is entered."""
        async with self._changing:
            found = await self._store.clear_pin(person, self._clock.now(), drafts)
            self._people.discard(person)
        return found

    async def check(self, person: str, typed: str) -> Right | Wrong | Paused:
        """Right, too, when there is none any more. What is not four digits is wrong, and a try. Raises Busy, and then
        no try was counted."""
        if self._hasher.busy:
            raise Busy("too many at once; try again in a moment")
        tried = await self._store.try_pin(person, PIN_TRIES, PIN_PAUSE_MS, self._clock.now())
        if tried is None:
            return Right()
        if tried.failed == 0 and tried.paused_until is not None:
            return Paused(tried.paused_until)
        if await self._hasher.matches(read_pin(typed) or "", tried.hash) and await self._store.pin_was_right(
            person, tried
        ):
            return Right()
        if tried.paused_until is not None:
            log.warning("paused after wrong codes", extra={"person": person})
            return Paused(tried.paused_until)
        return Wrong(PIN_TRIES - tried.failed)


def proof_by(pins: Pins) -> Callable[[str, str | None], Awaitable[str | None]]:
    """What a press is asked for: the reason why it is refused, None when nothing is wrong with it."""

    async def proof(person: str, typed: str | None) -> str | None:
        if not pins.needed(person):
            return None
        if typed is None:
            return "pin"
        try:
            result = await pins.check(person, typed)
        except Busy:
            return "busy"
        return {Right: None, Wrong: "pin", Paused: "pin_paused"}[type(result)]

    return proof
