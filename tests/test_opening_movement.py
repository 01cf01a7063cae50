"""What a door's sensor adds to an open: moved after so long, did not move, did not finish; nothing where none looks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.operations import Movement
from firmware import wire
from tests.given import inhabited_database
from tests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


async def test_a_door_that_moves_is_followed_to_its_end(world: World) -> None:
    op = await world.opens("gate")
    await world.passes(1)
    world.unit.moves(0, wire.OPENING)
    await world.passes(12)
    world.unit.moves(0, wire.OPENED)
    await world.quiet()

    seen = [(o["state"], o["movement"]) for o in world.ana.operations(op)]
    assert seen == [("SENT", None), ("DONE", "awaited"), ("DONE", "moving"), ("DONE", "moved")]
    stops = world.ana.operations(op)[-1]["stops"]
    assert 1000 <= stops["moving"] <= 1600
    assert 13_000 <= stops["done"] <= 13_900


async def test_a_door_that_was_seen_to_arrive_only_has_moved(world: World) -> None:
    op = await world.opens("gate")
    world.unit.moves(0, wire.OPENED)

    shown = await world.ana.sees(op, movement="moved")
    assert shown["stops"]["moving"] == shown["stops"]["done"]


async def test_a_door_that_moved_before_its_answer_came_has_moved(world: World) -> None:
    world.unit.silent = True
    op = await world.opens("gate")
    world.unit.moves(0, wire.OPENING)
    world.unit.silent = False
    await world.passes(2.5)

    await world.ana.sees(op, movement="moving")


async def test_a_picture_that_was_out_of_date_is_no_movement(world: World) -> None:
    """The door closed, and the cloud has not heard of it yet: it still believes it open."""
    world.unit.moves(0, wire.OPENED)
    await world.quiet()
    world.unit.leaves()
    world.unit.moves(0, wire.CLOSED)
    world.unit.reached = True

    op = await world.opens("gate", "open")

    assert (await world.on_disk(op)).movement is Movement.AWAITED


async def test_a_door_believed_open_that_opens_has_moved(world: World) -> None:
    """It had closed unseen: the state it arrives at is the one it was thought to be in."""
    world.unit.moves(0, wire.OPENED)
    await world.quiet()
    world.unit.leaves()
    world.unit.moves(0, wire.CLOSED)
    world.unit.reached = True
    op = await world.opens("gate")
    world.unit.moves(0, wire.OPENING)
    await world.passes(5)
    world.unit.moves(0, wire.OPENED)

    await world.ana.sees(op, movement="moved")


async def test_a_door_that_does_not_leave_its_place_did_not_move(world: World) -> None:
    op = await world.opens("gate")
    await world.passes(5.5)
    assert (await world.on_disk(op)).movement is Movement.AWAITED
    await world.passes(1)

    await world.ana.sees(op, movement="did_not_move")
    world.unit.moves(0, wire.OPENED)
    await world.quiet()
    assert (await world.on_disk(op)).movement is Movement.DID_NOT_MOVE


async def test_a_door_that_gets_stuck_on_its_way_did_not_finish(world: World) -> None:
    op = await world.opens("gate")
    world.unit.moves(0, wire.OPENING)
    await world.passes(22)
    assert (await world.on_disk(op)).movement is Movement.MOVING
    await world.passes(2)

    await world.ana.sees(op, movement="did_not_finish")


async def test_of_a_door_whose_box_went_silent_nobody_says_that_it_stood_still(world: World) -> None:
    op = await world.opens("gate")
    world.unit.leaves()
    await world.passes(7)
    await world.ana.sees(op, movement="unseen")
    world.unit.returns()
    op = await world.opens("gate")
    world.unit.moves(0, wire.OPENING)
    await world.quiet()
    world.broker_goes()
    await world.passes(24)

    assert (await world.on_disk(op)).movement is Movement.UNSEEN
    shown = (await world.on_disk(op)).stops
    assert (shown.moving is None, shown.done) == (False, None)


async def test_a_door_without_a_sensor_promises_no_movement(world: World) -> None:
    op = await world.opens("lobby")
    await world.passes(10)

    assert {o["movement"] for o in world.ana.operations(op)} == {None}
    assert (await world.on_disk(op)).movement is None


async def test_another_door_that_moves_means_nothing(world: World) -> None:
    op = await world.opens("gate")
    world.unit.moves(2, wire.OPENED)
    await world.quiet()

    assert (await world.on_disk(op)).movement is Movement.AWAITED


async def test_closing_is_followed_the_other_way(world: World) -> None:
    world.unit.moves(0, wire.OPENED)
    await world.quiet()
    op = await world.opens("gate", "close")
    world.unit.moves(0, wire.CLOSING)
    world.unit.moves(0, wire.CLOSED)

    shown = await world.ana.sees(op, movement="moved")
    assert shown["action"] == "close"


@pytest.mark.parametrize(
    ("before", "way", "end"), [(wire.CLOSED, wire.OPENING, wire.OPENED), (wire.OPENED, wire.CLOSING, wire.CLOSED)]
)
async def test_a_press_on_a_toggle_is_followed_where_it_goes(world: World, before: int, way: int, end: int) -> None:
    world.unit.moves(2, before)
    await world.quiet()
    op = await world.opens("garage", "press")
    world.unit.moves(2, way)
    world.unit.moves(2, end)

    shown = await world.ana.sees(op, movement="moved")
    assert shown["stops"]["done"] is not None


async def test_an_open_that_was_unknown_follows_its_door_once_it_is_known(world: World) -> None:
    world.unit.leaves()
    op = await world.opens("gate")
    await world.passes(13)
    await world.ana.sees(op, state="UNKNOWN")
    world.unit.reached = True
    world.take(world.unit.answer(world.broker.commands()[0], wire.DONE, world.unit.seconds()))
    world.unit.moves(0, wire.OPENING)

    await world.ana.sees(op, state="DONE", movement="moving")


async def test_nothing_is_remembered_of_what_is_over(world: World) -> None:
    for door, moves in (("gate", True), ("lobby", False)):
        await world.opens(door)
        if moves:
            world.unit.moves(0, wire.OPENED)
    await world.press("gate", person="adm")
    await world.passes(1)

    assert len(world.opening._flights) == 0
    assert dict(world.opening._flights.commands) == {}
