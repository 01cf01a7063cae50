"""All SQL of the chained log: entering, heads, pages, streams. Decides nothing and seals nothing: see chain.py.

Entering happens inside somebody else's transaction, which has the write lock (BEGIN IMMEDIATE): other connections and
processes enter, too.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from cloud.chain import HASH_BYTES, START, Draft, Entry, Head, Prepared, after, prepare, seal

MOST = 1 << 62  # entries of a place: no log gets there, and the number after it is still a number

_COLUMNS = ", ".join(Entry.__struct_fields__)
# Only our own constants are put into these texts; values are parameters.
_HEADS = "SELECT place, n, hash FROM heads WHERE place IN (SELECT value FROM json_each(?))"
_ENTER = f"INSERT INTO log ({_COLUMNS}) VALUES ({', '.join('?' * len(Entry.__struct_fields__))})"  # noqa: S608
_MOVE = (
    "INSERT INTO heads (place, n, hash) VALUES (?, ?, ?) "
    "ON CONFLICT (place) DO UPDATE SET n = excluded.n, hash = excluded.hash"
)


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
    return Appending(connection.execute(_HEADS, (json.dumps(list(places)),)), stored)


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
