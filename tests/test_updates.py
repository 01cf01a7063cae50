"""An update on a unit, from the offer to its confirmation: real firmware, a cloud of the bench."""

from pathlib import Path

from firmware import update_words as words
from firmware import wire
from tests.garage import A_DOOR, garage, state_of
from tests.release_side import Release, Shelf, firmware


async def test_a_unit_that_is_held_open_waits_with_the_restart_and_takes_no_other_offer(tmp_path: Path) -> None:
    """What somebody keeps open does not fall shut for an update; it still answers, and restarts once it is let go."""
    async with garage(tmp_path, door=A_DOOR) as here:
        cloud = await here.cloud()
        await cloud.ask()
        hold = cloud.command(wire.HOLD, arg=600)
        cloud.session.frame(hold)
        assert await cloud.answer_to(hold, 30) == wire.DONE
        assert await here.answer(cloud, Release(here.keys, 2, firmware(2))) == (words.WRITTEN, 0)
        assert await here.answer(cloud, 3) == (words.REFUSED, words.BUSY)
        await cloud.ask()
        assert here.board.resets == [1]
        release = cloud.command(wire.RELEASE)
        cloud.session.frame(release)
        assert await cloud.answer_to(release, 30) == wire.DONE
        cloud = await here.cloud()
        assert await state_of(cloud, words.TRIAL) == (2, 0)


async def test_a_signed_release_is_loaded_tried_and_confirmed_by_a_fresh_answer(tmp_path: Path) -> None:
    """And for two hours nothing that could fail takes the place of what it can fall back to."""
    async with garage(tmp_path) as here:
        shelf = Shelf(Release(here.keys, 2, firmware(2)))
        cloud = await here.cloud()
        shelf.offer(cloud)
        assert await shelf.serve(cloud) == (words.WRITTEN, 0)

        cloud = await here.cloud()
        assert await state_of(cloud, words.TRIAL) == (2, 0)
        assert await here.answer(cloud, 3) == (words.REFUSED, words.BUSY)
        await cloud.ask()
        assert await state_of(cloud, words.CONFIRMED) == (2, 0)
        assert await here.answer(cloud, Release(here.keys, 3, firmware(3))) == (words.REFUSED, words.BUSY)
        left = await here.left()

    assert left["/active"] == b"b w 0 - 0"
    assert {name: data for name, data in left.items() if name.startswith("/b/") and name != "/b/"}.items() >= {
        f"/b/{name}": data for name, data in shelf.release.files.items()
    }.items()
    assert "/a/main.mpy" in left and not any(name.startswith("/update") for name in left)
