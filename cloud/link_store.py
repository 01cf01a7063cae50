"""SQL of what links are for, of guests' links and of the posters at the doors. Decides nothing."""

from collections.abc import Iterable

import msgspec
import sqlalchemy as sa

from cloud import schema
from cloud.chain import Draft
from cloud.identity_store import GUEST, vouched, writing
from cloud.store import Store


class LinkRow(msgspec.Struct, frozen=True):
    person: str
    kind: str
    place: str | None
    expires: int
    used: int | None
    ended: int | None


class Opened(msgspec.Struct, frozen=True):
    """How often somebody has opened a door; the last time, and which."""

    times: int
    last: int
    door: str


class LinkStore:
    def __init__(self, store: Store) -> None:
        self._store, self._reads = store, store.reads

    async def link(self, secret: bytes) -> LinkRow | None:
        table = schema.links
        async with self._reads.connect() as c:
            row = (await c.execute(sa.select(*_columns()).where(table.c.secret == secret))).first()
        return LinkRow(*row) if row else None

    async def guests(self, people: Iterable[str]) -> dict[str, LinkRow]:
        """The latest link of each of these guests."""
        table = schema.links
        which = sa.and_(table.c.kind == GUEST, table.c.person.in_(list(people)))
        query = sa.select(*_columns()).where(which).order_by(table.c.created, sa.text("links.rowid"))
        async with self._reads.connect() as c:
            return {row.person: LinkRow(*row) for row in await c.execute(query)}

    async def opened(self, people: Iterable[str]) -> dict[str, Opened]:
        """What these guests did with their links; a door that only may have opened does not count."""
        table = schema.operations
        # SQLite and PostgreSQL both keep to this: the latest row of each, and beside it how many there are
        rank = sa.func.row_number().over(partition_by=table.c.person, order_by=table.c.recorded.desc())
        count = sa.func.count().over(partition_by=table.c.person)
        which = sa.and_(table.c.person.in_(list(people)), table.c.state == "DONE")
        ranked = sa.select(
            table.c.person, count.label("times"), table.c.recorded, table.c.door, rank.label("rank")
        ).where(which)
        latest = ranked.subquery()
        query = sa.select(latest.c.person, latest.c.times, latest.c.recorded, latest.c.door).where(latest.c.rank == 1)
        async with self._reads.connect() as c:
            return {row.person: Opened(*row[1:]) for row in await c.execute(query)}

    async def set_poster(self, place: str, secret: bytes, drafts: Iterable[Draft], now: int) -> None:
        """The one before is good no longer."""
        places = schema.places
        async with writing(self._store, now) as one:
            await one.connection.execute(places.update().where(places.c.id == place).values(poster=secret))
            one.drafts.extend(drafts)

    async def place_of_poster(self, secret: bytes) -> str | None:
        places = schema.places
        async with self._reads.connect() as c:
            return (await c.execute(sa.select(places.c.id).where(places.c.poster == secret))).scalar()


def _columns() -> list[sa.ColumnElement[object]]:
    """One that would not sign in any more, because of whoever made it, has ended."""
    links = schema.links
    ended = sa.case((sa.or_(links.c.used.is_not(None), vouched()), links.c.ended), else_=links.c.created)
    return [ended.label(name) if name == "ended" else links.c[name] for name in LinkRow.__struct_fields__]
