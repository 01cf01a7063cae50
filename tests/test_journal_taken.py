"""Each record of a unit's journal comes into the log exactly once, whatever is doubled, lost or dies in between, and is
acknowledged only then.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud import schema
from cloud.journal import Journal
from cloud.operations import DEADLINE_S, LATE_AFTER_S, State
from cloud.store import Store
from cloud.unit_clock import Clock
from cloud.unit_news import events_of
from cloud.unit_store import UnitStore
from firmware import events, wire
from tests.boxes_side import JOURNAL, acks, coil, lines, moved, taken, tells, told
from tests.given import inhabited_database, operation
from tests.unit_side import UNIT, UnitSide
from tests.world import PACE, PATIENCE_S, World

OTHER_UNIT = "aabbccdd"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


def in_log(world: World) -> tuple[bytes | None, int]:
    """How far the unit's journal is in the log, by the disk."""
    with sqlite3.connect(world.path) as connection:
        return connection.execute("SELECT journal, journal_seq FROM units WHERE id = ?", (UNIT,)).fetchone()


def numbers(world: World) -> list[str]:
    """What the records told; each test gives every record another door state or time."""
    return [entry.door or "" for entry in lines(world, "moved_otherwise")]


async def test_a_record_becomes_a_line_and_is_acknowledged(world: World) -> None:
    booted = world.time.now() - int(world.unit.seconds() * 1000)
    await tells(world, moved(0, 0), moved(1, 2, wire.CLOSED))

    found = lines(world)
    assert [(e.kind, e.door, e.place) for e in found] == [
        ("moved_otherwise", "gate", "home"),
        ("moved_otherwise", "garage", "home"),
    ]
    assert told(found) == [{"state": "opened"}, {"state": "closed"}]
    assert all(abs(e.at - booted) < 2000 for e in found)
    assert acks(world) == [2]
    assert in_log(world) == (JOURNAL, 2)


async def test_the_same_records_again_make_no_line_and_are_acknowledged_again(world: World) -> None:
    for _ in range(3):
        await tells(world, moved(), moved())

    assert len(lines(world)) == 2
    assert acks(world) == [2, 2, 2]


async def test_records_that_overlap_are_told_once(world: World) -> None:
    await tells(world, moved(), moved(), first=1)
    await tells(world, moved(), moved(), moved(), first=2)

    assert len(lines(world)) == 4
    assert in_log(world) == (JOURNAL, 4)


async def test_two_frames_at_once_are_told_once(world: World) -> None:
    for _ in range(2):
        world.take(world.unit.events([moved(), moved()]))
    await taken(world)

    assert len(lines(world)) == 2


async def test_two_processes_that_take_the_same_records_tell_them_once(world: World) -> None:
    """Both read how far it is before either writes."""
    store = Store(world.path)
    both = [Journal(UnitStore(each), world.policy, world.units, world.time, nothing) for each in (world.store, store)]
    together = asyncio.Barrier(2)
    for journal in both:
        wait_for(journal, together)
    epoch, _, told_events = events_of(world.unit.events([moved(), moved(), moved()]))
    await asyncio.gather(*(journal.take(UNIT, told_events, epoch, Clock()) for journal in both))
    await store.close()

    assert len(lines(world)) == 3
    assert in_log(world) == (JOURNAL, 3)
    assert acks(world) == [3, 3]


async def nothing(*_: Any) -> None:
    """Nothing is settled here."""


def wait_for(journal: Journal, together: asyncio.Barrier) -> None:
    """Its first reading is over only when the other's is."""
    read = journal._store.row

    async def row(unit: str) -> Any:
        journal._store.row = read
        found = await read(unit)
        await together.wait()
        return found

    journal._store.row = row


async def test_a_line_that_cannot_be_written_is_not_acknowledged(world: World) -> None:
    enter = world.boxes.store.enter

    async def full(*_: Any, **__: Any) -> bool:
        raise OSError("database or disk is full")

    world.boxes.store.enter = cast("Any", full)
    await tells(world, moved())
    assert (acks(world), lines(world)) == ([], [])

    world.boxes.store.enter = enter
    await tells(world, moved())
    assert (acks(world), len(lines(world))) == ([1], 1)


STAGES = ["row", "operations", "settle", "enter", "acknowledge"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("stage", STAGES)
async def test_a_process_that_dies_at_any_stage_neither_loses_nor_doubles(world: World, stage: str, when: str) -> None:
    world.unit.silent = True
    op = await world.opens("lobby")
    await world.passes(DEADLINE_S + 1)
    records = [moved(), coil(op, 6, 1), moved(7)]
    reached = dies_at(world.boxes.journal, stage, when)
    world.take(world.unit.events(records))
    async with asyncio.timeout(PATIENCE_S * PACE):
        await reached.wait()
    assert (acks(world) == []) == ((stage, when) != ("acknowledge", "after"))
    await world.crash()
    await world.start()
    await world.quiet()
    await tells(world, *records)

    assert len(lines(world)) == 2
    assert [detail["state"] for detail in told(lines(world, "answer"))] == ["UNKNOWN", "DONE"]
    assert (await world.on_disk(op)).state is State.DONE
    assert acks(world) == [3]


def dies_at(journal: Journal, stage: str, when: str) -> asyncio.Event:
    """It does not go on from there. The event: it is there."""
    reached, never = asyncio.Event(), asyncio.Event()
    whose = journal._store if stage in ("row", "operations", "enter") else journal
    name = stage if whose is journal._store else f"_{stage}"
    does = getattr(whose, name)

    async def stops(*args: Any) -> Any:
        found = await does(*args) if when == "after" else None
        reached.set()
        await never.wait()
        return found

    def stops_at_once(*args: Any) -> None:
        if when == "after":
            does(*args)
        reached.set()
        raise asyncio.CancelledError

    setattr(whose, name, stops_at_once if stage == "acknowledge" else stops)
    return reached


plans = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 8), st.booleans()), min_size=1, max_size=6)


@given(plan=plans)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_whatever_pieces_come_each_record_is_a_line_or_counted_as_lost(
    tmp_path_factory: pytest.TempPathFactory, plan: list[tuple[int, int, bool]]
) -> None:
    """Pieces that overlap, leave gaps, come in any order; now and then the process restarts."""
    async with World(inhabited_database(tmp_path_factory.mktemp("pieces"))) as world:
        seq = heard = lost = 0
        for first, count, restarts in plan:
            lost += max(0, first - seq - 1) if heard else 0
            heard += len(set(range(first, first + count)) - set(range(seq + 1)))
            seq = max(seq, first + count - 1)
            await tells(world, *[moved(i) for i in range(count)], first=first)
            if restarts:
                await world.crash()
                await world.start()
                await world.quiet()

        assert len(lines(world, "moved_otherwise")) == heard
        assert sum(detail["n"] for detail in told(lines(world, "records_lost"))) == lost
        assert in_log(world) == (JOURNAL, seq)


async def test_a_wiped_flash_begins_another_journal_and_is_told(world: World) -> None:
    await tells(world, *[moved()] * 5)
    await tells(world, moved(), journal=b"journal2")

    assert [entry.kind for entry in lines(world)] == ["moved_otherwise"] * 5 + ["journal_began", "moved_otherwise"]
    assert in_log(world) == (b"journal2", 1)
    assert acks(world, b"journal2") == [1]


# -- operations


async def test_a_coil_record_settles_an_operation_that_nobody_knows_of_any_more(world: World) -> None:
    world.unit.silent = True
    op = await world.opens("lobby")
    await world.passes(DEADLINE_S + LATE_AFTER_S + 5)
    await tells(world, coil(op, int(world.unit.seconds() * 10), 1))

    assert (await world.on_disk(op)).state is State.DONE
    assert [(e.kind, e.operation) for e in lines(world, "press", "answer")] == [
        ("press", op),
        ("answer", op),
        ("answer", op),
    ]


async def test_a_coil_record_of_an_open_that_was_answered_makes_no_line(world: World) -> None:
    op = await world.opens("lobby")
    await tells(world, coil(op, 5, 1))

    assert lines(world) == []
    assert acks(world) == [1]


async def test_a_record_on_the_heels_of_its_answer_makes_no_second_answer(world: World) -> None:
    """The answer is still on its way to the disk."""
    world.unit.silent = True
    op = await world.opens("lobby")
    world.take(world.unit.held[-1]) if world.unit.held else None
    command = world.broker.commands()[-1]
    world.take(world.unit.answer(command, wire.DONE, world.unit.seconds()))
    world.take(world.unit.events([coil(op, 5, 1)]))
    await taken(world)

    assert len(lines(world, "answer")) == 1
    assert len({o["stops"]["coil"] for o in world.ana.operations(op) if o["state"] == "DONE"}) == 1


async def test_a_declined_record_gives_the_use_back(world: World) -> None:
    with sqlite3.connect(world.path) as connection:
        connection.execute("UPDATE grants SET uses = 2 WHERE id = 'ana-lobby'")
    await world.policy.refresh()
    world.unit.silent = True
    op = await world.opens("lobby")
    await world.passes(DEADLINE_S + 1)
    await tells(world, (5, events.DECLINED, 1, wire.BUSY, bytes.fromhex(op)))

    with sqlite3.connect(world.path) as connection:
        assert connection.execute("SELECT uses FROM grants WHERE id = 'ana-lobby'").fetchone() == (2,)
    assert (await world.on_disk(op)).reason == "busy"


async def test_a_unit_settles_no_operation_of_another_unit(world: World) -> None:
    values = {"id": OTHER_UNIT, "slot": 0}
    await world.store.add(schema.units, **values)
    theirs = operation(unit=OTHER_UNIT, state=State.UNKNOWN)
    await world.store.record_anyway(theirs)
    await tells(world, coil(theirs.id, 5, 0))

    assert (await world.on_disk(theirs.id)).state is State.UNKNOWN
    assert [entry.kind for entry in lines(world)] == ["opened_unrecorded"]


# -- whom it is told by


async def test_a_unit_that_was_revoked_writes_nothing_any_more(world: World) -> None:
    frame = world.unit.events([moved()])
    await world.store.revoke_unit(UNIT, world.time.now())
    world.take(frame)
    await taken(world)

    assert lines(world, "moved_otherwise") == []


async def test_a_stranger_writes_nothing(world: World) -> None:
    stranger = UnitSide(secret=bytes(32))
    stranger.epoch = world.unit.epoch
    world.take(stranger.events([moved()]))
    await taken(world)

    assert (lines(world), acks(world)) == ([], [])


async def test_a_unit_that_tells_without_end_is_held_up_and_its_neighbours_are_not(world: World) -> None:
    for i in range(300):
        await tells(world, moved(i), first=i + 1)

    assert 100 <= len(lines(world)) < 120
    reply = await world.press("lobby")
    assert reply.refused is None


async def test_a_full_journal_is_taken_without_a_wait(world: World) -> None:
    for i in range(32):
        await tells(world, *[moved(i)] * 32, first=1 + 32 * i)

    assert len(lines(world)) == 1024
    assert acks(world)[-1] == 1024


async def test_an_old_journal_frame_is_taken_and_does_not_show_its_unit_alive(world: World) -> None:
    frame = world.unit.events([moved()])
    world.unit.leaves()
    world.units.wake(UNIT)
    await world.passes(7)
    world.take(frame)
    await taken(world)

    link = world.units.of(UNIT)
    assert link is not None
    assert link.link == "away"
    assert len(lines(world, "moved_otherwise")) == 1


async def test_a_boot_of_before_a_restart_keeps_its_clock(world: World) -> None:
    """The unit booted again while the cloud was down: what it wrote before is placed by what the cloud had heard."""
    booted = world.time.now() - int(world.unit.seconds() * 1000)
    old = world.unit.epoch
    await taken(world)
    await world.crash()
    world.time.slept += 3600
    world.unit.boot()
    await world.start()
    await world.quiet()
    await tells(world, moved(300), (0, events.BOOT, 0, 1, world.unit.epoch), boot=old)

    (found, boot) = lines(world)
    assert (found.kind, boot.kind) == ("moved_otherwise", "box_booted")
    assert abs(found.at - (booted + 30_000)) < 1500
    assert "time" not in told([found])[0]
