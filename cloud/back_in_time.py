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
    "unit_away",
    "unit_online",
)
OPENS = {"open": "open", "hold": "open", "close": "closed"}  # what a door is after such a press has moved it


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


def doors_then(doors: Iterable[Door], lines: Sequence[Entry]) -> dict[str, DoorThen]:
    """By door; `lines`: those before the moment."""
    by_door: dict[str, list[tuple[Entry, dict[str, Any]]]] = {}
    for line in sorted(lines, key=lambda line: (line.at, line.n)):  # what a box tells late happened when it happened
        if line.door is not None:
            by_door.setdefault(line.door, []).append((line, json.loads(line.detail)))
    return {door.id: _door(door, by_door.get(door.id, [])) for door in doors}


def _door(door: Door, lines: Sequence[tuple[Entry, dict[str, Any]]]) -> DoorThen:
    """Oldest first: the last one that says so counts."""
    then = DoorThen()
    asked: dict[str | None, str] = {}  # operation → what was pressed
    for line, detail in lines:
        state: str | None = None
        match line.kind:
            case "press":
                asked[line.operation] = detail.get("action", "")
            case "movement" if detail.get("movement") == "moved":
                state = OPENS.get(asked.get(line.operation, ""))
            case "moved_otherwise":
                state = detail.get("state")
            case "hold_began" | "hold_ended":
                then = msgspec.structs.replace(then, held=line.kind == "hold_began")
            case "unit_away" | "unit_online":
                then = msgspec.structs.replace(then, away=line.kind == "unit_away")
            case _:
                pass
        then = msgspec.structs.replace(then, last=line.n)
        if door.sensor and state in ("open", "closed"):
            then = msgspec.structs.replace(then, state=state, since=line.at)
    return then
