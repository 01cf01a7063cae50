"""SQL of releases, key sets and roll-outs. Decides nothing: what must hold at the commit itself is in the statement, so
that of two processes only one publishes a counter or moves a roll-out.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from cloud import rollout as rules
from cloud import schema
from cloud.chain import Draft
from cloud.log_store import append
from cloud.release_schema import key_sets, releases, rollout_units, rollouts, unit_releases
from cloud.rollout import Plan, Rollout, Row
from cloud.store import Store

ROW_FIELDS = ("wave", "state", "reason", "offered", "moved", "ended", "failed", "again", "away_s", "tries")
RUNS = (
    "INSERT INTO unit_releases (unit, release, since) SELECT id, ?, ? FROM units WHERE id = ? "
    "ON CONFLICT (unit, release) DO NOTHING"
)
SPEAKS = "UPDATE units SET wire = ? WHERE id = ? AND wire IS NOT ?"
CRASHED = "UPDATE unit_releases SET crashes = crashes + 1 WHERE unit = ? AND release = ?"
OPENED = "UPDATE unit_releases SET opens = opens + ? WHERE unit = ? AND release = ?"


class ReleaseRow(msgspec.Struct, frozen=True):
    """A published release; `size`: bytes of its signed manifest, `packed`: of its bundle."""

    counter: int
    version: str
    key_set: int
    replaces: int
    notes: str
    published: int
    by: str | None
    size: int
    packed: int


class Ended(msgspec.Struct, frozen=True):
    """How a unit's last update ended: when, and whether it runs the release; else why not."""

    release: int
    at: int
    well: bool
    reason: str | None
    away_s: int | None


class Health(msgspec.Struct, frozen=True):
    """How units are with a release: how many ever ran it, how many of those never crashed, their good opens."""

    units: int
    well: int
    opens: int


class ReleaseStore:
    def __init__(self, store: Store) -> None:
        self._store = store

    # -- key sets and releases

    async def key_sets(self) -> dict[int, bytes]:
        async with self._store.reads.connect() as c:
            found = await c.execute(sa.select(key_sets.c.number, key_sets.c.signed).order_by(key_sets.c.number))
            return {row.number: row.signed for row in found}

    async def add_key_set(self, number: int, signed: bytes, draft: Draft) -> bool:
        """False: there is one of this number, or a later one."""
        later = sa.exists().where(key_sets.c.number >= number)
        return await self._insert(key_sets, {"number": number, "signed": signed, **_by(draft, "added")}, later, draft)

    async def releases(self) -> list[ReleaseRow]:
        """Newest first."""
        columns = [releases.c[name] for name in ReleaseRow.__struct_fields__[:7]]
        sizes = (sa.func.length(releases.c.signed), sa.func.length(releases.c.bundle))
        async with self._store.reads.connect() as c:
            found = await c.execute(sa.select(*columns, *sizes).order_by(releases.c.counter.desc()))
            return [ReleaseRow(*row) for row in found]

    async def manifests(self) -> dict[int, bytes]:
        """The signed manifest of each release."""
        async with self._store.reads.connect() as c:
            found = await c.execute(sa.select(releases.c.counter, releases.c.signed))
            return {row.counter: row.signed for row in found}

    async def parts(self, counter: int) -> tuple[bytes, bytes] | None:
        """(signed manifest, bundle) of a release."""
        async with self._store.reads.connect() as c:
            query = sa.select(releases.c.signed, releases.c.bundle).where(releases.c.counter == counter)
            row = (await c.execute(query)).first()
            return (row.signed, row.bundle) if row else None

    async def add_release(self, row: ReleaseRow, signed: bytes, bundle: bytes, draft: Draft) -> bool:
        """False: there is one with this counter, or a higher one."""
        later = sa.exists().where(releases.c.counter >= row.counter)
        named = {name: getattr(row, name) for name in ("counter", "version", "key_set", "replaces", "notes")}
        return await self._insert(
            releases, {**named, "signed": signed, "bundle": bundle, **_by(draft, "published")}, later, draft
        )

    async def _insert(self, table: sa.Table, values: dict[str, Any], unless: Any, draft: Draft) -> bool:
        columns = [sa.bindparam(None, value, type_=table.c[name].type) for name, value in values.items()]
        async with self._store.engine.begin() as c:
            made = await c.execute(table.insert().from_select(list(values), sa.select(*columns).where(~unless)))
            if made.rowcount != 1:
                return False
            entries = await append(c, [draft], lambda: draft.at)
        self._store.commits.tell(entries)
        return True

    # -- roll-outs

    async def rollouts(self) -> list[Rollout]:
        """Newest first."""
        async with self._store.reads.connect() as c:
            return [_rollout(row) for row in await c.execute(sa.select(rollouts).order_by(rollouts.c.id.desc()))]

    async def rollout(self, id_: int) -> Rollout | None:
        async with self._store.reads.connect() as c:
            row = (await c.execute(sa.select(rollouts).where(rollouts.c.id == id_))).first()
            return _rollout(row) if row else None

    async def rows(self, rollout: int) -> list[Row]:
        """In the order in which units are offered it."""
        columns = [rollout_units.c[name] for name in ("unit", *ROW_FIELDS)]
        query = sa.select(*columns).where(rollout_units.c.rollout == rollout).order_by(rollout_units.c.turn)
        async with self._store.reads.connect() as c:
            return [Row(**row) for row in (await c.execute(query)).mappings()]

    async def fleet(self) -> list[str]:
        """Units that are not revoked."""
        query = sa.select(schema.units.c.id).where(schema.units.c.revoked.is_(None))
        async with self._store.reads.connect() as c:
            return list((await c.execute(query)).scalars())

    async def begin(self, release: int, plan: Plan, rows: Sequence[Row], draft: Draft) -> Rollout | None:
        """None: another one is not over yet."""
        async with self._store.engine.begin() as c:
            if (await c.execute(sa.select(rollouts.c.id).where(rollouts.c.state.in_(rules.OPEN)))).first():
                return None
            last = (await c.execute(sa.select(sa.func.max(rollouts.c.id)))).scalar() or 0
            begun = Rollout(last + 1, release, plan, draft.at)
            values = {name: getattr(begun, name) for name in ("id", "release", "state", "wave", "started", "forgiven")}
            text = msgspec.json.encode(plan).decode()
            await c.execute(rollouts.insert().values(**values, plan=text, by=draft.who))
            each = [{"rollout": begun.id, "turn": turn, **msgspec.structs.asdict(row)} for turn, row in enumerate(rows)]
            kept = {"rollout", "turn", "unit", *ROW_FIELDS}
            await c.execute(rollout_units.insert(), [{k: v for k, v in row.items() if k in kept} for row in each])
            detail = {**draft.detail, "rollout": begun.id}
            entries = await append(c, [msgspec.structs.replace(draft, detail=detail)], lambda: draft.at)
        self._store.commits.tell(entries)
        return begun

    async def keep(
        self, before: Rollout, after: Rollout, rows: Iterable[Row], drafts: Sequence[Draft], now: int
    ) -> bool:
        """These rows, and that the roll-out stands so: all or nothing. False: another hand was faster."""
        as_seen = sa.and_(rollouts.c.id == before.id, rollouts.c.state == before.state, rollouts.c.wave == before.wave)
        values = {name: getattr(after, name) for name in ("state", "wave", "why", "forgiven")}
        ended = {} if after.state in rules.OPEN else {"ended": now}
        async with self._store.engine.begin() as c:
            if (await c.execute(rollouts.update().where(as_seen).values(**values, **ended))).rowcount != 1:
                return False
            changed = [{"unit_": row.unit, **{name: getattr(row, name) for name in ROW_FIELDS}} for row in rows]
            if changed:
                of = rollout_units.c.rollout == before.id, rollout_units.c.unit == sa.bindparam("unit_")
                await c.execute(rollout_units.update().where(*of), changed)
            entries = await append(c, drafts, lambda: now) if drafts else []
        self._store.commits.tell(entries)
        return True

    # -- how units are with what they run

    async def runs(self, unit: str, release: int, wire: int, now: int) -> None:
        """It was heard to run this release, speaking this version of the wire."""
        await self._store.commits.write(RUNS, (release, now, unit))
        await self._store.commits.write(SPEAKS, (wire, unit, wire))

    async def crashed(self, unit: str, release: int) -> None:
        await self._store.commits.write(CRASHED, (unit, release))

    async def opened(self, unit: str, release: int, count: int) -> None:
        await self._store.commits.write(OPENED, (count, unit, release))

    async def ended(self, units: Iterable[str]) -> dict[str, Ended]:
        """The last update of each of these units that had one. One that is being watched has confirmed it: it runs."""
        its, of = rollout_units.c, rollouts.c.id == rollout_units.c.rollout
        columns = (its.unit, its.state, its.reason, its.moved, its.away_s, rollouts.c.release)
        over = sa.and_(its.unit.in_(list(units)), its.state.in_((rules.SOAKING, rules.GOOD, rules.FAILED)))
        query = sa.select(*columns).select_from(rollout_units.join(rollouts, of)).where(over, its.moved.is_not(None))
        async with self._store.reads.connect() as c:
            found = await c.execute(query.order_by(its.rollout))
            last = {row.unit: row for row in found}
        return {
            unit: Ended(row.release, row.moved, row.state != rules.FAILED, row.reason, row.away_s)
            for unit, row in last.items()
        }

    async def wires(self) -> dict[str, int | None]:
        """Which version of the wire each unit was last heard to speak, of those that are not revoked."""
        query = sa.select(schema.units.c.id, schema.units.c.wire).where(schema.units.c.revoked.is_(None))
        async with self._store.reads.connect() as c:
            return {row.id: row.wire for row in await c.execute(query)}

    async def health(self) -> dict[int, Health]:
        """By release."""
        well = sa.func.sum(sa.case((unit_releases.c.crashes == 0, 1), else_=0))
        query = sa.select(unit_releases.c.release, sa.func.count(), well, sa.func.sum(unit_releases.c.opens))
        async with self._store.reads.connect() as c:
            found = await c.execute(query.group_by(unit_releases.c.release))
            return {release: Health(*counts) for release, *counts in found}

    async def data(self, month: str) -> dict[str, tuple[int, int | None]]:
        """Unit → (bytes used in this month, its plan in MB), where a plan is known."""
        use, units = schema.data_use, schema.units
        used = sa.func.coalesce(sa.func.sum(use.c.up + use.c.down), 0)
        of = sa.and_(use.c.unit == units.c.id, use.c.day.startswith(month))
        query = sa.select(units.c.id, used, units.c.plan_mb).select_from(units.outerjoin(use, of))
        async with self._store.reads.connect() as c:
            found = await c.execute(query.where(units.c.plan_mb.is_not(None)).group_by(units.c.id))
            return {unit: (int(sum_), plan) for unit, sum_, plan in found}


def _by(draft: Draft, at: str) -> dict[str, Any]:
    return {at: draft.at, "by": draft.who}


def _rollout(row: Any) -> Rollout:
    plan = msgspec.json.decode(row.plan, type=Plan)
    return Rollout(row.id, row.release, plan, row.started, row.state, row.wave, row.why, row.forgiven)
