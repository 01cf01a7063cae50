"""Who may open what, to the millisecond; and what the one button of a door asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud import unit_link
from cloud.access import (
    ACTIONS,
    ALLOWED,
    NO_ACCESS,
    UNIT_REVOKED,
    Door,
    Grant,
    Person,
    Place,
    Snapshot,
    Verdict,
    may_open,
    may_see,
    offer,
)
from firmware import wire
from tests.unit_side import UnitSide, commands

NOW = 1_790_000_000_000
GATE = Door("gate", "home", "Gate", "3fa2b81c", 0, "open", sensor=True, travel_s=12, pulse_ms=500)


def snapshot(*grants: tuple[int | None, int | None], revoked: bool = False, **how) -> Snapshot:
    """Ana with these grants (starts, ends) for the gate."""
    parts = {
        "places": {"home": Place("home", "Home", "Europe/Madrid", 1)},
        "doors": {"gate": GATE},
        "people": {"ana": Person("ana", "Ana", "ca")},
        "grants": {("ana", "gate"): tuple(Grant(str(n), "ana", "gate", *g) for n, g in enumerate(grants))},
        "admins": {"home": frozenset({"adm"})},
        "revoked": frozenset({GATE.unit}) if revoked else frozenset(),
    }
    return Snapshot(**parts | how)


def test_a_grant_without_bounds_always_opens() -> None:
    for now in (0, NOW, 1 << 53):
        assert may_open("ana", "gate", snapshot((None, None)), now) == ALLOWED


@pytest.mark.parametrize(
    ("starts", "ends", "verdict"),
    [
        pytest.param(NOW, None, ALLOWED, id="from this moment"),
        pytest.param(NOW + 1, None, Verdict(False, "hours", NOW + 1), id="from the next moment"),
        pytest.param(None, NOW + 1, ALLOWED, id="until the next moment"),
        pytest.param(None, NOW, NO_ACCESS, id="until this moment"),
        pytest.param(NOW, NOW + 1, ALLOWED, id="for this moment"),
        pytest.param(NOW, NOW, NO_ACCESS, id="for no moment"),
        pytest.param(NOW + 5, NOW + 5, NO_ACCESS, id="for no moment to come"),
        pytest.param(NOW + 9, NOW + 5, NO_ACCESS, id="ending before it starts"),
        pytest.param(NOW - 9, NOW - 5, NO_ACCESS, id="over"),
    ],
)
def test_a_grant_opens_from_its_start_to_before_its_end(starts: int | None, ends: int | None, verdict: Verdict) -> None:
    assert may_open("ana", "gate", snapshot((starts, ends)), NOW) == verdict


def test_of_several_grants_one_that_holds_is_enough() -> None:
    over, holds, later = (None, NOW - 1), (NOW - 1, NOW + 1), (NOW + 500, None)

    assert may_open("ana", "gate", snapshot(over, later, holds), NOW) == ALLOWED
    assert may_open("ana", "gate", snapshot(over, over), NOW) == NO_ACCESS


def test_of_several_grants_to_come_the_next_one_is_told() -> None:
    later = snapshot((NOW + 500, None), (NOW + 20, NOW + 30), (None, NOW - 1))

    assert may_open("ana", "gate", later, NOW) == Verdict(False, "hours", NOW + 20)


@given(st.lists(st.tuples(*[st.none() | st.integers(NOW - 5, NOW + 5)] * 2), max_size=4), st.integers(NOW - 6, NOW + 6))
def test_the_time_that_is_told_is_the_first_at_which_it_opens(grants: list, now: int) -> None:
    access = snapshot(*grants) if grants else snapshot(grants={})
    opens = [at for at in range(now, NOW + 7) if may_open("ana", "gate", access, at).allowed]
    verdict = may_open("ana", "gate", access, now)

    assert verdict.allowed == (now in opens)
    assert verdict.next == (None if verdict.allowed or not opens else opens[0])
    assert verdict.reason == (None if verdict.allowed else "hours" if opens else "access")


@pytest.mark.parametrize(
    ("person", "door", "how"),
    [
        pytest.param("pau", "gate", {}, id="another person"),
        pytest.param("adm", "gate", {}, id="the admin of the place"),
        pytest.param("ana", "garage", {}, id="a door that is not there"),
        pytest.param("ana", "gate", {"people": {}}, id="a person that is not there"),
        pytest.param("ana", "gate", {"grants": {}}, id="no grant"),
        pytest.param("ana", "gate", {"grants": {("ana", "gate"): ()}}, id="an empty grant"),
        pytest.param("ana", "gate", {"grants": {("gate", "ana"): (Grant("1", "ana", "gate"),)}}, id="names exchanged"),
        pytest.param("", "", {}, id="nobody and nothing"),
    ],
)
def test_without_a_grant_for_just_this_nothing_opens(person: str, door: str, how: dict) -> None:
    assert may_open(person, door, snapshot((None, None), **how), NOW) == NO_ACCESS


def test_a_door_of_a_revoked_unit_does_not_open_and_says_why() -> None:
    assert may_open("ana", "gate", snapshot((None, None), revoked=True), NOW) == UNIT_REVOKED


def test_somebody_without_access_does_not_learn_that_a_unit_was_revoked() -> None:
    assert may_open("pau", "gate", snapshot((None, None), revoked=True), NOW) == NO_ACCESS


def test_one_sees_what_one_has_a_grant_for_and_an_admin_what_is_in_the_place() -> None:
    access = snapshot((None, NOW - 1))

    assert may_see("ana", GATE, access)
    assert may_see("adm", GATE, access)
    assert not may_see("pau", GATE, access)
    assert not may_see("adm", GATE, snapshot((None, None), admins={"office": frozenset({"adm"})}))


# -- the button

# by state: unknown, closed, open, opening, closing; None where the unit would decline whatever is asked
OFFERS = {
    ("open", True): ("open", "open", "open", "open", "open"),
    ("toggle", True): ("press", "open", "close", None, None),
    ("open_close", True): ("open", "open", "close", None, "open"),
}
NUMBERS = {name: number for number, name in unit_link.STATES.items()}
STATES = tuple(NUMBERS)


@pytest.mark.parametrize(("drive", "sensor"), OFFERS)
def test_the_button_asks_for_what_the_door_can_do_now(drive: str, sensor: bool) -> None:
    assert tuple(offer(drive, sensor, state) for state in STATES) == OFFERS[drive, sensor]


@pytest.mark.parametrize(("drive", "asks"), [("open", "open"), ("toggle", "press"), ("open_close", "open")])
def test_without_a_sensor_the_button_promises_nothing_it_cannot_know(drive: str, asks: str) -> None:
    assert offer(drive, False, "unknown") == asks


@pytest.mark.parametrize("drive", ACTIONS)
def test_a_button_asks_for_nothing_that_its_drive_does_not_have(drive: str) -> None:
    asked = {offer(drive, sensor, state) for sensor in (True, False) for state in STATES} - {None}

    assert asked <= set(ACTIONS[drive])


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("drive", "sensor"), [(d, s) for d in ACTIONS for s in (True, False)])
def test_a_unit_does_what_the_button_asks_for(drive: str, sensor: bool, state: str) -> None:
    """Judged by the firmware: pulsed, or already so."""
    seen = state if sensor else "unknown"
    asked = offer(drive, sensor, seen)
    if asked is None:
        return
    unit = UnitSide()
    unit.doors = [(commands.DRIVES[drive], NUMBERS[seen], False, 2, 500)]
    until, action = 105, unit_link.ACTIONS[asked]
    frame = wire.command(unit.down, 0, unit.raw, unit.epoch, until, bytes(8), action, 0, 0)

    verdict = unit.judge(frame, 100)

    assert verdict[0] == commands.PULSE or verdict[:2] == (commands.ANSWER, wire.ALREADY)
