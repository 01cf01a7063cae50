"""What time it is, for everything in this process. Never decides anything.

Time here is steady: it starts at the host's wall clock and then counts with the machine, asleep or awake. A host clock
that is stepped by an hour neither ages a press nor lengthens a command's life; health says that it was stepped.
"""

import time

_ELAPSED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock:
    """`mono()` is seconds that only rise; `now()` is whole milliseconds since 1970."""

    def __init__(self) -> None:
        self._start_mono = self.mono()
        self._start_wall = time.time()

    def mono(self) -> float:
        return time.clock_gettime(_ELAPSED)

    def now(self) -> int:
        return int((self._start_wall + self.mono() - self._start_mono) * 1000)

    def stepped(self) -> float:
        """By how many seconds the host's wall clock has been stepped since the start."""
        return time.time() - self.now() / 1000
