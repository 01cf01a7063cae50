"""The cloud from the press to MQTT and back, on a real store, with a clock that is moved and a unit that is played.

Everything between the two is in the test's hand: what is lost, held back, answered late; when the process dies. Never
here: what should become of a press.
"""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self, cast

from cloud.boxes import Boxes
from cloud.chain import Draft
from cloud.clock import Clock
from cloud.live import Live
from cloud.messages import PostedPress, Reply
from cloud.mqtt import Connection
from cloud.opening import Opening
from cloud.operations import Operation
from cloud.people import People
from cloud.policy import Policy
from cloud.sealing import Sealer
from cloud.sessions import Session, Sessions
from cloud.store import Store
from cloud.units import Units
from cloud.views import Views
from firmware import wire
from tests import configs
from tests.given import ASKED, SEALING_KEY, SESSIONS
from tests.unit_side import UNIT, UnitSide, commands

STEP_S = 0.25  # how far time jumps at once: what falls due in between is done at its end
PACE = 0.01  # of real time, while a test waits for the disk: deadlines are reached by jumps, not by a busy machine
PATIENCE_S = 10  # real seconds until something that should have been pushed is missed
ANSWER_GAP_S = 1  # a unit answers one WELCOME and one ASK a second


class Time(Clock):
    """The loop's time and the cloud's: both nearly stand still, and jump when told. `slept`: only the cloud's clock
    counts it, as a machine that slept does."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._real, self._ahead, self.slept = self._loop.time, 0.0, 0.0
        self._start = self._real()
        self._loop.time = lambda: self._start + (self._real() - self._start) * PACE + self._ahead

    def passed(self) -> float:
        return self._loop.time() - self._start

    def mono(self) -> float:
        return 50_000.0 + self.passed() + self.slept

    def now(self) -> int:
        return ASKED + int((self.passed() + self.slept) * 1000)

    def jump(self, seconds: float) -> None:
        self._ahead += seconds

    def restore(self) -> None:
        self._loop.time = self._real


class Broker:
    """Stands where cloud.mqtt.Connection stands. `down`: all that was handed over; `lossy`: none of it arrives."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.up, self.lossy = True, False
        self.down: list[bytes] = []
        self.before_publish: Callable[[bytes], None] = lambda _: None

    def publish(self, _topic: str, payload: bytes) -> bool:
        if not self.up:
            return False
        self.before_publish(payload)
        self.down.append(payload)
        if not self.lossy:
            asyncio.get_running_loop().call_soon(self._world.unit.on_frame, payload)
        return True

    async def close(self) -> None:
        self.up = False

    def commands(self) -> list[bytes]:
        return [frame for frame in self.down if frame[1] == wire.COMMAND]

    def configs(self) -> list[bytes]:
        return [frame for frame in self.down if frame[1] == wire.CONFIG]


class PlayedUnit(UnitSide):
    """`reached`: on the network. `silent`: obeys and does not answer. `held`: frames that it could not get rid of."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.reached, self.silent = True, False
        self.pulses: list[bytes] = []
        self.held: list[bytes] = []
        self.refuses_settings = self.deaf_to_settings = False
        super().__init__()

    def boot(self) -> None:
        super().boot()
        drives = (
            (commands.OPEN_CLOSE, wire.CLOSED, 2),
            (commands.OPEN_DRIVE, wire.UNKNOWN, 1),
            (commands.TOGGLE, wire.CLOSED, 1),
        )
        self.doors = [(drive, state, False, legs, 500, False) for drive, state, legs in drives]
        self.held_until: dict[int, float] = {}  # until when, of a door that is held open
        self.says = wire.DONE  # to a hold, a release, a test
        self.booted = self._world.time.mono()
        self._greeted = {wire.WELCOME: -9.0, wire.ASK: -9.0}

    def seconds(self) -> float:
        return self._world.time.mono() - self.booted

    def on_frame(self, frame: bytes) -> None:
        if not self.reached:
            return
        kind, _ = wire.shape(frame) or (0, 0)
        if kind == wire.COMMAND:
            self._command(frame)
        elif kind == wire.CONFIG and not self.deaf_to_settings:
            self._settings(configs.config_fields(frame)[1])
        elif kind in self._greeted and self.seconds() - self._greeted[kind] >= ANSWER_GAP_S:
            self._greeted[kind] = self.seconds()
            if kind == wire.WELCOME:
                self.send(self.hello(wire.welcome_fields(frame)[1], self.seconds()))
            elif wire.ask_fields(frame)[1] == self.epoch:
                self.send(self.heartbeat(self.seconds(), wire.ask_fields(frame)[2], wire.ASKED))

    def _command(self, frame: bytes) -> None:
        verdict = self.judge(frame, self.seconds())
        if verdict[0] == commands.PULSE:
            self.pulses.append(verdict[2])
            self.memory.settle(verdict[2], wire.DONE)
            self.send(self.answer(frame, wire.DONE, self.seconds()), answer=True)
        elif verdict[0] == commands.ANSWER:
            self.send(self.answer(frame, verdict[1], self.seconds()), answer=True)
        elif verdict[0] in (commands.HOLD, commands.RELEASE, commands.TEST):
            self.memory.settle(verdict[2], self.says)
            self.send(self.answer(frame, self.says, self.seconds()), answer=True)
            if verdict[0] != commands.TEST and self.says == wire.DONE:
                self.holds(verdict[3], verdict[5])

    def holds(self, number: int, seconds: float) -> None:
        """From now on for so long; 0: no longer."""
        self.held_until[number] = self.seconds() + seconds
        drive, state, busy, legs, ms, _ = self.doors[number]
        self.doors[number] = (drive, state, busy, legs, ms, seconds > 0)
        self.send(self.heartbeat(self.seconds(), why=wire.CHANGED))

    def goes_on(self) -> None:
        """Time has passed: what was held long enough is let go."""
        for number, door in enumerate(self.doors):
            if door[5] and self.seconds() >= self.held_until[number]:
                self.holds(number, 0)

    def _settings(self, number: int) -> None:
        """A CONFIG that is good is tried in another boot."""
        if self.refuses_settings or number <= self.settings_number:
            self.send(self.config_ack(number, wire.REFUSED))
            return
        self.settings_number = number
        self.boot()
        self.send(self.hello(seconds=self.seconds()))

    def send(self, frame: bytes, *, answer: bool = False) -> None:
        if not self.reached or (answer and self.silent):
            self.held.append(frame)
        elif self._world.broker.up:
            asyncio.get_running_loop().call_soon(self._world.take, frame)

    def moves(self, number: int, state: int) -> None:
        """A door's sensor sees this."""
        drive, _, busy, legs, ms, held = self.doors[number]
        self.doors[number] = (drive, state, busy, legs, ms, held)
        self.send(self.heartbeat(self.seconds(), why=wire.CHANGED))

    def leaves(self) -> None:
        self.reached = False

    def returns(self) -> None:
        """Back on the network in the same boot, as after any connection: HELLO first."""
        self.reached = True
        self.send(self.hello(seconds=self.seconds()))


class Phone:
    """A `live.Watcher`: one app's websocket, and what it was told."""

    def __init__(self, person: str) -> None:
        self.person, self.session, self.sent = person, SESSIONS[person], 0
        self.place: str | None = None
        self.told: list[dict[str, Any]] = []
        self.dropped: tuple[int, str] | None = None
        self.backlog = 0
        self._news = asyncio.Event()

    def write(self, message: bytes) -> None:
        self.told.append(json.loads(message))
        self._news.set()

    def unsent(self) -> int:
        return self.backlog

    def drop(self, code: int, why: str) -> None:
        self.dropped = (code, why)

    def operations(self, op_id: str | None = None) -> list[dict[str, Any]]:
        """Every picture of an operation (or of all) that was pushed, in order."""
        pushed = [o for message in self.told for o in message.get("operations", [])]
        return [o for o in pushed if op_id in (None, o["id"])]

    async def sees(self, op_id: str, **fields: object) -> dict[str, Any]:
        """The first picture of this operation with these fields; waits for it."""
        async with asyncio.timeout(PATIENCE_S * PACE):
            while True:
                for picture in self.operations(op_id):
                    if all(picture[name] == value for name, value in fields.items()):
                        return picture
                self._news.clear()
                await self._news.wait()


class World:
    """`async with World(path) as world:`; the unit is online when it begins."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._presses = itertools.count()

    async def __aenter__(self) -> Self:
        self.time = Time()
        self.unit = PlayedUnit(self)
        await self.start()
        await self.quiet()
        for phone in (self.ana, self.pau, self.adm):
            phone.told.clear()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.crash()
        self.time.restore()

    async def start(self, *, broker_up: bool = True, room: Callable[[], bool] = lambda: False) -> None:
        """A process begins: as cloud.app wires it."""
        self.broker = Broker(self)
        self.broker.up = broker_up
        self.store = Store(self.path, room)
        self.policy = Policy(self.store)
        await self.policy.refresh()
        self.units = Units(self.store, self.time, Sealer(SEALING_KEY))
        self.units.settings.lists = lambda: ([("broker.example", 8883)], [b"\x30\x00"])
        await self.units.load()
        self.sessions = Sessions(self.store, self.time)
        await self.sessions.load()
        views = self.views = Views(self.policy, self.units, self.time)
        self.live = Live(self.policy, views, self.store, self.time)
        self.store.commits.logged = self.live.logged
        self.opening = Opening(self.store, self.units, self.policy, self.sessions, self.live, self.time)
        self.views.hold_of = self.opening.holding.of
        parts = (self.store, self.policy, self.sessions, self.units, self.opening, self.live, self.time)
        self.people = People(*parts)
        self.boxes = Boxes(self.store, self.policy, self.units, self.time, self.opening.journalled)
        await self.boxes.load()
        await self.opening.start()
        self.units.start(lambda _: cast("Connection", self.broker))
        self.ana, self.pau, self.adm = phones = [Phone(person) for person in ("ana", "pau", "adm")]
        for phone in phones:
            await self.live.join(phone, None, 0)
            phone.told.clear()
        if broker_up:
            self.units.broker_came()

    async def crash(self) -> None:
        """The process ends in the middle of whatever it was doing; what is committed stays. The next takes a while."""
        self.opening._flights.close()
        await self.boxes.close()
        for task in [*self.opening._settling.tasks, *self.units._tasks]:
            task.cancel()
        await asyncio.gather(*self.opening._settling.tasks, *self.units._tasks, return_exceptions=True)
        await self.store.close()
        self.time.jump(ANSWER_GAP_S)

    def take(self, frame: bytes) -> None:
        """A frame of the unit arrives at the cloud."""
        self.units.take(wire.topics(UNIT)[1], frame)

    def broker_goes(self) -> None:
        self.broker.up = False
        self.units.broker_went()

    def broker_comes(self) -> None:
        self.broker.up = True
        self.units.broker_came()
        self.unit.returns()

    # -- time

    async def quiet(self) -> None:
        """Until everything that was begun has come to a halt: what is on its way to disk is there."""
        for _ in range(3):
            for _ in range(6):
                await asyncio.sleep(0)
            await self.store.commits.write("UPDATE places SET policy = policy WHERE 0")

    async def passes(self, seconds: float) -> None:
        """Time goes by, and what falls due is done."""
        until = self.time.passed() + seconds
        while (left := until - self.time.passed()) > 0:
            self.time.jump(min(STEP_S, left))
            self.unit.goes_on()
            await self.quiet()

    # -- presses

    def a_press(
        self, door: str = "gate", action: str = "open", age_s: float = 0, seconds: int | None = None
    ) -> PostedPress:
        at = self.time.now() - int(age_s * 1000)
        return PostedPress(f"press-{next(self._presses):020}", door, cast("Any", action), at, seconds=seconds)

    async def press(self, door: str = "gate", action: str = "open", person: str = "ana", age_s: float = 0) -> Reply:
        return await self.gives(self.a_press(door, action, age_s), person)

    async def gives(self, press: PostedPress, person: str = "ana") -> Reply:
        return await self.opening.press(Session(SESSIONS[person], person), press, "socket")

    async def opens(self, door: str = "gate", action: str = "open", person: str = "ana") -> str:
        """The operation of a press that was recorded."""
        reply = await self.press(door, action, person)
        assert reply.refused is None
        assert reply.operation is not None
        await self.quiet()
        return reply.operation

    async def on_disk(self, op_id: str | None = None) -> Operation:
        """This operation, or the only one there is."""
        found = await self.store.recent(["ana", "pau", "adm"], [], 0, 1000)
        (operation,) = [o for o in found if op_id in (None, o.id)]
        return operation

    def before_record(self, happens: Callable[[], Awaitable[object]]) -> None:
        """Happens between the next decision and its record."""
        record = self.store.record

        async def first(operation: Operation, policy: int, entry: Draft | None = None) -> bool:
            self.store.record = record
            await happens()
            return await record(operation, policy, entry)

        self.store.record = first

    def before_send(self, happens: Callable[[], Awaitable[object]]) -> None:
        """Happens between the next record and its sending."""
        record = self.store.record

        async def then(operation: Operation, policy: int, entry: Draft | None = None) -> bool:
            self.store.record = record
            recorded = await record(operation, policy, entry)
            await happens()
            return recorded

        self.store.record = then
