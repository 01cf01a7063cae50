"""A door that is held open for somebody who may no longer: its end, whatever comes first, and whatever is lost."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from cloud.messages import encode
from cloud.operations import BY_CLOUD, State
from cloud.verbs import next_version
from firmware import wire
from tests.given import ADM, change_elsewhere, inhabited_database
from tests.hold_side import HOUR, edits, hold, holds, is_held, lets_hold, prepare, recorded, release, shown, told
from tests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        await prepare(world)
        yield world


@pytest.mark.parametrize("how", ["the switch", "her access", "suspended", "removed", "hours", "the door"])
async def test_who_may_no_longer_holds_nothing_open(world: World, how: str) -> None:
    """Nobody pressed it: the log names nobody, and whom it was held for."""
    op = await holds(world)
    await world.passes(1)
    site = world.policy.snapshot.sites["home"]
    member, grant, door = site.members["ana"], site.grants["ana-lobby"], site.doors["lobby"]
    if how == "the switch":
        await lets_hold(world, "ana", may=False)
    elif how == "her access":
        await world.people.remove_grant(ADM, "home", "ana-lobby")
    elif how == "suspended":
        await world.people.edit_member(ADM, "home", "ana", member.version, {"suspended": True})
    elif how == "removed":
        await world.people.remove_member(ADM, "home", "ana")
    elif how == "hours":
        await edits(world, next_version(grant, ends=world.time.now() + 60_000))
    else:
        await world.people.remove_door(ADM, "lobby", door.version)
    await world.quiet()

    assert not is_held(world)
    ended = (await recorded(world))[-1]
    assert (ended.action, ended.way, ended.person, ended.state) == ("release", BY_CLOUD, "ana", State.DONE)
    assert (await world.on_disk(op)).state is State.DONE
    async with world.store.reads.connect() as c:
        rows = (
            await c.exec_driver_sql("SELECT who, session, way, detail FROM log WHERE operation = ?", (ended.id,))
        ).all()
    assert [(row.who, row.session, row.way) for row in rows] == [(None, None, BY_CLOUD)] * 2
    assert msgspec.json.decode(rows[0].detail)["holder"] == "ana"


async def test_of_another_person_nothing_ends(world: World) -> None:
    await holds(world)

    await world.people.remove_member(ADM, "home", "pau")
    await world.passes(30)

    assert is_held(world)
    assert len(world.broker.commands()) == 1


async def test_a_unit_that_is_away_at_the_removal_is_told_when_it_is_back(world: World) -> None:
    await holds(world)
    world.unit.leaves()
    world.units.wake(world.unit.id)
    await world.passes(7)

    await world.people.remove_member(ADM, "home", "ana")
    await world.passes(60)
    assert is_held(world)
    assert len(await recorded(world)) == 1

    world.unit.returns()
    await world.passes(2)

    assert not is_held(world)
    assert shown(world) is None


async def test_a_release_that_was_declined_is_tried_again_ever_more_slowly(world: World) -> None:
    await holds(world)
    world.unit.says = wire.FAULT
    await world.people.remove_member(ADM, "home", "ana")

    await world.passes(80)
    tried = len(world.broker.commands()) - 1
    world.unit.says = wire.DONE
    await world.passes(80)

    assert tried == 5  # at once, after 5, 15, 35 and 75 s
    assert not is_held(world)


async def test_an_answer_that_comes_after_the_removal_ends_it_too(world: World) -> None:
    """The hold was obeyed, its answer and its sign of life were lost; then the access went."""
    world.unit.silent = True
    op = await holds(world)
    assert is_held(world)
    await world.people.remove_member(ADM, "home", "ana")
    await world.quiet()

    assert not is_held(world)
    world.unit.silent = False
    await world.passes(20)
    assert (await world.on_disk(op)).state is State.UNKNOWN
    assert shown(world) is None


async def test_a_hold_that_somebody_ended_meanwhile_is_not_sent_again(world: World) -> None:
    """Its first bytes were lost; sent again, they would open what was just shut."""
    world.broker.lossy = True
    await holds(world)
    await world.passes(1)
    world.broker.lossy = False
    await release(world, "adm")

    await world.passes(10)

    assert not is_held(world)
    assert [told(frame)[0] for frame in world.broker.commands()] == [wire.HOLD, wire.RELEASE]


async def test_what_was_removed_while_the_cloud_was_down_ends_when_it_is_up(world: World) -> None:
    await holds(world)
    await change_elsewhere(world.store, lambda s: [next_version(s.sites["home"].members["ana"], may_hold=False)])
    await world.crash()
    assert is_held(world)

    await world.start()
    await world.passes(3)

    assert not is_held(world)


async def storm(world: World, seed: int) -> None:
    """Whatever comes first: the record, the commit of the removal, the answer."""
    chance = random.Random(seed)
    for _ in range(12):
        may = chance.random() < 0.5
        acts = [hold(world, chance.choice((60, HOUR))), lets_hold(world, "ana", may=may)]
        if chance.random() < 0.4:
            acts.append(world.gives(world.a_press("lobby", "release"), "ana"))
        chance.shuffle(acts)
        world.unit.silent = chance.random() < 0.2
        if chance.random() < 0.3:
            world.before_send(lambda: lets_hold(world, "adm", may=False))
        await asyncio.gather(*acts)
        await world.quiet()
        world.unit.silent = False
        await world.passes(chance.choice((0, 3, 13)))

        allowed = world.policy.snapshot.sites["home"].members["ana"].may_hold
        assert allowed or not is_held(world), "held for somebody who may not"
    assert encode(shown(world)) is not None
    for operation in await recorded(world):
        assert operation.state is not State.SENT or operation.recorded > world.time.now() - 13_000


@pytest.mark.parametrize("seed", range(5))
async def test_of_holds_and_removals_at_once_nothing_stays_open_for_who_may_not(world: World, seed: int) -> None:
    await storm(world, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5, 105))
async def test_of_holds_and_removals_at_once_in_a_hundred_orders(world: World, seed: int) -> None:
    await storm(world, seed)
