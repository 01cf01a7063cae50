"""A thousand apps: raw websockets that press and hear. No screen, no aiohttp: the driver must stay cheap.

`sim.phone` is the patient twin of this one, for the demo and the tests.
"""

import asyncio
import base64
import secrets
import struct
import time
from collections.abc import Callable, Iterable

import msgspec

from bench.estate import Person

CONNECT_S = 20
AT_ONCE = 50  # handshakes on their way together
FINAL = frozenset({"REFUSED", "NOT_SENT", "DONE", "ALREADY", "DECLINED", "UNKNOWN"})
_TEXT, _CLOSE = 0x81, 0x88
_NO_MASK = bytes(4)  # RFC 6455 wants a key for each frame; zeros are one, and cost the server just the same


class Operation(msgspec.Struct):
    id: str
    press_id: str
    state: str


class Door(msgspec.Struct):
    id: str


class Grant(msgspec.Struct):
    id: str


class Refused(msgspec.Struct):
    reason: str


class Message(msgspec.Struct):
    """Of what the cloud says, what is counted here."""

    type: str
    press_id: str | None = None
    operation: str | None = None
    refused: Refused | None = None
    operations: list[Operation] = []
    doors: list[Door] = []
    gone: list[str] = []
    grants: list[Grant] = []
    gone_grants: list[str] = []


_read = msgspec.json.Decoder(Message).decode
_encode = msgspec.json.Encoder().encode


class App(asyncio.Protocol):
    """`on_message(app, message)` is called for everything but ticks."""

    def __init__(self, person: Person, on_message: Callable[["App", Message], None]) -> None:
        self.person = person
        self._on_message = on_message
        self._buffer = bytearray()
        self._upgraded = False
        self._transport: asyncio.Transport | None = None
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def connect(self, port: int) -> None:
        """Connect, watch, and wait for the picture."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_S):
            self._transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", port)
            key = base64.b64encode(secrets.token_bytes(16)).decode()
            self._transport.write(
                f"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
                f"Cookie: iomando={self.person.token}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
            )
            await self._ready

    def press(self, door: str) -> tuple[str, int]:
        """Press; the press id, and the monotonic nanosecond at which the write began."""
        press_id = secrets.token_urlsafe(18)
        body = {"type": "press", "press_id": press_id, "door": door, "action": "open", "at": int(time.time() * 1000)}
        frame = _frame(_encode(body))
        at = time.monotonic_ns()
        self._write(frame)
        return press_id, at

    def close(self) -> None:
        if self._transport:
            self._transport.abort()

    def _write(self, frame: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("this app has lost its connection")
        self._transport.write(frame)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            head, separator, rest = self._buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._fail(ConnectionError(f"the cloud answered {head[:40].decode(errors='replace')!r}"))
                return
            self._upgraded, self._buffer = True, rest
            self._write(_frame(_encode({"type": "watch", "stream": None, "seen": 0})))
        self._take()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionError("the cloud closed the websocket"))

    def _fail(self, error: Exception) -> None:
        if not self._ready.done():
            self._ready.set_exception(error)

    def _take(self) -> None:
        """Every whole frame in the buffer; the cloud's are unmasked and in one piece."""
        buffer, at = self._buffer, 0
        while (found := _payload(buffer, at)) is not None:
            start, end = found
            if buffer[at] == _TEXT:
                self._hear(bytes(buffer[start:end]))
            elif buffer[at] == _CLOSE and end - start >= 2:
                self._fail(ConnectionError(f"the cloud closed the websocket: {buffer[start + 2 : end].decode()}"))
            at = end
        del buffer[:at]

    def _hear(self, text: bytes) -> None:
        if text.startswith(b'{"type":"tick"'):
            return
        message = _read(text)
        if message.type == "snapshot" and not self._ready.done():
            self._ready.set_result(None)
        self._on_message(self, message)


async def connected(people: Iterable[Person], port: int, on_message: Callable[[App, Message], None]) -> list[App]:
    """An app for each of these people, connected and showing its picture."""
    apps = [App(person, on_message) for person in people]
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(app: App) -> None:
        async with slots:
            await app.connect(port)

    await asyncio.gather(*(one(app) for app in apps))
    return apps


def _payload(buffer: bytearray, at: int) -> tuple[int, int] | None:
    """Where the payload of the frame that begins at `at` starts and ends; None while it is not whole."""
    if len(buffer) < at + 2:
        return None
    size, start = buffer[at + 1], at + 2
    if size >= 126:
        form, more = (">H", 2) if size == 126 else (">Q", 8)
        if len(buffer) < start + more:
            return None
        size, start = struct.unpack_from(form, buffer, start)[0], start + more
    return (start, start + size) if start + size <= len(buffer) else None


def _frame(text: bytes) -> bytes:
    size = len(text)
    head = bytes((_TEXT, 0x80 | size)) if size < 126 else b"\x81\xfe" + struct.pack(">H", size)
    return head + _NO_MASK + text
