"""Door boxes as they tell of themselves: their clocks are followed, their journals taken, what they say of network, SIM
and data noted.

One thing after the other for each unit, and never more of it than it may: what a box tells goes into logs that keep
everything. Opens nothing, settles nothing itself.
"""

import asyncio
import datetime
import logging
import math
from collections.abc import Callable

import msgspec

from cloud import data_use, unit_facts
from cloud.app_socket import Bucket
from cloud.chain import Draft
from cloud.clock import Clock
from cloud.journal import Journal, Settle
from cloud.policy import Policy
from cloud.store import Store
from cloud.unit_clock import Clock as UnitClock
from cloud.unit_facts import Line
from cloud.unit_link import News, UnitLink
from cloud.unit_news import LEDGER_CAUSES, Events, Status, troubles
from cloud.unit_store import UnitStore
from cloud.units import Units

log = logging.getLogger("iomando.boxes")

KEEP_CLOCK_MS = 6 * 3_600_000  # a process that dies loses no more of a clock than this
FRAMES = (100, 0.05)  # at once (a full journal is 32), and a second: 4,320 a day; a unit that tells more waits
ANSWERS_S = 60  # between two answers whose clock is looked at
TAKE_S = 60  # longer, and the disk is full or broken: what waits behind it should say so, too
TRIES = 3


class Box:
    """One unit. `told`: its latest events, with the boot that told them."""

    __slots__ = ("bucket", "clock", "epoch", "heard", "keeps", "kept", "status", "task", "told", "unit")

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.epoch = b""
        self.clock = UnitClock()
        self.heard = -math.inf  # when its clock was, on ours
        self.kept = 0
        self.keeps: dict[bytes, UnitClock] = {}  # clocks by boot that are to be put on disk
        self.told: tuple[Events, bytes, UnitClock] | None = None
        self.status: Status | None = None
        self.task: asyncio.Task[None] | None = None
        self.bucket = Bucket(*FRAMES)


class Boxes:
    """Hears what `units` believes."""

    def __init__(self, store: Store, policy: Policy, units: Units, clock: Clock, settle: Settle) -> None:
        self._policy, self._units, self._clock = policy, units, clock
        self.store = UnitStore(store)
        self.journal = Journal(self.store, policy, units, clock, settle)
        self._boxes: dict[str, Box] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Semaphore(1)  # a fleet that comes back must not keep an open's record waiting
        self.noted: Callable[[str], None] = lambda _unit: None  # what it told of itself is on disk
        units.told = self.heard

    async def load(self) -> None:
        """Before the first frame: clocks of boots that go on."""
        for unit, (epoch, text) in (await self.store.latest_clocks()).items():
            box = self._boxes[unit] = Box(unit)
            try:
                box.epoch, box.clock = epoch, UnitClock.read(text)
            except msgspec.MsgspecError:
                log.exception("a unit's clock cannot be read", extra={"unit": unit})

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def heard(self, link: UnitLink, news: News) -> None:
        """A frame that is believed."""
        box, epoch = self._boxes.get(link.id), link.epoch
        if box is None:
            box = self._boxes[link.id] = Box(link.id)
        if epoch is None or (news.answer and self._clock.mono() - box.heard < ANSWERS_S):
            return  # an open does not wait for a clock that is known
        if epoch != box.epoch:
            self._booted(box, epoch)
        if news.unit_s is not None:
            self._follow(box, news.unit_s)
        if (news.events or news.status) and not box.bucket.take(self._clock.mono()):
            log.warning("a unit tells too much", extra={"unit": link.id})
        elif news.events:
            box.told = news.events, epoch, box.clock
        elif news.status:
            box.status = news.status
        if box.task is None and (box.told or box.status or box.keeps):
            box.task = asyncio.get_running_loop().create_task(self._work(box), name=f"box {box.unit}")
            self._tasks.add(box.task)
            box.task.add_done_callback(self._tasks.discard)

    def _booted(self, box: Box, epoch: bytes) -> None:
        """What the boot before has not told yet is placed by the clock that it ended with."""
        if box.clock.known:
            box.keeps[box.epoch] = box.clock
        box.epoch, box.clock, box.kept = epoch, UnitClock(box.clock.drift), 0

    def _follow(self, box: Box, unit_s: int) -> None:
        now, box.heard = self._clock.now(), self._clock.mono()
        box.clock.heard(unit_s * 1000, now)
        if now - box.kept >= KEEP_CLOCK_MS:
            box.kept = now
            box.keeps[box.epoch] = box.clock

    async def _work(self, box: Box) -> None:
        try:
            while box.told or box.status or box.keeps:
                try:
                    async with self._one_at_a_time, asyncio.timeout(TAKE_S):
                        await self._one(box)
                except Exception:  # it is told again: records after 30 s, a status after hours, a clock with each boot
                    log.exception("what a unit told could not be kept", extra={"unit": box.unit})
        finally:
            box.task = None

    async def _one(self, box: Box) -> None:
        if box.keeps:
            epoch, clock = box.keeps.popitem()
            await self.store.keep_clock(box.unit, epoch, clock)
        elif box.told:
            told, box.told = box.told, None
            await self.journal.take(box.unit, *told)
        elif box.status:
            status, box.status = box.status, None
            await self._note(box.unit, status)

    async def _note(self, unit: str, status: Status) -> None:
        now = self._clock.now()
        day = day_of(now)
        for _ in range(TRIES):
            row = await self.store.row(unit)
            if row is None:
                return
            before = unit_facts.read(row.facts)
            uses = data_use.since(
                before.ledger, status.ledger, LEDGER_CAUSES, same_boot=before.boot == status.epoch.hex()
            )
            facts, lines = unit_facts.told(before, status, now, day)
            if link := self._units.of(unit):
                facts = msgspec.structs.replace(facts, firmware=link.firmware, troubles=troubles(link.faults))
            used = data_use.total(uses) + data_use.total(await self.store.month(unit, month_of(day)))
            share = data_use.share(used, row.plan_mb)
            of_plan = f"{month_of(day)} of {row.plan_mb}"  # another plan has an alarm of its own
            if share is not None and data_use.alarming(share, of_plan, before.alarmed):
                detail = {"month": month_of(day), "share": round(share, 3), "plan_mb": row.plan_mb}
                lines.append(("data_80", detail))
                facts = msgspec.structs.replace(facts, alarmed=of_plan)
            drafts = self.drafts(unit, lines, now)
            if await self.store.note(row, unit_facts.kept(facts), day, uses, drafts, now):
                self.noted(unit)
                return

    def drafts(self, unit: str, lines: list[Line], now: int) -> list[Draft]:
        """One for each place that has a door of it."""
        places = sorted({door.place for door in self._policy.doors_of_unit.get(unit, {}).values()})
        return [Draft(place, now, kind, detail={"unit": unit, **detail}) for kind, detail in lines for place in places]


def day_of(now: int) -> str:
    """UTC: a mobile contract's month begins nowhere near a minute that matters."""
    return datetime.datetime.fromtimestamp(now / 1000, datetime.UTC).date().isoformat()


def month_of(day: str) -> str:
    return day[:7]
