"""A press while the network does what mobile networks do: one truthful end, one pulse at most, and then it works."""

import pytest

from firmware import wire
from sim.air import Air
from tests.scene import Scene, until
from tests.town_fixtures import story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()


def air(s: Scene) -> Air:
    assert isinstance(s.proxy, Air)
    return s.proxy


async def lit(s: Scene) -> None:
    """There is light again: what was sent in the dark arrives."""
    air(s).light()
    await s.shown(lambda door: door["link"] == "online", "the unit online")


@story()
async def test_a_press_over_300_bytes_a_second_and_round_trips_of_a_second_opens_once(s: Scene) -> None:
    air(s).slow(bytes_per_s=300, round_trip_s=1)
    operation = await s.ends(await s.press(), "DONE")
    assert s.pulses(operation["id"]) == s.pulses() == 1


@story()
async def test_presses_with_every_tenth_segment_lost_open_once_each(s: Scene) -> None:
    air(s).loss = 0.1
    for count in range(1, 4):
        await s.opens()
        assert s.pulses() == count


@story()
async def test_a_press_over_a_connection_that_the_network_has_forgotten_is_unknown_and_stays_undone(
    s: Scene,
) -> None:
    air(s).change_address()
    operation = await s.ends(await s.press(), "UNKNOWN")
    await s.back()
    await s.opens()
    assert s.pulses(operation["id"]) == 0 and s.pulses() == 1


@story()
async def test_a_press_for_a_unit_whose_connection_only_it_believes_in_is_not_sent(s: Scene) -> None:
    await air(s).half_open()
    await s.shown(lambda door: door["link"] == "away", "the unit away")
    operation = await s.ends(await s.press(), "NOT_SENT", "away")
    await s.back()
    await s.opens()
    assert s.pulses(operation["id"]) == 0


@story()
async def test_a_press_into_the_dark_of_some_seconds_opens_once(s: Scene) -> None:
    air(s).dark()
    press = await s.press()
    operation = await s.operation(press)
    await s.logged("sent", op=operation["id"])
    await s.logged("sent", op=operation["id"], again=True)
    await lit(s)
    await s.ends(press, "DONE")
    assert s.pulses(operation["id"]) == s.pulses() == 1


@story()
async def test_a_press_into_the_dark_for_longer_than_it_lives_opens_nothing_and_the_unit_says_so(s: Scene) -> None:
    air(s).dark()
    operation = await s.ends(await s.press(), "UNKNOWN")
    await lit(s)
    await s.becomes(operation["id"], "DECLINED")
    assert s.pulses() == 0 and s.row(operation["id"])["reason"] == "late"
    await s.opens()


@story()
async def test_a_press_whose_answer_the_network_lost_with_the_connection_is_done_in_the_end(s: Scene) -> None:
    s.proxy.up.hold()
    press = await s.press()
    operation = await s.operation(press)
    await s.coil_on(operation["id"])
    air(s).change_address()
    s.proxy.up.release()
    await s.back()
    await until(lambda: s.row(operation["id"])["state"] == "DONE", "the truth")
    await s.becomes(operation["id"], "DONE")
    assert s.pulses(operation["id"]) == s.pulses() == 1


@story()
async def test_a_network_that_goes_in_the_middle_of_a_press_leaves_one_end(s: Scene) -> None:
    s.proxy.down.left = wire.EXACT[wire.COMMAND] // 2
    press = await s.press()
    await until(lambda: s.proxy.down.left == 0, "half of the command to pass")
    await air(s).lost()
    assert s.pulses() == 0
    air(s).found()
    await s.back()
    operation = await s.outcome(press)
    assert operation["state"] in ("DONE", "UNKNOWN") and s.pulses() == (operation["state"] == "DONE")
