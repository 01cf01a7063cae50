"""How much of its plan a box has used: every byte that it tells is counted once, the alarm rings once a month."""

from hypothesis import given
from hypothesis import strategies as st

from cloud import data_use
from cloud.data_use import MB, Use

CAUSES = ("keepalive", "opens")
steps = st.lists(st.tuples(st.booleans(), st.tuples(*[st.integers(0, 10**6)] * 4)), max_size=30)


@given(steps)
def test_what_a_unit_tells_in_any_boots_adds_up(told: list[tuple[bool, tuple[int, ...]]]) -> None:
    """Each step: whether it booted before, and what it used since."""
    counts, before, booted, found, spent = (0,) * 4, (), True, 0, 0
    for boots, used in told:
        booted = booted or boots
        counts = used if boots else tuple(a + b for a, b in zip(counts, used, strict=True))
        found += data_use.total(data_use.since(before, counts, CAUSES, same_boot=not booted))
        spent += sum(used)
        before, booted = counts, False

    assert found == spent


def test_each_cause_has_its_own_ups_and_downs() -> None:
    found = data_use.since((1, 2, 30, 40), (2, 4, 33, 44), CAUSES, same_boot=True)

    assert found == [Use("keepalive", 1, 2), Use("opens", 3, 4)]


def test_what_has_cost_nothing_is_left_out() -> None:
    assert data_use.since((1, 2, 30, 40), (1, 2, 33, 40), CAUSES, same_boot=True) == [Use("opens", 3, 0)]


def test_a_count_that_goes_round_goes_on_and_one_that_goes_back_began_anew() -> None:
    round_, back = (1 << 32) - 5, 1000

    assert data_use.since((round_, 0, back, 0), (7, 0, 20, 0), CAUSES, same_boot=True) == [
        Use("keepalive", 12, 0),
        Use("opens", 20, 0),
    ]


def test_the_alarm_rings_at_four_fifths_and_once_a_month() -> None:
    share = data_use.share(8 * MB, 10)

    assert not data_use.alarming(data_use.share(8 * MB - 1, 10), "2026-11", None)
    assert data_use.alarming(share, "2026-11", None)
    assert not data_use.alarming(share, "2026-11", "2026-11")
    assert data_use.alarming(share, "2026-12", "2026-11")


def test_nobody_knows_the_share_of_a_plan_that_nobody_knows() -> None:
    assert data_use.share(8 * MB, None) is None
    assert not data_use.alarming(None, "2026-11", None)
    assert not data_use.probably_out(None, "away")


def test_a_box_with_its_plan_nearly_used_is_probably_out_of_data_when_it_falls_silent() -> None:
    assert data_use.probably_out(0.98, "away")
    assert not data_use.probably_out(0.98, "online")
    assert not data_use.probably_out(0.9799, "away")
