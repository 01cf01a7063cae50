"""What the one button of a door asks for, and whether its unit does it."""

import pytest

from cloud import unit_link
from cloud.buttons import ACTIONS, offer
from firmware import wire
from tests.unit_side import UnitSide, commands

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
    unit.doors = [(commands.DRIVES[drive], NUMBERS[seen], False, 2, 500, False)]
    until, action = 105, unit_link.ACTIONS[asked]
    frame = wire.command(unit.down, 0, unit.raw, unit.epoch, until, bytes(8), action, 0, 0)

    verdict = unit.judge(frame, 100)

    assert verdict[0] == commands.PULSE or verdict[:2] == (commands.ANSWER, wire.ALREADY)
