"""One address that a board has had from its network, and everything that goes through it.

A board with a modem or Wi-Fi reaches the bench's servers through here, so that a network that dies can do so as real
ones do: connections fall silent, nobody is told, and what they carried never revives, not even when a new address has
come. Never here: how an address is got.
"""

import asyncio
import contextlib
import functools
import ipaddress
import socket
from collections.abc import Awaitable, Callable

from sim.net import NOWHERE, Net
from sim.proxy import Proxy, Way
from sim.servers import LOOPBACK
from sim.shims import calls

DATAGRAM_MAX = 2048
BACKLOG = 16

Arrive = Callable[[int], Awaitable[None]]  # so many bytes are on their way to the unit: returns when it has them


class LastMile(Way):
    """The way down, whose last piece the unit has to take itself."""

    def __init__(self, arrive: Arrive | None) -> None:
        super().__init__()
        self._arrive = arrive

    async def _send(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        if self._arrive is not None:
            await self._arrive(len(data))
        await super()._send(data, writer)


class Stream(Proxy):
    """All TCP connections to one server."""

    def __init__(self, host: str, port: int, arrive: Arrive | None, latency_s: float) -> None:
        super().__init__(host, port)
        self.down = LastMile(arrive)
        self.up.latency_s = self.down.latency_s = latency_s
        self._listening = socket.create_server((LOOPBACK, 0), backlog=BACKLOG)
        self.port = self._listening.getsockname()[1]
        self._begun = asyncio.get_running_loop().create_task(self.start())

    async def start(self) -> "Stream":
        self._server = await asyncio.start_server(self._link, sock=self._listening)
        return self

    async def stop(self) -> None:
        await self._begun
        await super().stop()


class Datagrams:
    """All UDP to one server; each of the unit's sockets has one of ours."""

    def __init__(self, host: str, port: int, arrive: Arrive | None, latency_s: float) -> None:
        self._target, self._arrive, self._latency_s = (host, port), arrive, latency_s
        self._loop = asyncio.get_running_loop()
        self._near = self._socket()
        self.port = self._near.getsockname()[1]
        self._far: dict[tuple[str, int], socket.socket] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.open = True  # what comes while it is not is lost, as datagrams are
        self._loop.add_reader(self._near, self._up)

    def stop(self) -> None:
        for each in (self._near, *self._far.values()):
            self._loop.remove_reader(each)
            each.close()
        for task in self._tasks:
            task.cancel()

    @staticmethod
    def _socket() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((LOOPBACK, 0))
        made.setblocking(False)
        return made

    def _up(self) -> None:
        data, address = self._near.recvfrom(DATAGRAM_MAX)
        if not self.open:
            return
        far = self._far.get(address)
        if far is None:
            far = self._far[address] = self._socket()
            self._loop.add_reader(far, functools.partial(self._down, far, address))
        self._loop.call_later(self._latency_s, functools.partial(self._pass, far, data, self._target))

    def _down(self, far: socket.socket, address: tuple[str, int]) -> None:
        task = self._loop.create_task(self._deliver(far.recv(DATAGRAM_MAX), address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, data: bytes, address: tuple[str, int]) -> None:
        await asyncio.sleep(self._latency_s)
        if self._arrive is not None:
            await self._arrive(len(data))
        self._pass(self._near, data, address)

    def _pass(self, by: socket.socket, data: bytes, to: tuple[str, int]) -> None:
        if self.open and by.fileno() >= 0:
            with contextlib.suppress(OSError):
                by.sendto(data, to)


class BlackHole:
    """An address where nothing answers: no connection comes about, no datagram is read."""

    def __init__(self) -> None:
        self._listening = socket.create_server((LOOPBACK, 0), backlog=0)
        self._full = socket.create_connection(self._listening.getsockname())  # the one that the kernel still takes
        self._unread = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._unread.bind((LOOPBACK, 0))

    def port(self, protocol: int) -> int:
        return (self._listening if protocol == calls.TCP else self._unread).getsockname()[1]

    def stop(self) -> None:
        for each in (self._listening, self._full, self._unread):
            each.close()


class Uplink:
    def __init__(self, net: Net | None, *, arrive: Arrive | None = None, latency_s: float = 0.0) -> None:
        self._net, self._arrive, self._latency_s = net, arrive, latency_s
        self.alive = True
        self._held = False
        self._streams: dict[tuple[str, int], Stream] = {}
        self._datagrams: dict[tuple[str, int], Datagrams] = {}
        self._hole: BlackHole | None = None

    def route(self, protocol: int, packed: bytes, port: int) -> tuple[bytes, int]:
        there = NOWHERE if self._net is None or not self.alive else self._net.route(protocol, packed, port)
        if there == NOWHERE or (self._held and protocol == calls.TCP):
            self._hole = self._hole or BlackHole()
            return ipaddress.IPv4Address(LOOPBACK).packed, self._hole.port(protocol)
        target = str(ipaddress.IPv4Address(there[0])), there[1]
        if protocol == calls.TCP:
            if target not in self._streams:
                self._streams[target] = Stream(*target, self._arrive, self._latency_s)
            through = self._streams[target]
        else:
            if target not in self._datagrams:
                self._datagrams[target] = Datagrams(*target, self._arrive, self._latency_s)
                self._datagrams[target].open = not self._held
            through = self._datagrams[target]
        return ipaddress.IPv4Address(LOOPBACK).packed, through.port

    def hold(self) -> None:
        """Nothing passes for a while; TCP comes through later, as it is sent again."""
        self._set(held=True)

    def release(self) -> None:
        if self.alive:
            self._set(held=False)

    def die(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self.alive = False
        for stream in self._streams.values():
            stream.black_hole()
        for each in self._datagrams.values():
            each.open = False

    async def stop(self) -> None:
        for stream in self._streams.values():
            await stream.stop()
        for each in (*self._datagrams.values(), *([self._hole] if self._hole else [])):
            each.stop()

    def _set(self, *, held: bool) -> None:
        self._held = held
        for stream in self._streams.values():
            for way in (stream.up, stream.down):
                (way.hold if held else way.release)()
        for each in self._datagrams.values():
            each.open = not held
