"""What many tests start from: an operation, a place with its people and doors, a database that holds them.

Never here: what should become of any of it.
"""

import shutil
import tempfile
from functools import cache
from pathlib import Path

import msgspec

from cloud import database, schema
from cloud.operations import Operation
from cloud.sealing import Sealer
from cloud.store import SessionRow, Store
from tests.unit_side import SECRET, UNIT

ASKED = 1_790_000_000_000
SEALING_KEY = bytes(range(100, 132))
SESSIONS = {"ana": "session-ana", "pau": "session-pau", "adm": "session-adm"}
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
    database.migrate(folder / "empty.db")
    return folder / "empty.db"


def empty_database(folder: Path) -> Path:
    path = folder / "iomando.db"
    shutil.copy(_empty(), path)
    return path


async def inhabited(store: Store, since: int = ASKED) -> Store:
    """A place with an admin, two people, a unit and three doors that both people may open; everyone is signed in."""
    await store.add(schema.places, id="home", name="Home", zone="Europe/Madrid")
    await store.add(schema.units, id=UNIT, key_0=Sealer(SEALING_KEY).seal(SECRET, UNIT), slot=0)
    for person in SESSIONS:
        await store.add(schema.people, id=person, name=person.title(), language="en")
    await store.add(schema.admins, place="home", person="adm")
    for number, (door, (drive, sensor)) in enumerate(DOORS.items()):
        values = {"id": door, "place": "home", "name": door, "unit": UNIT, "number": number, "drive": drive}
        await store.add(schema.doors, **values, sensor=sensor, travel_s=12.0, pulse_ms=500)
        for person in ("ana", "pau"):
            await store.add(schema.grants, id=f"{person}-{door}", person=person, door=door)
    for person, session in SESSIONS.items():
        row = SessionRow(session, f"token of {person}".encode(), person, "a phone", since, since)
        await store.add(schema.sessions, **msgspec.structs.asdict(row))
    return store
