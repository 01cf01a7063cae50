"""The machine under the cloud misbehaves: stopped, its clock stepped, its disk full, a service started twice."""

import asyncio
import resource
import signal

import pytest

from cloud.operations import COMMAND_LIFE_S
from sim import town
from tests.scene import Scene
from tests.town_fixtures import story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()
HOUR_S = 3600


@story(gates=True)
async def test_cloud_stopped_between_record_and_send_finds_the_command_too_old(s: Scene) -> None:
    s.gate("recorded", "stop")
    press = await s.press()
    await s.stopped()
    (row,) = s.rows().values()
    assert row["state"] == "SENT"
    assert row["command"] is not None

    await asyncio.sleep(COMMAND_LIFE_S + 1 - s.age_s(row["id"]))
    s.cloud.signal(signal.SIGCONT)

    operation = await s.ends(press, "NOT_SENT", "late")
    assert operation["stops"]["sent"] is None
    await s.opens()
    assert s.pulses(operation["id"]) == 0


@story(alone=True)
async def test_cloud_stopped_after_the_send_takes_the_answer_when_it_wakes(s: Scene) -> None:
    s.proxy.up.hold()
    press = await s.press()
    operation = await s.operation(press)
    await s.coil_on(operation["id"])

    s.cloud.signal(signal.SIGSTOP)
    await s.stopped()
    s.proxy.up.release()
    await s.coil_off(operation["id"])
    s.cloud.signal(signal.SIGCONT)

    await s.ends(press, "DONE")
    assert s.pulses(operation["id"]) == 1


@story(gates=True)
async def test_clock_of_the_host_stepped_by_an_hour_changes_nothing_that_is_shown(s: Scene) -> None:
    first = await s.opens()
    for step_s in (HOUR_S, -HOUR_S):
        shown = s.phone.now()
        s.gate("clock", str(step_s))
        ticks = len(s.phone.messages)

        operation = await s.opens()

        assert operation["state"] == "DONE", "neither is the press late nor does the command live longer"
        assert 0 <= operation["asked"] - first["asked"] < 60_000
        assert all(0 <= message["now"] - shown < 60_000 for message in s.phone.messages[ticks:] if "now" in message)
        assert 0 <= s.row(operation["id"])["recorded"] - first["asked"] < 60_000
        health = await s.health()
        assert f"stepped by {step_s} s" in " ".join(health["problems"])


@story(gates=True)
async def test_clock_of_the_host_stepped_during_an_open_ends_it_as_if_nothing_were(s: Scene) -> None:
    s.proxy.black_hole()
    press = await s.press()
    operation = await s.operation(press)
    s.gate("clock", str(-HOUR_S))

    operation = await s.ends(press, "UNKNOWN")

    said = await s.logged("settled", op=operation["id"])
    assert said["state"] == "UNKNOWN"
    assert s.phone.now() - operation["asked"] < 60_000, "the deadline came when it was due, not an hour later"
    await s.back()


@story(alone=True)
async def test_database_full_refuses_opens_with_that_reason_and_recovers(s: Scene) -> None:
    await s.opens()
    rows = s.rows().keys()
    _no_more_bytes(s, none=True)

    press = await s.press()
    assert (await s.phone.reply(press))["refused"]["reason"] == "full"
    assert not (s.cloud.home / "reserve").exists(), "the reserve was given up first"
    again = await s.press(press_id=press)
    assert (await s.phone.reply(again))["refused"]["reason"] == "full"
    assert s.rows().keys() == rows, "nothing half recorded"
    assert s.pulses() == 1

    _no_more_bytes(s, none=False)
    await s.opens()
    assert s.pulses() == 2


@story(alone=True)
async def test_database_full_when_the_answer_comes_tells_it_as_soon_as_there_is_room(s: Scene) -> None:
    s.proxy.up.hold()
    press = await s.press()
    operation = await s.operation(press)
    await s.coil_on(operation["id"])
    _no_more_bytes(s, none=True)

    s.proxy.up.release()

    await s.logged("not settled", op=operation["id"])
    assert s.phone.operations[operation["id"]]["state"] == "SENT", "what is not on disk is not shown"
    _no_more_bytes(s, none=False)
    await s.ends(press, "DONE")
    assert s.row(operation["id"])["state"] == "DONE"
    assert s.pulses(operation["id"]) == 1


@story(alone=True)
async def test_a_second_service_on_the_same_home_is_refused_and_disturbs_nobody(s: Scene) -> None:
    assert s.cloud.process is not None
    second = await town.Cloud(s.cloud.home).spawn(asyncio.subprocess.PIPE)
    async with asyncio.timeout(60):
        _, said = await second.communicate()

    assert second.returncode == 1
    assert f"in use by process {s.cloud.process.pid}" in said.decode()
    assert "Traceback" not in said.decode()
    await s.opens()


def _no_more_bytes(s: Scene, *, none: bool) -> None:
    """As on a full disk: no file of the cloud can grow or be written any more, beyond its first byte."""
    assert s.cloud.process is not None
    _, most = resource.prlimit(s.cloud.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(s.cloud.process.pid, resource.RLIMIT_FSIZE, (1 if none else most, most))
