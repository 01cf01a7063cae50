"""Two places with everybody who could knock at the API, as rows: for tests of who may call what.

At home: own and own2 (owners), adm (an admin), mia (a member who may invite), sue (suspended), tom (a member), gus
(mia's guest). At the shop: ada (an admin), sco (a member; she owns home, too, but her session is good for the shop
only), boss (owner), wes, gia (his guest). Nowhere: eve, rex (was removed from home), hos and ins (host and installer of
the service), hob (a host whose session is of home).
"""

import atexit
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import sqlalchemy as sa

from cloud import release_schema, schema
from cloud.identity_store import SessionRow
from cloud.sealing import Sealer
from firmware import manifest, signatures
from tests.given import ASKED, SEALING_KEY, empty_database
from tests.unit_side import SECRET, UNIT

DAY = 24 * 3600 * 1000
SPARE_UNIT = "0000beef"  # has no doors yet
ROLES = {
    "home": {
        "own": "owner",
        "own2": "owner",
        "sco": "owner",
        "adm": "admin",
        "mia": "member",
        "sue": "member",
        "tom": "member",
        "gus": "guest",
    },
    "shop": {"boss": "owner", "ada": "admin", "sco": "member", "wes": "member", "gia": "guest"},
}
HOSTS = {"gus": "mia", "gia": "wes"}
STAFF = {"hos": "host", "ins": "installer", "hob": "host", "mai": "maintainer"}
PEOPLE = [*dict.fromkeys([*ROLES["home"], *ROLES["shop"], "eve", "rex", *STAFF])]
SCOPES = {"sco": "shop", "gus": "home", "gia": "shop", "hob": "home"}
PHONES = {name: f"+346123456{number:02}" for number, name in enumerate(PEOPLE) if name not in HOSTS}
DOORS = {"gate": "home", "attic": "home", "dock": "shop"}
POSTERS = {place: f"poster-of-{place}-".ljust(32, "x") for place in ROLES}
# id → place, person or group, doors, suspended
GRANTS = {
    **{f"{name}-gate": ("home", name, ("gate",), False) for name in ("mia", "tom", "gus", "sue")},
    **{f"{name}-attic": ("home", name, ("attic",), True) for name in ("mia", "tom", "adm", "own", "sue")},
    "sco-home": ("home", "sco", (), False),
    **{f"{name}-dock": ("shop", name, ("dock",), True) for name in ("wes", "ada", "sco", "gia")},
}
REQUESTS = {
    "asked-home": ("home", "tom", "entry", "attic"),
    "asked-shop": ("shop", "wes", "entry", "dock"),
    "offered-home": ("home", "mia", "ownership", None),
}


def token(name: str) -> str:
    return f"token-of-{name}"


def link(name: str) -> str:
    """A secret of a link of hers."""
    return f"link-of-{name}-".ljust(32, "x")


def sha(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def passkey(name: str) -> bytes:
    return f"passkey-{name}".encode()


def _rows() -> Iterator[tuple[sa.Table, dict[str, object]]]:
    for place in ROLES:
        yield (
            schema.places,
            {"id": place, "name": place.title(), "zone": "Europe/Madrid", "poster": sha(POSTERS[place])},
        )
    yield schema.units, {"id": UNIT, "key_0": Sealer(SEALING_KEY).seal(SECRET, UNIT), "slot": 0}
    yield schema.units, {"id": SPARE_UNIT, "key_0": Sealer(SEALING_KEY).seal(SECRET, SPARE_UNIT), "slot": 0}
    for name in PEOPLE:
        person = {"id": name, "name": name.title(), "language": "en", "phone": PHONES.get(name)}
        yield schema.people, {**person, "guest": name in HOSTS}
        yield from _sessions(name)
        if name not in HOSTS:
            key = {"id": passkey(name), "person": name, "public_key": b"", "sign_count": 0, "name": "a phone"}
            yield schema.passkeys, {**key, "created": ASKED}
    for place, roles in ROLES.items():
        for name, role in roles.items():
            values = {"place": place, "person": name, "role": role, "name": name.title(), "host": HOSTS.get(name)}
            yield schema.members, {**values, "suspended": name == "sue", "may_invite": name in ("mia", "sue")}
        yield schema.groups, {"id": f"cleaners-{place}", "place": place, "name": "Cleaners"}
        alarm = {"id": f"alarm-{place}", "place": place, "kind": "test", "unit": UNIT, "since": ASKED, "due": ASKED}
        yield schema.alarms, {**alarm, "raised": ASKED, "told": ASKED, "times": 1}
    for number, (door, place) in enumerate(DOORS.items()):
        values = {"id": door, "place": place, "name": door.title(), "unit": UNIT, "number": number}
        yield schema.doors, {**values, "drive": "open", "sensor": False, "travel_s": 12.0, "pulse_ms": 500}
    for grant, (place, person, doors, suspended) in GRANTS.items():
        values = {"id": grant, "place": place, "person": person, "doors": json.dumps(doors)}
        yield schema.grants, {**values, "suspended": suspended}
    for request, (place, person, kind, door) in REQUESTS.items():
        values = {"id": request, "place": place, "person": person, "kind": kind, "door": door}
        yield schema.requests, {**values, "name": person.title(), "created": ASKED}
    yield from _releases()
    for person, role in STAFF.items():
        yield schema.staff, {"person": person, "role": role}


def _releases() -> Iterator[tuple[sa.Table, dict[str, object]]]:
    """A release that is on its way to the one unit with doors."""
    keys = signatures.packed_signatures([]) * 2 + signatures.packed_keys(1, 0, 1, [bytes(range(32))])
    yield release_schema.key_sets, {"number": 1, "signed": keys, "added": ASKED}
    facts = (manifest.APPLICATION, 2, (1, 0, 2), 1, 1, 1, (6, 3), (1, 20), (1, 40), 6, bytes(32))
    files = [("main.mpy", 6, bytes(32))]
    signed = signatures.packed_signatures([]) + manifest.packed_release(*facts, "iomando-unit", ["ESP32"], files, "")
    release = {"counter": 2, "version": "1.0.2", "key_set": 1, "replaces": 1, "signed": signed, "bundle": b"bundle"}
    yield release_schema.releases, {**release, "notes": "", "published": ASKED}
    rollout = {"id": 1, "release": 2, "state": "running", "wave": 1, "plan": "{}", "started": ASKED, "forgiven": 0}
    yield release_schema.rollouts, rollout
    yield release_schema.rollout_units, {"rollout": 1, "unit": UNIT, "turn": 0, "state": "waiting", "tries": 0}


def _sessions(name: str) -> Iterator[tuple[sa.Table, dict[str, object]]]:
    scope = SCOPES.get(name)
    way = "guest" if name in HOSTS else "link" if scope else "code"
    for number, ended in (("", None), ("-other", None), ("-ended", ASKED)):
        row = SessionRow(f"s-{name}{number}", sha(token(name + number)), name, "a phone", ASKED, ASKED, scope, way)
        yield schema.sessions, {**msgspec.structs.asdict(row), "ended": ended}
    kind = "guest" if name in HOSTS else "sign-in"
    values = {"secret": sha(link(name)), "person": name, "kind": kind, "place": scope, "created": ASKED}
    yield schema.links, {**values, "expires": ASKED + DAY}


@cache
def _town() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="iomando-town-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = empty_database(folder)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for table, values in _rows():
            connection.execute(table.insert().values(**values))
    engine.dispose()
    return path


def town_database(folder: Path) -> Path:
    return Path(shutil.copy(_town(), folder / "iomando.db"))
