"""The network as a unit meets it: where its packets really go. Names and times come from servers of the bench.

Never here: what is sent, and links that fail on the way (proxy.py).
"""

import ipaddress
import socket
from collections import defaultdict

from sim.servers import LOOPBACK, NameServer, TimeServer
from sim.shims import calls

DNS, NTP = 53, 123
NOWHERE = (b"\x00\x00\x00\x00", 0)


class Net:
    """
    `tcp` says where the connections to a port really go; others reach this machine only, or, with `outside`, the
    world: then names are resolved as this machine does. `up` False: nothing is reachable, nobody answers.
    `names` and `times` serve every address; `names_at` and `times_at` have servers for one address alone.
    """

    def __init__(self, *, outside: bool = False) -> None:
        self.outside = outside
        self.tcp: dict[int, tuple[str, int]] = {}
        self.names = NameServer(socket.gethostbyname if outside else None)
        self.times = TimeServer()
        self.names_at: dict[str, NameServer] = {}
        self.times_at: dict[str, TimeServer] = {}
        self.routed: dict[tuple[str, int], int] = defaultdict(int)  # (address, port) -> times asked for
        self._up = True

    @property
    def up(self) -> bool:
        return self._up

    @up.setter
    def up(self, up: bool) -> None:
        self._up = up
        for server in self._servers():
            server.reachable = up

    async def start(self) -> "Net":
        for server in self._servers():
            await server.start()
        return self

    async def stop(self) -> None:
        for server in self._servers():
            await server.stop()

    async def name_server(self, address: str) -> NameServer:
        """A server of its own for this address."""
        self.names_at[address] = server = NameServer()
        await server.start()
        return server

    async def time_server(self, address: str) -> TimeServer:
        self.times_at[address] = server = TimeServer()
        await server.start()
        return server

    def route(self, protocol: int, packed: bytes, port: int) -> tuple[bytes, int]:
        address = str(ipaddress.IPv4Address(packed))
        self.routed[(address, port)] += 1
        if not self.up:
            return NOWHERE
        if protocol == calls.UDP and port in (DNS, NTP):
            servers = (self.names_at, self.names) if port == DNS else (self.times_at, self.times)
            server = servers[0].get(address, servers[1])
            return ipaddress.IPv4Address(LOOPBACK).packed, server.port
        if protocol == calls.TCP and port in self.tcp:
            host, real_port = self.tcp[port]
            return ipaddress.IPv4Address(host).packed, real_port
        if self.outside or ipaddress.IPv4Address(address).is_loopback:
            return packed, port
        return NOWHERE

    def _servers(self) -> list[NameServer | TimeServer]:
        return [self.names, self.times, *self.names_at.values(), *self.times_at.values()]
