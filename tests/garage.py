"""A unit with its cloud, for updates: real firmware on a board of the bench, a cloud that gives well or
badly, as a test says. Never here: what a unit should do.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware import update_words as words
from firmware import wire
from sim import flash
from sim.board import Board
from sim.lateness import Stopwatch
from sim.net import Net
from sim.proxy import Proxy
from tests.far_side import DOOR, DOWN_PADS, UNIT, Certificates, Cloud, FarSide, image
from tests.release_side import FIRMWARE, Keys, Release, Shelf, next_of

A_DOOR = {**DOOR, "drive": "open", "closed_contact": 21, "open_contact": None}
PORT = 8883
SCALE = 20
SLOW_S = 30  # of this host: bounds a failure
Told = tuple[int, int]  # a state and its reason, or a release and its reason
Fault = Callable[[int, "Wanted"], Sequence[bytes]]


@dataclass
class Garage:
    """`keys`: what its installer put there; `line`: between the two."""

    board: Board
    far: FarSide
    keys: Keys
    line: Proxy
    sessions: int = 0
    _since: Stopwatch | None = None

    async def cloud(self) -> Cloud:
        """The cloud in the unit's next session."""
        self.sessions += 1
        cloud = await Cloud(await self.far.session(self.sessions, SLOW_S)).adopt()
        self._since = Stopwatch(self.board)
        return cloud

    async def answer(self, cloud: Cloud, offered: Release | int, *keys: Keys) -> Told:
        """Offers it, gives what it has, and these key sets, and waits until it is refused or written."""
        if isinstance(offered, Release):
            shelf = Shelf(offered, *keys)
            shelf.offer(cloud)
            return await shelf.serve(cloud, SLOW_S)
        offer(cloud, offered, 500, self.keys.number)
        return wire.update_state_fields(await next_of(cloud, (wire.UPDATE_STATE,), SLOW_S))[3:5]

    async def press(self, cloud: Cloud) -> float:
        """Seconds of the unit's until the coil is on, without what this host was late; nothing that it says is read."""
        before, watch = len(self.board.edges), Stopwatch(self.board)
        cloud.session.frame(self._command(cloud))
        await self.board.edges.wait(SLOW_S, since=before, kind="coil", value=1)
        return watch.passed_s - watch.late_s

    async def opens(self, cloud: Cloud) -> None:
        """A press is answered and switches the coil."""
        command = self._command(cloud)
        cloud.session.frame(command)
        assert await cloud.answer_to(command, SLOW_S) == wire.DONE

    def _command(self, cloud: Cloud) -> bytes:
        """Good for nine seconds."""
        assert self._since
        return cloud.command(not_after=cloud.unit_s + int(self._since.passed_s) + 9)

    async def left(self) -> dict[str, bytes]:
        """What is on its flash, once it is off."""
        await self.board.stop()
        return flash.read(self.board.image)


@asynccontextmanager
async def garage(
    home: Path,
    *,
    keys: Keys | None = None,
    door: Mapping[str, Any] = DOOR,
    files: Mapping[str, bytes | None] | None = None,
    network: Mapping[str, Any] | None = None,
    scale: int = SCALE,
    **board: Any,
) -> AsyncIterator[Garage]:
    """`files`: on the flash, beside or in place of what an installer puts there."""
    certificates, net, keys = Certificates(), await Net().start(), keys or Keys()
    async with FarSide(certificates.broker()) as far:
        line = await Proxy("127.0.0.1", far.port).start()
        net.tcp[PORT] = ("127.0.0.1", line.port)
        identity = certificates.unit_files(port=PORT, doors=[dict(door)], network=dict(network or {"kind": "wired"}))
        made = image(home / "flash", {**identity, "/release.keys": keys.signed, **(files or {})})
        unit = Board(made, UNIT, [door], net=net, scale=scale, **board)
        try:
            await unit.start()
            yield Garage(unit, far, keys, line)
        except BaseException as error:
            error.add_note("\n".join(unit.console[-30:]))
            raise
        finally:
            await unit.stop()
            await line.stop()
            await net.stop()


async def state_of(cloud: Cloud, wanted: int, timeout: float = 60) -> Told:
    """Waits for that state: (release, reason)."""
    while True:
        release, state, reason = wire.update_state_fields(await next_of(cloud, (wire.UPDATE_STATE,), timeout))[2:5]
        if state == wanted:
            return release, reason


def hasty(file: str, wait: str, seconds: int) -> dict[str, str]:
    """A source of the firmware, by its name, that waits less than it says: how long is said elsewhere."""
    text = (FIRMWARE / f"{file}.py").read_text()
    assert f"{wait} = " in text
    return {file: re.sub(rf"(?m)^{wait} = \d+", f"{wait} = {seconds}", text)}


def offer(cloud: Cloud, release: int, size: int, key_set: int) -> None:
    cloud.session.frame(wire.offer(DOWN_PADS, 0, bytes.fromhex(UNIT), release, size, key_set))


# -- a cloud that gives badly


@dataclass(frozen=True)
class Wanted:
    """A block that a unit asks for, and the part that it is of."""

    part: int
    of: int
    offset: int
    length: int
    whole: bytes

    def block(self, **changes: Any) -> bytes:
        """The right answer, or one that differs in these: part, of, offset, size, data."""
        fields = {
            "part": self.part,
            "of": self.of,
            "offset": self.offset,
            "size": len(self.whole),
            "data": self.whole[self.offset : self.offset + self.length],
        }
        return wire.block(DOWN_PADS, 0, bytes.fromhex(UNIT), *(fields | changes).values())


class Giving:
    """Gives a release by `fault`: (how many blocks were asked for so far, what is wanted) -> the frames that go out.
    `given`: how often the right block went out, by part and offset."""

    def __init__(self, shelf: Shelf, fault: Fault) -> None:
        self.shelf, self._fault = shelf, fault
        self.asked = 0
        self.given: Counter[tuple[int, int]] = Counter()

    async def step(self, cloud: Cloud) -> Told | None:
        """One frame of the unit: None, or (state, reason) when that is the end."""
        frame = await next_of(cloud, (wire.BLOCK_WANTED, wire.UPDATE_STATE), SLOW_S)
        if frame[1] == wire.UPDATE_STATE:
            state, reason = wire.update_state_fields(frame)[3:5]
            return None if state == words.LOADING else (state, reason)
        part, of, offset, length = wire.block_wanted_fields(frame)[2:]
        wanted = Wanted(part, of, offset, length, self.shelf.parts.get((part, of), b""))
        self.asked += 1
        for block in self._fault(self.asked, wanted):
            self.given[part, offset] += block == wanted.block()
            cloud.session.frame(block)
        return None

    async def all(self, cloud: Cloud) -> Told:
        while True:
            if (end := await self.step(cloud)) is not None:
                return end
