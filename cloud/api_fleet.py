"""What maintainers ask before they begin: what a roll-out would be, and which units an upgrade of the service would
orphan. Changes nothing.
"""

from cloud import release_rules
from cloud import rollout as rules
from cloud.api import Call
from cloud.api_releases import places_of, plan_of
from cloud.policy import Policy
from cloud.release_types import FleetUnit, RolloutPreview, StartRollout, WireUnit, WireView
from cloud.releases import Releases
from cloud.rollout import Rollout
from cloud.rollout_desk import RolloutDesk
from cloud.verbs import NotPossible


class FleetCalls:
    def __init__(self, releases: Releases, desk: RolloutDesk, policy: Policy) -> None:
        self._releases, self._desk, self._policy = releases, desk, policy

    async def preview_rollout(self, call: Call) -> RolloutPreview:
        assert isinstance(call.body, StartRollout)
        release = self._releases.of(call.body.release)
        if release is None:
            raise NotPossible("unknown", "there is no such release")
        plan, now = plan_of(call.body), self._desk.now()
        await self._desk.seen.look_at_contracts()
        rows = rules.fleet(await self._releases.store.fleet(), release.counter, self._desk.seen.firmware)
        seen, begun = self._desk.seen.now(release.packed), Rollout(0, release.counter, plan, now)
        each = []
        for row in rows:
            its, takes = seen(row.unit), row.state != rules.OUT
            why = rules.why_not(row, its, begun, release.replaces, now) if takes else row.reason
            each.append(FleetUnit(row.unit, places_of(self._policy, row.unit), its.online, its.firmware, takes, why))
        takers = sum(unit.takes for unit in each)
        waves = rules.waves(takers, plan) if takers else []
        return RolloutPreview(waves, [rules.limit(size) for size in waves], rules.quarter(takers), each)

    async def wires(self, _: Call) -> WireView:
        newest, found = max(release_rules.SPEAKS), await self._releases.store.wires()
        others = sorted((unit, wire) for unit, wire in found.items() if wire != newest)
        each = [WireUnit(unit, places_of(self._policy, unit), wire) for unit, wire in others]
        return WireView(newest, len(found), each)
