"""A cellular modem on a serial line: its power and its key, its commands, its data mode, and what can go wrong with it.

Short cuts, so that the bench stays small: PPP's frames are real in shape but their options are ours (shims/frames.py);
once there is an address, what the unit sends goes straight to the host's network and what it receives comes over the
line as frames of the same length, whose data the host's sockets get when PPP has read them (uplink.py). Everything
that the firmware sees of it is as on a board: bytes at 115,200 baud, poll(), RXIDLE, a line that falls silent.
Time is the board's. Never here: what one command answers (modem_commands.py), the network (cell.py).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sim.cell import Card, Cell, Radio
from sim.modem_commands import Commands
from sim.modem_habits import BOARDS, FAMILIES, READY
from sim.net import NOWHERE, Net
from sim.pins import Pin, Pins
from sim.ppp_peer import Peer
from sim.serial_line import PIECE, Ends, SerialLine
from sim.timeline import Event, Timeline
from sim.uplink import Uplink

HOLD_UP_MS = 500  # its capacitors feed it so long; through a start of the chip, however long this host takes for that
FULL, FLIGHT = 1, 4  # +CFUN
OFF_S = 2.0  # from being told to go to being off
GUARD_MS = 1000  # of silence before and after +++
NOISE_BYTES = 40
RESET_PIN_MS = 100  # where the family has no figure of its own

State = Literal["off", "booting", "command", "data"]


@dataclass
class Faults:
    noise: bool = False  # garbage on the line at power-up
    urcs: float = 0.0  # share of answers in the middle of which it says something else
    split: bool = False  # lines come in pieces of a few bytes, with pauses
    keeps_echo: bool = False  # ATE0 is accepted and does nothing
    slow_boot_s: float = 0.0
    dumb_s: float = 0.0  # after the boot: hears and says nothing
    ignores: tuple[str, ...] = ()  # commands that are never answered
    hangs_at: str | None = None  # the first command so named makes it hang
    heals_by: Literal["key", "reset", "power"] = "key"  # the least that ends a hang


class Modem:
    """For the board of this name. `family` only where another modem sits on it."""

    def __init__(
        self,
        board: str = "T-SIM7000G",
        *,
        family: str | None = None,
        cell: Cell | None = None,
        card: Card | None = None,
        faults: Faults | None = None,
        seed: int = 0,
    ) -> None:
        named, self.wiring = BOARDS[board]
        self.habits = FAMILIES[family or named]
        self.cell, self.card, self.faults = cell or Cell(), card or Card(), faults or Faults()
        self.chance = random.Random(seed)
        self.state: State = "off"
        self.hung = False
        self.boots = 0
        self.heard: list[str] = []  # every command line
        self.talked_over = 0  # bytes that came while a command was being answered
        self.uplink: Uplink | None = None
        self.unit_has_address = False
        self._past: list[Uplink] = []

    def attach(self, timeline: Timeline, pins: Pins, line: SerialLine, net: Net | None) -> None:
        """Solder it to a board."""
        self._timeline, self._line, self._net = timeline, line, net
        wiring = self.wiring
        line.wired = Ends(wiring.tx, wiring.rx)
        line.heard = self._hear
        self.radio = Radio(timeline, self.cell, self.card, self._registration, self._lost)
        self.commands = Commands(self)
        self._board_on = self._chip_starts = False
        self._life: list[Event] = []  # what is to come while it has power
        self._pressed: dict[str, int] = {}
        for number, rest, watch in (
            (wiring.key, 0, self._key),
            (wiring.power, 0, self._power_pin),
            (wiring.reset, 1 - wiring.reset_level, self._reset_pin),
            (wiring.dtr, 0, self._dtr),
            (wiring.radio, 0, self._radio_pin),
        ):
            if number is not None:
                pin: Pin = pins[number]
                pin.rest = rest
                pin.watchers.append(watch)
        self._power = pins[wiring.power] if wiring.power is not None else None
        self._radio_on = pins[wiring.radio] if wiring.radio is not None else None

    # --- power

    def board_power(self, t_ns: int, *, on: bool) -> None:
        self._board_on = on
        if not on:
            self._die(t_ns)

    @property
    def fed(self) -> bool:
        return self._board_on and (self._power is None or bool(self._power.drive()))

    def brown_out(self) -> None:
        """It loses its power for a moment, and the board does not."""
        self._die(self.now())

    def hang(self) -> None:
        """Its firmware stops; what it was doing stays as it was."""
        self.hung = True
        self._forget()
        self._line.hush()
        if self.uplink:
            self.uplink.die()

    def drop_data(self) -> None:
        """The network ends the data connection."""
        self._lost()

    async def stop(self) -> None:
        for uplink in (*self._past, *([self.uplink] if self.uplink else [])):
            await uplink.stop()
        self._past.clear()
        self.uplink = None

    def now(self) -> int:
        return self._timeline.reach(self._timeline.now())

    def later(self, t_ns: int, seconds: float, action: Callable[[int], None]) -> None:
        """Unless it loses its power or hangs before."""
        self._life = [event for event in self._life if event.action is not None]
        self._life.append(self._timeline.at(t_ns + self._timeline.length_ns(seconds * 1e6), action))

    def board_ns(self, seconds: float) -> int:
        return self._timeline.length_ns(seconds * 1e6)

    def boot(self, t_ns: int) -> None:
        self._stop_working()
        self.state = "booting"
        self.boots += 1
        if self.faults.noise:
            self._line.say(t_ns, bytes(self.chance.randrange(256) for _ in range(NOISE_BYTES)))
        boot_s = self.habits.boot_s * self.chance.uniform(0.9, 1.1) + self.faults.slow_boot_s
        self.later(t_ns, boot_s, self._booted)

    def _booted(self, t_ns: int) -> None:
        self.state = "command"
        self.commands.start(t_ns, self.faults.dumb_s)
        self.radio.start(t_ns, takes_time=self.commands.takes_time)
        if self._radio_on is not None:
            self._radio_pin(t_ns, self._radio_on.drive() or 0)
        if not self.faults.dumb_s:
            for text in self.habits.boot:
                self.tell(t_ns, self.commands.card_state(t_ns) if text == READY else text)

    def turn_off(self, t_ns: int) -> None:
        self.later(t_ns, OFF_S, self._die)

    def _die(self, _t_ns: int) -> None:
        self._stop_working()
        self.state = "off"
        self._line.hush()

    def _stop_working(self) -> None:
        self._forget()
        self.hung = False
        self.radio.stop()
        self.end_data()

    def _forget(self) -> None:
        for event in self._life:
            event.cancel()
        self._life.clear()

    # --- pins

    def _key(self, t_ns: int, level: int) -> None:
        if not self._released("key", t_ns, level):
            return
        held_ms = self._timeline.board_us(t_ns - self._pressed["key"]) / 1000
        if not self.fed or (self.hung and self.faults.heals_by == "power"):
            return
        if self.state == "off":
            if held_ms >= self.habits.on_ms:
                self.boot(t_ns)
        elif held_ms >= self.habits.off_ms and not (self.hung and self.faults.heals_by == "reset"):
            if self.hung:
                self._die(t_ns)
            elif self.state != "booting":
                self.tell(t_ns, "NORMAL POWER DOWN")
                self.turn_off(t_ns)

    def _power_pin(self, t_ns: int, level: int) -> None:
        if level:
            self._pressed.pop("power", None)
            return
        self._pressed["power"] = t_ns

        def starve(_: int) -> None:
            if self._pressed.get("power") == t_ns and not self._chip_starts:
                self._die(t_ns)

        self._timeline.at(t_ns + self._timeline.length_ns(HOLD_UP_MS * 1000), starve)

    def _reset_pin(self, t_ns: int, level: int) -> None:
        if self._released("reset", t_ns, int(level == self.wiring.reset_level)):
            held_ms = self._timeline.board_us(t_ns - self._pressed["reset"]) / 1000
            heals = not self.hung or self.faults.heals_by != "power"
            enough_ms = self.habits.reset_pin_ms or RESET_PIN_MS
            if self.fed and self.state != "off" and heals and held_ms >= enough_ms:
                self.boot(t_ns)

    def _dtr(self, t_ns: int, level: int) -> None:
        if level and self.state == "data" and not self.hung:
            if self.commands.dtr == 1:
                self._escape(t_ns)
            elif self.commands.dtr == 2:
                self.hang_up(t_ns, "OK")

    def _radio_pin(self, t_ns: int, level: int) -> None:
        if self.state in ("command", "data") and not self.hung:
            self.radio.set_function(t_ns, FULL if level else FLIGHT)

    def _released(self, what: str, t_ns: int, pressed: int) -> bool:
        if pressed:
            self._pressed[what] = t_ns
        return not pressed and what in self._pressed

    # --- the line

    def _hear(self, t_ns: int, data: bytes) -> None:
        if self.hung or self.state in ("off", "booting"):
            return
        if self.state == "data":
            self._hear_data(t_ns, data)
        else:
            self.commands.hear(t_ns, data)

    def tell(self, t_ns: int, text: str) -> None:
        """One line that nobody asked for."""
        if not self.hung and self.state in ("command", "booting"):
            self.say(t_ns, f"\r\n{text}\r\n".encode())

    def say(self, t_ns: int, data: bytes) -> int:
        if self.faults.split and self.state != "data":
            return self._line.say(t_ns, data, piece=self.chance.randint(1, 5), pause_us=self.chance.randint(0, 20_000))
        return self._line.say(t_ns, data, piece=PIECE)

    # --- data

    def dial(self, t_ns: int, apn: str) -> None:
        """After CONNECT."""
        self.state = "data"
        self._heard_ns = t_ns
        self._plus = b""
        self._peer = Peer(self._timeline, self.cell, apn, self._frame, self._given, self.hang_up, self.chance)

    def resume(self, t_ns: int) -> None:
        self.state = "data"
        self._heard_ns = t_ns
        self._plus = b""
        if self.uplink:
            self.uplink.release()

    @property
    def suspended(self) -> bool:
        """In command mode, with a data connection."""
        return self.state == "command" and self._peer is not None

    def hang_up(self, t_ns: int, text: str = "NO CARRIER") -> None:
        """The data connection is over; the modem is back at commands and says so."""
        self.end_data()
        self.state = "command"
        self.tell(t_ns, text)

    def got(self, number: int) -> None:
        if self._peer is not None:
            self._peer.got(number)

    def unit_gone(self) -> None:
        """The board starts again; the modem goes on as it was, with nobody to talk to."""
        self.unit_has_address, self._chip_starts = False, True
        if self.uplink is not None:
            self.uplink.die()

    def chip_runs(self, t_ns: int) -> None:
        """Its program has come as far as the serial line."""
        self._chip_starts = False
        if not self.fed:
            self._die(t_ns)

    def route(self, protocol: int, address: bytes, port: int) -> tuple[bytes, int]:
        if not self.unit_has_address or self.uplink is None:
            return NOWHERE
        return self.uplink.route(protocol, address, port)

    _peer: Peer | None = None
    _heard_ns = 0
    _plus = b""

    def _frame(self, t_ns: int, data: bytes) -> None:
        if self.state == "data" and not self.hung:
            self._line.say(t_ns, data)

    def _given(self) -> None:
        """The unit has its address: a new one, under which nothing of before goes on."""
        self._retire()
        peer = self._peer
        assert peer is not None
        latency_s = self.cell.latency_s / self._timeline.scale
        self.uplink = Uplink(self._net, arrive=peer.arrive, latency_s=latency_s)
        if not self.radio.registered:
            self.uplink.hold()

    def _retire(self) -> None:
        if self.uplink is not None:
            self.uplink.die()
            self._past.append(self.uplink)

    def end_data(self) -> None:
        if self.uplink is not None:
            self.uplink.die()
        self._peer = None

    def _hear_data(self, t_ns: int, data: bytes) -> None:
        quiet_ns = t_ns - self._heard_ns
        self._heard_ns = t_ns
        if data.strip(b"+"):
            self._plus = b""
        elif self._plus or quiet_ns >= self._timeline.length_ns(GUARD_MS * 1000):
            self._plus += data
            if self._plus == b"+++":
                self.later(t_ns, GUARD_MS / 1000, lambda at_ns: self._guarded(at_ns, t_ns))
            return
        if self._peer is not None:
            self._peer.heard(t_ns, data)

    def _guarded(self, t_ns: int, since_ns: int) -> None:
        if self._heard_ns == since_ns and self.state == "data":
            self._escape(t_ns)

    def _escape(self, t_ns: int) -> None:
        self.state = "command"
        self.commands.ready(t_ns)
        if self.uplink is not None:
            self.uplink.hold()
        self.tell(t_ns, self.habits.escape)

    # --- what the network does

    def _registration(self) -> None:
        if self.uplink is not None and self.state == "data" and self.uplink.alive:
            (self.uplink.release if self.radio.registered else self.uplink.hold)()
        self.commands.registration()

    def _lost(self) -> None:
        """The data connection cannot go on."""
        if self._peer is None or self.hung:
            return
        t_ns = self.now()
        if self.uplink is not None:
            self.uplink.die()
        if self.cell.silent_end:
            return
        if self.cell.polite and self.state == "data":
            self._peer.end(t_ns)
            self.later(t_ns, 1.0, self._lost_at_last)
        else:
            self.hang_up(t_ns)

    def _lost_at_last(self, t_ns: int) -> None:
        if self.state == "data":
            self.hang_up(t_ns)
