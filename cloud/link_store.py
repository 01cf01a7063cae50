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
