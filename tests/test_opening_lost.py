"""Units, packets and brokers that go and come while a press is on its way: opened once and in time, or not at all."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.operations import State
from firmware import wire
from tests.given import inhabited_database
from tests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


async def away(world: World) -> None:
    """The unit is known to be away: its broker said so, and it did not answer when it was asked."""
    world.unit.leaves()
    world.units.take(wire.topics(world.unit.id)[1], b"\0")
    await world.passes(7)
    link = world.units.of(world.unit.id)
    assert link is not None
    assert link.link == "away"


# -- a unit that is away


async def test_for_a_unit_that_is_away_a_press_waits_and_says_when_it_was_last_heard(world: World) -> None:
    link = world.units.of(world.unit.id)
    assert link is not None
    heard = link.heard
    await away(world)

    op = await world.opens()

    (shown,) = world.ana.operations(op)
    assert (shown["state"], shown["waiting"], shown["heard"]) == ("SENT", True, heard)
    assert world.broker.commands() == []


async def test_a_unit_that_comes_back_within_the_wait_gets_it_once(world: World) -> None:
    await away(world)
    op = await world.opens()
    await world.passes(3)
    world.unit.returns()

    await world.ana.sees(op, state="DONE")
    assert world.unit.pulses == [bytes.fromhex(op)]
    assert [o["waiting"] for o in world.ana.operations(op)] == [True, False, False]


async def test_a_unit_that_comes_back_in_another_boot_gets_what_waited(world: World) -> None:
    await away(world)
    op = await world.opens()
    world.unit.boot()
    world.unit.returns()

    await world.ana.sees(op, state="DONE")
    (command,) = world.broker.commands()
    assert wire.command_fields(command)[1] == world.unit.epoch


async def test_what_waited_dies_by_the_time_of_its_record_and_not_of_its_sending(world: World) -> None:
    await away(world)
    recorded = world.unit.seconds()
    await world.opens()
    await world.passes(5)
    world.unit.returns()
    await world.quiet()

    (command,) = world.broker.commands()
    assert wire.command_fields(command)[2] <= recorded + 10


async def test_a_unit_that_does_not_come_back_is_told_as_away_and_nothing_ever_leaves(world: World) -> None:
    await away(world)
    op = await world.opens()
    await world.passes(8.5)

    shown = await world.ana.sees(op, state="NOT_SENT")
    assert (shown["reason"], shown["waiting"]) == ("away", False)
    world.unit.returns()
    await world.passes(60)
    assert world.broker.commands() == []
    assert world.unit.pulses == []


async def test_a_unit_of_which_no_fresh_time_is_known_is_asked_first(world: World) -> None:
    world.time.slept += 601  # its last sample is older than ten minutes
    world.broker.down.clear()

    op = await world.opens()

    await world.ana.sees(op, state="DONE")
    assert [frame[1] for frame in world.broker.down][:2] == [wire.ASK, wire.COMMAND]


# -- packets that get lost


async def test_a_command_that_was_lost_goes_again_in_the_same_bytes(world: World) -> None:
    world.broker.lossy = True
    op = await world.opens()
    await world.passes(1.5)
    assert len(world.broker.commands()) == 1
    world.broker.lossy = False
    await world.passes(1)

    first, second = world.broker.commands()
    assert first == second
    await world.ana.sees(op, state="DONE")
    assert len(world.unit.pulses) == 1


async def test_it_goes_again_twice_and_then_not_any_more(world: World) -> None:
    world.broker.lossy = True
    op = await world.opens()
    counts = []
    for until in (1.5, 2.5, 4.5, 5.5, 8, 12.5, 80):
        await world.passes(until - world.time.passed())
        counts.append(len(world.broker.commands()))

    assert counts == [1, 2, 2, 3, 3, 3, 3]
    assert len(set(world.broker.commands())) == 1
    assert (await world.on_disk(op)).state is State.UNKNOWN


async def test_an_answer_that_was_lost_comes_with_the_next_copy_and_moves_nothing(world: World) -> None:
    world.unit.silent = True
    op = await world.opens()
    world.unit.silent = False
    await world.passes(2.5)

    await world.ana.sees(op, state="DONE")
    assert len(world.unit.pulses) == 1


async def test_a_unit_back_in_the_same_boot_gets_the_same_bytes(world: World) -> None:
    world.unit.leaves()
    op = await world.opens()
    world.units.take(wire.topics(world.unit.id)[1], b"\0")
    await world.passes(1)
    world.unit.returns()

    await world.ana.sees(op, state="DONE")
    assert len(set(world.broker.commands())) == 1
    assert len(world.unit.pulses) == 1


async def test_a_unit_back_in_another_boot_never_gets_what_was_sent_to_the_one_before(world: World) -> None:
    world.unit.leaves()
    op = await world.opens()
    world.unit.boot()
    world.unit.returns()
    await world.passes(13)

    assert len(world.broker.commands()) == 1
    assert world.unit.pulses == []
    assert (await world.on_disk(op)).state is State.UNKNOWN


async def test_never_a_second_command_for_one_press(world: World) -> None:
    """Whatever comes and goes during its life."""
    world.unit.silent = True
    op = await world.opens()
    for _ in range(8):
        world.unit.leaves()
        await world.passes(0.5)
        world.unit.returns()
        await world.passes(0.5)
    world.broker_goes()
    world.broker_comes()
    await world.passes(10)

    assert len(set(world.broker.commands())) == 1
    assert world.unit.pulses == [bytes.fromhex(op)]


# -- deadlines, and answers after them


async def test_without_an_answer_it_is_unknown_after_twelve_seconds(world: World) -> None:
    world.unit.silent = True
    op = await world.opens()
    await world.passes(11.5)
    assert (await world.on_disk(op)).state is State.SENT
    await world.passes(1)

    await world.ana.sees(op, state="UNKNOWN")


@pytest.mark.parametrize(
    ("result", "state"),
    [(wire.DONE, "DONE"), (wire.ALREADY, "ALREADY"), (wire.LATE, "DECLINED"), (wire.BUSY, "DECLINED")],
)
@pytest.mark.parametrize("late_s", [1, 50])
async def test_a_late_answer_turns_unknown_into_the_truth(world: World, result: int, state: str, late_s: float) -> None:
    world.unit.leaves()
    op = await world.opens()
    await world.passes(12.5 + late_s)
    await world.ana.sees(op, state="UNKNOWN")

    world.take(world.unit.answer(world.broker.commands()[0], result, world.unit.seconds()))

    await world.ana.sees(op, state=state)
    assert (await world.on_disk(op)).state == state


async def test_an_answer_long_after_everything_changes_nothing(world: World) -> None:
    world.unit.silent = True
    op = await world.opens()
    await world.passes(75)
    world.take(world.unit.held[-1])
    await world.quiet()

    assert (await world.on_disk(op)).state is State.UNKNOWN
    assert len(world.opening._flights) == 0


async def test_of_two_answers_the_first_counts(world: World) -> None:
    world.unit.leaves()
    op = await world.opens()
    (command,) = world.broker.commands()
    for result in (wire.BUSY, wire.DONE):
        world.take(world.unit.answer(command, result, world.unit.seconds()))
    await world.quiet()

    assert (await world.on_disk(op)).state is State.DECLINED
    assert world.ana.operations(op)[-1]["state"] == "DECLINED"


# -- the broker


async def test_without_a_broker_nothing_leaves_and_it_says_so(world: World) -> None:
    world.broker_goes()
    op = await world.opens()
    await world.passes(8.5)

    shown = await world.ana.sees(op, state="NOT_SENT")
    assert shown["reason"] == "broker"
    world.broker_comes()
    await world.passes(10)
    assert world.unit.pulses == []


async def test_a_broker_that_comes_back_within_the_wait_carries_what_waited(world: World) -> None:
    world.broker_goes()
    op = await world.opens()
    await world.passes(3)
    world.broker_comes()
    await world.quiet()

    assert world.ana.operations(op)[-1]["state"] == "DONE"
    assert world.unit.pulses == [bytes.fromhex(op)]


async def test_a_broker_that_went_just_before_the_sending_leaves_certainty_that_nothing_left(world: World) -> None:
    async def goes() -> None:
        world.broker.up = False

    world.before_send(goes)
    op = await world.opens()
    await world.passes(8.5)

    shown = await world.ana.sees(op, state="NOT_SENT")
    assert shown["reason"] == "broker"
    assert world.broker.commands() == []


async def test_a_broker_that_went_just_before_the_sending_and_is_back_carries_it(world: World) -> None:
    async def goes() -> None:
        world.broker_goes()

    world.before_send(goes)
    op = await world.opens()
    await world.passes(0.5)
    world.broker_comes()
    await world.quiet()

    assert world.ana.operations(op)[-1]["state"] == "DONE"
    assert len(world.unit.pulses) == 1


async def test_a_broker_that_dies_after_the_sending_leaves_it_unknown_until_the_answer(world: World) -> None:
    world.unit.silent = True
    op = await world.opens()
    world.unit.silent = False
    world.broker_goes()
    await world.passes(2.5)
    world.broker_comes()
    await world.quiet()

    assert world.ana.operations(op)[-1]["state"] == "DONE"
    assert len(world.unit.pulses) == 1


async def test_after_the_broker_restarted_who_is_not_back_is_away_and_who_comes_is_online(world: World) -> None:
    link = world.units.of(world.unit.id)
    assert link is not None
    world.broker_goes()
    world.unit.leaves()
    await world.passes(2)
    world.broker.up = True
    world.units.broker_came()
    await world.passes(7)
    assert link.link == "away"

    world.unit.returns()
    await world.quiet()
    assert link.link == "online"


async def test_what_was_lost_with_a_broker_goes_again_as_soon_as_its_unit_is_back(world: World) -> None:
    world.broker_goes()
    world.unit.leaves()
    world.broker.up = True
    world.units.broker_came()
    op = await world.opens()
    await world.passes(0.5)
    world.unit.returns()
    await world.quiet()

    assert world.ana.operations(op)[-1]["state"] == "DONE"
    assert len(world.broker.commands()) == 2
    assert len(world.unit.pulses) == 1


# -- two at once


@pytest.mark.parametrize("door", ["gate", "lobby", "garage"])
async def test_two_people_at_once_each_get_an_end(world: World, door: str) -> None:
    ops = [await world.opens(door, "press" if door == "garage" else "open", person) for person in ("ana", "pau")]

    for op, phone in zip(ops, (world.ana, world.pau), strict=True):
        await world.passes(0.25)
        assert phone.operations(op)[-1]["state"] in {"DONE", "ALREADY", "DECLINED"}
    assert len(world.unit.pulses) == len(set(world.unit.pulses))
