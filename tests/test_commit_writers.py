"""Several who write to one log at once, or are killed at it: one chain, and nothing acknowledged is missing."""

import asyncio
import itertools
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from cloud import database
from cloud.commit import GroupCommit
from cloud.log_store import append
from tests.notebook import INSERT, NOW, draft, logged, notebook, notes

ROOT = Path(__file__).parent.parent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return notebook(tmp_path)


# -- several writers

WRITER = """
    import asyncio, itertools, os, pathlib, sys
    from cloud.chain import Draft
    from cloud.commit import GroupCommit

    INSERT = "INSERT INTO notes (id, what) VALUES (?, ?)"

    async def writer(commits, numbers):
        for n in numbers:
            then = [(INSERT, (-n, "then"))] if n % 2 else ()
            place = ("house", "street")[n % 3 == 0]
            await commits.write(INSERT, (n, "x" * 200), then, Draft(place, n, "press", operation=str(n)))
            os.write(1, b"%d\\n" % n)

    async def main():
        commits = GroupCommit(pathlib.Path(sys.argv[1]))
        numbers = itertools.count(int(sys.argv[2]))
        await asyncio.gather(*(writer(commits, numbers) for _ in range(20)))

    asyncio.run(main())
"""


def writer(path: Path, start: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(path), str(start)], stdout=subprocess.PIPE, cwd=ROOT
    )


def acknowledged(child: "subprocess.Popen[bytes]", count: int) -> set[int]:
    """Kills it once it has acknowledged so many."""
    assert child.stdout is not None
    found = {int(child.stdout.readline()) for _ in range(count)}
    child.send_signal(signal.SIGKILL)
    found |= {int(line) for line in child.stdout.read().split(b"\n")[:-1]}
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    return found


def check_nothing_is_half_there(path: Path, told: set[int]) -> None:
    entries = logged(path) + logged(path, "street")
    numbers = {int(entry.operation or 0) for entry in entries}
    there = notes(path)

    assert told <= numbers
    assert len(numbers) == len(entries)
    assert numbers == {n for n in there if n > 0}
    assert {n for n in there if n < 0} == {-n for n in numbers if n % 2 and n < 10_000_000}


@pytest.mark.parametrize("after", [1, 100, 1000])
def test_killed_in_a_burst_the_chain_is_whole_and_nothing_acknowledged_is_missing(path: Path, after: int) -> None:
    with writer(path, 1) as child:
        told = acknowledged(child, after)

    assert len(told) >= after
    check_nothing_is_half_there(path, told)


async def test_processes_and_connections_that_write_at_once_make_one_chain(path: Path) -> None:
    """Two processes in bursts, both killed; a group commit and two connections of SQLAlchemy meanwhile."""
    engine, commits = database.engine(path), GroupCommit(path)
    told: set[int] = set()
    killed = asyncio.Event()

    async def by_group(numbers: "itertools.count[int]") -> None:
        while not killed.is_set():
            n = next(numbers)
            await commits.write(INSERT, (n, "x"), entry=draft(n, ("house", "street")[n % 3 == 0]))
            told.add(n)

    async def by_core(numbers: "itertools.count[int]") -> None:
        while not killed.is_set():
            one, two = next(numbers), next(numbers)
            async with engine.begin() as connection:
                for n in (one, two):
                    await connection.exec_driver_sql(INSERT, (n, "x"))
                await append(connection, [draft(one), draft(two, "street")], lambda: NOW)
            told.update((one, two))

    with writer(path, 1) as first, writer(path, 1_000_001) as second:
        mine = itertools.count(10_000_000)
        running = [asyncio.create_task(by_group(mine)) for _ in range(5)]
        running += [asyncio.create_task(by_core(mine)) for _ in range(2)]
        theirs = await asyncio.gather(*(asyncio.to_thread(acknowledged, child, 400) for child in (first, second)))
        killed.set()
        await asyncio.gather(*running)
    await commits.close()
    await engine.dispose()

    assert len(told) > 10
    check_nothing_is_half_there(path, told.union(*theirs))


async def test_a_transaction_that_is_given_up_leaves_no_entry(path: Path) -> None:
    engine = database.engine(path)

    async with engine.connect() as connection:
        await append(connection, [draft(1)], lambda: NOW)
        await connection.rollback()
    async with engine.begin() as connection:
        entries = await append(connection, [draft(2), draft(3, "street"), draft(4)], lambda: NOW)
        assert await append(connection, [], lambda: NOW) == []
    await engine.dispose()

    assert logged(path) == [entries[0], entries[2]]
    assert logged(path, "street") == [entries[1]]
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM log").fetchone() == (3,)
    connection.close()
