"""The recovery ladder by itself: always upwards, always bounded, never hammering, whatever goes wrong in what order."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware import boards, ladder, modems
from firmware.ladder import (
    AT,
    BOARD,
    CFUN,
    DENIED,
    DTR,
    ESCAPE,
    KEY,
    MUTE,
    NONE,
    OFF,
    PERSON,
    REFUSED,
    RESET,
    SEARCHING,
    SILENT,
    SIM,
)

ALL = (AT, ESCAPE, DTR, CFUN, RESET, KEY, BOARD)
TROUBLES = (OFF, MUTE, SILENT, REFUSED, SEARCHING, DENIED, SIM, PERSON)
NAMES = dict(zip(TROUBLES, ("off", "mute", "silent", "refused", "searching", "denied", "sim", "person"), strict=True))
SPARE = (ESCAPE, DTR, CFUN, RESET, BOARD)  # what a board may lack
BOARDS = [(AT, *some, KEY) for count in range(6) for some in itertools.combinations(SPARE, count)]
SOME = st.sampled_from(BOARDS)
A_QUARTER_HOUR_S, AN_HOUR_S, A_DAY_S = 900, 3600, 86400
MIN_ATTEMPT_S = 5  # no attempt that asks something of the network is over sooner
SILENT_S = 15  # nor does a session take less to find that nothing comes back


def climb(trouble: int, has: tuple[int, ...] = ALL) -> list[int]:
    """The rungs from the bottom to the top."""
    rungs = []
    rung = ladder.above(trouble, NONE, has)
    while rung != NONE:
        rungs.append(rung)
        rung = ladder.above(trouble, rung, has)
        assert len(rungs) < len(ladder.BOUND_S), "a climb that never ends"
    return rungs


@pytest.mark.parametrize("trouble", TROUBLES, ids=NAMES.get)
def test_every_climb_ends_and_takes_each_rung_once_and_only_those_the_board_has(trouble: int) -> None:
    for has in BOARDS:
        rungs = climb(trouble, has)
        assert len(set(rungs)) == len(rungs) and set(rungs) <= set(has)
        assert rungs[0] == AT


@pytest.mark.parametrize("trouble", [t for t in TROUBLES if t != OFF], ids=NAMES.get)
def test_a_climb_goes_from_gentle_to_rough(trouble: int) -> None:
    assert climb(trouble) == sorted(climb(trouble))


def test_a_modem_that_hangs_meets_every_rung_that_needs_no_words() -> None:
    assert climb(MUTE) == [AT, ESCAPE, DTR, RESET, KEY, BOARD]


def test_one_that_may_be_off_is_asked_twice_before_its_key_is_touched() -> None:
    assert climb(OFF)[:3] == [AT, ESCAPE, KEY]


def test_a_whole_climb_takes_180_seconds_at_most() -> None:
    assert sum(ladder.BOUND_S) <= ladder.CLIMB_S == 180
    for trouble in TROUBLES:
        assert sum(ladder.BOUND_S[rung] for rung in climb(trouble)) <= ladder.CLIMB_S


@pytest.mark.parametrize("name", modems.FAMILIES)
def test_the_bounds_leave_room_for_the_slowest_modem(name: str) -> None:
    family = modems.FAMILIES[name]
    presses_s = (2 * family.on_ms + family.off_ms) / 1000 + 2 * family.boot_s + modems.SLOWEST_S + 3
    assert presses_s <= ladder.BOUND_S[KEY]
    assert 5 + 3 + family.boot_s <= ladder.BOUND_S[RESET]


class Walk:
    """An outage as the bearer lives it; `asked` are the moments at which something was asked of the network."""

    def __init__(self, has: tuple[int, ...] = ALL) -> None:
        self.ladder = ladder.Ladder(has)
        self.second = 0
        self.asked: list[int] = []
        self.rungs: list[int] = []

    def fails(self, trouble: int) -> int:
        pause = self.ladder.failed(trouble)
        self.second += (SILENT_S if trouble == SILENT else MIN_ATTEMPT_S) + pause
        self.asked.append(self.second)
        self.rungs.append(self.ladder.take())
        return pause


@given(has=SOME, troubles=st.lists(st.sampled_from(TROUBLES), max_size=60))
def test_whatever_goes_wrong_in_whatever_order_the_rest_is_bounded_and_the_rung_one_that_helps(
    has: tuple[int, ...], troubles: list[int]
) -> None:
    walk = Walk(has)
    for trouble in troubles:
        assert 0 <= walk.fails(trouble) <= AN_HOUR_S
        rung = walk.rungs[-1]
        assert rung in (NONE, *climb(trouble, has))
        assert walk.ladder.take() == NONE  # no rung is climbed twice for one failure


@given(has=SOME, trouble=st.sampled_from([SILENT, SEARCHING, DENIED, SIM]))
def test_what_keeps_failing_climbs_to_the_top_and_begins_again(has: tuple[int, ...], trouble: int) -> None:
    walk = Walk(has)
    rungs = climb(trouble, has)
    for _ in range(3 * (len(rungs) + 1)):
        walk.fails(trouble)
    assert walk.rungs == [*rungs, NONE] * 3


def test_a_refusal_is_met_with_patience() -> None:
    walk = Walk()
    for _ in range(15):
        walk.fails(REFUSED)
    assert walk.rungs == [AT, NONE, NONE, CFUN, NONE, NONE, RESET, NONE, NONE, KEY, NONE, NONE, NONE, NONE, NONE]


@pytest.mark.parametrize(
    ("trouble", "most"), [(REFUSED, 110), (DENIED, 30), (PERSON, 30), (SIM, 110), (SEARCHING, 110)], ids=str
)
def test_a_dead_sim_does_not_hammer_the_network(trouble: int, most: int) -> None:
    walk = Walk()
    while walk.second < A_DAY_S:
        walk.fails(trouble)
    assert len(walk.asked) <= most


def test_after_an_outage_of_two_minutes_the_next_attempt_is_less_than_a_minute_away() -> None:
    """Promise 11: back within 60 s of a visible drop. Silence is noticed by the session, and dialled anew at once."""
    for trouble in (REFUSED, SILENT):
        walk = Walk()
        while walk.second < 120:
            pause = walk.fails(trouble)
            assert pause + pause // 4 < 40, trouble


def test_what_was_climbed_is_told_until_all_was_well() -> None:
    steps = ladder.Ladder(ALL)
    for rung in (CFUN, KEY, AT):
        steps.climbed(rung)
    assert steps.highest == KEY
    steps.failed(REFUSED)
    steps.well()
    assert steps.highest == NONE and steps.take() == NONE
    steps.failed(SILENT)
    assert steps.take() == AT


def test_what_mended_itself_is_spared_its_rung() -> None:
    steps = ladder.Ladder(ALL)
    steps.failed(SEARCHING)
    steps.failed(SEARCHING)
    steps.spare()
    assert steps.take() == NONE


def test_no_relay_is_on_a_pin_of_the_modem() -> None:
    for name, board in boards.BOARDS.items():
        taken = boards.reserved(name)
        assert {board.key, board.tx, board.rx, board.dtr} <= set(taken)
        assert not {18, 19, 21, 22, 23} & set(taken)
        assert len(set(taken)) == len(taken)
        assert board.family in modems.FAMILIES
