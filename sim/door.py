"""A door that moves: what a unit's coils set going and its contacts feel, with everything that can be wrong with it.

The coil follows the relay's pin unless it is broken; the door follows the coil as its drive does; the contacts follow
the door, and bounce on every edge, as real ones do. Never here: a decision of the unit, or a pin's electricity.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

from sim.pins import Pins
from sim.timeline import Event, Timeline

Happened = Callable[[str, int, int], None]  # name of the coil or contact, time, value
Record = Callable[[int, int, str, str, int], None]  # time, door, "coil" or "sensor", its name, value

OPENING, STILL, CLOSING = 1, 0, -1
BOUNCES = 3  # times a contact breaks again before it stays made, and the other way round
BOUNCE_US = 800  # longest time between two bounces; together about 4 ms
STAYS_OPEN_S = 20.0  # a strike locks again, a gate closes itself


class Coil:
    """One relay: on while its pin is high, unless it is broken."""

    def __init__(
        self, name: str, relay: int, sense: int | None, pins: Pins, switched: Callable[[str, int, int], None]
    ) -> None:
        self.name = name
        self.on = 0
        self._pin = pins[relay]
        self._sense = None if sense is None else pins[sense]
        self._switched = switched
        self._stuck: int | None = None
        self._pin.rest = 0  # the external pull-down that keeps a floating pin's coil off
        self._pin.watchers.append(lambda t_ns, _: self._follow(t_ns))
        if self._sense is not None:
            self._sense.outside = lambda: self.on

    def stick(self, t_ns: int, level: int | None) -> None:
        """The driver is broken (0), the contact welded (1), or all is well (None); the reading back shows it."""
        self._stuck = level
        if self._sense is None:
            self._pin.short = level
            self._pin.changed(t_ns)
        self._follow(t_ns)

    def _follow(self, t_ns: int) -> None:
        level = (self._pin.drive() or 0) if self._stuck is None else self._stuck
        if level != self.on:
            self.on = level
            if self._sense is not None:
                self._sense.changed(t_ns)
            self._switched(self.name, t_ns, level)


class Contact:
    """One contact to ground, read by an input with a pull-up: made is low."""

    def __init__(
        self,
        name: str,
        number: int,
        pins: Pins,
        timeline: Timeline,
        noise: random.Random,
        felt: Happened,
    ) -> None:
        self.name = name
        self.silent = False  # a cut wire: never made again
        self._made = 0
        self._pin = pins[number]
        self._timeline = timeline
        self._noise = noise
        self._felt = felt
        self._bounces: list[Event] = []
        self._shown = 0
        self._pin.outside = lambda: 0 if self._shown else None

    @property
    def value(self) -> int:
        return self._shown

    def set(self, t_ns: int, made: int, *, bounce: bool = True) -> None:
        if made == self._made:
            return
        self._made = made
        for event in self._bounces:
            event.cancel()
        self._bounces.clear()
        self._show(t_ns, made)
        due_ns = t_ns
        for i in range(2 * BOUNCES if bounce else 0):
            due_ns += self._timeline.length_ns(self._noise.randint(50, BOUNCE_US))
            level = made if i % 2 else 1 - made
            self._bounces.append(self._timeline.at(due_ns, lambda due, level=level: self._show(due, level)))

    def refresh(self, t_ns: int) -> None:
        self._show(t_ns, self._made)

    def _show(self, t_ns: int, made: int) -> None:
        shown = 0 if self.silent else made
        if shown != self._shown:
            self._shown = shown
            self._felt(self.name, t_ns, shown)
            self._pin.changed(t_ns)


class Door:
    """`wiring` is the door's entry in unit.json. position: 0.0 closed … 1.0 open; motion: OPENING, STILL or CLOSING."""

    def __init__(
        self,
        number: int,
        wiring: Mapping[str, Any],
        pins: Pins,
        timeline: Timeline,
        record: Record,
        *,
        stays_open_s: float = STAYS_OPEN_S,
        seed: int = 0,
    ) -> None:
        self.number = number
        self.drive: str = wiring["drive"]
        self.travel_s: float = wiring.get("travel_s") or 1
        self.stays_open_s = stays_open_s
        self.jammed = False
        self.moved: Callable[[], None] = lambda: None  # called whenever it starts, stops or is put somewhere
        self.position = 0.0
        self.motion = STILL
        self._last_motion = CLOSING
        self._since_ns = 0
        self._arrival: Event | None = None
        self._closing_by_itself: Event | None = None
        self._timeline = timeline
        self._record = record
        noise = random.Random(seed)
        self.coils = {
            name: Coil(name, wiring[name], wiring.get("sense") if name == "relay" else None, pins, self._switched)
            for name in ("relay", "close_relay")
            if wiring.get(name) is not None
        }
        self.contacts = {
            name: Contact(name, wiring[name], pins, timeline, noise, self._felt)
            for name in ("closed_contact", "open_contact")
            if wiring.get(name) is not None
        }
        self._touch(0, bounce=False)

    @property
    def coil_on(self) -> bool:
        return any(coil.on for coil in self.coils.values())

    @property
    def now_at(self) -> float:
        """Where it is at this moment, on its way or standing."""
        gone = self._timeline.board_us(self._timeline.now() - self._since_ns) / (self.travel_s * 1e6)
        return min(1.0, max(0.0, self.position + self.motion * gone))

    @property
    def state(self) -> str:
        if self.motion != STILL:
            return "opening" if self.motion == OPENING else "closing"
        return {0.0: "closed", 1.0: "open"}.get(self.position, "ajar")

    def human_opens(self) -> None:
        """Somebody opens it by other means: a key, a wall button, a push."""
        self._move(self._now(), OPENING)

    def human_closes(self) -> None:
        self._move(self._now(), CLOSING)

    def stick_coil(self, level: int | None, coil: str = "relay") -> None:
        """0: the driver is broken, the coil stays off; 1: welded, it stays on; None: mended."""
        self.coils[coil].stick(self._now(), level)

    def silence_sensor(self, silent: bool = True) -> None:
        t_ns = self._now()
        for contact in self.contacts.values():
            contact.silent = silent
            contact.refresh(t_ns)

    def put(self, position: float) -> None:
        """Start from here, standing still: no edges for what nobody saw."""
        self._stop(self._now())
        self.position = position
        self._touch(0, bounce=False)

    def _now(self) -> int:
        return self._timeline.reach(self._timeline.now())

    def _switched(self, coil: str, t_ns: int, on: int) -> None:
        self._record(t_ns, self.number, "coil", coil, on)
        if on and not self.jammed:
            self._pulsed(coil, t_ns)

    def _felt(self, contact: str, t_ns: int, made: int) -> None:
        if t_ns:  # time 0 is how it was found
            self._record(t_ns, self.number, "sensor", contact, made)

    def _pulsed(self, coil: str, t_ns: int) -> None:
        if self.drive == "open":
            self._move(t_ns, OPENING)
        elif self.drive == "open_close":
            self._move(t_ns, OPENING if coil == "relay" else CLOSING)
        elif self.motion != STILL:
            self._stop(t_ns)
        else:
            self._move(t_ns, -self._last_motion)

    def _move(self, t_ns: int, motion: int) -> None:
        self._stop(t_ns)
        goal = 1.0 if motion == OPENING else 0.0
        self._last_motion = motion
        if self.position == goal:
            self._arrived(t_ns)
            return
        self.motion, self._since_ns = motion, t_ns
        length_ns = self._timeline.length_ns(abs(goal - self.position) * self.travel_s * 1e6)
        self._arrival = self._timeline.at(t_ns + length_ns, self._arrived)
        self._touch(t_ns)

    def _arrived(self, t_ns: int) -> None:
        self.position = 1.0 if self._last_motion == OPENING else 0.0
        self.motion, self._arrival = STILL, None
        self._touch(t_ns)
        if self.drive == "open" and self.position == 1.0:
            self._close_later(t_ns)

    def _close_later(self, t_ns: int) -> None:
        def close(due_ns: int) -> None:
            if self.coil_on:  # held open: ask again later
                self._close_later(due_ns)
            else:
                self._move(due_ns, CLOSING)

        length_ns = self._timeline.length_ns(self.stays_open_s * 1e6)
        self._closing_by_itself = self._timeline.at(t_ns + length_ns, close)

    def _stop(self, t_ns: int) -> None:
        for event in (self._arrival, self._closing_by_itself):
            if event is not None:
                event.cancel()
        self._arrival = self._closing_by_itself = None
        if self.motion != STILL:
            gone = self._timeline.board_us(t_ns - self._since_ns) / (self.travel_s * 1e6)
            self.position = min(1.0, max(0.0, self.position + self.motion * gone))
            self.motion = STILL
            self.moved()

    def _touch(self, t_ns: int, *, bounce: bool = True) -> None:
        still = self.motion == STILL
        for name, contact in self.contacts.items():
            at = 0.0 if name == "closed_contact" else 1.0
            contact.set(t_ns, int(still and self.position == at), bounce=bounce)
        self.moved()
