"""How it was at a moment that is over: who could enter by the rules of then, and how each door stood, read backwards
out of the place's log.

Pure. The log keeps every change whole, before and after: undone from the newest on, they lead to any moment. What is
not in it is not known: how many uses an access had left, and the state of a door without a sensor.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from cloud import changes
from cloud.access import Door, Snapshot
from cloud.chain import Entry
from cloud.changes import KINDS, CalendarOf, Edit, Place, Request, Thing

TYPES: dict[str, type] = {kind: each for each, kind in KINDS.items()}
AT_DOORS = (
    "press",
    "movement",
    "moved_otherwise",
    "hold_began",
    "hold_ended",
    "exit_opened",
    "opened_unrecorded",
    "unit_away",
    "unit_online",
    "alarm",  # a box that fell silent while the cloud did not run has no other line
)
LED_TO = {"open": "open", "close": "closed"}  # what a door is after such a press has moved it: a toggle's may be either
WENT = {"opened": "open", "closed": "closed"}  # as boxes say it
CLOSES_ITSELF = "open"  # the drive whose boxes say nothing when the door falls shut
UNKNOWN = "unknown"


class DoorThen(msgspec.Struct, frozen=True):
    """`since`: when the log saw it come to stand so; None with `unknown`. `last`: number of the last line about it."""

    state: Literal["open", "closed", "unknown"] = "unknown"
    since: int | None = None
    held: bool = False
    away: bool = False
    last: int | None = None


def undone(snapshot: Snapshot, place: str, later: Iterable[Entry], calendar_of: CalendarOf) -> Snapshot | None:
    """The snapshot without what these entries (newest first) have changed; None: the place was not made yet."""
    edits: list[Edit] = []
    revoked = set(snapshot.revoked)
    for entry in later:
        detail = json.loads(entry.detail)
        if detail.get("what") == "unit_revoked":
            revoked.discard(detail.get("unit"))
        for edit in reversed(detail.get("edits", ())):
            back = _back(edit)
            if back is None:
                continue
            if isinstance(back.before, Place) and back.after is None:
                return None
            edits.append(back)
    before = changes.applied(snapshot, [edit for edit in edits if _of(place, edit)], calendar_of)
    return msgspec.structs.replace(before, revoked=frozenset(revoked))


def _back(edit: dict[str, Any]) -> Edit | None:
    """The edit that undoes it; None: it opened nothing, or is of a kind of another version."""
    kind = TYPES.get(edit.get("kind", ""))
    if kind is None or kind is Request:
        return None

    def thing(told: Any) -> Thing | None:
        return None if told is None else msgspec.convert(told, kind)

    return Edit(thing(edit["after"]), thing(edit["before"]))


def _of(place: str, edit: Edit) -> bool:
    return changes.place_of(edit.thing) == place


def doors_then(doors: Sequence[Door], lines: Sequence[Entry]) -> dict[str, DoorThen]:
    """By door; `lines`: those before the moment."""
    theirs: dict[str, list[tuple[Entry, dict[str, Any]]]] = {door.id: [] for door in doors}
    of_unit: dict[str, list[str]] = {}
    for door in doors:
        of_unit.setdefault(door.unit, []).append(door.id)
    for line in sorted(lines, key=lambda line: (line.at, line.n)):  # what a box tells late happened when it happened
        detail = json.loads(line.detail)
        for door in of_unit.get(detail.get("unit"), ()) if line.door is None else (line.door,):
            if door in theirs:
                theirs[door].append((line, detail))
    return {door.id: _door(door, theirs[door.id]) for door in doors}


def _door(door: Door, lines: Sequence[tuple[Entry, dict[str, Any]]]) -> DoorThen:
    """Oldest first: the last one that says so counts."""
    then = DoorThen()
    asked: dict[str | None, str] = {}  # operation → what was pressed
    for line, detail in lines:
        match line.kind:
            case "press":
                asked[line.operation] = detail.get("action", "")
            case "hold_began" | "hold_ended":
                then = msgspec.structs.replace(then, held=line.kind == "hold_began")
            case "unit_away" | "unit_online":
                then = msgspec.structs.replace(then, away=line.kind == "unit_away")
            case "alarm" if detail.get("what") == "away":
                then = msgspec.structs.replace(then, away=True)
            case _:
                pass
        then = msgspec.structs.replace(then, last=line.n)
        state = _led_to(line.kind, detail, asked.get(line.operation, ""), then.state)
        if state is not None and door.sensor:
            then = _standing(then, door, state, line.at)
    return then


def _led_to(kind: str, detail: dict[str, Any], action: str, before: str) -> str | None:
    """None: it stands as before."""
    match kind:
        case "movement" if detail.get("movement") == "moved":
            return LED_TO.get(action, UNKNOWN)
        case "moved_otherwise":
            return WENT.get(detail.get("state", ""), UNKNOWN)
        case "hold_began":
            return None if before == "open" else UNKNOWN
        case "hold_ended" | "opened_unrecorded":
            return UNKNOWN
        case "movement" | "exit_opened":
            moved = detail.get("movement") in ("did_not_finish", "unseen") or detail.get("done")
            return UNKNOWN if moved else None
        case _:
            return None


def _standing(then: DoorThen, door: Door, state: str, at: int) -> DoorThen:
    if state == "closed" or (state == "open" and door.drive != CLOSES_ITSELF):
        return msgspec.structs.replace(then, state=state, since=at)
    return msgspec.structs.replace(then, state=UNKNOWN, since=None)
