"""The cloud or the broker dies at the worst moment: what was recorded comes to its end, and nothing opens twice."""

import asyncio
import os
import signal

import pytest

from cloud.operations import COMMAND_LIFE_S, DEADLINE_S
from tests.scene import Scene
from tests.town_fixtures import story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()


@story(alone=True)
async def test_cloud_killed_between_record_and_send_to_a_unit_that_stays_away(s: Scene) -> None:
    await s.away()
    press = await s.press()
    operation = await s.operation(press)
    await s.logged("recorded", op=operation["id"])

    await s.crash()
    assert s.row(operation["id"])["state"] == "SENT", "the record outlives the process"
    await s.restart()

    operation = await s.outcome(press)
    assert operation["state"] == "NOT_SENT", "it was never made into a command, so it certainly never left"
    assert operation["reason"] in ("away", "broker")
    await s.back()
    await s.opens()
    assert s.pulses(operation["id"]) == 0


@story(gates=True)
async def test_cloud_killed_with_the_command_on_disk_and_nothing_sent_opens_once_in_time_or_never(s: Scene) -> None:
    s.gate("recorded", "kill")
    press = await s.press()
    await s.dead()
    (row,) = s.rows().values()
    assert row["state"] == "SENT"
    assert row["command"] is not None
    assert s.pulses() == 0

    await s.restart()

    await _ends_once(s, press, pulses_if_unknown=0)


@story(gates=True)
async def test_cloud_killed_with_the_command_on_disk_and_the_unit_booted_meanwhile_opens_never(s: Scene) -> None:
    s.gate("recorded", "kill")
    press = await s.press()
    await s.dead()

    await s.power_cycle()
    await s.restart()

    operation = await s.ends(press, "UNKNOWN")  # who looks at the disk alone cannot know that it had not left
    await s.opens()
    assert s.pulses(operation["id"]) == 0


@story(alone=True)
async def test_cloud_killed_between_send_and_answer_opens_once_and_learns_of_it(s: Scene) -> None:
    s.proxy.up.hold()
    press = await s.press()
    operation = await s.operation(press)
    await s.coil_on(operation["id"])

    await s.crash()
    s.proxy.up.release()
    await s.restart()

    await _ends_once(s, press, pulses_if_unknown=1)


@story(alone=True)
async def test_cloud_killed_after_the_send_and_down_beyond_the_deadline_says_unknown(s: Scene) -> None:
    s.proxy.up.dropping = True
    press = await s.press()
    operation = await s.operation(press)
    await s.coil_on(operation["id"])

    await s.crash()
    await asyncio.sleep(DEADLINE_S + 0.5 - s.age_s(operation["id"]))
    s.proxy.heal()
    await s.restart()

    assert (await s.outcome(press))["state"] in ("UNKNOWN", "DONE"), "said at once, or told by the unit's journal first"
    await s.becomes(operation["id"], "DONE")
    await s.opens()
    assert s.pulses(operation["id"]) == 1


@story(alone=True)
async def test_broker_killed_during_an_open_comes_back_and_the_answer_is_heard(s: Scene) -> None:
    s.proxy.up.hold()
    press = await s.press()
    operation = await s.operation(press)
    await s.coil_on(operation["id"])
    end = s.log_end()

    os.kill(s.broker_process(), signal.SIGKILL)
    await s.logged("broker ended", after=end)
    s.proxy.up.release()

    await s.ends(press, "DONE")
    assert s.pulses(operation["id"]) == s.pulses() == 1
    await s.opens()


@story(alone=True, hostile=True)
async def test_a_press_while_the_broker_is_down_is_not_sent_and_says_why(s: Scene) -> None:
    assert s.hostile is not None
    await s.hostile.stop()
    await s.shown(lambda door: door["link"] == "away", "nobody is reached")

    operation = await s.ends(await s.press(), "NOT_SENT", "broker")
    said = len(s.board.console)
    await s.hostile.start()

    await s.connected(since=said)
    await s.opens()
    assert s.pulses(operation["id"]) == 0


async def _ends_once(s: Scene, press: str, pulses_if_unknown: int) -> None:
    """DONE after one pulse; only a machine so slow that the command died meanwhile may say UNKNOWN instead."""
    operation = await s.outcome(press)
    if operation["state"] == "UNKNOWN":
        assert s.age_s(operation["id"]) > COMMAND_LIFE_S
        assert s.pulses(operation["id"]) == pulses_if_unknown
    else:
        assert (operation["state"], s.pulses(operation["id"])) == ("DONE", 1)
    await s.opens()
    assert s.pulses(operation["id"]) <= 1
