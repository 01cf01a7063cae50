"""SQL of web push: which browser takes it, for which session, and what was asked for. Decides nothing: that the session
has not ended is in each statement.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from cloud import schema
from cloud.push_rules import SUBSCRIPTIONS, Kind
from cloud.store import Store

_AT_ONCE = 500  # ids in one statement


class Subscription(msgspec.Struct, frozen=True):
    """`place`: what its session is good for, None: everywhere."""

    id: str
    person: str
    session: str
    endpoint: str
    p256dh: bytes
    auth: bytes
    wants: tuple[str, ...]
    created: int
    place: str | None = None


class PushStore:
    def __init__(self, store: Store, life_ms: int) -> None:
        """`life_ms`: after which a session that is not used is none any more."""
        self._store, self._life_ms = store, life_ms

    async def put(self, one: Subscription) -> bool:
        """In place of what this session had, and of what any other had for the same browser: a phone that was handed on
        tells whoever has it now. Whether the session is still there."""
        table, sessions = schema.subscriptions, schema.sessions
        async with self._store.engine.begin() as c:
            alive = sa.select(sessions.c.id).where(
                sessions.c.id == one.session, sessions.c.person == one.person, sessions.c.ended.is_(None)
            )
            if (await c.execute(alive)).first() is None:
                return False
            same = sa.or_(table.c.session == one.session, table.c.endpoint == one.endpoint)
            await c.execute(table.delete().where(same))
            values = {name: getattr(one, name) for name in Subscription.__struct_fields__ if name != "place"}
            await c.execute(table.insert().values(**values | {"wants": json.dumps(one.wants)}))
            hers = (
                sa.select(table.c.id).where(table.c.person == one.person).order_by(table.c.created.desc(), table.c.id)
            )
            old = (await c.execute(hers)).scalars().all()[SUBSCRIPTIONS:]
            if old:
                await c.execute(table.delete().where(table.c.id.in_(old)))
            return True

    async def remove(self, session: str) -> None:
        table = schema.subscriptions
        async with self._store.engine.begin() as c:
            await c.execute(table.delete().where(table.c.session == session))

    async def gone(self, one: Subscription) -> None:
        """The browser takes no more. If it has subscribed anew meanwhile, that stays."""
        table = schema.subscriptions
        async with self._store.engine.begin() as c:
            await c.execute(table.delete().where(table.c.id == one.id, table.c.endpoint == one.endpoint))

    async def of_session(self, session: str) -> Subscription | None:
        found = await self._read(schema.subscriptions.c.session == session, now=None)
        return found[0] if found else None

    async def wanting(self, people: Iterable[str], kind: Kind, place: str, now: int) -> list[Subscription]:
        """Of these people's those that asked for it, in sessions that are good for the place."""
        found: list[Subscription] = []
        ids = sorted(people)
        for start in range(0, len(ids), _AT_ONCE):
            theirs = schema.subscriptions.c.person.in_(ids[start : start + _AT_ONCE])
            found += await self._read(theirs, _good_for(place), now=now)
        return [each for each in found if kind in each.wants]

    async def still(self, id_: str, place: str, now: int) -> Subscription | None:
        """As it is at this moment; None: it, or its session, has ended, or is good for other places only."""
        found = await self._read(schema.subscriptions.c.id == id_, _good_for(place), now=now)
        return found[0] if found else None

    async def opened_before(self, guest: str, place: str, since: int, operation: str) -> bool:
        """Whether an earlier press of hers has opened something there since."""
        table = schema.operations
        hers = (table.c.place == place, table.c.recorded >= since, table.c.person == guest, table.c.state == "DONE")
        this = sa.select(table.c.recorded).where(table.c.id == operation).scalar_subquery()
        query = sa.select(table.c.id).where(*hers, table.c.id != operation, table.c.recorded < this).limit(1)
        async with self._store.reads.connect() as c:
            return (await c.execute(query)).first() is not None

    async def _read(self, *which: sa.ColumnElement[bool], now: int | None) -> list[Subscription]:
        """With `now` only those whose sessions have not been left for too long."""
        table, sessions = schema.subscriptions, schema.sessions
        used = [] if now is None else [sessions.c.used > now - self._life_ms]
        both = sa.and_(table.c.session == sessions.c.id, table.c.person == sessions.c.person)
        query = sa.select(table, sessions.c.place).join(sessions, both).where(sessions.c.ended.is_(None), *used, *which)
        async with self._store.reads.connect() as c:
            return [_subscription(row) for row in await c.execute(query)]


def _good_for(place: str) -> sa.ColumnElement[bool]:
    return sa.or_(schema.sessions.c.place.is_(None), schema.sessions.c.place == place)


def _subscription(row: Any) -> Subscription:
    wants: Sequence[str] = json.loads(row.wants)
    keys = (row.endpoint, row.p256dh, row.auth)
    return Subscription(row.id, row.person, row.session, *keys, tuple(wants), row.created, row.place)
