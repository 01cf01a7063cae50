"""One app's websocket: frames written at once and whole, messages read, shapes and rates checked. Decides nothing.

Messages are put into websocket frames (RFC 6455, unmasked text) once per message, not once per app, and go straight to
the transport.
"""

import asyncio
import struct
from contextlib import suppress
from functools import lru_cache

from aiohttp import web

MESSAGES = 40  # messages a connection may send in a burst; a person presses, a machine floods
MESSAGES_A_SECOND = 10
MALFORMED = 20  # messages of a wrong shape that one connection may send before it is closed


@lru_cache(maxsize=8)
def framed(message: bytes) -> bytes:
    """A whole text frame. The same message goes to many: the last few are remembered."""
    size = len(message)
    if size < 126:
        return b"\x81" + bytes([size]) + message
    if size < 1 << 16:
        return b"\x81\x7e" + struct.pack(">H", size) + message
    return b"\x81\x7f" + struct.pack(">Q", size) + message


class Bucket:
    """`take(now)` is False when more than `burst` came, refilled at `rate` a second."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, burst: float, rate: float) -> None:
        self._burst, self._rate = burst, rate
        self._left, self._at = burst, 0.0

    def take(self, now: float) -> bool:
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class AppSocket:
    """Is a `live.Watcher`."""

    __slots__ = ("_bucket", "_closing", "_malformed", "_transport", "_ws", "person", "place", "sent", "session")

    def __init__(
        self,
        person: str,
        session: str,
        place: str | None,
        ws: web.WebSocketResponse,
        transport: asyncio.Transport,
    ) -> None:
        self.person, self.session, self.place = person, session, place
        self.sent = 0
        self._ws, self._transport = ws, transport
        self._bucket = Bucket(MESSAGES, MESSAGES_A_SECOND)
        self._malformed = 0
        self._closing: asyncio.Task[object] | None = None

    def write(self, message: bytes) -> None:
        if self._closing is None and not self._ws.closed:
            self._transport.write(framed(message))

    def unsent(self) -> int:
        return self._transport.get_write_buffer_size()

    def drop(self, code: int, why: str) -> None:
        """Close with this code; a peer that does not take even that within a second is cut off."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(code, why))

    @property
    def dropped(self) -> bool:
        return self._closing is not None

    async def gone(self) -> None:
        """Whoever ends the connection lets the reason be said first."""
        if self._closing is not None:
            await asyncio.wait((self._closing,))

    def may_speak(self, now: float) -> bool:
        return self._bucket.take(now)

    def malformed(self) -> bool:
        """Whether the patience with this connection is over."""
        self._malformed += 1
        return self._malformed > MALFORMED

    async def _close(self, code: int, why: str) -> None:
        with suppress(TimeoutError, ConnectionError, RuntimeError):
            async with asyncio.timeout(1):
                await self._ws.close(code=code, message=why.encode())
        self._transport.abort()
