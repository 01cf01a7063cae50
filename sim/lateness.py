"""By how much this host was late with a board on the bench: the board's clock cannot tell, and a bound must not be
broken by it.

Counted are two things. How late the event loop is that carries everything around the chip: a beat that is always due
soon. For how long the board's process could have run and had no core: the kernel's own count. What is left of a
stretch of time is what the firmware and its network took. Never here: a bound.
"""

import asyncio
import time
from weakref import WeakKeyDictionary, WeakSet

from sim.board import Board

BEAT_S = 0.005  # often enough to be as late as whatever else waits for the loop, seldom enough to cost nothing
GRAIN_S = 0.001  # what a timer of an idle loop is late: epoll counts milliseconds


class _Beat:
    """Of one loop, as long as somebody looks at it."""

    def __init__(self) -> None:
        self.watches: WeakSet[Stopwatch] = WeakSet()
        self._loop = asyncio.get_running_loop()
        self._late_s = 0.0
        self._due: float | None = None

    def join(self, watch: "Stopwatch") -> None:
        self.watches.add(watch)
        if self._due is None:
            self._next()

    @property
    def late_s(self) -> float:
        """So far altogether, up to this moment."""
        return self._late_s + self._overdue_s()

    def _overdue_s(self) -> float:
        return 0.0 if self._due is None else max(0.0, self._loop.time() - self._due - GRAIN_S)

    def _next(self) -> None:
        self._due = self._loop.time() + BEAT_S
        self._loop.call_at(self._due, self._beat)

    def _beat(self) -> None:
        self._late_s += self._overdue_s()
        self._due = None
        if self.watches:
            self._next()


_beats: WeakKeyDictionary[asyncio.AbstractEventLoop, _Beat] = WeakKeyDictionary()


class Stopwatch:
    """Seconds of a board's since it was started last."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._beat = _beats.setdefault(asyncio.get_running_loop(), _Beat())
        self._beat.join(self)
        self.start()

    def start(self) -> None:
        self._began_s, self._late_before_s = time.monotonic(), self._all_late_s()

    @property
    def late_s(self) -> float:
        """Of those that passed: what this host was late, at most."""
        return (self._all_late_s() - self._late_before_s) * self._board.timeline.scale

    @property
    def passed_s(self) -> float:
        return (time.monotonic() - self._began_s) * self._board.timeline.scale

    def _all_late_s(self) -> float:
        return self._beat.late_s + self._board.waited_ns / 1e9
