"""What a unit under test tells of itself (EVENTS, STATUS), put down as the cloud would: each record once, then
acknowledged. Never here: what the records mean.
"""

import asyncio
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware import wire


class Record(NamedTuple):
    unit_ds: int
    kind: int
    door: int
    detail: int
    arg8: bytes


@dataclass
class JournalSide:
    """`acks`: whether what arrives is acknowledged. `log`: every record by its number, of the journal heard of last."""

    unit: bytes
    down: tuple[bytes, bytes]
    up: tuple[bytes, bytes]
    acks: bool = True
    journal: bytes = b""
    lost: int = 0
    log: dict[int, Record] = field(default_factory=dict)
    frames: list[bytes] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, frame: bytes) -> bytes | None:
        """The acknowledgement that is due. A number that comes again must bring the same."""
        self.frames.append(frame)
        self._news.set()
        self._news = asyncio.Event()
        assert wire.genuine(frame, self.up)
        if frame[1] == wire.STATUS:
            return None
        _, _, journal, first, lost, _, records = wire.events_fields(frame)
        if journal != self.journal:
            self.journal, self.log = journal, {}
        self.lost = max(self.lost, lost)
        for number, record in enumerate(map(Record._make, records), first):
            assert self.log.setdefault(number, record) == record
        return self.ack(first + len(records) - 1) if self.acks else None

    def ack(self, seq: int, journal: bytes | None = None) -> bytes:
        return wire.events_ack(self.down, 0, self.unit, self.journal if journal is None else journal, seq)

    def of(self, kind: int) -> list[Record]:
        return [record for _, record in sorted(self.log.items()) if record.kind == kind]

    def of_type(self, kind: int) -> list[bytes]:
        return [frame for frame in self.frames if frame[1] == kind]

    async def told(self, kind: int, count: int = 1, timeout: float = 15) -> Record:
        """The record of this kind with that number, counted from 1."""
        async with asyncio.timeout(timeout):
            while len(found := self.of(kind)) < count:
                await self._news.wait()
            return found[count - 1]

    async def sent(self, kind: int, count: int = 1, timeout: float = 15) -> bytes:
        """The frame of this type with that number, counted from 1, sent again or not."""
        async with asyncio.timeout(timeout):
            while len(found := self.of_type(kind)) < count:
                await self._news.wait()
            return found[count - 1]
