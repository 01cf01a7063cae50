"""All SQL. What is true is what was committed here; everything else in the process is a copy.

Recording and settling an operation are driver-level statements through the group commit; the rest is SQLAlchemy Core.
Decides nothing: conditions that must hold at the commit itself are in the statement.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from cloud import access, database, schema
from cloud.commit import GroupCommit
from cloud.operations import Movement, Operation, State, Stops

_COLUMNS = (
    "id, press_id, person, session, place, door, unit, action, way, asked, recorded, state, reason, heard, "
    "command, movement, allowed, sent, coil, moving, done"
)
_MARKS = ", ".join("?" * 21)
_STILL_ALLOWED = (
    "(SELECT policy FROM places WHERE id = ?) = ? "
    "AND EXISTS (SELECT 1 FROM sessions WHERE id = ? AND ended IS NULL) "
    "AND EXISTS (SELECT 1 FROM units WHERE id = ? AND revoked IS NULL)"
)
# Only our own constants are put into these texts; values are parameters.
RECORD_ALLOWED = f"INSERT OR IGNORE INTO operations ({_COLUMNS}) SELECT {_MARKS} WHERE {_STILL_ALLOWED}"
RECORD_REFUSED = f"INSERT OR IGNORE INTO operations ({_COLUMNS}) VALUES ({_MARKS})"  # noqa: S608
ARM = f"UPDATE operations SET command = ? WHERE id = ? AND state = 'SENT' AND command IS NULL AND {_STILL_ALLOWED}"  # noqa: S608
SETTLE = (
    "UPDATE operations SET state = ?, reason = ?, heard = ?, movement = ?, sent = ?, coil = ?, moving = ?, done = ? "
    "WHERE id = ? AND state IN ('SENT', 'UNKNOWN', ?)"
)
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
    def __init__(self, path: Path, make_room: Callable[[], bool] = lambda: False) -> None:
        """`make_room` is called when the disk is full; whether it made some."""
        self.path = path
        self.commits = GroupCommit(path, make_room)
        self.engine = database.engine(path)
        self.reads = database.reads(self.engine)

    async def close(self) -> None:
        await self.commits.close()
        await self.engine.dispose()

    async def record(self, operation: Operation, policy: int) -> bool:
        """Whether it is on disk: only while the policy, the session and the unit are what the decision saw, and once
        a press."""
        conditions = (operation.place, policy, operation.session, operation.unit)
        return await self.commits.write(RECORD_ALLOWED, (*_row(operation), *conditions)) == 1

    async def record_refused(self, operation: Operation) -> bool:
        return await self.commits.write(RECORD_REFUSED, _row(operation)) == 1

    async def arm(self, operation: Operation, command: bytes, policy: int) -> bool:
        """Put its command beside an operation that was recorded while its unit was away, if it is still allowed."""
        conditions = (operation.place, policy, operation.session, operation.unit)
        return await self.commits.write(ARM, (command, operation.id, *conditions)) == 1

    async def settle(self, operation: Operation) -> bool:
        stops = operation.stops
        values = (
            operation.state,
            operation.reason,
            operation.heard,
            operation.movement,
        )
        times = (stops.sent, stops.coil, stops.moving, stops.done)
        return await self.commits.write(SETTLE, (*values, *times, operation.id, operation.state)) == 1

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

    async def snapshot(self, place: str | None = None, person: str | None = None) -> access.Snapshot:
        """Everything; or one place, with its doors and units and all who may enter there; or, at that place, what
        concerns one person, without doors and units."""
        places, doors, grants, admins = schema.places, schema.doors, schema.grants, schema.admins
        people, units = schema.people, schema.units
        of_place = grants.c.door.in_(sa.select(doors.c.id).where(doors.c.place == place))
        there = (
            sa.select(grants.c.person).where(of_place).union(sa.select(admins.c.person).where(admins.c.place == place))
        )
        async with self.reads.connect() as c:

            async def rows(table: sa.Table, names: tuple[str, ...], *only: sa.ColumnElement[bool]) -> Sequence[Any]:
                query = sa.select(*(table.c[name] for name in names))
                return (await c.execute(query if place is None else query.where(*only))).all()

            def hers(column: sa.Column[str]) -> tuple[sa.ColumnElement[bool], ...]:
                return () if person is None else (column == person,)

            place_rows = await rows(places, access.Place.__struct_fields__, places.c.id == place)
            grant_rows = await rows(grants, access.Grant.__struct_fields__, of_place, *hers(grants.c.person))
            admin_rows = await rows(admins, ("place", "person"), admins.c.place == place, *hers(admins.c.person))
            who = hers(people.c.id) or (people.c.id.in_(there),)
            person_rows = await rows(people, access.Person.__struct_fields__, *who)
            door_rows: Sequence[Any] = ()
            unit_rows: Sequence[Any] = ()
            if person is None:
                door_rows = await rows(doors, access.Door.__struct_fields__, doors.c.place == place)
                hung = sa.select(doors.c.unit).where(doors.c.place == place)
                unit_rows = await rows(units, ("id", "revoked"), units.c.id.in_(hung))
        found = access.Snapshot(
            places={row[0]: access.Place(*row) for row in place_rows},
            doors={row[0]: access.Door(*row) for row in door_rows},
            people={row[0]: access.Person(*row) for row in person_rows},
            grants={},
            admins={},
            revoked=frozenset(unit for unit, revoked in unit_rows if revoked is not None),
        )
        for grant in (access.Grant(*row) for row in grant_rows):
            key = grant.person, grant.door
            found.grants[key] = (*found.grants.get(key, ()), grant)
        for managed, admin in admin_rows:
            found.admins[managed] = found.admins.get(managed, frozenset()) | {admin}
        return found

    async def units(self) -> list[UnitRow]:
        async with self.reads.connect() as c:
            return [_unit(r) for r in await _all(c, schema.units)]

    async def add(self, table: sa.Table, **values: Any) -> None:
        async with self.engine.begin() as c:
            await c.execute(table.insert().values(**values))

    async def remove_grant(self, grant: str) -> str | None:
        """The person whose grant it was. With her last one for that door every command of hers for it that was not
        made yet ends, in the same commit."""
        grants, doors, table = schema.grants, schema.doors, schema.operations
        async with self.engine.begin() as c:
            row = (await c.execute(sa.select(grants, doors.c.place).join(doors).where(grants.c.id == grant))).first()
            if row is None:
                return None
            await c.execute(grants.delete().where(grants.c.id == grant))
            await c.execute(_bump(row.place))
            left = sa.exists().where(grants.c.person == row.person, grants.c.door == row.door)
            unsent = sa.and_(table.c.person == row.person, table.c.door == row.door, ~left)
            await c.execute(cancel(unsent, "access"))
            return row.person

    async def revoke_unit(self, unit: str, now: int) -> bool:
        units, doors, table = schema.units, schema.doors, schema.operations
        async with self.engine.begin() as c:
            gone = units.update().where(units.c.id == unit, units.c.revoked.is_(None))
            found = (await c.execute(gone.values(revoked=now, key_0=None, key_1=None))).rowcount
            for row in await c.execute(sa.select(doors.c.place).where(doors.c.unit == unit).distinct()):
                await c.execute(_bump(row.place))
            await c.execute(cancel(table.c.unit == unit, "unit"))
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


def _bump(place: str) -> sa.Update:
    return schema.places.update().where(schema.places.c.id == place).values(policy=schema.places.c.policy + 1)


def cancel(which: sa.ColumnElement[bool], reason: str) -> sa.Update:
    """Commands that were not made yet never will be."""
    table = schema.operations
    unsent = sa.and_(which, table.c.state == State.SENT, table.c.command.is_(None))
    return table.update().where(unsent).values(state=State.NOT_SENT, reason=reason)


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
    )
