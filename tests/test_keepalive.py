"""How long a connection may be idle: below what the network between forgets, soon and for good, and no shorter."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware.keepalive import DAY_S, MAX_WAIT_S, MIN_S, NEAR_S, Keepalive

ANSWER_S = 15
AGAIN_S = 10  # a new connection stands


class Life:
    """One connection after the other through a network that forgets what was idle for `forgets_s`. A ping leaves so
    long after the ping before, and what passed last is its answer, a round trip later."""

    def __init__(self, keepalive_s: int, forgets_s: float, round_trip_s: int = 0) -> None:
        self.keepalive, self.forgets_s, self.now_s = Keepalive(keepalive_s), forgets_s, 0
        self.round_trip_s = round_trip_s
        self.deaths: list[int] = []

    def pass_(self, seconds: int) -> None:
        until = self.now_s + seconds
        while self.now_s < until:
            self.now_s += self.keepalive.idle_s
            idle_s = self.keepalive.idle_s - self.round_trip_s
            if idle_s < self.forgets_s:
                self.keepalive.survived(idle_s, self.now_s)
            else:
                self.now_s += ANSWER_S
                self.deaths.append(self.now_s)
                self.keepalive.died(idle_s, self.now_s)
                self.now_s += AGAIN_S


def test_it_begins_with_three_quarters_of_what_unit_json_says() -> None:
    assert Keepalive(120).idle_s == 90


@given(st.integers(40, 1200), st.integers(MIN_S + 1, 2000))
@example(120, 60)
def test_below_what_the_network_forgets_within_an_hour_or_two(keepalive_s: int, forgets_s: int) -> None:
    life = Life(keepalive_s, forgets_s)
    life.pass_(10 * keepalive_s)
    assert life.keepalive.idle_s < forgets_s and len(life.deaths) <= 9
    assert life.keepalive.idle_s == keepalive_s * 3 // 4 or life.deaths


@settings(max_examples=15)  # a year is a million pings
@given(st.integers(40, 1200), st.integers(MIN_S + 1, 2000))
@example(120, 40)
@example(120, 80)
def test_tries_to_be_idle_for_longer_become_rare(keepalive_s: int, forgets_s: int) -> None:
    life = Life(keepalive_s, forgets_s)
    life.pass_(365 * DAY_S)
    late = [t for t in life.deaths if t > 60 * DAY_S]
    assert len(late) <= 305 // (MAX_WAIT_S // DAY_S) + 1


@pytest.mark.parametrize("round_trip_s", [0, 1, NEAR_S])
def test_a_network_that_remembers_again_is_found_out_in_some_days(round_trip_s: int) -> None:
    life = Life(120, 40 - round_trip_s, round_trip_s)
    life.pass_(DAY_S // 2)
    assert life.keepalive.idle_s <= 40
    life.forgets_s = 3600
    life.pass_(40 * DAY_S)
    assert life.keepalive.idle_s == 90


def test_an_outage_changes_nothing_when_so_long_was_survived_before() -> None:
    keepalive = Keepalive(120)
    keepalive.survived(90, 100)
    for now in range(1000, 5000, 1000):
        assert not keepalive.died(90, now) and keepalive.idle_s == 90
        keepalive.survived(90, now + 200)


def test_a_second_silent_death_in_a_row_counts_although_so_long_was_survived_before() -> None:
    keepalive = Keepalive(120)
    keepalive.survived(90, 100)
    assert not keepalive.died(90, 1000)
    assert keepalive.died(90, 1200) and keepalive.idle_s == 60


@pytest.mark.parametrize("round_trip_s", [0, 1, NEAR_S])
def test_a_trial_that_was_survived_makes_no_later_death_a_failed_trial(round_trip_s: int) -> None:
    life = Life(120, 80, round_trip_s)
    life.pass_(DAY_S // 2)
    life.forgets_s = 3600
    life.pass_(2 * DAY_S)
    assert life.keepalive.idle_s == 90
    life.forgets_s = 80
    life.pass_(DAY_S // 2)
    assert life.keepalive.idle_s == 60
    life.forgets_s = 3600
    life.pass_(DAY_S)
    assert life.keepalive.idle_s == 90, "the next try comes after a day, as the first did"


def test_what_died_in_use_says_nothing_of_idle_times() -> None:
    keepalive = Keepalive(120)
    assert not any(keepalive.died(MIN_S - 1, now) for now in range(100)) and keepalive.idle_s == 90


@given(st.integers(30, 1200), st.lists(st.tuples(st.booleans(), st.integers(0, 1500), st.integers(0, 3 * DAY_S))))
def test_whatever_happens_it_stays_within_its_bounds(keepalive_s: int, happened: list[tuple[bool, int, int]]) -> None:
    keepalive, now = Keepalive(keepalive_s), 0
    longest = keepalive.idle_s
    for lived, idle_s, passed in happened:
        now += passed
        before = keepalive.idle_s
        changed = keepalive.survived(idle_s, now) if lived else keepalive.died(idle_s, now)
        assert changed == (keepalive.idle_s != before)
        assert min(MIN_S, longest) <= keepalive.idle_s <= longest
        assert lived == (keepalive.idle_s > before) or not changed


@pytest.mark.parametrize("forgets_s", [35, 60, 90, 91])
def test_a_trial_that_fails_costs_one_connection_and_comes_back_to_what_was_good(forgets_s: int) -> None:
    life = Life(120, forgets_s)
    life.pass_(DAY_S // 2)
    good = life.keepalive.idle_s
    deaths = len(life.deaths)
    life.pass_(DAY_S)
    assert life.keepalive.idle_s == good and len(life.deaths) - deaths <= 1
