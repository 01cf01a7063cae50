"""An installation big enough to be measured: many places with a unit of four doors each, people, their sessions.

Written straight into an empty home before the cloud starts: one address may sign in only a few times a minute.
"""

import datetime
import hashlib
import json
import secrets
import ssl
import time
from collections import defaultdict
from pathlib import Path

import msgspec
import sqlalchemy as sa

from cloud import database, schema
from cloud.certificates import Authority, write_private
from cloud.enrolment import enrol
from cloud.home import Home
from cloud.sealing import Sealer, sealing_key
from cloud.store import Store

DOORS = 4  # of a unit
GROUPS = (1, 100, 1000)  # of the people: how many a change of one access concerns


class Unit(msgspec.Struct, frozen=True):
    """`pem` holds certificate and key; `secret` is the command key."""

    id: str
    pem: Path
    secret: bytes


class Person(msgspec.Struct, frozen=True):
    """`token` is what her cookie holds; `doors` are those she presses."""

    id: str
    token: str
    doors: tuple[str, ...] = ()


class Estate(msgspec.Struct, frozen=True):
    """`people` are spread over the places in turn, the first of each place is its admin.

    Besides there is the square: its one door, `square`, hangs on the last unit, has a sensor, and everybody sees it.
    `guest` has `guest_grants` there, which `caretaker`, admin of the square, may remove. `groups`: how many of the
    people are in a group of the square's, and the group's access to its door, which is over besides what they have.
    """

    home: Path
    authority: str
    units: list[Unit]
    people: list[Person]
    square: str
    caretaker: Person
    guest: Person
    guest_grants: list[str]
    square_place: str
    groups: dict[int, str]


async def make(home: Path, units: int, people: int, guest_grants: int) -> Estate:
    with Home(home) as opened:
        database.migrate(opened.database)
        now = datetime.datetime.now(datetime.UTC)
        store = Store(opened.database)
        sealer, authority = Sealer(sealing_key(opened.keys / "sealing.key")), Authority.kept(opened.keys, now)
        enrolled = [await _unit(store, sealer, authority, home, now) for _ in range(units + 1)]
        rows = _Rows()
        every = [_place(rows, unit) for unit in enrolled[:-1]]
        residents = [_resident(rows, *every[index % units], first=index < units) for index in range(people)]
        place = rows.place()
        square = rows.door(place, enrolled[-1], 0, sensor=True)
        caretaker, guest = rows.person(), rows.person()
        rows.member(place, caretaker.id, "owner")
        for person in [*residents, guest]:
            rows.member(place, person.id)
        for person in residents:
            rows.grant(place, person.id, square)
        grants = [rows.grant(place, guest.id, square) for _ in range(guest_grants)]
        groups = {size: rows.group(place, residents[:size], square) for size in GROUPS}
        await rows.write(store)
        await store.close()
        ca = authority.issued.pem().decode()
        return Estate(home, ca, enrolled, residents, square, caretaker, guest, grants, place, groups)


async def _unit(store: Store, sealer: Sealer, authority: Authority, home: Path, now: datetime.datetime) -> Unit:
    identity = await enrol(store, sealer, authority, now)
    folder = home / "units"
    folder.mkdir(exist_ok=True, mode=0o700)
    key = ssl.DER_cert_to_PEM_cert(identity.key).replace("CERTIFICATE", "EC PRIVATE KEY")
    pem = folder / f"{identity.unit}.pem"
    write_private(pem, (ssl.DER_cert_to_PEM_cert(identity.certificate) + key).encode())
    return Unit(identity.unit, pem, identity.command_key)


def _place(rows: "_Rows", unit: Unit) -> tuple[str, tuple[str, ...]]:
    place = rows.place()
    return place, tuple(rows.door(place, unit, number) for number in range(DOORS))


def _resident(rows: "_Rows", place: str, doors: tuple[str, ...], *, first: bool) -> Person:
    person = rows.person(doors)
    rows.member(place, person.id, "owner" if first else "member")
    for door in doors:
        rows.grant(place, person.id, door)
    return person


class _Rows:
    """What is to be written, table by table, in one commit."""

    def __init__(self) -> None:
        self._rows: defaultdict[sa.Table, list[dict[str, object]]] = defaultdict(list)

    def add(self, table: sa.Table, **values: object) -> None:
        self._rows[table].append(values)

    def place(self) -> str:
        place = secrets.token_hex(4)
        self.add(schema.places, id=place, name=f"Place {place}", zone="Europe/Madrid")
        return place

    def door(self, place: str, unit: Unit, number: int, *, sensor: bool = False) -> str:
        door = secrets.token_hex(4)
        wiring = {"unit": unit.id, "number": number, "drive": "open", "sensor": sensor, "travel_s": 5, "pulse_ms": 500}
        self.add(schema.doors, id=door, place=place, name=f"Door {number}", **wiring)
        return door

    def person(self, doors: tuple[str, ...] = ()) -> Person:
        made, now = Person(secrets.token_hex(4), secrets.token_urlsafe(32), doors), int(time.time() * 1000)
        self.add(schema.people, id=made.id, name="A. Resident", language="en")
        token = hashlib.sha256(made.token.encode()).digest()
        session = {"id": secrets.token_hex(8), "token": token, "device": "bench", "created": now, "used": now}
        self.add(schema.sessions, person=made.id, **session)
        return made

    def member(self, place: str, person: str, role: str = "member") -> None:
        self.add(schema.members, place=place, person=person, role=role, name="A. Resident")

    def grant(self, place: str, person: str, door: str) -> str:
        grant = secrets.token_hex(6)
        self.add(schema.grants, id=grant, place=place, person=person, group=None, doors=json.dumps([door]))
        return grant

    def group(self, place: str, people: list[Person], door: str) -> str:
        """Its access's id."""
        group, grant = secrets.token_hex(6), secrets.token_hex(6)
        self.add(schema.groups, id=group, place=place, name=f"{len(people)} people")
        for person in people:
            self.add(schema.group_members, group=group, person=person.id, place=place)
        self.add(schema.grants, id=grant, place=place, person=None, group=group, doors=json.dumps([door]))
        return grant

    async def write(self, store: Store) -> None:
        async with store.engine.begin() as connection:
            for table in schema.metadata.sorted_tables:
                if rows := self._rows.get(table):
                    await connection.execute(table.insert(), rows)
