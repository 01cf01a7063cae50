"""What the chained log costs: verifying it, beside reading and hashing as much; entering, beside a mere write.

In this process, on a database of its own; the cloud does both with the same code.
"""

import asyncio
import hashlib
import itertools
import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path

from bench.figures import Figures
from cloud import chain, database
from cloud.commit import GroupCommit
from cloud.log_store import Reader, append_now

PER = 100_000  # entries that the figure speaks of
PLACE, PLACES = "bench", 200
IN_FLIGHT, REPETITIONS = 256, 3
WRITE = "INSERT INTO bench (id, what) VALUES (?, ?)"


async def measure(folder: Path, entries: int) -> Figures:
    path = folder / "chain.db"
    database.migrate(path)
    with closing(database.connect(path)) as connection:
        connection.execute("CREATE TABLE bench (id INTEGER PRIMARY KEY, what TEXT)")
        connection.execute("BEGIN IMMEDIATE")
        append_now(connection, [_draft(PLACE, n) for n in range(entries)], _now)
        connection.execute("COMMIT")
    turns = [(_floor(path), _verify(path, entries)) for _ in range(REPETITIONS)]  # in turn: machines change their pace
    floor, ours = (statistics.median(times) * PER / entries for times in zip(*turns, strict=True))
    ratio = statistics.median(mine / bare for bare, mine in turns)
    ids, each = itertools.count(), max(entries // 10, 1)
    costs = [
        await _cpu(path, ids, each, entry=True) - await _cpu(path, ids, each, entry=False) for _ in range(REPETITIONS)
    ]
    entering = {"chain_entry_cpu_us": statistics.median(costs) / each * 1e6}
    return {"chain_floor_s": floor, "chain_verify_s": ours, "chain_verify_ratio": ratio} | entering


def _draft(place: str, n: int) -> chain.Draft:
    detail = {"allowed": True, "grant": f"{n:012x}", "name": "Núria"}
    return chain.Draft(
        place, _now(), "press", f"{n % 99:012x}", f"{n:016x}", "app", f"{n % 4:012x}", f"{n:016x}", detail
    )


def _now() -> int:
    return int(time.time() * 1000)


def _floor(path: Path) -> float:
    """Every row read, as many bytes hashed, nothing compared."""
    began = time.perf_counter()
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT * FROM log WHERE place = ? ORDER BY n", (PLACE,))
        for *_, detail, last in rows:
            hashlib.sha256(b"%b%b%b%b" % (last, last, last, detail.encode())).digest()
    return time.perf_counter() - began


def _verify(path: Path, entries: int) -> float:
    began = time.perf_counter()
    with Reader(path) as reader:
        verdict = chain.verify(reader.stream(PLACE), head=reader.head(PLACE), place=PLACE)
    took = time.perf_counter() - began
    if verdict.wrong or verdict.head.n != entries:
        raise RuntimeError(f"the log was not verified: {verdict}")
    return took


async def _cpu(path: Path, ids: "itertools.count[int]", count: int, *, entry: bool) -> float:
    """CPU seconds of so many writes, many in flight, each with an entry at one of many places or without."""
    commits = GroupCommit(path)
    rows = [(n, _draft(f"place{n % PLACES}", n) if entry else None) for n in itertools.islice(ids, count)]
    waiting = iter(rows)

    async def writer() -> None:
        for n, draft in waiting:
            await commits.write(WRITE, (n, "x" * 50), (), draft)

    began = time.process_time()
    await asyncio.gather(*(writer() for _ in range(IN_FLIGHT)))
    took = time.process_time() - began
    await commits.close()
    return took
