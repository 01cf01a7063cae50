"""An open while another process holds the database's file: refused or settled later, never forgotten."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cloud.operations import State
from tests.given import inhabited_database
from tests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        world.store.commits._connection.execute("PRAGMA busy_timeout=50")  # ten seconds' patience, made short
        yield world


@contextmanager
def locked(path: Path) -> Iterator[None]:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def test_a_press_that_cannot_be_written_down_is_refused_and_opens_nothing(world: World) -> None:
    with locked(world.path):
        reply = await world.press()

    assert reply.refused is not None
    assert reply.refused.reason == "full"
    assert world.unit.pulses == []
    assert world.broker.commands() == []


async def test_an_end_that_could_not_be_written_is_written_when_the_file_is_free(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.broker.lossy = True
    op = await world.opens()
    await world.passes(11)
    with locked(world.path):
        world.time.jump(2)
        async with asyncio.timeout(10):
            while "not settled" not in caplog.text:  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0.01)
    await world.passes(9)

    assert (await world.on_disk(op)).state is State.UNKNOWN
    assert world.ana.operations(op)[-1]["state"] == "UNKNOWN"
