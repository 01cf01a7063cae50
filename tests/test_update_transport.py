"""A release on its way to a unit over a bad line, from a bad cloud: it arrives whole or not at all, and doors open."""

import asyncio
import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from firmware import update_words as words
from firmware import wire
from sim import flash
from tests.far_side import FIRMWARE
from tests.garage import Fault, Garage, Giving, Told, Wanted, garage, hasty, offer
from tests.release_side import Keys, Release, Shelf

SCALE = 40
LINE_BYTES_S = 10_000
OPEN_S = 2  # from the press at the cloud to the coil


def shelf_of(keys: Keys, kilobytes: int) -> Shelf:
    """A release that does not compress: a block is a kilobyte of it."""
    return Shelf(Release(keys, 2, {"main.mpy": os.urandom(kilobytes * 1024)}))


def flipped(block: bytes, bit: int) -> bytes:
    whole = bytearray(block)
    whole[bit // 8 % len(whole)] ^= 1 << bit % 8
    return bytes(whole)


def early(wanted: Wanted) -> bytes:
    at = wanted.offset + wanted.length
    return wanted.block(offset=at, data=wanted.whole[at : at + wanted.length] or b"?")


def stale(wanted: Wanted) -> bytes:
    at = max(0, wanted.offset - wanted.length)
    return wanted.block(offset=at, data=wanted.whole[at : at + wanted.length])


FAULTS = (
    lambda n, it: [],  # lost
    lambda n, it: [it.block(), it.block()],
    lambda n, it: [stale(it), it.block()] if it.offset else [it.block()],
    lambda n, it: [early(it), it.block()],
    lambda n, it: [flipped(it.block(), 7919 * n)],
    lambda n, it: [flipped(it.block(), 104729 * n), it.block()],
    lambda n, it: [it.block(of=it.of + 1), it.block(of=it.of - 1), it.block()],
    lambda n, it: [it.block(part=it.part % 3 + 1), it.block()],
    lambda n, it: [it.block(data=b""), it.block(data=it.whole[:1]), it.block()],  # drop by drop
    lambda n, it: [it.block(data=os.urandom(it.length - 1)), it.block()],
    lambda n, it: [it.block(data=os.urandom(1025)), it.block()],  # more than a frame may bring
)


def each_in_turn(n: int, wanted: Wanted) -> Sequence[bytes]:
    return FAULTS[n % len(FAULTS)](n, wanted)


async def arrives(here: Garage, shelf: Shelf, fault: Fault) -> Giving:
    """It does, whole; and the door opens before and while it is on its way."""
    giving, cloud = Giving(shelf, fault), await here.cloud()
    shelf.offer(cloud)
    while giving.asked < 6:
        assert await giving.step(cloud) is None
    await here.press(cloud)
    assert await giving.all(cloud) == (words.WRITTEN, 0)
    left = await here.left()
    assert left["/b/main.mpy"] == shelf.release.files["main.mpy"]
    assert here.board.resets == [1]
    return giving


async def test_blocks_lost_doubled_early_late_corrupted_cut_and_of_others_do_no_harm(tmp_path: Path) -> None:
    async with garage(tmp_path, scale=SCALE) as here:
        giving = await arrives(here, shelf_of(here.keys, 20), each_in_turn)
        assert giving.asked >= 20


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
async def test_a_third_of_all_blocks_going_wrong_in_any_order_does_no_harm(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)

    def fault(n: int, wanted: Wanted) -> Sequence[bytes]:
        return chance.choice(FAULTS)(n, wanted) if chance.random() < 0.3 else [wanted.block()]

    async with garage(tmp_path, scale=SCALE) as here:
        await arrives(here, shelf_of(here.keys, 60), fault)


async def cut_after_each(here: Garage, shelf: Shelf) -> None:
    """Before a block leaves, and after it left, in turn; only the last one stays uncut."""
    last = (wire.BUNDLE, len(shelf.release.bundle))
    ended: list[tuple[int, int]] = []

    def fault(n: int, it: Wanted) -> Sequence[bytes]:
        if (it.part, it.offset + it.length) == last:
            ended.append(last)
            return [it.block()]
        return [it.block()] * (n % 2)

    giving, cloud = Giving(shelf, fault), await here.cloud()
    shelf.offer(cloud)
    while True:
        before = giving.asked
        end = await giving.step(cloud)
        if end is not None:
            break
        if giving.asked > before and not ended:
            cloud.session.cut()
            cloud = await here.cloud()
    assert end == (words.WRITTEN, 0)
    assert max(giving.given.values()) <= 2 and here.sessions > giving.asked // 2
    left = await here.left()
    assert left["/b/main.mpy"] == shelf.release.files["main.mpy"]
    assert here.board.resets == [1]


async def test_with_the_line_cut_at_every_block_it_goes_on_where_it_was(tmp_path: Path) -> None:
    async with garage(tmp_path, scale=SCALE) as here:
        await cut_after_each(here, shelf_of(here.keys, 3))


@pytest.mark.long
async def test_with_the_line_cut_at_every_block_of_a_long_one_it_goes_on_where_it_was(tmp_path: Path) -> None:
    async with garage(tmp_path, scale=SCALE) as here:
        await cut_after_each(here, shelf_of(here.keys, 16))


async def test_parts_that_change_or_never_end_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    """One offer after the other: a cloud in other hands may say what it likes."""
    async with garage(tmp_path, scale=SCALE) as here:
        cloud, shelf = await here.cloud(), shelf_of(here.keys, 4)
        release = shelf.release

        async def told(fault: Fault, size: int = len(release.signed), key_set: int = 1) -> Told:
            offer(cloud, 2, size, key_set)
            return await Giving(shelf, fault).all(cloud)

        def endless(n: int, it: Wanted) -> Sequence[bytes]:
            return [it.block(size=it.offset + it.length + 1, data=os.urandom(it.length))]

        def grown(n: int, it: Wanted) -> Sequence[bytes]:
            return [it.block(size=len(it.whole) + (it.part == wire.BUNDLE and it.offset > 2000))]

        def gone(n: int, it: Wanted) -> Sequence[bytes]:
            return [it.block(size=0, data=b"") if it.part == wire.BUNDLE and it.offset > 2000 else it.block()]

        def swapped(n: int, it: Wanted) -> Sequence[bytes]:
            return [it.block(data=bytes(255 - each for each in it.whole[it.offset : it.offset + it.length]))]

        def other_bundle(n: int, it: Wanted) -> Sequence[bytes]:
            return swapped(n, it) if it.part == wire.BUNDLE and it.offset > 2000 else [it.block()]

        for fault, reason in (
            (endless, words.MALFORMED),
            (grown, words.MALFORMED),
            (gone, words.GONE),
            (swapped, words.MALFORMED),
            (other_bundle, words.CONTENT),
        ):
            assert await told(fault) == (words.REFUSED, reason), fault.__name__
        assert await told(endless, 8193) == (words.REFUSED, words.MALFORMED)
        await here.opens(cloud)
        assert await told(lambda n, it: [it.block()]) == (words.WRITTEN, 0)
        assert here.board.resets == [1]


async def test_a_flood_of_blocks_that_nobody_asked_for_does_nothing(tmp_path: Path) -> None:
    async with garage(tmp_path, scale=SCALE) as here:
        cloud = await here.cloud()
        wanted = Wanted(wire.BUNDLE, 2, 0, 1024, os.urandom(1 << 16))
        for _ in range(200):
            cloud.session.frame(wanted.block())
        await here.opens(cloud)
        left = await here.left()
        assert here.board.resets == [1] and not any(name.startswith("/update") for name in left)


async def byte_by_byte(home: Path, blocks: dict[str, str]) -> int:
    """Given up; how many blocks were asked for until then. The next offer is taken."""
    runs = flash.firmware_of({path.name: path.read_text() for path in FIRMWARE.glob("*.py")} | blocks)
    async with garage(home, files={**runs}, scale=SCALE) as here:
        cloud, shelf = await here.cloud(), shelf_of(here.keys, 4)
        drop = Giving(shelf, lambda n, it: [it.block(data=it.whole[it.offset : it.offset + 1])])
        shelf.offer(cloud)

        async def drops() -> None:
            while True:
                await drop.step(cloud)

        dripping = asyncio.create_task(drops())
        await here.board.console_line("update 2 is not taken: reason 0", 30)
        dripping.cancel()
        assert await here.answer(cloud, shelf.release) == (words.WRITTEN, 0)
        return drop.asked


async def test_a_byte_at_a_time_is_given_up_and_the_next_offer_is_taken(tmp_path: Path) -> None:
    hasty_blocks = {f"{name}.py": text for name, text in hasty("blocks", "PATIENCE_MS", 50_000).items()}
    assert 2 <= await byte_by_byte(tmp_path, hasty_blocks) <= 4


@pytest.mark.long
async def test_a_byte_at_a_time_is_given_up_after_five_minutes(tmp_path: Path) -> None:
    assert 10 <= await byte_by_byte(tmp_path, {}) <= 16


async def opens_while_loading(home: Path, kilobytes: int) -> None:
    async with garage(home, scale=10) as here:
        for way in (here.line.up, here.line.down):
            way.bytes_per_s = LINE_BYTES_S * 10
        giving, cloud = Giving(shelf_of(here.keys, kilobytes), lambda n, it: [it.block()]), await here.cloud()
        giving.shelf.offer(cloud)
        took: list[float] = []
        end: Told | None = None
        while end is None:
            end = await giving.step(cloud)
            if giving.asked % 20 == 10:  # its coil pauses for a second
                took.append(await here.press(cloud))
        assert end == (words.WRITTEN, 0)
        assert len(took) >= kilobytes // 20 and max(took) <= OPEN_S, took
        assert here.board.resets == [1]


async def test_a_door_opens_in_two_seconds_while_an_update_comes_over_ten_kilobytes_a_second(tmp_path: Path) -> None:
    await opens_while_loading(tmp_path, 30)


@pytest.mark.long
async def test_a_door_opens_in_two_seconds_throughout_a_whole_update(tmp_path: Path) -> None:
    await opens_while_loading(tmp_path, 90)
