"""The network as a unit meets it: where its packets really go. Names and times come from servers of the bench.

Never here: what is sent. TCP goes where the test says, by port; see proxy.py for links that fail.
"""

import ipaddress

from sim.shims import calls

NOWHERE = (b"\x00\x00\x00\x00", 0)


class Net:
    def __init__(self) -> None:
        self.tcp: dict[int, tuple[str, int]] = {}  # port the unit connects to -> where that is

    def route(self, protocol: int, address: bytes, port: int) -> tuple[bytes, int]:
        if protocol == calls.TCP and port in self.tcp:
            host, real_port = self.tcp[port]
            return ipaddress.IPv4Address(host).packed, real_port
        return NOWHERE
