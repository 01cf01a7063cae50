"""What tests of sign-in start from: people with contacts who are members of places, and a clock that is set."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import sqlalchemy as sa

from cloud import chain, schema
from cloud.clock import Clock
from cloud.identity_store import SessionRow
from cloud.store import Store
from tests.given import ASKED, SESSIONS, empty_database

PHONE, EMAIL, UNKNOWN = "+34612345601", "pau@example.com", "+34699999999"  # ana's, pau's, nobody's
PLACES = {"ana": ["home", "work"], "pau": ["home"], "adm": ["home"], "eve": []}


class Hand(Clock):
    """A clock that is set."""

    def __init__(self) -> None:
        self.ms = ASKED

    def now(self) -> int:
        return self.ms

    def mono(self) -> float:
        return self.ms / 1000


def _people() -> Iterator[tuple[sa.Table, dict[str, object]]]:
    for place in ("home", "work"):
        yield schema.places, {"id": place, "name": place.title(), "zone": "Europe/Madrid"}
    for person, places in PLACES.items():
        contact = {"ana": {"phone": PHONE}, "pau": {"email": EMAIL}}.get(person, {})
        language = {"ana": "es", "pau": "ca"}.get(person, "en")
        yield schema.people, {"id": person, "name": person.title(), "language": language, **contact}
        for place in places:
            role = "owner" if person == "adm" else "member"
            yield schema.members, {"place": place, "person": person, "role": role, "name": person.title()}
    for person, session in SESSIONS.items():
        row = SessionRow(session, hashlib.sha256(person.encode()).digest(), person, "a phone", ASKED, ASKED)
        yield schema.sessions, msgspec.structs.asdict(row)


def peopled_database(folder: Path) -> Path:
    """Two places; ana in both, pau and the owner adm in one, eve in none; all but eve are signed in."""
    path = empty_database(folder)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for table, values in _people():
            connection.execute(table.insert().values(**values))
    engine.dispose()
    return path


async def entries(store: Store) -> list[chain.Entry]:
    """All of the log, place by place, which must be whole."""
    async with store.reads.connect() as c:
        found = [chain.Entry(*row) for row in await c.execute(sa.select(schema.log).order_by("place", "n"))]
        heads = {row.place: chain.Head(row.n, row.hash) for row in await c.execute(sa.select(schema.heads))}
    for place in {entry.place for entry in found}:
        assert chain.verify([e for e in found if e.place == place], head=heads[place]).whole
    return found


async def rows(store: Store, table: sa.Table) -> list[dict[str, object]]:
    async with store.reads.connect() as c:
        return [dict(row._mapping) for row in await c.execute(sa.select(table))]
