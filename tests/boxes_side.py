"""The cloud's side of what door boxes tell, on a real store, with a played unit: what it has written into its journal,
what was acknowledged. Never here: what should become of it.
"""

import asyncio
import json
from typing import Any

from cloud.chain import Entry
from firmware import events, wire
from tests.given import whole_log
from tests.unit_side import UNIT
from tests.world import World

JOURNAL = b"journal1"
TOLD = {"press", "answer", "unit_online", "unit_away", "movement"}  # lines that do not come from a journal


async def taken(world: World) -> None:
    """Until all that the unit has told so far is done with."""
    while world.boxes._tasks:
        await asyncio.wait(set(world.boxes._tasks))
    await world.quiet()


async def tells(world: World, *records: tuple[int, int, int, int, bytes], **how: Any) -> None:
    """`records`: (tenths of a second, kind, door, detail, arg8)."""
    world.take(world.unit.events(list(records), **how))
    await taken(world)


def moved(ds: int = 5, door: int = 0, state: int = wire.OPENED) -> tuple[int, int, int, int, bytes]:
    return ds, events.MOVED, door, state, bytes(8)


def coil(op: str, ds: int = 5, door: int = 0, result: int = wire.DONE) -> tuple[int, int, int, int, bytes]:
    return ds, events.COIL, door, result, bytes.fromhex(op)


def acks(world: World, journal: bytes = JOURNAL) -> list[int]:
    """The numbers up to which this process has told the unit that its journal is in the log."""
    fields = [wire.events_ack_fields(frame) for frame in world.broker.down if frame[1] == wire.EVENTS_ACK]
    assert all(unit == bytes.fromhex(UNIT) for unit, _, _ in fields)
    return [seq for _, its, seq in fields if its == journal]


def lines(world: World, *kinds: str) -> list[Entry]:
    """Of the place's log: of these kinds, or all that came from a journal."""
    return [entry for entry in whole_log(world.path) if (entry.kind in kinds if kinds else entry.kind not in TOLD)]


def told(entries: list[Entry]) -> list[dict[str, Any]]:
    return [json.loads(entry.detail) for entry in entries]
