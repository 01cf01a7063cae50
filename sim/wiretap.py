"""The broker as its owner has it: between a unit and the real one, TLS ended and begun anew, so that each frame
that passes can be counted, kept and given once more.

It holds the broker's certificate and the unit's own, which is more than an attacker will ever have. It knows no key
that frames are signed with. Never here: what a frame means; a network that fails (proxy.py).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from sim import street
from sim.listening import stop_listening

PUBLISH = 0x30
KEPT = 1000  # frames that went to the unit


class Wiretap:
    """`port` once started. `passed(way)` is called for each frame, "down" to the unit, "up", or "again"; `sent`: those
    that went down, as they were."""

    def __init__(self, home: Path, unit: str, broker_port: int) -> None:
        self.port = 0
        self.sent: list[bytes] = []
        self.passed: Callable[[str], None] = lambda _way: None
        self.changed: Callable[[], None] = lambda: None
        self._unit, self._broker_port = unit, broker_port
        self._topic = street.down_topic(unit).encode()
        self._towards_unit, self._towards_broker = street.broker_and_unit(home, unit)
        self._server: asyncio.Server | None = None
        self._links: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._writer: asyncio.StreamWriter | None = None  # to the unit, while it has a session

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._link, "127.0.0.1", 0, ssl=self._towards_unit)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            await stop_listening(self._server)
        links = dict(self._links)
        for task in links:
            task.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    @property
    def connected(self) -> bool:
        """The unit has a session, as far as this end knows."""
        return self._writer is not None

    async def give(self, frame: bytes) -> bool:
        """A frame on the unit's topic, whoever made it. False: no unit is there to take it."""
        if self._writer is None:
            return False
        with contextlib.suppress(OSError):
            self._writer.write(_publish(self._topic, frame))
            await self._writer.drain()
            self.passed("again")
            return True
        return False

    def last_command(self) -> bytes | None:
        """The newest that went to the unit."""
        return next((frame for frame in reversed(self.sent) if street.operation_of(frame)), None)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links[task] = writer
        far: asyncio.StreamWriter | None = None
        try:
            far_reader, far = await asyncio.open_connection(
                "127.0.0.1", self._broker_port, ssl=self._towards_broker, server_hostname="localhost"
            )
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._carry(reader, far, "up"))
                ways.create_task(self._carry(far_reader, writer, "down"))
        except* (OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass  # one side is gone: so is the other, below
        finally:
            del self._links[task]
            if self._writer is writer:
                self._writer = None
                self.changed()
            for each in (writer, far):
                if each is not None:
                    each.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        async for head, body in _packets(reader):
            if head[0] & 0xF0 == PUBLISH:
                self._note(way, body)
            writer.write(head + body)
            await writer.drain()
            if way == "down" and self._writer is not writer:
                self._writer = writer
                self.changed()

    def _note(self, way: str, body: bytes) -> None:
        if way == "down":
            self.sent.append(body[2 + int.from_bytes(body[:2], "big") :])
            del self.sent[:-KEPT]
        self.passed(way)


async def _packets(reader: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bytes]]:
    """Each MQTT packet as (fixed header, rest); ends by IncompleteReadError."""
    while True:
        head = await reader.readexactly(1)
        size = shift = 0
        while True:
            byte = await reader.readexactly(1)
            head += byte
            size |= (byte[0] & 0x7F) << shift
            shift += 7
            if byte[0] < 0x80:
                break
        yield head, await reader.readexactly(size)


def _publish(topic: bytes, frame: bytes) -> bytes:
    body = len(topic).to_bytes(2, "big") + topic + frame
    size, rest = bytearray(), len(body)
    while True:
        size.append(rest & 0x7F | (0x80 if rest > 0x7F else 0))
        rest >>= 7
        if not rest:
            return bytes([PUBLISH]) + bytes(size) + body
