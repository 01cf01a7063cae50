"""When a CONFIG leaves, and what confirms it; which settings no unit would take."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cloud.wanted import (
    RESEND_AT_MOST_S,
    RESEND_S,
    BadSettings,
    DoorSettings,
    Kept,
    Wanted,
    checked,
    on_the_wire,
)
from firmware import wire
from tests.unit_side import commands

import config  # isort: skip - the unit's own, as unit_side has made it known

BOOT, NEXT_BOOT = b"boot---1", b"boot---2"
DOOR = DoorSettings(0, "toggle", 12.5, 500)
WIRING = {"relay": 18, "close_relay": None, "sense": None, "closed_contact": 32, "open_contact": 33}
WIRING |= {"exit_button": None}


def wanted(number: int = 5, confirmed: int = 4, **kept: object) -> Wanted:
    return Wanted(Kept((DOOR,), **kept), number, confirmed)  # pyright: ignore[reportArgumentType]


# -- which settings


def test_doors_are_told_in_order_with_travel_in_tenths_and_drives_by_number() -> None:
    doors = [DoorSettings(3, "open_close", 300, 5000), DoorSettings(1, "open", 0.5, 100), DOOR]

    assert on_the_wire(checked(doors)) == [(0, 1, 125, 500), (1, 0, 5, 100), (3, 2, 3000, 5000)]


def test_travel_is_kept_as_the_unit_will_have_it() -> None:
    assert checked([replace(DOOR, travel_s=12.34)]) == (replace(DOOR, travel_s=12.3),)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"number": 4}, "a unit has doors 0 to 3"),
        ({"number": -1}, "a unit has doors 0 to 3"),
        ({"drive": "slide"}, "drive"),
        ({"travel_s": 0.4}, "travel"),
        ({"travel_s": 300.1}, "travel"),
        ({"travel_s": math.nan}, "travel"),
        ({"travel_s": math.inf}, "travel"),
        ({"pulse_ms": 99}, "pulse"),
        ({"pulse_ms": 5001}, "pulse"),
    ],
)
def test_what_no_unit_takes_is_refused_with_words(wrong: dict, says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        checked([replace(DOOR, number=1), replace(DOOR, **wrong)])


def test_a_door_told_twice_is_refused() -> None:
    with pytest.raises(BadSettings, match="each once"):
        checked([DOOR, replace(DOOR, pulse_ms=600)])


@given(
    st.sampled_from(["open", "toggle", "open_close"]),
    st.floats(0, 400, allow_nan=False),
    st.integers(0, 6000),
)
def test_the_unit_takes_exactly_what_is_taken_here(drive: str, travel_s: float, pulse_ms: int) -> None:
    """Its own bounds are the same; whether the relays are there only it knows."""
    wiring = {**WIRING, "close_relay": 19 if drive == "open_close" else None}
    unit_json = {**wiring, "drive": drive, "travel_s": 12, "pulse_ms": 500}
    door = DoorSettings(0, drive, travel_s, pulse_ms)
    try:
        told = on_the_wire(checked([door]))
    except BadSettings:
        low, high = math.floor(travel_s * 10), math.ceil(travel_s * 10)
        outside = [(0, wire.DRIVES.index(drive), tenths, pulse_ms) for tenths in (low, high)]
        assert any(refused(unit_json, one) for one in outside)
        return
    assert config.with_settings([unit_json], told)[0]["pulse_ms"] == pulse_ms


def refused(unit_json: dict, told: tuple[int, int, int, int]) -> bool:
    try:
        config.with_settings([unit_json], [told])
    except ValueError:
        return True
    return False


def test_both_sides_number_the_drives_alike() -> None:
    assert {name: number for number, name in enumerate(wire.DRIVES)} == commands.DRIVES


# -- numbers


@given(*[st.integers(0, 9) for _ in range(3)])
def test_a_new_number_is_above_all_that_the_unit_can_have_taken(number: int, confirmed: int, told: int) -> None:
    assert wanted(number, confirmed).next_number(told) == max(number, confirmed, told) + 1


def test_what_is_wanted_is_pending_until_the_unit_has_it() -> None:
    assert wanted(5, 4).pending
    assert not wanted(5, 5).pending
    assert not Wanted().pending


def test_a_number_of_another_hand_overtakes_what_is_wanted_and_confirms_nothing() -> None:
    assert wanted(5).overtaken(6)
    assert not wanted(5).news(6)
    assert not wanted(5).overtaken(5)
    assert not Wanted().overtaken(6)  # nothing is wanted: it may have what it has


def test_only_what_the_unit_had_not_told_before_is_news() -> None:
    assert wanted(5, 4).news(5)
    assert wanted(5, 5).news(0)  # it has lost them
    assert not wanted(5, 4).news(4)
    assert not Wanted().news(0)


# -- when


def test_it_leaves_at_once_and_then_after_ever_longer_pauses_within_a_boot() -> None:
    some, mono, pauses = wanted(), 1000.0, []
    assert some.due(BOOT, 4, mono)
    for _ in range(10):
        some.sent(BOOT, mono)
        sent = mono
        while not some.due(BOOT, 4, mono):
            mono += 1
        pauses.append(mono - sent)

    assert pauses == [min(RESEND_S * 2**n, RESEND_AT_MOST_S) for n in range(10)]


def test_a_unit_that_restarts_again_and_again_is_sent_one_a_minute_at_most() -> None:
    some = wanted()
    some.sent(BOOT, 1000)

    assert not some.due(NEXT_BOOT, 4, 1000 + RESEND_S - 1)
    assert some.due(NEXT_BOOT, 4, 1000 + RESEND_S)


def test_newer_settings_do_not_wait_when_the_unit_comes_back_from_the_ones_before() -> None:
    some = wanted(5)
    some.sent(BOOT, 1000)
    some.become(Kept((DOOR,)), 6)

    assert not some.due(BOOT, 4, 1003)  # it is restarting: nobody would hear it
    assert some.due(NEXT_BOOT, 5, 1010)


def test_what_was_refused_does_not_leave_again_and_what_is_wanted_next_does_at_once() -> None:
    some = wanted(5)
    some.sent(BOOT, 1000)
    some.become(Kept((DOOR,), refused=True), 5)

    assert some.refused
    assert not some.due(NEXT_BOOT, 4, 1_000_000)
    some.become(Kept((replace(DOOR, pulse_ms=600),)), 6)
    assert not some.refused
    assert some.due(BOOT, 4, 1001)


@pytest.mark.parametrize("told", [5, 6])
def test_what_the_unit_has_does_not_leave(told: int) -> None:
    assert not wanted(5).due(BOOT, told, 1000)


def test_the_same_again_is_the_same_unless_it_was_refused() -> None:
    assert wanted().same((DOOR,))
    assert not wanted().same((replace(DOOR, pulse_ms=600),))
    assert not wanted(refused=True).same((DOOR,))
    assert not Wanted().same(())
