"""When a door box's turn comes for its nightly self-test: between three and five by the clock on the wall of its place,
spread by its id so that a fleet is not tried all at once. Pure.
"""

from cloud.hours import DAY_MS, Zone, instants, wall

FROM_MS, UNTIL_MS = 3 * 3_600_000, 5 * 3_600_000  # nobody comes home, and whoever works at night is at work
DAYS = range(-1, 3)  # around the day of a moment: one of them may have no night, or half of one
SPREAD = 2_654_435_761  # Knuth's multiplicative hash: ids that follow each other come at different times


def turn(unit: str, zone: Zone, after: int) -> int:
    """The first moment after `after` at which it is this unit's turn, once a night: where the wall clock is put back,
    the first time that it shows it; where it is put forward, the moment after."""
    slot = int(unit, 16) * SPREAD % 2**32 * (UNTIL_MS - FROM_MS) >> 32
    today = wall(zone, after) // DAY_MS
    turns = [at for day in DAYS for at, _ in _shown(zone, today + day, FROM_MS + slot)[:1]]
    return min(at for at in turns if at > after)


def is_near(zone: Zone, since: int, until: int) -> bool:
    """Whether any unit's turn may come after `since` and up to `until`."""
    days = range(wall(zone, since) // DAY_MS - 1, wall(zone, until) // DAY_MS + 2)
    return any(first <= until and since < last for day in days for first, last in _shown(zone, day, FROM_MS))


def _shown(zone: Zone, day: int, starts: int) -> list[tuple[int, int]]:
    """When the wall clock shows this night of this day from `starts` on."""
    return instants(zone, day * DAY_MS + starts, day * DAY_MS + UNTIL_MS)
