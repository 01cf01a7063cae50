"""How who-may-open-what is read and changed on disk: rows to plain data and back, a change with its log entries in one
transaction.

Decides nothing: what a change consists of comes in as edits, whom it shuts out as a function.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud import schema
from cloud.access import Door, Grant, Group, GroupMember, Member, Person, Place
from cloud.chain import Draft, Entry
from cloud.changes import Edit, Request, Thing, place_of
from cloud.hours import Hours
from cloud.log_store import append
from cloud.operations import Operation
from cloud.store import Store, end_unsent

Refuses = Callable[[Operation], str | None]  # the reason, None: still allowed
_TABLES: dict[type, sa.Table] = {
    Place: schema.places,
    Person: schema.people,
    Door: schema.doors,
    Member: schema.members,
    Group: schema.groups,
    GroupMember: schema.group_members,
    Grant: schema.grants,
    Request: schema.requests,
}
_KEYS = {Member: ("place", "person"), GroupMember: ("group", "person")}
_JSON = {"doors": tuple[str, ...], "hours": Hours}
INSTALLATION = ""  # the log of what belongs to no place
OPEN_REQUESTS = 500  # of one place, shown to its admins


class Stale(Exception):
    """Somebody else has changed something meanwhile: nothing of this change is on disk."""


class Committed(msgspec.Struct, frozen=True):
    """`policies`: place → its new policy version; `entries`: as they stand in the log."""

    policies: dict[str, int]
    entries: list[Entry]


class ChangeStore:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def commit(
        self,
        edits: Sequence[Edit],
        policies: Mapping[str, int],
        refuses: Refuses,
        drafts: Sequence[Draft],
        now: int,
    ) -> Committed:
        """All of it or nothing. `policies`: place → the version that was seen; `refuses` is asked about every press
        whose command was not made yet. The entries are the caller's to `tell`, once the change is known here: it may
        have changed who reads them. Raises Stale."""
        async with self._store.engine.begin() as c:
            for place, seen in policies.items():
                if not await _bump(c, place, seen):
                    raise Stale
            for edit in edits:
                if not await _write(c, edit):
                    raise Stale
            here = schema.operations.c.place.in_(list(policies))
            ended = await end_unsent(c, here, refuses, now)
            entries = await append(c, [*drafts, *ended], lambda: now)
        return Committed({place: seen + 1 for place, seen in policies.items()}, entries)

    async def appoint(self, person: str, role: str, draft: Draft, now: int) -> bool:
        """Somebody works for the service, with its line of the log. False: she did already, and nothing is entered."""
        table = schema.staff
        async with self._store.engine.begin() as c:
            there = sa.select(table.c.role).where(table.c.person == person, table.c.role == role)
            if (await c.execute(there)).first() is not None:
                return False
            await c.execute(table.insert().values(person=person, role=role))
            entries = await append(c, [draft], lambda: now)
        self._store.commits.tell(entries)
        return True

    def tell(self, entries: list[Entry]) -> None:
        self._store.commits.tell(entries)

    async def things(self, place: str | None = None) -> list[Thing]:
        """Everything; or all that belongs to one place, with its people. Places first, then what stands in them."""
        found: list[Thing] = []
        async with self._store.reads.connect() as c:
            for kind, table in _TABLES.items():
                if kind is Request:
                    continue
                query = _select(kind)
                if place is not None:
                    query = query.where(_of_place(kind, table, place))
                found += [_thing(kind, row) for row in (await c.execute(query)).mappings()]
        return found

    async def uses(self, grant: str) -> int | None:
        """How many are left; None: without limit, or there is no such grant."""
        async with self._store.reads.connect() as c:
            return (await c.execute(sa.select(schema.grants.c.uses).where(schema.grants.c.id == grant))).scalar()

    async def revoked_and_staff(self) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
        units, staff = schema.units, schema.staff
        async with self._store.reads.connect() as c:
            revoked = (await c.execute(sa.select(units.c.id).where(units.c.revoked.is_not(None)))).scalars()
            roles: dict[str, frozenset[str]] = {}
            for row in await c.execute(sa.select(staff)):
                roles[row.role] = roles.get(row.role, frozenset()) | {row.person}
            return frozenset(revoked), roles

    async def person_of(self, contact: str) -> Person | None:
        """Whose phone number or e-mail address this is."""
        people = schema.people
        query = _select(Person).where(sa.or_(people.c.phone == contact, people.c.email == contact))
        async with self._store.reads.connect() as c:
            row = (await c.execute(query)).mappings().first()
        return _thing(Person, row) if row else None

    async def requests(self, place: str | None = None, person: str | None = None) -> list[Request]:
        """The open ones of a place, or of a person, oldest first."""
        table = schema.requests
        query = _select(Request).where(table.c.state == "open")
        if place is not None:
            query = query.where(table.c.place == place)
        if person is not None:
            query = query.where(table.c.person == person)
        async with self._store.reads.connect() as c:
            rows = (await c.execute(query.order_by(table.c.created).limit(OPEN_REQUESTS))).mappings()
            return [_thing(Request, row) for row in rows]

    async def request(self, request: str) -> Request | None:
        async with self._store.reads.connect() as c:
            row = (await c.execute(_select(Request).where(schema.requests.c.id == request))).mappings().first()
        return _thing(Request, row) if row else None


def _select(kind: type[Any]) -> Any:
    table = _TABLES[kind]
    return sa.select(*(table.c[name] for name in kind.__struct_fields__))


def _of_place(kind: type, table: sa.Table, place: str) -> sa.ColumnElement[bool]:
    if kind is Place:
        return table.c.id == place
    if kind is Person:
        members = schema.members
        return table.c.id.in_(sa.select(members.c.person).where(members.c.place == place))
    return table.c.place == place


def _thing(kind: type[Any], row: Mapping[Any, Any]) -> Any:
    values = {str(name): value for name, value in row.items()}
    for name in _JSON.keys() & values.keys():
        values[name] = msgspec.json.decode(values[name], type=_JSON[name])
    return kind(**values)


def _values(thing: Thing) -> dict[str, Any]:
    values = {name: getattr(thing, name) for name in thing.__struct_fields__}
    for name in _JSON.keys() & values.keys():
        values[name] = msgspec.json.encode(values[name]).decode()
    return values


def _where(table: sa.Table, thing: Thing) -> sa.ColumnElement[bool]:
    names = _KEYS.get(type(thing), ("id",))
    return sa.and_(*(table.c[name] == getattr(thing, name) for name in names))


async def _bump(c: AsyncConnection, place: str, seen: int) -> bool:
    table = schema.places
    if seen == 0:
        return True  # a place that is made by this very change
    raised = table.update().where(table.c.id == place, table.c.policy == seen).values(policy=seen + 1)
    return (await c.execute(raised)).rowcount == 1


async def _write(c: AsyncConnection, edit: Edit) -> bool:
    """Whether the row was as the edit believes."""
    before, after, table = edit.before, edit.after, _TABLES[type(edit.thing)]
    if before is None and after is not None:
        try:
            await c.execute(table.insert().values(**_values(after)))
        except IntegrityError:
            return False
        return True
    assert before is not None
    where = _where(table, before)
    if "version" in table.c:
        where = sa.and_(where, table.c.version == before.version)  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(before, Request):
        where = sa.and_(where, table.c.state == before.state)
    if after is None:
        if isinstance(before, Person):
            return True
        return (await c.execute(table.delete().where(where))).rowcount == 1
    old, new = _values(before), _values(after)
    changed = {name: value for name, value in new.items() if value != old[name] and name != "policy"}
    if not changed:
        return True
    try:
        return (await c.execute(table.update().where(where).values(**changed))).rowcount == 1
    except IntegrityError:
        return False


def chains_of(edits: Iterable[Edit], places: Iterable[str]) -> list[str]:
    """Whose logs these edits stand in. What is somebody's own everywhere stands in the installation's: a place is not
    told by what else she is known, nor whether she was known before."""
    own = any(place_of(edit.thing) is None for edit in edits)
    return [*places, *([INSTALLATION] if own else [])] or [INSTALLATION]


def described(edits: Iterable[Edit], chain: str) -> list[dict[str, Any]]:
    """Before and after of each edit that belongs into this log, as it keeps them."""
    told: list[dict[str, Any]] = []
    for edit in edits:
        if (place_of(edit.thing) or INSTALLATION) != chain:
            continue
        before = msgspec.to_builtins(edit.before) if edit.before is not None else None
        after = msgspec.to_builtins(edit.after) if edit.after is not None else None
        told.append({"kind": edit.kind, "before": before, "after": after})
    return told
