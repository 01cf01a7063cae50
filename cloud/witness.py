"""What doors and door boxes do by themselves, told to the log: a movement that no press asked for, a box that comes or
goes.

What counts as that stands in `sightings`. Opens nothing, settles nothing.
"""

import asyncio
import logging
from collections.abc import Iterable

from cloud import records
from cloud.access import Door
from cloud.chain import Draft
from cloud.clock import Clock
from cloud.commit import NotWritten
from cloud.operations import Operation
from cloud.policy import Policy
from cloud.sightings import Sightings
from cloud.store import Store
from cloud.units import Units

log = logging.getLogger("iomando.witness")


class Witness:
    def __init__(self, store: Store, policy: Policy, units: Units, clock: Clock) -> None:
        self._store, self._policy, self._units, self._clock = store, policy, units, clock
        self._sightings = Sightings()
        self._links: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)

    def asked(self, operation: Operation) -> None:
        """Its command has left, or may have."""
        door = self._policy.snapshot.door(operation.door)
        if door:
            self._sightings.asked(door, operation.id, self._clock.mono())

    def not_asked(self, operation: Operation) -> None:
        """Certainly its command moved nothing."""
        self._sightings.not_asked(operation.door, operation.id)

    def sees(self, unit: str, doors: Iterable[Door]) -> None:
        """Something of this unit has changed: these doors, or its link."""
        now = self._clock.now()
        for door in doors:
            state = self._units.seen(door.unit, door.number).state
            went = self._sightings.see(door, state, self._clock.mono()) if door.sensor else None
            if went:
                self._tell(records.moved_otherwise(door.place, door.id, went, now))
        link = self._units.of(unit)
        if link is not None and self._links.get(unit, "away") != link.link and link.link != "never":
            places = {door.place for door in self._policy.doors_of_unit.get(unit, {}).values()}
            for place in sorted(places):
                self._tell(Draft(place, now, f"unit_{link.link}", detail={"unit": unit, "heard": link.heard}))
            self._links[unit] = link.link

    def _tell(self, entry: Draft) -> None:
        task = asyncio.get_running_loop().create_task(self._write(entry))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write(self, entry: Draft) -> None:
        try:
            await self._store.append(entry)
        except NotWritten:
            log.exception("not logged", extra={"place": entry.place, "kind": entry.kind})
