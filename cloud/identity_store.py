"""SQL of sessions and of the links that begin them. Each beginning and each end stands in the log in the same commit.

Decides nothing: conditions that must hold at the commit itself are in the statement.
"""

import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cloud import log_store, schema
from cloud.chain import Draft
from cloud.store import Store, end_unsent

log = logging.getLogger("iomando.identity")

GUEST = "guest"  # a kind of link, and the way of its session


class SessionRow(msgspec.Struct):
    """`place`: its scope, None is everywhere. `address`: a hash of where it was begun."""

    id: str
    token: bytes
    person: str
    device: str
    created: int
    used: int
    place: str | None = None
    way: str = "link"
    address: str | None = None


class Ending(msgspec.Struct, frozen=True):
    """Who ends a session, and how the log calls it."""

    kind: str = "session_ended"
    who: str | None = None
    session: str | None = None


class Writing(msgspec.Struct):
    """A transaction and what it enters into the log when it is over."""

    connection: AsyncConnection
    drafts: list[Draft] = []


@asynccontextmanager
async def writing(store: Store, now: int) -> AsyncIterator[Writing]:
    async with store.engine.begin() as connection:
        one = Writing(connection)
        yield one
        entries = await log_store.append(connection, one.drafts, lambda: now)
    if entries:
        try:
            store.commits.logged(entries)
        except Exception:  # it is on disk: whoever waits must go on
            log.exception("what was logged could not be told")


class IdentityStore:
    def __init__(self, store: Store) -> None:
        self._store, self._reads = store, store.reads

    # -- sessions

    async def sessions(self) -> list[SessionRow]:
        """Those that have not ended."""
        table = schema.sessions
        columns = [table.c[name] for name in SessionRow.__struct_fields__]
        async with self._reads.connect() as c:
            return [SessionRow(*row) for row in await c.execute(sa.select(*columns).where(table.c.ended.is_(None)))]

    async def spend_link(
        self, secret: bytes, row: SessionRow, now: int, kinds: Iterable[str] | None = None
    ) -> SessionRow | None:
        """Begin a session by a link, which is spent in the same commit; whose, for where and how are the link's to say.
        None when the link is not good (any more), or not of these kinds, or whoever made it could not make it now."""
        links = schema.links
        good = (links.c.secret == secret, links.c.used.is_(None), links.c.ended.is_(None), links.c.expires > now)
        spend = links.update().where(*good, vouched()).values(used=now)
        if kinds is not None:
            spend = spend.where(links.c.kind.in_(list(kinds)))
        async with writing(self._store, now) as one:
            found = (await one.connection.execute(spend.returning(links))).first()
            if found is None:
                return None
            way = GUEST if found.kind == GUEST else "link"
            begun = msgspec.structs.replace(row, person=found.person, place=found.place, way=way)
            more = {"link": found.kind} | ({"made_by": found.made_by} if found.made_by else {})
            await _begin(one, begun, more)
            return begun

    async def begin(self, row: SessionRow, now: int) -> None:
        """Raises sqlalchemy's IntegrityError when there is no such person."""
        async with writing(self._store, now) as one:
            await _begin(one, row, {})

    async def end(self, sessions: Iterable[str], ending: Ending, now: int) -> None:
        """With each every command of it that was not made yet ends. What has ended before is not entered again."""
        table, operations = schema.sessions, schema.operations
        async with writing(self._store, now) as one:
            for session in sessions:
                live = table.update().where(table.c.id == session, table.c.ended.is_(None)).values(ended=now)
                found = (await one.connection.execute(live.returning(table))).first()
                pushed = schema.subscriptions.delete().where(schema.subscriptions.c.session == session)
                await one.connection.execute(pushed)
                one.drafts += await end_unsent(
                    one.connection, operations.c.session == session, lambda _: "session", now
                )
                if found is not None:
                    detail = {"person": found.person, "session": session, "device": found.device}
                    for place in await _places(one.connection, found.person, found.place):
                        one.drafts.append(
                            Draft(place, now, ending.kind, ending.who, ending.session, found.way, detail=detail)
                        )

    async def session_used(self, session: str, now: int) -> None:
        table = schema.sessions
        async with self._store.engine.begin() as c:
            await c.execute(table.update().where(table.c.id == session).values(used=now))

    async def addresses(self, person: str) -> frozenset[str]:
        """Hashes of where this person has ever signed in."""
        table = schema.sessions
        query = sa.select(table.c.address).where(table.c.person == person, table.c.address.is_not(None)).distinct()
        async with self._reads.connect() as c:
            return frozenset((await c.execute(query)).scalars())

    # -- links

    async def add_link(
        self,
        secret: bytes,
        person: str,
        kind: str,
        place: str | None,
        made_by: str | None,
        expires: int,
        now: int,
        drafts: Iterable[Draft] = (),
    ) -> None:
        async with writing(self._store, now) as one:
            values = {"secret": secret, "person": person, "kind": kind, "place": place, "made_by": made_by}
            await one.connection.execute(schema.links.insert().values(**values, expires=expires, created=now))
            one.drafts.extend(drafts)

    async def end_links(
        self,
        person: str,
        now: int,
        kind: str | None = None,
        place: str | None = None,
        drafts: Iterable[Draft] = (),
    ) -> int:
        """Those that are not spent; of this kind and place only, where they are said. How many."""
        links = schema.links
        which = [links.c.person == person, links.c.used.is_(None), links.c.ended.is_(None)]
        which += [links.c.kind == kind] if kind else []
        which += [links.c.place == place] if place else []
        async with writing(self._store, now) as one:
            found = (await one.connection.execute(links.update().where(*which).values(ended=now))).rowcount
            one.drafts.extend(drafts if found else ())
            return found


def vouched() -> sa.ColumnElement[bool]:
    """Of a link of a place: she is a member there, and whoever made it could make it now. An admin who was removed does
    not come back by one that she kept, nor become an owner by one for somebody who has become one."""
    links, maker, her = schema.links, schema.members.alias("maker"), schema.members.alias("her")
    hers = sa.and_(her.c.place == links.c.place, her.c.person == links.c.person)
    could = sa.or_(
        maker.c.role == "owner",
        sa.and_(maker.c.role == "admin", her.c.role != "owner"),
        sa.and_(links.c.kind == GUEST, maker.c.may_invite),
    )
    makers = sa.and_(maker.c.place == links.c.place, maker.c.person == links.c.made_by, maker.c.suspended.is_(False))
    member = sa.exists().where(hers).correlate(links)
    by_one_who_may = sa.exists().where(hers, makers, could).correlate(links)
    return sa.or_(links.c.place.is_(None), sa.and_(links.c.made_by.is_(None), member), by_one_who_may)


async def _begin(one: Writing, row: SessionRow, more: dict[str, str]) -> None:
    await one.connection.execute(schema.sessions.insert().values(**msgspec.structs.asdict(row)))
    detail = {"device": row.device, **more, **({"scope": row.place} if row.place else {})}
    for place in await _places(one.connection, row.person, row.place):
        one.drafts.append(Draft(place, row.created, "sign_in", row.person, row.id, row.way, detail=detail))


async def _places(connection: AsyncConnection, person: str, scope: str | None) -> list[str]:
    """Whose log it concerns: the session's place, or all that she is a member of, or the installation itself."""
    if scope is not None:
        return [scope]
    members = schema.members
    query = sa.select(members.c.place).where(members.c.person == person).order_by(members.c.place)
    return list((await connection.execute(query)).scalars()) or [""]
