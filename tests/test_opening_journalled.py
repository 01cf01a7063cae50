"""The unit's journal tells what became of an operation that has no result: once, on disk, however late."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.operations import DEADLINE_S, LATE_AFTER_S, Movement, Operation, State
from firmware import wire
from tests.given import inhabited_database, whole_log
from tests.world import World

A_DAY_S = 86_400


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


async def unknown(world: World, door: str = "lobby") -> str:
    """An operation whose unit obeyed, and whose answer was lost."""
    world.unit.silent = True
    op = await world.opens(door)
    await world.passes(DEADLINE_S + 1)
    assert (await world.on_disk(op)).state is State.UNKNOWN
    return op


async def journalled(world: World, op: str, reason: str | None = None, after_ms: int = 900) -> None:
    operation = await world.on_disk(op)
    await world.opening.journalled(operation, reason, operation.asked + after_ms)


def answers(world: World) -> list[tuple[str | None, int, dict]]:
    return [(e.operation, e.at, json.loads(e.detail)) for e in whole_log(world.path) if e.kind == "answer"]


async def test_unknown_becomes_done_at_the_moment_at_which_the_coil_came_on(world: World) -> None:
    op = await unknown(world)
    await journalled(world, op)
    await world.quiet()

    operation = await world.on_disk(op)
    assert (operation.state, operation.stops.coil) == (State.DONE, 900)
    assert answers(world)[-1] == (op, operation.asked + 900, {"state": "DONE", "reason": None} | times(operation))
    assert world.ana.operations(op)[-1]["state"] == "DONE"


def times(operation: Operation) -> dict[str, int]:
    stops = {name: getattr(operation.stops, name) for name in operation.stops.__struct_fields__}
    return {name: value for name, value in stops.items() if value is not None}


async def test_unknown_becomes_declined_with_the_units_reason(world: World) -> None:
    op = await unknown(world)
    await journalled(world, op, "busy")

    assert [(o.state, o.reason) for o in [await world.on_disk(op)]] == [(State.DECLINED, "busy")]


async def test_an_operation_that_nobody_holds_in_memory_any_more_is_settled(world: World) -> None:
    op = await unknown(world)
    await world.passes(LATE_AFTER_S + 5)
    await journalled(world, op)
    again = await world.on_disk(op)
    await journalled(world, op, "busy")

    assert again.state is State.DONE
    assert await world.on_disk(op) == again
    assert [state["state"] for _, _, state in answers(world)] == ["UNKNOWN", "DONE"]


async def test_what_is_learnt_after_a_restart_is_settled(world: World) -> None:
    op = await unknown(world)
    await world.crash()
    world.time.slept += A_DAY_S
    await world.start()
    await journalled(world, op)

    assert (await world.on_disk(op)).state is State.DONE


async def test_what_is_still_waited_for_is_settled_by_the_journal_as_by_an_answer(world: World) -> None:
    world.unit.silent = True
    op = await world.opens("gate")
    await journalled(world, op, after_ms=300)
    world.unit.silent = False
    await world.passes(1)
    world.unit.moves(0, wire.OPENING)
    await world.quiet()

    operation = await world.on_disk(op)
    assert (operation.state, operation.movement) == (State.DONE, Movement.MOVING)


async def test_of_an_open_of_yesterday_no_movement_is_awaited(world: World) -> None:
    op = await unknown(world, "gate")
    world.time.slept += A_DAY_S
    await journalled(world, op)

    operation = await world.on_disk(op)
    assert (operation.state, operation.movement) == (State.DONE, None)


async def test_a_clock_that_is_wrong_puts_nothing_before_the_press_or_after_now(world: World) -> None:
    first, second = await unknown(world), await unknown(world, "gate")
    await journalled(world, first, after_ms=-5000)
    await journalled(world, second, after_ms=10**9)

    assert (await world.on_disk(first)).stops.coil in range(100)
    assert (await world.on_disk(second)).stops.coil in range(10_000, 60_000)


async def test_when_it_returns_it_is_on_disk(world: World) -> None:
    """What the journal's acknowledgement waits for."""
    op = await unknown(world)
    operation = await world.on_disk(op)
    await world.opening.journalled(operation, None, operation.asked + 900)

    assert (await world.on_disk(op)).state is State.DONE
