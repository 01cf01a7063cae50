"""When a door box's turn comes: once a night, by the clock on the wall, also where that is put back or forward."""

import datetime
import zoneinfo
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from cloud import calendars
from cloud.hours import DAY_MS
from cloud.night import is_near, turn
from tests.access_worlds import ODD_DAYS
from tests.slow_access import EPOCH, ms

UNITS = st.integers(0, 2**32 - 1).map(lambda number: f"{number:08x}")
ZONES = st.sampled_from([*ODD_DAYS, "Europe/Athens", "Asia/Beirut", "America/Scoresbysund"])
MOMENTS = st.integers(946_684_800_000 + 3 * DAY_MS, 4_070_908_800_000)  # 2000 to 2099


def on_the_wall(zone: str, at: int) -> datetime.datetime:
    return (EPOCH + datetime.timedelta(milliseconds=at)).astimezone(zoneinfo.ZoneInfo(zone))


@given(UNITS, ZONES, MOMENTS)
def test_it_comes_at_night_within_a_day_or_two(unit: str, zone: str, after: int) -> None:
    at = turn(unit, calendars.zone(zone), after)

    assert after < at <= after + 2 * DAY_MS + 3_600_000
    assert 3 <= on_the_wall(zone, at).hour < 5
    assert is_near(calendars.zone(zone), after, at)
    assert is_near(calendars.zone(zone), at - 1, at)


@given(UNITS, st.data())
def test_of_a_week_around_an_odd_day_every_night_has_one(unit: str, data: st.DataObject) -> None:
    zone = data.draw(st.sampled_from(list(ODD_DAYS)))
    date = datetime.date.fromisoformat(data.draw(st.sampled_from(ODD_DAYS[zone])))
    since = ms(datetime.datetime.combine(date, datetime.time(), datetime.UTC)) - 4 * DAY_MS
    rules, at, turns = calendars.zone(zone), since, list[datetime.date]()
    while at < since + 8 * DAY_MS:
        at = turn(unit, rules, at)
        turns.append(on_the_wall(zone, at).date())

    there = {on_the_wall(zone, since + hour * 3_600_000).date() for hour in range(24, 7 * 24)}  # whole days only
    assert max(Counter(turns).values()) == 1
    assert there - {on_the_wall(zone, since).date(), on_the_wall(zone, since + 7 * DAY_MS).date()} <= set(turns)


def test_where_three_comes_twice_or_not_at_all_each_unit_has_its_turn_once() -> None:
    """Athens puts its clock forward at three and back at four."""
    zone = calendars.zone("Europe/Athens")
    for day in ("2026-03-29", "2026-10-25"):
        noon_before = ms(datetime.datetime.fromisoformat(f"{day}T00:00+00:00")) - 12 * 3_600_000
        for number in range(0, 2**32, 2**27):
            first = turn(f"{number:08x}", zone, noon_before)
            assert on_the_wall("Europe/Athens", first).date().isoformat() == day
            second = turn(f"{number:08x}", zone, first)
            assert second - first > 20 * 3_600_000


def test_a_fleet_with_neighbouring_ids_is_spread_over_the_two_hours() -> None:
    zone = calendars.zone("Europe/Madrid")
    minutes = Counter(
        turn(f"{number:08x}", zone, 1_790_000_000_000) // 60_000 for number in range(0x1000, 0x1000 + 2400)
    )

    assert len(minutes) >= 120
    assert max(minutes.values()) <= 40
