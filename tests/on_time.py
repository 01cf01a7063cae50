"""Runs of a board that are judged where this host was on time with them.

A host that is late now and then takes longer, and its bounds know by how much (sim/lateness.py). One that is late all
the time lets the firmware's own deadlines pass as well: it gives up what would have come, truthfully, and takes another
way than the test is about. So a run that failed on such a host is made again. Never here: what is right.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from sim.board import Board
from sim.lateness import Stopwatch

LOG = logging.getLogger(__name__)
TRIES = 3  # a fault fails all of them
SHARE = 0.1  # of a run; with its cores to itself this bench is late for a twentieth of it


class Unsafe(AssertionError):
    """What no lateness excuses, such as a coil that moved."""


class HostLate(Exception):
    """A run failed, and this host was late with it; what failed is its cause."""


@contextmanager
def judged(board: Board) -> Iterator[None]:
    """What fails in here is a failure, or HostLate."""
    watch = Stopwatch(board)
    try:
        yield
    except Unsafe:
        raise
    except Exception as error:
        if watch.late_s > SHARE * watch.passed_s:
            raise HostLate(f"late by {watch.late_s:.0f} of {watch.passed_s:.0f} s") from error
        raise


async def on_time(run: Callable[[int], Awaitable[None]]) -> None:
    """run(number of the try), until it succeeds or fails although nobody was late."""
    for number in range(TRIES):
        try:
            await run(number)
            return
        except HostLate as late:
            if number == TRIES - 1:
                raise
            LOG.warning("once more, since the host was %s: %r", late, late.__cause__)
