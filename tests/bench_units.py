"""Small programs on simulated boards, and servers for them, for the tests of the bench. Never here: the firmware."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sim import flash
from sim.board import Board
from sim.listening import stop_listening

UNIT = "3fa2b81c"
DOOR = {"drive": "toggle", "relay": 18, "closed_contact": 32, "open_contact": 33, "travel_s": 0.2}
OP = "00112233aabbccdd"
PULSE = f"""
import machine, esp32
pin = machine.Pin(18, machine.Pin.OUT, value=0)
rmt = esp32.RMT(pin=pin, resolution_hz=312500)
def pulse(ms):
    print("coil 0 %d ms op {OP}" % ms)
    n, rest = divmod(ms * 312500 // 1000, 32767)
    entries = [32767] * n + [rest]
    rmt.write_pulses(entries, [1] * len(entries))
"""
Run = Callable[..., Awaitable[Board]]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Run]:
    """run(program, **settings of Board) starts a board whose flash holds this main.py; all are gone in the end.

    It boots at once, as a real one would not.
    """
    boards: list[Board] = []

    async def run(
        program: str,
        *,
        boot: str = "",
        files: Mapping[str, bytes] | None = None,
        doors: Any = (),
        boot_ms: int = 10,
        **settings: Any,
    ) -> Board:
        image = folder / f"{len(boards)}.flash"
        flash.write(image, {"/main.py": program.encode(), "/boot.py": boot.encode(), **(files or {})})
        boards.append(Board(image, UNIT, doors, boot_ms=boot_ms, **settings))
        await boards[-1].start()
        return boards[-1]

    try:
        yield run
    finally:
        for board in boards:
            await board.stop()


@asynccontextmanager
async def serving(serve: Serve, secure: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A TCP server on this machine; its port. Its connections end with it."""
    links: dict[asyncio.Task[object], asyncio.StreamWriter] = {}

    async def link(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        links[task] = writer
        try:
            await serve(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            del links[task]

    server = await asyncio.start_server(link, "127.0.0.1", 0, ssl=secure)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        await stop_listening(server)
        for task in (ending := list(links)):
            links[task].transport.abort()
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
