"""The bench's own DNS and SNTP servers: right, wrong or silent on request. UDP on the loopback interface.

Never here: who asks them (net.py leads a unit's packets here).
"""

import asyncio
import ipaddress
import struct
import time
from collections.abc import Callable
from typing import Literal

LOOPBACK = "127.0.0.1"
LOCAL_ZONES = ("localhost", "test")  # reserved for this (RFC 6761): no resolver knows them
TTL_S = 60
NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
NTP_SIZE = 48
NTP_SERVER = 0x24  # no leap second, version 4, server

Mood = Literal["right", "silent", "wrong", "refusing"]


class _Server(asyncio.DatagramProtocol):
    """`mood`: refusing answers that it will not or cannot, wrong is for each to say."""

    def __init__(self) -> None:
        self.mood: Mood = "right"
        self.reachable = True
        self.port = 0
        self.asked = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._replies: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(LOOPBACK, 0))
        self.port = self._transport.get_extra_info("sockname")[1]

    async def stop(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None
            await asyncio.gather(asyncio.sleep(0), *self._replies)  # the transport closes its socket in the next round

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        if self.reachable and self.mood != "silent":
            reply = asyncio.get_running_loop().create_task(self._reply(data, addr))
            self._replies.add(reply)
            reply.add_done_callback(self._replies.discard)

    async def _reply(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = await self.answer(data)
        if answer and self._transport is not None:
            self._transport.sendto(answer, addr)

    async def answer(self, data: bytes) -> bytes | None:
        raise NotImplementedError


class NameServer(_Server):
    """Every name is on this machine, unless `addresses` says otherwise or `resolve` (name -> address) is given. Wrong
    answers carry another question's number, as a forger's would."""

    def __init__(self, resolve: Callable[[str], str] | None = None) -> None:
        super().__init__()
        self.addresses: dict[str, str] = {}
        self.names: list[str] = []
        self._resolve = resolve

    async def answer(self, data: bytes) -> bytes | None:
        try:
            name, end = _question(data)
        except (IndexError, UnicodeDecodeError):
            return None
        self.names.append(name)
        number = data[:2] if self.mood != "wrong" else bytes((data[0] ^ 0xFF, data[1]))
        address = None if self.mood == "refusing" else await self._address(name)
        if address is None:
            return number + b"\x81\x83" + struct.pack(">4H", 1, 0, 0, 0) + data[12:end]
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, TTL_S, 4) + ipaddress.IPv4Address(address).packed
        return number + b"\x81\x80" + struct.pack(">4H", 1, 1, 0, 0) + data[12:end] + record

    async def _address(self, name: str) -> str | None:
        if name in self.addresses or self._resolve is None or name.rsplit(".", maxsplit=1)[-1] in LOCAL_ZONES:
            return self.addresses.get(name, LOOPBACK)
        try:
            return await asyncio.to_thread(self._resolve, name)
        except OSError:
            return None


def _question(data: bytes) -> tuple[str, int]:
    """The name asked for, and where the question ends."""
    at, labels = 12, []
    while data[at]:
        labels.append(data[at + 1 : at + 1 + data[at]].decode("ascii"))
        at += 1 + data[at]
    return ".".join(labels), at + 5


class TimeServer(_Server):
    """The host's time, `offset_s` beside it. Wrong answers a question nobody asked; refusing is a kiss of death."""

    def __init__(self) -> None:
        super().__init__()
        self.offset_s = 0.0

    async def answer(self, data: bytes) -> bytes | None:
        if len(data) < NTP_SIZE:
            return None
        now = time.time() + NTP_EPOCH + self.offset_s
        stamp = struct.pack(">II", int(now) & 0xFFFFFFFF, int(now % 1 * (1 << 32)))
        asked = data[40:48] if self.mood != "wrong" else bytes(8)
        stratum = 0 if self.mood == "refusing" else 2
        return struct.pack(">BBbb12x", NTP_SERVER, stratum, 6, -20) + stamp + asked + stamp + stamp
