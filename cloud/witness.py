"""Door boxes that come and go, as the cloud sees it, told to the log. What a box says of itself stands in its journal.

Opens nothing, settles nothing.
"""

import asyncio
import logging

from cloud.chain import Draft
from cloud.clock import Clock
from cloud.commit import NotWritten
from cloud.policy import Policy
from cloud.store import Store
from cloud.units import Units

log = logging.getLogger("iomando.witness")


class Witness:
    def __init__(self, store: Store, policy: Policy, units: Units, clock: Clock) -> None:
        self._store, self._policy, self._units, self._clock = store, policy, units, clock
        self._links: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)

    def sees(self, unit: str) -> None:
        """Something of this unit has changed: perhaps its link."""
        now = self._clock.now()
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
