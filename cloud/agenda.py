"""One list of what is due and when, for everything in flight; one timer for its head. Knows no meaning of what is
due."""

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger("iomando.agenda")
What = TypeVar("What")


class Agenda(Generic[What]):
    """`add(delay_s, what)`; `due(what)` is called when its time has come, on the loop, in order. An error in one
    harms no other."""

    def __init__(self, due: Callable[[What], None]) -> None:
        self._due = due
        self._heap: list[tuple[float, int, What]] = []
        self._number = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, delay_s: float, what: What) -> None:
        at = asyncio.get_running_loop().time() + max(0.0, delay_s)
        heapq.heappush(self._heap, (at, next(self._number), what))
        if self._heap[0][0] == at:
            self._set_timer()

    def close(self) -> None:
        self._heap.clear()
        if self._timer:
            self._timer.cancel()

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(self._heap[0][0], self._run) if self._heap else None

    def _run(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._heap and self._heap[0][0] <= now:
            _, _, what = heapq.heappop(self._heap)
            try:
                self._due(what)
            except Exception:
                log.exception("something due failed")
        self._set_timer()
