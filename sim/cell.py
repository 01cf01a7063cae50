"""The mobile network and the SIM card: who may register where, what a data connection is given, what time it tells.

`Cell` and `Card` say how things are and may be changed at any moment by change(); `Radio` is one modem's way through
them, in the board's time. Never here: AT commands (modem_commands.py), packets (uplink.py).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from sim.timeline import Event, Timeline

IDLE, HOME, SEARCHING, DENIED, UNKNOWN, ROAMING = range(6)  # as +CREG tells them
GSM, UMTS, LTE, NB_IOT, LTE_M = 0, 2, 7, 9, 7  # AcT of +COPS; LTE-M is told as LTE by SIMCom
HOLDS_ON_S = 20.0  # a data connection outlives so long without coverage

Clock = Literal["right", "wrong zone", "1980", "none"]


@dataclass
class Cell:
    """`apn` None: any will do. `auth`: which of network.PPP's SEC_... with which user and password."""

    coverage: bool = True
    denied: bool = False
    roaming: bool = False
    search_s: float = 2.0  # from looking to registered
    data: bool = True  # whether the contract has any
    apn: str | None = None
    auth: tuple[int, str, str] | None = None
    clock: Clock = "right"
    zone: int = 4  # quarter hours east of Greenwich
    dbm: int = -71
    act: int = LTE
    operator: str = "Bench Mobil"
    latency_s: float = 0.05  # each way, in the board's time
    polite: bool = True  # a data connection that the network ends is ended by PPP first; otherwise only NO CARRIER
    holds_on_s: float = HOLDS_ON_S
    silent_end: bool = False  # nothing at all tells that it has ended
    watchers: list[Callable[[], None]] = field(default_factory=list, repr=False)

    def change(self, **facts: Any) -> None:
        for name, value in facts.items():
            if not hasattr(self, name):
                raise AttributeError(name)
            setattr(self, name, value)
        for watcher in self.watchers:
            watcher()

    @property
    def registers(self) -> int:
        return DENIED if self.denied else ROAMING if self.roaming else HOME


@dataclass
class Card:
    """A SIM. It remembers wrong PINs, whatever happens to modem and board."""

    pin: str | None = None
    puk_locked: bool = False
    missing: bool = False
    busy_s: float = 0.0  # after each start of the modem
    broken: bool = False
    tries: int = 3
    iccid: str = "8934071100291833104"
    open: bool = False  # the PIN has been given since power-up
    tried: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.open = self.pin is None

    def enter(self, pin: str) -> bool:
        self.tried.append(pin)
        if pin == self.pin:
            self.open, self.tries = True, 3
            return True
        self.tries -= 1
        if self.tries == 0:
            self.puk_locked = True
        return False

    @property
    def lock(self) -> str | None:
        """What the card wants before it serves."""
        return "SIM PUK" if self.puk_locked else None if self.open else "SIM PIN"


class Radio:
    """`registered` is called when the registration changes; `lost` when a data connection cannot go on."""

    def __init__(
        self, timeline: Timeline, cell: Cell, card: Card, changed: Callable[[], None], lost: Callable[[], None]
    ) -> None:
        self._timeline, self._cell, self._card = timeline, cell, card
        self._changed, self._lost = changed, lost
        self.function = 1  # +CFUN
        self.stat = IDLE
        self.takes_time = False  # the modem wants the network's time at its next registration
        self._ready_ns = 0
        self._clock: tuple[int, float, int] | None = None  # when, local time then, zone
        self._began_ns = 0
        self._due: Event | None = None
        self._leaving: Event | None = None
        cell.watchers.append(self._look)

    @property
    def registered(self) -> bool:
        return self.stat in (HOME, ROAMING)

    def start(self, t_ns: int, *, takes_time: bool) -> None:
        """Power-up."""
        self._card.start()
        self.function, self.stat, self.takes_time, self._clock = 1, IDLE, takes_time, None
        self._began_ns = t_ns
        self._ready_ns = t_ns + self._timeline.length_ns(self._card.busy_s * 1e6)
        self.look(t_ns)

    def stop(self) -> None:
        self.function, self.stat = 0, IDLE
        self._forget()

    def busy(self, t_ns: int) -> bool:
        return t_ns < self._ready_ns

    def set_function(self, t_ns: int, function: int) -> None:
        self.function = function
        self._forget()
        if function != 1:
            self._settle(IDLE)
            self._lost()
        self.look(t_ns)

    def _look(self) -> None:
        if self._began_ns:
            self.look(self._timeline.reach(self._timeline.now()))

    def look(self, t_ns: int) -> None:
        """Something has changed that registration hangs on."""
        if self.function != 1 or self._card.missing or self._card.broken or self._card.lock:
            return
        if self._cell.coverage and not (self.registered and self._cell.registers == DENIED):
            self._leaving = _cancelled(self._leaving)
            if not self.registered and (self._due is None or self._due.action is None):
                self._settle(SEARCHING)
                due_ns = max(t_ns, self._ready_ns) + self._timeline.length_ns(self._cell.search_s * 1e6)
                self._due = self._timeline.at(due_ns, self._found)
        elif self.registered:
            self._settle(self._cell.registers if self._cell.denied else SEARCHING)
            due_ns = t_ns + self._timeline.length_ns(self._cell.holds_on_s * 1e6)
            self._leaving = self._timeline.at(due_ns, lambda _: self._lost())
        else:
            self._due = _cancelled(self._due)
            self._settle(DENIED if self._cell.denied else SEARCHING)

    def _found(self, t_ns: int) -> None:
        self._due = None
        if self._cell.coverage:
            if self.takes_time and self._cell.registers != DENIED:
                self.take_time(t_ns)
            self._settle(self._cell.registers)

    def take_time(self, t_ns: int) -> None:
        """The network tells its time, as it believes it is."""
        if self._cell.clock == "none":
            return
        local = time.time() + (0 if self._cell.clock == "wrong zone" else self._cell.zone * 900)
        self._clock = (t_ns, 315_964_812.0 if self._cell.clock == "1980" else local, self._cell.zone)

    def local_time(self, t_ns: int, before_any: float) -> tuple[float, int]:
        """What the modem's clock shows, as seconds since 1970, and its zone; `before_any`: what it begins with."""
        then_ns, local, zone = self._clock or (self._began_ns, before_any, 0)
        return local + self._timeline.board_us(t_ns - then_ns) / 1e6, zone

    def _settle(self, stat: int) -> None:
        if stat != self.stat:
            self.stat = stat
            self._changed()

    def _forget(self) -> None:
        self._due, self._leaving = _cancelled(self._due), _cancelled(self._leaving)


def _cancelled(event: Event | None) -> None:
    if event is not None:
        event.cancel()
