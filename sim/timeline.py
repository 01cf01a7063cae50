"""What happens by itself on one board and when: pulses that end, doors that arrive, watchdogs that bite.

Every event has its due time, and whatever looks at the hardware first lets everything due happen, in order. So a
busy host changes when an event is noticed, never when it happened. Times are host-monotonic nanoseconds; lengths
are given in the board's microseconds, which pass `scale` times as fast. Never here: what an event does.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable

Action = Callable[[int], None]  # is given the time it was due


class Event:
    """One thing to come; cancel() takes it back."""

    __slots__ = ("action", "due_ns")

    def __init__(self, due_ns: int, action: Action) -> None:
        self.due_ns = due_ns
        self.action: Action | None = action

    def cancel(self) -> None:
        self.action = None


class Timeline:
    def __init__(self, scale: int = 1) -> None:
        self.scale = scale
        self._events: list[tuple[int, int, Event]] = []
        self._order = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_ns: int | None = None
        self._reached_ns = 0
        self.catch_up: Action = lambda _: None  # lets others happen what they did by then, before the next event

    @staticmethod
    def now() -> int:
        return time.monotonic_ns()

    def length_ns(self, board_us: float) -> int:
        return int(board_us * 1000 / self.scale)

    def board_us(self, length_ns: int) -> int:
        return length_ns * self.scale // 1000

    def at(self, due_ns: int, action: Action) -> Event:
        event = Event(due_ns, action)
        heapq.heappush(self._events, (due_ns, next(self._order), event))
        self._set_alarm()
        return event

    def reach(self, t_ns: int) -> int:
        """Let everything up to `t_ns` happen; the time to date what comes now, never before what has happened."""
        while True:
            step_ns = min(t_ns, self._events[0][0]) if self._events else t_ns
            self.catch_up(step_ns)
            if self._events and self._events[0][0] <= step_ns:
                self._happen()
            elif step_ns == t_ns:
                break
        self._reached_ns = max(self._reached_ns, t_ns)
        self._set_alarm()
        return self._reached_ns

    def _happen(self) -> None:
        due_ns, _, event = heapq.heappop(self._events)
        action, event.action = event.action, None
        if action is not None:
            self._reached_ns = max(self._reached_ns, due_ns)
            action(due_ns)

    def clear(self) -> None:
        self._events.clear()
        self._set_alarm()

    def _set_alarm(self) -> None:
        while self._events and self._events[0][2].action is None:
            heapq.heappop(self._events)
        due_ns = self._events[0][0] if self._events else None
        if due_ns == self._alarm_ns:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm, self._alarm_ns = None, due_ns
        if due_ns is not None:
            delay_s = max(0, due_ns - self.now()) / 1e9
            self._alarm = asyncio.get_running_loop().call_later(delay_s, self._ring)

    def _ring(self) -> None:
        self._alarm = self._alarm_ns = None
        self.reach(self.now())
