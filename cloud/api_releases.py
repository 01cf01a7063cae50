"""The calls of maintainers: key sets and releases published, and how a release goes through the fleet."""

import base64
import binascii
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, cast

from cloud import release_rules
from cloud import rollout as rules
from cloud.api import Call
from cloud.change_desk import Actor
from cloud.policy import Policy
from cloud.release_store import Health
from cloud.release_types import (
    AddKeySet,
    KeySetView,
    Publish,
    ReleaseView,
    RolloutDetail,
    RolloutUnit,
    RolloutView,
    StartRollout,
)
from cloud.releases import Releases
from cloud.rollout import Plan, Rollout, Row
from cloud.rollout_desk import RolloutDesk
from cloud.units import Units
from cloud.verbs import NotPossible

NOBODY = Health(0, 0, 0)


class ReleaseCalls:
    def __init__(self, releases: Releases, desk: RolloutDesk, policy: Policy, units: Units) -> None:
        self._releases, self._desk, self._policy, self._units = releases, desk, policy, units

    # -- key sets and releases

    async def key_sets(self, _: Call) -> list[KeySetView]:
        return [_key_set(signed) for signed in self._releases.key_sets.values()]

    async def add_key_set(self, call: Call) -> KeySetView:
        assert isinstance(call.body, AddKeySet)
        number = await self._releases.add_key_set(_bytes(call.body.signed), Actor.of(call.actor, call.still))
        return _key_set(self._releases.key_sets[number])

    async def list_releases(self, _: Call) -> list[ReleaseView]:
        health = await self._releases.store.health()
        running = Counter(link.firmware for link in self._units if link.link == "online")
        return [self._view(row.counter, health, running) for row in self._releases.published]

    async def publish(self, call: Call) -> ReleaseView:
        assert isinstance(call.body, Publish)
        parts = (_bytes(call.body.manifest), _bytes(call.body.bundle))
        row = await self._releases.publish(*parts, Actor.of(call.actor, call.still))
        return self._view(row.counter, {}, Counter())

    def _view(self, counter: int, health: Mapping[int, Health], running: Mapping[int | None, int]) -> ReleaseView:
        row, known = self._releases.of(counter), health.get(counter, NOBODY)
        assert row
        names = ("counter", "version", "key_set", "replaces", "notes", "published", "by", "packed")
        share = known.well / known.units if known.units else None
        told: dict[str, Any] = {name: getattr(row, name) for name in names}
        her = self._policy.snapshot.people.get(row.by or "")
        told |= {"by_name": her.name if her else None, "boards": self._releases.boards.get(counter, ())}
        counts = {"running": running.get(counter, 0), "units": known.units, "crash_free": share, "opens": known.opens}
        return ReleaseView(**told, **counts)

    # -- roll-outs

    async def list_rollouts(self, _: Call) -> list[RolloutView]:
        """Newest first."""
        return [self._rollout(each, await self._rows(each)) for each in await self._releases.store.rollouts()]

    async def begin_rollout(self, call: Call) -> RolloutView:
        assert isinstance(call.body, StartRollout)
        body = call.body
        begun = await self._desk.begin(body.release, plan_of(body), Actor.of(call.actor, call.still))
        return self._rollout(begun, await self._rows(begun))

    async def rollout(self, call: Call) -> RolloutDetail:
        found = await self._releases.store.rollout(_number(call.path["rollout"]))
        if found is None:
            raise NotPossible("unknown", "there is no such roll-out")
        rows = await self._rows(found)
        view = self._rollout(found, rows)
        fields = {name: getattr(view, name) for name in RolloutView.__struct_fields__}
        return RolloutDetail(**fields, each=list(self._each(found, rows)))

    async def pause_rollout(self, call: Call) -> None:
        await self._tell(call, "pause")

    async def resume_rollout(self, call: Call) -> None:
        await self._tell(call, "resume")

    async def abort_rollout(self, call: Call) -> None:
        await self._tell(call, "abort")

    async def _tell(self, call: Call, verb: str) -> None:
        await self._desk.tell(_number(call.path["rollout"]), verb, Actor.of(call.actor, call.still))

    async def _rows(self, rollout: Rollout) -> list[Row]:
        """What is under way is newer in memory."""
        current = self._desk.current
        if current is not None and current.rollout.id == rollout.id:
            return list(current.rows.values())
        return await self._releases.store.rows(rollout.id)

    def _rollout(self, rollout: Rollout, rows: list[Row]) -> RolloutView:
        release = self._releases.of(rollout.release)
        sizes = rules.waves(sum(row.state != rules.OUT for row in rows), rollout.plan)
        size = sizes[min(rollout.wave, len(sizes)) - 1] if sizes else 0
        return RolloutView(
            id=rollout.id,
            release=rollout.release,
            version=release.version if release else "",
            state=cast("Any", rollout.state),
            wave=rollout.wave,
            waves=sizes,
            limit=rules.limit(size),
            counted=sum((row.failed or 0) > rollout.forgiven and row.wave == rollout.wave for row in rows),
            why=rollout.why,
            hours=rollout.plan.hours,
            started=rollout.started,
            units=cast("Any", dict(Counter(row.state for row in rows))),
            failures=sum(row.failed is not None for row in rows),
        )

    def _each(self, rollout: Rollout, rows: list[Row]) -> Iterator[RolloutUnit]:
        release, current = self._releases.of(rollout.release), self._desk.current
        packed = release.packed if release else 0
        seen, now = self._desk.seen.now(packed), self._desk.now()
        here = current if current is not None and current.rollout.id == rollout.id else None
        for row in rows:
            its = seen(row.unit)
            waits = here is not None and row.state == rules.WAITING
            replaces = release.replaces if release else 0
            yield RolloutUnit(
                unit=row.unit,
                places=places_of(self._policy, row.unit),
                online=its.online,
                firmware=its.firmware,
                wave=row.wave,
                state=cast("Any", row.state),
                reason=rules.why_not(row, its, rollout, replaces, now) if waits else row.reason,
                **{name: getattr(row, name) for name in ("offered", "moved", "ended", "away_s", "tries")},
                have=here.have.get(row.unit, 0) if here else 0,
                size=packed,
            )


def plan_of(body: StartRollout) -> Plan:
    return Plan(body.canaries, body.first, body.growth, body.in_flight, body.hours, body.soak_s, body.opens)


def places_of(policy: Policy, unit: str) -> tuple[str, ...]:
    """Their names."""
    doors = policy.doors_of_unit.get(unit, {})
    return tuple(sorted({policy.snapshot.sites[door.place].place.name for door in doors.values()}))


def _key_set(signed: bytes) -> KeySetView:
    keys = release_rules.keys_of(signed)
    return KeySetView(keys.number, keys.threshold, len(keys.keys), keys.demo)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len("9" * 15):
        raise NotPossible("unknown", "there is no such roll-out")
    return int(text)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise NotPossible("invalid", f"this is no base64: {error}") from error
