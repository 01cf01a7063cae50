"""A town whose door boxes are updated: real service and broker, real firmware on the bench's boards, releases made with
the maintainer's own tools, a maintainer and a user with their phones. Never here: what should become of a release.
"""

import asyncio
import base64
import json
import os
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from msgspec.structs import replace

from cloud import schema
from cloud.store import Store
from sim import town
from sim.board import Board
from sim.phone import Phone
from sim.street import FIRMWARE, Street
from tests.release_desk import Desk
from tools import keys, release_files

SOON_S = 90  # bounds a failure; nothing waits for it
PLAIN = town.DoorPlan("", "open", pulse_ms=200, travel_s=0.5, closed_contact=None, open_contact=None)
BUILT = "1790000000"  # what is tested need not be committed; no unit believes a time before it
PAUSE_S = 1.1  # between two presses of a user who tries one door after the other: the cloud takes one a second
LOADS = ("offered", "loading")
Detail = dict[str, Any]
# All that differs from the firmware as it is: a trial is looked at every second instead of every 30, and who was
# confirmed takes the next release at once instead of after two hours.
IMPATIENT = {
    "main": lambda text: text.replace("LOOK_MS = 30000", "LOOK_MS = 1000"),
    "updates": lambda text: text.replace("STOOD_S = 7800", "STOOD_S = 0"),
}
BENCH_PYTHON = "1.25"


class Maker:
    """A maintainer's desk with one key. Its folder has to be the working directory."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        self.desk.key_set(1, ["anna"])
        self.keys = keys.Sets(folder / "release-keys").read(1).packed()

    def makes(self, version: str, **changed: Callable[[str], str]) -> str:
        """A signed release of this firmware, with these of its sources changed; its folder."""
        sources = self.desk.folder / f"sources-{version}"
        shutil.copytree(FIRMWARE, sources, ignore=shutil.ignore_patterns("__pycache__"))
        for name, change in (IMPATIENT | changed).items():
            path = sources / f"{name}.py"
            before = path.read_text()
            path.write_text(change(before))
            assert path.read_text() != before, name
        folder = f"releases/{len(list(self.desk.folder.glob('releases/*'))) + 2}-{version}"
        self.desk.do(
            *("build", "--version", version, "--sources", str(sources), "--built", BUILT, "--least", BENCH_PYTHON)
        )
        self.desk.do("sign", folder, "anna.key")
        return folder


class Told:
    """What became of a press, how the unit stood with the release before and after it, its starts meanwhile."""

    def __init__(self, unit: str, before: str, after: str, starts: int, operation: dict[str, Any]) -> None:
        self.unit, self.before, self.after, self.starts, self.operation = unit, before, after, starts, operation

    def __repr__(self) -> str:
        o = self.operation
        return f"{self.unit} {self.before}>{self.after}, {self.starts} starts: {o['state']} {o['reason']}"


class RolloutTown:
    def __init__(self, home: Path, made: town.Made, cloud: town.Cloud, street: Street, maker: Maker) -> None:
        self.home, self.made, self.cloud, self.street, self.maker = home, made, cloud, street, maker
        self.user, self.staff = Phone(cloud.url), Phone(cloud.url)
        self.doors = dict(zip(made.units, made.doors.values(), strict=True))

    async def __aenter__(self) -> Self:
        await self.user.sign_in(self.made.links[self.made.user])
        await self.staff.sign_in(self.made.links[self.made.admin])
        for phone in (self.user, self.staff):
            await phone.watch()
        await self.user.until(
            lambda: all(door["link"] == "online" for door in self.user.doors.values()), "every unit online", SOON_S
        )
        return self

    async def __aexit__(self, *_error: object) -> None:
        for phone in (self.user, self.staff):
            await phone.close()

    @property
    def boards(self) -> dict[str, Board]:
        return self.street.boards

    # -- the maintainer

    async def publishes(self, folder: str) -> None:
        """With the tool, over HTTP."""
        link = await town.new_link(self.home, self.made.admin)
        typed = f"{self.cloud.url}/#sign-in={link}\n"
        await asyncio.to_thread(self.maker.desk.do, "publish", folder, typed=typed)

    async def puts(self, folder: str) -> int:
        """As the tool does, without verifying it first; its counter."""
        release = release_files.read(Path(folder))
        if not await self.call("GET", "key-sets"):
            await self.call("POST", "key-sets", {"signed": _text(self.maker.keys)}, 201)
        both = {"manifest": _text(release.signed), "bundle": _text(release.bundle)}
        return (await self.call("POST", "releases", both, 201))["counter"]

    async def call(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        async with self.staff.http.request(method, f"{self.cloud.url}/api/v1/{path}", json=body) as response:
            said = await response.text()
            assert response.status == status, said
            return json.loads(said) if said else None

    async def rolls_out(self, release: int, **plan: Any) -> int:
        """At any hour; who was confirmed and opened a door, or passed its self-test, is good at once."""
        body = {"release": release, "hours": None, "soak_s": 0, **plan}
        return (await self.call("POST", "rollouts", body, 201))["id"]

    async def becomes(self, rollout: int, fact: Callable[[Detail], Any], what: str) -> Detail:
        """The roll-out as the maintainer sees it, once that is so; asked for when the service says that it changed."""
        detail: Detail = {}
        try:
            async with asyncio.timeout(SOON_S):
                while True:
                    heard = len(self.staff.messages)
                    if fact(detail := await self.call("GET", f"rollouts/{rollout}")):
                        return detail
                    await self.staff.until(lambda heard=heard: len(self.staff.messages) > heard, what, SOON_S)
        except TimeoutError as error:
            error.add_note(f"waited for {what}: {detail.get('state')} {detail.get('why')} {states(detail)}")
            raise

    # -- the user

    async def press(self, unit: str, timeout_s: float = 30) -> dict[str, Any]:
        return await self.user.outcome(await self.user.press(self.doors[unit]), timeout_s)

    async def opens(self, unit: str) -> None:
        """As soon as its box is shown online, and with one pulse."""
        door = self.doors[unit]
        await self.user.until(lambda: self.user.doors[door]["link"] == "online", "the box online", SOON_S)
        edges = self.boards[unit].edges
        before = len(edges)
        operation = await self.press(unit)
        assert operation["state"] == "DONE", operation
        pulses = [edge for edge in list(edges)[before:] if edge.kind == "coil" and edge.value]
        assert [edge.op for edge in pulses] == [operation["id"]]

    async def opens_at_last(self, unit: str) -> None:
        """Pressed until it does: it may be on its way back."""
        async with asyncio.timeout(SOON_S):
            state = ""
            while state != "DONE":
                await asyncio.sleep(PAUSE_S)
                state = (await self.press(unit))["state"]

    async def keeps_opening(self, rollout: int, found: list[Told]) -> None:
        """One door after the other, those first whose box loads; until it is cancelled. Never the same at once again:
        its coil pauses."""
        turn, last = 0, ""
        while True:
            await asyncio.sleep(PAUSE_S)
            turn += 1
            before = of_units(await self.call("GET", f"rollouts/{rollout}"))
            busy = [unit for unit, row in before.items() if row["state"] in LOADS and row["online"]]
            unit = busy[turn // 2 % len(busy)] if busy and turn % 2 else list(before)[turn % len(before)]
            if unit == last or self.user.doors[self.doors[unit]]["link"] != "online":
                last = ""
                continue
            last = unit
            starts, board = len(self.boards[unit].resets), self.boards[unit]
            operation = await self.press(unit)
            starts = len(board.resets) - starts
            after = of_units(await self.call("GET", f"rollouts/{rollout}"))
            found.append(Told(unit, before[unit]["state"], after[unit]["state"], starts, operation))

    # -- what befalls them

    async def cloud_dies(self) -> None:
        """kill -9, its broker with it; the next one begins at once."""
        assert self.cloud.process
        self.cloud.kill()
        await self.cloud.process.wait()
        await self.cloud.start()
        for phone in (self.user, self.staff):
            await phone.hang_up()
            phone.stream = None
            await phone.watch()

    async def broker_dies(self) -> None:
        """kill -9 of mosquitto; the cloud starts another."""
        since = len(self.cloud.log)
        pid = next(line["pid"] for line in reversed(self.cloud.log) if line["what"] == "broker runs")
        os.kill(pid, signal.SIGKILL)
        await self.cloud.wait_for(lambda line: line["what"] == "broker connected", SOON_S, since)

    async def unit_dies(self, unit: str) -> None:
        """Power off and on."""
        board = self.boards[unit]
        starts = len(board.resets)
        board.power_off()
        board.power_on()
        await board.reset_seen(starts + 1, SOON_S)

    # -- what is left behind

    def logged(self, *kinds: str) -> list[dict[str, Any]]:
        """Of the place's log, by what it tells."""
        with sqlite3.connect(f"file:{self.home / 'iomando.db'}?mode=ro", uri=True) as db:
            marks = ",".join("?" * len(kinds))
            query = f"SELECT detail FROM log WHERE place = ? AND kind IN ({marks}) ORDER BY n"
            return [json.loads(detail) for (detail,) in db.execute(query, (self.made.place, *kinds))]

    async def logs(self, kind: str, count: int) -> None:
        """So many lines of that kind were pushed to the place's admin, and are on disk."""

        def pushed() -> bool:
            lines = [line for message in self.staff.messages if message["type"] == "log" for line in message["lines"]]
            return sum(line["kind"] == kind for line in lines) >= count

        await self.staff.until(pushed, f"{count} lines {kind}", SOON_S)

    def pulses(self) -> Counter[str | None]:
        """How often a coil went on, by operation."""
        return Counter(edge.op for edge in self.street.edges() if edge.kind == "coil" and edge.value)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def states(detail: Detail) -> dict[str, int]:
    return detail.get("units", {})


def of_units(detail: Detail) -> dict[str, dict[str, Any]]:
    return {row["unit"]: row for row in detail["each"]}


def has(detail: Detail, **wanted: int) -> bool:
    """So many units in each of these states."""
    return all(states(detail).get(state, 0) == count for state, count in wanted.items())


@asynccontextmanager
async def rollout_town(home: Path, maker: Maker, units: int) -> AsyncIterator[RolloutTown]:
    """Every unit runs release 1 and trusts the maker's keys; all are online."""
    broker_port = town.free_port()
    plans = tuple(town.UnitPlan((replace(PLAIN, name=f"Door {number}"),)) for number in range(units))
    made = await town.make(home, plans, broker_port)
    store = Store(home / "iomando.db")
    await store.add(schema.staff, person=made.admin, role="maintainer")
    await store.close()
    for unit in made.units:
        (home / "units" / unit / "release.keys").write_bytes(maker.keys)
    cloud, street = town.Cloud(home, broker_port=broker_port), Street(home, made, broker_port)
    try:
        await cloud.start()
        await street.start()
        async with RolloutTown(home, made, cloud, street, maker) as it:
            yield it
    finally:
        await street.stop()
        await cloud.stop()
