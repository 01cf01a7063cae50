"""A door that is held open: who may, until when, who sees it. On the real store, with a unit that is played."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud import operations
from cloud.operations import State
from cloud.verbs import next_version
from firmware import wire
from tests.given import ADM, inhabited_database
from tests.hold_side import HOUR, LOBBY, edits, hold, holds, is_held, lets_hold, prepare, recorded, release, shown, told
from tests.settings_wanted import wants
from tests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        await prepare(world)
        yield world


async def test_a_hold_goes_the_way_of_an_open_and_is_shown_with_who_and_until_when(world: World) -> None:
    op = await holds(world)

    done = await world.on_disk(op)
    assert (done.state, done.seconds, done.movement) == (State.DONE, HOUR, None)
    assert [told(frame) for frame in world.broker.commands()] == [(wire.HOLD, LOBBY, 0, HOUR)]
    assert shown(world) == {"who": "Ana", "person": "ana", "until": operations.hold_ends(done)}
    assert operations.hold_ends(done) - world.time.now() in range(HOUR * 1000 - 1000, HOUR * 1000 + 1)
    for phone in (world.ana, world.pau, world.adm):
        last = [door for message in phone.told for door in message.get("doors", []) if door["id"] == "lobby"][-1]
        assert last["hold"] == shown(world)
    assert world.ana.operations(op)[-1]["seconds"] == HOUR
    assert world.unit.pulses == []


async def test_the_unit_ends_it_and_the_screen_says_so(world: World) -> None:
    await holds(world, 60)
    await world.passes(59)
    assert shown(world) is not None

    await world.passes(2)

    assert not is_held(world)
    assert shown(world) is None
    assert len(world.broker.commands()) == 1


async def test_whoever_began_it_and_whoever_may_hold_end_it_at_any_hour_and_nobody_else(world: World) -> None:
    await holds(world)
    refused = await release(world, "pau")
    assert refused.refused is not None
    assert refused.refused.reason == "hold"
    assert is_held(world)

    await release(world, "ana")

    assert not is_held(world)
    assert shown(world) is None
    op = await holds(world)
    ended = await release(world, "adm")
    assert not is_held(world)
    assert (await world.on_disk(ended.operation)).state is State.DONE
    assert (await world.on_disk(op)).state is State.DONE
    again = await release(world, "adm")
    assert (await world.on_disk(again.operation)).state is State.ALREADY


async def test_again_means_from_now_on_and_says_who_did_it_last(world: World) -> None:
    await holds(world, 60)
    await world.passes(30)

    await holds(world, 600, "adm")
    await world.passes(60)

    assert is_held(world)
    hold_now = shown(world)
    assert hold_now is not None
    assert hold_now["person"] == "adm"


@pytest.mark.parametrize(
    ("person", "door", "reason"),
    [("pau", "lobby", "hold"), ("adm", "gate", None), ("ana", "garage", None)],
)
async def test_who_may_not_and_what_cannot_be_held(world: World, person: str, door: str, reason: str | None) -> None:
    """A door that has another drive than `open` has no such button."""
    reply = await hold(world, person=person, door=door)

    assert reply.refused is not None
    assert reply.refused.reason == (reason or "unsupported")
    assert world.broker.commands() == []
    assert [o.reason for o in await recorded(world)] == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("seconds", "given"), [(600, 590), (599, 590), (590, 590), (589, 589), (60, 60), (601, None), (HOUR, None)]
)
async def test_it_never_lasts_longer_than_she_may_open_however_late_the_unit_obeys(
    world: World, seconds: int, given: int | None
) -> None:
    grant = world.policy.snapshot.sites["home"].grants["ana-lobby"]
    ends = world.time.now() + 600_000
    await edits(world, next_version(grant, ends=ends))
    world.time.restore()  # to the millisecond
    world.time.now = lambda: ends - 600_000

    reply = await hold(world, seconds)

    if given is None:
        assert reply.refused is not None
        assert reply.refused.reason == "hold"
    else:
        assert [told(frame)[3] for frame in world.broker.commands()] == [given]
        latest = operations.hold_ends(await world.on_disk(reply.operation))
        assert latest <= ends


async def test_a_hold_is_one_use_of_a_limited_access_and_its_end_none(world: World) -> None:
    grant = world.policy.snapshot.sites["home"].grants["ana-lobby"]
    await edits(world, next_version(grant, uses=1))

    await holds(world)
    assert is_held(world)
    await world.passes(30)
    assert is_held(world)  # with no use left, and nobody ends it for that
    await release(world)

    assert not is_held(world)
    assert world.policy.snapshot.sites["home"].grants["ana-lobby"].uses == 0
    reply = await hold(world)
    assert reply.refused is not None
    assert reply.refused.reason == "uses"


async def test_held_open_without_a_press_of_ours_is_shown_of_nobody(world: World) -> None:
    world.unit.holds(LOBBY, 100)
    await world.quiet()

    assert shown(world) == {"who": None, "person": None, "until": None}
    await release(world, "adm")
    assert not is_held(world)


async def test_whose_answer_is_lost_is_named_once_her_unit_says_that_it_holds(world: World) -> None:
    world.unit.silent = True
    await holds(world)
    await world.passes(20)

    held = shown(world)
    assert held is not None
    assert held["person"] == "ana"
    await release(world, "ana")  # her own, though nobody has told that it was done
    assert not is_held(world)
    assert shown(world) is None
    world.unit.holds(LOBBY, 100)
    await world.quiet()
    assert shown(world) == {"who": None, "person": None, "until": None}


async def test_a_unit_that_restarts_ends_it_on_the_screen(world: World) -> None:
    await holds(world)
    world.unit.boot()
    world.unit.returns()
    await world.passes(2)

    assert shown(world) is None
    world.unit.holds(LOBBY, 100)  # whoever does that, it is not her hold any more
    await world.quiet()
    assert shown(world) == {"who": None, "person": None, "until": None}


async def test_after_a_restart_of_the_cloud_who_holds_it_is_found_again(world: World) -> None:
    await holds(world)
    before = shown(world)

    await world.crash()
    await world.start()
    await world.passes(3)

    assert before is not None
    assert shown(world) == before
    await world.people.remove_member(ADM, "home", "ana")
    await world.quiet()
    assert not is_held(world)


async def test_settings_that_would_restart_the_unit_wait_until_nothing_is_held(world: World) -> None:
    await holds(world, 60)
    await wants(world)
    await world.passes(50)
    assert world.broker.configs() == []
    assert is_held(world)

    await world.passes(15)

    assert len(world.broker.configs()) == 1


async def test_a_hold_that_ended_long_ago_is_not_whoever_holds_it_now(world: World) -> None:
    """Its end was never heard of: the unit was away."""
    await holds(world, 60)
    world.unit.leaves()
    await world.passes(50)
    world.units.wake(world.unit.id)
    await world.passes(70)
    assert shown(world) is None  # it is trusted to have ended it
    world.unit.returns()
    world.unit.doors[LOBBY] = (*world.unit.doors[LOBBY][:5], True)
    world.unit.send(world.unit.heartbeat(world.unit.seconds()))
    await world.quiet()

    assert shown(world) == {"who": None, "person": None, "until": None}


async def test_a_hold_that_waits_for_its_unit_dies_with_the_permission(world: World) -> None:
    world.unit.leaves()
    world.units.wake(world.unit.id)
    await world.passes(6)
    op = await holds(world)
    assert (await world.on_disk(op)).waiting

    await lets_hold(world, "ana", may=False)
    world.unit.returns()
    await world.passes(3)

    ended = await world.on_disk(op)
    assert (ended.state, ended.reason) == (State.NOT_SENT, "hold")
    assert world.broker.commands() == []


async def test_the_four_digits_are_asked_for_at_a_hold_and_not_at_its_end(world: World) -> None:
    async def no_pin(_person: str, _pin: str | None) -> str | None:
        return "pin"

    await holds(world)
    world.opening._proof = no_pin

    reply = await hold(world)
    assert reply.refused is not None
    assert reply.refused.reason == "pin"
    await release(world)
    assert not is_held(world)
