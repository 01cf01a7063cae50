"""Group commit: statements that must be on disk before anything leaves. One connection, one thread, one commit for all
that waits.

Knows neither tables nor meanings. While a commit is on its way, what arrives shares the next one; a statement that
fails fails alone.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cloud import database

BATCH = 500  # statements in one commit: beyond that the first one waits too long for the last
Statement = tuple[str, Sequence[object]]
Outcome = int | Exception


class Full(Exception):
    """There is no room left to record anything."""


class GroupCommit:
    """`await write(sql, parameters)` returns the number of rows changed, once that is on disk."""

    def __init__(self, path: Path, make_room: Callable[[], bool] = lambda: False) -> None:
        self._connection = database.connect(path)
        self._make_room = make_room
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._waiting: list[tuple[Statement, asyncio.Future[int]]] = []
        self._running: asyncio.Task[None] | None = None

    async def write(self, sql: str, parameters: Sequence[object] = ()) -> int:
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(((sql, parameters), done))
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="group commit")
        return await done

    async def close(self) -> None:
        while self._running:
            await self._running
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                try:
                    statements = [statement for statement, _ in batch]
                    outcomes = await loop.run_in_executor(self._thread, self._commit, statements)
                    if isinstance(outcomes[0], Full) and self._make_room():
                        outcomes = await loop.run_in_executor(self._thread, self._commit, statements)
                except Exception as error:  # noqa: BLE001 - whoever waits must learn of it
                    outcomes = [error] * len(batch)
                for (_, done), outcome in zip(batch, outcomes, strict=True):
                    if done.cancelled():
                        continue
                    if isinstance(outcome, Exception):
                        done.set_exception(outcome)
                    else:
                        done.set_result(outcome)
        finally:
            self._running = None

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
            failure = Full(str(error)) if "full" in str(error) or "disk I/O" in str(error) else error
            return [failure] * len(statements)
        return outcomes
