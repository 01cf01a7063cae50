"""A process that ends in the middle of an open, and the next one: deadlines settle what was begun, never a start."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.operations import Movement, State
from firmware import wire
from tests.given import inhabited_database, removed_elsewhere
from tests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


async def waits(world: World) -> str:
    """An operation that is on disk without a command: its unit was not there."""
    world.broker_goes()
    return await world.opens()


async def recorded(world: World) -> str:
    """An operation that is on disk with its command, of which not a byte has left."""

    async def broker_goes() -> None:
        world.broker.up = False

    world.before_send(broker_goes)
    return await world.opens()


async def sent(world: World) -> str:
    """An operation whose command has left and was lost."""
    world.broker.lossy = True
    return await world.opens()


BEGUN = {"waits": waits, "recorded": recorded, "sent": sent}


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
async def test_a_start_settles_nothing(world: World, begun) -> None:
    """Another process may be serving it."""
    op = await begun(world)
    await world.crash()
    await world.start(broker_up=False)
    await world.quiet()

    assert (await world.on_disk(op)).state is State.SENT


@pytest.mark.parametrize(
    ("begun", "state", "reason"),
    [(waits, State.NOT_SENT, "broker"), (recorded, State.UNKNOWN, None), (sent, State.UNKNOWN, None)],
    ids=["waits", "recorded", "sent"],
)
@pytest.mark.parametrize("down_s", [1, 10, 30, 3600])
async def test_what_nothing_more_is_heard_of_is_settled_by_its_deadline(
    world: World, begun, state: State, reason: str | None, down_s: float
) -> None:
    op = await begun(world)
    world.unit.leaves()
    await world.crash()
    world.time.jump(down_s)
    await world.start(broker_up=False)
    await world.passes(max(0.5, 13 - down_s))

    kept = await world.on_disk(op)
    assert (kept.state, kept.reason) == (state, reason)


@pytest.mark.parametrize("begun", [recorded, sent], ids=["recorded", "sent"])
async def test_resumed_in_time_it_opens_once(world: World, begun) -> None:
    op = await begun(world)
    before = world.broker.commands()
    await world.crash()
    await world.start()
    await world.quiet()

    assert world.ana.operations(op)[-1]["state"] == "DONE"
    assert world.unit.pulses == [bytes.fromhex(op)]
    assert len({*before, *world.broker.commands()}) == 1


@pytest.mark.parametrize("set_back_s", [0, 4, 1800])
async def test_what_waited_for_its_unit_is_never_made_a_command_by_another_process(
    world: World, set_back_s: float
) -> None:
    """A host without a clock battery comes back with an older time: the press may be half an hour old by then."""
    world.unit.leaves()
    world.broker_goes()
    op = await world.opens()
    await world.crash()
    world.time.jump(set_back_s)
    told = world.time.now
    world.time.now = lambda: told() - int(set_back_s * 1000)
    world.unit.reached = True
    await world.start()
    await world.passes(9)

    assert world.unit.pulses == []
    assert (await world.on_disk(op)).state is State.NOT_SENT


async def test_resumed_with_the_same_boot_it_sends_the_same_bytes(world: World) -> None:
    op = await sent(world)
    (command,) = world.broker.commands()
    await world.crash()
    await world.start()
    await world.quiet()

    assert world.broker.commands() == [command]
    assert world.unit.pulses == [bytes.fromhex(op)]


async def test_resumed_with_another_boot_it_sends_nothing(world: World) -> None:
    op = await sent(world)
    world.unit.boot()
    await world.crash()
    await world.start()
    await world.passes(13)

    assert world.broker.commands() == []
    assert world.unit.pulses == []
    assert (await world.on_disk(op)).state is State.UNKNOWN


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
async def test_resumed_too_late_it_sends_nothing(world: World, begun) -> None:
    op = await begun(world)
    await world.crash()
    world.time.jump(9.5)
    await world.start()
    await world.passes(5)

    assert world.broker.commands() == []
    assert world.unit.pulses == []
    assert (await world.on_disk(op)).state in {State.NOT_SENT, State.UNKNOWN}


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
async def test_access_removed_while_no_process_ran_is_not_sent(world: World, begun) -> None:
    op = await begun(world)
    await removed_elsewhere(world.store, "ana-gate")
    await world.crash()
    await world.start()
    await world.passes(13)

    assert world.broker.commands() == []
    assert world.unit.pulses == []
    assert (await world.on_disk(op)).state in {State.NOT_SENT, State.UNKNOWN}


async def test_an_answer_that_comes_to_the_next_process_counts(world: World) -> None:
    world.unit.silent = True
    op = await world.opens()
    await world.crash()
    world.unit.silent = False
    await world.start()
    await world.quiet()

    assert world.ana.operations(op)[-1]["state"] == "DONE"
    assert world.unit.pulses == [bytes.fromhex(op)]


async def test_unknown_of_an_earlier_process_may_still_learn_the_truth(world: World) -> None:
    world.unit.silent = True
    op = await world.opens()
    await world.passes(13)
    await world.crash()
    await world.start()
    await world.quiet()
    assert (await world.on_disk(op)).state is State.UNKNOWN
    command = (await world.on_disk(op)).command
    assert command is not None
    world.take(world.unit.answer(command, wire.DONE, world.unit.seconds()))
    await world.quiet()

    assert world.ana.operations(op)[-1]["state"] == "DONE"


async def test_the_app_that_comes_back_after_a_restart_finds_what_became_of_its_press(world: World) -> None:
    press = world.a_press()
    world.unit.silent = True
    first = await world.gives(press)
    await world.crash()
    await world.start()

    assert await world.gives(press) == first


@pytest.mark.parametrize("moving_for_s", [1, 5])
async def test_a_door_that_was_moving_is_given_its_whole_travel_time(world: World, moving_for_s: float) -> None:
    op = await world.opens()
    world.unit.moves(0, wire.OPENING)
    await world.passes(moving_for_s)
    await world.crash()
    await world.start()
    await world.passes(7)
    assert (await world.on_disk(op)).movement is Movement.MOVING
    world.unit.moves(0, wire.OPENED)
    await world.quiet()

    assert world.ana.operations(op)[-1]["movement"] == "moved"


async def test_a_door_that_moved_while_no_process_ran_has_moved(world: World) -> None:
    op = await world.opens()
    await world.crash()
    world.unit.moves(0, wire.OPENED)
    await world.start()
    await world.passes(1)

    assert (await world.on_disk(op)).movement is Movement.MOVED


async def test_a_door_that_never_moved_is_told_after_a_restart_too(world: World) -> None:
    op = await world.opens()
    await world.crash()
    await world.start()
    await world.passes(7)

    assert (await world.on_disk(op)).movement is Movement.DID_NOT_MOVE
