"""The pins of one board and the pulse trains that RMT plays on them, as the chip has them.

A pin's level follows from what drives it: the program's latch, a train, what it is wired to, its pull, or nothing
at all (then it reads noise). A reset floats every pin and stops every train; a program that hangs stops nothing.
Never here: what a coil or a contact is (door.py).
"""

import random
from collections.abc import Callable

from sim.timeline import Event, Timeline

IN, OUT, OPEN_DRAIN = 1, 3, 7  # machine.Pin modes
AS_IT_IS = 0
PULL_DOWN, PULL_UP = 1, 2
RISING, FALLING = 1, 2
FIRST_WITHOUT_PULLS = 34  # GPIO 34-39 are inputs and have no pull resistors inside
LONGEST_STOPPABLE_US = 300_000  # since IDF 5, stopping RMT with more than this to play trips the interrupt watchdog


class Panic(Exception):
    """The chip crashes, and resets itself."""


class Train:
    """Levels to come on one pin, played by hardware; after the last one the idle level stays."""

    def __init__(self, pin: "Pin") -> None:
        self.pin = pin
        self.level = 0
        self.ends_ns = 0
        self._events: list[Event] = []

    def play(self, start_ns: int, entries: list[tuple[int, int]], idle: int) -> None:
        """`entries` are lengths in nanoseconds of host time, with their levels; a length of 0 ends the train."""
        due_ns = start_ns
        self._events.clear()
        for length_ns, level in entries:
            if length_ns == 0:
                break
            self._turn(due_ns, level)
            due_ns += length_ns
        self._turn(due_ns, idle)
        self.ends_ns = due_ns
        self.pin.timeline.reach(start_ns)

    def stop(self) -> None:
        for event in self._events:
            event.cancel()
        self._events.clear()
        self.ends_ns = 0

    def _turn(self, due_ns: int, level: int) -> None:
        def turn(t_ns: int) -> None:
            self.level = level
            self.pin.changed(t_ns)

        self._events.append(self.pin.timeline.at(due_ns, turn))


class Pin:
    def __init__(self, number: int, timeline: Timeline, interrupt: Callable[[int], None], noise: random.Random) -> None:
        self.number = number
        self.timeline = timeline
        self._interrupt = interrupt
        self._noise = noise
        self.outside: Callable[[], int | None] = lambda: None  # what it is wired to; None drives nothing
        self.short: int | None = None  # a level forced on the pad, whatever the chip drives
        self.rest: int | None = None  # an external resistor's level when nothing drives
        self.watchers: list[Callable[[int, int], None]] = []  # called with time and level when the level changes
        self.mode, self.pull, self.latch, self.trigger = IN, 0, 0, 0
        self.train: Train | None = None
        self._seen = 0

    def float(self, t_ns: int) -> None:
        """As after a reset: input, no pull, no interrupt, no train."""
        if self.train is not None:
            self.train.stop()
        self.mode, self.pull, self.latch, self.trigger, self.train = IN, 0, 0, 0, None
        self.changed(t_ns)

    def drive(self) -> int | None:
        """The level this pin is held at by anything strong, or by a resistor; None if by nothing."""
        if self.short is not None:
            return self.short
        if self.train is not None:
            return self.train.level
        if self.mode == OUT or (self.mode == OPEN_DRAIN and self.latch == 0):
            return self.latch
        outside = self.outside()
        if outside is not None:
            return outside
        if self.rest is not None:
            return self.rest
        if self.number < FIRST_WITHOUT_PULLS and self.pull in (PULL_UP, PULL_DOWN):
            return 1 if self.pull == PULL_UP else 0
        return None

    def read(self) -> int:
        level = self.drive()
        return self._noise.getrandbits(1) if level is None else level

    def changed(self, t_ns: int) -> None:
        """Something that drives this pin may have changed: tell who watches, and the program if it asked."""
        level, before = self._steady(), self._seen
        if level == before:
            return
        self._seen = level
        for watcher in self.watchers:
            watcher(t_ns, level)
        if self.trigger & (RISING if level else FALLING):
            self._interrupt(self.number)

    def _steady(self) -> int:
        return self.drive() or 0


class Pins:
    def __init__(self, timeline: Timeline, interrupt: Callable[[int], None], seed: int = 0) -> None:
        self._timeline = timeline
        self._interrupt = interrupt
        self._noise = random.Random(seed)
        self._pins: dict[int, Pin] = {}

    def __getitem__(self, number: int) -> Pin:
        if number not in self._pins:
            self._pins[number] = Pin(number, self._timeline, self._interrupt, self._noise)
        return self._pins[number]

    def reset(self, t_ns: int) -> None:
        for pin in self._pins.values():
            pin.float(t_ns)

    def configure(self, t_ns: int, number: int, mode: int, pull: int, latch: int) -> None:
        pin = self[number]
        if latch in (0, 1):
            pin.latch = latch
        if pull != 255:
            pin.pull = pull
        if mode != AS_IT_IS:
            pin.mode = mode
            if pin.train is not None:  # the pad goes back to the latch; the train plays on, unheard
                pin.train.stop()
                pin.train = None
        pin.changed(t_ns)

    def set(self, t_ns: int, number: int, level: int) -> None:
        self[number].latch = level
        self[number].changed(t_ns)

    def open_train(self, t_ns: int, number: int) -> None:
        pin = self[number]
        if pin.train is not None:
            pin.train.stop()
        pin.train = Train(pin)
        pin.changed(t_ns)

    def play(self, t_ns: int, number: int, hz: int, idle: int, words: tuple[int, ...]) -> int:
        """Start a train; 0, or the board's microseconds until the one playing is over."""
        train = self[number].train
        if train is None:
            return 0
        left = self.left_us(t_ns, number)
        if not left:
            length = self._timeline.length_ns
            train.play(t_ns, [(length((word & 0x7FFF) * 1_000_000 / hz), word >> 15) for word in words], idle)
        return left

    def left_us(self, t_ns: int, number: int) -> int:
        train = self[number].train
        if train is None or train.ends_ns <= t_ns:
            return 0
        return max(1, self._timeline.board_us(train.ends_ns - t_ns))

    def close_train(self, t_ns: int, number: int, *, may_panic: bool) -> None:
        pin = self[number]
        if may_panic and self.left_us(t_ns, number) > LONGEST_STOPPABLE_US:
            raise Panic(f"RMT on GPIO {number} stopped with more than {LONGEST_STOPPABLE_US // 1000} ms to play")
        if pin.train is not None:
            pin.train.stop()
        pin.train, pin.mode = None, IN  # the driver disables the output: the pad floats
        pin.changed(t_ns)

    def soft_reset(self, t_ns: int) -> None:
        """The objects of the program go: its interrupts and trains end, the outputs keep their levels."""
        for number, pin in self._pins.items():
            pin.trigger = 0
            if pin.train is not None:
                self.close_train(t_ns, number, may_panic=False)
