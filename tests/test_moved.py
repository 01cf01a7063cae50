"""Which movements of a door its unit tells of: those nobody of ours had asked for, each once."""

from hypothesis import given
from hypothesis import strategies as st

import tests.unit_side  # noqa: F401 - it makes the unit's own modules known
from firmware import wire

import moved  # isort: skip

UNKNOWN, CLOSED, OPENED, OPENING, CLOSING = (
    wire.UNKNOWN,
    wire.CLOSED,
    wire.OPENED,
    wire.OPENING,
    wire.CLOSING,
)
TRAVEL_S = 12
WINDOW_DS = 60 + 180 + 50
STATES = st.sampled_from([UNKNOWN, CLOSED, OPENED, OPENING, CLOSING])


def door(state: int = CLOSED, *, closes_itself: bool = False) -> moved.Moved:
    return moved.Moved(state, TRAVEL_S, closes_itself)


def test_a_door_that_leaves_its_place_by_itself_is_told_once_at_the_leaving() -> None:
    d = door()
    assert [d.see(state, False, 1000) for state in (OPENING, OPENED, OPENED)] == [OPENED, None, None]
    assert [d.see(state, False, 2000) for state in (CLOSING, CLOSED)] == [CLOSED, None]


def test_a_sensor_without_an_opening_tells_the_same() -> None:
    d = door()
    assert [d.see(state, False, 1000) for state in (OPENED, CLOSED)] == [OPENED, CLOSED]


def test_what_it_does_within_its_time_after_a_coil_of_ours_is_ours() -> None:
    for after, told in ((0, None), (WINDOW_DS - 1, None), (WINDOW_DS, OPENED)):
        d = door()
        d.ours(1000)
        assert d.see(OPENING, False, 1000 + after) == told


def test_a_door_that_is_held_may_be_opened_by_anyone() -> None:
    d = door()
    assert d.see(OPENING, True, 99999) is None


def test_a_door_that_closes_itself_says_nothing_by_it_but_is_told_when_it_opens() -> None:
    d = door(OPENED, closes_itself=True)
    assert [d.see(state, False, 9000) for state in (CLOSING, CLOSED, OPENING)] == [None, None, OPENED]


def test_unknown_is_no_place_to_leave() -> None:
    d = door(UNKNOWN)
    assert [d.see(state, False, 9000) for state in (OPENED, UNKNOWN, CLOSED, UNKNOWN, OPENING)] == [None] * 5


def test_a_door_that_rattles_in_the_wind_is_told_ten_times_and_then_once_a_minute() -> None:
    d = door()
    told = [d.see(state, False, at) for at in range(0, 6000, 2) for state in (OPENING, CLOSED)]
    assert 10 <= sum(t is not None for t in told) <= 20


@given(st.lists(st.tuples(STATES, st.booleans(), st.integers(0, 400), st.booleans()), max_size=60))
def test_nothing_is_told_that_ours_explains_and_nothing_twice_without_a_rest_between(steps: list) -> None:
    d, now, asked, rested = door(), 0, -WINDOW_DS, True
    for state, held, passed, ours in steps:
        now += passed
        if ours:
            d.ours(now)
            asked = now
        told = d.see(state, held, now)
        if told is not None:
            assert not held and now - asked >= WINDOW_DS and rested
        if told is not None and state not in (UNKNOWN, CLOSED, OPENED):
            rested = False
        elif state in (UNKNOWN, CLOSED, OPENED):
            rested = True


@given(st.integers(1, 20), st.integers(1, 100), st.lists(st.integers(0, 300), max_size=100))
def test_a_bucket_gives_no_more_than_it_holds_and_what_came_since(most: int, refill: int, gaps: list[int]) -> None:
    bucket, now, given_at = moved.Bucket(most, refill), 0, []
    for gap in gaps:
        now += gap
        if bucket.take(now):
            given_at.append(now)
    for i, first in enumerate(given_at):
        for j in range(i, len(given_at)):
            assert j - i + 1 <= most + (given_at[j] - first) // refill + 1
