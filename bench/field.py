"""A unit with a modem, in the field: from cold to online, back after each fault, and what an idle minute wakes.

The real firmware before a simulated modem on a serial line, a network with faults, a cloud of its own. Seconds are the
board's: what this host itself takes counts as many times as they pass faster. Never here: a bound (figures.py).
"""

import asyncio
import functools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import msgspec

from bench.figures import Figures
from bench.server import Server
from sim import flash, town
from sim.air import Air
from sim.board import Board
from sim.cell import SEARCHING
from sim.modem import Faults, Modem
from sim.net import Net
from sim.program import HEAP_WORDS_K
from sim.street import FIRMWARE

DOOR = town.DoorPlan("Gate", "open", relay=18, closed_contact=21, open_contact=None, pulse_ms=100)
NETWORK = {"kind": "modem", "apn": "iot.example", "auth": "none", "user": None, "password": None, "pin": None}
BOARD = "T-A7670"
COLD = {"sim7000": "T-SIM7000G", "a7670": BOARD}
ONLINE_S = 900  # of the board, though a busy host makes them longer; beyond any bound
SETTLED_S = 30  # after that nothing is under way; the next ping is as far off as it can be
TOLD_S = 90  # after that there is nothing left to tell
OUTAGE_S = 120
LOOK_S = 0.01  # the host's: how often it is looked at whose turn it is


class Size(msgspec.Struct, frozen=True):
    """How many times as fast the board's time passes; cold starts go slower, for loading is this host's work. Many at
    once make each unit slower."""

    scale: int = 20
    cold_scale: int = 4
    idle_minutes: int = 3
    at_once: int = 3


class Run:
    """One unit, and what can befall it. Seconds are the board's."""

    def __init__(self, board: Board, air: Air) -> None:
        self.board, self.air = board, air

    @property
    def modem(self) -> Modem:
        assert self.board.modem is not None
        return self.board.modem

    async def passes(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.air.scale)

    async def online(self, since: int = 0) -> None:
        """Until the console tells of a connection after line `since`."""
        await self.board.console_line("connected to", ONLINE_S / self.air.scale, since=since)

    async def networks_turn(self, taken: list[float]) -> None:
        """Adds up for how long there was nothing to do but wait for the modem's start or the network."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_S)
            now = time.monotonic()
            if self.modem.state == "booting" or self.modem.radio.stat == SEARCHING:
                taken.append((now - last) * self.air.scale)
            last = now


Fault = Callable[[Run], Awaitable[None]]
Unit = AbstractAsyncContextManager[Run]


async def _reset(run: Run) -> None:
    await run.air.reset()


async def _hung_up(run: Run) -> None:
    run.modem.drop_data()


async def _without_coverage(run: Run) -> None:
    run.modem.cell.change(coverage=False)
    await run.passes(OUTAGE_S)
    run.modem.cell.change(coverage=True)


async def _other_address(run: Run) -> None:
    run.air.change_address()


async def _half_open(run: Run) -> None:
    await run.air.half_open()


async def _silent_end(run: Run) -> None:
    run.modem.cell.change(silent_end=True)
    run.modem.drop_data()


async def _hang(run: Run) -> None:
    run.modem.hang()


async def _brown_out(run: Run) -> None:
    run.modem.brown_out()


FAULTS: dict[str, Fault] = {
    "reset": _reset,
    "hung_up": _hung_up,
    "no_coverage": _without_coverage,
    "address": _other_address,
    "half_open": _half_open,
    "silent_end": _silent_end,
    "hang": _hang,
    "brown_out": _brown_out,
}


async def measure(home: Path, size: Size) -> Figures:
    broker_port = town.free_port()
    plan = town.UnitPlan((DOOR,))
    made = await town.make(home, (plan,) * (len(COLD) + len(FAULTS) + 1), broker_port)
    cloud = Server(home, broker_port=broker_port)
    await cloud.start()
    _firmware()
    units, room = iter(made.units), asyncio.Semaphore(size.at_once)

    @asynccontextmanager
    async def unit(board: str, scale: int) -> AsyncIterator[Run]:
        async with room, placed(home, made, next(units), broker_port, board, scale=scale) as run:
            yield run

    try:
        async with asyncio.TaskGroup() as group:
            runs = [group.create_task(_cold(name, unit(board, size.cold_scale))) for name, board in COLD.items()]
            runs += [group.create_task(_back(name, fault, unit(BOARD, size.scale))) for name, fault in FAULTS.items()]
            runs += [group.create_task(_idle(unit(BOARD, size.scale), size.idle_minutes))]
    finally:
        await cloud.stop()
    return {key: value for run in runs for key, value in run.result().items()}


@asynccontextmanager
async def placed(
    home: Path,
    made: town.Made,
    unit: str,
    broker_port: int,
    board_name: str | None,
    *,
    scale: int,
    heap_words_k: int = HEAP_WORDS_K,
) -> AsyncIterator[Run]:
    """A unit with the modem of this board, or without one; not powered yet."""
    files = town.unit_files(home, made, unit, broker_port)
    settings = json.loads(files["/unit.json"])
    modem = None
    if board_name is not None:
        settings["network"] = NETWORK | {"board": board_name}
        modem = Modem(board_name, faults=Faults(heals_by="power"))
    image = home / "units" / f"{unit}.img"
    files |= {"/unit.json": json.dumps(settings).encode()}
    await asyncio.to_thread(flash.write, image, _firmware() | files)
    net = await Net().start()
    board = Board(image, unit, settings["doors"], net=net, modem=modem, scale=scale, heap_words_k=heap_words_k)
    air = Air("127.0.0.1", broker_port, scale=scale, net=net)
    await air.start()
    net.tcp[broker_port] = ("127.0.0.1", air.port)
    try:
        yield Run(board, air)
    finally:
        await board.stop()
        await air.stop()
        await net.stop()


@functools.cache
def _firmware() -> dict[str, bytes]:
    """Made once, before a clock runs: it takes a while."""
    return flash.firmware_files(FIRMWARE)


async def _cold(name: str, unit: Unit) -> Figures:
    """Whole, and without what the modem's own start and its search took."""
    async with unit as run:
        taken: list[float] = []
        looking = asyncio.create_task(run.networks_turn(taken))
        began = time.monotonic()
        await run.board.start()
        await run.online()
        whole = (time.monotonic() - began) * run.air.scale
        looking.cancel()
    network = sum(taken)
    return {f"cold_{name}_s": whole, f"cold_{name}_network_s": network, f"cold_{name}_own_s": whole - network}


async def _back(name: str, fault: Fault, unit: Unit) -> Figures:
    async with unit as run:
        await run.board.start()
        await run.online()
        await run.passes(SETTLED_S)
        lines = len(run.board.console)
        await fault(run)
        began = time.monotonic()
        await run.online(since=lines)
        return {f"back_{name}_s": (time.monotonic() - began) * run.air.scale}


async def _idle(unit: Unit, minutes: int) -> Figures:
    async with unit as run:
        await run.board.start()
        await run.online()
        await run.passes(TOLD_S)
        before = run.board.chip.wakeups
        await run.passes(60 * minutes)
        return {"modem_idle_wakeups_minute": (run.board.chip.wakeups - before) / minutes}
