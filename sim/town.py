"""A small installation to try things on: a place, its people, doors and units. Makes them in a home, and starts the
cloud on it.

For the demo, the tests and the bench. The cloud runs as its own process, as in life; the units are run by `sim.board`.
"""

import asyncio
import datetime
import errno
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from cloud import database, schema
from cloud.certificates import Authority, write_private
from cloud.clock import Clock
from cloud.enrolment import enrol, keep
from cloud.home import Home
from cloud.sealing import Sealer, sealing_key
from cloud.sessions import Sessions
from cloud.store import Store
from sim.program import dying_with_us

START_S = 120  # patience: a start takes two seconds, and both cores may be busy
STOP_S = 10
FREE_PORTS = range(15_000, 32_000)
BROKER_NAME = "broker.iomando.test"
ZONE = "Europe/Madrid"  # of the place
TLS_1_2_ONLY = """\
openssl_conf = conf
[conf]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
MaxProtocol = TLSv1.2
"""


class DoorPlan(msgspec.Struct, frozen=True):
    """A door as an installer would describe it. Pins are GPIO numbers."""

    name: str
    drive: str = "toggle"
    relay: int = 18
    close_relay: int | None = None
    sense: int | None = None
    closed_contact: int | None = 32
    open_contact: int | None = 33
    exit_button: int | None = None
    travel_s: float = 3
    pulse_ms: int = 500

    @property
    def sensor(self) -> bool:
        return self.closed_contact is not None or self.open_contact is not None

    def on_unit(self) -> dict[str, Any]:
        return {k: v for k, v in msgspec.structs.asdict(self).items() if k != "name"}


class UnitPlan(msgspec.Struct, frozen=True):
    doors: tuple[DoorPlan, ...]


GARAGE = DoorPlan("Garage")
STAIRWELL = DoorPlan("Stairwell", "open", relay=19, closed_contact=25, open_contact=None, travel_s=1)
DEMO = (UnitPlan((GARAGE, STAIRWELL)),)


class Made(msgspec.Struct):
    """What was made: ids by name, identities by unit, in the order of the plans."""

    place: str
    user: str
    admin: str
    doors: dict[str, str]
    grants: dict[str, str]
    units: list[str]
    unit_json: dict[str, bytes]
    links: dict[str, str] = {}


def free_port() -> int:
    """Nobody listens there now, and no connection will be given it: what the system hands out by itself lies above."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", secrets.choice(FREE_PORTS)))
            return probe.getsockname()[1]


def port_from(wanted: int, host: str = "127.0.0.1") -> int:
    """This port, or the next one that is free. OSError: this machine has no such address."""
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno == errno.EADDRNOTAVAIL:
                    raise OSError(f"this machine has no address {host}") from error
            else:
                return port
    return free_port()


async def make(home: Path, plans: tuple[UnitPlan, ...], broker_port: int, users: int = 1) -> Made:
    """Fill an empty home; each unit's secrets go to <home>/units/<unit>/, as if they were on its flash."""
    with Home(home) as opened:
        database.migrate(opened.database)
        now = datetime.datetime.now(datetime.UTC)
        store, clock = Store(opened.database), Clock()
        sealer = Sealer(sealing_key(opened.keys / "sealing.key"))
        authority = Authority.kept(opened.keys, now)
        made = await _people(store)
        for plan in plans:
            identity = await enrol(store, sealer, authority, now)
            made.units.append(identity.unit)
            made.unit_json[identity.unit] = _unit_json(identity.unit, plan, broker_port)
            keep(opened.path / "units" / identity.unit, identity.files())
            for number, door in enumerate(plan.doors):
                await _door(store, made, identity.unit, number, door)
        await _more_users(store, made, users - 1)
        await _link(store, clock, made)
        await store.close()
        write_private(opened.path / "town.json", msgspec.json.encode(made))
    return made


def kept(home: Path) -> Made | None:
    """The town an earlier start has made here."""
    path = home / "town.json"
    return msgspec.json.decode(path.read_bytes(), type=Made) if path.exists() else None


async def new_links(home: Path, made: Made) -> None:
    """Fresh sign-in links for the user and the admin: the old ones may be spent."""
    with Home(home) as opened:
        database.migrate(opened.database)
        store = Store(opened.database)
        await _link(store, Clock(), made)
        await store.close()


async def new_link(home: Path, person: str) -> str:
    """One more sign-in link of hers, while a service may be running there."""
    store = Store(Home(home).database)
    try:
        return await Sessions(store, Clock()).link(person)
    finally:
        await store.close()


def unit_files(home: Path, made: Made, unit: str, broker_port: int) -> dict[str, bytes]:
    """What stands on a unit's flash beside the firmware; the broker's port may be another one at every start."""
    folder = home / "units" / unit
    files = {f"/{path.relative_to(folder)}": path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    config = json.loads(made.unit_json[unit]) | {"servers": [[BROKER_NAME, broker_port]]}
    return files | {"/unit.json": json.dumps(config).encode()}


class Cloud:
    """`iomando serve` as a process of its own. `log` holds its lines, newest last; `wait_for` waits for one."""

    def __init__(self, home: Path, port: int = 0, broker_port: int = 0, admin_port: int = 0, **settings: str) -> None:
        self.home = home
        self.port, self.broker_port, self.admin_port = (
            port or free_port(),
            broker_port or free_port(),
            admin_port or free_port(),
        )
        self.log: list[dict[str, Any]] = []
        self.process: asyncio.subprocess.Process | None = None
        self._settings = settings
        self._came = asyncio.Condition()
        self._reader: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://{self._settings.get('host', '127.0.0.1')}:{self.port}"

    async def start(self) -> None:
        self.log.clear()
        self.process = await self.spawn(asyncio.subprocess.PIPE)
        self._reader = asyncio.create_task(self._read(self.process), name="cloud log")
        await self.wait_for(lambda line: line["what"] == "serving", START_S)

    async def spawn(self, stderr: int) -> asyncio.subprocess.Process:
        """The bare process; its log goes to `stderr`."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        conf = self.home / "openssl.cnf"
        conf.write_text(TLS_1_2_ONLY)
        environment = os.environ | {
            "IOMANDO_HOME": str(self.home),
            "IOMANDO_DEMO": "1",
            "IOMANDO_PORT": str(self.port),
            "IOMANDO_ADMIN_PORT": str(self.admin_port),
            "IOMANDO_BROKER_PORT": str(self.broker_port),
            "IOMANDO_BROKER_NAME": BROKER_NAME,
            "OPENSSL_CONF": str(conf),  # the board speaks TLS 1.2 only, MicroPython's unix port would take 1.3
        }
        environment |= {f"IOMANDO_{name.upper()}": value for name, value in self._settings.items()}
        return await asyncio.create_subprocess_exec(
            *(*dying_with_us(), sys.executable, "-m", "cloud.cli", "serve"),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=stderr,
        )

    async def wait_for(
        self,
        matches: Callable[[dict[str, Any]], bool],
        timeout_s: float = 10,
        start: int = 0,
    ) -> dict[str, Any]:
        """The first log line that matches, from line `start` on. TimeoutError, or RuntimeError with its last words
        when it ended."""
        async with asyncio.timeout(timeout_s), self._came:
            while True:
                for line in self.log[start:]:
                    if matches(line):
                        return line
                if self._reader is None or self._reader.done():
                    last = "\n".join(str(line.get("trace") or line["what"]) for line in self.log[-5:])
                    raise RuntimeError(f"the cloud ended:\n{last}")
                await self._came.wait()

    def kill(self) -> None:
        if self.process:
            self.process.kill()

    def signal(self, number: signal.Signals) -> None:
        if self.process:
            self.process.send_signal(number)

    async def stop(self) -> None:
        process = self.process
        if process is None:
            return
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
        await process.wait()
        if self._reader:
            await self._reader
        self.process = None

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stderr is None:
            return
        async for raw in process.stderr:
            try:
                line = json.loads(raw)
            except ValueError:
                line = {
                    "what": raw.decode(errors="replace").rstrip(),
                    "level": "RAW",
                    "part": "",
                }
            async with self._came:
                self.log.append(line)
                self._came.notify_all()
        async with self._came:
            self._came.notify_all()


async def _link(store: Store, clock: Clock, made: Made) -> None:
    """One link each, and one more of the admin's for whoever runs the town and wants to watch."""
    sessions = Sessions(store, clock)
    for who, person in ((made.user, made.user), (made.admin, made.admin), ("watcher", made.admin)):
        made.links[who] = await sessions.link(person)


async def _people(store: Store) -> Made:
    place, user, admin = (secrets.token_hex(4) for _ in range(3))
    await store.add(
        schema.places,
        id=place,
        name="Carrer Mallorca 120",
        zone=ZONE,
        help_name="Marta, the caretaker",
        help_contact="tel:+34600000000",
        other_way="The small door in the gate opens with the stairwell key.",
    )
    for person, name in ((user, "Anna"), (admin, "Marta")):
        await store.add(schema.people, id=person, name=name, language="en")
        role = "owner" if person == admin else "member"
        await store.add(schema.members, place=place, person=person, role=role, name=name)
    return Made(place, user, admin, {}, {}, [], {})


async def _door(store: Store, made: Made, unit: str, number: int, plan: DoorPlan) -> None:
    door = secrets.token_hex(4)
    await store.add(
        schema.doors,
        id=door,
        place=made.place,
        name=plan.name,
        unit=unit,
        number=number,
        drive=plan.drive,
        sensor=plan.sensor,
        travel_s=plan.travel_s,
        pulse_ms=plan.pulse_ms,
    )
    made.doors[plan.name] = door
    made.grants[plan.name] = await _grant(store, made.place, made.user, door)
    await _grant(store, made.place, made.admin, door)


async def _grant(store: Store, place: str, person: str, door: str) -> str:
    """One door, always."""
    grant = secrets.token_hex(6)
    await store.add(schema.grants, id=grant, place=place, person=person, doors=json.dumps([door]))
    return grant


async def _more_users(store: Store, made: Made, count: int) -> None:
    for number in range(count):
        person, name = f"user{number + 2}", f"User {number + 2}"
        await store.add(schema.people, id=person, name=name, language="en")
        await store.add(schema.members, place=made.place, person=person, role="member", name=name)
        for door in made.doors.values():
            await _grant(store, made.place, person, door)


def _unit_json(unit: str, plan: UnitPlan, broker_port: int) -> bytes:
    config = {
        "unit": unit,
        "servers": [[BROKER_NAME, broker_port]],
        "dns": ["127.0.0.1"],
        "time_servers": ["time.iomando.test"],
        "keepalive_s": 120,
        "network": {"kind": "wired"},
        "inputs": {"power": None, "tamper": None},
        "doors": [door.on_unit() for door in plan.doors],
    }
    return json.dumps(config).encode()
