"""Offers that a unit must not take, one after the other on a board: old ones, others', those that too few signed."""

import hashlib
import os
import struct
from pathlib import Path

from firmware import signatures
from firmware import update_words as words
from sim import flash
from tests.far_side import FIRMWARE
from tests.garage import garage
from tests.release_side import Keys, Release
from tools import build

RUNS, CONFIRMED = 11, 12  # it was left after crashes
FILES = {"main.mpy": os.urandom(3000)}
SCALE = 40


def left_after_crashes() -> dict[str, bytes | None]:
    """What a unit's flash has beside this firmware when it is release 11, and another 12 was confirmed once."""
    files = {name[3:]: data for name, data in flash.firmware_files(FIRMWARE).items() if name.startswith("/a/")}
    del files["files"]
    floor = struct.pack(">4sI8sB", b"IOFL", CONFIRMED, b"of-it-12", 0)
    floor += hashlib.sha256(floor).digest()[:8]
    return {"/a/files": build.table(files, RUNS), "/floor.0": floor, "/floor.1": floor}


async def test_old_releases_and_others_are_refused_each_with_its_reason(tmp_path: Path) -> None:
    async with garage(tmp_path, files=left_after_crashes(), scale=SCALE) as here:
        cloud, keys = await here.cloud(), here.keys
        other = build.bundle({"main.mpy": os.urandom(3000)})
        cases = [
            *((Release(keys, counter, FILES), words.OLD) for counter in range(2, RUNS + 1)),
            (Release(keys, CONFIRMED, FILES), words.OLD),  # an equal counter, other content
            (Release(Keys(), 13, FILES), words.SIGNATURE),
            (Release(keys, 13, FILES, product="iomando-gate"), words.PRODUCT),
            (Release(keys, 13, FILES, boards=["T-A7670", "T-SIM7000G"]), words.BOARD),
            (Release(keys, 14, FILES, replaces=13), words.PRECURSOR),
            (Release(keys, 13, FILES, mpy=(5, 3)), words.ABI),
            (Release(keys, 13, FILES, mpy=(6, 2)), words.ABI),
            (Release(keys, 13, FILES, least=(1, 99), most=(1, 99)), words.ABI),
            (Release(keys, 13, FILES, most=(1, 20)), words.ABI),
            (Release(keys, 13, FILES, bundle=other), words.CONTENT),
        ]
        for release, reason in cases:
            told = await here.answer(cloud, release)
            assert told == (words.REFUSED, reason), (release.counter, reason, told)
        await here.opens(cloud)
        assert here.board.resets == [1]
        left = await here.left()
    assert left["/active"] == b"a k 0 - 0" and not any(name.startswith(("/update", "/b/m")) for name in left)


async def test_keys_rotated_lost_stolen_and_used_after_their_time(tmp_path: Path) -> None:
    """The unit trusts set 1 (2 of 3 keys) and slept while it was followed by 2, after one key was lost, and by 3."""
    first = Keys(1, count=3, threshold=2)
    lost = Keys(2, count=3, threshold=2, before=first, by_old=(1, 2))  # the holder of key 0 has lost it
    third = Keys(3, count=2, threshold=2, before=lost)
    thief = Keys(2, before=first, by_old=(0,))  # who stole one of the three
    async with garage(tmp_path, keys=first, scale=SCALE) as here:
        cloud = await here.cloud()

        async def told(keys: Keys, *sets: Keys, by: tuple[int, ...] | None = None) -> tuple[int, int]:
            return await here.answer(cloud, Release(keys, 2, FILES, by=by), *sets)

        refused = (words.REFUSED, words.SIGNATURE)
        assert await told(first, by=(0,)) == refused  # one of two
        assert await told(thief, thief) == refused
        assert await told(third) == (words.REFUSED, words.KEYS)  # sets that the cloud has not
        assert await told(third, third) == (words.REFUSED, words.KEYS)
        assert await told(third, lost, third, by=(0,)) == refused  # and yet it follows the sets
        for old in (first, lost):
            assert await told(old, lost, third) == refused  # after their time
        assert await told(third, lost, third, by=(1,)) == refused
        await here.opens(cloud)
        assert await told(third) == (words.WRITTEN, 0)
        assert here.board.resets == [1]
        left = await here.left()
    assert left["/release.keys"] == third.signed
    assert signatures.read_keys_of(left["/release.keys"]).number == 3
