"""SQL of what shows who somebody is: one-time codes, the code at every open, passkeys. Hashes and decides nothing:
conditions that must hold at the commit itself are in the statement.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec
import sqlalchemy as sa

from cloud import schema
from cloud.chain import Draft
from cloud.codes import DAY_MS, PRINTED, TRIES, Asked
from cloud.contacts import is_phone, masked
from cloud.identity_store import writing
from cloud.store import Store


class Known(msgspec.Struct, frozen=True):
    """Whose contact it is."""

    person: str
    language: str
    addresses: frozenset[str]


class Try(msgspec.Struct, frozen=True):
    """One try that was counted; with `code` None it is good for printed codes only. `printed`: ticket and code of the
    one that may be used instead."""

    contact: str
    code: str | None
    printed: tuple[bytes, str] | None


class PinTry(msgspec.Struct, frozen=True):
    hash: str
    failed: int
    paused_until: int | None


class PasskeyRow(msgspec.Struct, frozen=True):
    id: bytes
    person: str
    public_key: bytes
    sign_count: int
    name: str
    created: int
    used: int | None = None


class ProofStore:
    def __init__(self, store: Store) -> None:
        self._store, self._reads = store, store.reads

    # -- codes

    async def known(self, contact: str) -> Known | None:
        people, sessions = schema.people, schema.sessions
        column = people.c.phone if is_phone(contact) else people.c.email
        async with self._reads.connect() as c:
            person = (await c.execute(sa.select(people).where(column == contact))).first()
            if person is None:
                return None
            from_where = sa.select(sessions.c.address).where(sessions.c.person == person.id).distinct()
            addresses = (await c.execute(from_where)).scalars()
            return Known(person.id, person.language, frozenset(a for a in addresses if a))

    async def ask(
        self,
        ticket: bytes,
        contact: str,
        purpose: str,
        person: str | None,
        address: str,
        code: str,
        expires: int,
        now: int,
        decide: Callable[[Sequence[Asked]], tuple[bool, bool]],
    ) -> bool:
        """Whether a code is to be sent: `decide` gets the contact's tickets of the last day and says whether this one
        is kept, and whether with its code. Tickets of the day before are forgotten."""
        table = schema.codes
        recent = sa.select(table.c.address, table.c.created, table.c.code.is_not(None)).where(
            table.c.contact == contact, table.c.created > now - DAY_MS, table.c.purpose != PRINTED
        )
        async with self._store.engine.begin() as c:
            await c.execute(table.delete().where(table.c.created <= now - DAY_MS))
            kept, sent = decide([Asked(*row) for row in await c.execute(recent)])
            if kept:
                values = {"ticket": ticket, "contact": contact, "purpose": purpose, "person": person}
                values |= {"address": address, "code": code if sent else None, "created": now, "expires": expires}
                await c.execute(table.insert().values(**values))
            return kept and sent

    async def try_code(self, ticket: bytes, purpose: str, person: str | None, now: int) -> Try | None:
        """Count a try before anything is compared. None: nothing that this ticket could be good for."""
        table = schema.codes
        live = (table.c.used.is_(None), table.c.expires > now)
        hers = (table.c.ticket == ticket, table.c.purpose == purpose, table.c.person.is_not_distinct_from(person))
        count = table.update().where(*hers, *live).values(tries=table.c.tries + 1).returning(table)
        async with self._store.engine.begin() as c:
            found = (await c.execute(count)).first()
            if found is None or found.tries > TRIES:
                return None
            newest = table.c.created.desc()
            query = sa.select(table).where(table.c.contact == found.contact, table.c.purpose == PRINTED, *live)
            printed = (await c.execute(query.order_by(newest).limit(1))).first()
            return Try(found.contact, found.code, printed and (printed.ticket, printed.code))

    async def spend_code(self, ticket: bytes, printed: bytes | None, now: int) -> bool:
        """The ticket, and with it the printed code that was used; both or none, and once."""
        table, other = schema.codes, schema.codes.alias("other")
        tickets = [ticket] if printed is None else [ticket, printed]

        def good(of: sa.FromClause) -> tuple[sa.ColumnElement[bool], ...]:
            return of.c.ticket.in_(tickets), of.c.used.is_(None), of.c.expires > now

        all_good = sa.select(sa.func.count()).select_from(other).where(*good(other)).scalar_subquery()
        spend = table.update().where(*good(table), all_good == len(tickets)).values(used=now)
        async with self._store.engine.begin() as c:
            return (await c.execute(spend)).rowcount == len(tickets)

    async def print_code(self, ticket: bytes, contact: str, code: str, expires: int, now: int) -> None:
        """One at a time: the one before is good no longer. Stands in the log, without the code."""
        table, people, members = schema.codes, schema.people, schema.members
        column = people.c.phone if is_phone(contact) else people.c.email
        places = sa.select(members.c.place).join(people, people.c.id == members.c.person).where(column == contact)
        async with writing(self._store, now) as one:
            c = one.connection
            before = table.update().where(table.c.contact == contact, table.c.purpose == PRINTED)
            await c.execute(before.where(table.c.used.is_(None)).values(used=now))
            values = {"ticket": ticket, "contact": contact, "purpose": PRINTED, "address": ""}
            await c.execute(table.insert().values(**values, code=code, created=now, expires=expires))
            person = (await c.execute(sa.select(people.c.id).where(column == contact))).scalar()
            detail = {"contact": masked(contact), "person": person}
            found = list((await c.execute(places.order_by(members.c.place))).scalars()) or [""]
            one.drafts = [Draft(place, now, "code_printed", way="command line", detail=detail) for place in found]

    # -- the code at every open

    async def pins(self) -> frozenset[str]:
        """Who has one."""
        async with self._reads.connect() as c:
            return frozenset((await c.execute(sa.select(schema.pins.c.person))).scalars())

    async def set_pin(self, person: str, hashed: str, now: int, drafts: Iterable[Draft] = ()) -> None:
        table = schema.pins
        async with writing(self._store, now) as one:
            await one.connection.execute(table.delete().where(table.c.person == person))
            await one.connection.execute(table.insert().values(person=person, hash=hashed))
            one.drafts.extend(drafts)

    async def clear_pin(self, person: str, now: int, drafts: Iterable[Draft] = ()) -> bool:
        table = schema.pins
        async with writing(self._store, now) as one:
            found = (await one.connection.execute(table.delete().where(table.c.person == person))).rowcount == 1
            one.drafts.extend(drafts if found else ())
            return found

    async def try_pin(self, person: str, tries: int, pause_ms: int, now: int) -> PinTry | None:
        """Count a try as failed before anything is compared; the last one begins the pause. None: there is no pin.
        During a pause nothing is counted, and `failed` is 0."""
        table = schema.pins
        failed = sa.case((table.c.paused_until.is_(None), table.c.failed + 1), else_=1)
        over = sa.or_(table.c.paused_until.is_(None), table.c.paused_until <= now)
        count = table.update().where(table.c.person == person, over)
        count = count.values(failed=failed, paused_until=sa.case((failed >= tries, now + pause_ms)))
        async with self._store.engine.begin() as c:
            row = (await c.execute(count.returning(table))).first()
            if row is not None:
                return PinTry(row.hash, row.failed, row.paused_until)
            row = (await c.execute(sa.select(table).where(table.c.person == person))).first()
            return PinTry(row.hash, 0, row.paused_until) if row is not None else None

    async def pin_was_right(self, person: str, tried: PinTry) -> bool:
        """Forget the failed ones, and the pause that this very try began; not one that others began. Whether it is
        still her pin."""
        table = schema.pins
        own = sa.case((table.c.paused_until == tried.paused_until, None), else_=table.c.paused_until)
        hers = table.update().where(table.c.person == person, table.c.hash == tried.hash)
        async with self._store.engine.begin() as c:
            return (await c.execute(hers.values(failed=0, paused_until=own))).rowcount == 1

    # -- passkeys

    async def add_passkey(
        self, row: PasskeyRow, limit: int, now: int, drafts: Iterable[Draft] = (), session: str | None = None
    ) -> bool:
        """False: she has as many as she may, somebody has this one, or the session that adds it has ended."""
        table, sessions = schema.passkeys, schema.sessions
        over = sa.select(sessions.c.id).where(sessions.c.id == session, sessions.c.ended.is_not(None))
        async with writing(self._store, now) as one:
            c = one.connection
            if (await c.execute(over)).first():
                return False
            count = sa.select(sa.func.count()).select_from(table).where(table.c.person == row.person)
            same = sa.select(table.c.id).where(table.c.id == row.id)
            if (await c.execute(count)).scalar_one() >= limit or (await c.execute(same)).first():
                return False
            await c.execute(table.insert().values(**msgspec.structs.asdict(row)))
            one.drafts.extend(drafts)
            return True

    async def passkey(self, id_: bytes) -> PasskeyRow | None:
        return next(iter(await self._passkeys(schema.passkeys.c.id == id_)), None)

    async def passkeys(self, person: str) -> list[PasskeyRow]:
        return await self._passkeys(schema.passkeys.c.person == person)

    async def passkey_used(self, id_: bytes, sign_count: int, now: int) -> bool:
        """False: it is gone, or its counter has not risen; one that never counts stays at 0."""
        table = schema.passkeys
        rises = sa.or_(table.c.sign_count < sign_count, sa.and_(table.c.sign_count == 0, sa.literal(sign_count) == 0))
        used = table.update().where(table.c.id == id_, rises).values(sign_count=sign_count, used=now)
        async with self._store.engine.begin() as c:
            return (await c.execute(used)).rowcount == 1

    async def name_passkey(self, person: str, id_: bytes, name: str) -> bool:
        table = schema.passkeys
        async with self._store.engine.begin() as c:
            named = table.update().where(table.c.id == id_, table.c.person == person).values(name=name)
            return (await c.execute(named)).rowcount == 1

    async def remove_passkeys(
        self, person: str, now: int, id_: bytes | None = None, drafts: Iterable[Draft] = ()
    ) -> int:
        """One of hers, or all. How many."""
        table = schema.passkeys
        which = [table.c.person == person] + ([table.c.id == id_] if id_ is not None else [])
        async with writing(self._store, now) as one:
            found = (await one.connection.execute(table.delete().where(*which))).rowcount
            one.drafts.extend(drafts if found else ())
            return found

    async def _passkeys(self, which: sa.ColumnElement[bool]) -> list[PasskeyRow]:
        table = schema.passkeys
        columns = [table.c[name] for name in PasskeyRow.__struct_fields__]
        async with self._reads.connect() as c:
            return [
                PasskeyRow(*row) for row in await c.execute(sa.select(*columns).where(which).order_by(table.c.created))
            ]
