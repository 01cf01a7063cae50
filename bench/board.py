"""What the real firmware costs, on MicroPython: bytes at its TCP socket, and the time from there to the coil.

A small town with a cloud of its own. Idle hours pass faster than ours, opens do not.
"""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from bench.figures import Figures, percentiles
from bench.server import Server
from sim import town
from sim.air import Air
from sim.board import Board
from sim.door import Contact
from sim.phone import Phone
from sim.proxy import Way
from sim.street import Street

BUTTON = 25
PLAIN = town.DoorPlan(
    "Plain", "open", relay=18, closed_contact=None, open_contact=None, exit_button=BUTTON, pulse_ms=100
)
SEEN = town.DoorPlan("Seen", "toggle", relay=19, closed_contact=32, open_contact=33, travel_s=1, pulse_ms=100)
SCALE = 60  # of the idle hours: a watchdog of seconds must outlast a busy host's hiccups
ONLINE_S = 30
INTRODUCED_S = 0.5  # no byte for this long: TLS, HELLO, WELCOME and HELLO are over
RECORDS = 3  # with the first goes what the start had to tell, with another its condition
QUIET_S = 1.2  # the pulse and the pause that must follow it are over, and what was to be said has been said


class Opened(msgspec.Struct, frozen=True):
    """Nanoseconds until the coil was on, from the bytes at the socket and from the app's write; bytes both ways, at the
    socket and with the headers of IP and TCP."""

    coil_ns: int
    relay_ns: int
    passed: int
    aired: int


class _Timed(Way):
    """Knows when bytes last went to the unit's socket."""

    last_ns = 0

    async def _send(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        self.last_ns = time.monotonic_ns()
        await super()._send(data, writer)


class Size(msgspec.Struct, frozen=True):
    """How much of everything; `idle_s` are seconds of the unit, four heartbeats; `journalled`: opens (wear.py)."""

    opens: int = 12
    idle_s: float = 2160
    journalled: int = 1000


async def measure(home: Path, size: Size) -> Figures:
    broker_port = town.free_port()
    made = await town.make(home, (town.UnitPlan((PLAIN, SEEN)),), broker_port)
    cloud = Server(home, broker_port=broker_port)
    await cloud.start()
    try:
        async with _unit(home, made, broker_port) as (street, proxy), Phone(cloud.url) as phone:
            await cloud.units_online(1)
            figures = {"idle_mib": cloud.resident_kib() / 1024, "board_connect_bytes": _passed(proxy)}
            record, record_aired = await _record(street, proxy)
            await phone.sign_in(made.links[made.user])
            await phone.watch()
            plain = [await _open(phone, street, proxy, made.doors["Plain"]) for _ in range(size.opens)]
            seen = await _open(phone, street, proxy, made.doors["Seen"])
        async with _unit(home, made, broker_port, scale=SCALE) as (street, proxy):
            idle, idle_aired, wakeups = await _idle(street.board, proxy, size.idle_s)
    finally:
        await cloud.stop()
    return (
        figures
        | percentiles("board_command_to_coil", [one.coil_ns for one in plain])
        | percentiles("board_press_to_coil", [one.relay_ns for one in plain])
        | {
            "board_record_bytes": record,
            "board_open_bytes": statistics.median(one.passed for one in plain) + record,
            "board_seen_open_bytes": seen.passed + record,
            "board_idle_hour_bytes": idle,
            "board_idle_day_bytes": 24 * idle,
            "board_idle_wakeups_minute": wakeups,
            "air_idle_month_mb": 30 * 24 * idle_aired / 1e6,
            "air_100_opens_a_day_month_mb": 30 * 100 * (seen.aired + record_aired) / 1e6,
        }
    )


@asynccontextmanager
async def _unit(home: Path, made: town.Made, broker_port: int, scale: int = 1) -> AsyncIterator[tuple[Street, Air]]:
    proxy = Air("127.0.0.1", broker_port, scale=scale)
    proxy.down = _Timed()
    await proxy.start()
    street = Street(home, made, broker_port, scale=scale)
    street.net.tcp[broker_port] = ("127.0.0.1", proxy.port)
    await street.start()
    try:
        async with asyncio.timeout(ONLINE_S):
            passed = -1
            while passed != (passed := _passed(proxy)) or not passed:  # noqa: ASYNC110 - silence has no event
                await asyncio.sleep(INTRODUCED_S)
        yield street, proxy
    finally:
        await street.stop()
        await proxy.stop()


async def _record(street: Street, proxy: Air) -> tuple[int, int]:
    """Bytes of one record of the journal, with its acknowledgement: one that goes up at once and moves no sensor."""
    board = street.board
    button = Contact("exit", BUTTON, board.pins, board.timeline, random.Random(0), lambda *_: None)
    cost: list[tuple[int, int]] = []
    for _ in range(RECORDS):
        before, passed, aired = len(board.edges), _passed(proxy), _aired(proxy)
        button.set(board.timeline.now(), 1, bounce=False)
        await board.edges.wait(since=before, kind="coil", value=1)
        button.set(board.timeline.now(), 0, bounce=False)
        await asyncio.sleep(QUIET_S)
        cost.append((_passed(proxy) - passed, _aired(proxy) - aired))
    return min(cost)


async def _open(phone: Phone, street: Street, proxy: Air, door: str) -> Opened:
    """One open, until all is quiet; its record in the journal leaves later."""
    timed = proxy.down
    assert isinstance(timed, _Timed)
    edges, before = street.board.edges, len(street.board.edges)
    bytes_before, aired_before = _passed(proxy), _aired(proxy)
    pressed = time.monotonic_ns()
    press_id = await phone.press(door)
    on = await edges.wait(since=before, kind="coil", value=1)
    at_socket = timed.last_ns
    operation = await phone.moved(press_id)
    if operation["state"] != "DONE":
        raise RuntimeError(f"an open of the simulated unit ended in {operation['state']} ({operation['reason']})")
    await asyncio.sleep(QUIET_S)
    return Opened(on.t_ns - at_socket, on.t_ns - pressed, _passed(proxy) - bytes_before, _aired(proxy) - aired_before)


async def _idle(board: Board, proxy: Air, idle_s: float) -> tuple[float, float, float]:
    """Bytes of an idle hour, without headers and with them, and wake-ups of a minute, from so many of its seconds."""
    passed, aired, wakeups = _passed(proxy), _aired(proxy), board.chip.wakeups
    await asyncio.sleep(idle_s / SCALE)
    hours = idle_s / 3600
    return (
        (_passed(proxy) - passed) / hours,
        (_aired(proxy) - aired) / hours,
        (board.chip.wakeups - wakeups) / hours / 60,
    )


def _passed(proxy: Air) -> int:
    return proxy.up.passed + proxy.down.passed


def _aired(proxy: Air) -> int:
    return sum(proxy.on_the_air())
