"""Maintainers' pages are told that a roll-out moved on, so that they ask: at once, then once a second; nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from cloud.rollout_news import AGAIN_S, RolloutNews
from firmware import update_words
from tests.given import ADM
from tests.rollout_side import Desk, desk
from tests.world import Phone

STAFF = {"maintainer": frozenset({"pau"}), "host": frozenset({"ana"})}


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as it:
        policy = it.world.policy
        policy.snapshot = msgspec.structs.replace(policy.snapshot, staff=STAFF)
        it.releases.changed = it.desk.changed = RolloutNews(it.world.live.rollouts).changed
        yield it


def told(phone: Phone) -> int:
    return sum(message["type"] == "rollouts" for message in phone.told)


async def test_only_a_maintainer_whose_session_is_good_everywhere_is_told(it: Desk) -> None:
    scoped = Phone("pau")
    scoped.place = "home"
    await it.world.live.join(scoped, None, 0)

    await it.begins()
    await it.turns()

    assert told(it.world.pau) >= 1
    assert (told(it.world.ana), told(it.world.adm), told(scoped)) == (0, 0, 0)
    assert all(message["sent"] == it.world.pau.sent for message in it.world.pau.told if message["type"] == "tick")


async def test_each_step_is_told_and_a_hundred_blocks_are_one_telling(it: Desk) -> None:
    it.obeys = False
    await it.begins()
    await it.turns()
    await it.world.passes(2 * AGAIN_S)
    before = told(it.world.pau)

    for have in range(100):
        it.say(update_words.LOADING, have=have)
        await it.world.quiet()
    assert told(it.world.pau) == before + 1
    await it.world.passes(2 * AGAIN_S)
    assert told(it.world.pau) == before + 2, "the last of them is not lost"
    await it.world.passes(3 * AGAIN_S)
    assert told(it.world.pau) == before + 2

    await it.desk.tell(1, "abort", ADM)
    await it.world.quiet()
    assert told(it.world.pau) == before + 3


async def test_what_is_published_is_told(it: Desk) -> None:
    await it.world.passes(2 * AGAIN_S)
    before = told(it.world.pau)

    await it.releases.load()
    await it.world.quiet()

    assert told(it.world.pau) == before + 1
