"""Group commit: statements that must be on disk before anything leaves. One connection, one thread, one commit for all
that waits.

Knows neither tables nor meanings. While a commit is on its way, what arrives shares the next one; a statement that
fails fails alone.
"""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue

from cloud import database

log = logging.getLogger("iomando.commit")

BATCH = 500  # statements in one commit: beyond that the first one waits too long for the last
Statement = tuple[str, Sequence[object]]
Outcome = int | Exception
Batch = list[tuple[Statement, asyncio.Future[int]]]


class NotWritten(Exception):
    """Nothing of it is on disk: the file is locked, broken, or there is no room."""


class Full(NotWritten):
    """There is no room left to record anything."""


class GroupCommit:
    """`await write(sql, parameters)` returns the number of rows changed, once that is on disk."""

    def __init__(self, path: Path, make_room: Callable[[], bool] = lambda: False) -> None:
        self._connection = database.connect(path)
        self._make_room = make_room
        self._loop = asyncio.get_running_loop()
        self._waiting: Batch = []
        self._idle = asyncio.Event()
        self._idle.set()
        self._work: SimpleQueue[Batch | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="commit", daemon=True)
        self._thread.start()

    async def write(self, sql: str, parameters: Sequence[object] = ()) -> int:
        done: asyncio.Future[int] = self._loop.create_future()
        self._waiting.append(((sql, parameters), done))
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
            try:
                outcomes = self._commit([statement for statement, _ in batch])
            except Exception as error:  # noqa: BLE001 - whoever waits must learn of it
                outcomes = [error] * len(batch)
            self._loop.call_soon_threadsafe(self._committed, batch, outcomes)
        self._connection.close()

    def _committed(self, batch: Batch, outcomes: list[Outcome]) -> None:
        if isinstance(outcomes[0], Full) and self._made_room():
            self._work.put(batch)
            return
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

    def _commit(self, statements: list[Statement]) -> list[Outcome]:
        connection = self._connection
        outcomes: list[Outcome] = []
        try:
            connection.execute("BEGIN IMMEDIATE")
            for sql, parameters in statements:
                try:
                    outcomes.append(connection.execute(sql, parameters).rowcount)
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                        raise  # not this statement's fault: the disk is full, broken or busy
                    outcomes.append(error)
                except Exception as error:  # noqa: BLE001 - values that SQLite cannot hold raise whatever they like
                    outcomes.append(error)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            kind = Full if "full" in str(error) or "disk I/O" in str(error) else NotWritten
            failure = kind(str(error))
            return [failure] * len(statements)
        return outcomes
