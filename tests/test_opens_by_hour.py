"""Opens by hour and weekday: against the tz database, across the days on which clocks change."""

import datetime
import zoneinfo
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from cloud import calendars
from cloud.hours import DAY_MS
from cloud.opens_by_hour import GRAINS_MS, HOUR_MS, begins, by_hour, grain
from tests.access_worlds import ODD_DAYS
from tests.slow_access import EPOCH, ms

ZONES = st.sampled_from([*ODD_DAYS, "Europe/Athens", "Asia/Beirut", "America/Havana", "Asia/Kathmandu"])
MADRID = calendars.zone("Europe/Madrid")


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, int]:
    """A zone, and a moment near a day on which its clock does something odd, or any."""
    zone = draw(ZONES)
    dates = st.sampled_from(ODD_DAYS.get(zone, ("2026-03-29", "2026-10-25")))
    odd = dates.map(lambda date: ms(datetime.datetime.fromisoformat(f"{date}T00:00+00:00")))
    near = st.tuples(odd, st.integers(-2 * DAY_MS, 2 * DAY_MS)).map(sum)
    anywhere = st.integers(946_684_800_000 + 100 * DAY_MS, 4_070_908_800_000)  # 2000 to 2099
    return zone, draw(st.one_of(near, anywhere))


def on_the_wall(zone: str, at: int) -> datetime.datetime:
    return (EPOCH + datetime.timedelta(milliseconds=at)).astimezone(zoneinfo.ZoneInfo(zone))


@given(moments(), st.lists(st.tuples(st.integers(-4 * DAY_MS, 4 * DAY_MS), st.integers(1, 9)), max_size=40))
def test_each_open_stands_at_the_hour_and_weekday_that_the_places_clock_showed(
    moment: tuple[str, int], opens: list[tuple[int, int]]
) -> None:
    zone, around = moment
    counted = [(around + offset, count) for offset, count in opens]
    expected: Counter[tuple[int, int]] = Counter()
    for at, count in counted:
        shown = on_the_wall(zone, at)
        expected[shown.weekday(), shown.hour] += count

    cells = by_hour(calendars.zone(zone), counted)

    assert [len(day) for day in cells] == [24] * 7
    assert {(d, h): n for d, day in enumerate(cells) for h, n in enumerate(day) if n} == dict(expected)


@given(moments(), st.lists(st.integers(-4 * DAY_MS, 4 * DAY_MS), max_size=40))
def test_what_is_counted_in_pieces_stands_where_each_of_it_would(moment: tuple[str, int], offsets: list[int]) -> None:
    zone, around = calendars.zone(moment[0]), moment[1]
    size = grain(zone, around - 4 * DAY_MS, around + 4 * DAY_MS)
    opens = [around + offset for offset in offsets]

    pieces = Counter(at // size * size for at in opens)

    assert by_hour(zone, pieces.items()) == by_hour(zone, [(at, 1) for at in opens])
    assert size == GRAINS_MS[0] or moment[0] == "America/St_Johns"  # which changed at a minute past midnight


@given(moments(), st.integers(1, 92))
def test_it_begins_with_the_first_moment_of_the_first_of_so_many_days(moment: tuple[str, int], days: int) -> None:
    zone, now = moment
    since = begins(calendars.zone(zone), now, days)
    first, before = on_the_wall(zone, since), on_the_wall(zone, since - 1)
    wanted = on_the_wall(zone, now).date() - datetime.timedelta(days - 1)

    assert since <= now
    assert before.date() < wanted <= first.date()  # later only where the zone skips that day
    assert before.date() < first.date()


def test_the_hour_that_comes_twice_counts_both_and_the_one_left_out_counts_nothing() -> None:
    autumn = ms(datetime.datetime.fromisoformat("2026-10-24T22:00+00:00"))  # Sunday, 00:00 in Madrid
    spring = ms(datetime.datetime.fromisoformat("2026-03-28T23:00+00:00"))  # the same, of the short day

    long = by_hour(MADRID, [(autumn + hour * HOUR_MS, 1) for hour in range(25)])
    short = by_hour(MADRID, [(spring + hour * HOUR_MS, 1) for hour in range(23)])

    assert long[6] == [1, 1, 2, *[1] * 21]
    assert short[6] == [1, 1, 0, *[1] * 21]
    assert sum(map(sum, long[:6])) == sum(map(sum, short[:6])) == 0
