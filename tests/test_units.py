"""Which unit is where: hints are not believed, silence is asked about, and what was revoked is heard no more."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud import schema
from cloud.sealing import Sealer
from cloud.unit_link import UnitLink
from cloud.units import LAST_WILL
from firmware import wire
from tests.given import SEALING_KEY, inhabited_database
from tests.unit_side import SECRET, UNIT, UnitSide
from tests.world import PACE, PATIENCE_S, World

UP = wire.topics(UNIT)[1]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


def link(world: World) -> UnitLink:
    found = world.units.of(UNIT)
    assert found is not None
    return found


def shown(world: World) -> list[str]:
    """The link of the gate's unit, as it was pushed."""
    return [door["link"] for m in world.ana.told for door in m.get("doors", []) if door["id"] == "gate"]


# -- a last will is a hint


async def test_a_last_will_by_itself_makes_nobody_away(world: World) -> None:
    world.units.take(UP, LAST_WILL)
    await world.passes(10)

    assert link(world).link == "online"
    assert "away" not in shown(world)


async def test_a_last_will_that_nobody_contradicts_makes_it_away_after_five_seconds(world: World) -> None:
    world.unit.leaves()
    world.units.take(UP, LAST_WILL)
    await world.passes(4.5)
    assert link(world).link == "online"
    await world.passes(2)

    assert link(world).link == "away"
    assert shown(world) == ["away"]


async def test_a_last_will_within_a_second_of_an_answered_question_is_asked_about_too(world: World) -> None:
    """The network came back, the box was there again at once, and then its power went."""
    world.units.take(UP, LAST_WILL)
    await world.quiet()
    assert link(world).asked is None
    world.unit.leaves()
    world.units.take(UP, LAST_WILL)
    await world.passes(8)

    assert link(world).link == "away"


async def test_last_wills_in_a_flood_cost_one_question_a_second(world: World) -> None:
    world.broker.down.clear()
    for _ in range(1000):
        world.units.take(UP, LAST_WILL)

    assert len(world.broker.down) == 1


async def test_a_flood_of_hints_does_not_keep_a_silent_unit_online(world: World) -> None:
    world.unit.leaves()
    for _ in range(10):
        world.units.take(UP, LAST_WILL)
        await world.passes(0.75)

    assert link(world).link == "away"


# -- silence


async def test_a_unit_that_missed_its_heartbeat_is_asked_and_stays(world: World) -> None:
    world.time.slept += 601
    await world.passes(10)

    assert link(world).link == "online"


async def test_a_unit_that_fell_silent_is_away_and_says_since_when(world: World) -> None:
    heard = link(world).heard
    world.unit.leaves()
    world.time.slept += 601
    await world.passes(10)

    assert link(world).link == "away"
    assert world.ana.told[-1]["doors"][0]["heard"] == heard


async def test_a_unit_that_comes_back_is_online_at_once(world: World) -> None:
    world.unit.leaves()
    world.units.take(UP, LAST_WILL)
    await world.passes(7)
    world.unit.returns()
    await world.quiet()

    assert shown(world)[-1] == "online"


async def test_when_a_unit_was_last_heard_survives_a_restart(world: World) -> None:
    world.unit.leaves()
    world.units.take(UP, LAST_WILL)
    await world.passes(7)
    heard = link(world).heard
    await world.crash()
    await world.start()

    assert (link(world).link, link(world).heard) == ("away", heard)


# -- replays and strangers


async def test_frames_of_an_earlier_boot_do_not_show_a_dead_unit_online(world: World) -> None:
    old = [world.unit.hello(seconds=5), world.unit.heartbeat(5)]
    world.unit.boot()
    world.unit.returns()
    await world.passes(1.5)
    world.unit.leaves()
    world.units.take(UP, LAST_WILL)
    await world.passes(7)
    world.ana.told.clear()
    for frame in old:
        world.take(frame)
    await world.passes(5)

    assert link(world).link == "away"
    assert world.ana.told == []


async def test_a_unit_that_booted_again_is_taken_up_by_itself(world: World) -> None:
    world.unit.boot()
    world.unit.returns()
    await world.quiet()

    assert link(world).epoch == world.unit.epoch
    assert link(world).link == "online"


async def test_what_comes_on_a_topic_of_nobody_is_counted_and_dropped(world: World) -> None:
    for topic in ("u/00/00000000", UP.upper(), UP + "/x", "d" + UP[1:], ""):
        world.units.take(topic, world.unit.heartbeat(9))

    assert world.units.strangers["topic"] == 5
    assert link(world).dropped.total() == 0


async def test_a_unit_cannot_speak_for_its_neighbour(world: World) -> None:
    await world.store.add(schema.units, id="3fa2b81d", key_0=Sealer(SEALING_KEY).seal(bytes(32), "3fa2b81d"), slot=0)
    await world.units.load()
    neighbour = UnitSide("3fa2b81d", bytes(32))
    before = link(world).up_count

    world.units.take(UP, neighbour.heartbeat(9))
    world.units.take(wire.topics("3fa2b81d")[1], world.unit.heartbeat(9))

    assert link(world).up_count == before
    assert world.units.dropped()["tag"] == 2


async def test_a_unit_that_was_enrolled_meanwhile_is_met_when_it_speaks(world: World) -> None:
    fresh = UnitSide("aa000001", SECRET)
    await world.store.add(schema.units, id=fresh.id, key_0=Sealer(SEALING_KEY).seal(SECRET, fresh.id), slot=0)
    await world.passes(4)
    greeted: asyncio.Queue[bytes] = asyncio.Queue()
    world.broker.before_publish = greeted.put_nowait
    world.units.take(wire.topics(fresh.id)[1], fresh.hello())
    async with asyncio.timeout(PATIENCE_S * PACE):
        welcome = await greeted.get()

    assert wire.welcome_fields(welcome)[0] == fresh.raw


# -- revoked


async def test_a_revoked_unit_is_told_nothing_and_believed_nothing(world: World) -> None:
    world.broker.down.clear()
    await world.people.revoke_unit(UNIT, "adm")
    world.ana.told.clear()

    world.unit.moves(0, wire.OPENED)
    world.units.take(UP, LAST_WILL)
    world.unit.returns()
    await world.passes(10)

    assert world.units.of(UNIT) is None
    assert world.broker.down == []
    assert world.ana.told == []
    assert world.units.strangers["topic"] == 3


async def test_a_revoked_unit_stays_so_after_a_restart(world: World) -> None:
    await world.people.revoke_unit(UNIT, "adm")
    await world.crash()
    await world.start()
    world.unit.returns()
    await world.passes(5)

    assert world.units.of(UNIT) is None
    assert world.broker.down == []


# -- the broker


async def test_without_a_broker_no_unit_is_reached_and_none_is_blamed(world: World) -> None:
    world.broker_goes()
    await world.passes(20)

    assert shown(world)[-1] == "away"
    assert link(world).link == "online"
    world.broker_comes()
    await world.quiet()
    assert shown(world)[-1] == "online"
