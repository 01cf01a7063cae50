"""One change on a thousand phones, a door's; and an admin's, through HTTP and the commit, on the phone it concerns.

Counted from the moment the admin's request or the unit's frame is written: what the commit takes is in it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import msgspec

from bench.apps import App, Message
from bench.estate import Estate
from bench.fleet import FleetUnit
from bench.server import Server
from firmware import wire

GAP_S = 0.2  # between two changes: the last phone of one has it before the next begins
SHOWN_S = 10


class Shown(msgspec.Struct, frozen=True):
    """Milliseconds until the first, the middle and the last phone showed one change."""

    first_ms: float
    median_ms: float
    last_ms: float


class Spread(msgspec.Struct, frozen=True):
    """`cpu_ms`: of the cloud, for one change, without what it does when nothing changes."""

    shown: list[Shown]
    cpu_ms: float


class Counting:
    """`hear` notes when each app was first told something about one door, or one access."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._came: dict[App, int] = {}
        self._wanted = 0
        self._all = asyncio.Event()

    def hear(self, app: App, message: Message) -> None:
        told = (*(one.id for one in (*message.doors, *message.grants)), *message.gone, *message.gone_grants)
        if message.type != "change" or self.what not in told:
            return
        self._came.setdefault(app, time.monotonic_ns())
        if len(self._came) == self._wanted:
            self._all.set()

    def begin(self, apps: int) -> None:
        self._came, self._wanted = {}, apps
        self._all.clear()

    async def shown(self, since_ns: int) -> Shown:
        """Once every app has it."""
        async with asyncio.timeout(SHOWN_S):
            await self._all.wait()
        ms = sorted((at - since_ns) / 1e6 for at in self._came.values())
        return Shown(ms[0], ms[len(ms) // 2], ms[-1])


async def door(server: Server, unit: FleetUnit, counting: Counting, apps: int, changes: int) -> Spread:
    """Its unit says that the square's door opened, closed, opened, ..."""

    async def change(number: int) -> int:
        return unit.move(wire.CLOSED if number % 2 else wire.OPENED)

    return await _spread(server, change, counting, apps, changes)


async def admin(server: Server, estate: Estate, counting: Counting) -> Spread:
    """The caretaker removes one grant of the guest after the other; the guest's phone shows it, beside all others."""
    async with _caretaker(server, estate) as http:
        answers: list[asyncio.Task[None]] = []

        async def remove(grant: str) -> None:
            async with http.delete(f"/api/v1/grants/{grant}") as response:
                response.raise_for_status()

        async def change(number: int) -> int:
            counting.what = estate.guest_grants[number]
            at = time.monotonic_ns()
            answers.append(asyncio.create_task(remove(estate.guest_grants[number])))
            return at

        spread = await _spread(server, change, counting, 1, len(estate.guest_grants))
        await asyncio.gather(*answers)
        return spread


async def hours(server: Server, estate: Estate, counting: Counting, grant: str, apps: int, changes: int) -> Spread:
    """The caretaker changes the hours of a group; each of its people's phones shows it."""
    counting.what = grant
    path = f"/api/v1/places/{estate.square_place}/grants/{grant}"
    async with _caretaker(server, estate) as http:
        answers: list[asyncio.Task[None]] = []

        async def edit(number: int) -> None:
            window = {"days": [0, 1, 2, 3, 4], "starts": 480 + number, "ends": 1200}
            async with http.patch(path, json={"version": 1 + number, "hours": {"windows": [window]}}) as response:
                response.raise_for_status()

        async def change(number: int) -> int:
            at = time.monotonic_ns()
            answers.append(asyncio.create_task(edit(number)))
            return at

        spread = await _spread(server, change, counting, apps, changes)
        await asyncio.gather(*answers)
        return spread


@asynccontextmanager
async def _caretaker(server: Server, estate: Estate) -> AsyncIterator[aiohttp.ClientSession]:
    """Her connection is there before anything is timed."""
    cookies, headers = {"iomando": estate.caretaker.token}, {"Origin": server.url}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(server.url, cookies=cookies, cookie_jar=jar, headers=headers) as http:
        await (await http.get("/")).read()
        yield http


async def _spread(
    server: Server, change: Callable[[int], Awaitable[int]], counting: Counting, apps: int, changes: int
) -> Spread:
    idle = await _idle_cpu(server, changes * GAP_S)
    shown: list[Shown] = []
    cpu, began = server.cpu_s(), time.monotonic()
    for number in range(changes):
        counting.begin(apps)
        shown.append(await counting.shown(await change(number)))
        await asyncio.sleep(GAP_S)
    busy = server.cpu_s() - cpu - idle * (time.monotonic() - began)
    return Spread(shown, busy * 1000 / changes)


async def _idle_cpu(server: Server, seconds: float) -> float:
    """CPU seconds a second while nothing changes: the ticks of a thousand phones."""
    cpu, began = server.cpu_s(), time.monotonic()
    await asyncio.sleep(seconds)
    return (server.cpu_s() - cpu) / (time.monotonic() - began)
