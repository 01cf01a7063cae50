"""The calls about a place's door boxes: how each is, as it last told itself, and what its contract allows."""

from typing import Any, Literal, cast

import msgspec

from cloud import data_use, unit_facts
from cloud.api import Call
from cloud.box_types import BoxView, CauseUse, DataView, DayUse, EditBox, Outage, SelfTestView, UpdateView
from cloud.boxes import Boxes, day_of, month_of
from cloud.chain import Draft
from cloud.clock import Clock
from cloud.policy import Policy
from cloud.release_store import Ended
from cloud.releases import Releases
from cloud.unit_facts import Facts
from cloud.unit_link import UnitLink
from cloud.unit_news import troubles
from cloud.unit_store import BoxRow
from cloud.units import Units
from cloud.verbs import NotPossible


class BoxCalls:
    def __init__(self, boxes: Boxes, releases: Releases, policy: Policy, units: Units, clock: Clock) -> None:
        self._boxes, self._releases, self._policy, self._units, self._clock = boxes, releases, policy, units, clock

    async def boxes(self, call: Call) -> list[BoxView]:
        place = call.path["place"]
        units = {door.unit for door in self._policy.snapshot.sites[place].doors.values()}
        rows, updates = await self._boxes.store.rows(units), await self._releases.store.ended(units)
        return [await self._view(place, row, updates) for row in sorted(rows, key=lambda row: row.unit)]

    async def edit_box(self, call: Call) -> BoxView:
        """A plan is changed for every place with a door of this box: it has one contract. Who did it is told where she
        is known."""
        assert isinstance(call.body, EditBox)
        place, unit, plan_mb = call.path["place"], call.path["unit"], call.body.plan_mb
        places = {door.place for door in self._policy.doors_of_unit.get(unit, {}).values()}
        row = await self._boxes.store.row(unit) if place in places else None
        call.still(self._policy.snapshot)
        if row is None:
            raise NotPossible("unknown", "there is nothing like that that you manage")
        if row.plan_mb != plan_mb:
            now, detail = self._clock.now(), {"what": "box_plan", "unit": unit, "before": row.plan_mb, "after": plan_mb}
            drafts = []
            for each in sorted(places):
                known = each == place or call.actor.person in self._policy.snapshot.sites[each].members
                by = {"who": call.actor.person, "session": call.actor.id} if known else {}
                drafts.append(Draft(each, now, "change", **by, detail=detail))
            await self._boxes.store.set_plan(unit, plan_mb, drafts, now)
        changed = await self._boxes.store.row(unit)
        return await self._view(place, changed or row, await self._releases.store.ended([unit]))

    async def _view(self, place: str, row: BoxRow, updates: dict[str, Ended]) -> BoxView:
        link, facts = self._units.of(row.unit), unit_facts.read(row.facts)
        doors = self._policy.doors_of_unit.get(row.unit, {})
        month = month_of(day_of(self._clock.now()))
        state = cast("Literal['online', 'away', 'never']", link.link if link else "never")
        return BoxView(
            unit=row.unit,
            doors=tuple(door.id for _, door in sorted(doors.items()) if door.place == place),
            link=state,
            heard=link.heard if link else None,
            away_since=link.heard if link and state == "away" else None,
            test=_test(row.test),
            update=self._update(updates.get(row.unit)),
            data=_data(month, await self._boxes.store.days(row.unit, month), row.plan_mb, state),
            **_told(link, facts),
        )

    def _update(self, ended: Ended | None) -> UpdateView | None:
        release = self._releases.of(ended.release) if ended else None
        if ended is None or release is None:
            return None
        reason = None if ended.well else ended.reason or "other"
        return UpdateView(ended.at, ended.release, release.version, ended.away_s, reason)


def _told(link: UnitLink | None, facts: Facts) -> dict[str, Any]:
    """What it last told of itself; of its faults it tells more often than of the rest."""
    spoke = link is not None and link.epoch is not None
    faults = troubles(link.faults) if link and spoke else facts.troubles
    firmware = link.firmware if link and spoke else facts.firmware
    outage = facts.outage
    return {
        **{name: getattr(facts, name) for name in ("told", "network", "dbm", "rat", "roaming", "keepalive_s")},
        **{name: getattr(facts, name) for name in ("heap_kb", "unsent")},
        **{name: getattr(facts, name) or None for name in ("operator", "iccid", "imei")},
        "signal": unit_facts.word(facts.network, facts.dbm),
        "falling": facts.signal.falling,
        "firmware": firmware,
        "journal_fault": "journal" in faults,
        "power_lost": "power" in faults,
        "tampered": "tamper" in faults,
        "outage": Outage(outage.since, outage.until, outage.seconds, outage.why) if outage else None,
    }


def _data(month: str, days: dict[str, list[data_use.Use]], plan_mb: int | None, link: str) -> DataView:
    uses = data_use.by_cause(days.values())
    total = data_use.total(uses)
    share = data_use.share(total, plan_mb)
    by_day = [DayUse(day, _causes(each)) for day, each in days.items()]
    return DataView(month, total, _causes(uses), by_day, plan_mb, share, data_use.probably_out(share, link))


def _causes(uses: list[data_use.Use]) -> list[CauseUse]:
    return [CauseUse(use.cause, use.up, use.down) for use in uses]


def _test(text: str | None) -> SelfTestView | None:
    try:
        return msgspec.json.decode(text, type=SelfTestView) if text else None
    except msgspec.MsgspecError:
        return None
