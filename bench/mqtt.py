"""The leanest MQTT client that does: QoS 0 over mutual TLS 1.2. Drives the floor and the fleet, and nothing else.

A product uses paho or umqtt; here every microsecond of the client would count as one of what is measured.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from pathlib import Path

CONNECT_S = 15
RECEIVE_BYTES = 65536
_CONNECT, _CONNACK, _PUBLISH, _SUBSCRIBE, _SUBACK = 0x10, 0x20, 0x30, 0x82, 0x90
_CLEAN_SESSION = 0x02


def context(authority: str, pem: Path) -> ssl.SSLContext:
    """As a unit connects: TLS 1.2 and its own certificate. The broker is on this machine: its name is not looked at."""
    made = ssl.create_default_context(cadata=authority)
    made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.check_hostname = False
    made.load_cert_chain(pem)
    return made


class Client:
    """`on_message(payload)` is called as soon as a message is whole. After a loss the next send raises."""

    def __init__(self, on_message: Callable[[bytes], None]) -> None:
        self._on_message = on_message
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._told: asyncio.Queue[int] = asyncio.Queue()
        self._sock: ssl.SSLSocket | None = None

    async def connect(self, port: int, context: ssl.SSLContext, name: str, topic: str) -> None:
        """Connect under this name and subscribe to one topic."""
        async with asyncio.timeout(CONNECT_S):
            self._sock = sock = await self._loop.run_in_executor(None, self._dial, port, context)
            self._loop.add_reader(sock, self._read)
            self._send(_packet(_CONNECT, _text("MQTT") + bytes((4, _CLEAN_SESSION, 0, 0)) + _text(name)))
            await self._expect(_CONNACK)
            self._send(_packet(_SUBSCRIBE, b"\x00\x01" + _text(topic) + b"\x00"))
            await self._expect(_SUBACK)

    def publish(self, topic: str, payload: bytes) -> None:
        self._send(_packet(_PUBLISH, _text(topic) + payload))

    def close(self) -> None:
        if self._sock:
            self._loop.remove_reader(self._sock)
            self._sock.close()
            self._sock = None

    def _dial(self, port: int, context: ssl.SSLContext) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", port), CONNECT_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock = context.wrap_socket(plain)
        sock.settimeout(0)
        return sock

    def _send(self, packet: bytes) -> None:
        if self._sock is None:
            raise ConnectionError("this MQTT client is not connected")
        try:
            self._sock.send(packet)
        except ssl.SSLWantWriteError as error:
            # A socket's whole buffer is on its way: the broker does not read, and nothing here measures that.
            raise ConnectionError("the broker takes nothing any more") from error

    def _read(self) -> None:
        while self._sock is not None:
            try:
                data = self._sock.recv(RECEIVE_BYTES)
            except ssl.SSLWantReadError:
                return
            except OSError:
                data = b""
            if not data:
                self._told.put_nowait(0)
                self.close()
                return
            self._buffer += data
            self._take()

    def _take(self) -> None:
        """Every whole packet in the buffer."""
        buffer, at = self._buffer, 0
        while (found := _body(buffer, at)) is not None:
            start, end = found
            kind = buffer[at] & 0xF0
            if kind == _PUBLISH:
                topic = struct.unpack_from(">H", buffer, start)[0]
                self._on_message(bytes(buffer[start + 2 + topic : end]))
            else:
                self._told.put_nowait(kind)
            at = end
        del buffer[:at]

    async def _expect(self, kind: int) -> None:
        came = await self._told.get()
        if came != kind:
            raise ConnectionError(f"the broker answered with packet {came:#04x} where {kind:#04x} was due")


def _body(buffer: bytearray, at: int) -> tuple[int, int] | None:
    """Where the body of the packet that begins at `at` starts and ends; None while it is not whole."""
    size, shift, start = 0, 0, at + 1
    while start < len(buffer):
        byte = buffer[start]
        size |= (byte & 0x7F) << shift
        shift += 7
        start += 1
        if byte < 0x80:
            return (start, start + size) if start + size <= len(buffer) else None
    return None


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def _packet(kind: int, body: bytes) -> bytes:
    size, length = len(body), bytearray((kind,))
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    length.append(size)
    return bytes(length) + body
