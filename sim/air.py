"""The network between a unit and its broker, with what mobile networks do to connections. Times are the board's.

What is short cut, since real TCP runs on both sides of here: a lost segment is one that comes late, by the time-outs
after which TCP sends it again, and all behind it wait; duplicates and segments out of order are TCP's business and not
to be seen above it. A new connection during an outage is accepted here, and its first bytes wait, as those of a SYN
that is sent again would. Never here: what passes; the radio and its registration (cell.py).
"""

import asyncio
import random
import socket
import struct
from weakref import WeakSet

from sim.net import Net
from sim.proxy import Passage, Proxy

RETRANSMIT_S = 1.0  # TCP's first time-out for a lost segment; it doubles
TCP_INFO_SIZE = 144
TCP_INFO_COUNTS = "<QQII"  # bytes acknowledged to us, bytes received, segments sent, segments received
TCP_INFO_AT = 120
HEADERS = 40  # bytes of IPv4 and TCP around what a segment carries
MOST_LOST = 4  # times in a row that one segment is lost


class _Mapping(Passage):
    """What the network knows of one connection: its entry in the table that translates addresses."""

    def __init__(self, air: "Air") -> None:
        self._air = air
        self._last = self._now()
        self.gone = False

    def lets(self) -> bool:
        now, forgets_s = self._now(), self._air.forgets_s
        if forgets_s is not None and (now - self._last) * self._air.scale > forgets_s:
            self.gone = True
        self._last = now
        return not self.gone

    def delay_s(self) -> float:
        late_s, wait_s = 0.0, RETRANSMIT_S
        for _ in range(MOST_LOST):
            if self._air.chance.random() >= self._air.loss:
                break
            late_s, wait_s = late_s + wait_s, wait_s * 2
        return late_s / self._air.scale

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


class Air(Proxy):
    """
    `forgets_s`: a connection on which nothing passed for so long is forgotten, what comes later vanishes, and nobody is
    told. `loss`: share of segments. `net` is the unit's, whose name and time servers lie behind the same air.
    """

    def __init__(self, host: str, port: int, *, scale: int = 1, net: Net | None = None, seed: int = 0) -> None:
        super().__init__(host, port)
        self.scale, self.net = scale, net
        self.chance = random.Random(seed)
        self.forgets_s: float | None = None
        self.loss = 0.0
        self._mappings: WeakSet[_Mapping] = WeakSet()

    def passage(self) -> Passage:
        mapping = _Mapping(self)
        self._mappings.add(mapping)
        return mapping

    def slow(self, *, bytes_per_s: float | None = None, round_trip_s: float = 0.0) -> None:
        """Both ways alike."""
        for way in (self.up, self.down):
            way.latency_s = round_trip_s / 2 / self.scale
            way.bytes_per_s = bytes_per_s and bytes_per_s * self.scale

    def change_address(self) -> None:
        """The unit has another address from now on: what was open is dead, and neither end knows."""
        for mapping in self._mappings:
            mapping.gone = True

    async def half_open(self) -> None:
        """The broker loses every connection; no word of that reaches the unit."""
        self.change_address()
        for writers in list(self._links.values()):
            for writer in writers[1:]:
                writer.transport.abort()
            del writers[1:]
        await asyncio.sleep(0)

    def dark(self) -> None:
        """Nothing passes and nobody is told; what TCP has sent comes when there is light again, if somebody waits."""
        self._reach(False)
        self.up.hold()
        self.down.hold()

    def light(self) -> None:
        self._reach(True)
        self.up.release()
        self.down.release()

    async def lost(self) -> None:
        """The network is gone, and the unit sees it: its connections end, and there is no way out."""
        assert self.net is not None
        self.net.up = False
        await self.reset()

    def found(self) -> None:
        assert self.net is not None
        self.net.up = True

    def on_the_air(self) -> tuple[int, int]:
        """Bytes from the unit and to it over connections that are up, headers included, by the kernel's count."""
        up = down = 0
        for writers in self._links.values():
            near = writers[0].get_extra_info("socket")
            told = near.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE)
            sent, received, segments_out, segments_in = struct.unpack_from(TCP_INFO_COUNTS, told, TCP_INFO_AT)
            up, down = up + received + HEADERS * segments_in, down + sent + HEADERS * segments_out
        return up, down

    def heal(self) -> None:
        super().heal()
        self.forgets_s, self.loss = None, 0.0
        self._reach(True)

    def _reach(self, reachable: bool) -> None:
        if self.net is not None:
            for server in (self.net.names, self.net.times):
                server.reachable = reachable
