"""Opens by hour and weekday, on the place's wall clock. Pure: moments and a zone in, a week of numbers out.

An hour that comes twice on the night the clock goes back counts what happened in both; one that is left out in spring
counts nothing that day. What counts as an open, and where it is kept, is not known here.
"""

from bisect import bisect_right
from collections.abc import Iterable

from cloud.hours import DAY_MS, Zone, instants, wall

HOUR_MS = 3_600_000
DAYS, HOURS = 7, 24
GRAINS_MS = (900_000, 60_000, 1000, 1)  # clocks are set at quarters of an hour, as a rule
THURSDAY = 3  # 1970 began on one; 0 is Monday


def begins(zone: Zone, now: int, days: int) -> int:
    """The first moment of the `days` days that end with today, as the place's clock has them."""
    first = (wall(zone, now) // DAY_MS - days + 1) * DAY_MS
    return instants(zone, first, first + 2 * DAY_MS)[0][0]  # two days: one that a zone skips is never shown


def grain(zone: Zone, since: int, until: int) -> int:
    """Opens may be counted together in pieces of so many ms without any of them leaving its hour on this clock."""
    changes = [at for at in zone.begins if since < at < until]
    seen = {zone.offsets[bisect_right(zone.begins, at) - 1] for at in (since, *changes)}
    return next(size for size in GRAINS_MS if not any(at % size for at in (*changes, *seen)))


def by_hour(zone: Zone, opens: Iterable[tuple[int, int]]) -> list[list[int]]:
    """`opens`: a moment, and how many at it. Seven days from Monday, each of 24 hours."""
    cells = [[0] * HOURS for _ in range(DAYS)]
    for at, count in opens:
        day, of_day = divmod(wall(zone, at), DAY_MS)
        cells[(day + THURSDAY) % DAYS][of_day // HOUR_MS] += count
    return cells
