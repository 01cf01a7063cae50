"""What the chip is connected to the world by: its UARTs, with the modem on one, its Wi-Fi, or just a cable.

Takes the program's calls about them and says where its packets really go. Never here: the modem, the access point.
"""

import struct
from collections.abc import Callable

from sim.access_point import IDLE, AccessPoint, Station
from sim.modem import Modem
from sim.net import NOWHERE, Net
from sim.pins import Pins
from sim.serial_line import Ends, SerialLine
from sim.shims import calls
from sim.timeline import Timeline

UARTS = (1, 2)
MODEM_UART = 1
NO_WIFI = struct.pack("<Hb16x", IDLE, 0)

Handler = Callable[[int, bytes], bytes | None]


class Ports:
    def __init__(
        self,
        timeline: Timeline,
        pins: Pins,
        net: Net | None,
        interrupt: Callable[[int, int], None],
        *,
        modem: Modem | None,
        wifi: AccessPoint | None,
        lost_rxidle: float,
        seed: int,
    ) -> None:
        self._net, self._modem = net, modem
        self._timeline, self._interrupt = timeline, interrupt
        self._lost_rxidle, self._seed = lost_rxidle, seed
        self._lines: dict[int, SerialLine] = {}
        self._station = Station(timeline, wifi, net) if wifi is not None else None
        if modem is not None:
            modem.attach(timeline, pins, self._line(MODEM_UART), net)
        self.handlers: dict[int, Handler] = {
            calls.UART_OPEN: self._open,
            calls.UART_ANY: lambda _, body: struct.pack("<H", min(0xFFFF, self._line(body[0]).unread())),
            calls.UART_DUE: self._due,
            calls.UART_SENT: self._sent,
            calls.UART_IRQ: self._wants_idle,
            calls.UART_CLOSE: lambda _, body: self._line(body[0]).close(),
            calls.PPP_ADDRESS: self._address,
            calls.PPP_GOT: self._got,
            calls.WIFI_STATE: lambda _, __: NO_WIFI if self._station is None else self._station.state(),
            calls.WIFI_CONNECT: self._join,
            calls.WIFI_OFF: lambda _, __: self._station and self._station.off(),
        }

    def power(self, t_ns: int, *, on: bool) -> None:
        if self._modem is not None:
            self._modem.board_power(t_ns, on=on)

    def halt(self) -> None:
        """The program ends: nobody says goodbye to anybody, and nobody listens."""
        if self._modem is not None:
            self._modem.unit_gone()
        if self._station is not None:
            self._station.off()
        for line in self._lines.values():
            line.close()

    async def stop(self) -> None:
        for part in (self._modem, self._station):
            if part is not None:
                await part.stop()
        for line in self._lines.values():
            line.end()
        self._lines.clear()

    def route(self, protocol: int, address: bytes, port: int) -> tuple[bytes, int]:
        by = self._modem or self._station
        if by is not None:
            return by.route(protocol, address, port)
        return NOWHERE if self._net is None else self._net.route(protocol, address, port)

    def _line(self, number: int) -> SerialLine:
        if number not in self._lines:
            self._lines[number] = SerialLine(
                self._timeline,
                lambda: self._interrupt(calls.IRQ_UART, number),
                lost_idle=self._lost_rxidle,
                seed=self._seed + number,
            )
        return self._lines[number]

    def _open(self, t_ns: int, body: bytes) -> bytes:
        number, baud, tx, rx, rxbuf, _txbuf = struct.unpack("<BIBBHH", body)
        line = self._line(number)
        line.open(Ends(tx, rx, baud), rxbuf)
        if self._modem is not None and number == MODEM_UART:
            self._modem.chip_runs(t_ns)
        return line.path.encode()

    def _due(self, _t_ns: int, body: bytes) -> bytes:
        number, read = struct.unpack("<BI", body)
        self._line(number).handed_over(read)
        return b"\x00"

    def _sent(self, t_ns: int, body: bytes) -> None:
        number, count = struct.unpack("<BH", body)
        self._line(number).sent(t_ns, count)

    def _wants_idle(self, _t_ns: int, body: bytes) -> None:
        self._line(body[0]).wants_idle = bool(body[1])

    def _address(self, _t_ns: int, body: bytes) -> None:
        if self._modem is not None:
            self._modem.unit_has_address = bool(body[0])

    def _got(self, _t_ns: int, body: bytes) -> None:
        if self._modem is not None:
            self._modem.got(struct.unpack("<I", body)[0])

    def _join(self, t_ns: int, body: bytes) -> None:
        name, _, password = body.decode().partition("\0")
        if self._station is not None:
            self._station.connect(t_ns, name, password)
