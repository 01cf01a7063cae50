"""The real firmware on the bench, from power-on: it connects, obeys what it should, and says what became of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware import wire
from sim.board import Board
from sim.net import Net
from tests.far_side import DOOR, UNIT, Certificates, Cloud, FarSide, Session, image


@asynccontextmanager
async def powered(
    folder: Path, doors: list[dict[str, Any]] | None = None, **how: Any
) -> AsyncIterator[tuple[Board, FarSide]]:
    certificates = Certificates()
    doors = doors or [DOOR]
    async with FarSide(certificates.broker()) as far:
        net = await Net().start()
        files = certificates.unit_files(port=8883, doors=doors)
        net.tcp[8883] = ("127.0.0.1", far.port)
        board = Board(image(folder / "flash", files), UNIT, doors, net=net, **how)
        try:
            await board.start()
            yield board, far
        finally:
            await board.stop()
            await net.stop()


@pytest.fixture
async def unit(tmp_path: Path) -> AsyncIterator[tuple[Board, FarSide, Cloud]]:
    async with powered(tmp_path) as (board, far):
        yield board, far, await Cloud(await far.session()).adopt()


async def test_one_command_moves_the_coil_once_and_is_answered(unit: tuple[Board, FarSide, Cloud]) -> None:
    board, _, cloud = unit
    command = cloud.command()
    cloud.session.frame(command)
    assert await cloud.answer_to(command) == wire.DONE
    print(board.console, board.edges)
