"""Pages, streams and heads of the log: what is asked for, newest first, by the indexes; and what a reader may do."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud import database
from cloud.chain import START, Draft, Entry, after, verify
from cloud.log_store import CHUNK, DatabaseError, Filter, LogStore, Reader, append, append_now

KINDS = ("press", "answer", "change")
COUNT = 60


def draft(n: int, place: str = "house") -> Draft:
    at = 1000 * (n if n % 10 else n - 5)  # every tenth is told late: it happened before its neighbours
    return Draft(place, at, KINDS[n % 3], ("ana", "bo", None)[n % 3], door=("gate", None)[n % 2], detail={"n": n})


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "iomando.db"
    database.migrate(path)
    write(path, *(draft(n) for n in range(1, COUNT + 1)), *(draft(n, "street") for n in range(1, 8)))
    return path


def write(path: Path, *drafts: Draft) -> list[Entry]:
    connection = database.connect(path)
    connection.execute("BEGIN IMMEDIATE")
    entries = append_now(connection, drafts, lambda: 5)
    connection.execute("COMMIT")
    connection.close()
    return entries


@pytest.fixture
async def log(path: Path) -> AsyncIterator[LogStore]:
    engine = database.engine(path)
    yield LogStore(database.reads(engine))
    await engine.dispose()


# -- pages


async def test_a_page_is_the_newest_of_one_place_and_the_next_one_goes_on(log: LogStore) -> None:
    found: list[int] = []
    before = None
    while page := await log.page("house", 7, Filter(before=before)):
        assert len(page) <= 7
        assert {entry.place for entry in page} == {"house"}
        found += [entry.n for entry in page]
        before = page[-1].n

    assert found == list(range(COUNT, 0, -1))
    assert await log.page("nowhere", 7) == []


MAYBE_AT = st.none() | st.integers(0, COUNT + 2).map(lambda n: 1000 * n)


@given(
    st.sampled_from([None, "ana", "bo", "nobody"]),
    st.sampled_from([None, "gate", "nothing"]),
    st.none() | st.lists(st.sampled_from([*KINDS, "nothing"]), max_size=3),
    MAYBE_AT,
    MAYBE_AT,
    st.none() | st.integers(-1, COUNT + 2),
    st.integers(1, COUNT),
)
def test_a_page_holds_exactly_what_was_asked_for(path: Path, who, door, kinds, since, until, before, limit) -> None:
    with Reader(path) as reader:
        every = list(reader.stream("house"))
        page = reader.page("house", limit, Filter(who, door, kinds, since, until, before))

    wanted = [
        entry
        for entry in reversed(every)
        if (who is None or entry.who == who)
        and (door is None or entry.door == door)
        and (kinds is None or entry.kind in kinds)
        and (since is None or entry.at >= since)
        and (until is None or entry.at < until)
        and (before is None or entry.n < before)
    ]
    assert page == wanted[:limit]


@pytest.mark.parametrize(
    ("which", "index"),
    [
        (Filter(), "sqlite_autoindex_log_1 (place=?)"),
        (Filter(before=9), "sqlite_autoindex_log_1 (place=? AND n<?)"),
        (Filter(kinds=["press"]), "sqlite_autoindex_log_1 (place=?)"),
        (Filter(who="ana"), "log_who (place=? AND who=?)"),
        (Filter(who="ana", since=1, until=9, before=4), "log_who (place=? AND who=? AND n<?)"),
        (Filter(door="gate", since=1), "sqlite_autoindex_log_1 (place=?)"),
        (Filter(since=1, until=9, before=4), "sqlite_autoindex_log_1 (place=? AND n<?)"),
    ],
    ids=str,
)
def test_every_page_is_found_by_an_index(path: Path, which: Filter, index: str) -> None:
    sql, parameters = which.query("house", 50)
    connection = sqlite3.connect(path)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
    connection.close()

    assert plan[0] == f"SEARCH log USING INDEX {index}"
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


@pytest.mark.parametrize("text", ["' OR 1=1 --", "%", "*", "ana'; DROP TABLE log; --", "\0", "a" * 10_000])
async def test_a_filter_is_a_value_and_never_a_statement(log: LogStore, text: str) -> None:
    for which in (Filter(who=text), Filter(door=text), Filter(kinds=[text])):
        assert await log.page("house", 9, which) == []
    assert await log.page(text, 9) == []
    assert len(await log.page("house", 9)) == 9


# -- heads and streams


async def test_heads_are_those_of_the_last_entries(log: LogStore) -> None:
    (last,) = await log.page("house", 1)

    assert await log.head("house") == after(last)
    assert await log.head("nowhere") == START
    assert await log.heads(["house", "nowhere"]) == {"house": after(last)}
    assert await log.hash_at("house", COUNT) == last.hash
    assert await log.hash_at("house", COUNT + 1) is None
    assert await log.hash_at("nowhere", 1) is None


async def test_a_stream_gives_all_in_chunks_and_stops_where_it_was_when_it_began(tmp_path: Path) -> None:
    path = tmp_path / "iomando.db"
    database.migrate(path)
    written = write(path, *(draft(n) for n in range(2 * CHUNK + 10)))
    engine = database.engine(path)
    log, streamed = LogStore(database.reads(engine)), []

    async for chunk in log.stream("house"):
        assert len(chunk) <= CHUNK
        streamed += chunk
        async with engine.begin() as connection:  # it holds none of the connections, and does not run after the log
            await append(connection, [draft(1)] * CHUNK, lambda: 5)
    rest = [entry async for chunk in log.stream("house", after=2 * CHUNK + 9) for entry in chunk]
    await engine.dispose()

    assert streamed == written
    assert rest[0] == written[-1]
    assert verify([*streamed, *rest[1:]]).whole


async def test_streams_do_not_use_up_the_connections(log: LogStore) -> None:
    streams = [log.stream("house") for _ in range(3 * database.CONNECTIONS)]

    chunks = await asyncio.wait_for(asyncio.gather(*(anext(stream) for stream in streams)), 10)
    assert {len(chunk) for chunk in chunks} == {COUNT}
    for stream in streams:
        await stream.aclose()  # pyright: ignore[reportAttributeAccessIssue]


# -- a reader beside a service


def test_a_reader_sees_one_moment_and_can_write_nothing(tmp_path: Path) -> None:
    path = tmp_path / "iomando.db"
    database.migrate(path)
    write(path, draft(1))
    with Reader(path) as reader:
        assert len(list(reader.stream("house"))) == 1
        write(path, draft(2))
        assert len(list(reader.stream("house"))) == 1
        assert reader.head("house") == after(next(reader.stream("house")))
        with pytest.raises(DatabaseError, match="readonly"):
            reader._connection.execute("DELETE FROM log")
    with Reader(path) as reader:
        assert len(list(reader.stream("house"))) == 2


STRANGE = {
    "text that is no text": "UPDATE log SET who = CAST(x'616eff' AS TEXT) WHERE n = 3",
    "bytes for text": "UPDATE log SET who = x'616e61' WHERE n = 3",
    "text for a number": "UPDATE log SET at = 'noon' WHERE n = 3",
    "a broken number": "UPDATE log SET at = 1.5 WHERE n = 3",
    "text for the hash": "UPDATE log SET hash = 'none' WHERE n = 3",
    "text for its number": "UPDATE log SET n = 'three' WHERE n = 3",
}
HIDDEN = {
    "number 0": "INSERT INTO log SELECT place, 0, at, stored, kind, who, session, way, door, operation, detail, hash "
    "FROM log WHERE place = 'house' AND n = 1",
    "the least of all numbers": "UPDATE log SET n = -9223372036854775807 - 1 WHERE n = 1",
}


@pytest.mark.parametrize(("sql", "bad"), [*((s, 3) for s in STRANGE.values()), *((s, 1) for s in HIDDEN.values())])
def test_what_sqlite_holds_beyond_our_types_is_found(tmp_path: Path, sql: str, bad: int) -> None:
    path = tmp_path / "iomando.db"
    database.migrate(path)
    write(path, *(draft(n) for n in range(6)))
    with database.connect(path) as connection:
        assert connection.execute(sql).rowcount == 1
    connection.close()

    with Reader(path) as reader:
        verdict = verify(reader.stream("house"), head=reader.head("house"), place="house")

    assert verdict.bad == bad
    assert verdict.head.n == bad - 1


def test_chains_are_those_of_places_and_whatever_else_has_entries(tmp_path: Path) -> None:
    path = tmp_path / "iomando.db"
    database.migrate(path)
    with database.connect(path) as connection:
        connection.execute("INSERT INTO places (id, name, zone) VALUES ('house', 'House', 'Europe/Madrid')")
        connection.execute("INSERT INTO places (id, name, zone) VALUES ('empty', 'Empty', 'UTC')")
    connection.close()
    write(path, draft(1), draft(1, ""), draft(1, "gone"))
    with database.connect(path) as connection:
        connection.execute("INSERT INTO heads VALUES ('cut', 7, zeroblob(32))")
        connection.execute("DELETE FROM heads WHERE place = 'gone'")
    connection.close()

    with Reader(path) as reader:
        found = {chain.place: (chain.name, chain.zone, chain.head and chain.head.n) for chain in reader.chains()}

    assert found == {
        "": (None, None, 1),
        "cut": (None, None, 7),
        "empty": ("Empty", "UTC", None),
        "gone": (None, None, None),
        "house": ("House", "Europe/Madrid", 1),
    }
