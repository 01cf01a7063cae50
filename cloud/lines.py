"""New lines of the logs on their way to the apps of those who manage the places: at once when a place is quiet, a few
together when it is busy.

Knows no socket and keeps nothing: whoever was away asks for the page.
"""

import asyncio
from collections.abc import Callable, Sequence

from cloud.chain import Entry

AGAIN_S = 0.25  # between two tellings of one place's lines: nobody reads faster, and each telling costs


class Lines:
    """`tell(place, lines)` is called on the loop, after the turn in which the first of them came."""

    def __init__(self, tell: Callable[[str, Sequence[Entry]], None]) -> None:
        self._tell = tell
        self._waiting: dict[str, list[Entry]] = {}

    def add(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            waiting = self._waiting.get(entry.place)
            if waiting is None:
                self._waiting[entry.place] = [entry]
                asyncio.get_running_loop().call_soon(self._due, entry.place)
            else:
                waiting.append(entry)

    def _due(self, place: str) -> None:
        lines, self._waiting[place] = self._waiting[place], []
        if lines:
            asyncio.get_running_loop().call_later(AGAIN_S, self._due, place)
            self._tell(place, lines)
        else:
            del self._waiting[place]
