"""Units as the broker sees them: hundreds of real connections, each with its own identity, in this one process.

`FleetUnit` speaks the frames of docs/protocol.md and obeys every command, so that what is measured is the cloud.
`Echo` stands on the floor: it knows only bytes.
"""

import asyncio
import secrets
import time
from collections.abc import Iterable

from bench import mqtt
from bench.estate import Unit
from firmware import wire

AT_ONCE = 8  # TLS handshakes on their way together: more would only wait for a core
OP_ID = 8  # bytes
ANSWER_BYTES = wire.EXACT[wire.ANSWER]
NO_AGO = (wire.LONG_AGO,) * wire.DOORS


class Arrivals:
    """`at[op_id]` is the monotonic nanosecond at which a command stood at its unit's client, the first time."""

    def __init__(self) -> None:
        self.at: dict[bytes, int] = {}
        self.answer_after_s = 0.0


class FleetUnit:
    """One unit of one boot. `sensor`: its door 0 has one."""

    def __init__(self, unit: Unit, arrivals: Arrivals, *, sensor: bool = False) -> None:
        self.id = unit.id
        self._arrivals, self._sensor = arrivals, sensor
        self._raw = bytes.fromhex(unit.id)
        self._pads = wire.direction_pads(unit.secret, self._raw)[1]
        self._pem = unit.pem
        self._epoch, self._count, self._booted = secrets.token_bytes(8), 0, time.monotonic()
        self._state = wire.CLOSED
        self._loop = asyncio.get_running_loop()
        self._down, self._up = wire.topics(unit.id)
        self._client = mqtt.Client(self._take)

    async def connect(self, port: int, authority: str) -> None:
        await self._client.connect(port, mqtt.context(authority, self._pem), self.id, self._down)
        self._hello(wire.NO_NONCE)

    def close(self) -> None:
        self._client.close()

    def move(self, state: int) -> int:
        """The sensor of door 0 sees the door in this state; the nanosecond at which the unit says so."""
        self._state = state
        frame = self._heartbeat(wire.NO_NONCE, wire.CHANGED)
        at = time.monotonic_ns()
        self._client.publish(self._up, frame)
        return at

    def _take(self, frame: bytes) -> None:
        at = time.monotonic_ns()
        kind = frame[1]
        if kind == wire.COMMAND:
            self._arrivals.at.setdefault(wire.command_fields(frame)[3], at)
            if self._arrivals.answer_after_s:
                self._loop.call_later(self._arrivals.answer_after_s, self._answer, frame)
            else:
                self._answer(frame)
        elif kind == wire.WELCOME:
            self._hello(wire.welcome_fields(frame)[1])
        elif kind == wire.ASK:
            self._client.publish(self._up, self._heartbeat(wire.ask_fields(frame)[2], wire.ASKED))

    def _answer(self, command: bytes) -> None:
        _, _, _, op_id, _, door, _, _ = wire.command_fields(command)
        told = (op_id, self._unit_s(), wire.DONE, door, 0)
        frame = wire.answer(self._pads, 0, self._epoch, self._next(), *told, wire.tag_of(command))
        self._client.publish(self._up, frame)

    def _hello(self, nonce: bytes) -> None:
        count, doors = self._next(), self._doors()
        frame = wire.hello(self._pads, 0, self._epoch, count, nonce, self._unit_s(), 1, 0, doors, NO_AGO, 1, 1)
        self._client.publish(self._up, frame)

    def _heartbeat(self, echo: bytes, why: int) -> bytes:
        told = (echo, self._unit_s(), why, 0, self._doors(), NO_AGO, 0, 0)
        return wire.heartbeat(self._pads, 0, self._epoch, self._next(), *told)

    def _doors(self) -> bytes:
        first = self._state | wire.SENSOR_BIT if self._sensor else wire.UNKNOWN
        return bytes((first, *(wire.UNKNOWN,) * (wire.DOORS - 1)))

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _unit_s(self) -> int:
        return int(time.monotonic() - self._booted)


class Echo:
    """A client that is sent a few bytes and sends a few back."""

    def __init__(self, unit: Unit, arrivals: Arrivals) -> None:
        self.down, self._up = wire.topics(unit.id)
        self._unit, self._arrivals = unit, arrivals
        self._loop = asyncio.get_running_loop()
        self._client = mqtt.Client(self._take)

    async def connect(self, port: int, authority: str) -> None:
        await self._client.connect(port, mqtt.context(authority, self._unit.pem), self._unit.id, self.down)

    def close(self) -> None:
        self._client.close()

    def _take(self, payload: bytes) -> None:
        self._arrivals.at.setdefault(payload[:OP_ID], time.monotonic_ns())
        answer = payload[:OP_ID].ljust(ANSWER_BYTES)
        if self._arrivals.answer_after_s:
            self._loop.call_later(self._arrivals.answer_after_s, self._client.publish, self._up, answer)
        else:
            self._client.publish(self._up, answer)


async def connect(units: Iterable[FleetUnit | Echo], port: int, authority: str) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(unit: FleetUnit | Echo) -> None:
        async with slots:
            await unit.connect(port, authority)

    await asyncio.gather(*(one(unit) for unit in units))
