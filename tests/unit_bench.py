"""The real firmware on the bench before a far side that knows its key, for the tests of what a unit does.

Time runs five times as fast as the host's, unless a test says otherwise. Never here: a test.
"""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from firmware import wire
from sim.board import Board
from sim.door import Contact
from sim.net import Net
from tests.far_side import DOOR, UNIT, Certificates, Cloud, FarSide, image

SCALE = 5
STRIKE = {**DOOR, "drive": "open", "closed_contact": None, "open_contact": None}


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
