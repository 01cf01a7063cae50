"""What of a unit decides whether it is offered a release now: is it there, what runs, is it busy, what time is it at
its doors, does its contract bear it. Reads only; decides nothing.
"""

from collections.abc import Callable

from cloud import data_use, hours
from cloud import rollout as rules
from cloud.boxes import day_of, month_of
from cloud.clock import Clock
from cloud.policy import Policy
from cloud.release_store import ReleaseStore
from cloud.rollout import Seen
from cloud.units import Units

CONTRACTS_S = 3600  # between two looks at what units have used of theirs
PLAN_SHARE = 0.9  # of a month's contract: what an update leaves for doors
OVERHEAD = 1.3  # bytes on the air for a byte of a bundle
MINUTES = 24 * 60


class UnitSeen:
    def __init__(self, store: ReleaseStore, policy: Policy, units: Units, clock: Clock) -> None:
        self._store, self._policy, self._units, self._clock = store, policy, units, clock
        self._contracts: dict[str, tuple[int, int | None]] = {}
        self._looked = -float(CONTRACTS_S)

    async def look_at_contracts(self) -> None:
        mono = self._clock.mono()
        if mono - self._looked >= CONTRACTS_S:
            self._looked, self._contracts = mono, await self._store.data(month_of(day_of(self._clock.now())))

    def firmware(self, unit: str) -> int | None:
        link = self._units.of(unit)
        return link.firmware if link else None

    def now(self, packed: int) -> Callable[[str], Seen]:
        """For a bundle of so many bytes."""
        now = self._clock.now()
        minutes: dict[str, int] = {}

        def minute(place: str) -> int:
            zone = self._policy.snapshot.sites[place].calendar.zone
            if zone.name not in minutes:
                minutes[zone.name] = hours.wall(zone, now) // 60_000 % MINUTES
            return minutes[zone.name]

        def seen(unit: str) -> Seen:
            link = self._units.of(unit)
            if link is None:
                return rules.NOBODY
            places = {door.place for door in self._policy.doors_of_unit.get(unit, {}).values()}
            return Seen(
                online=link.link == "online" and link.epoch is not None and self._units.broker_up,
                firmware=link.firmware,
                heard=link.heard,
                busy=link.moving or self._units.busy(unit),
                minutes=tuple(minute(place) for place in places) or (now // 60_000 % MINUTES,),
                room=self._bears(unit, packed),
            )

        return seen

    def _bears(self, unit: str, packed: int) -> bool:
        used, plan_mb = self._contracts.get(unit, (0, None))
        share = data_use.share(round(used + packed * OVERHEAD), plan_mb)
        return share is None or share <= PLAN_SHARE
