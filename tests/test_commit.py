"""What was acknowledged is on disk, whole, whatever happened to its neighbours, the disk or the process."""

import asyncio
import itertools
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud import database
from cloud.commit import BATCH, Full, GroupCommit

INSERT = "INSERT INTO notes (id, what) VALUES (?, ?)"
ROOT = Path(__file__).parent.parent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with database.connect(tmp_path / "notes.db") as connection:
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, what TEXT NOT NULL)")
    connection.close()
    return tmp_path / "notes.db"


@pytest.fixture
async def commits(path: Path) -> AsyncIterator[GroupCommit]:
    commits = GroupCommit(path)
    yield commits
    await commits.close()


def rows(path: Path) -> dict[int, str]:
    connection = sqlite3.connect(path)
    found = dict(connection.execute("SELECT id, what FROM notes"))
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    return found


def traced(commits: GroupCommit) -> list[str]:
    seen: list[str] = []
    commits._connection.set_trace_callback(seen.append)
    return seen


# -- on disk before it is acknowledged


def test_every_connection_of_ours_survives_a_power_cut(path: Path) -> None:
    connection = database.connect(path)
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    connection.close()

    assert found == ["wal", 2]  # 2 is FULL


async def test_what_is_acknowledged_is_there_for_everybody(commits: GroupCommit, path: Path) -> None:
    assert await commits.write(INSERT, (1, "one")) == 1

    assert rows(path) == {1: "one"}


async def test_the_number_of_rows_changed_is_told(commits: GroupCommit) -> None:
    await asyncio.gather(*(commits.write(INSERT, (n, "x")) for n in range(3)))

    assert await commits.write("UPDATE notes SET what = 'y' WHERE id > 0") == 2
    assert await commits.write("UPDATE notes SET what = 'y' WHERE id > 99") == 0
    assert await commits.write("INSERT OR IGNORE INTO notes VALUES (1, 'again')") == 0


# -- one commit for all that waits


async def test_what_arrives_together_shares_a_commit(commits: GroupCommit, path: Path) -> None:
    seen = traced(commits)

    await asyncio.gather(*(commits.write(INSERT, (n, "x")) for n in range(200)))

    assert seen.count("COMMIT") == 1
    assert len(rows(path)) == 200


async def test_what_arrives_while_a_commit_is_on_its_way_shares_the_next_one(commits: GroupCommit) -> None:
    seen = traced(commits)
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    commits._connection.set_trace_callback(lambda sql: (seen.append(sql), loop.call_soon_threadsafe(begun.set)))

    first = asyncio.create_task(commits.write(INSERT, (0, "x")))
    await begun.wait()
    await asyncio.gather(first, *(commits.write(INSERT, (n, "x")) for n in range(1, 200)))

    assert seen.count("COMMIT") == 2


async def test_no_commit_holds_more_than_a_batch(commits: GroupCommit) -> None:
    seen = traced(commits)

    await asyncio.gather(*(commits.write(INSERT, (n, "x")) for n in range(2 * BATCH + 1)))

    assert seen.count("COMMIT") == 3


# -- what fails fails alone

FAILURES = {
    "a row that is there already": (INSERT, (1, "again")),
    "a value that must not be missing": (INSERT, (2, None)),
    "too few parameters": (INSERT, (3,)),
    "a number that SQLite cannot hold": (INSERT, (1 << 70, "x")),
    "text that is no text": (INSERT, (4, "\ud800")),
    "a value of no SQL type": (INSERT, (5, object())),
    "a table that is not there": ("INSERT INTO nowhere VALUES (?, ?)", (6, "x")),
    "a statement that is none": ("INSERT INTO", ()),
}


@pytest.mark.parametrize(("sql", "parameters"), FAILURES.values(), ids=FAILURES)
async def test_a_statement_that_fails_fails_alone(
    commits: GroupCommit, path: Path, sql: str, parameters: tuple
) -> None:
    await commits.write(INSERT, (1, "first"))

    neighbours = (
        commits.write(INSERT, (10, "before")),
        commits.write(sql, parameters),
        commits.write(INSERT, (11, "after")),
    )
    before, failed, after = await asyncio.gather(*neighbours, return_exceptions=True)

    assert (before, after) == (1, 1)
    assert isinstance(failed, Exception)
    assert not isinstance(failed, Full)
    assert await commits.write(INSERT, (12, "later")) == 1
    assert rows(path) == {1: "first", 10: "before", 11: "after", 12: "later"}


async def test_a_waiter_that_gives_up_harms_nobody(commits: GroupCommit, path: Path) -> None:
    waiters = [asyncio.create_task(commits.write(INSERT, (n, "x"))) for n in range(3)]
    await asyncio.sleep(0)
    waiters[1].cancel()

    await asyncio.gather(*waiters, return_exceptions=True)

    assert waiters[1].cancelled()
    assert {0, 2} <= set(rows(path))


async def test_what_waits_is_written_before_it_closes(path: Path) -> None:
    commits = GroupCommit(path)
    waiters = [asyncio.create_task(commits.write(INSERT, (n, "x"))) for n in range(3)]
    await asyncio.sleep(0)
    await commits.close()

    assert [await w for w in waiters] == [1, 1, 1]
    assert len(rows(path)) == 3


# -- a full disk


class Disk:
    """A database that may grow by `pages`, and a reserve that lets it grow by as many again, once."""

    def __init__(self, path: Path, pages: int) -> None:
        self.asked = 0
        self.commits = GroupCommit(path, self.make_room)
        self.pages = pages
        self.limit(pages)

    def limit(self, more: int) -> None:
        used = self.commits._connection.execute("PRAGMA page_count").fetchone()[0]
        self.commits._connection.execute(f"PRAGMA max_page_count = {used + more}")

    def make_room(self) -> bool:
        self.asked += 1
        if self.asked > 1:
            return False
        self.limit(self.pages)
        return True

    async def fill(self, first: int = 0) -> int:
        """Write until nothing goes any more; how many were acknowledged."""
        for n in itertools.count(first):
            try:
                await self.commits.write(INSERT, (n, "x" * 3000))
            except Full:
                return n
        raise AssertionError


async def test_when_it_is_full_the_reserve_is_given_up_once_and_then_it_says_so(path: Path) -> None:
    disk = Disk(path, pages=8)

    acknowledged = await disk.fill()

    assert disk.asked == 2
    assert 8 < acknowledged <= 16  # beyond what there was, and not beyond what there is
    assert len(rows(path)) == acknowledged
    for _ in range(3):
        with pytest.raises(Full):
            await disk.commits.write(INSERT, (10_000, "x" * 3000))
    await disk.commits.close()


async def test_a_batch_that_does_not_fit_is_refused_whole(path: Path) -> None:
    disk = Disk(path, pages=4)
    await disk.fill()
    disk.limit(3)  # room for some of the batch
    before = rows(path)

    batch = [disk.commits.write(INSERT, (1000 + n, "x" * 3000)) for n in range(20)]
    outcomes = await asyncio.gather(*batch, return_exceptions=True)

    assert all(isinstance(outcome, Full) for outcome in outcomes)
    assert rows(path) == before
    await disk.commits.close()


async def test_with_room_again_it_writes_again(path: Path) -> None:
    disk = Disk(path, pages=4)
    full_at = await disk.fill()

    disk.limit(10)

    assert await disk.commits.write(INSERT, (full_at, "x" * 3000)) == 1
    assert len(rows(path)) == full_at + 1
    await disk.commits.close()


async def test_when_not_even_the_reserve_can_be_given_up_it_says_so_and_writes_again_later(path: Path) -> None:
    """A disk that turns read-only refuses to delete as well."""

    def read_only() -> bool:
        raise OSError(30, "Read-only file system")

    disk = Disk(path, pages=4)
    disk.commits._make_room = read_only
    full_at = await asyncio.wait_for(disk.fill(), 10)
    disk.limit(10)

    assert await asyncio.wait_for(disk.commits.write(INSERT, (full_at, "x" * 3000)), 10) == 1
    await disk.commits.close()


# -- a process that dies

BURST = """
    import asyncio, itertools, os, pathlib, sys
    from cloud.commit import GroupCommit

    async def writer(commits, numbers):
        for n in numbers:
            await commits.write("INSERT INTO notes (id, what) VALUES (?, ?)", (n, f"note {n} " * 50))
            os.write(1, b"%d\\n" % n)

    async def main():
        commits = GroupCommit(pathlib.Path(sys.argv[1]))
        numbers = itertools.count()
        await asyncio.gather(*(writer(commits, numbers) for _ in range(40)))

    asyncio.run(main())
"""


@pytest.mark.parametrize("after", [1, 100, 1000])
def test_killed_in_a_burst_every_acknowledged_row_is_there_and_whole(path: Path, after: int) -> None:
    argv = [sys.executable, "-c", textwrap.dedent(BURST), str(path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _ in range(after)]
        child.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in child.stdout.read().split(b"\n")[:-1]]
    assert child.returncode == -signal.SIGKILL

    found = rows(path)

    assert len(acknowledged) >= after
    assert set(acknowledged) <= set(found)
    assert all(what == f"note {n} " * 50 for n, what in found.items())
