"""The nightly try of the whole way: what it finds, where that is kept; it opens nothing and disturbs nobody."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cloud import night
from cloud.change_desk import Actor
from cloud.self_test import SelfTests
from firmware import wire
from tests.given import ADM, inhabited_database
from tests.unit_side import UNIT
from tests.world import PACE, PATIENCE_S, World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


@pytest.fixture
async def tests(world: World) -> AsyncIterator[SelfTests]:
    tests = SelfTests(world.store, world.policy, world.units, world.time, world.units.busy)
    yield tests
    await tests.close()


async def over(tests: SelfTests) -> None:
    """What it has found is on its way to the disk."""
    if tests._tasks:
        await asyncio.wait(set(tests._tasks), timeout=PATIENCE_S * PACE)
    assert not tests.running(UNIT)


async def goes(world: World, tests: SelfTests, seconds: float = 14, by: Actor | None = None) -> dict[str, Any]:
    """A test that is asked for, until it is over. What is kept of it."""
    tests.soon(UNIT, by)
    await world.passes(seconds)
    await over(tests)
    kept = await world.store.last_test(UNIT)
    assert kept is not None
    return msgspec.json.decode(kept)


async def lines(world: World) -> list[tuple[str | None, dict[str, Any]]]:
    async with world.store.reads.connect() as c:
        rows = (await c.exec_driver_sql("SELECT who, detail FROM log WHERE kind = 'self_test' ORDER BY n")).all()
        return [(row.who, msgspec.json.decode(row.detail)) for row in rows]


def tried(world: World) -> list[tuple[int, ...]]:
    """Action, door, pulse, arg of every command."""
    return [wire.command_fields(frame)[4:] for frame in world.broker.commands()]


async def test_a_box_that_is_well_answers_and_no_line_is_written(world: World, tests: SelfTests) -> None:
    asked = world.time.now()
    kept = await goes(world, tests)

    assert (kept["ok"], kept["why"]) == (True, None)
    assert asked <= kept["at"] <= asked + 1000
    assert 0 <= kept["ms"] <= 1000
    assert tried(world) == [(wire.TEST, wire.NO_DOOR, 0, 0)]
    assert world.unit.pulses == []
    assert await lines(world) == []
    assert await world.store.recent(["ana", "pau", "adm"], ["home"], 0, 100) == []


async def test_a_lost_packet_is_no_fault_and_silence_is(world: World, tests: SelfTests) -> None:
    world.unit.silent = True
    kept = await goes(world, tests, 20)

    assert (kept["ok"], kept["ms"], kept["why"]) == (False, None, "silent")
    assert len(set(world.broker.commands())) == 1
    assert len(world.broker.commands()) == 3
    world.broker.lossy = True
    tests.soon(UNIT)
    await world.passes(1)
    world.broker.lossy = world.unit.silent = False
    await world.passes(10)
    await over(tests)

    again = msgspec.json.decode(await world.store.last_test(UNIT) or "")
    assert again["ok"]
    assert again["ms"] >= 1000  # what the lost packet has cost


@pytest.mark.parametrize(
    ("result", "why"),
    [(wire.FAULT, "fault"), (wire.BUSY, "busy"), (wire.UPDATING, "updating"), (wire.UNSUPPORTED, "declined")],
)
async def test_what_the_box_says_is_kept(world: World, tests: SelfTests, result: int, why: str) -> None:
    world.unit.says = result

    kept = await goes(world, tests)

    assert (kept["ok"], kept["why"]) == (False, why)


async def test_each_failure_and_the_recovery_are_told_once_with_whoever_asked(world: World, tests: SelfTests) -> None:
    world.unit.says = wire.FAULT
    await goes(world, tests)
    await goes(world, tests, by=ADM)
    world.unit.says = wire.DONE
    await goes(world, tests)
    await goes(world, tests)

    told = await lines(world)
    assert [(who, detail["ok"], detail["why"]) for who, detail in told] == [
        (None, False, "fault"),
        ("adm", False, "fault"),
        (None, True, None),
    ]
    assert all(detail["unit"] == UNIT for _, detail in told)


@pytest.mark.parametrize("what", ["away", "broker"])
async def test_who_cannot_be_reached_is_not_waited_for(world: World, tests: SelfTests, what: str) -> None:
    if what == "away":
        world.unit.leaves()
        world.units.wake(UNIT)
        await world.passes(7)
    else:
        world.broker_goes()

    kept = await goes(world, tests, 1)

    assert (kept["ok"], kept["why"]) == (False, what)
    assert tried(world) == []


async def test_it_waits_for_an_open_that_has_no_answer_yet(world: World, tests: SelfTests) -> None:
    world.unit.silent = True
    op = await world.opens()
    tests.soon(UNIT)
    await world.passes(1)
    assert [action for action, *_ in tried(world)] == [wire.OPEN]

    await world.passes(9)
    assert wire.TEST not in [action for action, *_ in tried(world)]
    world.unit.silent = False
    await world.passes(20)

    assert tried(world)[-1][0] == wire.TEST
    assert (await world.on_disk(op)).state == "UNKNOWN"


async def test_an_open_during_it_goes_its_way(world: World, tests: SelfTests) -> None:
    world.unit.silent = True
    tests.soon(UNIT)
    await world.passes(1)
    world.unit.silent = False

    op = await world.opens("garage", "press")

    assert (await world.on_disk(op)).state == "DONE"
    await world.passes(3)
    kept = await world.store.last_test(UNIT)
    assert kept is not None
    assert msgspec.json.decode(kept)["ok"]


async def test_asked_for_twice_at_once_it_is_one(world: World, tests: SelfTests) -> None:
    for _ in range(5):
        tests.soon(UNIT)
    await world.passes(3)

    assert len(tried(world)) == 1


async def test_a_forged_answer_makes_no_test_good(world: World, tests: SelfTests) -> None:
    world.unit.silent = True
    tests.soon(UNIT)
    await world.passes(1)
    command = world.broker.commands()[0]
    world.take(world.unit.answer(command, wire.DONE, world.unit.seconds(), tag=bytes(16)))
    await world.passes(15)
    await over(tests)

    kept = await world.store.last_test(UNIT)
    assert kept is not None
    assert msgspec.json.decode(kept)["why"] == "silent"


async def test_every_night_it_is_this_boxs_turn_once(world: World, tests: SelfTests) -> None:
    """Three nights, in steps of 50 seconds; the days in between the machine sleeps."""
    zone = world.policy.snapshot.sites["home"].calendar.zone
    begun: list[int] = []
    tests._agenda._due = lambda _unit: begun.append(world.time.now())
    tests.start()
    for _ in range(3):
        due = night.turn(UNIT, zone, world.time.now())
        world.time.jump((due - world.time.now()) / 1000 - 3 * 3600 + 20)  # no step ends at the very moment
        while world.time.now() < due + 3 * 3_600_000:
            before = len(begun)
            world.time.jump(50)
            for _ in range(6):
                await asyncio.sleep(0)
            assert len(begun) == before + (due <= world.time.now() < due + 50_000)

    assert len(begun) == 3


async def test_a_box_that_is_away_has_no_turn(world: World, tests: SelfTests) -> None:
    world.unit.leaves()
    world.units.wake(UNIT)
    await world.passes(7)

    tests._turn(UNIT)
    await world.passes(2)

    assert await world.store.last_test(UNIT) is None
