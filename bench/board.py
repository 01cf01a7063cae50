"""What the real firmware costs, on MicroPython: bytes at its TCP socket, and the time from there to the coil.

A small town with a cloud of its own. Idle hours pass faster than ours, opens do not.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from bench.figures import Figures, percentiles
from bench.server import Server
from sim import town
from sim.phone import Phone
from sim.proxy import Proxy, Way
from sim.street import Street

PLAIN = town.DoorPlan("Plain", "open", relay=18, closed_contact=None, open_contact=None, pulse_ms=100)
SEEN = town.DoorPlan("Seen", "toggle", relay=19, closed_contact=32, open_contact=33, travel_s=1, pulse_ms=100)
SCALE = 60  # of the idle hours: a watchdog of seconds must outlast a busy host's hiccups
ONLINE_S = 30
INTRODUCED_S = 0.5  # no byte for this long: TLS, HELLO, WELCOME and HELLO are over
QUIET_S = 1.2  # the pulse and the pause that must follow it are over, and what was to be said has been said


class Opened(msgspec.Struct, frozen=True):
    """Nanoseconds until the coil was on, from the bytes at the socket and from the app's write; bytes both ways."""

    coil_ns: int
    relay_ns: int
    passed: int


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
            await phone.sign_in(made.links[made.user])
            await phone.watch()
            plain = [await _open(phone, street, proxy, made.doors["Plain"]) for _ in range(size.opens)]
            seen = await _open(phone, street, proxy, made.doors["Seen"])
        async with _unit(home, made, broker_port, scale=SCALE) as (street, proxy):
            idle = await _idle(proxy, size.idle_s)
    finally:
        await cloud.stop()
    return (
        figures
        | percentiles("board_command_to_coil", [one.coil_ns for one in plain])
        | percentiles("board_press_to_coil", [one.relay_ns for one in plain])
        | {"board_open_bytes": statistics.median(one.passed for one in plain), "board_seen_open_bytes": seen.passed}
        | {"board_idle_hour_bytes": idle, "board_idle_day_bytes": 24 * idle}
    )


@asynccontextmanager
async def _unit(home: Path, made: town.Made, broker_port: int, scale: int = 1) -> AsyncIterator[tuple[Street, Proxy]]:
    proxy = Proxy("127.0.0.1", broker_port)
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


async def _open(phone: Phone, street: Street, proxy: Proxy, door: str) -> Opened:
    """One open, until all is quiet."""
    timed = proxy.down
    assert isinstance(timed, _Timed)
    edges, before, bytes_before = street.board.edges, len(street.board.edges), _passed(proxy)
    pressed = time.monotonic_ns()
    press_id = await phone.press(door)
    on = await edges.wait(since=before, kind="coil", value=1)
    at_socket = timed.last_ns
    operation = await phone.moved(press_id)
    if operation["state"] != "DONE":
        raise RuntimeError(f"an open of the simulated unit ended in {operation['state']} ({operation['reason']})")
    await asyncio.sleep(QUIET_S)
    return Opened(on.t_ns - at_socket, on.t_ns - pressed, _passed(proxy) - bytes_before)


async def _idle(proxy: Proxy, idle_s: float) -> float:
    """Bytes of an idle hour, from so many of the unit's seconds."""
    before = _passed(proxy)
    await asyncio.sleep(idle_s / SCALE)
    return (_passed(proxy) - before) * 3600 / idle_s


def _passed(proxy: Proxy) -> int:
    return proxy.up.passed + proxy.down.passed
