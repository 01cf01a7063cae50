"""Blocks of an update on their way to units: one for each that is asked for, never between a press and its answer, and
no faster than a link bears. Never here: who may have which part (releases.py).
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable

from cloud.app_socket import Bucket
from cloud.clock import Clock
from cloud.unit_news import BlockWanted
from cloud.units import Units

log = logging.getLogger("iomando.releases")

A_UNIT = (16, 16)  # blocks at once, and a second after that: 16 kB/s, more than its mobile link carries
ALL = (100, 100)  # the same for all units together: an open waits for no more than one of them
LOOK_S = 0.1
PATIENCE_S = 15  # its unit asks again after 20


class BlockDesk:
    """`part(unit, wanted)`: the whole part that a unit may have a block of, empty: none."""

    def __init__(self, units: Units, clock: Clock, part: Callable[[str, BlockWanted], Awaitable[bytes]]) -> None:
        self._units, self._clock, self._part = units, clock, part
        self._wanted: dict[str, BlockWanted] = {}  # the latest of each unit: what it asked before it has given up
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._buckets: defaultdict[str, Bucket] = defaultdict(lambda: Bucket(*A_UNIT))
        self._all = Bucket(*ALL)

    def asked(self, unit: str, wanted: BlockWanted) -> None:
        self._wanted[unit] = wanted
        if unit not in self._tasks:
            self._tasks[unit] = asyncio.get_running_loop().create_task(self._serve(unit), name=f"blocks {unit}")

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, unit: str) -> None:
        try:
            while unit in self._wanted:
                if await self._turn(unit):
                    await self._give(unit, self._wanted.pop(unit))
                else:
                    self._wanted.pop(unit, None)
        except Exception:  # it asks again
            log.exception("a block could not be given", extra={"unit": unit})
        finally:
            del self._tasks[unit]

    async def _turn(self, unit: str) -> bool:
        """When nothing is more urgent; False: it has waited so long that it asks again."""
        until = self._clock.mono() + PATIENCE_S
        while (mono := self._clock.mono()) < until:
            if not self._units.busy(unit) and self._buckets[unit].take(mono) and self._all.take(mono):
                return True
            await asyncio.sleep(LOOK_S)
        return False

    async def _give(self, unit: str, wanted: BlockWanted) -> None:
        whole = await self._part(unit, wanted)
        link = self._units.of(unit)
        if link is not None:
            self._units.send(unit, link.block(wanted, whole))
