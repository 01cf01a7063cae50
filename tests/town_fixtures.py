"""Stories about faults, told end to end: real cloud, real broker (or a hostile one), real firmware on the bench.

Most of a story is waiting for deadlines, so all stories of a file run at the same time, each with a unit, doors and
people of its own in one town; one that stops or kills the cloud says `alone=True` and gets a town to itself. So:

    pytestmark = pytest.mark.asyncio(loop_scope="module")
    stories = together()

    @story()
    async def test_some_fault(s: Scene) -> None: ...
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from cloud.clock import Clock
from cloud.home import Home
from cloud.sessions import Sessions
from cloud.store import Store
from sim import flash, town
from sim.air import Air
from sim.board import Board
from sim.net import Net
from sim.proxy import Proxy
from sim.street import FIRMWARE
from sim.town import DoorPlan, UnitPlan
from tests.hostile_broker import HostileBroker
from tests.scene import Scene, processes_of

UNIT_PORT = 8883  # what unit.json says; where it leads is the net's business
INSIDE_CLOUD = Path(__file__).parent / "inside_cloud"
AT_ONCE = 2  # towns that start at the same time: more only makes each of them slower
GONE_S = 20

# A strike: opens in a moment, closes itself soon, so that a story can press again.
STRIKE = DoorPlan("", "open", pulse_ms=200, travel_s=0.5)
STAYS_OPEN_S = 1
Tell = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class Story:
    tell: Tell
    doors: tuple[DoorPlan, ...]
    alone: bool
    hostile: bool
    gates: bool
    users: int
    fields: dict[str, Any] = field(default_factory=dict)
    board: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return getattr(self.tell, "__name__", "story")

    def plan(self) -> UnitPlan:
        return UnitPlan(tuple(replace(door, name=f"{self.name} {n}") for n, door in enumerate(self.doors)))


def story(
    *doors: DoorPlan,
    alone: bool = False,
    hostile: bool = False,
    gates: bool = False,
    users: int = 2,
    fields: dict[str, Any] | None = None,
    **board: Any,
) -> Callable[[Tell], Callable[..., Awaitable[None]]]:
    """`hostile`: the broker is an attacker's. `gates`: the cloud has the steps of inside_cloud. `fields`: of unit.json.
    The rest: Board's."""

    def make(tell: Tell) -> Callable[..., Awaitable[None]]:
        async def test(stories: dict[str, asyncio.Task[None]]) -> None:
            await stories[told.name]

        told = Story(tell, doors or (STRIKE,), alone or gates, hostile, gates, users, fields or {}, board)
        test.__name__, test.__doc__, test.__module__ = told.name, tell.__doc__, tell.__module__
        test.story = told  # pyright: ignore[reportFunctionMemberAccess] - found again by together()
        return test

    return make


def together() -> Any:
    """The fixture `stories` of a test file: each story that was asked for, on its way."""

    @pytest_asyncio.fixture(scope="module", loop_scope="module")
    async def stories(
        request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
    ) -> AsyncIterator[dict[str, asyncio.Task[None]]]:
        asked = {item.name for item in request.session.items if item.getparent(pytest.Module) is request.node}
        every = [test.story for name, test in vars(request.module).items() if name in asked and hasattr(test, "story")]
        towns = [Town(tmp_path_factory.mktemp("home"), group) for group in _groups(every)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", f"{INSIDE_CLOUD}{os.pathsep}{FIRMWARE.parent}")
            try:
                await _start(towns)
                tasks = {
                    told.name: asyncio.create_task(_tell(told, scene), name=told.name)
                    for each in towns
                    for told, scene in each.scenes
                }
                yield tasks
                for task in tasks.values():
                    task.cancel()
                await asyncio.gather(*tasks.values(), return_exceptions=True)
            finally:
                await asyncio.gather(*(each.stop() for each in towns))

    return stories


async def _tell(told: Story, scene: Scene) -> None:
    try:
        await scene.enter()
        await told.tell(scene)
        await scene.check()
    except Exception as error:
        error.add_note(scene.last_words())
        raise


def _groups(stories: Iterable[Story]) -> list[list[Story]]:
    shared: dict[bool, list[Story]] = {}
    alone: list[list[Story]] = []
    for told in stories:
        if told.alone:
            alone.append([told])
        else:
            shared.setdefault(told.hostile, []).append(told)
    return [*shared.values(), *alone]


async def _start(towns: list["Town"]) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def start(each: "Town") -> None:
        async with room:
            await each.start()

    async with asyncio.TaskGroup() as group:
        for each in towns:
            group.create_task(start(each))


class Town:
    """A home, its cloud and broker, and one unit per story."""

    def __init__(self, home: Path, stories: list[Story]) -> None:
        self.home, self.stories = home, stories
        self.scenes: list[tuple[Story, Scene]] = []
        self.hostile: HostileBroker | None = None
        self.cloud = town.Cloud(home)
        self._open: list[Board | Proxy | Net] = []

    async def start(self) -> None:
        users = sum(told.users for told in self.stories)
        made = await town.make(self.home, tuple(told.plan() for told in self.stories), UNIT_PORT, users)
        people = await self._people(made, users)
        admin = people.pop()
        if self.stories[0].gates:
            (self.home / "gates").mkdir()
        if self.stories[0].hostile:
            self.hostile = HostileBroker(self.home)
            await self.hostile.start()
            self.cloud = town.Cloud(self.home, broker_url=self.hostile.url)
        await self.cloud.start()
        doors, firmware = iter(made.doors.values()), flash.firmware_files(FIRMWARE)
        for told, unit in zip(self.stories, made.units, strict=True):
            files = firmware | town.unit_files(self.home, made, unit, UNIT_PORT)
            files["/unit.json"] = json.dumps(json.loads(files["/unit.json"]) | told.fields).encode()
            board, proxy = await self._board(told, unit, files)
            mine = [people.pop(0) for _ in range(told.users)]
            scene = Scene(self.cloud, board, proxy, [next(doors) for _ in told.doors], [*mine, admin], self.hostile)
            self.scenes.append((told, scene))

    async def stop(self) -> None:
        """Everything ends, and nothing of it is left."""
        for _, scene in self.scenes:
            await scene.leave()
        for part in reversed(self._open):
            await part.stop()
        await self.cloud.stop()
        if self.hostile:
            await self.hostile.stop()
        await nothing_left_of(self.home)

    async def _people(self, made: town.Made, count: int) -> list[tuple[str, str]]:
        """(person, token) of each user, and of the admin at the end; made while nobody serves."""
        users = [made.user, *(f"user{n + 2}" for n in range(count - 1))]
        with Home(self.home) as opened:
            store = Store(opened.database)
            sessions, found = Sessions(store, Clock()), []
            for person in (*users, made.admin):
                token = await sessions.sign_in(await sessions.link(person), "a phone of the tests")
                assert token is not None
                found.append((person, token))
            await store.close()
        return found

    async def _board(self, told: Story, unit: str, files: dict[str, bytes]) -> tuple[Board, Proxy]:
        image = self.home / "units" / f"{unit}.img"
        flash.write(image, files)
        net = await Net().start()
        self._open.append(net)
        port = self.hostile.port if self.hostile else self.cloud.broker_port
        proxy = await Air("127.0.0.1", port, scale=told.board.get("scale", 1), net=net).start()
        self._open.append(proxy)
        net.tcp[UNIT_PORT] = ("127.0.0.1", proxy.port)
        doors = [door.on_unit() for door in told.doors]
        board = Board(image, unit, doors, net=net, stays_open_s=STAYS_OPEN_S, **told.board)
        self._open.append(board)
        await board.start(60)
        return board, proxy


async def nothing_left_of(home: Path) -> None:
    until = time.monotonic() + GONE_S
    while (left := processes_of(home)) and time.monotonic() < until:  # noqa: ASYNC110 - not our children
        await asyncio.sleep(0.05)
    assert not left, f"processes left: {left}"
