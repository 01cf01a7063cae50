"""What an alarm is: from when on what is wrong is one, when it is told and told again, and when it ends. Pure.

What is wrong comes in as it is seen (`alarm_signs`); who is told stands in `alarm_desk`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from cloud.hours import DAY_MS, Zone, instants, wall

DAY_FROM_MS, DAY_UNTIL_MS = 8 * 3_600_000, 21 * 3_600_000  # of the place's wall clock: nobody is woken for less
LATCHED_MS = DAY_MS  # what is over and nobody has acknowledged is shown for so long

Key = tuple[str, str, str]  # place, kind, door or unit


class Kind(msgspec.Struct, frozen=True):
    """`repeats`: told again until it ends or is acknowledged; `by_day`: not told at night; `latches`: somebody has to
    see it, also when it is over."""

    repeats: bool = True
    by_day: bool = False
    latches: bool = False


KINDS: dict[str, Kind] = {
    "left_open": Kind(),
    "opened_otherwise": Kind(repeats=False, latches=True),  # by a key, mostly: told when it happens, not all night
    "away": Kind(),
    "signal": Kind(repeats=False, by_day=True),
    "data": Kind(repeats=False, by_day=True),
    "test": Kind(repeats=False, by_day=True),  # it is made at night; a box that nobody can reach is `away` as well
    "power": Kind(),
    "tamper": Kind(latches=True),
    "door": Kind(),
}


class Trouble(msgspec.Struct, frozen=True):
    """Something that is wrong as it is seen now. `due`: from when on it is an alarm, if it is still so."""

    place: str
    kind: str
    of: str
    since: int
    due: int
    detail: Mapping[str, Any] = {}

    @property
    def key(self) -> Key:
        return self.place, self.kind, self.of


class Alarm(msgspec.Struct, frozen=True):
    """The columns of the table `alarms`. `raised` None: it may pass yet; `told`: the last time; `over`: no longer so,
    but nobody has acknowledged it."""

    id: str
    place: str
    kind: str
    door: str | None
    unit: str | None
    since: int
    due: int
    raised: int | None = None
    detail: Mapping[str, Any] = {}
    times: int = 0
    told: int | None = None
    again: int | None = None
    over: int | None = None
    acknowledged: int | None = None
    acknowledged_by: str | None = None
    ended: int | None = None

    @property
    def key(self) -> Key:
        return self.place, self.kind, self.door or self.unit or ""

    @property
    def live(self) -> bool:
        return self.ended is None

    @property
    def shown(self) -> bool:
        return self.raised is not None


class Habits(msgspec.Struct, frozen=True):
    """Of a place, towards one thing: `quiet_until`: it was told of just now, whatever has become of that alarm."""

    again_s: int
    zone: Zone
    quiet_until: int = 0


BEGINS_ANEW = "left_open"  # whose beginning the door itself tells
OF_A_DOOR = ("left_open", "opened_otherwise", "door")


def begun(alarm: str, trouble: Trouble) -> Alarm:
    """It may still pass: nobody knows of it."""
    door, unit = (trouble.of, None) if trouble.kind in OF_A_DOOR else (None, trouble.of)
    return Alarm(alarm, trouble.place, trouble.kind, door, unit, trouble.since, trouble.due, detail=trouble.detail)


def seen(alarm: Alarm, trouble: Trouble, now: int, habits: Habits) -> Alarm:
    """It is still so, or again. What has got worse is told, also to who had acknowledged it."""
    if alarm.raised is None:
        return msgspec.structs.replace(alarm, since=trouble.since, due=trouble.due, detail=trouble.detail)
    after = msgspec.structs.replace(alarm, detail=trouble.detail, over=None)
    if weight(trouble.detail) <= weight(alarm.detail):
        return after
    at = tell_at(alarm.kind, now, habits)
    again = at if alarm.again is None else min(at, alarm.again)
    return msgspec.structs.replace(after, acknowledged=None, acknowledged_by=None, again=again)


def is_another(alarm: Alarm, trouble: Trouble) -> bool:
    """Whether what is seen began after this alarm: that one was over meanwhile, unseen."""
    return alarm.shown and alarm.kind == BEGINS_ANEW and trouble.since > alarm.since


def counted(before: Alarm | None, trouble: Trouble) -> Trouble:
    """One more of what is over as soon as it is."""
    if trouble.kind != "opened_otherwise":
        return trouble
    known = before.detail if before else {}
    detail = {**known, **trouble.detail, "count": known.get("count", 0) + 1, "last": trouble.since}
    return msgspec.structs.replace(trouble, detail=detail)


def weight(detail: Mapping[str, Any]) -> int:
    """How bad it is, among alarms of one kind: how often, how many faults, all of its data."""
    return int(detail.get("count", 0)) + len(detail.get("faults", ())) + bool(detail.get("out"))


def turned(alarm: Alarm, now: int, habits: Habits) -> Alarm:
    """What the moment makes of it: it is an alarm now, it is told (`times` rises), it is over for good."""
    if not alarm.live:
        return alarm
    if alarm.raised is None:
        if now < alarm.due:
            return alarm
        alarm = msgspec.structs.replace(alarm, raised=now, again=tell_at(alarm.kind, now, habits))
    if alarm.over is not None and now >= alarm.over + LATCHED_MS:
        return msgspec.structs.replace(alarm, ended=now, again=None)
    if alarm.again is None or now < alarm.again:
        return alarm
    again = None
    if KINDS[alarm.kind].repeats:
        again = tell_at(alarm.kind, now + habits.again_s * 1000, habits)
    return msgspec.structs.replace(alarm, times=alarm.times + 1, told=now, again=again)


def passed(alarm: Alarm, now: int) -> Alarm | None:
    """It is no longer so. None: nobody ever knew of it."""
    if alarm.raised is None:
        return None
    if not alarm.live:
        return alarm
    if KINDS[alarm.kind].latches and alarm.acknowledged is None:
        return alarm if alarm.over is not None else msgspec.structs.replace(alarm, over=now)
    return msgspec.structs.replace(alarm, ended=now, again=None)


def gone(alarm: Alarm, now: int) -> Alarm | None:
    """What it is about is not there any more."""
    return msgspec.structs.replace(alarm, ended=now, again=None) if alarm.shown else None


def acknowledged(alarm: Alarm, who: str, now: int) -> Alarm:
    """Somebody sees to it: it is not told again. The first one counts."""
    if not alarm.live or alarm.raised is None or alarm.acknowledged is not None:
        return alarm
    ended = now if alarm.over is not None else None
    return msgspec.structs.replace(alarm, acknowledged=now, acknowledged_by=who, again=None, ended=ended)


def next_at(alarm: Alarm) -> int | None:
    """When `turned` is to be asked again."""
    if not alarm.live:
        return None
    if alarm.raised is None:
        return alarm.due
    ends = None if alarm.over is None else alarm.over + LATCHED_MS
    return min((at for at in (alarm.again, ends) if at is not None), default=None)


def tell_at(kind: str, now: int, habits: Habits) -> int:
    """When to tell what is to be told from `now` on: not of the same thing too often, and not everything at night."""
    at = max(now, habits.quiet_until)
    return by_day(at, habits.zone) if KINDS[kind].by_day else at


def by_day(now: int, zone: Zone) -> int:
    """The first moment from `now` on that is by day, on the wall clock of the place."""
    today = wall(zone, now) // DAY_MS
    days = (instants(zone, (today + d) * DAY_MS + DAY_FROM_MS, (today + d) * DAY_MS + DAY_UNTIL_MS) for d in range(4))
    return next(max(now, first) for day in days for first, last in day if now < last)


class Book:
    """The alarms that have not ended, one for each thing, and when each thing was told last."""

    def __init__(self) -> None:
        self._live: dict[Key, Alarm] = {}
        self._told: dict[Key, int] = {}

    def __iter__(self) -> Iterator[Alarm]:
        return iter(list(self._live.values()))

    def of(self, key: Key) -> Alarm | None:
        return self._live.get(key)

    def told(self, key: Key, at: int) -> None:
        self._told[key] = max(at, self._told.get(key, 0))

    def put(self, before: Alarm | None, after: Alarm | None) -> None:
        """As it is on disk now; `after` None: nobody ever knew of it."""
        key = (after or before or _nothing()).key
        if after is None or not after.live:
            self._live.pop(key, None)
        else:
            self._live[key] = after
        if after is not None and after.told is not None:
            self.told(key, after.told)

    def told_at(self, key: Key) -> int:
        return self._told.get(key, 0)

    def quiet_until(self, key: Key, again_s: int) -> int:
        return self._told[key] + again_s * 1000 if key in self._told else 0


class Plan:
    """What is to become of the alarms in a book, one step of each; `again`: what to do where it cannot be written."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._steps: dict[Key, tuple[Alarm | None, list[Callable[[], object]]]] = {}

    def of(self, key: Key) -> Alarm | None:
        return self._steps[key][0] if key in self._steps else self._book.of(key)

    def put(self, key: Key, after: Alarm | None, again: Callable[[], object]) -> None:
        if after != self.of(key) or key in self._steps:
            _, others = self._steps.get(key, (None, []))
            self._steps[key] = after, [*others, again]

    def steps(self) -> list[tuple[Alarm | None, Alarm | None, list[Callable[[], object]]]]:
        """As it was, as it is to be, and what to do again."""
        found = [(self._book.of(key), after, again) for key, (after, again) in self._steps.items()]
        return [step for step in found if step[0] != step[1]]


def _nothing() -> Alarm:
    raise ValueError("an alarm that neither was nor is")
