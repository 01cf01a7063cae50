"""A full disk, and decisions overtaken: what cannot be recorded is refused so, what was is told once it can be."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.commit import Full
from cloud.operations import State
from firmware import wire
from tests.given import inhabited_database, removed_elsewhere
from tests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


class NoRoom:
    """From here on the store writes nothing of this kind, until `ends`."""

    def __init__(self, world: World, method: str) -> None:
        self._store, self._method = world.store, method
        self._whole = getattr(world.store, method)
        self.tried = 0
        setattr(world.store, method, self._full)

    async def _full(self, *_: object) -> bool:
        self.tried += 1
        raise Full("database or disk is full")

    def ends(self) -> None:
        setattr(self._store, self._method, self._whole)


async def test_what_cannot_be_recorded_is_refused_with_that_reason_and_does_not_leave(world: World) -> None:
    NoRoom(world, "record")

    reply = await world.press()

    assert reply.operation is None
    assert reply.refused is not None
    assert reply.refused.reason == "full"
    assert world.broker.commands() == []


async def test_what_cannot_be_settled_is_shown_once_it_is_on_disk(world: World) -> None:
    no_room = NoRoom(world, "settle")
    op = await world.opens()
    await world.passes(3)
    assert [o["state"] for o in world.ana.operations(op)] == ["SENT"]
    assert (await world.on_disk(op)).state is State.SENT

    no_room.ends()
    await world.passes(2.5)

    assert world.ana.operations(op)[-1]["state"] == "DONE"
    assert (await world.on_disk(op)).state is State.DONE


async def test_a_truth_that_overtakes_a_result_still_waiting_for_room_is_what_stays(world: World) -> None:
    world.unit.leaves()
    op = await world.opens()
    await world.passes(11.5)
    no_room = NoRoom(world, "settle")
    await world.passes(1)  # UNKNOWN finds no room
    no_room.ends()
    world.take(world.unit.answer(world.broker.commands()[0], wire.DONE, world.unit.seconds()))
    await world.passes(5)

    assert (await world.on_disk(op)).state is State.DONE
    assert world.ana.operations(op)[-1]["state"] == "DONE"
    assert (await world.on_disk(op)).movement == world.ana.operations(op)[-1]["movement"]


async def test_a_command_that_cannot_be_put_on_disk_does_not_leave(world: World) -> None:
    world.broker_goes()
    op = await world.opens()
    no_room = NoRoom(world, "arm")
    world.broker_comes()
    await world.passes(13)

    assert no_room.tried
    assert world.broker.commands() == []
    assert (await world.on_disk(op)).state is State.NOT_SENT


async def test_a_command_decided_on_a_policy_that_has_changed_is_decided_again(world: World) -> None:
    world.broker_goes()
    op = await world.opens()
    await removed_elsewhere(world.store, "pau-lobby")  # by another process: this one has not heard of it
    world.broker_comes()

    await world.ana.sees(op, state="DONE")
    assert len(world.unit.pulses) == 1


async def test_a_command_whose_access_another_process_removed_does_not_leave(world: World) -> None:
    world.broker_goes()
    op = await world.opens()
    await removed_elsewhere(world.store, "ana-gate")
    world.broker_comes()
    await world.passes(13)

    assert world.broker.commands() == []
    assert (await world.on_disk(op)).state is State.NOT_SENT
    assert world.ana.operations(op)[-1]["reason"] == "access"
