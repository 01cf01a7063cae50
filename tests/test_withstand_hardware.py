"""The unit's own parts fail: coil, sensor, program, clock. It is said, and nothing stays on that should be off."""

import asyncio
from typing import Any

import pytest

from cloud.operations import MOVE_START_S
from sim.board import WDT
from sim.town import DoorPlan
from tests.scene import Scene, until
from tests.town_fixtures import story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()

PULSE_MS = 200
SENSED = DoorPlan("", "open", sense=21, pulse_ms=PULSE_MS, travel_s=0.5)
BLIND = DoorPlan("", "open", closed_contact=None, open_contact=None, pulse_ms=PULSE_MS)
BLIND_SENSED = DoorPlan("", "open", sense=21, closed_contact=None, open_contact=None, pulse_ms=PULSE_MS)
LONG_PULSE = DoorPlan("", "open", pulse_ms=5000, travel_s=0.5)
HOUR_S = 3600
PAUSE_S = 1  # of a coil between two pulses
FAST = 10  # a watchdog of 60 s bites after 6


async def _faults(s: Scene, *faults: str) -> None:
    await s.shown(lambda door: door["faults"] == list(faults), f"the faults {faults}")


@story()
async def test_coil_stuck_off_is_declined_and_shown_until_it_is_mended(s: Scene) -> None:
    await _a_dead_coil(s)


@story(SENSED)
async def test_coil_stuck_off_behind_a_driver_that_is_read_back(s: Scene) -> None:
    await _a_dead_coil(s)


async def _a_dead_coil(s: Scene) -> None:
    s.board.doors[0].stick_coil(0)

    operation = await s.ends(await s.press(), "DECLINED", "fault")
    await _faults(s, "coil")
    assert s.pulses(operation["id"]) == 0
    assert operation["movement"] is None

    s.board.doors[0].stick_coil(None)
    again = await _after_the_pause(s)
    assert again["state"] == "DONE"
    await _faults(s)
    assert s.pulses() == s.pulses(again["id"]) == 1


@story(BLIND)
async def test_coil_stuck_on_is_told_at_once_and_declined_until_it_lets_go(s: Scene) -> None:
    await _a_welded_coil(s)


@story(BLIND_SENSED)
async def test_coil_stuck_on_behind_a_driver_that_is_read_back(s: Scene) -> None:
    await _a_welded_coil(s)


async def _a_welded_coil(s: Scene) -> None:
    press = await s.press()
    operation = await s.operation(press)
    await s.coil_on(operation["id"])
    s.board.doors[0].stick_coil(1)

    await s.ends(press, "DONE")
    await _faults(s, "coil")
    declined = await _after_the_pause(s)
    assert (declined["state"], declined["reason"]) == ("DECLINED", "fault")
    assert s.pulses() == 1

    s.board.doors[0].stick_coil(None)
    await s.coil_off(operation["id"])


async def _after_the_pause(s: Scene) -> dict[str, Any]:
    """What becomes of the first press that does not find the coil pausing."""
    while True:
        operation = await s.outcome(await s.press("open"))
        if operation["reason"] != "busy":
            return operation
        await asyncio.sleep(PAUSE_S / 3)


@story()
async def test_sensor_silent_after_the_press_says_did_not_move(s: Scene) -> None:
    s.board.doors[0].jammed = True

    operation = await s.phone.moved(await s.press())

    assert (operation["state"], operation["movement"]) == ("DONE", "did_not_move")
    assert operation["stops"]["moving"] is None
    assert s.pulses(operation["id"]) == 1
    s.board.doors[0].jammed = False
    await s.opens()


@story()
async def test_sensor_gone_silent_makes_the_door_unknown_and_never_a_guess(s: Scene) -> None:
    s.board.doors[0].silence_sensor()

    await s.shown_state("opening")  # what contacts that both open say at first
    await s.shown_state("unknown")
    operation = await s.phone.moved(await s.press("open"))

    assert operation["state"] == "DONE"
    assert operation["movement"] == "did_not_move", f"nothing was seen within {MOVE_START_S} s"
    assert s.view["state"] == "unknown"
    assert s.pulses(operation["id"]) == 1


@story(BLIND)
async def test_a_door_without_a_sensor_is_unknown_and_promises_no_movement(s: Scene) -> None:
    operation = await s.ends(await s.press(), "DONE")

    assert operation["movement"] is None
    assert s.view["state"] == "unknown"
    assert s.pulses(operation["id"]) == 1


@story(LONG_PULSE, scale=FAST)
async def test_main_loop_hung_during_a_pulse_ends_it_in_hardware_and_the_watchdog_resets(s: Scene) -> None:
    press, operation = "", {"state": "DECLINED", "reason": "late"}
    while operation["state"] == "DECLINED":  # a clock that runs ten times too fast makes commands die early
        assert operation["reason"] == "late"
        s.board.doors[0].human_opens()  # makes the unit tell, and so its clock known anew
        await s.shown_state("open")
        await s.shown_state("closed")
        press = await s.press("open")
        operation = await _obeyed_or_declined(s, press)
    on = await s.coil_on(operation["id"])
    s.board.hang()
    boots = len(s.board.resets)

    off = await s.coil_off(operation["id"])
    pulse_ms = (off.t_ns - on.t_ns) * FAST / 1e6
    assert pulse_ms == pytest.approx(LONG_PULSE.pulse_ms, rel=0.02), "the pulse ends without the program"
    assert await s.board.reset_seen(boots + 1, 40) == WDT
    assert s.pulses() == 1

    assert (await s.outcome(press))["state"] in ("DONE", "UNKNOWN")
    await s.shown(lambda door: door["link"] == "online" and door["state"] == "closed", "the unit back, the door closed")
    assert not s.board.doors[0].coil_on


async def _obeyed_or_declined(s: Scene, press: str) -> dict[str, Any]:
    op = (await s.operation(press))["id"]
    await until(lambda: s.pulses(op) or s.phone.operations[op]["state"] == "DECLINED", "the coil, or an answer")
    return s.phone.operations[op]


@story()
async def test_the_units_clock_an_hour_off_opens_as_ever(s: Scene) -> None:
    net = s.board.net
    assert net is not None
    for offset_s in (HOUR_S, -HOUR_S):
        net.times.offset_s = offset_s
        s.board.power_off()
        await s.shown(lambda door: door["link"] == "away", "the unit away")
        s.board.power_on()

        operation = await s.opens()

        assert operation["state"] == "DONE", "a command's life is counted in the unit's own seconds"
        await s.shown_state("open")
        assert abs(s.view["since"] - s.phone.now()) < 30_000, "and so is since when a door stands so"
