"""What a box tells of its network, SIM and data is noted once, and told where an admin should know."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cloud import unit_facts
from cloud.boxes import KEEP_CLOCK_MS
from cloud.unit_facts import Facts
from firmware import events, wire
from tests.boxes_side import acks, lines, moved, taken, tells, told
from tests.given import inhabited_database
from tests.unit_side import UNIT
from tests.world import World

MB = 1_000_000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        await taken(world)
        yield world


def disk(world: World, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(world.path) as connection:
        return connection.execute(sql).fetchall()


def facts(world: World) -> Facts:
    ((text,),) = disk(world, f"SELECT facts FROM units WHERE id = '{UNIT}'")
    return unit_facts.read(text)


def used(world: World) -> int:
    return disk(world, "SELECT coalesce(sum(up + down), 0) FROM data_use")[0][0]


async def says(world: World, **how: Any) -> None:
    world.take(world.unit.status(world.unit.seconds(), **how))
    await taken(world)


async def plan(world: World, plan_mb: int | None) -> None:
    assert await world.boxes.store.set_plan(UNIT, plan_mb, [], world.time.now())


def ledger(opens: int = 0, keepalive: int = 0) -> tuple[int, ...]:
    return (keepalive, keepalive, opens, opens, *[0] * 6)


async def test_what_it_tells_of_itself_is_on_disk(world: World) -> None:
    world.unit.faults = wire.POWER_LOST | wire.JOURNAL_FAULT
    world.take(world.unit.heartbeat(world.unit.seconds()))
    await says(world, dbm=-101, rat=0, keepalive_s=80)

    found = facts(world)
    assert (found.network, found.dbm, found.rat, found.keepalive_s) == ("modem", -101, "GSM", 80)
    assert (found.operator, found.troubles, found.firmware) == ("Movistar", ("journal", "power"), 100)


async def test_data_is_counted_by_day_and_cause(world: World) -> None:
    await says(world, ledger=ledger(opens=1000, keepalive=50))
    await says(world, ledger=ledger(opens=1500, keepalive=50))

    assert disk(world, "SELECT cause, up, down FROM data_use ORDER BY cause") == [
        ("keepalive", 50, 50),
        ("opens", 1500, 1500),
    ]


async def test_another_boot_begins_to_count_anew_and_nothing_is_lost_or_doubled(world: World) -> None:
    await says(world, ledger=ledger(opens=1000))
    world.unit.boot()
    world.unit.returns()
    await world.passes(1.5)
    await says(world, ledger=ledger(opens=1300))
    await world.crash()
    await world.start()
    await world.quiet()
    await says(world, ledger=ledger(opens=1400))

    assert used(world) == 2 * 2400


async def test_a_status_that_comes_twice_is_counted_once(world: World) -> None:
    frame = world.unit.status(ledger=ledger(opens=1000))
    for _ in range(2):
        world.take(frame)
        await taken(world)

    assert used(world) == 2000


async def test_a_status_that_two_processes_note_is_counted_once(world: World) -> None:
    """Both have read what was known before either writes."""
    row = await world.boxes.store.row(UNIT)
    assert row is not None
    use = [unit_facts.kept(Facts(told=1)), "2026-11-27", [], [], world.time.now()]
    both = await asyncio.gather(*(world.boxes.store.note(row, *use) for _ in range(2)))

    assert sorted(both) == [False, True]


async def test_an_alarm_rings_once_a_month_when_four_fifths_of_the_plan_are_used(world: World) -> None:
    await plan(world, 10)
    for opens in (3 * MB, 4 * MB, int(4.5 * MB)):
        await says(world, ledger=ledger(opens=opens))

    month = told(lines(world, "data_80"))
    assert [(detail["unit"], detail["share"], detail["plan_mb"]) for detail in month] == [(UNIT, 0.8, 10)]
    world.time.slept += 31 * 86_400
    await world.passes(1)
    await says(world, ledger=ledger(opens=9 * MB))
    assert len(lines(world, "data_80")) == 2


async def test_another_plan_has_an_alarm_of_its_own(world: World) -> None:
    await plan(world, 10)
    await says(world, ledger=ledger(opens=4 * MB))
    await plan(world, 20)
    await says(world, ledger=ledger(opens=5 * MB))
    assert len(lines(world, "data_80")) == 1
    await says(world, ledger=ledger(opens=8 * MB))

    assert [detail["plan_mb"] for detail in told(lines(world, "data_80"))] == [10, 20]


async def test_without_a_plan_nothing_rings(world: World) -> None:
    await says(world, ledger=ledger(opens=400 * MB))

    assert lines(world, "data_80") == []


async def test_another_sim_is_a_line(world: World) -> None:
    await says(world)
    await says(world, texts=("Movistar", "3411", "867394041234567"))

    (detail,) = told(lines(world, "sim_changed"))
    assert detail == {"unit": UNIT, "before": "8934071234567890123", "after": "3411"}


async def test_journal_and_status_at_once_lose_nothing_of_each_other(world: World) -> None:
    world.take(world.unit.events([(5, events.OFFLINE, 0, events.NET_DENIED, bytes(8))]))
    world.take(world.unit.status(dbm=-91))
    await taken(world)

    found = facts(world)
    assert found.outage is not None
    assert (found.outage.why, found.dbm) == ("denied", -91)
    assert acks(world) == [1]


async def test_a_status_of_a_revoked_unit_is_not_noted(world: World) -> None:
    frame = world.unit.status()
    await world.store.revoke_unit(UNIT, world.time.now())
    world.take(frame)
    await taken(world)

    assert facts(world) == Facts()


# -- clocks


async def test_a_boots_clock_is_on_disk_at_once_and_then_every_few_hours(world: World) -> None:
    first = disk(world, "SELECT clock FROM boots")
    world.take(world.unit.heartbeat(world.unit.seconds()))
    await taken(world)
    assert disk(world, "SELECT clock FROM boots") == first

    world.time.slept += KEEP_CLOCK_MS / 1000
    world.take(world.unit.heartbeat(world.unit.seconds()))
    await taken(world)
    assert len(first) == 1
    assert disk(world, "SELECT clock FROM boots") != first


async def test_a_process_that_starts_goes_on_with_the_clock_that_was_kept(world: World) -> None:
    world.time.slept += 3 * KEEP_CLOCK_MS / 1000
    world.take(world.unit.heartbeat(world.unit.seconds()))
    await taken(world)
    before = world.boxes._boxes[UNIT].clock.kept()
    await world.crash()
    await world.start()

    assert world.boxes._boxes[UNIT].clock.kept() == before


async def test_a_boot_that_ends_leaves_the_clock_that_it_ended_with(world: World) -> None:
    old = world.unit.epoch.hex()
    (first,) = disk(world, "SELECT clock FROM boots")
    for _ in range(3):
        world.time.slept += 3600
        world.take(world.unit.heartbeat(world.unit.seconds()))
    ended = world.boxes._boxes[UNIT].clock.kept()
    world.unit.boot()
    world.unit.returns()
    await world.passes(1.25)
    await taken(world)

    assert first[0] != ended
    assert disk(world, f"SELECT clock FROM boots WHERE epoch = '{old}'") == [(ended,)]


async def test_only_so_many_boots_are_kept(world: World) -> None:
    for _ in range(60):
        world.time.slept += 10
        world.unit.boot()
        world.unit.returns()
        await world.passes(1.25)
        await taken(world)

    kept = disk(world, "SELECT epoch FROM boots ORDER BY heard")
    assert len(kept) == 50
    assert kept[-1][0] == world.unit.epoch.hex()


async def test_a_unit_that_was_never_told_of_is_taken_as_any_other(world: World) -> None:
    """Enrolled after the start: nothing was loaded of it."""
    del world.boxes._boxes[UNIT]
    world.take(world.unit.heartbeat(world.unit.seconds()))
    await tells(world, moved())

    assert acks(world) == [1]
