"""Small programs on simulated boards, for the tests of the bench itself. Never here: the firmware."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sim import flash
from sim.board import Board

UNIT = "3fa2b81c"
Run = Callable[..., Awaitable[Board]]


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Run]:
    """run(program, **settings of Board) starts a board whose flash holds this main.py; all are gone in the end.

    It boots at once, as a real one would not.
    """
    boards: list[Board] = []

    async def run(program: str, *, boot: str = "", doors: Any = (), boot_ms: int = 10, **settings: Any) -> Board:
        image = folder / f"{len(boards)}.flash"
        flash.write(image, {"/main.py": program.encode(), "/boot.py": boot.encode()})
        boards.append(Board(image, UNIT, doors, boot_ms=boot_ms, **settings))
        await boards[-1].start()
        return boards[-1]

    try:
        yield run
    finally:
        for board in boards:
            await board.stop()
