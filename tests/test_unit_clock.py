"""What a unit's own seconds are on the wall: from late frames that tell whole seconds, for weeks, for every boot."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.unit_clock import EARLIEST, STRETCHES, Clock
from tests import unit_side  # noqa: F401 - puts the firmware's flat modules on the path

from clock import Seconds  # isort: skip

START = 1_790_000_000_000
TICKS = 1 << 30  # of MicroPython's milliseconds: they begin anew every 12.4 days
DAY_MS = 86_400_000
HEARTBEAT_MS = 540_300
SIX_HOURS = 45  # frames


class Board:
    """A unit's clock as the firmware keeps it, on a crystal that is wrong by so many parts of a million."""

    def __init__(self, ppm: float, booted_ms: float = 0.0) -> None:
        self._rate, self._booted, self._at = 1 + ppm * 1e-6, booted_ms, booted_ms
        self.seconds = Seconds(self._ticks, lambda a, b: ((a - b + TICKS // 2) % TICKS) - TICKS // 2)

    def _ticks(self) -> int:
        return int(TICKS - 5000 + (self._at - self._booted) * self._rate) % TICKS

    def tells(self, at_ms: float) -> tuple[int, int]:
        """Whole seconds, and tenths of them, when the world's time is this; it only goes on."""
        self._at = max(self._at, at_ms)
        return self.seconds.now(), self.seconds.tenths()


def lives(board: Board, clock: Clock, days: tuple[float, float], seed: int, jitter_ms: float = 2000) -> list[float]:
    """Heartbeats and some answers of these days, each on its way for up to so long; by how many milliseconds the clock
    was wrong about a record that was made just before each."""
    chance, wrong = random.Random(seed), []
    beats = range(int(days[0] * DAY_MS), int(days[1] * DAY_MS), HEARTBEAT_MS)
    presses = [chance.uniform(*days) * DAY_MS for _ in range(int((days[1] - days[0]) * 20))]
    for sent in sorted([*beats, *presses]):
        whole, tenths = board.tells(sent)
        clock.heard(whole * 1000, round(START + sent + chance.uniform(0, jitter_ms)))
        wall = clock.wall(tenths * 100)
        assert wall is not None
        wrong.append(wall - (START + sent))
    return wrong


def set_by(board: Board, clock: Clock, step: int, beats: int) -> int:
    """So many heartbeats from the third day on, by a cloud that is wrong by `step`: how wrong the unit's clock is then,
    to that cloud."""
    wrong = 0
    for beat in range(beats):
        sent = 2 * DAY_MS + beat * HEARTBEAT_MS
        whole, tenths = board.tells(sent)
        clock.heard(whole * 1000, START + sent + step)
        wrong = (clock.wall(tenths * 100) or 0) - (START + sent + step)
    return wrong


@pytest.mark.parametrize("ppm", [100, -100])
@pytest.mark.parametrize("seed", [1, 2])
def test_for_thirty_days_it_is_right_to_half_a_second(ppm: float, seed: int) -> None:
    """The tick counter begins anew three times. For two days frames that are so late still tilt the line."""
    board, clock = Board(ppm), Clock()

    first, later = lives(board, clock, (0, 2), seed), lives(board, clock, (2, 30), seed + 100)

    assert max(map(abs, later)) <= 500
    assert max(map(abs, first[SIX_HOURS:])) <= 1000
    assert len(clock.kept()) < 40 * STRETCHES + 100


@pytest.mark.parametrize("ppm", [100, -100])
def test_where_frames_are_a_third_of_a_second_late_it_is_so_from_the_first_hours_on(ppm: float) -> None:
    wrong = lives(Board(ppm), Clock(), (0, 3), 1, jitter_ms=300)

    assert max(map(abs, wrong[SIX_HOURS:])) <= 500


@pytest.mark.parametrize("ppm", [100, -100])
def test_the_next_boot_knows_the_crystal(ppm: float) -> None:
    known, clock = Clock(), Board(ppm)
    lives(clock, known, (0, 3), 1)
    board, again = Board(ppm, 20 * DAY_MS), Clock(known.drift)

    wrong = lives(board, again, (20, 21), 2, jitter_ms=300)

    assert max(map(abs, wrong[20:])) <= 500


def test_what_happened_in_ten_days_without_network_is_placed_to_two_seconds() -> None:
    board, clock = Board(80), Clock()
    lives(board, clock, (0, 3), 1)
    made = [(board.tells(day * DAY_MS)[1] * 100, START + day * DAY_MS) for day in range(4, 13)]
    lives(board, clock, (13, 13.5), 2)

    assert max(abs((clock.wall(unit) or 0) - wall) for unit, wall in made) <= 2000


def test_what_happened_before_the_first_frame_is_placed_by_the_crystal_of_the_boot_before() -> None:
    board, clock = Board(80), Clock(80e-6)
    unit = board.tells(0)[1] * 100
    lives(board, clock, (5, 6), 1)

    assert abs((clock.wall(unit) or 0) - START) <= 5000


def test_after_the_clouds_clock_was_set_it_begins_anew() -> None:
    board, clock = Board(50), Clock()
    lives(board, clock, (0, 2), 1)
    for step in (-3_600_000, 3_600_000):
        assert abs(set_by(board, clock, step, 30)) <= 1500


def test_a_clock_that_was_set_by_six_seconds_is_followed_within_two_hours() -> None:
    board, clock = Board(50), Clock()
    lives(board, clock, (0, 2), 1)

    assert abs(set_by(board, clock, 6000, 12)) <= 1500


samples = st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(0, 14_000)), min_size=1, max_size=300)


def heard(gaps: list[tuple[int, int]]) -> tuple[Clock, list[tuple[int, int]]]:
    """A clock that heard frames with these gaps and delays, in the order of their making."""
    clock, frames, sent = Clock(), [], 0
    for gap, delay in gaps:
        sent += gap
        frames.append((sent // 1000 * 1000, START + sent + delay))
        clock.heard(*frames[-1])
    return clock, frames


@given(samples)
@settings(max_examples=60)
def test_nothing_is_placed_long_after_it_was_heard(gaps: list[tuple[int, int]]) -> None:
    clock, frames = heard(gaps)

    for unit, arrived in frames[-STRETCHES:]:
        wall = clock.wall(unit)
        assert wall is not None
        assert wall <= arrived + 1500


@given(samples, st.integers(0, 1 << 33), st.integers(0, 1 << 33))
@settings(max_examples=60)
def test_what_was_later_for_the_unit_is_later_on_the_wall(gaps: list[tuple[int, int]], one: int, other: int) -> None:
    clock, _ = heard(gaps)
    first, second = clock.wall(min(one, other)), clock.wall(max(one, other))

    assert first is not None
    assert second is not None
    assert first <= second


@given(samples)
@settings(max_examples=60)
def test_what_is_kept_says_the_same_and_stays_small(gaps: list[tuple[int, int]]) -> None:
    clock, frames = heard(gaps)
    text = clock.kept()
    again = Clock.read(text)

    assert [again.wall(unit) for unit, _ in frames] == [clock.wall(unit) for unit, _ in frames]
    assert again.kept() == text
    assert len(text) < 40 * STRETCHES + 100


def test_a_boot_that_nobody_heard_is_placed_by_what_it_told_itself() -> None:
    clock = Clock()
    assert (clock.known, clock.wall(5000)) == (False, None)
    clock.told(60_000, START, START + DAY_MS)

    assert (clock.known, clock.wall(61_000)) == (True, START + 1000)
    assert Clock.read(clock.kept()).wall(61_000) == START + 1000


def test_what_was_heard_counts_more_than_what_it_told() -> None:
    clock = Clock()
    clock.told(60_000, START - DAY_MS, START)
    clock.heard(60_000, START)

    assert abs((clock.wall(60_000) or 0) - START) < 1000


@pytest.mark.parametrize("wall", [0, 315_532_800_000, EARLIEST - 1, START + DAY_MS])
def test_a_time_that_cannot_be_is_not_taken(wall: int) -> None:
    """1980, and tomorrow: modems tell both."""
    clock = Clock()
    clock.told(60_000, wall, START)

    assert not clock.known
