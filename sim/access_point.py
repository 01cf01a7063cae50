"""A Wi-Fi access point and the station that the chip has for it, with what can go wrong between them.

Status numbers are those of MicroPython on the ESP32. Never here: what goes over it (uplink.py).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any, Literal

from sim.net import NOWHERE, Net
from sim.timeline import Event, Timeline
from sim.uplink import Uplink

IDLE, CONNECTING, GOT_IP = 1000, 1001, 1010
BEACON_TIMEOUT, NO_AP_FOUND, WRONG_PASSWORD, ASSOC_FAIL, HANDSHAKE_TIMEOUT = 200, 201, 202, 203, 204
BEACON_S = 6.0  # without the access point, until the station believes it
ADDRESS, MASK, ROUTER = (IPv4Address(each) for each in ("192.168.4.17", "255.255.255.0", "192.168.4.1"))

Trouble = Literal["refuses", "handshake", "no lease"]


@dataclass
class AccessPoint:
    name: str = "bench"
    password: str | None = "correct horse"  # noqa: S105 - of the bench
    there: bool = True
    trouble: Trouble | None = None
    takes_s: float = 2.0  # from connect() to an address
    rssi: int = -58
    watchers: list[Callable[[], None]] = field(default_factory=list, repr=False)

    def change(self, **facts: Any) -> None:
        for name, value in facts.items():
            if not hasattr(self, name):
                raise AttributeError(name)
            setattr(self, name, value)
        for watcher in self.watchers:
            watcher()


class Station:
    def __init__(self, timeline: Timeline, point: AccessPoint, net: Net | None) -> None:
        self._timeline, self._point, self._net = timeline, point, net
        self._status = IDLE
        self._due: Event | None = None
        self._uplink: Uplink | None = None
        self._past: list[Uplink] = []
        point.watchers.append(self._look)

    def connect(self, t_ns: int, name: str, password: str) -> None:
        self.off()
        self._status = CONNECTING
        due_ns = t_ns + self._timeline.length_ns(self._point.takes_s * 1e6)
        self._due = self._timeline.at(due_ns, lambda _: self._settle(name, password))

    def off(self) -> None:
        if self._due is not None:
            self._due.cancel()
        self._status = IDLE
        self._drop()

    def state(self) -> bytes:
        connected = self._status == GOT_IP
        addresses = (ADDRESS, MASK, ROUTER, ROUTER) if connected else (IPv4Address(0),) * 4
        rssi = self._point.rssi if connected else 0
        return struct.pack("<Hb", self._status, rssi) + b"".join(each.packed for each in addresses)

    def route(self, protocol: int, address: bytes, port: int) -> tuple[bytes, int]:
        if self._status != GOT_IP or self._uplink is None:
            return NOWHERE
        return self._uplink.route(protocol, address, port)

    async def stop(self) -> None:
        self.off()
        for uplink in self._past:
            await uplink.stop()
        self._past.clear()

    def _settle(self, name: str, password: str) -> None:
        point = self._point
        if not point.there or name != point.name:
            self._status = NO_AP_FOUND
        elif point.trouble == "refuses":
            self._status = ASSOC_FAIL
        elif point.trouble == "handshake":
            self._status = HANDSHAKE_TIMEOUT
        elif password != (point.password or ""):
            self._status = WRONG_PASSWORD
        elif point.trouble != "no lease":
            self._status = GOT_IP
            self._uplink = Uplink(self._net)

    def _look(self) -> None:
        """The access point has changed: one that is gone is missed some seconds later."""
        if self._status != GOT_IP or self._uplink is None:
            return
        if self._point.there:
            self._uplink.release()
            return
        self._uplink.hold()
        t_ns = self._timeline.reach(self._timeline.now())
        self._due = self._timeline.at(t_ns + self._timeline.length_ns(BEACON_S * 1e6), lambda _: self._miss())

    def _miss(self) -> None:
        if self._status == GOT_IP and not self._point.there:
            self._status = BEACON_TIMEOUT
            self._drop()

    def _drop(self) -> None:
        if self._uplink is not None:
            self._uplink.die()
            self._past.append(self._uplink)
            self._uplink = None
