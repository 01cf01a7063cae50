"""What records of a unit's journal mean: lines of the logs, operations that they settle, facts; and when it was. Pure.

A unit is believed about its own doors and about itself, and about nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cloud.access import Door
from cloud.chain import Draft
from cloud.operations import Operation, State
from cloud.unit_clock import Clock
from cloud.unit_facts import Facts, Outage
from cloud.unit_news import (
    Boot,
    Coil,
    Declined,
    Events,
    Exit,
    Holding,
    Input,
    Keepalive,
    Moved,
    Offline,
    Online,
    Record,
    TimeTold,
    Update,
)

NO_RESULT = (State.SENT, State.UNKNOWN)
NEVER_PULSED = (State.REFUSED, State.NOT_SENT, State.DECLINED)  # by all that was known: a coil that was on contradicts
TENTH_MS = 100
NO_OPERATION = "0" * 16
SLACK_MS = 60_000  # two clocks, each as right as it must be for certificates, are no further apart


class Unit(msgspec.Struct, frozen=True):
    """Whose journal it is. `places`: of its doors; `epoch`: the boot it is in; `clocks`: by boot, those that are
    known; `operations`: of those that the records name, the ones that are its own; `releases`: what the log is to say
    of an update to each, beside what the unit tells."""

    id: str
    doors: Mapping[int, Door]
    epoch: bytes
    clocks: Mapping[bytes, Clock]
    operations: Mapping[str, Operation]
    facts: Facts
    releases: Mapping[int, Mapping[str, Any]] = {}

    @property
    def places(self) -> list[str]:
        return sorted({door.place for door in self.doors.values()})


class Moment(msgspec.Struct, frozen=True):
    """When a record was made, ms since 1970. `between`: nobody knows; only that it was between these two."""

    at: int
    between: tuple[int | None, int] | None = None

    @property
    def told(self) -> dict[str, object]:
        if self.between is None:
            return {}
        return {"time": "unknown", "after": self.between[0], "before": self.between[1]}


class Settled(msgspec.Struct, frozen=True):
    """The coil was on for it, or the unit declined for this reason."""

    operation: Operation
    reason: str | None
    at: int


class Meaning(msgspec.Struct):
    """`clocks`: of boots that told the time themselves."""

    lines: list[Draft]
    settled: list[Settled]
    facts: Facts
    clocks: dict[bytes, Clock]


def fresh(events: Events, journal: bytes | None, seq: int) -> tuple[int, int]:
    """(how many of these records are in the log already, how many before them are lost). `journal`, `seq`: the last
    record that is in the log."""
    if events.journal != journal:
        return 0, events.lost if journal is None else max(events.lost, events.first - 1)
    return min(max(0, seq + 1 - events.first), len(events.records)), max(0, events.first - seq - 1)


def operations_named(records: Sequence[Record]) -> set[str]:
    return {each.operation for each in records if isinstance(each, Coil | Declined | Holding)}


def releases_named(records: Sequence[Record]) -> set[int]:
    return {each.release for each in records if isinstance(each, Update)}


def boots_named(events: Events) -> list[bytes]:
    """Each record's boot, in their order."""
    boot, found = events.boot, []
    for each in events.records:
        boot = each.epoch if isinstance(each, Boot) else boot
        found.append(boot)
    return found


def meaning(events: Events, journal: bytes | None, seq: int, unit: Unit, now: int) -> Meaning:
    """Of those records that are not in the log yet."""
    known, lost = fresh(events, journal, seq)
    boots = boots_named(events)
    clocks = _own_times(events, boots, known, unit, now)
    moments = _moments(events.records, boots, dict(unit.clocks) | clocks, unit, now)
    found = Meaning([], [], unit.facts, clocks)
    if known < len(moments):
        if journal not in (None, events.journal):
            _everywhere(found, unit, moments[known], "journal_began", {})
        if lost:
            _everywhere(found, unit, moments[known], "records_lost", {"n": lost})
    for each, moment in list(zip(events.records, moments, strict=True))[known:]:
        _mean(found, each, moment, unit)
        found.facts = msgspec.structs.replace(found.facts, journal_at=moment.at)
    return found


def _own_times(events: Events, boots: Sequence[bytes], known: int, unit: Unit, now: int) -> dict[bytes, Clock]:
    """Clocks of boots of which nothing but their own word is known. It is not taken where it contradicts what came
    before, or the boot that goes on now: then their network has lied."""
    found: dict[bytes, Clock] = {}
    current = unit.clocks.get(unit.epoch)
    began = current.wall(0) if current else None
    before, after = now if began is None else min(began, now), unit.facts.journal_at or 0
    for each, boot in list(zip(events.records, boots, strict=True))[known:]:
        if isinstance(each, TimeTold) and boot != unit.epoch and each.wall >= after - SLACK_MS:
            clock = found.get(boot) or unit.clocks.get(boot) or Clock()
            clock.told(each.ds * TENTH_MS, each.wall, before)
            if clock.known:
                found[boot] = clock
                after = max(after, clock.last)
    return found


def _moments(
    records: Sequence[Record], boots: Sequence[bytes], clocks: Mapping[bytes, Clock], unit: Unit, now: int
) -> list[Moment]:
    """When each was made. A boot that knows no time ended before the next one began, and mostly just before."""
    walls = [_wall(clocks.get(boot), each.ds) for each, boot in zip(records, boots, strict=True)]
    current = clocks.get(unit.epoch)
    began = current.wall(0) if current else None  # every other boot was over by then
    before = now if began is None or (boots and boots[-1] == unit.epoch) else min(began, now)
    found: list[Moment] = []
    last_boot, last_ds = b"", 0
    for i in reversed(range(len(records))):
        wall, ds = walls[i], records[i].ds
        if wall is not None:
            moment = Moment(min(wall, now))
        else:
            after = next((w for w in reversed(walls[:i]) if w is not None), unit.facts.journal_at)
            if boots[i] != last_boot:
                last_ds = ds
            at = before - max(0, last_ds - ds) * TENTH_MS
            moment = Moment(at if after is None else min(before, max(after, at)), (after, before))
        if i == 0 or boots[i] != boots[i - 1]:
            before = moment.at
        last_boot = boots[i]
        found.append(moment)
    return found[::-1]


def _wall(clock: Clock | None, ds: int) -> int | None:
    return clock.wall(ds * TENTH_MS + TENTH_MS // 2) if clock else None


def _mean(found: Meaning, each: Record, moment: Moment, unit: Unit) -> None:
    match each:
        case Boot(cause=cause):
            _everywhere(found, unit, moment, "box_booted", {"cause": cause})
        case Input(name=name, alarm=alarm):
            _everywhere(found, unit, moment, "box_input", {"input": name, "alarm": alarm})
        case Keepalive(seconds=seconds):
            _everywhere(found, unit, moment, "keepalive", {"seconds": seconds})
        case Update():
            _update(found, each, moment, unit)
        case Offline() | Online():
            _outage(found, each, moment, unit)
        case Moved(door=door, state=state):
            _at_door(found, unit, door, moment, "moved_otherwise", {"state": state})
        case Exit(door=door, reason=reason):
            _at_door(found, unit, door, moment, "exit_opened", {"done": reason is None, "reason": reason})
        case Coil() | Declined() | Holding():
            _of_operation(found, each, moment, unit)
        case _:
            pass


def _update(found: Meaning, each: Update, moment: Moment, unit: Unit) -> None:
    """A release that was confirmed, or refused or taken back; its steps until then are no news."""
    about = dict(unit.releases.get(each.release, {}))
    if each.state == "confirmed":
        _everywhere(found, unit, moment, "update", {"release": each.release} | about)
    elif each.state in ("refused", "reverted"):
        about.pop("away_s", None)
        why = {"how": each.state, "reason": each.reason, "running": each.running}
        _everywhere(found, unit, moment, "update_failed", {"release": each.release} | why | about)


def _outage(found: Meaning, each: Offline | Online, moment: Moment, unit: Unit) -> None:
    if isinstance(each, Offline):
        last = found.facts.outage
        since = last.since if last and last.until is None else moment.at
        outage = Outage(since, None, None, each.why)
        _everywhere(found, unit, moment, "box_offline", {"why": each.why})
    else:
        since = moment.at - each.seconds * 1000
        outage = Outage(since, moment.at, each.seconds, each.why)
        detail = {"why": each.why, "seconds": each.seconds, "since": since, "rung": each.rung}
        _everywhere(found, unit, moment, "box_online", detail)
    found.facts = msgspec.structs.replace(found.facts, outage=outage)


def _of_operation(found: Meaning, each: Coil | Declined | Holding, moment: Moment, unit: Unit) -> None:
    """What has a line already (its answer's) gets none here."""
    operation = unit.operations.get(each.operation)
    reason = None if isinstance(each, Holding) else each.reason
    if operation is not None and operation.state in NO_RESULT:
        if all(settled.operation.id != operation.id for settled in found.settled):
            found.settled.append(Settled(operation, reason, moment.at))
    elif isinstance(each, Coil) and reason is None and (operation is None or operation.state in NEVER_PULSED):
        _at_door(found, unit, each.door, moment, "opened_unrecorded", {"operation": each.operation})
    if isinstance(each, Holding):
        kind, how = ("hold_began", {}) if each.what == "began" else ("hold_ended", {"how": each.what})
        _at_door(found, unit, each.door, moment, kind, how, operation)


def _everywhere(found: Meaning, unit: Unit, moment: Moment, kind: str, detail: dict[str, Any]) -> None:
    whole = {"unit": unit.id} | detail | moment.told
    found.lines += [Draft(place, moment.at, kind, detail=whole) for place in unit.places]


def _at_door(
    found: Meaning,
    unit: Unit,
    number: int,
    moment: Moment,
    kind: str,
    detail: dict[str, Any],
    operation: Operation | None = None,
) -> None:
    """Into the log of the door's place. A door that is none of the unit's (any more) has no log."""
    door = unit.doors.get(number)
    if door is None:
        return
    of = {"who": operation.person, "operation": operation.id} if operation and operation.door == door.id else {}
    found.lines.append(Draft(door.place, moment.at, kind, door=door.id, detail=detail | moment.told, **of))
