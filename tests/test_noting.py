"""What of commands and of outages is worth a record: each thing once, and a flood only as much as flash can bear."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware import events, wire
from tests.unit_side import commands

import absence  # isort: skip - the unit's own, as unit_side has made it known
import noting  # isort: skip


def op(n: int) -> bytes:
    return n.to_bytes(8, "big")


def verdict(kind: int, n: int, *, leg: int = 0, door: int = 0) -> tuple:
    return (kind, leg, op(n), door, bytes(16), 500)


def declined(n: int, result: int = wire.BUSY, door: int = 0) -> tuple:
    return (commands.ANSWER, result, op(n), door, bytes(16))


@pytest.mark.parametrize(
    ("kind", "result", "record"),
    [
        (commands.PULSE, wire.DONE, (events.COIL, 0, wire.DONE, op(1))),
        (commands.PULSE, wire.FAULT, (events.COIL, 0, wire.FAULT, op(1))),
        (commands.HOLD, wire.DONE, (events.HOLDING, 0, noting.BEGAN, op(1))),
        (commands.HOLD, wire.FAULT, (events.COIL, 0, wire.FAULT, op(1))),
        (commands.RELEASE, wire.DONE, (events.HOLDING, 0, noting.RELEASED, op(1))),
        (commands.TEST, wire.DONE, None),
        (commands.TEST, wire.FAULT, None),
    ],
)
def test_what_was_done_is_noted(kind: int, result: int, record: tuple | None) -> None:
    assert noting.Noting().record(verdict(kind, 1), result, 100) == record


def test_the_second_coil_is_told_apart() -> None:
    done = noting.Noting().record(verdict(commands.PULSE, 1, leg=1, door=2), wire.DONE, 100)
    assert done == (events.COIL, 2, wire.DONE | 1 << 8, op(1))


def test_what_was_done_is_noted_once_and_its_stored_answer_is_no_refusal() -> None:
    for result in (wire.DONE, wire.FAULT):
        notes = noting.Noting()
        assert notes.record(verdict(commands.PULSE, 1), result, 100)
        assert notes.record(declined(1, result), result, 101) is None


@pytest.mark.parametrize("result", range(wire.LATE, wire.UNSURE + 1))
def test_a_refusal_is_noted_once(result: int) -> None:
    notes = noting.Noting()
    assert notes.record(declined(1, result, 3), result, 100) == (events.DECLINED, 3, result, op(1))
    assert notes.record(declined(1, result, 3), result, 100) is None
    assert notes.record(declined(2, result, 3), result, 100) == (events.DECLINED, 3, result, op(2))


def test_already_and_doors_that_are_not_there_are_not_noted() -> None:
    notes = noting.Noting()
    assert notes.record(declined(1, wire.ALREADY), wire.ALREADY, 100) is None
    assert notes.record(declined(2, wire.UNSUPPORTED, 255), wire.UNSUPPORTED, 100) is None


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 3)), max_size=400))
def test_no_flood_of_refusals_writes_more_than_flash_can_bear_and_none_hides_what_was_done(steps: list) -> None:
    notes, now, noted = noting.Noting(), 0, 0
    for n, passed in steps:
        now += passed
        noted += notes.record(declined(n), wire.BUSY, now) is not None
    assert noted <= noting.BURST + now // noting.REFILL_S + 1
    assert notes.record(verdict(commands.PULSE, 5000), wire.DONE, now) is not None


# -- being away


def test_an_outage_is_recorded_when_its_reason_is_known_after_a_minute_and_its_end() -> None:
    away = absence.Absence()
    assert not away.online(20)
    assert [away.offline(events.NET_LOST, at) for at in (100, 130, 159)] == [False] * 3
    assert away.offline(events.NET_SEARCHING, 160) and not away.offline(events.NET_SEARCHING, 3000)
    assert away.online(3001)
    assert not away.online(3002)


def test_what_is_over_in_a_minute_is_no_outage() -> None:
    away = absence.Absence()
    away.online(20)
    assert not away.offline(events.NET_SILENT, 100) and not away.online(160)
    assert not away.offline(events.NET_SILENT, 200) and not away.offline(events.NET_SILENT, 259)
    assert not away.online(260)


def test_a_start_that_takes_long_is_an_outage_from_the_boot_on() -> None:
    away = absence.Absence()
    assert not away.offline(events.NET_MODEM, 30) and away.offline(events.NET_MODEM, 61) and away.online(62)


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, 17, 20]), st.integers(0, 200)), max_size=200))
def test_reasons_that_change_all_the_time_are_recorded_at_most_once_in_ten_minutes(steps: list) -> None:
    away, now, told = absence.Absence(), 0, []
    for why, passed in steps:
        now += passed
        if away.offline(why, now):
            told.append((now, why))
    assert all(b[0] - a[0] >= absence.CHANGE_S and a[1] != b[1] for a, b in pairwise(told))
