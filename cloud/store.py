"""All SQL. What is true is what was committed here; everything else in the process is a copy.

Recording and settling an operation are driver-level statements through the group commit; the rest is SQLAlchemy Core.
Decides nothing: conditions that must hold at the commit itself are in the statement.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud import database, records, schema
from cloud.chain import Draft
from cloud.commit import GroupCommit, wall
from cloud.log_store import append
from cloud.operations import Movement, Operation, State, Stops

_COLUMNS = (
    "id, press_id, person, session, place, door, unit, action, way, asked, recorded, state, reason, heard, "
    'command, movement, allowed, sent, coil, moving, done, "grant", spent, hold_s'
)
_MARKS = ", ".join("?" * 24)
_STILL_ALLOWED = (
    "(SELECT policy FROM places WHERE id = ?) = ? "
    "AND EXISTS (SELECT 1 FROM sessions WHERE id = ? AND ended IS NULL) "
    "AND EXISTS (SELECT 1 FROM units WHERE id = ? AND revoked IS NULL)"
)
# Only our own constants are put into these texts; values are parameters.
RECORD_ALLOWED = f"INSERT OR IGNORE INTO operations ({_COLUMNS}) SELECT {_MARKS} WHERE {_STILL_ALLOWED}"
RECORD_SPENDING = f"{RECORD_ALLOWED} AND EXISTS (SELECT 1 FROM grants WHERE id = ? AND uses > 0)"  # noqa: S608
SPEND = "UPDATE grants SET uses = uses - 1 WHERE id = ? AND uses > 0"
GIVE_BACK = "UPDATE grants SET uses = uses + 1 WHERE id = ? AND uses IS NOT NULL"
RECORD = f"INSERT OR IGNORE INTO operations ({_COLUMNS}) VALUES ({_MARKS})"  # noqa: S608
ARM = f"UPDATE operations SET command = ? WHERE id = ? AND state = 'SENT' AND command IS NULL AND {_STILL_ALLOWED}"  # noqa: S608
SETTLE = (
    "UPDATE operations SET state = ?, reason = ?, heard = ?, movement = ?, sent = ?, coil = ?, moving = ?, done = ?, "
    "spent = ? WHERE id = ? AND state IN ('SENT', 'UNKNOWN'"
)
STEPPED = f"{SETTLE})"
MOVED = f"{SETTLE}, ?)"
AS_IT_IS = "UPDATE places SET policy = policy WHERE id = ?"
HEARD = "UPDATE units SET heard = ? WHERE id = ?"
WANT = "UPDATE units SET wanted = ?, wanted_number = ? WHERE id = ? AND wanted_number <= ? AND revoked IS NULL"
CONFIRM = "UPDATE units SET confirmed_number = ? WHERE id = ?"


class UnitRow(msgspec.Struct, frozen=True):
    """`keys`: the sealed command key of each slot. `wanted`: JSON of wanted.Kept."""

    id: str
    keys: tuple[bytes | None, bytes | None]
    slot: int
    heard: int | None
    revoked: int | None
    wanted: str | None = None
    wanted_number: int = 0
    confirmed_number: int = 0


class Store:
    def __init__(
        self,
        path: Path,
        make_room: Callable[[], bool] = lambda: False,
        now: Callable[[], int] = wall,
    ) -> None:
        """`make_room` is called when the disk is full; whether it made some. `now` is when an entry was stored."""
        self.path = path
        self.commits = GroupCommit(path, make_room, now)
        self.engine = database.engine(path)
        self.reads = database.reads(self.engine)

    async def close(self) -> None:
        await self.commits.close()
        await self.engine.dispose()

    async def record(self, operation: Operation, policy: int, entry: Draft | None = None) -> bool:
        """Whether it is on disk: only while the policy, the session and the unit are what the decision saw, once a
        press, and while the use it spends is there."""
        conditions = (operation.place, policy, operation.session, operation.unit)
        values = (*_row(operation), *conditions)
        if not operation.spent:
            return await self.commits.write(RECORD_ALLOWED, values, (), entry) == 1
        spend = ((SPEND, (operation.grant,)),)
        return await self.commits.write(RECORD_SPENDING, (*values, operation.grant), spend, entry) == 1

    async def record_anyway(self, operation: Operation, entry: Draft | None = None) -> bool:
        """What needs nobody's leave: a refusal, and the end of a hold. Once a press."""
        return await self.commits.write(RECORD, _row(operation), (), entry) == 1

    async def arm(self, operation: Operation, command: bytes, policy: int) -> bool:
        """Put its command beside an operation that was recorded while its unit was away, if it is still allowed."""
        conditions = (operation.place, policy, operation.session, operation.unit)
        return await self.commits.write(ARM, (command, operation.id, *conditions)) == 1

    async def settle(self, operation: Operation, entry: Draft | None = None, give_back: str | None = None) -> bool:
        """Put what became of it on disk. `give_back`: a grant whose use comes back with it."""
        stops = operation.stops
        times = (stops.sent, stops.coil, stops.moving, stops.done)
        what = (operation.state, operation.reason, operation.heard, operation.movement)
        values = (*what, *times, operation.spent, operation.id)
        if operation.movement not in (None, Movement.AWAITED):
            return await self.commits.write(MOVED, (*values, operation.state), (), entry) == 1
        back = ((GIVE_BACK, (give_back,)),) if give_back else ()
        return await self.commits.write(STEPPED, values, back, entry) == 1

    async def append(self, entry: Draft) -> None:
        """A line of the log that goes with nothing else. The statement changes its one row to what it is."""
        await self.commits.write(AS_IT_IS, (entry.place,), (), entry)

    async def heard(self, unit: str, at: int) -> None:
        await self.commits.write(HEARD, (at, unit))

    async def want(self, unit: str, wanted: str, number: int) -> bool:
        """Whether there is such a unit, and no newer settings for it."""
        return await self.commits.write(WANT, (wanted, number, unit, number)) == 1

    async def confirmed(self, unit: str, number: int) -> None:
        await self.commits.write(CONFIRM, (number, unit))

    async def press(self, person: str, press_id: str) -> Operation | None:
        table = schema.operations
        return await self._operation(sa.select(table).where(table.c.person == person, table.c.press_id == press_id))

    async def unfinished(self, since: int) -> list[Operation]:
        """What a process that starts must go on with: unsettled, or settled so late that the truth may still come."""
        table = schema.operations
        open_states = table.c.state == State.SENT
        recent = sa.and_(table.c.recorded >= since, table.c.state == State.UNKNOWN)
        moving = sa.and_(
            table.c.recorded >= since,
            table.c.movement.in_([Movement.AWAITED, Movement.MOVING]),
        )
        return await self._operations(sa.select(table).where(sa.or_(open_states, recent, moving)))

    async def holds(self, since: int) -> list[Operation]:
        """What may keep a door open by now: the oldest first."""
        table = schema.operations
        on = table.c.state.in_([State.DONE, State.UNKNOWN, State.SENT])
        query = sa.select(table).where(table.c.hold_s.is_not(None), table.c.recorded >= since, on)
        return await self._operations(query.order_by(table.c.recorded))

    async def releases(self, holds: Iterable[Operation]) -> list[Operation]:
        """What may have ended these, or is to end them."""
        table, since = schema.operations, {hold.place: hold.recorded for hold in sorted(holds, key=_newest_first)}
        found: list[Operation] = []
        for place, earliest in since.items():
            theirs = sa.and_(table.c.place == place, table.c.recorded >= earliest, table.c.action == "release")
            found += await self._operations(sa.select(table).where(theirs))
        return found

    async def recent(
        self,
        people: Iterable[str] | None,
        places: Iterable[str],
        since: int,
        limit: int,
    ) -> list[Operation]:
        """Newest first: of these people, and of everybody in these places."""
        table = schema.operations
        theirs = sa.or_(table.c.person.in_(list(people or ())), table.c.place.in_(list(places)))
        query = sa.select(table).where(theirs, table.c.recorded >= since)
        return await self._operations(query.order_by(table.c.recorded.desc()).limit(limit))

    async def operations_of(self, unit: str, ids: Iterable[str]) -> list[Operation]:
        table = schema.operations
        return await self._operations(sa.select(table).where(table.c.id.in_(list(ids)), table.c.unit == unit))

    async def units(self) -> list[UnitRow]:
        async with self.reads.connect() as c:
            return [_unit(r) for r in await _all(c, schema.units)]

    async def last_test(self, unit: str) -> str | None:
        async with self.reads.connect() as c:
            return (await c.execute(sa.select(schema.units.c.test).where(schema.units.c.id == unit))).scalar()

    async def tested(self, unit: str, result: str, drafts: Iterable[Draft], now: int) -> None:
        """How a unit's self-test went, with what the logs are to say of it."""
        async with self.engine.begin() as c:
            await c.execute(schema.units.update().where(schema.units.c.id == unit).values(test=result))
            entries = await append(c, list(drafts), lambda: now)
        self.commits.tell(entries)

    async def add(self, table: sa.Table, **values: Any) -> None:
        async with self.engine.begin() as c:
            await c.execute(table.insert().values(**values))

    async def revoke_unit(self, unit: str, now: int, by: str | None = None) -> bool:
        """Its key goes; every place with a door on it has another policy, and says so in its log."""
        units, doors = schema.units, schema.doors
        async with self.engine.begin() as c:
            gone = units.update().where(units.c.id == unit, units.c.revoked.is_(None))
            found = (await c.execute(gone.values(revoked=now, key_0=None, key_1=None))).rowcount
            places = (await c.execute(sa.select(doors.c.place).where(doors.c.unit == unit).distinct())).scalars().all()
            for place in places:
                await c.execute(_bump(place))
            drafts = await end_unsent(c, schema.operations.c.unit == unit, lambda _: "unit", now)
            if found:
                detail = {"what": "unit_revoked", "unit": unit}
                drafts += [Draft(place, now, "change", by, detail=detail) for place in places]
            entries = await append(c, drafts, lambda: now)
        self.commits.tell(entries)
        return found == 1

    async def _operations(self, query: sa.Select[Any]) -> list[Operation]:
        async with self.reads.connect() as c:
            return [_operation(r) for r in await c.execute(query)]

    async def _operation(self, query: sa.Select[Any]) -> Operation | None:
        return next(iter(await self._operations(query)), None)


async def _all(connection: Any, table: sa.Table) -> Any:
    return await connection.execute(sa.select(table))


def _unit(r: Any) -> UnitRow:
    settings = (r.wanted, r.wanted_number, r.confirmed_number)
    return UnitRow(r.id, (r.key_0, r.key_1), r.slot, r.heard, r.revoked, *settings)


def _newest_first(operation: Operation) -> int:
    return -operation.recorded


def _bump(place: str) -> sa.Update:
    return schema.places.update().where(schema.places.c.id == place).values(policy=schema.places.c.policy + 1)


async def end_unsent(
    c: AsyncConnection, which: sa.ColumnElement[bool], refuses: Callable[[Operation], str | None], now: int
) -> list[Draft]:
    """End those presses whose command was not made yet and that `refuses` names a reason for (None: it stays); what
    they had taken is given back. What the log is to say of it."""
    table, grants = schema.operations, schema.grants
    unsent = sa.and_(which, table.c.state == State.SENT, table.c.command.is_(None))
    drafts: list[Draft] = []
    for row in (await c.execute(sa.select(table).where(unsent))).all():
        before = _operation(row)
        reason = refuses(before)
        if reason is None:
            continue
        ended = table.update().where(table.c.id == row.id)
        await c.execute(ended.values(state=State.NOT_SENT, reason=reason, spent=False))
        if row.spent:
            back = grants.update().where(grants.c.id == row.grant, grants.c.uses.is_not(None))
            await c.execute(back.values(uses=grants.c.uses + 1))
        operation = msgspec.structs.replace(before, state=State.NOT_SENT, reason=reason, spent=False)
        drafts.append(records.settled(operation, now))
    return drafts


def _row(o: Operation) -> tuple[object, ...]:
    s = o.stops
    who = (
        o.id,
        o.press_id,
        o.person,
        o.session,
        o.place,
        o.door,
        o.unit,
        o.action,
        o.way,
    )
    return (
        *who,
        o.asked,
        o.recorded,
        o.state,
        o.reason,
        o.heard,
        o.command,
        o.movement,
        s.allowed,
        s.sent,
        s.coil,
        s.moving,
        s.done,
        o.grant,
        o.spent,
        o.seconds,
    )


def _operation(r: Any) -> Operation:
    movement = Movement(r.movement) if r.movement else None
    stops = Stops(r.allowed, r.sent, r.coil, r.moving, r.done)
    who = (
        r.id,
        r.press_id,
        r.person,
        r.session,
        r.place,
        r.door,
        r.unit,
        r.action,
        r.way,
    )
    return Operation(
        *who,
        r.asked,
        r.recorded,
        State(r.state),
        r.reason,
        r.heard,
        r.command,
        movement,
        stops,
        r.grant,
        bool(r.spent),
        r.hold_s,
    )
