"""A release that is no good is taken back by the unit itself, which tells why once it can, and tries it once more."""

import struct
from pathlib import Path

import pytest

from firmware import events
from firmware import update_words as words
from sim.board import HARD, PWRON, WDT
from tests.far_side import Cloud
from tests.garage import Garage, garage, hasty, state_of
from tests.release_side import Keys, Release, firmware

SCALE = 40


async def told(here: Garage, count: int = 1) -> tuple[int, int, int, int]:
    """The record of that number: (state, reason, release, the one that runs)."""
    record = await here.far.journal.told(events.UPDATE, count, 30)
    return (record.detail & 0xFF, record.detail >> 8, *struct.unpack(">II", record.arg8))


async def tried_without_a_cloud(here: Garage, cloud: Cloud, release: Release, times: int) -> Cloud:
    """Written, started, and nobody is there until it is back on the one before."""
    assert await here.answer(cloud, release) == (words.WRITTEN, 0)
    here.line.accepting = False
    await here.line.cut()
    assert await here.board.reset_seen(1 + 2 * times, 60) == HARD
    here.line.accepting = True
    cloud = await here.cloud()
    assert await told(here, times) == (words.REVERTED, words.NO_CLOUD, release.counter, 1)
    return cloud


async def test_without_the_cloud_it_is_taken_back_told_and_tried_once_more_and_never_again(tmp_path: Path) -> None:
    async with garage(tmp_path, scale=SCALE) as here:
        release, cloud = Release(here.keys, 2, firmware(2, **hasty("probation", "TRIAL_S", 60))), await here.cloud()
        for times in (1, 2):
            cloud = await tried_without_a_cloud(here, cloud, release, times)
            await here.opens(cloud)
        assert await here.answer(cloud, release) == (words.REFUSED, words.FAILED_TWICE)
        assert here.board.resets == [PWRON, HARD, HARD, HARD, HARD]
        left = await here.left()
    assert left["/active"] == b"a k 0 - 0"


@pytest.mark.long
async def test_after_ten_minutes_without_the_cloud_it_is_taken_back(tmp_path: Path) -> None:
    async with garage(tmp_path, scale=SCALE) as here:
        cloud = await tried_without_a_cloud(here, await here.cloud(), Release(here.keys, 2, firmware(2)), 1)
        await here.opens(cloud)


async def confirmed(here: Garage, cloud: Cloud, release: Release) -> Cloud:
    assert await here.answer(cloud, release) == (words.WRITTEN, 0)
    cloud = await here.cloud()
    await cloud.ask()
    assert await state_of(cloud, words.CONFIRMED) == (release.counter, 0)
    return cloud


async def crashed_three_times(here: Garage, reverts: int) -> Cloud:
    for _ in range(2):
        here.board.reset(WDT)
        await here.cloud()
    here.board.reset(WDT)
    cloud = await here.cloud()
    assert await told(here, 2 * reverts) == (words.REVERTED, words.CRASHED, 2, 1)
    return cloud


async def test_three_crashes_soon_after_its_confirmation_take_it_back_and_count_as_a_try(tmp_path: Path) -> None:
    async with garage(tmp_path, scale=SCALE) as here:
        release = Release(here.keys, 2, firmware(2))
        cloud = await confirmed(here, await here.cloud(), release)
        cloud = await crashed_three_times(here, 1)
        await here.opens(cloud)
        cloud = await confirmed(here, cloud, release)
        cloud = await crashed_three_times(here, 2)
        assert await here.answer(cloud, release) == (words.REFUSED, words.FAILED_TWICE)


async def test_only_what_has_stood_for_two_hours_gives_up_the_slot_that_it_could_fall_back_to(tmp_path: Path) -> None:
    keys = Keys()
    async with garage(tmp_path, keys=keys, scale=SCALE) as here:
        cloud = await confirmed(
            here, await here.cloud(), Release(keys, 2, firmware(2, **hasty("updates", "STOOD_S", 90)))
        )
        third = Release(keys, 3, {"main.mpy": b"whatever"})
        assert await here.answer(cloud, third) == (words.REFUSED, words.BUSY)
        here.board.reset(WDT)
        cloud = await here.cloud()
        assert await here.answer(cloud, third) == (words.REFUSED, words.BUSY)
        await here.board.console_line("stood", 30)
        assert await here.answer(cloud, third) == (words.WRITTEN, 0)
