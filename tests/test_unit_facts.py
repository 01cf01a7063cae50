"""What is known of a box's network, SIM, modem and signal, and which changes of it are told."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud import unit_facts
from cloud.unit_facts import BACK_DB, ENOUGH_DAYS, FELL_DB, Facts, Signal
from cloud.unit_news import Status

NOW = 1_790_000_000_000
DAY = "2026-11-27"
STATUS = Status(
    epoch=b"boot-one",
    network="modem",
    roaming=False,
    dbm=-75,
    rat="LTE",
    keepalive_s=120,
    heap_kb=60,
    unsent=0,
    ledger=(0,) * 10,
    operator="Movistar",
    iccid="8934",
    imei="8673",
)


def status(**how: object) -> Status:
    return msgspec.structs.replace(STATUS, **how)


def known() -> Facts:
    return unit_facts.told(Facts(), STATUS, NOW, DAY)[0]


def test_what_a_box_tells_first_is_known_and_no_news() -> None:
    facts, lines = unit_facts.told(Facts(), STATUS, NOW, DAY)

    assert lines == []
    assert (facts.told, facts.network, facts.dbm, facts.rat, facts.operator) == (NOW, "modem", -75, "LTE", "Movistar")
    assert (facts.iccid, facts.imei, facts.keepalive_s, facts.boot) == ("8934", "8673", 120, b"boot-one".hex())


@pytest.mark.parametrize(
    ("field", "kind"), [("iccid", "sim_changed"), ("imei", "modem_changed"), ("operator", "operator_changed")]
)
def test_another_sim_modem_or_operator_is_told_once(field: str, kind: str) -> None:
    facts, lines = unit_facts.told(known(), status(**{field: "another"}), NOW, DAY)
    again = unit_facts.told(facts, status(**{field: "another"}), NOW, DAY)[1]

    assert lines == [(kind, {"before": getattr(STATUS, field), "after": "another"})]
    assert again == []


def test_what_a_modem_does_not_tell_is_no_change_and_not_forgotten() -> None:
    facts, lines = unit_facts.told(known(), status(operator="", iccid="", imei=""), NOW, DAY)

    assert lines == []
    assert (facts.operator, facts.iccid, facts.imei) == ("Movistar", "8934", "8673")
    assert unit_facts.told(facts, status(iccid="35"), NOW, DAY)[1] == [
        ("sim_changed", {"before": "8934", "after": "35"})
    ]


def test_between_two_operators_a_box_may_go_to_and_fro_all_day() -> None:
    facts, told = known(), 0
    for day in ("2026-11-27", "2026-11-28"):
        for i in range(20):
            facts, lines = unit_facts.told(facts, status(operator=("MEO", "Movistar")[i % 2]), NOW, day)
            told += len(lines)

    assert told == 2


# -- signal


def days(signal: Signal, first: int, *levels: int) -> Signal:
    """One day after the other, each with four samples around its level."""
    for i, level in enumerate(levels):
        for off in (-1, 0, 1, 0):
            signal = unit_facts.watched(signal, level + off, f"2026-11-{first + i:02}")
    return unit_facts.watched(signal, None, f"2026-11-{first + len(levels):02}")


def test_a_signal_that_fell_by_a_quarter_of_its_power_is_falling() -> None:
    level = days(Signal(), 1, *[-70] * 10)
    fell = days(level, 12, *[-70 - FELL_DB] * 3)

    assert (level.falling, fell.falling) == (False, True)


def test_one_bad_day_is_weather() -> None:
    assert not days(Signal(), 1, *[-70] * 10, -110, -70).falling


def test_a_few_days_are_no_trend() -> None:
    assert not days(Signal(), 1, *[-60] * 4, *[-100] * (ENOUGH_DAYS - 5)).falling


def test_it_is_told_once_and_again_only_when_it_was_back() -> None:
    facts, told = Facts(), []
    for day, level in enumerate([-70] * 10 + [-80] * 6 + [-70] * 12, 1):
        facts, lines = unit_facts.told(facts, status(dbm=level), NOW, f"day {day:02}")
        told += [kind for kind, _ in lines]

    assert told == ["signal_falling"]
    assert not facts.signal.falling


def test_a_signal_that_hangs_between_is_neither_told_twice_nor_forgotten() -> None:
    fallen = days(Signal(), 1, *[-70] * 10, *[-70 - FELL_DB] * 3)

    assert days(fallen, 15, *[-70 - BACK_DB - 1] * 3).falling


@given(st.lists(st.tuples(st.integers(1, 40), st.none() | st.integers(-128, 127)), max_size=300))
def test_what_is_kept_of_a_signal_stays_small(samples: list[tuple[int, int | None]]) -> None:
    signal = Signal()
    for day, dbm in samples:
        signal = unit_facts.watched(signal, dbm, str(day))

    assert len(signal.seen) <= unit_facts.SEEN_A_DAY
    assert len(signal.medians) <= unit_facts.DAYS


@pytest.mark.parametrize(
    ("network", "dbm", "word"),
    [
        ("modem", -60, "good"),
        ("modem", -90, "fair"),
        ("modem", -105, "weak"),
        ("modem", -113, "none"),
        ("wifi", -60, "good"),
        ("wifi", -70, "fair"),
        ("wifi", -90, "weak"),
        ("wired", -60, None),
        ("modem", None, None),
        (None, -60, None),
    ],
)
def test_a_signal_in_words(network: str | None, dbm: int | None, word: str | None) -> None:
    assert unit_facts.word(network, dbm) == word


def test_what_is_kept_is_read_again_and_what_cannot_be_read_is_nothing() -> None:
    assert unit_facts.read(unit_facts.kept(known())) == known()
    assert unit_facts.read(None) == unit_facts.read("{") == unit_facts.read('{"told":"x"}') == Facts()
