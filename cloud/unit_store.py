"""SQL of what units tell by themselves: how far each journal is in the log, clocks by boot, facts, data by day.

Decides nothing: what must hold at the commit itself is in the statement, so that neither a doubled frame nor another
process enters anything twice.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from cloud import schema
from cloud.chain import Draft
from cloud.data_use import Use
from cloud.log_store import append
from cloud.operations import Operation
from cloud.store import WANT, Store
from cloud.unit_clock import Clock

BOOTS = 50  # of a unit whose clocks are kept: its ring of 1,000 records seldom goes further back
KEEP_CLOCK = (
    "INSERT INTO boots (unit, epoch, clock, heard) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (unit, epoch) DO UPDATE SET clock = excluded.clock, heard = excluded.heard"
)
FORGET = (
    "DELETE FROM boots WHERE unit = ? AND epoch NOT IN "
    "(SELECT epoch FROM boots WHERE unit = ? ORDER BY heard DESC LIMIT ?)"
)
_units, _boots, _use = schema.units, schema.boots, schema.data_use


class BoxRow(msgspec.Struct, frozen=True):
    """`journal`, `seq`: the last record that is in the log; `facts`, `test`: JSON."""

    unit: str
    journal: bytes | None
    seq: int
    facts: str | None
    test: str | None
    plan_mb: int | None


class UnitStore:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def row(self, unit: str) -> BoxRow | None:
        return next(iter(await self.rows([unit])), None)

    async def rows(self, units: Iterable[str]) -> list[BoxRow]:
        """Of those that are not revoked."""
        query = sa.select(_units).where(_units.c.id.in_(list(units)), _units.c.revoked.is_(None))
        async with self._store.reads.connect() as c:
            found = await c.execute(query)
            return [BoxRow(r.id, r.journal, r.journal_seq, r.facts, r.test, r.plan_mb) for r in found]

    async def want(self, unit: str, wanted: str, number: int, draft: Draft) -> bool:
        """As Store.want, from the command line, with its line in the log."""
        async with self._store.engine.begin() as c:
            if (await c.exec_driver_sql(WANT, (wanted, number, unit, number - 1))).rowcount != 1:
                return False
            entries = await append(c, [draft], lambda: draft.at)
        self._store.commits.tell(entries)
        return True

    async def operations(self, unit: str, ids: Iterable[str]) -> dict[str, Operation]:
        """Those of this unit only."""
        return {operation.id: operation for operation in await self._store.operations_of(unit, ids)}

    # -- journal

    async def enter(
        self,
        before: BoxRow,
        journal: bytes,
        seq: int,
        facts: str,
        clocks: Mapping[bytes, Clock],
        drafts: Sequence[Draft],
        now: int,
    ) -> bool:
        """These lines, and that the journal is in the log up to there: both or nothing. False: it is further already,
        by another hand."""
        as_seen = sa.and_(_units.c.journal.is_not_distinct_from(before.journal), _units.c.journal_seq == before.seq)
        move = _units.update().where(_units.c.id == before.unit, _units.c.revoked.is_(None), as_seen)
        async with self._store.engine.begin() as c:
            moved = await c.execute(move.values(journal=journal, journal_seq=seq, facts=facts))
            if moved.rowcount != 1:
                return False
            for epoch, clock in clocks.items():
                await c.exec_driver_sql(KEEP_CLOCK, _clock_row(before.unit, epoch, clock))
            if clocks:
                await c.exec_driver_sql(FORGET, (before.unit, before.unit, BOOTS))
            entries = await append(c, drafts, lambda: now)
        self._store.commits.tell(entries)
        return True

    # -- clocks

    async def latest_clocks(self) -> dict[str, tuple[bytes, str]]:
        """Unit → the boot that is the latest, and its clock."""
        last = sa.select(_boots.c.unit, sa.func.max(_boots.c.heard).label("heard")).group_by(_boots.c.unit).subquery()
        query = sa.select(_boots).join(last, sa.and_(_boots.c.unit == last.c.unit, _boots.c.heard == last.c.heard))
        async with self._store.reads.connect() as c:
            return {r.unit: (bytes.fromhex(r.epoch), r.clock) for r in await c.execute(query)}

    async def clocks(self, unit: str, epochs: Iterable[bytes]) -> dict[bytes, str]:
        named = _boots.c.epoch.in_([epoch.hex() for epoch in epochs])
        async with self._store.reads.connect() as c:
            found = await c.execute(sa.select(_boots).where(_boots.c.unit == unit, named))
            return {bytes.fromhex(r.epoch): r.clock for r in found}

    async def keep_clock(self, unit: str, epoch: bytes, clock: Clock) -> None:
        """With whatever else is being committed: there are many, and nobody waits for them."""
        await self._store.commits.write(KEEP_CLOCK, _clock_row(unit, epoch, clock), ((FORGET, (unit, unit, BOOTS)),))

    # -- facts and data

    async def note(
        self, before: BoxRow, facts: str, day: str, uses: Sequence[Use], drafts: Sequence[Draft], now: int
    ) -> bool:
        """What a unit told of itself, what it has used since, and what is to be said of it. False: somebody else has
        noted something meanwhile."""
        as_seen = _units.c.facts.is_not_distinct_from(before.facts)
        there = _units.update().where(_units.c.id == before.unit, _units.c.revoked.is_(None), as_seen)
        async with self._store.engine.begin() as c:
            if (await c.execute(there.values(facts=facts))).rowcount != 1:
                return False
            for use in uses:
                row = insert(_use).values(unit=before.unit, day=day, cause=use.cause, up=use.up, down=use.down)
                sums = {"up": _use.c.up + use.up, "down": _use.c.down + use.down}
                await c.execute(row.on_conflict_do_update(index_elements=["unit", "day", "cause"], set_=sums))
            entries = await append(c, drafts, lambda: now)
        self._store.commits.tell(entries)
        return True

    async def month(self, unit: str, month: str) -> list[Use]:
        """What it has used in this month (YYYY-MM), by cause."""
        sums = sa.select(_use.c.cause, sa.func.sum(_use.c.up), sa.func.sum(_use.c.down))
        query = sums.where(_use.c.unit == unit, _use.c.day.startswith(month)).group_by(_use.c.cause)
        async with self._store.reads.connect() as c:
            return [Use(*row) for row in await c.execute(query.order_by(_use.c.cause))]

    async def days(self, unit: str, month: str) -> dict[str, list[Use]]:
        """The same by day, the earliest first."""
        query = sa.select(_use.c.day, _use.c.cause, _use.c.up, _use.c.down)
        query = query.where(_use.c.unit == unit, _use.c.day.startswith(month)).order_by(_use.c.day, _use.c.cause)
        found: dict[str, list[Use]] = {}
        async with self._store.reads.connect() as c:
            for day, *use in await c.execute(query):
                found.setdefault(day, []).append(Use(*use))
        return found

    async def set_plan(self, unit: str, plan_mb: int | None, drafts: Sequence[Draft], now: int) -> bool:
        there = _units.update().where(_units.c.id == unit, _units.c.revoked.is_(None))
        async with self._store.engine.begin() as c:
            if (await c.execute(there.values(plan_mb=plan_mb))).rowcount != 1:
                return False
            entries = await append(c, drafts, lambda: now)
        self._store.commits.tell(entries)
        return True


def _clock_row(unit: str, epoch: bytes, clock: Clock) -> tuple[object, ...]:
    return unit, epoch.hex(), clock.kept(), clock.last
