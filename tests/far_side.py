"""The broker and the cloud as a unit meets them: a TLS 1.2 server that speaks as much MQTT as a unit hears, with faults
on request. Everything a unit publishes is kept. Never here: what a unit should do.
"""

import asyncio
import base64
import contextlib
import datetime
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import trustme

from firmware import wire
from sim import flash
from sim.listening import stop_listening
from tests.journal_side import JournalSide

UNIT = "3fa2b81c"
HOST = "broker.iomando.test"
KEY = bytes(range(32))
FIRMWARE = Path(__file__).parent.parent / "firmware"
DOWN, UP = (t.encode() for t in wire.topics(UNIT))
DOWN_PADS, UP_PADS = wire.direction_pads(KEY, bytes.fromhex(UNIT))
DOOR = {
    "drive": "toggle",
    "relay": 18,
    "close_relay": None,
    "sense": None,
    "pulse_ms": 300,
    "closed_contact": 32,
    "open_contact": 33,
    "exit_button": None,
    "travel_s": 2,
}

CONNECT, CONNACK, PUBLISH, SUBSCRIBE, SUBACK, PING, PONG = 0x10, 0x20, 0x30, 0x82, 0x90, 0xC0, 0xD0


def der(pem: bytes) -> bytes:
    return base64.b64decode("".join(line for line in pem.decode().splitlines() if "-----" not in line))


@dataclass
class Certificates:
    """One authority, a broker's certificate and a unit's, both good unless asked otherwise."""

    ca: trustme.CA = field(default_factory=trustme.CA)
    host: str = HOST

    def broker(self, *, host: str | None = None, ca: trustme.CA | None = None, days: int = 30) -> ssl.SSLContext:
        until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
        leaf = (ca or self.ca).issue_cert(host or self.host, not_after=until)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # all that the board speaks
        leaf.configure_cert(context)
        self.ca.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def unit_files(
        self, *, port: int, doors: list[dict[str, Any]] | None = None, ca: trustme.CA | None = None, **changes: Any
    ) -> dict[str, bytes]:
        leaf = (ca or self.ca).issue_cert(UNIT + ".unit", common_name=UNIT)
        fields = {
            "unit": UNIT,
            "servers": [[self.host, port]],
            "dns": ["10.0.0.1"],
            "time_servers": ["time.iomando.test"],
            "keepalive_s": 120,
            "network": {"kind": "wired"},
            "inputs": {"power": None, "tamper": None},
            "doors": doors or [DOOR],
        }
        return {
            "/unit.json": json.dumps(fields | changes).encode(),
            "/ca/0.der": der(self.ca.cert_pem.bytes()),
            "/tls.crt": der(leaf.cert_chain_pems[0].bytes()),
            "/tls.key": der(leaf.private_key_pem.bytes()),
            "/command.key": KEY,
        }


def image(path: Path, files: Mapping[str, bytes | None]) -> Path:
    """A unit's flash with the firmware and these files; None takes one away."""
    merged = {**flash.firmware_files(FIRMWARE), **files}
    flash.write(path, {name: data for name, data in merged.items() if data is not None})
    return path


def length(size: int) -> bytes:
    out = b""
    while True:
        size, low = divmod(size, 128)
        out += bytes([low | (0x80 if size else 0)])
        if not size:
            return out


def packet(first: int, body: bytes) -> bytes:
    return bytes([first]) + length(len(body)) + body


def publish(payload: bytes, *, topic: bytes = DOWN, flags: int = 0) -> bytes:
    ident = b"\x00\x07" if flags & 6 else b""
    return packet(PUBLISH | flags, len(topic).to_bytes(2, "big") + topic + ident + payload)


class Session:
    """One connection of the unit."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, far: "FarSide"):
        self._reader, self._writer, self._far = reader, writer, far
        self.packets: list[tuple[int, bytes]] = []
        self.frames: asyncio.Queue[bytes] = asyncio.Queue()
        self.pings = 0
        self.subscribed = asyncio.Event()
        self.ended = asyncio.Event()

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    def frame(self, frame: bytes, **how: Any) -> None:
        self.send(publish(frame, **how))

    async def next_frame(self, kind: int, timeout: float = 10) -> bytes:
        """The next frame of this type; others on the way are passed over."""
        async with asyncio.timeout(timeout):
            while True:
                frame = await self.frames.get()
                if frame[1] == kind:
                    return frame

    def cut(self) -> None:
        self._writer.transport.abort()

    async def serve(self) -> None:
        try:
            while True:
                first = (await self._reader.readexactly(1))[0]
                size = shift = 0
                while True:
                    byte = (await self._reader.readexactly(1))[0]
                    size |= (byte & 0x7F) << shift
                    shift += 7
                    if byte < 0x80:
                        break
                self._take(first, await self._reader.readexactly(size))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.ended.set()
            self._writer.close()

    def _put(self, frame: bytes) -> None:
        if len(frame) > 1 and frame[1] in (wire.EVENTS, wire.STATUS):
            if ack := self._far.journal.take(frame):
                self.frame(ack)
        else:
            self.frames.put_nowait(frame)

    def _take(self, first: int, body: bytes) -> None:
        self.packets.append((first, body))
        answer = self._far.answers.get(first)
        if first == PING:
            self.pings += 1
        elif first == PUBLISH:
            size = int.from_bytes(body[:2], "big")
            self._put(body[2 + size :])
        if answer is not None:
            self.send(answer(body))
        if first == SUBSCRIBE:
            self.subscribed.set()


class FarSide:
    """`answers`: packet type -> what is sent back for its body; take one out to be silent there."""

    def __init__(self, context: ssl.SSLContext | None):
        self.context = context
        self.port = 0
        self.sessions: list[Session] = []
        self.journal = JournalSide(bytes.fromhex(UNIT), DOWN_PADS, UP_PADS)  # EVENTS and STATUS land here
        self.answers: dict[int, Callable[[bytes], bytes]] = {
            CONNECT: lambda _: packet(CONNACK, b"\x00\x00"),
            SUBSCRIBE: lambda body: packet(SUBACK, body[:2] + b"\x00"),
            PING: lambda _: packet(PONG, b""),
        }
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=self.context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        await stop_listening(self._server)
        for session in self.sessions:
            session.cut()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._server.wait_closed()

    async def session(self, number: int = 1, timeout: float = 15) -> Session:
        """The unit's connection with that number, counted from 1, once it has subscribed."""
        async with asyncio.timeout(timeout):
            session = await self.connection(number)
            await session.subscribed.wait()
            return session

    async def connection(self, number: int) -> Session:
        """The same, subscribed or not, however long it takes."""
        while len(self.sessions) < number:
            await self._news.wait()
        return self.sessions[number - 1]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(reader, writer, self)
        self.sessions.append(session)
        self._news.set()
        self._news = asyncio.Event()
        await session.serve()


@dataclass
class Cloud:
    """What the cloud knows of one boot of the unit: enough to command it."""

    session: Session
    epoch: bytes = b""
    unit_s: int = 0
    ops: int = 0
    asked: int = 0

    async def adopt(self) -> "Cloud":
        """Takes the unit's HELLO, welcomes it, takes its echo."""
        await self.session.next_frame(wire.HELLO)
        self.session.frame(wire.welcome(DOWN_PADS, 0, bytes.fromhex(UNIT), b"nonce--1"))
        hello = await self.session.next_frame(wire.HELLO)
        assert wire.genuine(hello, UP_PADS)
        fields: tuple[Any, ...] = wire.hello_fields(hello)
        assert fields[2] == b"nonce--1"
        self.epoch, self.unit_s = fields[0], fields[3]
        return self

    def command(self, action: int = wire.PRESS, *, door: int = 0, ms: int = 0, **changes: Any) -> bytes:
        """A new one for this unit and moment; `changes`: unit, epoch, not_after, op_id or arg."""
        self.ops += 1
        unit = changes.pop("unit", bytes.fromhex(UNIT))
        epoch = changes.pop("epoch", self.epoch)
        not_after = changes.pop("not_after", self.unit_s + 9)
        op_id = changes.pop("op_id", self.ops.to_bytes(8, "big"))
        arg = changes.pop("arg", 0)
        assert not changes
        return wire.command(DOWN_PADS, 0, unit, epoch, not_after, op_id, action, door, ms, arg)

    async def ask(self) -> tuple[Any, ...]:
        """What the unit says of itself now; its clock is known again afterwards."""
        self.asked += 1
        nonce = b"ask-" + self.asked.to_bytes(4, "big")
        self.session.frame(wire.ask(DOWN_PADS, 0, bytes.fromhex(UNIT), self.epoch, nonce))
        while True:
            heartbeat = self.read(await self.session.next_frame(wire.HEARTBEAT))
            if heartbeat[2] == nonce:
                return heartbeat

    def read(self, heartbeat: bytes) -> tuple[Any, ...]:
        assert wire.genuine(heartbeat, UP_PADS)
        fields: tuple[Any, ...] = wire.heartbeat_fields(heartbeat)
        self.unit_s = fields[3]
        return fields

    async def door_becomes(self, state: int, door: int = 0, timeout: float = 10) -> tuple[Any, ...]:
        """The heartbeat that says so."""
        async with asyncio.timeout(timeout):
            while True:
                heartbeat = self.read(await self.session.next_frame(wire.HEARTBEAT))
                if heartbeat[6][door] & wire.STATE_BITS == state:
                    return heartbeat

    async def answer_to(self, command: bytes, timeout: float = 10) -> int:
        """Its result."""
        frame = await self.session.next_frame(wire.ANSWER, timeout)
        assert wire.genuine(frame, UP_PADS, wire.tag_of(command)), "the answer is to another command"
        return wire.answer_fields(frame)[4]
