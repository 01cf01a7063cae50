"""Doors that are held open: kept up to date with what units and operations say, and ended when the holder may no
longer.

Such an end is an operation like any other, on disk before it leaves; its way is `cloud`, for nobody pressed it. Who is
held by what stands in `holds`.
"""

import logging
import secrets
from collections.abc import Callable, Iterable

import msgspec

from cloud import operations, records
from cloud.access import Door
from cloud.agenda import Agenda
from cloud.clock import Clock
from cloud.commit import NotWritten
from cloud.flights import Flight
from cloud.holds import Holds
from cloud.live import Live
from cloud.operations import BY_CLOUD, Operation, State
from cloud.policy import Policy
from cloud.settling import Settling
from cloud.store import Store
from cloud.units import Units

log = logging.getLogger("iomando.opening")

AGAIN_S = 5  # after a release that was not obeyed; twice as long each time
AGAIN_MOST_S = 600
LOOK_BACK_MS = operations.HOLD_S[1] * 1000 + operations.LATEST_MS


class Holding:
    """`leaves(flight)`: a release that is on disk goes its way."""

    def __init__(
        self,
        store: Store,
        policy: Policy,
        units: Units,
        live: Live,
        clock: Clock,
        settling: Settling,
        leaves: Callable[[Flight], object],
    ) -> None:
        self._store, self._policy, self._units, self._live = store, policy, units, live
        self._clock, self._settling, self._leaves = clock, settling, leaves
        self._holds = Holds()
        self._held: set[str] = set()  # doors of which their unit has said so
        self._ending: set[str] = set()  # doors with a release of ours under way
        self._tries: dict[str, int] = {}
        self._agenda: Agenda[str] = Agenda(self._again)

    async def start(self) -> None:
        """What an earlier process knew."""
        holds = await self._store.holds(self._clock.now() - LOOK_BACK_MS)
        for operation in holds + await self._store.releases(holds):
            if operation.command is not None:
                self._holds.put(operation)

    def close(self) -> None:
        self._agenda.close()

    def of(self, door: str) -> Operation | None:
        return self._holds.of(door)

    def holder(self, door: str) -> str | None:
        """Who began what may be ended."""
        hold = self._holds.of(door)
        return hold.person if hold else None

    def overtaken(self, operation: Operation) -> bool:
        return operation.action == "hold" and self._holds.overtaken(operation)

    def heard(self, operation: Operation) -> None:
        """A hold or a release was sent, or has come to its end on disk."""
        self._holds.forget(self._clock.now())
        self._holds.put(operation)
        if operation.state is State.SENT:
            return
        if operation.way == BY_CLOUD:
            self._ended(operation)
        door = self._policy.snapshot.door(operation.door)
        if door and door.id in self._held:
            self._live.doors([door])
        self.check()

    def sees(self, doors: Iterable[Door]) -> None:
        """Their unit may have said something else of them."""
        began = False
        for door in doors:
            if self._units.seen(door.unit, door.number).held:
                began = began or door.id not in self._held
                self._held.add(door.id)
            elif door.id in self._held:
                self._held.discard(door.id)
                self._holds.over(door.id, self._clock.now())
        if began:
            self.check()

    def check(self) -> None:
        """End what is held for somebody who may no longer, as soon as its unit can be told."""
        for hold in self._holds.forbidden(self._policy.snapshot, self._clock.now(), self._held):
            if hold.door not in self._ending and self._units.ready(hold.unit):
                self._ending.add(hold.door)
                self._settling.spawn(self._release(hold))

    async def _release(self, hold: Operation) -> None:
        unit, now, mono = self._units.of(hold.unit), self._clock.now(), self._clock.mono()
        op_id, number = secrets.token_hex(8), self._units.door_of(hold.command or b"")
        command = unit.command(op_id, "release", number, 0, mono) if unit else None
        who = (secrets.token_urlsafe(18), hold.person, hold.session)
        where = (hold.place, hold.door, hold.unit)
        release = operations.begun(op_id, who, where, "release", BY_CLOUD, now, now, None)
        release = msgspec.structs.replace(release, command=command, heard=unit.heard if unit else None)
        try:
            if command is not None and await self._store.record_anyway(release, records.pressed(release)):
                log.info("hold ended", extra={"op": release.id, "hold": hold.id})
                self._leaves(Flight(release, mono))
                return
        except NotWritten:
            log.exception("not recorded", extra={"op": release.id})
        self._later(hold.door)

    def _ended(self, release: Operation) -> None:
        if release.state in (State.DONE, State.ALREADY):
            self._ending.discard(release.door)
            self._tries.pop(release.door, None)
        elif release.door in self._ending:
            self._later(release.door)

    def _later(self, door: str) -> None:
        tries = self._tries[door] = self._tries.get(door, 0) + 1
        self._agenda.add(min(AGAIN_S * 2 ** (tries - 1), AGAIN_MOST_S), door)

    def _again(self, door: str) -> None:
        self._ending.discard(door)
        self.check()
