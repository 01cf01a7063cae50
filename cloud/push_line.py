"""What waits to be pushed: the urgent first, and of what replaces each other on a phone only the newest. Bounded.

Knows no push service, and no meaning of what waits.
"""

import asyncio
from collections.abc import Hashable
from typing import Generic, TypeVar

What = TypeVar("What")


class Line(Generic[What]):
    """`put` never waits; what is too much is not taken. An urgent one is never kept out by those that are not."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._urgent: dict[Hashable, What] = {}
        self._other: dict[Hashable, What] = {}
        self._some = asyncio.Event()

    def __len__(self) -> int:
        return len(self._urgent) + len(self._other)

    def put(self, key: Hashable, what: What, *, urgent: bool) -> What | None:
        """Who had to go for it: the one with the same key, or, in a line that is full, this one itself."""
        line = self._urgent if urgent else self._other
        if key not in line and len(line) >= self._most:
            return what
        before = line.pop(key, None)
        line[key] = what
        self._some.set()
        return before

    async def get(self) -> What:
        while not len(self):
            self._some.clear()
            await self._some.wait()
        line = self._urgent or self._other
        return line.pop(next(iter(line)))
