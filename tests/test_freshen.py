"""Apps that come to look: the unit is asked for a sign of life once, however many they are."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.units import FRESH_S, LOOKS
from firmware import wire
from tests.given import inhabited_database
from tests.unit_side import UNIT
from tests.world import Phone, World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The unit was heard of some minutes ago."""
    async with World(inhabited_database(tmp_path)) as world:
        world.live.watched = world.units.freshen
        await world.passes(120)
        world.broker.down.clear()
        yield world


def asks(world: World) -> int:
    return sum(frame[1] in (wire.ASK, wire.WELCOME) for frame in world.broker.down)


async def joins(world: World, count: int, person: str = "ana") -> None:
    for _ in range(count):
        phone = Phone(person)
        await world.live.join(phone, None, 0)
        world.live.leave(phone)


async def test_a_thousand_apps_are_one_question(world: World) -> None:
    heard = world.units.of(UNIT)
    assert heard is not None
    before = heard.heard_mono

    await asyncio.gather(*(joins(world, 10, person) for person in ("ana", "pau", "adm") for _ in range(34)))
    await world.quiet()

    assert asks(world) == 1
    assert heard.heard_mono > before


async def test_what_was_told_in_the_last_half_minute_is_fresh(world: World) -> None:
    await joins(world, 1)
    await world.passes(FRESH_S - 1)
    await joins(world, 1)
    assert asks(world) == 1

    await world.passes(1.5)
    await joins(world, 5)

    assert asks(world) == 2


async def test_a_unit_that_does_not_answer_is_asked_no_more_often_and_shown_as_away(world: World) -> None:
    world.unit.leaves()
    await joins(world, 3)
    await world.passes(8)
    link = world.units.of(UNIT)
    assert link is not None
    assert link.link == "away"

    for _ in range(20):
        await joins(world, 2)
        await world.passes(1)

    assert asks(world) == 1


async def test_an_app_that_comes_back_asks_too_and_one_without_doors_asks_nothing(world: World) -> None:
    stream, seen = world.live.stream, world.live._n
    await world.live.join(Phone("ana"), stream, seen)
    assert asks(world) == 1

    await world.passes(60)
    other = Phone("adm")
    other.place = "elsewhere"
    await world.live.join(other, None, 0)
    assert asks(world) == 1


async def test_an_app_that_comes_back_all_day_does_not_use_up_the_plan(world: World) -> None:
    """One guest's phone is enough for it: each time, half a minute after the last, it asks for a fresh answer."""
    begins = world.time.passed()
    for _ in range(200):
        await joins(world, 1)
        await world.quiet()
        world.time.jump(FRESH_S + 1)
    passed = world.time.passed() - begins

    assert asks(world) <= LOOKS[0] + LOOKS[1] * passed + 1
    assert asks(world) < 100
    await world.passes(3600)
    before = asks(world)
    await joins(world, 1)
    assert asks(world) == before + 1
