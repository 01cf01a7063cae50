"""The real firmware on the bench before a far side that knows its key, for the tests of what a unit does.

Time runs five times as fast as the host's, unless a test says otherwise. Most of such a test is waiting, so those of a
file may run at the same time:

    pytestmark = pytest.mark.asyncio(loop_scope="module")
    running = side_by_side()

    @beside
    async def test_something(tmp_path: Path) -> None: ...

Never here: a test.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from firmware import wire
from sim.board import Board
from sim.door import Contact
from sim.net import Net
from tests.far_side import DOOR, UNIT, Certificates, Cloud, FarSide, image

SCALE = 5
AT_ONCE = 6  # units that run at the same time: more only makes each of them slower
STRIKE = {**DOOR, "drive": "open", "closed_contact": None, "open_contact": None}


def beside(tell: Callable[[Path], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """A test that runs at the same time as the others of its file."""

    async def test(running: dict[str, asyncio.Task[None]]) -> None:
        await running[test.__name__]

    test.__name__, test.__module__ = getattr(tell, "__name__", "test"), tell.__module__
    test.tell = tell  # pyright: ignore[reportFunctionMemberAccess] - found again by side_by_side()
    return test


def side_by_side() -> Any:
    """The fixture `running` of a test file: each test that was asked for, on its way."""

    @pytest_asyncio.fixture(scope="module", loop_scope="module")
    async def running(
        request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
    ) -> AsyncIterator[dict[str, asyncio.Task[None]]]:
        room = asyncio.Semaphore(AT_ONCE)

        async def run(tell: Callable[[Path], Awaitable[None]]) -> None:
            async with room:
                await tell(tmp_path_factory.mktemp("unit"))

        asked = {item.name for item in request.session.items if item.getparent(pytest.Module) is request.node}
        found = vars(request.module).items()
        tasks = {name: asyncio.create_task(run(test.tell)) for name, test in found if name in asked}
        yield tasks
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    return running


@asynccontextmanager
async def powered(
    folder: Path,
    *doors: dict[str, Any],
    extra: dict[str, bytes] | None = None,
    scale: int = SCALE,
    fields: dict[str, Any] | None = None,
    start: bool = True,
    **how: Any,
) -> AsyncIterator[tuple[Board, FarSide]]:
    """`extra` files; `fields` of unit.json; what else is asked for goes to the Board. Started unless told otherwise."""
    certificates = Certificates()
    wiring = list(doors) or [DOOR]
    async with FarSide(certificates.broker()) as far:
        net = await Net().start()
        net.tcp[8883] = ("127.0.0.1", far.port)
        files = certificates.unit_files(port=8883, doors=wiring, **(fields or {})) | (extra or {})
        board = Board(image(folder / "flash", files), UNIT, wiring, net=net, scale=scale, **how)
        try:
            if start:
                await board.start()
            yield board, far
        finally:
            await board.stop()
            await net.stop()


@asynccontextmanager
async def online(folder: Path, *doors: dict[str, Any], **how: Any) -> AsyncIterator[tuple[Board, FarSide, Cloud]]:
    async with powered(folder, *doors, **how) as (board, far):
        yield board, far, await Cloud(await far.session()).adopt()


def pulses(board: Board, door: int = 0) -> int:
    return len([edge for edge in board.edges if edge.kind == "coil" and edge.value and edge.door == door])


async def result(cloud: Cloud, *command: Any, **how: Any) -> int:
    frame = cloud.command(*command, **how)
    cloud.session.frame(frame)
    return await cloud.answer_to(frame)


async def held(cloud: Cloud, door: int = 0) -> bool:
    """What the unit says of it now."""
    return bool((await cloud.ask())[6][door] & wire.HELD_BIT)


class Wire:
    """A contact to ground on this pin, made or open; it bounces as contacts do."""

    def __init__(self, board: Board, gpio: int, *, made: bool) -> None:
        self._board = board
        self._contact = Contact("", gpio, board.pins, board.timeline, random.Random(gpio), lambda *_: None)
        self._contact.set(0, int(made), bounce=False)

    def set(self, made: bool) -> None:
        timeline = self._board.timeline
        self._contact.set(timeline.reach(timeline.now()), int(made))
