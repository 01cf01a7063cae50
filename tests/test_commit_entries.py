"""A statement, what follows from it, and its entry in the log: on disk together or not at all, whoever else writes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud import database
from cloud.chain import Draft, Entry
from cloud.commit import Full, GroupCommit, NotWritten
from tests.notebook import IGNORE, INSERT, NOW, draft, logged, notebook, notes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return notebook(tmp_path)


@pytest.fixture
async def commits(path: Path) -> AsyncIterator[GroupCommit]:
    commits = GroupCommit(path, now=lambda: NOW)
    yield commits
    await commits.close()


def traced(commits: GroupCommit) -> list[str]:
    seen: list[str] = []
    commits._connection.set_trace_callback(seen.append)
    return seen


# -- together


async def test_an_entry_is_there_when_its_statement_is_acknowledged(commits: GroupCommit, path: Path) -> None:
    what = Draft("house", 7, "press", "ana", "s1", "app", "gate", "op1", {"allowed": True})

    assert await commits.write(INSERT, (1, "one"), entry=what) == 1

    (entry,) = logged(path)
    told = (entry.who, entry.session, entry.way, entry.door, entry.operation)
    assert (entry.n, entry.at, entry.stored, entry.kind, entry.detail) == (1, 7, NOW, "press", '{"allowed":true}')
    assert told == ("ana", "s1", "app", "gate", "op1")


@pytest.mark.parametrize(
    ("sql", "parameters", "rows"),
    [
        (IGNORE, (1, "again"), 0),
        ("UPDATE notes SET what = 'x' WHERE id > 99", (), 0),
        ("UPDATE notes SET what = 'x'", (), 2),
    ],
)
async def test_what_did_not_happen_once_is_neither_followed_nor_logged(
    commits: GroupCommit, path: Path, sql: str, parameters: tuple, rows: int
) -> None:
    await asyncio.gather(commits.write(INSERT, (1, "one")), commits.write(INSERT, (2, "two")))

    assert await commits.write(sql, parameters, [(INSERT, (3, "then"))], draft(1)) == rows
    assert await commits.write(sql, parameters, entry=draft(1)) == rows

    assert set(notes(path)) == {1, 2}
    assert logged(path) == []


async def test_what_follows_happens_in_the_same_commit(commits: GroupCommit, path: Path) -> None:
    seen = traced(commits)

    then = [(INSERT, (2, "two")), ("UPDATE notes SET what = 'changed' WHERE id = ?", (1,))]
    assert await commits.write(INSERT, (1, "one"), then, draft(1)) == 1

    assert seen.count("COMMIT") == 1
    assert notes(path) == {1: "changed", 2: "two"}
    assert len(logged(path)) == 1


FAILURES = {
    "a row that is there already": (INSERT, (1, "again")),
    "too few parameters": (INSERT, (3,)),
    "a number that SQLite cannot hold": (INSERT, (1 << 70, "x")),
    "text that is no text": (INSERT, (4, "\ud800")),
    "a table that is not there": ("INSERT INTO nowhere VALUES (?, ?)", (6, "x")),
    "no statement": ("INSERT INTO", ()),
}


@pytest.mark.parametrize("where", ["first", "then", "last"])
@pytest.mark.parametrize(("sql", "parameters"), FAILURES.values(), ids=FAILURES)
async def test_a_bundle_that_fails_fails_alone_and_whole(
    commits: GroupCommit, path: Path, sql: str, parameters: tuple, where: str
) -> None:
    await commits.write(INSERT, (1, "first"))
    good: list[tuple[str, tuple]] = [(INSERT, (20, "x")), (INSERT, (21, "x"))]
    statements = {"first": [(sql, parameters), *good], "then": [good[0], (sql, parameters), good[1]]}
    first, *then = statements.get(where, [*good, (sql, parameters)])

    before, failed, after = await asyncio.gather(
        commits.write(INSERT, (10, "before"), [(INSERT, (11, "x"))], draft(10)),
        commits.write(*first, then, draft(99)),
        commits.write(INSERT, (12, "after"), entry=draft(12)),
        return_exceptions=True,
    )

    assert (before, after) == (1, 1)
    assert isinstance(failed, Exception) and not isinstance(failed, NotWritten)
    assert set(notes(path)) == {1, 10, 11, 12}
    assert [entry.operation for entry in logged(path)] == ["10", "12"]


async def test_an_entry_that_cannot_be_written_keeps_its_statement_from_happening(
    commits: GroupCommit, path: Path
) -> None:
    bad = Draft("house", 1, "press", who="\ud800")

    good, failed = await asyncio.gather(
        commits.write(INSERT, (1, "x"), entry=draft(1)),
        commits.write(INSERT, (2, "x"), entry=bad),
        return_exceptions=True,
    )

    assert good == 1 and isinstance(failed, ValueError)
    assert (set(notes(path)), len(logged(path))) == ({1}, 1)


async def test_a_batch_reads_and_writes_each_head_once(commits: GroupCommit, path: Path) -> None:
    seen = traced(commits)

    await asyncio.gather(*(commits.write(INSERT, (n, "x"), entry=draft(n, f"p{n % 3}")) for n in range(90)))

    assert seen.count("COMMIT") == 1
    assert sum(sql.startswith("SELECT place, n, hash FROM heads") for sql in seen) == 1
    assert sum(sql.startswith("INSERT INTO heads") for sql in seen) == 3
    assert [len(logged(path, f"p{p}")) for p in range(3)] == [30, 30, 30]


async def test_without_entries_nothing_of_the_log_is_touched(commits: GroupCommit) -> None:
    seen = traced(commits)

    await commits.write(INSERT, (1, "x"))

    assert len(seen) == 3  # BEGIN, the statement, COMMIT


# -- told


async def test_what_was_logged_is_told_once_on_disk_and_before_anybody_goes_on(
    commits: GroupCommit, path: Path
) -> None:
    told: list[str] = []

    def hear(entries: list[Entry]) -> None:
        assert entries == logged(path)
        told.extend(f"logged {entry.operation}" for entry in entries)

    async def write(number: int) -> None:
        await commits.write(INSERT, (number, "x"), entry=draft(number))
        told.append(f"written {number}")

    commits.logged = hear
    await asyncio.gather(write(1), write(2), commits.write(INSERT, (3, "x")))

    assert told[:2] == ["logged 1", "logged 2"]
    assert sorted(told[2:]) == ["written 1", "written 2"]


async def test_nothing_is_told_of_what_was_not_logged(commits: GroupCommit) -> None:
    told: list[list[Entry]] = []
    commits.logged = told.append

    await commits.write(INSERT, (1, "x"))
    await commits.write(IGNORE, (1, "x"), entry=draft(1))

    assert told == []


async def test_whoever_cannot_hear_it_keeps_nobody_waiting(commits: GroupCommit, path: Path) -> None:
    def deaf(_: list[Entry]) -> None:
        raise RuntimeError("deaf")

    commits.logged = deaf

    assert await asyncio.wait_for(commits.write(INSERT, (1, "x"), entry=draft(1)), 10) == 1
    assert len(logged(path)) == 1


# -- a full disk, a damaged log


async def test_a_full_disk_refuses_statement_and_entry_together_and_the_chain_goes_on_later(path: Path) -> None:
    commits = GroupCommit(path)
    told: list[Entry] = []
    commits.logged = told.extend

    def limit(pages: int) -> None:
        (there,) = commits._connection.execute("PRAGMA page_count").fetchone()
        commits._connection.execute(f"PRAGMA max_page_count = {there + pages}")

    limit(6)
    written = 0
    try:
        while True:
            await commits.write(INSERT, (written, "x" * 2000), entry=draft(written))
            written += 1
    except Full:
        limit(10)
    await commits.write(INSERT, (1000, "x"), entry=draft(1000))

    assert set(notes(path)) == {*range(written), 1000}
    assert [entry.operation for entry in logged(path)] == [*map(str, range(written)), "1000"]
    assert told == logged(path)
    await commits.close()


async def test_room_that_was_made_does_not_log_twice(path: Path) -> None:
    def more() -> bool:
        commits._connection.execute("PRAGMA max_page_count = 100000")
        return True

    commits = GroupCommit(path, more)
    told: list[Entry] = []
    commits.logged = told.extend
    (there,) = commits._connection.execute("PRAGMA page_count").fetchone()
    commits._connection.execute(f"PRAGMA max_page_count = {there + 2}")

    await asyncio.gather(*(commits.write(INSERT, (n, "x" * 2000), entry=draft(n)) for n in range(20)))

    assert len(logged(path)) == len(told) == len(notes(path)) == 20
    await commits.close()


DAMAGE = {
    "its head put back": "UPDATE heads SET n = 0 WHERE place = 'house'",
    "its head gone": "DELETE FROM heads WHERE place = 'house'",
    "a head of no bytes": "UPDATE heads SET hash = 'none' WHERE place = 'house'",
    "a head of no number": "UPDATE heads SET n = 'none' WHERE place = 'house'",
    "a number at the end of numbers": "UPDATE heads SET n = 9223372036854775807 WHERE place = 'house'",
}


@pytest.mark.parametrize("sql", DAMAGE.values(), ids=DAMAGE)
async def test_a_place_whose_log_was_damaged_stops_alone(commits: GroupCommit, path: Path, sql: str) -> None:
    await commits.write(INSERT, (1, "x"), entry=draft(1))
    with database.connect(path) as connection:
        connection.execute(sql)
    connection.close()

    writes = [(2, "street"), (3, "house"), (4, "street"), (5, "house")]
    outcomes = await asyncio.gather(
        *(commits.write(INSERT, (n, "x"), entry=draft(n, place)) for n, place in writes), return_exceptions=True
    )

    assert [outcome if outcome == 1 else type(outcome) for outcome in outcomes] == [1, NotWritten, 1, NotWritten]
    assert set(notes(path)) == {1, 2, 4}
    assert [entry.operation for entry in logged(path, "street")] == ["2", "4"]
