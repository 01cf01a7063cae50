"""Two clocks that need not agree: what is held back or drifts makes a command die sooner, never later."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloud.operations import COMMAND_LIFE_S
from cloud.unit_link import HELD_BACK_S, SAMPLE_LIFE_S
from tests.link_side import NONCE, NOW, Cloud
from tests.unit_side import UnitSide


@pytest.fixture
def unit() -> UnitSide:
    return UnitSide()


@pytest.fixture
def cloud(unit: UnitSide) -> Cloud:
    """A cloud that knows its unit in this boot."""
    cloud = Cloud()
    cloud.adopt(unit)
    return cloud


def heard(samples: list[tuple[float, float]], *, held_back: bool) -> Cloud:
    """A cloud after these heartbeats: seconds after the one before, seconds on the way. The unit is 4,900 s behind."""
    cloud, unit, sent = Cloud(), UnitSide(), 5000.0
    cloud.adopt(unit, seconds=sent - 4900)
    for gap, delay in samples:
        sent += gap
        cloud.mono = max(cloud.mono, sent + (delay if held_back else 0))
        cloud.take(unit.heartbeat(sent - 4900))
    return cloud


gaps = st.floats(0, 30)
delays = st.floats(0, 300)


@given(st.lists(st.tuples(gaps, delays), max_size=150))
def test_no_sample_held_back_makes_a_command_outlive_its_record_by_more_than_it_should(samples: list) -> None:
    cloud = heard(samples, held_back=True)
    not_after = cloud.not_after(cloud.mono)

    assert not_after is None or not_after <= cloud.mono - 4900 + COMMAND_LIFE_S


@given(st.lists(st.tuples(st.floats(0, 10), delays), max_size=20))
def test_a_delayed_sample_only_makes_commands_die_sooner(samples: list) -> None:
    held, prompt = heard(samples, held_back=True), heard(samples, held_back=False)
    late, due = (cloud.not_after(held.mono) for cloud in (held, prompt))

    assert late is not None
    assert due is None or late <= due


@given(
    part=st.floats(0, 0.999),
    delay=st.floats(0, 60),
    age=st.floats(0, SAMPLE_LIFE_S),
    unit_ppm=st.floats(-100, 100),
    cloud_ppm=st.floats(-100, 100),
    life_part=st.floats(0, 0.999),
)
@example(part=0, delay=0, age=600, unit_ppm=-100, cloud_ppm=100, life_part=0)
@example(part=0, delay=0, age=600, unit_ppm=-100, cloud_ppm=0, life_part=0)
@example(part=0, delay=0, age=0, unit_ppm=-100, cloud_ppm=100, life_part=0)
def test_no_command_is_obeyed_ten_seconds_after_its_record(
    part: float, delay: float, age: float, unit_ppm: float, cloud_ppm: float, life_part: float
) -> None:
    """Clocks of ±100 ppm, a sample up to ten minutes old, held back; times are true seconds since it was taken."""
    u, c = 1 + unit_ppm / 1e6, 1 + cloud_ppm / 1e6
    cloud, unit = Cloud(), UnitSide()
    cloud.mono = 5000.0 + delay * c + life_part
    cloud.adopt(unit, seconds=100.0 + part)
    recorded = delay + age / c
    not_after = cloud.not_after(5000.0 + recorded * c + life_part)
    assert not_after is not None

    obeyed_until = (not_after + 1 - 100.0 - part) / u  # the unit counts whole seconds: to the end of that one

    assert obeyed_until - recorded <= 10


def test_a_prompt_sample_gives_a_command_at_least_seven_seconds(unit: UnitSide, cloud: Cloud) -> None:
    for part in (0.0, 0.5, 0.999):
        cloud.take(unit.heartbeat(200.0 + part))
        true = 200.0 + part
        not_after = cloud.not_after(cloud.mono)
        assert not_after is not None
        assert not_after + 1 - true >= 7


def test_a_sample_serves_for_ten_minutes(unit: UnitSide, cloud: Cloud) -> None:
    sampled = cloud.mono

    assert cloud.link.ready(sampled + SAMPLE_LIFE_S)
    assert cloud.not_after(sampled + SAMPLE_LIFE_S) is not None
    assert not cloud.link.ready(sampled + SAMPLE_LIFE_S + 0.01)
    assert cloud.not_after(sampled + SAMPLE_LIFE_S + 0.01) is None


def test_samples_of_an_earlier_boot_serve_no_command(unit: UnitSide, cloud: Cloud) -> None:
    cloud.take(unit.heartbeat(900_000.0))
    unit.boot()
    cloud.adopt(unit, nonce=NONCE[::-1], seconds=3.0)

    not_after = cloud.not_after(cloud.mono)

    assert not_after is not None
    assert not_after <= 3 + COMMAND_LIFE_S


def test_the_best_sample_is_kept_among_many(unit: UnitSide, cloud: Cloud) -> None:
    cloud.take(unit.heartbeat(500.0))
    best = cloud.link.offset(cloud.mono)
    for n in range(500):
        cloud.mono += 1
        cloud.take(unit.heartbeat(490.0 + n))

    assert best is not None
    offset = cloud.link.offset(cloud.mono)
    assert offset is not None
    assert math.isclose(offset, best, abs_tol=0.5)
    assert len(cloud.link.samples) <= 64


def test_a_command_is_for_this_boot_only(unit: UnitSide, cloud: Cloud) -> None:
    command = cloud.command()
    assert cloud.link.same_boot(command)
    unit.boot()
    cloud.adopt(unit, nonce=NONCE[::-1])

    assert not cloud.link.same_boot(command)


def test_without_a_boot_there_is_no_command_and_nothing_to_ask() -> None:
    cloud = Cloud(heard=NOW)

    assert cloud.link.ask(NONCE, cloud.mono) is None
    assert cloud.not_after(cloud.mono) is None
    assert not cloud.link.ready(cloud.mono)


# -- what is held back says nothing of now


def test_a_sign_of_life_that_was_held_back_changes_nothing_and_is_asked_about(unit: UnitSide, cloud: Cloud) -> None:
    beat, hello = unit.heartbeat(100.0), unit.hello(seconds=100.0)
    cloud.mono += HELD_BACK_S + 2

    for frame in (beat, hello):
        before = cloud.state()
        news = cloud.take(frame)
        assert (news.dropped, news.ask, news.came) == ("old", True, False)
        assert cloud.state() == before


def test_a_sign_of_life_may_take_as_long_as_a_slow_radio_takes(unit: UnitSide, cloud: Cloud) -> None:
    beat = unit.heartbeat(100.0)
    cloud.mono += HELD_BACK_S - 1

    assert cloud.take(beat).dropped is None


def test_heartbeats_kept_for_later_do_not_keep_a_dead_unit_alive(unit: UnitSide, cloud: Cloud) -> None:
    """One after the other, each never seen before."""
    kept = [unit.heartbeat(100.0 + n) for n in range(50)]
    cloud.mono += 60
    cloud.link.ask(NONCE, cloud.mono)
    for frame in kept:
        cloud.mono += 1
        cloud.take(frame)

    assert cloud.link.gave_up(cloud.mono)
    assert cloud.link.link == "away"


def test_an_answer_that_was_held_back_tells_its_result_and_does_not_show_its_unit_alive(
    unit: UnitSide, cloud: Cloud
) -> None:
    answer = unit.answer(cloud.command(), seconds=100.0)
    cloud.link.ask(NONCE, cloud.mono)
    cloud.mono += 40
    assert cloud.link.gave_up(cloud.mono)

    news = cloud.take(answer)

    assert news.answer is not None
    assert not news.came
    assert cloud.link.link == "away"
    cloud.unmoved_by(answer, "count")


@given(
    ppm=st.floats(-200, 200),
    delays=st.lists(st.floats(0, 10), min_size=200, max_size=200),
    first=st.floats(0, 10),
)
@example(ppm=-200, delays=[0.0] * 200, first=0)
@example(ppm=-200, delays=[0.0, 10.0] * 100, first=0)
@settings(max_examples=20)
def test_no_honest_unit_is_taken_for_held_back(ppm: float, delays: list[float], first: float) -> None:
    """Thirty hours of heartbeats from a clock that goes wrong, through a radio that is slow now and then."""
    cloud, unit = Cloud(), UnitSide()
    cloud.mono = 5000.0 + first
    cloud.adopt(unit, seconds=100.0)
    for n, delay in enumerate(delays, 1):
        cloud.mono = 5000.0 + 540 * n + delay
        assert cloud.take(unit.heartbeat(100.0 + 540 * n * (1 + ppm / 1e6))).dropped is None
