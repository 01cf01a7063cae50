"""Every scenario of a modem gone wrong, with the real firmware: online again or the true reason told within the bound,
by the board's own clock, and the coil never moved. All scenarios of a run share one event loop, some at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from firmware import wire
from sim import flash
from sim.board import Board
from sim.lateness import Stopwatch
from sim.modem import Modem
from sim.net import Net
from tests.far_side import DOOR, FIRMWARE, UNIT, Certificates, Cloud, FarSide, image
from tests.journal_side import Record
from tests.modem_scenarios import SCENARIOS, Scenario
from tests.on_time import Unsafe, judged, on_time
from tests.scene import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

PORT = 8883
AT_ONCE = 8  # more on two cores make each of them slower than its own deadlines
GRACE_S = 2  # of the board's, beyond its bound and what the host was late: a look at whether it is so, a thread's turn
ENOUGH_S = 60  # of the host: bounds a failure
A_DOOR = {**DOOR, "closed_contact": 21, "open_contact": 22}  # pins that none of these boards uses itself
SEEDS = range(1, 21)
NETWORK = {"board": "", "apn": "iot.example", "auth": "none", "user": None, "password": None, "pin": None}


class Condition(NamedTuple):
    network: int
    roaming: int
    dbm: int
    rat: int


@dataclass
class Bench:
    """One scenario's unit, its modem and the far side. Seconds are the board's."""

    scenario: Scenario
    board: Board
    modem: Modem
    net: Net
    far: FarSide
    cloud: Cloud | None = None
    online_before: int = 0
    lines_before: int = 0
    watch: Stopwatch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = Stopwatch(self.board)

    async def online(self, within_s: float) -> None:
        """A session more than there were, so soon after what happened last. One that broke in its beginning is none."""

        def standing() -> bool:
            return any(session.subscribed.is_set() for session in self.far.sessions[self.online_before :])

        await self._by(until(standing, "a session", self._host_s(within_s)), within_s, "to be online")
        self.online_before = len(self.far.sessions)
        self.happens()

    async def line(self, text: str, within_s: float = 60) -> None:
        awaited = self.board.console_line(text, self._host_s(within_s), since=self.lines_before)
        await self._by(awaited, within_s, f"to say {text!r}")
        self.lines_before = len(self.board.console)
        self.happens()

    async def recorded(self, kind: int) -> Record:
        self.cloud = await Cloud(self.far.sessions[-1]).adopt()
        return await self.far.journal.told(kind, timeout=self._host_s(60))

    async def condition(self) -> Condition:
        await Cloud(self.far.sessions[-1]).adopt()
        status = wire.status_fields(await self.far.journal.sent(wire.STATUS, timeout=self._host_s(60)))
        return Condition(*status[3:7])

    async def opens_nothing(self) -> None:
        """It is heard, and answers."""
        cloud = self.cloud if self.cloud is not None else await Cloud(self.far.sessions[-1]).adopt()
        await cloud.ask()

    async def reset_seen(self, count: int) -> None:
        await self.board.reset_seen(count, self._host_s(60))
        self.lines_before = len(self.board.console)
        self.happens()

    async def modem_is(self, state: str) -> None:
        async with asyncio.timeout(self._host_s(60)):
            while self.modem.state != state:
                await self.passes(0.5)

    async def passes(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.scenario.scale)
        self.happens()

    def passed(self) -> float:
        """Since what happened last, and not for this host's fault."""
        return self.watch.passed_s - self.watch.late_s

    def happens(self) -> None:
        """The next bound counts from here."""
        self.watch.start()

    def _host_s(self, board_s: float) -> float:
        return board_s / self.scenario.scale + ENOUGH_S

    async def _by(self, awaited: Awaitable[Any], within_s: float, what: str) -> None:
        await awaited
        took_s, late_s = self.watch.passed_s, self.watch.late_s
        assert took_s <= within_s + GRACE_S + late_s, f"took {took_s:.0f} s {what}, {late_s:.0f} by the host"


async def _run(scenario: Scenario, seed: int, home: Path, certificates: Certificates, room: asyncio.Semaphore) -> None:
    async def live(number: int) -> None:
        await _live(scenario, seed, home / f"{SCENARIOS.index(scenario)}-{seed}-{number}", certificates, room)

    await on_time(live)


async def _live(scenario: Scenario, seed: int, chip: Path, certificates: Certificates, room: asyncio.Semaphore) -> None:
    async with room, FarSide(certificates.broker()) as far:
        net = await Net().start()
        net.tcp[PORT] = ("127.0.0.1", far.port)
        modem = Modem(scenario.board, seed=seed, **scenario.modem())
        network = {"kind": "modem", **NETWORK, "board": scenario.board, **scenario.network}
        files = certificates.unit_files(port=PORT, network=network, doors=[A_DOOR])
        await asyncio.to_thread(image, chip, files)
        board = Board(
            chip,
            UNIT,
            [A_DOOR],
            net=net,
            modem=modem,
            seed=seed,
            scale=scenario.scale,
            lost_rxidle=scenario.lost_rxidle,
        )
        try:
            await board.start(60)
            with judged(board):
                try:
                    await scenario.tale(Bench(scenario, board, modem, net, far))
                    assert modem.talked_over == 0
                finally:
                    if any(edge.kind == "coil" for edge in board.edges):
                        raise Unsafe("the coil moved")
        except BaseException as error:
            said = "\n".join(board.console[-25:])
            error.add_note(f"{scenario.name}, seed {seed}: modem {modem.state}, heard {modem.heard[-12:]}\n{said}")
            raise
        finally:
            await board.stop()
            await net.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[tuple[str, int], asyncio.Task[None]]]:
    """Each scenario that was asked for, with its seed, on its way."""
    home, certificates, room = tmp_path_factory.mktemp("modems"), Certificates(), asyncio.Semaphore(AT_ONCE)
    flash.firmware_files(FIRMWARE)  # before anything is waited for
    tasks: dict[tuple[str, int], asyncio.Task[None]] = {}
    for item in request.session.items:
        spec: Any = getattr(item, "callspec", None)
        if spec is not None and item.getparent(pytest.Module) is request.node:
            scenario, seed = spec.params["scenario"], spec.params.get("seed", 0)
            run = _run(scenario, seed, home, certificates, room)
            tasks[scenario.name, seed] = asyncio.create_task(run, name=scenario.name)
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


Runs = dict[tuple[str, int], asyncio.Task[None]]


async def test_there_are_scenarios_enough_and_each_has_a_name() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS) >= 24


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_it_is_online_again_or_tells_why_not(scenario: Scenario, runs: Runs) -> None:
    await runs[scenario.name, 0]


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_it_is_so_whatever_the_chance(scenario: Scenario, seed: int, runs: Runs) -> None:
    await runs[scenario.name, seed]
