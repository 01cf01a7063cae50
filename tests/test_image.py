"""MicroPython itself by the road of a release: written to the idle partition, hashed back, tried, confirmed or taken
back by the bootloader; where there is no such partition it is refused.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware import events, manifest, wire
from firmware import update_words as words
from sim import flash
from sim.app_slots import MAGIC, SIZE, VALID, AppSlots
from sim.board import Board
from tests.release_side import FIRMWARE, Keys, Release, Shelf
from tests.unit_bench import powered, pulses
from tests.update_service import Service
from tools import build

SCALE = 20
SLOW_S = 45  # of this host: bounds a failure
BLOCK = 4096
MOST = 64 * 1024  # bytes of a bundle


def image_release(keys: Keys, counter: int, image: bytes, **changes: Any) -> Release:
    return Release(keys, counter, {"micropython.bin": image}, bundle=image, kind=manifest.IMAGE, **changes)


def made_up(size: int, first: int = MAGIC) -> bytes:
    return bytes([first]) + random.Random(size).randbytes(size - 1)


@asynccontextmanager
async def unit(folder: Path, keys: Keys, *, slots: bool = True) -> AsyncIterator[tuple[Board, Service]]:
    app = AppSlots(folder / "flash") if slots else None
    extra = {"/release.keys": keys.signed}
    async with powered(folder, extra=extra, scale=SCALE, app=app) as (board, far):
        service = Service(far)
        serving = asyncio.create_task(service.run())
        try:
            await service.until(lambda: service.firmware, SLOW_S)
            yield board, service
        except BaseException as error:
            error.add_note("\n".join(board.console[-40:]))
            raise
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


HARDWARE = b"""
from esp32 import Partition

def tried(what, *arguments):
    try:
        what(*arguments)
    except OSError as error:
        return error.args[0]

other = Partition(Partition.RUNNING).get_next_update()
there = bytearray(4)
other.writeblocks(0, b"\xe9" * 4096)
other.writeblocks(0, b"\x0f\xf0", 1)
other.readblocks(0, there)
print("written", other.info(), there.hex(), other.ioctl(4, 0), other.ioctl(5, 0))
print("beyond", tried(other.readblocks, 384, there), tried(other.writeblocks, 383, bytes(8192)))
other.ioctl(6, 0)
other.readblocks(0, there)
print("erased", there.hex(), tried(other.set_boot), tried(Partition, "factory"))
"""


async def refused(service: Service, release: Release) -> int:
    service.offer(Shelf(release))
    return await service.said(words.REFUSED, SLOW_S)


async def test_an_image_is_written_tried_and_confirmed_and_is_not_taken_twice(tmp_path: Path) -> None:
    keys, image = Keys(), made_up(5 * BLOCK + 700)
    async with unit(tmp_path, keys) as (board, service):
        assert board.app is not None
        release = image_release(keys, 2, image)
        service.offer(Shelf(release))
        await service.said(words.CONFIRMED, SLOW_S)

        assert board.app.chosen == ("ota_1", VALID)
        assert board.app.running == "ota_1"
        written = (board.app.folder / "ota_1").read_bytes()
        assert written[: len(image)] == image
        assert written[len(image) :].strip(b"\xff") == b""
        assert service.firmware == [1, 1]  # the application is the one of before
        assert await refused(service, release) == words.OLD
        assert await service.opens() == wire.DONE
        assert pulses(board) == 1
        board.reset()
        await service.until(lambda: len(service.firmware) == 3, SLOW_S)
        assert board.app.running == "ota_1"
        await board.stop()
        left = flash.read(board.image)
        assert not any(name.startswith(("/image.trial", "/update")) for name in left)
        assert left["/active"] == b"a k 0 - 0"


async def test_an_image_that_resets_before_it_has_proved_itself_is_taken_back_by_the_bootloader_and_told(
    tmp_path: Path,
) -> None:
    keys, image = Keys(), made_up(3 * BLOCK)
    async with unit(tmp_path, keys) as (board, service):
        assert board.app is not None
        service.asks = False  # nobody answers it
        service.offer(Shelf(image_release(keys, 2, image)))
        await service.said(words.TRIAL, SLOW_S)
        assert board.app.running == "ota_1"
        board.reset()  # as after a crash
        await service.taken_back(1, SLOW_S)
        assert service.reverted() == [words.CRASHED]
        assert board.app.chosen == ("ota_0", VALID)
        record = service.far.journal.of(events.UPDATE)[-1]
        assert record.arg8 == (2).to_bytes(4, "big") + (1).to_bytes(4, "big")
        await service.until(lambda: len(service.firmware) == 3, SLOW_S)
        assert await service.opens() == wire.DONE
        await board.stop()
        assert not any(name.startswith("/image.trial") for name in flash.read(board.image))


@pytest.mark.long
async def test_an_image_that_nobody_answers_gives_up_by_itself_and_is_tried_twice(tmp_path: Path) -> None:
    keys, image = Keys(), made_up(3 * BLOCK)
    async with unit(tmp_path, keys) as (board, service):
        assert board.app is not None
        service.asks = False
        for tried in (1, 2):
            service.offer(Shelf(image_release(keys, 2, image)))
            await service.taken_back(tried, SLOW_S)
            assert service.reverted() == [words.NO_CLOUD] * tried
            assert board.app.running == "ota_0"
            await service.until(lambda welcomed=1 + 2 * tried: len(service.firmware) == welcomed, SLOW_S)
        assert await refused(service, image_release(keys, 2, image)) == words.FAILED_TWICE


async def test_a_load_goes_on_after_a_power_cut_and_what_is_no_image_is_never_named(tmp_path: Path) -> None:
    keys, image = Keys(), made_up(8 * BLOCK + 1, first=0x7F)
    async with unit(tmp_path, keys) as (board, service):
        assert board.app is not None
        shelf = Shelf(image_release(keys, 2, image))
        service.offer(shelf)
        await service.until(lambda: sum(part == wire.BUNDLE for part, *_ in shelf.asked) >= 20, SLOW_S)
        board.power_off()
        before = len(shelf.asked)
        board.power_on()
        await service.until(lambda: len(service.firmware) == 2, SLOW_S)
        service.offer(shelf)
        assert await service.said(words.REFUSED, SLOW_S) == words.CONTENT
        again = [offset for part, _, offset, _ in shelf.asked[before:] if part == wire.BUNDLE]
        assert again[0] >= 4 * BLOCK
        assert again[0] % BLOCK == 0
        assert board.app.chosen == ("ota_0", VALID)
        assert service.firmware == [1, 1]


async def test_a_board_without_room_for_a_second_image_refuses_it(tmp_path: Path) -> None:
    keys, image = Keys(), made_up(BLOCK)
    async with unit(tmp_path, keys, slots=False) as (_, service):
        assert await refused(service, image_release(keys, 2, image)) == words.BOARD
        assert await service.opens() == wire.DONE


async def test_an_image_too_big_for_its_partition_is_refused(tmp_path: Path) -> None:
    keys = Keys()
    async with unit(tmp_path, keys) as (_, service):
        assert await refused(service, image_release(keys, 2, made_up(SIZE + 1))) == words.SPACE


def test_the_whole_program_is_a_bundle_of_less_than_64_kb() -> None:
    sources = {source.name: source.read_text() for source in sorted(FIRMWARE.glob("*.py"))}
    assert len(build.bundle(build.application(sources))) < MOST


async def test_the_partitions_of_the_bench_behave_as_those_of_the_chip(tmp_path: Path) -> None:
    app = AppSlots(tmp_path / "flash")
    async with powered(tmp_path, extra={"/main.py": HARDWARE}, scale=SCALE, app=app) as (board, _):
        erased = await board.console_line("erased", SLOW_S)
        written, beyond = [line for line in board.console if line.startswith(("written", "beyond"))]

    assert (
        written == "written (0, 17, 1638400, 1572864, 'ota_1', False) e909e0e9 384 4096"
    )  # bits are cleared, never set
    assert beyond == "beyond -260 -260"
    assert erased == "erased ffffffff -5379 2"
    assert app.chosen == ("ota_0", VALID)
