"""When one set of hours is open: weekly windows, dates added or taken out, public holidays, on the place's wall clock.

The one rule: it is open at an instant if the place's wall clock then shows a time within a window. So on the night the
clock goes back what lies in the hour that comes twice is open twice, and what lies in the hour that is left out in
spring does not come at all. A window belongs to the day it begins on: an overnight one runs to its end on the next
day, whatever that day is. Whole numbers only: days and milliseconds since 1970, minutes of a day. No clock, no zone
files: what a zone and a region's holidays are comes in as data.
"""

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

import msgspec

MINUTE_MS = 60_000
DAY_MS = 86_400_000
DAY_MINUTES = 1440
REACH_MS = 15 * 3_600_000  # no zone is further than 14 h from UTC
FIRST_LOOK_DAYS = 9  # a week, and the days around it that an overnight window or a zone can reach into
LONGEST_LOOK_DAYS = 800  # at least two years: what opens later than that is told when it comes nearer
LOOK_AGAIN_MS = 60 * DAY_MS  # after a look that found nothing: it may have come nearer
WINDOWS = 60  # of one rule: a week of eight windows a day; beyond that it is a machine's mistake
LOOKS = 3  # remembered: about now, about the turn after, and one for a question about another time
DATES = 800  # added or taken out: two years of them, day by day


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Minutes of the day; `ends` at or before `starts` is on the next day. 0 to 1440 is the whole day."""

    starts: int
    ends: int


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`days`: those it begins on, 0 is Monday."""

    days: tuple[int, ...]
    starts: int
    ends: int


class Day(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A date (YYYY-MM-DD) with its own spans instead of whatever it would have; none: the whole day."""

    date: str
    spans: tuple[Span, ...] = ()


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`windows` None: every day, all day. Holidays `usual`: days like any other; `open`: all day; `closed`; `own`:
    `holiday_spans`."""

    windows: tuple[Window, ...] | None = None
    added: tuple[Day, ...] = ()
    removed: tuple[str, ...] = ()
    holidays: Literal["usual", "open", "closed", "own"] = "usual"
    holiday_spans: tuple[Span, ...] = ()


class Zone(msgspec.Struct, frozen=True):
    """From `begins[i]` (UTC, rising; the first lies before everything) the wall clock is `offsets[i]` ahead of UTC."""

    name: str
    begins: tuple[int, ...]
    offsets: tuple[int, ...]


class Calendar(msgspec.Struct, frozen=True):
    """`holidays`: day numbers, known for days `first` to before `end`; None: nobody has them for this region."""

    zone: Zone
    holidays: frozenset[int] | None = None
    first: int = 0
    end: int = 0


ALWAYS = Hours()


def wall(zone: Zone, now: int) -> int:
    """What the place's clock shows at `now`, as if it were UTC."""
    return now + zone.offsets[bisect_right(zone.begins, now) - 1]


def instants(zone: Zone, starts: int, ends: int) -> list[tuple[int, int]]:
    """When the place's clock shows a time from `starts` to before `ends` (wall milliseconds)."""
    found: list[tuple[int, int]] = []
    index = max(0, bisect_right(zone.begins, starts - REACH_MS) - 1)
    while index < len(zone.begins) and zone.begins[index] < ends + REACH_MS:
        offset = zone.offsets[index]
        until = zone.begins[index + 1] if index + 1 < len(zone.begins) else ends - offset
        first, last = max(starts - offset, zone.begins[index]), min(ends - offset, until)
        if first < last:
            found.append((first, last))
        index += 1
    return found


def day_number(date: str) -> int:
    """Days since 1970 of YYYY-MM-DD (proleptic Gregorian; Howard Hinnant, "chrono-Compatible Low-Level Date
    Algorithms"). Raises ValueError for what is no date."""
    year, month, day = _parts(date)
    shifted = year - (month <= 2)
    era, of_era = divmod(shifted, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def _parts(date: str) -> tuple[int, int, int]:
    shape = len(date) == 10 and date.isascii() and date[4] == date[7] == "-"
    digits = date[:4] + date[5:7] + date[8:] if shape else ""
    if not digits.isdigit():
        raise ValueError(f"{date[:20]!r} is not a date like 2026-12-25")
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if not 1 <= month <= 12 or not 1 <= day <= lengths[month - 1]:
        raise ValueError(f"{date} is a day that does not exist")
    return year, month, day


def problem(hours: Hours) -> str | None:
    """What is wrong with these hours, in words; None: nothing."""
    windows = hours.windows or ()
    if len(windows) > WINDOWS:
        return f"more than {WINDOWS} weekly windows"
    if len(hours.added) + len(hours.removed) > DATES:
        return f"more than {DATES} dates"
    if any(not w.days or len(set(w.days)) != len(w.days) or not set(w.days) <= set(range(7)) for w in windows):
        return "a window needs days from 0 (Monday) to 6 (Sunday), each once"
    spans = [*windows, *hours.holiday_spans, *(span for day in hours.added for span in day.spans)]
    if len(spans) > WINDOWS + DATES:
        return f"more than {WINDOWS + DATES} spans"
    if any(not 0 <= s.starts < DAY_MINUTES or not 0 < s.ends <= DAY_MINUTES or s.starts == s.ends for s in spans):
        return "a span starts at minute 0 to 1439 and ends at another one, 1 to 1440"
    if (hours.holidays == "own") != bool(hours.holiday_spans):
        return "own hours on holidays need spans, and only they have them"
    dates = [day.date for day in hours.added] + list(hours.removed)
    try:
        for date in dates:
            day_number(date)
    except ValueError as error:
        return str(error)
    return "a date stands twice among those added and taken out" if len(set(dates)) != len(dates) else None


class Timeline:
    """One set of hours in one calendar. `at` is a pure function of `now`; the last looks are remembered, since most
    questions are about now and the next turn."""

    __slots__ = ("_added", "_calendar", "_hours", "_looks", "_plain", "_removed")

    def __init__(self, hours: Hours, calendar: Calendar) -> None:
        self._hours, self._calendar = hours, calendar
        self._added = {day_number(day.date): day.spans for day in hours.added}
        self._removed = frozenset(day_number(date) for date in hours.removed)
        always = hours.windows is None and not hours.removed and hours.holidays in ("usual", "open")
        self._plain = always and not any(self._added.values())
        # each: since, before, and the edges by which it answers there; replaced whole, for readers in other threads
        self._looks: tuple[tuple[int, int, list[int]], ...] = ()

    def at(self, now: int) -> tuple[bool, int | None]:
        """Whether it is open, and until when it stays so; None: as far as anybody can tell."""
        if self._plain:
            return True, None
        for since, end, edges in self._looks:
            if since <= now < end:
                index = bisect_right(edges, now)
                return index % 2 == 1, edges[index] if index < len(edges) else None
        look = self._look(now)
        self._looks = (look, *self._looks[: LOOKS - 1])
        index = bisect_right(look[2], now)
        return index % 2 == 1, look[2][index] if index < len(look[2]) else None

    def _look(self, now: int) -> tuple[int, int, list[int]]:
        today = wall(self._calendar.zone, now) // DAY_MS
        days = FIRST_LOOK_DAYS
        while True:
            last = (today + days) * DAY_MS
            # two days: one that a zone skips is never shown
            ends = instants(self._calendar.zone, last, last + 2 * DAY_MS)[0][0]
            # three days back: what begins before them is over a day before now, even where a day is skipped
            edges = [edge for edge in self._edges(today - 3, today + days) if edge < ends]
            if edges and now < edges[-1]:
                return now - DAY_MS, edges[-1], edges
            if days == LONGEST_LOOK_DAYS:
                return now - DAY_MS, now + LOOK_AGAIN_MS, edges
            days = min(days * 3, LONGEST_LOOK_DAYS)

    def _edges(self, first: int, end: int) -> list[int]:
        """The instants at which it opens and closes, in turn, for windows that begin on these days."""
        zone = self._calendar.zone
        found: list[tuple[int, int]] = []
        for day in range(first, end):
            for starts, stops in self._spans(day):
                found += instants(zone, day * DAY_MS + starts * MINUTE_MS, day * DAY_MS + stops * MINUTE_MS)
        return [edge for span in _merged(found) for edge in span]

    def _spans(self, day: int) -> list[tuple[int, int]]:
        """Minutes of this day on which something begins, and when it ends (beyond 1440: on the next day)."""
        if day in self._removed:
            return []
        if day in self._added:
            return _minutes(self._added[day]) or [_WHOLE_DAY]
        calendar, holidays = self._calendar, self._hours.holidays
        same = holidays == "open" and self._hours.windows is None  # all day, be it one or not
        if holidays != "usual" and not same:
            if calendar.holidays is None or not calendar.first <= day < calendar.end:
                return []  # nobody knows whether it is one: closed, not guessed
            if day in calendar.holidays:
                return {"open": [_WHOLE_DAY], "closed": []}.get(holidays, _minutes(self._hours.holiday_spans))
        if self._hours.windows is None:
            return [_WHOLE_DAY]
        return _week(self._hours.windows)[(day + 3) % 7]  # 1970 began on a Thursday


_WHOLE_DAY = (0, DAY_MINUTES)


@lru_cache(maxsize=256)
def _week(windows: tuple[Window, ...]) -> tuple[list[tuple[int, int]], ...]:
    """What begins on each weekday, in one piece what touches: sixty windows that overlap cost no more than one."""
    return tuple(_merged(_minutes(window for window in windows if day in window.days)) for day in range(7))


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for starts, ends in sorted(spans):
        if merged and starts <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((starts, ends))
    return merged


def _minutes(spans: Iterable[Span | Window]) -> list[tuple[int, int]]:
    return [(s.starts, s.ends if s.ends > s.starts else s.ends + DAY_MINUTES) for s in spans]
