"""What the outside world saw of one unit: every edge of its coils and of its doors' contacts, kept, written, awaitable.

A line of the file is {"t_ns", "unit", "door", "coil" or "sensor": name in unit.json, "value", "op"}: t_ns is this
host's monotonic clock, value 1 a coil that is on or a contact that is made, op the operation that switched the coil, or
null. Never here: why an edge came.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

Writer = Callable[["Edge"], None]


@dataclass(frozen=True, slots=True)
class Edge:
    t_ns: int
    unit: str
    door: int
    kind: str  # "coil" or "sensor"
    name: str  # "relay", "close_relay", "closed_contact", "open_contact"
    value: int
    op: str | None = None

    def as_json(self) -> str:
        return json.dumps(
            {
                "t_ns": self.t_ns,
                "unit": self.unit,
                "door": self.door,
                self.kind: self.name,
                "value": self.value,
                "op": self.op,
            }
        )


def to_file(file: TextIO) -> Writer:
    """Writes each edge as a line of its own, at once."""

    def write(edge: Edge) -> None:
        file.write(edge.as_json() + "\n")
        file.flush()

    return write


class Edges(list[Edge]):
    def __init__(self, writer: Writer | None = None) -> None:
        super().__init__()
        self._writer = writer
        self._news = asyncio.Event()

    def add(self, edge: Edge) -> None:
        self.append(edge)
        if self._writer is not None:
            self._writer(edge)
        self._news.set()
        self._news = asyncio.Event()

    def find(self, since: int = 0, **wanted: object) -> Edge | None:
        """The first edge from index `since` on whose fields are as wanted: find(kind="coil", value=1)."""
        return next((edge for edge in self[since:] if all(getattr(edge, k) == v for k, v in wanted.items())), None)

    async def wait(self, timeout: float = 5, *, since: int = 0, **wanted: object) -> Edge:
        """That edge, or the first such that comes; TimeoutError says what came instead."""
        try:
            async with asyncio.timeout(timeout):
                while (edge := self.find(since, **wanted)) is None:
                    await self._news.wait()
                return edge
        except TimeoutError:
            seen = "\n".join(edge.as_json() for edge in self[since:]) or "no edge at all"
            raise TimeoutError(f"no edge {wanted} within {timeout} s; seen:\n{seen}") from None
