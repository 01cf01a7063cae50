"""That releases or a roll-out are not as they were, on its way to maintainers: at once when all is quiet, else once a
second. Knows no socket, and not what has changed: whoever shows it asks.
"""

import asyncio
from collections.abc import Callable

AGAIN_S = 1  # a load is a hundred blocks, and each telling makes every page that shows it ask again


class RolloutNews:
    """`tell()` is called on the loop, after the turn in which something changed."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._changed = self._waiting = False

    def changed(self) -> None:
        self._changed = True
        if not self._waiting:
            self._waiting = True
            asyncio.get_running_loop().call_soon(self._due)

    def _due(self) -> None:
        if self._changed:
            self._changed = False
            asyncio.get_running_loop().call_later(AGAIN_S, self._due)
            self._tell()
        else:
            self._waiting = False
