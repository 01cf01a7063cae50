"""The modem's end of PPP: agrees on the link, asks who is there, gives an address, hands over data piece by piece.

Never here: the frames themselves (shims/frames.py), where the data comes from (uplink.py).
"""

import asyncio
import random
from collections.abc import Callable
from ipaddress import IPv4Address

from sim.cell import Cell
from sim.shims.frames import ACK, AUTH, IP, IPCP, LCP, NAK, REQUEST, TERMINATE, TERMINATED, frame, opened
from sim.timeline import Timeline

MTU = 512  # bytes of data in a frame
AGAIN_S = 1.0  # TCP sends a piece again that was not taken
GATEWAY = IPv4Address("10.64.64.64")
DNS = (IPv4Address("10.11.12.13"), IPv4Address("10.11.12.14"))
GARBAGE_S = 3.0  # LCP asks so often, of whoever is there


class Peer:
    """`say` puts bytes on the line; `up` is called when the unit has its address, `down` when PPP has said goodbye."""

    def __init__(
        self,
        timeline: Timeline,
        cell: Cell,
        apn: str,
        say: Callable[[int, bytes], None],
        up: Callable[[], None],
        down: Callable[[int], None],
        chance: random.Random,
    ) -> None:
        self._timeline, self._cell, self._apn = timeline, cell, apn
        self._say, self._up, self._down = say, up, down
        self._half = b""
        self._pieces: dict[int, asyncio.Future[None]] = {}
        self._next = 0
        self._gabbled_ns = 0
        self.address = IPv4Address(0x0A000000 + chance.randrange(1 << 24))

    def heard(self, t_ns: int, data: bytes) -> None:
        *whole, self._half = (self._half + data).split(b"~")
        for raw in whole:
            packet = opened(raw) if raw else None
            if packet:
                self._take(t_ns, *packet)
            elif raw:
                self._gabble(t_ns)
        if len(self._half) > MTU or self._half.endswith(b"\r"):
            self._half = b""
            self._gabble(t_ns)

    def end(self, t_ns: int) -> None:
        """The network takes the connection away, and says so."""
        self._say(t_ns, frame(LCP, TERMINATE, 1))

    async def arrive(self, size: int) -> None:
        """Data for the unit: returns when it has taken every piece from the line."""
        for at in range(0, size, MTU):
            number, self._next = self._next, self._next + 1
            taken = self._pieces[number] = asyncio.get_running_loop().create_future()
            self._send(self._now(), number, min(MTU, size - at))
            await taken

    def got(self, number: int) -> None:
        taken = self._pieces.pop(number, None)
        if taken is not None and not taken.done():
            taken.set_result(None)

    def _send(self, t_ns: int, number: int, size: int) -> None:
        if number not in self._pieces:
            return
        self._say(t_ns, frame(IP, 0, 0, number.to_bytes(4, "little") + b"U" * size))
        again_ns = t_ns + self._timeline.length_ns(AGAIN_S * 1e6)
        self._timeline.at(again_ns, lambda due_ns: self._send(due_ns, number, size))

    def _now(self) -> int:
        return self._timeline.reach(self._timeline.now())

    def _gabble(self, t_ns: int) -> None:
        """What is no PPP is answered by asking for PPP."""
        if t_ns - self._gabbled_ns > self._timeline.length_ns(GARBAGE_S * 1e6):
            self._gabbled_ns = t_ns
            self._say(t_ns, frame(LCP, REQUEST, 1, b"\x02\x06\x00\x00\x00\x00\x05\x06\x0a\x1b\x2c\x3d"))

    def _take(self, t_ns: int, protocol: int, code: int, number: int, body: bytes) -> None:
        if protocol == LCP and code == TERMINATE:
            self._say(t_ns, frame(LCP, TERMINATED, number))
            self._down(t_ns)
        elif protocol == LCP and code == TERMINATED:
            self._down(t_ns)
        elif protocol == LCP and code == REQUEST:
            wants = self._cell.auth[0] if self._cell.auth else 0
            self._say(t_ns, frame(LCP, ACK, number, bytes((wants,))))
        elif protocol in AUTH.values() and code == REQUEST:
            self._say(t_ns, frame(protocol, ACK if self._knows(protocol, body) else NAK, number))
        elif protocol == IPCP and code == REQUEST:
            if refused(self._cell, self._apn):
                self.end(t_ns)
                return
            addresses = (self.address, GATEWAY, *DNS)
            self._say(t_ns, frame(IPCP, ACK, number, b"".join(each.packed for each in addresses)))
            self._up()

    def _knows(self, protocol: int, login: bytes) -> bool:
        kind, user, key = self._cell.auth or (0, "", "")
        return not kind or (protocol == AUTH[kind] and login == f"{user}\0{key}".encode())


def refused(cell: Cell, apn: str) -> bool:
    """Whether the network gives no data connection to this name."""
    return not cell.data or (cell.apn is not None and apn != cell.apn)
