"""SQL of figures: what is counted over many operations and many units. Reads only, and in pieces that keep nobody
waiting; decides nothing.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterable

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from cloud import schema
from cloud.operations import State

PIECE = 200  # units read at once: the loop that reads them is the one that opens doors
OPENING = ("open", "press", "hold")

_operations, _units, _use = schema.operations, schema.units, schema.data_use


class UnitRow(msgspec.Struct, frozen=True):
    """`facts`, `test`: JSON."""

    unit: str
    facts: str | None
    test: str | None
    plan_mb: int | None


class FigureStore:
    """`reads`: an engine for reading; `database`: its version."""

    database = sqlite3.sqlite_version

    def __init__(self, reads: AsyncEngine) -> None:
        self._reads = reads

    async def opens(
        self, place: str, since: int, until: int, grain: int, door: str | None = None
    ) -> list[tuple[int, int]]:
        """(when a piece of `grain` ms begins, how many opens in it) at this place, or of one door of it."""
        o = _operations.c
        piece = (o.asked // grain).label("piece")
        # recorded a moment after it was asked: the index is by that
        at = sa.and_(o.place == place, o.recorded >= since, o.asked >= since, o.asked < until)
        query = sa.select(piece, sa.func.count()).where(at, o.state == State.DONE, o.action.in_(OPENING))
        query = query.where(o.door == door) if door is not None else query
        async with self._reads.connect() as c:
            return [(row.piece * grain, row[1]) for row in await c.execute(query.group_by(piece))]

    async def states(self, since: int) -> dict[str, int]:
        """How many presses came to which state."""
        o = _operations.c
        query = sa.select(o.state, sa.func.count()).where(o.recorded >= since).group_by(o.state)
        async with self._reads.connect() as c:
            return {row[0]: row[1] for row in await c.execute(query)}

    async def coil_ms(self, since: int, shares: Iterable[float]) -> list[int | None]:
        """Within how many ms of the finger the coil was on, for each of these shares of the presses."""
        o = _operations.c
        those = sa.and_(o.recorded >= since, o.coil.is_not(None))
        found: list[int | None] = []
        async with self._reads.connect() as c:
            count = (await c.execute(sa.select(sa.func.count()).select_from(_operations).where(those))).scalar() or 0
            for share in shares:
                nth = min(count - 1, int(count * share))
                query = sa.select(o.coil).where(those).order_by(o.coil).limit(1).offset(max(0, nth))
                found.append((await c.execute(query)).scalar() if count else None)
        return found

    async def units(self) -> AsyncIterator[list[UnitRow]]:
        """All that are not revoked, by their numbers, a piece at a time."""
        u, last = _units.c, ""
        while True:
            query = sa.select(u.id, u.facts, u.test, u.plan_mb).where(u.revoked.is_(None), u.id > last)
            async with self._reads.connect() as c:
                rows = [UnitRow(*row) for row in await c.execute(query.order_by(u.id).limit(PIECE))]
            if not rows:
                return
            yield rows
            last = rows[-1].unit

    async def data(self, units: Iterable[str], month: str) -> dict[str, int]:
        """Bytes of these in a month (YYYY-MM)."""
        d = _use.c
        within = sa.and_(d.unit.in_(list(units)), d.day >= f"{month}-01", d.day <= f"{month}-31")
        query = sa.select(d.unit, sa.func.sum(d.up + d.down)).where(within).group_by(d.unit)
        async with self._reads.connect() as c:
            return {row[0]: row[1] for row in await c.execute(query)}
