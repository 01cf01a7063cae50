"""A TCP link that fails on request: every connection goes through it to the target, each way with troubles of its own.

Never here: what passes; it is bytes.
"""

import asyncio
import contextlib
import socket
import struct
from typing import Self

from sim.listening import stop_listening

CHUNK = 65536
PIECE_S = 0.005  # a slow link passes so much at a time: shorter sleeps are not to be had
LINGER_RESET = struct.pack("ii", 1, 0)  # closing sends RST


class Passage:
    """What one connection meets on its way, both directions; here nothing, in air.py a network."""

    def lets(self) -> bool:
        """Whether what is sent now arrives at all."""
        return True

    def delay_s(self) -> float:
        """By how much it is late, with everything behind it."""
        return 0.0


class Way:
    """One direction, of all connections. `up` is from the client to the target, `down` back."""

    def __init__(self) -> None:
        self.latency_s = 0.0
        self.bytes_per_s: float | None = None
        self.dropping = False  # read and forgotten: the sender believes it has arrived
        self.left: int | None = None  # bytes that still pass before silence, e.g. half a packet
        self.passed = 0  # bytes
        self._open = asyncio.Event()
        self._open.set()

    def hold(self) -> None:
        """Keep everything, in order, until release()."""
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    async def carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passage: Passage | None = None
    ) -> None:
        """Everything from reader to writer until the reader ends."""
        passage = passage or Passage()
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivery = asyncio.create_task(self._deliver(queue, writer, passage))
        try:
            now = asyncio.get_running_loop().time
            while True:
                try:
                    data = await reader.read(CHUNK)
                except OSError:
                    if self.dropping or not passage.lets():
                        await asyncio.Event().wait()  # a reset does not get through either
                    raise
                if not passage.lets():
                    if not data:
                        await asyncio.Event().wait()  # nor does the end
                    continue
                queue.put_nowait((now() + self.latency_s, data))
                if not data:
                    await delivery
                    return
        finally:
            delivery.cancel()

    async def _deliver(
        self, queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, passage: Passage
    ) -> None:
        now = asyncio.get_running_loop().time
        while True:
            due, data = await queue.get()
            if (early := due - now()) > 0:
                await asyncio.sleep(early)
            if late_s := passage.delay_s():
                await asyncio.sleep(late_s)
            await self._open.wait()
            if self.dropping or self.left == 0:
                continue  # silence: not even the end of the connection gets through
            if not data:
                if writer.can_write_eof():
                    writer.write_eof()
                return
            if self.left is not None:
                data = data[: self.left]
                self.left -= len(data)
            self.passed += len(data)
            await self._send(data, writer)

    async def _send(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        piece = len(data) if self.bytes_per_s is None else max(1, int(self.bytes_per_s * PIECE_S))
        for start in range(0, len(data), piece):
            writer.write(data[start : start + piece])
            await writer.drain()
            if self.bytes_per_s is not None:
                await asyncio.sleep(min(piece, len(data) - start) / self.bytes_per_s)


class Proxy:
    """`port` once started. `accepting` False: new connections are reset at once."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.port = 0
        self.up, self.down = Way(), Way()
        self.accepting = True
        self.connections = 0  # ever made
        self._stopped = False
        self._server: asyncio.Server | None = None
        self._links: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}

    async def start(self) -> Self:
        self._server = await asyncio.start_server(self._link, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        self._stopped = True
        if self._server is not None:
            await stop_listening(self._server)
        await asyncio.sleep(0)  # a connection that was accepted last begins in the next turn of the loop
        while self._links:
            await self._end(reset=False)

    @property
    def live(self) -> int:
        """Connections that are up."""
        return len(self._links)

    async def cut(self) -> None:
        """End every connection, in good order."""
        await self._end(reset=False)

    async def reset(self) -> None:
        """End every connection by RST."""
        await self._end(reset=True)

    def black_hole(self, *, up: bool = True, down: bool = True) -> None:
        """From now on nothing arrives, and nobody is told. heal() is for what comes after; what was lost stays lost."""
        self.up.dropping, self.down.dropping = up, down

    def heal(self) -> None:
        for way in (self.up, self.down):
            way.dropping, way.left, way.latency_s, way.bytes_per_s = False, None, 0.0, None
            way.release()
        self.accepting = True

    def passage(self) -> Passage:
        """Of a new connection."""
        return Passage()

    async def _end(self, *, reset: bool) -> None:
        links = dict(self._links)
        for task, writers in links.items():
            for writer in writers:
                if reset:
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
                    writer.transport.abort()
                else:
                    writer.close()
            task.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stopped:
            writer.transport.abort()
            return
        task, writers = asyncio.current_task(), [writer]
        assert task is not None
        self._links[task] = writers
        try:
            if not self.accepting:
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
                return
            self.connections += 1
            far_reader, far_writer = await asyncio.open_connection(*self.target)
            writers.append(far_writer)
            for each in writers:
                each.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            passage = self.passage()
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self.up.carry(reader, far_writer, passage))
                ways.create_task(self.down.carry(far_reader, writer, passage))
        except* (OSError, asyncio.CancelledError):
            pass  # one side is gone: so is the other, below
        finally:
            del self._links[task]
            for each in writers:
                each.close()
                with contextlib.suppress(OSError):
                    await each.wait_closed()
