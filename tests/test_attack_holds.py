"""Whoever owns the broker holds back, doubles and swaps what goes to a door that is held open: no hold outlives its end
or the access of whoever it was for.
"""

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cloud.operations import BY_CLOUD
from cloud.verbs import next_version
from firmware import wire
from tests.given import ADM, inhabited_database
from tests.hold_side import HOUR, edits, hold, holds, is_held, lets_hold, prepare, recorded, release, shown
from tests.unit_side import commands
from tests.world import Phone, World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        await prepare(world)
        yield world


async def kept_back(world: World, seconds: int, person: str = "ana") -> bytes:
    """The command of a hold that the broker has taken and not passed on."""
    world.broker.lossy = True
    await holds(world, seconds, person)
    world.broker.lossy = False
    return world.broker.commands()[-1]


async def test_a_hold_that_arrives_after_its_end_is_ended_again(world: World) -> None:
    command = await kept_back(world, HOUR)
    await world.passes(1)
    await release(world)

    world.unit.on_frame(command)
    await world.passes(2)

    assert not is_held(world)
    assert shown(world) is None
    assert (await recorded(world))[-1].way == BY_CLOUD


async def test_a_hold_that_arrives_after_the_end_made_for_a_removal_is_ended_again(world: World) -> None:
    await holds(world, 60)
    command = await kept_back(world, 12 * HOUR)
    await lets_hold(world, "ana", may=False)
    await world.quiet()
    assert not is_held(world)

    world.unit.on_frame(command)
    await world.passes(2)

    assert not is_held(world)


async def test_of_two_holds_that_were_swapped_the_one_that_counts_ends_with_its_holder(world: World) -> None:
    """The unit obeyed hers last; the admin's was recorded last."""
    command = await kept_back(world, 12 * HOUR)
    await world.passes(1)
    await holds(world, 60, "adm")
    world.unit.on_frame(command)
    await world.passes(2)
    assert is_held(world)
    hold = shown(world)
    assert hold is not None
    assert hold["person"] == "ana"

    await world.people.remove_member(ADM, "home", "ana")
    await world.quiet()

    assert not is_held(world)


async def test_nor_does_it_when_the_answer_is_suppressed_too(world: World) -> None:
    command = await kept_back(world, 12 * HOUR)
    await world.passes(1)
    await holds(world, 60, "adm")
    world.unit.silent = True
    world.unit.on_frame(command)
    await world.passes(20)
    assert is_held(world)

    await world.people.remove_member(ADM, "home", "ana")
    await world.quiet()

    assert not is_held(world)


async def test_a_lost_hold_is_not_sent_again_over_a_newer_one(world: World) -> None:
    """Sent again after two seconds, hers of half a day would replace the minute of the admin."""
    await kept_back(world, 12 * HOUR)
    await world.passes(1)
    await holds(world, 60, "adm")

    await world.passes(9)

    hold = shown(world)
    assert hold is not None
    assert hold["person"] == "adm"
    assert len(world.broker.commands()) == 2
    await world.passes(60)
    assert not is_held(world)


async def test_a_newer_hold_stays_when_whoever_held_before_may_no_longer(world: World) -> None:
    await holds(world, HOUR)
    await world.passes(1)
    await holds(world, HOUR, "adm")

    await world.people.remove_member(ADM, "home", "ana")
    await world.passes(20)

    assert is_held(world)
    assert len(world.broker.commands()) == 2


async def test_a_newer_hold_stays_also_when_nobody_knows_what_became_of_the_one_before(world: World) -> None:
    """More than ten seconds lie between them: what was sent before is dead."""
    world.unit.silent = True
    await holds(world, HOUR)
    await world.passes(13)
    world.unit.silent = False
    await holds(world, HOUR, "adm")

    await world.people.remove_member(ADM, "home", "ana")
    await world.passes(20)

    assert is_held(world)


async def test_a_hold_that_was_ended_is_not_sent_again_by_the_process_that_comes_next(world: World) -> None:
    await kept_back(world, HOUR)
    await world.passes(1)
    await release(world)

    await world.crash()
    await world.start()
    await world.passes(12)

    assert not is_held(world)
    assert world.broker.commands() == []


async def test_nor_is_one_that_arrives_while_the_process_starts_left_on(world: World) -> None:
    command = await kept_back(world, HOUR)
    await world.passes(1)
    await release(world)
    await world.crash()
    world.unit.on_frame(command)
    assert is_held(world)

    await world.start()
    await world.passes(5)

    assert not is_held(world)


def obeyed_last(world: World) -> list[str]:
    """The holds that the unit obeys from now on."""
    judge, found = world.unit.judge, list[str]()

    def noted(frame: bytes, seconds: float) -> tuple[Any, ...]:
        verdict = judge(frame, seconds)
        if verdict[0] == commands.HOLD:
            found.append(verdict[2].hex())
        return verdict

    world.unit.judge = noted
    return found


async def swapped(world: World, seed: int) -> None:
    """A broker that passes on what it likes, when and as often as it likes, and swallows answers."""
    chance, obeyed = random.Random(seed), obeyed_last(world)
    for _ in range(6):
        await lets_hold(world, "ana", may=True)
        late: list[bytes] = []
        for _ in range(chance.randint(1, 5)):
            sent = len(world.broker.down)
            world.broker.lossy = chance.random() < 0.5
            world.unit.silent = chance.random() < 0.2
            person, what = chance.choice(("ana", "adm")), chance.random()
            if what < 0.6:
                await hold(world, chance.choice((60, 12 * HOUR)), person)
            elif what < 0.8:
                await release(world, person)
            else:
                await lets_hold(world, "ana", may=what < 0.9)
            await world.quiet()
            if world.broker.lossy:
                late += [frame for frame in world.broker.down[sent:] if frame[1] == wire.COMMAND]
            world.broker.lossy = False
            await world.passes(chance.choice((0, 0.5, 2)))
        chance.shuffle(late)
        for frame in late + late[: chance.randint(0, 2)]:
            world.unit.on_frame(frame)
            await world.passes(chance.choice((0, 0.25)))
        world.unit.silent = False
        if chance.random() < 0.5:
            await lets_hold(world, "ana", may=False)
        await world.passes(25)

        if is_held(world):
            holder = (await world.on_disk(obeyed[-1])).person
            member = world.policy.snapshot.sites["home"].members["ana"]
            assert holder == "adm" or member.may_hold, "held for somebody who may not"
            shown_now = shown(world)
            assert shown_now is not None
            assert shown_now["person"] is not None


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_a_broker_swaps_nothing_stays_open_for_who_may_not(world: World, seed: int) -> None:
    await swapped(world, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4, 104))
async def test_whatever_a_broker_swaps_in_a_hundred_orders(world: World, seed: int) -> None:
    await swapped(world, seed)


def pictures_of_the_lobby(phone: Phone) -> list[dict[str, Any]]:
    return [door["hold"] for m in phone.told for door in m.get("doors", []) if door["id"] == "lobby" and door["hold"]]


async def test_a_guest_is_told_that_a_door_is_held_and_not_who_lives_there(world: World) -> None:
    member = world.policy.snapshot.sites["home"].members["pau"]
    await edits(world, next_version(member, role="guest", host="ana"))
    await holds(world)
    joined = Phone("pau")
    await world.live.join(joined, None, 0)
    await lets_hold(world, "adm", may=True)
    site = world.policy.snapshot.sites["home"]
    await edits(world, next_version(site.doors["lobby"], name="Front"))  # the door is drawn anew for everybody
    for pau in (world.pau, joined):
        assert pictures_of_the_lobby(pau)
        for shown_to_her in pictures_of_the_lobby(pau):
            assert (shown_to_her["who"], shown_to_her["person"]) == (None, None)
            assert shown_to_her["until"] > world.time.now()
    assert {hold["who"] for hold in pictures_of_the_lobby(world.adm)} == {"Ana"}
    assert {hold["who"] for hold in pictures_of_the_lobby(world.ana)} == {"Ana"}
