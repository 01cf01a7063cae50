"""A serial line between the chip and what is soldered to its UART: a real pty, bytes at the pace of the baud rate.

What the chip sends is dated by when it sent it; what it does not take in time is lost when its buffer is full. Bytes
to a UART that nobody has opened, or on other pins, or at another rate, are lost as well. Never here: what is said.
"""

import array
import contextlib
import fcntl
import os
import random
import select
import termios
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass

from sim.timeline import Event, Timeline

BAUD = 115_200
BITS = 10  # of a byte on the line: start, eight, stop
PIECE = 64  # bytes that arrive together
IDLE_US = 2_000  # after the last byte: RXIDLE
KERNEL_ROOM = 4096  # what a pty holds before it queues: beyond it the kernel's count says nothing
HANDED_OVER_NS = 50_000_000
SENT_S = 1.0  # in which the kernel hands over what was written to the other end; it takes microseconds


@dataclass(frozen=True)
class Ends:
    """The pins on which the chip hears and is heard."""

    tx: int
    rx: int
    baud: int = BAUD


class SerialLine:
    """`heard` gets what the chip sends; `idle` is called when the chip would be told that the line fell idle."""

    def __init__(self, timeline: Timeline, idle: Callable[[], None], *, lost_idle: float = 0.0, seed: int = 0) -> None:
        self._timeline, self._idle = timeline, idle
        self._chance, self._lost_idle = random.Random(seed), lost_idle
        self._far, self._near = os.openpty()
        for end in (self._far, self._near):
            tty.setraw(end)
        os.set_blocking(self._far, False)
        modes = termios.tcgetattr(self._near)
        modes[6][termios.VMIN] = modes[6][termios.VTIME] = 0  # a read takes what is there, and waits for nothing
        termios.tcsetattr(self._near, termios.TCSANOW, modes)
        self.path = os.ttyname(self._near).removeprefix("/dev")
        self.heard: Callable[[int, bytes], None] = lambda _t_ns, _data: None
        self.wired: Ends | None = None  # None: nothing is there
        self.wants_idle = False
        self.lost = 0  # bytes that the chip's buffer had no room for
        self._used: Ends | None = None
        self._room = 0
        self._arrived = 0  # bytes since it was opened
        self._free_ns = 0
        self._pieces: list[Event] = []

    # --- the chip's end

    def open(self, ends: Ends, rxbuf: int) -> None:
        if self._used is None:
            termios.tcflush(self._near, termios.TCIOFLUSH)
            self._arrived = 0
        self._used, self._room = ends, rxbuf

    def close(self) -> None:
        """The chip listens no longer; what it has not read is lost."""
        self._used, self.wants_idle = None, False
        for queue in (termios.TCIOFLUSH,):
            termios.tcflush(self._near, queue)
            termios.tcflush(self._far, queue)

    def sent(self, t_ns: int, count: int) -> None:
        """The chip has written so many bytes, just now."""
        data = b""
        while len(data) < count and select.select([self._far], [], [], SENT_S)[0]:
            data += os.read(self._far, count - len(data))
        if self._used is not None and self._used == self.wired:
            self.heard(t_ns, data)

    def unread(self) -> int:
        waiting = array.array("i", [0])
        fcntl.ioctl(self._near, termios.FIONREAD, waiting)
        return waiting[0]

    def handed_over(self, read: int) -> None:
        """The kernel hands over later what arrived: until the chip finds it, which has read so many bytes."""
        until_ns = self._timeline.now() + HANDED_OVER_NS
        while self.unread() < min(self._arrived - read, KERNEL_ROOM) and self._timeline.now() < until_ns:
            time.sleep(0)

    # --- the other end

    def say(self, t_ns: int, data: bytes, *, piece: int = PIECE, pause_us: int = 0) -> int:
        """Put it on the line, behind what is on it; when it will have arrived. `pause_us`: between its pieces."""
        self._pieces = [event for event in self._pieces if event.action is not None]
        due_ns = max(t_ns, self._free_ns)
        for at in range(0, len(data), piece):
            part = data[at : at + piece]
            due_ns += self._timeline.length_ns(len(part) * BITS * 1_000_000 / BAUD + (pause_us if at else 0))
            self._pieces.append(self._timeline.at(due_ns, lambda _, part=part: self._arrive(part)))
        self._free_ns = due_ns
        idle_ns = due_ns + self._timeline.length_ns(IDLE_US)
        self._pieces.append(self._timeline.at(idle_ns, self._fall_idle))
        return due_ns

    def hush(self) -> None:
        """Whoever speaks has lost its power: nothing more arrives of what it was saying."""
        for event in self._pieces:
            event.cancel()
        self._pieces.clear()
        self._free_ns = 0

    def end(self) -> None:
        """The line is taken away."""
        self.hush()
        for end in (self._far, self._near):
            with contextlib.suppress(OSError):
                os.close(end)

    def _arrive(self, part: bytes) -> None:
        if self._used is None or self._used != self.wired:
            return
        before = self.unread()
        fits = part[: max(0, self._room - before)]
        with contextlib.suppress(BlockingIOError):
            fits = fits[: os.write(self._far, fits)] if fits else fits
        self.lost += len(part) - len(fits)
        self._arrived += len(fits)
        if self._room <= KERNEL_ROOM:  # then it matters that the kernel hands it over before more comes
            until_ns = self._timeline.now() + HANDED_OVER_NS
            while self.unread() < before + len(fits) and self._timeline.now() < until_ns:
                pass

    def _fall_idle(self, t_ns: int) -> None:
        spoke_on = self._free_ns + self._timeline.length_ns(IDLE_US) > t_ns
        if self.wants_idle and not spoke_on and self._chance.random() >= self._lost_idle:
            self._idle()
