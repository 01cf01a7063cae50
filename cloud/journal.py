"""A unit's journal on its way into the logs: each record once, then its unit is told how far it is.

What a record means stands in `journal_lines`. Nothing is acknowledged that is not on disk, operations that it settles
included: whatever dies in between is told again by the unit, and is then known.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from cloud import journal_lines, unit_facts
from cloud.clock import Clock
from cloud.journal_lines import Meaning
from cloud.operations import Operation
from cloud.policy import Policy
from cloud.unit_clock import Clock as UnitClock
from cloud.unit_news import Events
from cloud.unit_store import BoxRow, UnitStore
from cloud.units import Units

log = logging.getLogger("iomando.journal")

TRIES = 3  # another process that takes the same records wins more often than this only if it is broken

# (operation without a result, reason when its unit declined, when that was): on disk when it returns
Settle = Callable[[Operation, str | None, int], Awaitable[None]]


class Journal:
    def __init__(self, store: UnitStore, policy: Policy, units: Units, clock: Clock, settle: Settle) -> None:
        self._store, self._policy, self._units, self._clock, self._settle = store, policy, units, clock, settle
        # what the log is to say of a unit's update to a release, beside what the unit tells
        self.about: Callable[[str, int], dict[str, Any]] = lambda _unit, _release: {}

    async def take(self, unit: str, events: Events, epoch: bytes, clock: UnitClock) -> None:
        """`epoch`, `clock`: of the boot in which the unit told them."""
        for _ in range(TRIES):
            row = await self._store.row(unit)
            if row is None:
                return
            if events.journal == row.journal and events.last <= row.seq:
                self._acknowledge(unit, events.journal, events.last)  # it may have been set back, and know no later one
                return
            found = await self._meaning(row, events, epoch, clock)
            for settled in found.settled:
                await self._settle(settled.operation, settled.reason, settled.at)
            facts = unit_facts.kept(found.facts)
            now = self._clock.now()
            if await self._store.enter(row, events.journal, events.last, facts, found.clocks, found.lines, now):
                log.info("journal", extra={"unit": unit, "seq": events.last, "lines": len(found.lines)})
                self._acknowledge(unit, events.journal, events.last)
                return
        log.warning("journal not taken", extra={"unit": unit})

    async def _meaning(self, row: BoxRow, events: Events, epoch: bytes, clock: UnitClock) -> Meaning:
        boots = set(journal_lines.boots_named(events)) - {epoch}
        clocks = {boot: _read(text) for boot, text in (await self._store.clocks(row.unit, boots)).items()}
        operations = await self._store.operations(row.unit, journal_lines.operations_named(events.records))
        doors = self._policy.doors_of_unit.get(row.unit, {})
        facts = unit_facts.read(row.facts)
        releases = {each: self.about(row.unit, each) for each in journal_lines.releases_named(events.records)}
        unit = journal_lines.Unit(row.unit, dict(doors), epoch, clocks | {epoch: clock}, operations, facts, releases)
        return journal_lines.meaning(events, row.journal, row.seq, unit, self._clock.now())

    def _acknowledge(self, unit: str, journal: bytes, seq: int) -> None:
        link = self._units.of(unit)
        if link is not None:
            self._units.send(unit, link.events_ack(journal, seq))


def _read(text: str) -> UnitClock:
    try:
        return UnitClock.read(text)
    except msgspec.MsgspecError:
        return UnitClock()
