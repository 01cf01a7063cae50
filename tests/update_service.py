"""The cloud's side of updates on the bench: it welcomes the unit in each of its sessions, gives blocks, asks while a
release is on trial, opens, and keeps what the unit says. Never here: what it should say.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from firmware import events, update_words, wire
from tests.far_side import DOWN_PADS, UNIT, UP_PADS, Cloud, FarSide, Session
from tests.release_side import Shelf

NONCE = b"nonce--1"


class Service:
    """`firmware`: the release that each welcomed session tells; `states`: (release, state, reason) as they came."""

    def __init__(self, far: FarSide) -> None:
        self.far = far
        self.shelf: Shelf | None = None
        self.asks = True
        self.firmware: list[int] = []
        self.states: list[tuple[int, int, int]] = []
        self._cloud: Cloud | None = None
        self._answers: list[bytes] = []
        self._news = asyncio.Event()

    async def run(self) -> None:
        """For ever: whoever started it cancels it."""
        async with asyncio.TaskGroup() as serving:
            for number in range(1, 1000):
                serving.create_task(self._serve(await self.far.connection(number)))

    async def until(self, fact: Callable[[], Any], timeout: float) -> Any:
        """What it says once it says anything."""
        async with asyncio.timeout(timeout):
            while not (found := fact()):
                await self._news.wait()
            return found

    def offer(self, shelf: Shelf) -> None:
        assert self._cloud is not None
        self.shelf = shelf
        self.states.clear()
        shelf.offer(self._cloud)

    async def said(self, state: int, timeout: float) -> int:
        """The reason that came with this state, of the release on the shelf."""
        assert self.shelf is not None
        of = self.shelf.release.counter
        found = await self.until(lambda: [r for release, s, r in self.states if (release, s) == (of, state)], timeout)
        return int(found[0])

    def reverted(self) -> list[int]:
        """The reason of each time that a release was taken back, as the journal tells it."""
        return [
            record.detail >> 8
            for record in self.far.journal.of(events.UPDATE)
            if record.detail & 0xFF == update_words.REVERTED
        ]

    async def taken_back(self, count: int, timeout: float) -> None:
        """Until the journal tells of it for that time, counted from 1."""
        told = 0
        async with asyncio.timeout(timeout):
            while len(self.reverted()) < count:
                told += 1
                await self.far.journal.told(events.UPDATE, told, timeout)

    async def opens(self, action: int = wire.PRESS, timeout: float = 30) -> int:
        """The unit's answer to a press."""
        cloud = self._cloud
        assert cloud is not None
        self._answers.clear()
        cloud.session.frame(wire.ask(DOWN_PADS, 0, bytes.fromhex(UNIT), cloud.epoch, b"how-late"))
        before = cloud.unit_s
        await self.until(lambda: cloud.unit_s > before, timeout)
        press = cloud.command(action)
        cloud.session.frame(press)
        answer = (await self.until(lambda: self._answers, timeout))[0]
        assert wire.genuine(answer, UP_PADS, wire.tag_of(press))
        return int(wire.answer_fields(answer)[4])

    async def _serve(self, session: Session) -> None:
        cloud = Cloud(session)
        while True:
            frame = await session.frames.get()
            if frame[1] == wire.ANSWER:
                self._answers.append(frame)
            elif wire.genuine(frame, UP_PADS):
                self._take(cloud, frame)
            self._news.set()
            self._news = asyncio.Event()

    def _take(self, cloud: Cloud, frame: bytes) -> None:
        session = cloud.session
        if frame[1] == wire.HELLO:
            fields: tuple[Any, ...] = wire.hello_fields(frame)
            if fields[2] == NONCE:
                cloud.epoch, cloud.unit_s = fields[0], fields[3]
                self._cloud = cloud
                self.firmware.append(fields[8])
            else:
                session.frame(wire.welcome(DOWN_PADS, 0, bytes.fromhex(UNIT), NONCE))
        elif frame[1] == wire.HEARTBEAT:
            cloud.read(frame)
        elif frame[1] == wire.BLOCK_WANTED and self.shelf is not None:
            session.frame(self.shelf.block(frame))
        elif frame[1] == wire.UPDATE_STATE:
            fields = wire.update_state_fields(frame)
            self.states.append((fields[2], fields[3], fields[4]))
            if fields[3] == update_words.TRIAL and self.asks:
                session.frame(wire.ask(DOWN_PADS, 0, bytes.fromhex(UNIT), cloud.epoch, b"on-trial"))
