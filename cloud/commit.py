"""Group commit: statements that must be on disk before anything leaves. One connection, one thread, one commit for all
that waits.

Knows neither tables nor meanings. While a commit is on its way, what arrives shares the next one. A statement may bring
others and an entry for the log: they happen together or not at all, and what fails fails alone.
"""

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue

import msgspec

from cloud import chain, database, log_store

log = logging.getLogger("iomando.commit")

BATCH = 500  # statements in one commit: beyond that the first one waits too long for the last
Statement = tuple[str, Sequence[object]]
Outcome = int | Exception


def wall() -> int:
    return int(time.time() * 1000)


class Bundle(msgspec.Struct, gc=False):
    """`then` and `entry` happen when the first statement changed exactly one row."""

    sql: str
    parameters: Sequence[object]
    then: Sequence[Statement] = ()
    entry: chain.Prepared | None = None


Batch = list[tuple[Bundle, asyncio.Future[int]]]
Done = tuple[list[Outcome], list[chain.Entry]]


class NotWritten(Exception):
    """Nothing of it is on disk: the file is locked, broken, or there is no room."""


class Full(NotWritten):
    """There is no room left to record anything."""


class GroupCommit:
    """`await write(sql, parameters)` returns the number of rows changed, once that is on disk."""

    def __init__(
        self,
        path: Path,
        make_room: Callable[[], bool] = lambda: False,
        now: Callable[[], int] = wall,
    ) -> None:
        """`now`: milliseconds since 1970, asked once a commit, in its thread."""
        # called with what was entered into the log, on disk by then, before anybody's `write` returns
        self.logged: Callable[[list[chain.Entry]], None] = lambda _entries: None
        self._connection = database.connect(path)
        self._now = now
        self._make_room = make_room
        self._loop = asyncio.get_running_loop()
        self._waiting: Batch = []
        self._idle = asyncio.Event()
        self._idle.set()
        self._work: SimpleQueue[Batch | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="commit", daemon=True)
        self._thread.start()

    async def write(
        self,
        sql: str,
        parameters: Sequence[object] = (),
        then: Sequence[Statement] = (),
        entry: chain.Draft | None = None,
    ) -> int:
        """If the statement changed exactly one row, `then` is done and `entry` entered into the log in the same commit;
        if one of them fails, none of them happened. The number is the first statement's."""
        bundle = Bundle(sql, parameters, then, None if entry is None else chain.prepare(entry))
        done: asyncio.Future[int] = self._loop.create_future()
        self._waiting.append((bundle, done))
        if self._idle.is_set():
            self._idle.clear()
            self._loop.call_soon(self._hand_over)  # after what else arrived in this turn of the loop
        return await done

    async def close(self) -> None:
        await self._idle.wait()
        self._work.put(None)
        await self._loop.run_in_executor(None, self._thread.join)

    def _hand_over(self) -> None:
        batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        self._work.put(batch)

    def _serve(self) -> None:
        """The thread. A queue and a call back, not an executor and its futures: half the way, twice an open."""
        while (batch := self._work.get()) is not None:
            outcomes: list[Outcome]
            entries: list[chain.Entry] = []
            try:
                outcomes, entries = self._commit([bundle for bundle, _ in batch])
            except Exception as error:  # noqa: BLE001 - whoever waits must learn of it
                outcomes = [error] * len(batch)
            self._loop.call_soon_threadsafe(self._committed, batch, outcomes, entries)
        self._connection.close()

    def _committed(self, batch: Batch, outcomes: list[Outcome], entries: list[chain.Entry]) -> None:
        if all(isinstance(outcome, Full) for outcome in outcomes) and self._made_room():
            self._work.put(batch)
            return
        if entries:
            self.tell(entries)
        for (_, done), outcome in zip(batch, outcomes, strict=True):
            if done.cancelled():
                continue
            if isinstance(outcome, Exception):
                done.set_exception(outcome)
            else:
                done.set_result(outcome)
        if self._waiting:
            self._hand_over()
        else:
            self._idle.set()

    def _made_room(self) -> bool:
        try:
            return self._make_room()
        except Exception:  # whoever waits must be told that it is full, or nothing is ever written again
            log.exception("no room could be made")
            return False

    def tell(self, entries: list[chain.Entry]) -> None:
        """What was entered is on disk, by whichever way."""
        try:
            self.logged(entries)
        except Exception:  # they are on disk: whoever waits must go on
            log.exception("what was logged could not be told")

    def _commit(self, bundles: list[Bundle]) -> Done:
        connection = self._connection
        outcomes: list[Outcome] = []
        places = {bundle.entry.draft.place for bundle in bundles if bundle.entry}
        entries: log_store.Appending | None = None
        try:
            connection.execute("BEGIN IMMEDIATE")
            if places:
                entries = log_store.begin(connection, places, self._now())
            for bundle in bundles:
                try:
                    outcomes.append(self._run(bundle, entries))
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                        raise  # not this statement's fault: the disk is full, broken or busy
                    outcomes.append(error)
                except Exception as error:  # noqa: BLE001 - values that SQLite cannot hold raise whatever they like
                    outcomes.append(error)
            if entries and entries.entries:
                log_store.finish(connection, entries)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.IntegrityError) and len(bundles) > 1:
                return self._each_alone(bundles)
            kind = Full if "full" in str(error) or "disk I/O" in str(error) else NotWritten
            failure = kind(str(error))
            return [failure] * len(bundles), []
        return outcomes, entries.entries if entries else []

    def _run(self, bundle: Bundle, entries: "log_store.Appending | None") -> int:
        """How many rows its first statement changed. Raises after undoing all of the bundle."""
        connection = self._connection
        if not bundle.then:
            changed = connection.execute(bundle.sql, bundle.parameters).rowcount
        else:
            connection.execute("SAVEPOINT bundle")
            try:
                changed = connection.execute(bundle.sql, bundle.parameters).rowcount
                if changed == 1:
                    for sql, parameters in bundle.then:
                        connection.execute(sql, parameters)
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK TO bundle")
                raise
            finally:
                if connection.in_transaction:
                    connection.execute("RELEASE bundle")
        if changed == 1 and bundle.entry and entries:
            entries.add(bundle.entry)
        return changed

    def _each_alone(self, bundles: list[Bundle]) -> Done:
        """One place's log does not go on from its head: the database was tampered with. The other places go on."""
        outcomes: list[Outcome] = []
        entries: list[chain.Entry] = []
        for bundle in bundles:
            outcome, entered = self._commit([bundle])
            outcomes += outcome
            entries += entered
        return outcomes, entries
