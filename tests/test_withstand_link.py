"""What mobile networks do to a connection, end to end with the real firmware: the unit is back in the time it promises
(promise 11), by the board's own clock, and learns for how long it may be idle. All tales of this file run at once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from firmware import events, wire
from sim import flash
from sim.air import Air
from sim.board import Board
from sim.lateness import Stopwatch
from sim.net import Net
from tests.far_side import DOOR, FIRMWARE, UNIT, Certificates, Cloud, FarSide, Session
from tests.on_time import judged, on_time

pytestmark = pytest.mark.asyncio(loop_scope="module")

PORT = 8883
SCALE = 20
GRACE_S = 2  # of the board's, beyond its bound and what the host was late: a look at whether it is so, a thread's turn
ENOUGH_S = 60  # of the host: bounds a failure
BACK_S = 60  # after a network that was seen to go
HEALED_S = 180  # after one that went silently
SEEDS = 20
FEW = 6  # units of one tale at a time
AT_ONCE = 2  # units that start at the same time: more only makes each of them slower
PULSE_MS = 3000  # 150 ms here: long enough for a busy host to read the coil back
TOO_LATE_S = {wire.FAULT: PULSE_MS / 1000, wire.LATE: 9}  # the coil read back after its pulse; a command that lay about
IDLE_S = 270  # three pings, and perhaps a heartbeat
WAKEUPS = 15  # in an idle minute; the bar with a modem, which looks 30 times, is 60
IDLE_DAY_BYTES = 100_000  # at the socket, TLS included
ESTABLISHED = "01"  # in the kernel's tables


class Place:
    """A unit that is online behind air, and the far side."""

    def __init__(self, board: Board, air: Air, far: FarSide, net: Net) -> None:
        self.board, self.air, self.far, self.net = board, air, far, net
        self.cloud = Cloud(far.sessions[-1])
        self.watch = Stopwatch(board)

    @property
    def scale(self) -> int:
        return self.air.scale

    async def passes(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.scale)

    async def back(self, within_s: float, *, sessions: int) -> Session:
        """A session that stands, later than these many, so soon after now."""
        self.watch.start()

        def standing() -> list[Session]:
            return [session for session in self.far.sessions[sessions:] if session.subscribed.is_set()]

        await until(standing, self.host_s(within_s))
        session, took_s, late_s = standing()[-1], self.watch.passed_s, self.watch.late_s
        assert took_s <= within_s + GRACE_S + late_s, f"back after {took_s:.0f} s, {late_s:.0f} by the host"
        self.cloud = Cloud(session)
        return session

    def host_s(self, board_s: float) -> float:
        return board_s / self.scale + ENOUGH_S

    async def opens(self) -> None:
        """One command, one pulse, one answer. Another, where this host was too late for the first."""
        await self.cloud.adopt()
        before = self.pulses()
        while await self.answer() != wire.DONE:
            await self.passes(2 * PULSE_MS / 1000)
            await self.cloud.ask()
            before = self.pulses()
        assert self.pulses() == before + 1

    async def answer(self, *, may_be_late: bool = False) -> int:
        """To an open; DONE, unless the host was too late, or TCP that had to send it again."""
        self.watch.start()
        command = self.cloud.command(ms=PULSE_MS)
        self.cloud.session.frame(command)
        result = await self.cloud.answer_to(command, 20)
        by_host = self.watch.late_s > TOO_LATE_S.get(result, 0) / 2
        assert result == wire.DONE or (result == wire.LATE and may_be_late) or (result in TOO_LATE_S and by_host), (
            result
        )
        return result

    def pulses(self) -> int:
        return len([edge for edge in self.board.edges if edge.kind == "coil" and edge.value])


@asynccontextmanager
async def place(
    home: Path, scale: int, seed: int, room: asyncio.Semaphore | None = None, **changes: Any
) -> AsyncIterator[Place]:
    certificates, net = Certificates(), await Net().start()
    flash.write(home / "flash", {**flash.firmware_files(FIRMWARE), **certificates.unit_files(port=PORT, **changes)})
    board = Board(home / "flash", UNIT, [DOOR], net=net, scale=scale, seed=seed)
    async with FarSide(certificates.broker()) as far:
        air = Air("127.0.0.1", far.port, scale=scale, net=net, seed=seed)
        await air.start()
        net.tcp[PORT] = ("127.0.0.1", air.port)
        try:
            async with room or asyncio.Semaphore():
                await board.start(60)
                await board.console_line("connected to", 60)
            yield Place(board, air, far, net)
        finally:
            await board.stop()
            await air.stop()
            await net.stop()


async def until(fact: Callable[[], Any], timeout: float) -> None:
    async with asyncio.timeout(timeout):
        while not fact():  # noqa: ASYNC110 - the far side counts and tells nobody
            await asyncio.sleep(0.005)


Tell = Callable[[Place], Awaitable[None]]


@dataclass(frozen=True)
class Tale:
    tell: Tell
    scale: int
    changes: dict[str, Any]

    async def told(self, home: Path, seed: int, room: asyncio.Semaphore) -> None:
        async def live(number: int) -> None:
            mine = home / str(number)
            mine.mkdir()
            async with place(mine, self.scale, seed, room, **self.changes) as p:
                try:
                    with judged(p.board):
                        await self.tell(p)
                        assert p.board.resets == [1], "no fault of the network restarts a unit"
                except Exception as error:
                    error.add_note("\n".join([f"by seed {seed} the console said:", *p.board.console[-20:]]))
                    raise

        await on_time(live)


TALES: dict[str, Tale] = {}


def tale(scale: int = SCALE, **changes: Any) -> Callable[[Tell], Tell]:
    def make(tell: Tell) -> Tell:
        TALES[getattr(tell, "__name__", "")] = Tale(tell, scale, changes)
        return tell

    return make


@tale()
async def a_network_gone_for_two_minutes_and_seen_to_go(p: Place) -> None:
    await p.air.lost()
    await p.passes(120)
    p.air.found()
    await p.back(BACK_S, sessions=1)
    await p.opens()


@tale()
async def a_network_gone_for_two_minutes_and_not_a_word(p: Place) -> None:
    p.air.dark()
    await p.passes(120)
    sessions = len(p.far.sessions)
    p.air.light()
    await p.back(BACK_S, sessions=sessions)
    await p.opens()


@tale()
async def a_connection_that_the_broker_has_lost_and_the_unit_not(p: Place) -> None:
    await p.air.half_open()
    await p.back(HEALED_S, sessions=1)
    await p.opens()


@tale()
async def another_address(p: Place) -> None:
    p.air.change_address()
    await p.back(HEALED_S, sessions=1)
    await p.opens()


@tale()
async def a_network_that_vanishes_while_the_unit_connects(p: Place) -> None:
    p.far.sessions[0].cut()
    p.air.dark()
    await p.passes(40)
    sessions = len(p.far.sessions)
    p.air.light()
    await p.back(BACK_S, sessions=sessions)
    await p.opens()


@tale()
async def a_network_that_forgets_after_60_s(p: Place) -> None:
    p.air.forgets_s = 60
    line = "connections die when they are idle: asking every "
    wait_s = p.host_s(HEALED_S)
    assert (await p.board.console_line(line, wait_s)).endswith("every 60 s from now on")
    assert (await p.board.console_line(line + "40", wait_s)).endswith("every 40 s from now on")
    session = await p.far.session(len(p.far.sessions) + 1, wait_s)
    sessions, pings = len(p.far.sessions), session.pings
    await p.passes(200)
    assert len(p.far.sessions) == sessions and 3 <= session.pings - pings <= 5
    p.cloud = Cloud(session)
    await p.opens()


@tale()
async def every_tenth_segment_lost(p: Place) -> None:
    await p.cloud.adopt()
    p.air.loss = 0.1
    for _ in range(5):
        await p.cloud.ask()
        await p.answer(may_be_late=True)
        await p.passes(60)
    assert len(p.far.sessions) == 1


@tale(scale=10)
async def three_hundred_bytes_a_second_and_a_second_for_a_round_trip(p: Place) -> None:
    p.air.slow(bytes_per_s=300, round_trip_s=1)
    sessions = len(p.far.sessions)
    p.far.sessions[-1].cut()
    await p.back(BACK_S, sessions=sessions)
    await p.opens()
    await p.passes(180)
    assert len(p.far.sessions) == sessions + 1 and p.cloud.session.pings >= 1


@tale()
async def name_servers_that_fall_silent(p: Place) -> None:
    p.net.names.mood = "silent"
    p.air.change_address()
    await p.back(HEALED_S, sessions=1)  # by the address of before
    await p.opens()


@tale()
async def three_minutes_of_everything(p: Place) -> None:
    p.air.loss, p.air.forgets_s = 0.05, 70
    p.watch.start()
    while p.watch.passed_s < 180:
        p.air.chance.choice([p.air.change_address, p.air.dark, p.air.light])()
        await p.passes(p.air.chance.uniform(1, 40))
    p.air.heal()
    sessions = len(p.far.sessions)
    p.air.change_address()
    await p.back(HEALED_S, sessions=sessions)
    await p.opens()


@tale()
async def a_connection_that_died_idle_which_is_recorded_and_told(p: Place) -> None:
    p.air.change_address()
    await p.back(HEALED_S, sessions=1)
    await p.cloud.adopt()
    record = await p.far.journal.told(events.KEEPALIVE)
    assert record.detail == 60
    await until(lambda: p.far.journal.of_type(wire.STATUS), 15)
    status: tuple[Any, ...] = wire.status_fields(p.far.journal.of_type(wire.STATUS)[-1])
    assert status[7] == 60


@tale()
async def a_port_scan_which_finds_nothing_listening(p: Place) -> None:
    await p.opens()
    assert p.board.program is not None
    process = Path("/proc") / str(p.board.program.process.pid)
    links = [fd.readlink() for fd in (process / "fd").iterdir()]
    mine = {str(link)[8:-1] for link in links if str(link).startswith("socket:")}
    sockets = {}
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in (process / "net" / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in mine:
                sockets[fields[9]] = (table, fields[2], fields[3])
    assert len(sockets) == 1, sockets
    table, remote, state = sockets.popitem()[1]
    assert (table, state) == ("tcp", ESTABLISHED) and not remote.endswith(":0000"), "the one that the unit opened"


@tale()
async def an_idle_time_that_wakes_seldom_and_costs_little(p: Place) -> None:
    await p.cloud.adopt()
    await p.passes(60)  # what there was to tell has been told
    wakeups, passed = p.board.chip.wakeups, p.air.up.passed + p.air.down.passed
    await p.passes(IDLE_S)
    assert p.board.chip.wakeups - wakeups <= WAKEUPS * IDLE_S / 60
    assert (p.air.up.passed + p.air.down.passed - passed) * 86400 / IDLE_S <= IDLE_DAY_BYTES


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, asyncio.Task[None]]]:
    """Each tale that was asked for, on its way."""
    ours = [item for item in request.session.items if item.getparent(pytest.Module) is request.node]
    specs: list[Any] = [
        getattr(item, "callspec", None) for item in ours if "running" in getattr(item, "fixturenames", ())
    ]
    asked = [spec.params["name"] for spec in specs if spec is not None]
    room = asyncio.Semaphore(AT_ONCE)
    tasks = {
        name: asyncio.create_task(TALES[name].told(tmp_path_factory.mktemp("unit"), 0, room)) for name in set(asked)
    }
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


@pytest.mark.parametrize("name", sorted(TALES))
async def test_the_unit_withstands(name: str, running: dict[str, asyncio.Task[None]]) -> None:
    await running[name]


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(TALES))
async def test_by_every_seed_the_unit_withstands(name: str, tmp_path: Path) -> None:
    room, few = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(FEW)

    async def by(seed: int) -> None:
        async with few:
            home = tmp_path / str(seed)
            home.mkdir()
            await TALES[name].told(home, seed, room)

    async with asyncio.TaskGroup() as group:
        for seed in range(2, 2 + SEEDS):
            group.create_task(by(seed))
