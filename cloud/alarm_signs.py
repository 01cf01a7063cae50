"""What is wrong with a door or a door box, as it is seen now: the troubles that `alarms` makes alarms of. Pure.

Each sign is a trouble, or None: all is well. What nobody can know now (a silent box's doors) is left out.
"""

from collections.abc import Collection
from typing import Any

import msgspec

from cloud import unit_facts
from cloud.access import Door, Place
from cloud.alarms import Trouble
from cloud.data_use import ALARM_SHARE, OUT_SHARE
from cloud.unit_facts import Facts

RETURN_S = 240  # a silent loss is noticed by a box within 180 s, and 60 s later it is back: see docs/promises.md
POWER_MS = 60_000  # a flicker is no outage
IN_A_ROW = 2  # movements that did not come about: one is somebody's foot in the door
SLACK_MS = 10_000  # two words of a box about the same moment are no further apart

Signs = dict[str, Trouble | None]


class DoorNow(msgspec.Struct, frozen=True):
    """`since`: from when on it counts as open, None: it does not; `movement`: it did not move when it was asked to."""

    since: int | None = None
    held: bool = False
    coil: bool = False
    sensor: bool = False
    movement: bool = False


class Silence(msgspec.Struct, frozen=True):
    """Of a box: since when it is silent, and since when we could have heard it."""

    since: int
    listening: int


def counted(before: int | None, told: int | None, now: int, travel_s: float, *, gap: bool) -> int:
    """Since when a door that is open is counted as such. `told`: since when it stands as it does, by its box; `gap`: it
    could not be seen for a while, and may have been closed in between."""
    if before is None:
        return now if told is None else min(told, now)
    moved = before + int(travel_s * 1000) + SLACK_MS
    return told if gap and told is not None and told > moved else before


def of_door(door: Door, seen: DoorNow, now: int) -> Signs:
    """Of a door whose box is there."""
    faults = [name for name in ("coil", "sensor", "movement") if getattr(seen, name)]
    wrong = Trouble(door.place, "door", door.id, now, now, {"faults": faults}) if faults else None
    return {"left_open": left_open(door, seen), "door": wrong}


def left_open(door: Door, seen: DoorNow) -> Trouble | None:
    wanted = door.sensor and door.left_open_s is not None and not seen.held
    if not wanted or seen.since is None or door.left_open_s is None:
        return None
    due, detail = seen.since + door.left_open_s * 1000, {"left_open_s": door.left_open_s}
    return Trouble(door.place, "left_open", door.id, seen.since, due, detail)


def away(
    place: Place, unit: str, silence: Silence | None, heard: int | None, doors_open: Collection[str], *, out: bool
) -> Trouble | None:
    """None: it is there, or never was. Where we could not listen ourselves, boxes get time to come back. `heard`: its
    last word."""
    if silence is None:
        return None
    after_ms = place.away_after_s * 1000
    due = max(silence.since + after_ms, silence.listening + min(after_ms, RETURN_S * 1000))
    detail: dict[str, Any] = {"heard": heard} | ({"open": sorted(doors_open)} if doors_open else {})
    return Trouble(place.id, "away", unit, silence.since, due, detail | ({"data_out": True} if out else {}))


def of_box(place: str, unit: str, troubles: Collection[str], since: int, now: int) -> Signs:
    """Of a box that is there, by its own word. `since`: when its power was first seen to be gone, or now."""
    power = Trouble(place, "power", unit, since, since + POWER_MS) if "power" in troubles else None
    return {"power": power, "tamper": Trouble(place, "tamper", unit, now, now) if "tamper" in troubles else None}


def signal(place: str, unit: str, now: int, facts: Facts) -> Signs:
    seen = facts.signal
    if not seen.falling:
        return {"signal": None}
    detail = {"dbm": unit_facts.latest(seen), "before": unit_facts.earliest(seen)}
    return {"signal": Trouble(place, "signal", unit, now, now, detail)}


def data(place: str, unit: str, now: int, share: float | None, plan_mb: int | None, *, away: bool) -> Signs:
    """`out`: it has fallen silent with nearly all of its plan used."""
    if share is None or share < ALARM_SHARE:
        return {"data": None}
    detail = {"share": round(share, 3), "plan_mb": plan_mb, "out": out(share, away=away)}
    return {"data": Trouble(place, "data", unit, now, now, detail)}


def out(share: float | None, *, away: bool) -> bool:
    return away and share is not None and share >= OUT_SHARE
