"""Door settings are sent when the unit is there, again when they were lost, and never into an open."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.app import servers_of_units
from cloud.settings import Settings
from firmware import wire
from tests import configs
from tests.given import inhabited_database
from tests.settings_wanted import TOLD, numbers, wants
from tests.unit_side import UNIT
from tests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


# -- the unit, the broker or the cloud is away


async def test_settings_wanted_while_the_unit_is_away_are_sent_when_it_comes_back(world: World) -> None:
    world.unit.leaves()
    world.units.wake(UNIT)
    await world.passes(7)
    await wants(world)
    assert world.broker.configs() == []
    world.unit.returns()
    await world.passes(2)

    assert numbers(world) == [2]
    assert not world.units.pending(UNIT)


async def test_settings_wanted_before_a_crash_are_sent_after_it(world: World) -> None:
    world.unit.leaves()
    world.units.wake(UNIT)
    await world.passes(7)
    await wants(world)
    await world.crash()
    await world.start()
    assert world.units.pending(UNIT)
    world.unit.returns()
    await world.passes(2)

    (frame,) = world.broker.configs()
    assert configs.config_fields(frame)[4] == TOLD
    assert not world.units.pending(UNIT)


async def test_settings_wanted_without_a_broker_are_sent_when_it_is_back(world: World) -> None:
    world.broker_goes()
    await wants(world)
    assert world.units.pending(UNIT)
    world.broker_comes()
    await world.passes(3)

    assert numbers(world) == [2]
    assert not world.units.pending(UNIT)


async def test_a_lost_config_is_sent_again_ever_more_rarely(world: World) -> None:
    world.unit.deaf_to_settings = True
    await wants(world)
    await world.passes(60)
    assert numbers(world) == [2, 2]
    for _ in range(20):  # a HELLO at every reconnect is no reason to hurry
        world.unit.returns()
        await world.passes(2)
    assert numbers(world) == [2, 2]
    await world.passes(90)
    assert numbers(world) == [2, 2, 2]
    world.unit.deaf_to_settings = False
    await world.passes(250)

    assert numbers(world) == [2] * 4
    assert not world.units.pending(UNIT)


async def test_a_revoked_unit_is_sent_nothing(world: World) -> None:
    world.unit.deaf_to_settings = True
    await wants(world)
    world.units.revoke(UNIT)
    await world.passes(120)

    assert numbers(world) == [2]
    assert not world.units.pending(UNIT)


# -- presses


async def test_settings_wait_until_a_press_has_its_answer(world: World) -> None:
    world.unit.silent = True
    await world.opens("gate")
    await wants(world)
    assert world.broker.configs() == []
    assert len(world.unit.pulses) == 1
    await world.passes(15)

    assert numbers(world) == [2]


async def test_a_press_that_waited_for_its_unit_goes_before_the_settings_that_did(world: World) -> None:
    world.unit.leaves()
    world.units.wake(UNIT)
    await world.passes(7)
    await wants(world)
    op = await world.opens("gate")
    world.unit.returns()
    await world.passes(3)

    assert (await world.on_disk(op)).state == "DONE"
    await world.passes(10)
    assert numbers(world) == [2]
    kinds = [frame[1] for frame in world.broker.down if frame[1] in (wire.COMMAND, wire.CONFIG)]
    assert kinds == [wire.COMMAND, wire.CONFIG]


async def test_settings_wait_for_the_door_that_a_press_should_move(world: World) -> None:
    await world.opens("gate")
    await wants(world)
    assert world.broker.configs() == []
    world.unit.moves(0, wire.OPENING)
    world.unit.moves(0, wire.OPENED)
    await world.passes(2)

    assert numbers(world) == [2]


async def test_settings_wait_until_no_door_moves(world: World) -> None:
    world.unit.moves(2, wire.OPENING)
    await wants(world)
    assert world.broker.configs() == []
    world.unit.moves(2, wire.OPENED)
    await world.passes(2)

    assert numbers(world) == [2]


# -- where units connect to


@pytest.mark.parametrize(
    ("broker_url", "server"),
    [
        ("mqtts://broker.example", ("broker.example", 8883)),
        ("mqtts://broker.example:9001", ("broker.example", 9001)),
        ("mqtt://127.0.0.1", ("doors.example", 8884)),
    ],
)
def test_units_are_sent_to_where_they_are_met_over_tls(broker_url: str, server: tuple[str, int]) -> None:
    settings = Settings(broker_url=broker_url, broker_name="doors.example", broker_port=8884)

    assert servers_of_units(settings, None) == [server]
