"""One story's part of a town: a unit of its own behind a link that fails on request, its doors, and people with phones.

`check()` holds what must be true after every story: at most one pulse for one operation, none without its record,
coils off, every operation at its end, and the phones showing what is on disk. Never here: a fault's own expectations.
"""

import asyncio
import contextlib
import os
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from firmware import wire
from sim import town
from sim.board import Board
from sim.edges import Edge
from sim.phone import Phone
from sim.proxy import Proxy
from tests.hostile_broker import HostileBroker

SOON_S = 40  # bounds a failure; nothing waits for it
FINAL = {"REFUSED", "NOT_SENT", "DONE", "ALREADY", "DECLINED", "UNKNOWN"}


class Scene:
    """`people`: (id, token) of the users, then the admin's. `forged`: operation ids that the story made up itself."""

    def __init__(
        self,
        cloud: town.Cloud,
        board: Board,
        proxy: Proxy,
        doors: list[str],
        people: list[tuple[str, str]],
        broker: HostileBroker | None,
    ) -> None:
        self.cloud, self.board, self.proxy, self.unit = cloud, board, proxy, board.unit
        self.doors, self.people = doors, people
        self.hostile = broker
        self.forged: set[str] = set()
        self.coil_may_stay_on = False
        self.phones: list[Phone] = []
        self.grants: dict[str, str] = {}  # person → her grant for the first door, as it was in the beginning
        self._http: aiohttp.ClientSession | None = None

    # --- who is there

    async def enter(self) -> None:
        """The first user watches, the unit is online, its doors are where they are."""
        found = query(self.cloud.home, "SELECT id, person FROM grants WHERE doors LIKE ?", (f'%"{self.door}"%',))
        self.grants = {row["person"]: row["id"] for row in found}
        await self.new_phone()
        await self.shown(lambda door: door["link"] == "online", "the unit online")
        if self.view["sensor"]:
            await self.shown(lambda door: door["state"] != "unknown", "where the door is")

    async def leave(self) -> None:
        for phone in self.phones:
            await phone.close()
        if self._http is not None:
            await self._http.close()

    @property
    def nobody(self) -> aiohttp.ClientSession:
        """HTTP without a person."""
        self._http = self._http or aiohttp.ClientSession(headers={"Origin": self.cloud.url})
        return self._http

    async def health(self) -> dict[str, Any]:
        async with self.nobody.get(f"http://127.0.0.1:{self.cloud.admin_port}/healthz") as response:
            return await response.json()

    @property
    def phone(self) -> Phone:
        return self.phones[0]

    async def new_phone(self, who: int = 0, *, through: Proxy | None = None) -> Phone:
        """Signed in and watching; -1 is the admin."""
        phone = Phone(self.cloud.url)
        self.phones.append(phone)
        phone.http.cookie_jar.update_cookies({"iomando": self.people[who][1]}, URL(self.cloud.url))
        if through is not None:
            phone.url = f"http://127.0.0.1:{through.port}"
        await phone.watch()
        return phone

    async def reconnect(self) -> None:
        """All phones come back to a new picture, after the cloud was started again."""
        for phone in self.phones:
            await phone.hang_up()
            phone.stream = None
            await phone.watch()

    # --- what is shown

    @property
    def door(self) -> str:
        return self.doors[0]

    @property
    def view(self) -> dict[str, Any]:
        return self.phone.doors[self.door]

    async def shown(self, fact: Any, what: str) -> dict[str, Any]:
        """The first door, once the phone shows it so."""
        await self.phone.until(lambda: fact(self.view), f"the phone to show {what}", SOON_S)
        return self.view

    async def shown_state(self, state: str) -> None:
        await self.shown(lambda door: door["state"] == state, f"the door {state}")

    async def online(self, *, after: int = 0) -> None:
        """The cloud's log tells that the unit came back; from line `after` on."""
        await self.logged("unit online", unit=self.unit, after=after)

    def log_end(self) -> int:
        return len(self.cloud.log)

    async def logged(self, what: str, *, after: int = 0, timeout: float = SOON_S, **fields: Any) -> dict[str, Any]:
        wanted = {"what": what, **fields}
        return await self.cloud.wait_for(
            lambda line: all(line.get(key) == value for key, value in wanted.items()), timeout, after
        )

    # --- presses

    async def press(self, action: str | None = None, *, phone: Phone | None = None, door: int = 0, **how: Any) -> str:
        phone = phone or self.phone
        action = action or phone.doors[self.doors[door]]["action"]
        assert action is not None, "the button asks for nothing now"
        return await phone.press(self.doors[door], action, **how)

    async def operation(self, press_id: str, phone: Phone | None = None) -> dict[str, Any]:
        """What the phone shows of this press, as soon as it shows anything."""
        phone = phone or self.phone

        def found() -> dict[str, Any] | None:
            return next((o for o in phone.operations.values() if o["press_id"] == press_id), None)

        return await phone.until(found, "the operation", SOON_S)

    async def outcome(self, press_id: str, phone: Phone | None = None) -> dict[str, Any]:
        return await (phone or self.phone).outcome(press_id, SOON_S)

    async def ends(
        self, press_id: str, state: str, reason: str | None = None, *, phone: Phone | None = None
    ) -> dict[str, Any]:
        """The operation, which must come to just this end."""
        operation = await self.outcome(press_id, phone)
        assert (operation["state"], operation["reason"]) == (state, reason), operation
        return operation

    async def becomes(self, op_id: str, state: str, phone: Phone | None = None) -> dict[str, Any]:
        """The operation, once it is shown in this state."""
        phone = phone or self.phone
        await phone.until(lambda: phone.operations[op_id]["state"] == state, f"{op_id} to become {state}", SOON_S)
        return phone.operations[op_id]

    async def opens(self) -> dict[str, Any]:
        """The door still works: one press, one pulse, said so. What the last press began is over first."""

        def moves() -> bool:
            return any(o["movement"] in ("awaited", "moving") for o in self.phone.operations.values())

        await self.phone.until(lambda: not moves(), "the end of all movement", SOON_S)
        await self.shown(lambda door: door["link"] == "online", "the unit online")
        if self.view["sensor"]:
            await self.shown_state("closed")
        operation = await self.ends(await self.press(), "DONE")
        assert self.pulses(operation["id"]) == 1
        return operation

    # --- the link

    async def cut_off(self) -> None:
        """The unit's connection breaks, seen by both ends, and nothing of a new one gets through."""
        self.proxy.black_hole()
        await self.proxy.reset()

    async def back(self) -> None:
        """The link is well again, the unit is connected; what hung in the link is gone."""
        said = len(self.board.console)
        self.proxy.heal()
        await self.proxy.reset()
        await self.connected(since=said)

    async def connected(self, *, since: int) -> None:
        """The unit's own word for it, from this line of its console on."""
        await self.board.console_line("connected to", SOON_S, since=since)

    async def away(self) -> None:
        """Cut off, and known to be."""
        await self.cut_off()
        await self.shown(lambda door: door["link"] == "away", "the unit away")

    async def power_cycle(self) -> None:
        self.board.power_off()
        self.board.power_on()
        await self.board.reset_seen(len(self.board.resets) + 1, SOON_S)

    # --- the cloud's process

    async def crash(self) -> None:
        """kill -9; what the system does with the rest has happened when this returns."""
        self.cloud.kill()
        await self.dead()

    async def dead(self) -> None:
        assert self.cloud.process is not None
        async with asyncio.timeout(SOON_S):
            await self.cloud.process.wait()

    async def restart(self) -> None:
        await self.cloud.start()
        await self.reconnect()

    def broker_process(self) -> int:
        """mosquitto, the cloud's only child."""
        assert self.cloud.process is not None
        (child,) = [pid for pid in processes_of(self.cloud.home) if _parent(pid) == self.cloud.process.pid]
        return child

    async def stopped(self) -> None:
        """The cloud's process has come to the SIGSTOP that it was to get."""
        assert self.cloud.process is not None
        stat = Path(f"/proc/{self.cloud.process.pid}/stat")
        await until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", "the cloud to stand still")

    def gate(self, name: str, what: str) -> None:
        """What happens when the cloud comes to this step; see inside_cloud."""
        (self.cloud.home / "gates" / name).write_text(what)

    def open_gate(self, name: str) -> None:
        (self.cloud.home / "gates" / name).unlink()

    async def at_gate(self, name: str) -> None:
        await self.logged("at the gate", gate=name)

    def age_s(self, op: str) -> float:
        """Seconds since it was recorded."""
        return time.time() - self.row(op)["recorded"] / 1000

    # --- what moved, what is on disk

    def coil_edges(self, op: str | None = None, *, value: int = 1, door: int | None = None) -> list[Edge]:
        return [
            edge
            for edge in self.board.edges
            if edge.kind == "coil"
            and edge.value == value
            and (op is None or edge.op == op)
            and (door is None or edge.door == door)
        ]

    def pulses(self, op: str | None = None) -> int:
        """How often a coil went on, for this operation or at all."""
        return len(self.coil_edges(op))

    async def coil_on(self, op: str, timeout: float = SOON_S) -> Edge:
        return await self.board.edges.wait(timeout, kind="coil", value=1, op=op)

    async def coil_off(self, op: str, timeout: float = SOON_S) -> Edge:
        return await self.board.edges.wait(timeout, kind="coil", value=0, op=op)

    def rows(self) -> dict[str, sqlite3.Row]:
        """The operations of this story's doors, as they are on disk, by id."""
        marks = ", ".join("?" * len(self.doors))
        found = query(self.cloud.home, f"SELECT * FROM operations WHERE door IN ({marks})", self.doors)
        return {row["id"]: row for row in found}

    def row(self, op: str) -> sqlite3.Row:
        return self.rows()[op]

    # --- the keys, for what only the cloud could make

    def pads(self) -> tuple[Any, Any]:
        """(down, up) of the unit's command key."""
        key = (self.cloud.home / "units" / self.unit / "command.key").read_bytes()
        return wire.direction_pads(key, bytes.fromhex(self.unit))

    def command(self, epoch: bytes, not_after: int, *, op: bytes, action: int = wire.OPEN, door: int = 0) -> bytes:
        """A genuine command that the cloud never made."""
        self.forged.add(op.hex())
        return wire.command(self.pads()[0], 0, bytes.fromhex(self.unit), epoch, not_after, op, action, door, 0)

    async def taken(self) -> None:
        """The unit has taken all that the hostile broker gave it so far: it answers a question that came after."""
        hostile = self.hostile
        assert hostile is not None
        hello, nonce = hostile.frames(self.unit, wire.HELLO)[-1], secrets.token_bytes(8)
        ask = wire.ask(self.pads()[0], 0, bytes.fromhex(self.unit), wire.hello_fields(hello)[0], nonce)

        def answered() -> bool:
            return any(wire.heartbeat_fields(f)[2] == nonce for f in hostile.frames(self.unit, wire.HEARTBEAT))

        async with asyncio.timeout(SOON_S):
            while not answered():
                since = len(hostile.seen)
                await hostile.give(self.unit, ask)
                with contextlib.suppress(TimeoutError):  # it answers one a second
                    await hostile.frame(self.unit, wire.HEARTBEAT, since=since, timeout=1.5)

    # --- after every story

    def last_words(self) -> str:
        """For whoever looks into a failure."""
        log = [str(line)[:400] for line in self.cloud.log if line.get("unit", self.unit) == self.unit][-30:]
        edges = [edge.as_json() for edge in self.board.edges[-20:]]
        return "\n".join(["the unit's console:", *self.board.console[-30:], "the cloud's log:", *log, "edges:", *edges])

    async def check(self) -> None:
        watching = [phone for phone in self.phones if phone.ws is not None and not phone.ws.closed]
        with contextlib.suppress(TimeoutError):  # what is on disk is pushed a moment later; what is wrong then is told
            await until(lambda: not self._untrue(watching), "every screen to show what is on disk")
        assert not self._untrue(watching), f"the story ended before its operation did: {self._untrue(watching)}"
        pulsed = Counter(edge.op for edge in self.coil_edges())
        assert all(count == 1 for count in pulsed.values()), f"more than one pulse for an operation: {pulsed}"
        assert pulsed.keys() <= self.rows().keys() | self.forged, f"a pulse without a record: {pulsed}"
        for op in pulsed if not self.coil_may_stay_on else ():
            assert op is not None
            await self.coil_off(op)

    def _untrue(self, watching: list[Phone]) -> list[tuple[Any, Any]]:
        """What is not at its end, and what a screen shows otherwise than it stands on disk."""
        rows = self.rows()
        unfinished: list[tuple[Any, Any]] = [(None, dict(row)) for row in rows.values() if row["state"] not in FINAL]
        shown = [(op, operation) for phone in watching for op, operation in phone.operations.items()]
        for op, operation in shown:
            if operation["state"] not in FINAL or (op in rows and operation["state"] != rows[op]["state"]):
                unfinished.append((operation, dict(rows[op]) if op in rows else None))
        return unfinished


def query(home: Path, sql: str, values: Any = ()) -> list[sqlite3.Row]:
    connection = sqlite3.connect(home / "iomando.db", timeout=10)
    try:
        connection.row_factory = sqlite3.Row
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def processes_of(home: Path) -> list[int]:
    """Every process that was given this home, as the cloud and its broker are, or an image in it, as a unit is."""
    found, mark = [], str(home).encode()
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in (process / "environ").read_bytes() or mark in (process / "cmdline").read_bytes():
                    found.append(int(process.name))
    return found


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


async def until(fact: Callable[[], object], what: str, timeout_s: float = SOON_S) -> None:
    """For what tells nobody when it comes about."""
    try:
        async with asyncio.timeout(timeout_s):
            while not fact():  # noqa: ASYNC110 - that is what this is for
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise TimeoutError(f"waited {timeout_s} s for {what}") from None
