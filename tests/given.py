"""What many tests start from: an operation, a place with its people and doors, a database that holds them.

Never here: what should become of any of it.
"""

import atexit
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import msgspec
import sqlalchemy as sa

from cloud import access, chain, changes, database, grant_verbs, rules, schema
from cloud.chain import Entry
from cloud.change_desk import Actor
from cloud.change_store import ChangeStore
from cloud.changes import Edit
from cloud.identity_store import SessionRow
from cloud.log_store import Reader
from cloud.operations import Operation
from cloud.policy import Policy
from cloud.sealing import Sealer
from cloud.store import Store
from tests.unit_side import SECRET, UNIT

ASKED = 1_790_000_000_000
SEALING_KEY = bytes(range(100, 132))
SESSIONS = {"ana": "session-ana", "pau": "session-pau", "adm": "session-adm"}
ADM = Actor("adm", SESSIONS["adm"])
DOORS = {"gate": ("open_close", True), "lobby": ("open", False), "garage": ("toggle", True)}  # drive, sensor


def operation(**how: object) -> Operation:
    plain = Operation(
        id="00000000000000aa",
        press_id="p" * 22,
        person="ana",
        session=SESSIONS["ana"],
        place="home",
        door="gate",
        unit=UNIT,
        action="open",
        way="socket",
        asked=ASKED,
        recorded=ASKED + 8,
    )
    return msgspec.structs.replace(plain, **how)


@cache
def _empty() -> Path:
    """A database as its migrations make it, made once for all tests of a process."""
    folder = Path(tempfile.mkdtemp(prefix="iomando-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database.migrate(folder / "empty.db")
    return folder / "empty.db"


@cache
def _inhabited() -> Path:
    path = _empty().with_name("inhabited.db")
    shutil.copy(_empty(), path)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for table, values in _inhabitants():
            connection.execute(table.insert().values(**values))
    engine.dispose()
    return path


def _inhabitants() -> Iterator[tuple[sa.Table, dict[str, object]]]:
    yield schema.places, {"id": "home", "name": "Home", "zone": "Europe/Madrid"}
    yield schema.units, {"id": UNIT, "key_0": Sealer(SEALING_KEY).seal(SECRET, UNIT), "slot": 0}
    for person, session in SESSIONS.items():
        yield schema.people, {"id": person, "name": person.title(), "language": "en"}
        row = SessionRow(session, hashlib.sha256(person.encode()).digest(), person, "a phone", ASKED, ASKED)
        yield schema.sessions, msgspec.structs.asdict(row)
        role = "owner" if person == "adm" else "member"
        yield schema.members, {"place": "home", "person": person, "role": role, "name": person.title()}
    for number, (door, (drive, sensor)) in enumerate(DOORS.items()):
        values = {"id": door, "place": "home", "name": door, "unit": UNIT, "number": number, "drive": drive}
        yield schema.doors, {**values, "sensor": sensor, "travel_s": 12.0, "pulse_ms": 500}
        for person in ("ana", "pau"):
            yield schema.grants, grant_row(person, door)


def grant_row(person: str, door: str, **how: object) -> dict[str, object]:
    """A row that lets this person open this one door of home, always."""
    return {"id": f"{person}-{door}", "place": "home", "person": person, "doors": json.dumps([door]), **how}


def inhabited_database(folder: Path) -> Path:
    """A place with an admin, two people, a unit and three doors that both people may open; everyone is signed in, with
    her own name for a token."""
    return Path(shutil.copy(_inhabited(), folder / "iomando.db"))


def empty_database(folder: Path) -> Path:
    return Path(shutil.copy(_empty(), folder / "iomando.db"))


async def change_elsewhere(store: Store, plan: Callable[[access.Snapshot], list[Edit]]) -> None:
    """A change of policy made by another process: on disk, and this one has not heard of it."""
    policy = await read_afresh(store)
    edits = plan(policy.snapshot)
    after = policy.preview(edits)
    seen = {place: policy.version(place) for place in changes.places_of(edits, policy.snapshot)}

    def refuses(operation: Operation) -> str | None:
        return rules.allows(operation, after, ASKED).reason

    await ChangeStore(store).commit(edits, seen, refuses, [], ASKED)


async def removed_elsewhere(store: Store, grant: str) -> None:
    await change_elsewhere(store, lambda snapshot: grant_verbs.remove_grant(snapshot, "home", grant))


async def read_afresh(store: Store) -> Policy:
    """What is on disk, as a process that begins reads it."""
    policy = Policy(store)
    await policy.refresh()
    return policy


def whole_log(path: Path, place: str = "home") -> list[Entry]:
    """All lines of a place's log, whose chain is whole up to its head."""
    with Reader(path) as reader:
        found, head = list(reader.stream(place)), reader.head(place)
    verdict = chain.verify(found, head=head)
    assert verdict.whole, verdict.wrong
    return found


def plain(snapshot: access.Snapshot) -> object:
    """What can be compared of it: all but the timelines, which are made of the grants."""
    sites = {
        place: [
            [getattr(site, name) for name in site.__struct_fields__ if name != "held"],
            {holder: [held.grant for held in of] for holder, of in site.held.items()},
        ]
        for place, site in snapshot.sites.items()
    }
    return sites, snapshot.people, snapshot.place_of, snapshot.places_of, snapshot.revoked, snapshot.staff
