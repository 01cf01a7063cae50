"""Takes a unit in: its certificate, its command key, its row. What the unit needs is returned once and kept nowhere
in the clear."""

import datetime
import json
import secrets
from pathlib import Path

import msgspec
import sqlalchemy as sa

from cloud import schema
from cloud.certificates import Authority, write_private
from cloud.sealing import Sealer
from cloud.store import Store
from firmware.wire import SECRET_BYTES

UNIT_BYTES = 4


class Identity(msgspec.Struct, frozen=True):
    """Secrets of one unit; `unit` is 8 hex digits, certificates and key are DER."""

    unit: str
    certificate: bytes
    key: bytes
    command_key: bytes
    authorities: tuple[bytes, ...]

    def files(self) -> dict[str, bytes]:
        """Where each part stands on the unit's flash, beside its unit.json."""
        files = {
            "/tls.crt": self.certificate,
            "/tls.key": self.key,
            "/command.key": self.command_key,
        }
        return files | {f"/ca/{n}.der": der for n, der in enumerate(self.authorities)}


async def enrol(
    store: Store,
    sealer: Sealer,
    authority: Authority,
    now: datetime.datetime,
    unit: str | None = None,
) -> Identity:
    unit = unit or secrets.token_hex(UNIT_BYTES)
    command_key = secrets.token_bytes(SECRET_BYTES)
    issued = authority.client(unit, now)
    await store.add(schema.units, id=unit, key_0=sealer.seal(command_key, unit), slot=0)
    return Identity(unit, issued.der(), issued.key_der(), command_key, (authority.issued.der(),))


BENCH_DOOR = {
    "drive": "toggle",
    "relay": 18,
    "close_relay": None,
    "sense": None,
    "pulse_ms": 500,
    "closed_contact": 32,
    "open_contact": 33,
    "exit_button": None,
    "travel_s": 12,
}


async def enrol_for_the_bench(
    store: Store,
    sealer: Sealer,
    authority: Authority,
    now: datetime.datetime,
    into: Path,
    place: str,
    server: tuple[str, int],
) -> str:
    """A unit for `iomando sim` with one door at a place of this name: its files in a folder of its own. The unit's
    id."""
    identity = await enrol(store, sealer, authority, now)
    place_id = await _place(store, place)
    await store.add(
        schema.doors,
        id=secrets.token_hex(4),
        place=place_id,
        name=f"Door of {identity.unit}",
        unit=identity.unit,
        number=0,
        drive=BENCH_DOOR["drive"],
        sensor=True,
        travel_s=BENCH_DOOR["travel_s"],
        pulse_ms=BENCH_DOOR["pulse_ms"],
    )
    config = {
        "unit": identity.unit,
        "servers": [list(server)],
        "dns": ["127.0.0.1"],
        "time_servers": ["pool.ntp.org"],
        "keepalive_s": 120,
        "network": {"kind": "wired"},
        "inputs": {"power": None, "tamper": None},
        "doors": [BENCH_DOOR],
    }
    keep(into / identity.unit, identity.files() | {"/unit.json": json.dumps(config, indent=1).encode()})
    return identity.unit


def keep(folder: Path, files: dict[str, bytes]) -> None:
    """The files of a unit's flash in a folder: readable by its owner only."""
    for name, content in files.items():
        path = folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, content)


async def _place(store: Store, name: str) -> str:
    async with store.engine.connect() as c:
        found = (await c.execute(sa.select(schema.places.c.id).where(schema.places.c.name == name))).scalar()
    if found is None:
        found = secrets.token_hex(4)
        await store.add(schema.places, id=found, name=name, zone="UTC")
    return found
