"""The link fails before, during and after a command: nothing moves twice or late, and the app learns how it was."""

import pytest

from firmware import wire
from tests.scene import Scene, until
from tests.town_fixtures import story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()
HALF_A_COMMAND = wire.EXACT[wire.COMMAND] // 2


@story()
async def test_a_unit_cut_off_before_the_command_and_back_too_late_opens_nothing(s: Scene) -> None:
    await s.away()

    press = await s.press()
    assert (await s.operation(press))["waiting"]
    operation = await s.ends(press, "NOT_SENT", "away")
    assert operation["heard"] is not None, "the app can say when the unit was last heard"
    assert operation["stops"]["sent"] is None
    assert s.row(operation["id"])["command"] is None

    await s.back()
    await s.shown(lambda door: door["link"] == "online", "the unit back")
    await s.opens()
    assert s.pulses() == 1, "the press of before has not come after all"


@story()
async def test_a_unit_cut_off_before_the_command_and_back_in_time_opens_once(s: Scene) -> None:
    await s.away()
    press = await s.press()
    assert (await s.operation(press))["waiting"]

    await s.back()

    operation = await s.ends(press, "DONE")
    assert s.pulses(operation["id"]) == s.pulses() == 1


@story()
async def test_a_unit_cut_off_silently_before_the_command_leaves_it_unknown(s: Scene) -> None:
    s.proxy.black_hole()

    operation = await s.ends(await s.press(), "UNKNOWN")
    assert operation["stops"]["sent"] is not None
    assert s.row(operation["id"])["command"] is not None
    await s.shown(lambda door: door["link"] == "away", "the unit away: it did not answer when it was asked")

    await s.back()
    await s.opens()
    assert s.pulses(operation["id"]) == 0, "nothing is sent after its deadline"


@story()
async def test_a_unit_cut_off_silently_and_back_with_the_same_boot_gets_the_same_bytes(s: Scene) -> None:
    s.proxy.black_hole()
    press = await s.press()
    operation = await s.operation(press)
    await s.logged("sent", op=operation["id"])
    before = s.row(operation["id"])["command"]

    await s.back()

    await s.ends(press, "DONE")
    await s.logged("sent", op=operation["id"], again=True)
    assert s.row(operation["id"])["command"] == before
    assert s.pulses(operation["id"]) == s.pulses() == 1


@story()
async def test_a_unit_cut_off_in_the_middle_of_the_command_opens_once(s: Scene) -> None:
    s.proxy.down.left = HALF_A_COMMAND
    press = await s.press()
    await until(lambda: s.proxy.down.left == 0, "half of the command to pass")
    assert s.pulses() == 0

    await s.back()

    operation = await s.ends(press, "DONE")
    assert s.pulses(operation["id"]) == s.pulses() == 1


@story()
async def test_a_unit_cut_off_after_the_command_says_it_again_and_opens_once(s: Scene) -> None:
    s.proxy.up.dropping = True
    press = await s.press()
    operation = await s.operation(press)
    await s.coil_on(operation["id"])
    assert s.phone.operations[operation["id"]]["state"] == "SENT", "nothing is shown that was not heard"

    await s.back()

    operation = await s.ends(press, "DONE")
    assert s.pulses(operation["id"]) == s.pulses() == 1
    assert operation["stops"]["coil"] is not None


@story()
async def test_an_answer_that_comes_after_the_deadline_turns_unknown_into_the_truth(s: Scene) -> None:
    s.proxy.up.hold()
    press = await s.press()
    operation = await s.ends(press, "UNKNOWN")
    assert s.pulses(operation["id"]) == 1

    s.proxy.up.release()

    await s.becomes(operation["id"], "DONE")
    assert s.row(operation["id"])["state"] == "DONE"
    assert s.pulses(operation["id"]) == s.pulses() == 1, "the bytes that were sent again moved nothing"


@story()
async def test_a_unit_that_loses_power_before_the_command_comes_never_obeys_it(s: Scene) -> None:
    s.proxy.black_hole(up=False)
    press = await s.press()
    operation = await s.operation(press)
    await s.logged("sent", op=operation["id"])

    await s.power_cycle()
    await s.back()

    await s.ends(press, "UNKNOWN")
    await s.opens()
    assert s.pulses(operation["id"]) == 0, "a command dies with the boot it was made for"


@story()
async def test_a_unit_that_loses_power_during_the_pulse_lets_go_and_the_app_is_not_told_a_tale(s: Scene) -> None:
    s.proxy.up.dropping = True
    press = await s.press()
    operation = await s.operation(press)
    on = await s.coil_on(operation["id"])

    s.board.power_off()
    off = await s.coil_off(operation["id"])
    assert off.t_ns - on.t_ns < 200_000_000, "the coil is off as soon as the power is"
    s.board.power_on()
    await s.back()

    state = (await s.outcome(press))["state"]
    assert state in ("UNKNOWN", "DONE"), "the coil was on: done, if the unit had the time to write it down"
    await s.opens()
    assert s.pulses(operation["id"]) == 1
