"""All SQL of the chained log: entering, heads, pages, streams. Decides nothing and seals nothing: see chain.py.

Entering happens inside somebody else's transaction, which has the write lock (BEGIN IMMEDIATE): other connections and
processes enter, too.
"""

import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cloud.chain import HASH_BYTES, START, Draft, Entry, Head, Prepared, after, prepare, seal
from cloud.database import BUSY_S

DatabaseError = sqlite3.Error  # for those who read and know no SQL
CHUNK = 1000  # entries read at once: a stream keeps neither memory nor, in the service, a connection
MOST = 1 << 62  # entries of a place: no log gets there, and the number after it is still a number

_COLUMNS = ", ".join(Entry.__struct_fields__)
# Only our own constants are put into these texts; values are parameters.
_HEADS = "SELECT place, n, hash FROM heads WHERE place IN (SELECT value FROM json_each(?))"
_ENTER = f"INSERT INTO log ({_COLUMNS}) VALUES ({', '.join('?' * len(Entry.__struct_fields__))})"  # noqa: S608
_MOVE = (
    "INSERT INTO heads (place, n, hash) VALUES (?, ?, ?) "
    "ON CONFLICT (place) DO UPDATE SET n = excluded.n, hash = excluded.hash"
)
_ITS_HEAD = "SELECT place, n, hash FROM heads WHERE place = ?"
_HEAD = "SELECT n, hash FROM heads WHERE place = ?"
_HASH = "SELECT hash FROM log WHERE place = ? AND n = ?"
_FIRST = f"SELECT {_COLUMNS} FROM log WHERE place = ? ORDER BY n LIMIT {CHUNK}"  # noqa: S608
_NEXT = f"SELECT {_COLUMNS} FROM log WHERE place = ? AND n > ? ORDER BY n LIMIT {CHUNK}"  # noqa: S608
_CHAINS = """
SELECT id, name, zone FROM places
UNION ALL SELECT DISTINCT place, NULL, NULL FROM log WHERE place NOT IN (SELECT id FROM places)
UNION ALL SELECT place, NULL, NULL FROM heads
WHERE place NOT IN (SELECT id FROM places UNION ALL SELECT place FROM log)
ORDER BY 1
"""


class Filter(msgspec.Struct, frozen=True):
    """Which entries: `since` <= at < `until`; `before` is a number, for the next page; `after`: from there on, oldest
    first."""

    who: str | None = None
    door: str | None = None
    kinds: Sequence[str] | None = None
    since: int | None = None
    until: int | None = None
    before: int | None = None
    after: int | None = None

    def query(self, place: str, limit: int) -> tuple[str, tuple[object, ...]]:
        """Newest first, unless `after` is given."""
        # One person's or door's entries are few and lie in order: better than all of a time, to be sorted.
        at = "at" if self.who is None and self.door is None else "+at"
        parts: list[tuple[str, object | None]] = [
            ("who = ?", self.who),
            ("door = ?", self.door),
            ("kind IN (SELECT value FROM json_each(?))", None if self.kinds is None else json.dumps(list(self.kinds))),
            (f"{at} >= ?", self.since),
            (f"{at} < ?", self.until),
            ("n < ?", self.before),
            ("n > ?", self.after),
        ]
        wanted = [("place = ?", place), *((text, value) for text, value in parts if value is not None)]
        where = " AND ".join(text for text, _ in wanted)
        order = "DESC" if self.after is None else "ASC"
        sql = f"SELECT {_COLUMNS} FROM log WHERE {where} ORDER BY n {order} LIMIT ?"  # noqa: S608
        return sql, (*(value for _, value in wanted), limit)


class Chain(msgspec.Struct, frozen=True):
    """What has a log: a place, the installation ('') or, where somebody else wrote, anything. `head` may be missing."""

    place: str
    name: str | None
    zone: str | None
    head: Head | None


class Appending:
    """The entries of one transaction: heads are read once and written once, however many entries there are."""

    def __init__(self, heads: Iterable[tuple[str, int, bytes]], stored: int) -> None:
        self._heads = {place: _head(place, n, hash_) for place, n, hash_ in heads}
        self._moved: dict[str, Head] = {}
        self._stored = stored
        self.entries: list[Entry] = []

    def add(self, draft: Prepared) -> None:
        place = draft.draft.place
        entry = seal(draft, self._heads.get(place, START), self._stored)
        self._heads[place] = self._moved[place] = after(entry)
        self.entries.append(entry)

    def rows(self) -> list[tuple[object, ...]]:
        return [
            (e.place, e.n, e.at, e.stored, e.kind, e.who, e.session, e.way, e.door, e.operation, e.detail, e.hash)
            for e in self.entries
        ]

    def heads(self) -> list[tuple[str, int, bytes]]:
        return [(place, head.n, head.hash) for place, head in self._moved.items()]


def _head(place: str, n: object, hash_: object) -> Head:
    """Raises IntegrityError for a head that nothing can follow: not ours, so somebody else wrote it."""
    if not isinstance(n, int) or not 0 <= n < MOST or not isinstance(hash_, bytes) or len(hash_) != HASH_BYTES:
        raise sqlite3.IntegrityError(f"the head of the log of {place!r} is damaged: see `iomando log verify`")
    return Head(n, hash_)


def begin(connection: sqlite3.Connection, places: Iterable[str], stored: int) -> Appending:
    """Reads the heads of these places: nothing may be added for others."""
    wanted = list(places)
    if len(wanted) == 1:  # as it mostly is where nobody hurries; a list costs five times as much
        return Appending(connection.execute(_ITS_HEAD, wanted), stored)
    return Appending(connection.execute(_HEADS, (json.dumps(wanted),)), stored)


def finish(connection: sqlite3.Connection, appending: Appending) -> None:
    connection.executemany(_ENTER, appending.rows())
    connection.executemany(_MOVE, appending.heads())


async def append(connection: AsyncConnection, drafts: Sequence[Draft], now: Callable[[], int]) -> list[Entry]:
    """Enter them in the transaction that `connection` is in: they are there when it commits, and only then."""
    ready = [prepare(draft) for draft in drafts]
    if not ready:
        return []
    places = json.dumps(sorted({draft.place for draft in drafts}))
    found = (await connection.exec_driver_sql(_HEADS, (places,))).all()
    appending = Appending([(row.place, row.n, row.hash) for row in found], now())
    for draft in ready:
        appending.add(draft)
    await connection.exec_driver_sql(_ENTER, appending.rows())
    await connection.exec_driver_sql(_MOVE, appending.heads())
    return appending.entries


def append_now(connection: sqlite3.Connection, drafts: Sequence[Draft], now: Callable[[], int]) -> list[Entry]:
    """The same for a driver-level connection; the caller has begun (IMMEDIATE) and commits."""
    ready = [prepare(draft) for draft in drafts]
    appending = begin(connection, {draft.place for draft in drafts}, now())
    for draft in ready:
        appending.add(draft)
    finish(connection, appending)
    return appending.entries


class LogStore:
    """The log as the service reads it; `reads` is an engine for reading."""

    def __init__(self, reads: AsyncEngine) -> None:
        self._reads = reads

    async def page(self, place: str, limit: int, which: Filter = Filter()) -> list[Entry]:  # noqa: B008 - frozen
        """Newest first; the next page is `before` the last one's number."""
        return [Entry(*row) for row in await self._all(*which.query(place, limit))]

    async def head(self, place: str) -> Head:
        found = await self._all(_HEAD, (place,))
        return Head(*found[0]) if found else START

    async def heads(self, places: Iterable[str]) -> dict[str, Head]:
        return {place: Head(n, hash_) for place, n, hash_ in await self._all(_HEADS, (json.dumps(list(places)),))}

    async def hash_at(self, place: str, n: int) -> bytes | None:
        found = await self._all(_HASH, (place, n))
        return found[0][0] if found else None

    async def stream(self, place: str, after: int = 0, which: Filter = Filter()) -> AsyncIterator[list[Entry]]:  # noqa: B008 - frozen
        """Oldest first, in chunks, up to the head there was when it began. Holds no connection between chunks."""
        last = await self.head(place)
        while after < last.n:
            rows = await self._all(*msgspec.structs.replace(which, after=after).query(place, CHUNK))
            chunk = [Entry(*row) for row in rows if row[1] <= last.n]
            if not chunk:
                return
            yield chunk
            after = chunk[-1].n

    async def _all(self, sql: str, parameters: tuple[object, ...]) -> Sequence[Any]:
        async with self._reads.connect() as connection:
            return (await connection.exec_driver_sql(sql, parameters)).all()


class Reader:
    """One moment of a database file that a service may be writing: nothing can be written through it.

    `with Reader(path) as reader:`. Gives what is there, however wrong: text that is no text comes with surrogates.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY_S, isolation_level=None
        )

    def __enter__(self) -> Self:
        self._connection.execute("BEGIN")
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def chains(self) -> list[Chain]:
        rows = self._rows(_CHAINS, ())
        return [Chain(place, name, zone, self.head(place)) for place, name, zone in rows]

    def head(self, place: str) -> Head | None:
        found = self._rows(_HEAD, (place,))
        return Head(*found[0]) if found else None

    def stream(self, place: str) -> Iterator[Entry]:
        """Oldest first, whatever the numbers are."""
        rows = self._rows(_FIRST, (place,))
        while rows:
            for row in rows:
                yield Entry(*row)
            rows = self._rows(_NEXT, (place, rows[-1][1]))

    def page(self, place: str, limit: int, which: Filter = Filter()) -> list[Entry]:  # noqa: B008 - frozen
        return [Entry(*row) for row in self._rows(*which.query(place, limit))]

    def names(self) -> dict[str, str]:
        """Of people and doors, by id."""
        return dict(self._rows("SELECT id, name FROM people UNION ALL SELECT id, name FROM doors", ()))

    def _rows(self, sql: str, parameters: tuple[object, ...]) -> list[Any]:
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise
        self._connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
        try:
            return self._connection.execute(sql, parameters).fetchall()
        finally:
            self._connection.text_factory = str
