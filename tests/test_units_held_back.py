"""A broker that keeps what a unit said, and a unit that was revoked: neither shows anything alive."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.unit_link import UnitLink
from tests.given import inhabited_database
from tests.world import World


def known(world: World) -> UnitLink:
    link = world.units.of(world.unit.id)
    assert link is not None
    return link


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


async def test_signs_of_life_that_were_held_back_do_not_keep_a_dead_unit_alive(world: World) -> None:
    held = [world.unit.heartbeat(world.unit.seconds()) for _ in range(40)]
    world.unit.leaves()

    links = []
    for frame in held:
        await world.passes(60)
        world.units.wake(world.unit.id)
        world.take(frame)
        await world.passes(6)
        links.append(known(world).link)

    assert set(links) == {"away"}
    assert known(world).dropped["old"] == 40


async def test_a_unit_heard_late_is_asked_and_believed_when_it_answers(world: World) -> None:
    late = world.unit.heartbeat(world.unit.seconds())
    await world.passes(30)
    world.take(late)
    await world.quiet()

    assert known(world).dropped["old"] == 1
    assert known(world).link == "online"


async def test_a_unit_revoked_while_new_ones_are_looked_for_is_not_believed_again(world: World) -> None:
    read = world.store.units

    async def read_just_before_the_revocation():
        rows = await read()
        await world.people.revoke_unit(world.unit.id, "admin")
        return rows

    world.store.units = read_just_before_the_revocation
    await world.units._load_new()

    assert world.units.of(world.unit.id) is None
