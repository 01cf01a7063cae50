"""A roll-out on the bench: a cloud with a published release, and a played unit that takes it as a real one does.
What it is to say, and when, is in the test's hand. Never here: what should become of it.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from cloud.change_desk import Actor
from cloud.releases import Releases
from cloud.rollout import Plan, Row
from cloud.rollout_desk import RolloutDesk
from cloud.unit_link import News, UnitLink
from firmware import events, signatures, update_words, wire
from tests.boxes_side import taken
from tests.given import ADM, inhabited_database, whole_log
from tests.release_side import Keys, Release
from tests.unit_side import UNIT
from tests.world import World

OLD = 100  # what a played unit says that it runs
FILES = {"main.mpy": b"M\x06" + bytes(2000), "wire.mpy": b"M\x06" + bytes(range(256)) * 6}
ANY_TIME = Plan(hours=None, soak_s=600)


class Desk:
    """`world` with a roll-out desk, turned by hand. `firmware`: what the unit runs; `offers`: (release, size, key set);
    `got`: bytes of each part that it was given; `obeys`: whether it takes offers up by itself."""

    def __init__(self, world: World) -> None:
        self.world, self.keys, self.firmware, self.obeys = world, Keys(), OLD, True
        self.release = Release(self.keys, OLD + 1, FILES)
        self.offers: list[tuple[int, int, int]] = []
        self.blocks: list[tuple[int, int, int, int, bytes]] = []
        self.got: dict[tuple[int, int], bytes] = {}
        self.asks = 0
        self.tests: list[str] = []

    def join(self) -> None:
        """Beside the parts of a process that has begun."""
        w, unit = self.world, self.world.unit
        self.releases = Releases(w.store, w.time)
        self.desk = RolloutDesk(self.releases, w.policy, w.units, w.time)
        self.desk.test = self.tests.append
        told, logged = w.units.told, w.store.commits.logged

        def has_told(link: UnitLink, news: News) -> None:
            self.desk.heard(link, news)
            told(link, news)

        def has_logged(entries: list[Any]) -> None:
            logged(entries)
            self.desk.logged(entries)

        w.units.told, w.store.commits.logged, w.boxes.journal.about = has_told, has_logged, self.desk.about
        if not hasattr(self, "_hears"):
            self._hears = unit.on_frame
            unit.on_frame = self._on_frame
            unit.hello = lambda nonce=wire.NO_NONCE, seconds=100.0, **how: unit._presence(
                wire.hello, nonce, seconds, 1, self.firmware, unit.settings_number, **how
            )

    async def publish(self) -> None:
        await self.releases.add_key_set(self.keys.signed, ADM)
        await self.releases.publish(self.release.signed, self.release.bundle, ADM)

    async def begins(self, plan: Plan = ANY_TIME, by: Actor = ADM) -> int:
        return (await self.desk.begin(self.release.counter, plan, by)).id

    async def turns(self, count: int = 1, seconds: float = 0) -> None:
        """Looks of the desk, with so much time before each; all that follows from them has happened."""
        for _ in range(count):
            if seconds:
                await self.world.passes(seconds)
            await self.desk.turn()
            await self.settled()

    async def settled(self) -> None:
        before = -1
        while self.desk._blocks._tasks or before != len(self.blocks) + len(self.world.broker.down):
            before = len(self.blocks) + len(self.world.broker.down)
            await asyncio.sleep(0)
            await self.world.quiet()

    @property
    def row(self) -> Row:
        assert self.desk.current
        return self.desk.current.rows[UNIT]

    async def on_disk(self) -> Row:
        """Of the newest roll-out."""
        newest = (await self.releases.store.rollouts())[0]
        return next(row for row in await self.releases.store.rows(newest.id) if row.unit == UNIT)

    async def restarts(self) -> None:
        """Another process begins from what is on disk."""
        await self.desk.close()
        await self.world.crash()
        await self.world.start()
        self.join()
        await self.desk.load()
        await self.world.quiet()

    # -- the unit

    def say(self, state: int, reason: int = update_words.NONE, have: int = 0) -> None:
        unit = self.world.unit
        count = (unit._next(), self.release.counter, state, reason, have)
        unit.send(wire.update_state(unit.up, unit.slot, unit.epoch, *count))

    def ask(self, part: int, of: int, offset: int, length: int = wire.BLOCK_MAX) -> None:
        unit = self.world.unit
        unit.send(wire.block_wanted(unit.up, unit.slot, unit.epoch, unit._next(), part, of, offset, length))

    async def restarts_into(self, firmware: int, seconds: float = 40) -> None:
        """The unit's own restart."""
        self.world.unit.leaves()
        await self.world.passes(seconds)
        self.firmware = firmware
        self.world.unit.boot()
        self.world.unit.returns()
        await self.world.passes(1)

    async def records(self, state: int, reason: int = update_words.NONE, running: int | None = None) -> None:
        """Its journal tells what became of the update."""
        arg = self.release.counter.to_bytes(4, "big") + (running or self.firmware).to_bytes(4, "big")
        self.world.take(self.world.unit.events([(5, events.UPDATE, 0, state | reason << 8, arg)], first=self._next()))
        await taken(self.world)

    def _next(self) -> int:
        self._records = getattr(self, "_records", 0) + 1
        return self._records

    def _on_frame(self, frame: bytes) -> None:
        kind = frame[1]
        if kind == wire.OFFER and self.world.unit.reached:
            self.offers.append(wire.offer_fields(frame)[1:])
            if self.obeys:
                self.ask(wire.MANIFEST, self.offers[-1][0], 0)
        elif kind == wire.BLOCK and self.world.unit.reached:
            self._on_block(*wire.block_fields(frame)[1:])
        else:
            self.asks += kind == wire.ASK
            self._hears(frame)

    def _on_block(self, part: int, of: int, offset: int, size: int, data: bytes) -> None:
        self.blocks.append((part, of, offset, size, data))
        if not self.obeys:
            return
        if not size:
            self.say(update_words.REFUSED, update_words.GONE)
            return
        have = self.got[part, of] = self.got.get((part, of), b"")[:offset] + data
        if len(have) < size:
            self.ask(part, of, len(have))
        elif part == wire.MANIFEST:
            self.say(update_words.LOADING)
            self.ask(wire.BUNDLE, of, 0)
        else:
            self.say(update_words.WRITTEN, have=size)

    # -- what is left behind

    def told(self, *kinds: str) -> list[dict[str, Any]]:
        """Of the place's log."""
        return [json.loads(entry.detail) for entry in whole_log(self.world.path) if entry.kind in kinds]

    def told_here(self) -> list[str]:
        """Of the installation's."""
        return [json.loads(entry.detail)["what"] for entry in whole_log(self.world.path, "")]


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    """A release is published; nothing is on its way."""
    async with World(inhabited_database(folder)) as world:
        it = Desk(world)
        it.join()
        await it.desk.load()
        world.unit.returns()
        await world.passes(1)
        await it.publish()
        yield it
        await it.desk.close()


async def confirmed(it: Desk) -> None:
    """From the offer to the confirmation, as it should be."""
    await it.turns()
    await it.restarts_into(it.release.counter)
    it.say(update_words.TRIAL)
    await it.turns(seconds=2)
    it.say(update_words.CONFIRMED)
    await it.settled()


def unsigned(release: Release) -> bytes:
    return signatures.packed_signatures([]) + release.body


def plan(**how: Any) -> Plan:
    return msgspec.structs.replace(ANY_TIME, **how)
