"""Bad releases, each signed by the right keys and offered as any other: the unit is back on the one before within a
quarter of an hour of the failure, without help. It says why, tries it once more at most, moves no coil, and opens.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware import update_words as words
from firmware import wire
from sim.board import Board
from sim.modem import Modem
from tests.release_side import FIRMWARE, Keys, Release, Shelf, firmware
from tests.unit_bench import STRIKE, powered, pulses
from tests.update_service import Service

SCALE = 20
HOURS_SCALE = 60  # for what takes two hours
LOAD_S = 90  # of this host: bounds a failure
BACK_S = 900  # unit seconds: promised
TRIES = 2  # of one release
PSRAM_K = 400  # thousand words: a heap that stands for a board's with PSRAM, which an update over a modem wants
CONTRACT = {"apn": "iot.example", "auth": "none", "user": None, "password": None, "pin": None}
MODEM = {"kind": "modem", "board": "T-A7670", **CONTRACT}


def changed(name: str, old: str, new: str) -> dict[str, bytes]:
    """The files of release 2, with this file of the firmware made bad."""
    text = (FIRMWARE / f"{name}.py").read_text()
    assert text.count(old) == 1
    return firmware(2, **{name: text.replace(old, new)})


def no_program() -> dict[str, bytes]:
    return firmware(2) | {"main.mpy": b"def run(:\n"}


def crash_loop() -> dict[str, bytes]:
    loop = "    async def run(self):\n"
    return changed("link", loop, loop + "        raise RuntimeError('as soon as it runs')\n")


def hang() -> dict[str, bytes]:
    welcomed = "    def _welcomed(self, nonce):\n"
    return changed("unit", welcomed, welcomed + "        while True:\n            pass\n")


def no_network() -> dict[str, bytes]:
    up = "    async def up(self):\n        pass\n"
    return changed("bearers", up, up.replace("pass", "raise NoNetwork(events.NET_SEARCHING, 'none is found')"))


def no_modem() -> dict[str, bytes]:
    """It speaks to its modem at a speed that no modem has."""
    return changed("main", "UART_BAUD = 115200 ", "UART_BAUD = 1200 ")


def no_tls() -> dict[str, bytes]:
    return changed("transport", "        made.load_verify_locations(der)\n", "        pass\n")


def no_answer() -> dict[str, bytes]:
    """What it says of itself is sealed with the wrong key."""
    own = "build(self._up[self.slot],"
    bad = "build((self._up if build in (wire.events, wire.status) else self.down)[self.slot],"
    return changed("voice", own, bad)


def no_heartbeat() -> dict[str, bytes]:
    """Whatever it is asked, no answer leaves it."""
    say = "        self._count += 1\n"
    return changed("voice", say, say + "        if build is wire.heartbeat:\n            return False\n")


def relay_throws() -> dict[str, bytes]:
    reads = "    def reads(self):\n"
    return changed("relay", reads, reads + "        raise OSError('no such driver')\n")


def leak() -> dict[str, bytes]:
    """It is confirmed, and has no heap left after twenty minutes."""
    rounds = "        unit.updates.look()\n"
    return changed("main", rounds, rounds + "        tasks.append(bytearray(1500))\n")


BUILDS: dict[Callable[[], dict[str, bytes]], int] = {  # and the reason that is told
    no_program: words.CRASHED,
    relay_throws: words.CRASHED,
    crash_loop: words.CRASHED,
    hang: words.CRASHED,
    no_network: words.NO_CLOUD,
    no_modem: words.NO_CLOUD,
    no_tls: words.NO_CLOUD,
    no_answer: words.NO_CLOUD,
    no_heartbeat: words.NO_CLOUD,
    leak: words.CRASHED,
}
SAMPLE = (no_program, relay_throws)


@asynccontextmanager
async def garage(folder: Path, keys: Keys, scale: int, **how: Any) -> AsyncIterator[tuple[Board, Service]]:
    async with powered(folder, STRIKE, extra={"/release.keys": keys.signed}, scale=scale, **how) as (board, far):
        service = Service(far)
        serving = asyncio.create_task(service.run())
        try:
            await service.until(lambda: service.firmware, LOAD_S)
            yield board, service
        except BaseException as error:
            error.add_note("\n".join(board.console[-40:]))
            raise
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


def unit_s(board: Board) -> float:
    """Of the bench's clock."""
    return board.timeline.board_us(board.timeline.now()) / 1e6


async def is_taken_back(board: Board, service: Service, shelf: Shelf) -> tuple[float, float]:
    """Offered, loaded, tried and left by itself. When the last start of the bad one was, and its end."""
    before, starts, resets = len(service.reverted()), len(service.firmware), len(board.resets)
    times: list[float] = []

    async def watch() -> None:
        while True:
            await board.reset_seen(resets + len(times) + 1, BACK_S)
            times.append(unit_s(board))

    watching = asyncio.create_task(watch())
    service.offer(shelf)
    await service.said(words.WRITTEN, LOAD_S)
    await service.taken_back(before + 1, BACK_S)
    await service.until(lambda: len(service.firmware) > starts and service.firmware[-1] == 1, LOAD_S)
    watching.cancel()
    began, ended = times[-2:]
    return began, ended


async def survives(folder: Path, build: Callable[[], dict[str, bytes]], scale: int) -> None:
    keys = Keys()
    how: dict[str, Any] = {}
    if build is no_modem:
        how = {"fields": {"network": MODEM}, "modem": Modem("T-A7670", seed=1), "heap_words_k": PSRAM_K}
    async with garage(folder, keys, scale, **how) as (board, service):
        shelf = Shelf(Release(keys, 2, build()))
        for tried in range(1, TRIES + 1):
            began, ended = await is_taken_back(board, service, shelf)
            assert unit_s(board) - (ended if build is leak else began) <= BACK_S  # that one is good for a while
            assert service.reverted() == [BUILDS[build]] * tried
        service.offer(shelf)
        assert await service.said(words.REFUSED, LOAD_S) == words.FAILED_TWICE
        assert pulses(board) == 0
        assert await service.opens(wire.OPEN) == wire.DONE
        assert pulses(board) == 1
        assert any(f"a release was taken back: reason {BUILDS[build]}" in line for line in board.console)


@pytest.mark.parametrize("build", SAMPLE, ids=lambda build: build.__name__)
async def test_a_bad_release_is_taken_back_and_told_and_the_door_opens(
    tmp_path: Path, build: Callable[[], dict[str, bytes]]
) -> None:
    await survives(tmp_path, build, SCALE)


@pytest.mark.long
@pytest.mark.parametrize("build", [each for each in BUILDS if each not in SAMPLE], ids=lambda build: build.__name__)
async def test_every_bad_release_is_taken_back_and_told_and_the_door_opens(
    tmp_path: Path, build: Callable[[], dict[str, bytes]]
) -> None:
    await survives(tmp_path, build, HOURS_SCALE if build is leak else SCALE)
