"""Door settings are on disk before they leave, and shown as pending until the unit has them, whatever it says."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from cloud import schema
from cloud.wanted import BadSettings
from firmware import wire
from tests import configs
from tests.given import inhabited_database
from tests.settings_wanted import DOORS, SLOWER, TOLD, numbers, row, shown, wants
from tests.unit_side import UNIT
from tests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


# -- all is well


async def test_settings_reach_the_unit_and_are_pending_until_it_has_them(world: World) -> None:
    seen = shown(world)
    assert not world.units.pending(UNIT)
    await world.units.want(UNIT, DOORS)
    assert world.units.pending(UNIT)
    await world.passes(2)

    (frame,) = world.broker.configs()
    assert configs.config_fields(frame) == (world.unit.raw, 2, [("broker.example", 8883)], [b"\x30\x00"], TOLD, None)
    assert wire.genuine(frame, world.unit.down)
    assert (world.unit.boots, world.unit.settings_number) == (2, 2)
    assert not world.units.pending(UNIT)
    assert seen[0]
    assert not seen[-1]
    await world.passes(4000)
    assert numbers(world) == [2]


async def test_they_are_on_disk_before_they_leave(world: World) -> None:
    on_disk: list[int] = []
    want = world.store.want

    async def spy(unit: str, wanted: str, number: int) -> bool:
        assert world.broker.configs() == []
        done = await want(unit, wanted, number)
        on_disk.append((await row(world)).wanted_number)
        return done

    world.store.want = spy
    await wants(world)

    assert on_disk == [2]
    assert numbers(world) == [2]


async def test_what_the_unit_has_confirmed_stays_so_after_a_restart(world: World) -> None:
    await wants(world)
    found = await row(world)
    await world.crash()
    await world.start()
    await world.passes(70)

    assert (found.wanted_number, found.confirmed_number) == (2, 2)
    assert not world.units.pending(UNIT)
    assert world.broker.configs() == []


async def test_an_acknowledgement_confirms_as_a_hello_does(world: World) -> None:
    world.unit.deaf_to_settings = True
    await wants(world)
    world.unit.send(world.unit.config_ack(2))
    await world.quiet()

    assert not world.units.pending(UNIT)
    assert (await row(world)).confirmed_number == 2


async def test_an_acknowledgement_of_another_number_confirms_nothing(world: World) -> None:
    world.unit.deaf_to_settings = True
    await wants(world)
    for number in (0, 1, 3, 0xFFFFFFFF):
        world.unit.send(world.unit.config_ack(number))
        world.unit.send(world.unit.config_ack(number, wire.REFUSED))
    await world.quiet()

    assert world.units.pending(UNIT)
    assert not world.units.refused(UNIT)


async def test_a_unit_without_wanted_settings_is_left_alone(world: World) -> None:
    world.unit.settings_number = 9
    world.unit.returns()
    await world.passes(120)

    assert world.broker.configs() == []
    assert not world.units.pending(UNIT)


# -- the unit says no


async def test_refused_settings_stay_pending_and_are_not_sent_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.unit.refuses_settings = True
    seen = shown(world)
    await wants(world)
    await world.passes(4000)

    assert numbers(world) == [2]
    assert world.units.pending(UNIT)
    assert world.units.refused(UNIT)
    assert seen[-1]
    assert [r.levelno for r in caplog.records if r.msg == "settings refused"] == [logging.WARNING]
    world.unit.boot()
    world.unit.returns()
    await world.crash()
    await world.start()
    await world.passes(70)
    assert world.broker.configs() == []
    assert world.units.refused(UNIT)


async def test_newer_settings_are_sent_after_a_refusal_and_even_the_same_again(world: World) -> None:
    world.unit.refuses_settings = True
    await wants(world)
    world.unit.refuses_settings = False
    await wants(world)

    assert numbers(world) == [2, 3]
    assert not world.units.pending(UNIT)
    assert not world.units.refused(UNIT)


# -- numbers


async def test_the_same_settings_again_disturb_nobody(world: World) -> None:
    await wants(world)
    await wants(world, tuple(reversed(DOORS)))

    assert numbers(world) == [2]
    assert (await row(world)).wanted_number == 2


async def test_two_changes_at_once_have_two_numbers_and_the_later_one_holds(world: World) -> None:
    await asyncio.gather(world.units.want(UNIT, DOORS), world.units.want(UNIT, SLOWER))
    await world.passes(70)

    assert (await row(world)).wanted_number == world.unit.settings_number == 3
    assert configs.config_fields(world.broker.configs()[-1])[4][0] == (0, 2, 250, 500)
    assert not world.units.pending(UNIT)


async def test_older_settings_never_replace_newer_ones_on_disk(world: World) -> None:
    await wants(world)

    assert not await world.store.want(UNIT, "{}", 1)
    assert (await row(world)).wanted_number == 2


async def test_a_number_of_another_hand_is_gone_beyond(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """As after a database was put back from last week, or an installer tried something."""
    await wants(world)
    world.unit.settings_number = 41
    world.unit.boot()
    world.unit.returns()
    await world.passes(3)

    assert numbers(world) == [2, 42]
    assert not world.units.pending(UNIT)
    assert [r for r in caplog.records if r.msg == "settings of another hand"]


async def test_a_unit_that_has_lost_its_settings_is_shown_so_and_sent_them_again(world: World) -> None:
    await wants(world)
    seen = shown(world)
    world.unit.settings_number = 0
    world.unit.boot()
    world.unit.returns()
    await world.passes(70)

    assert True in seen
    assert numbers(world) == [2, 2]
    assert not world.units.pending(UNIT)


# -- what must change nothing


async def test_settings_that_no_unit_takes_change_nothing(world: World) -> None:
    with pytest.raises(BadSettings):
        await world.units.want(UNIT, [replace(DOORS[0], pulse_ms=5001)])
    await world.passes(2)

    assert not world.units.pending(UNIT)
    assert (await row(world)).wanted is None
    assert world.broker.configs() == []


async def test_nothing_can_be_wanted_of_a_unit_that_is_not_there(world: World) -> None:
    with pytest.raises(LookupError):
        await world.units.want("00000000", DOORS)
    world.units.revoke(UNIT)
    with pytest.raises(LookupError):
        await world.units.want(UNIT, DOORS)

    assert (await row(world)).wanted is None


async def test_settings_that_could_not_be_recorded_are_not_sent(world: World) -> None:
    async def full(unit: str, wanted: str, number: int) -> bool:
        raise OSError(f"disk full: {unit}, {wanted}, {number}")

    world.store.want = full
    with pytest.raises(OSError, match="full"):
        await world.units.want(UNIT, DOORS)
    await world.passes(2)

    assert not world.units.pending(UNIT)
    assert world.broker.configs() == []


async def test_a_confirmation_that_could_not_be_recorded_is_not_shown(world: World) -> None:
    confirmed = world.store.confirmed

    async def full(unit: str, number: int) -> None:
        raise OSError(f"disk full: {unit} {number}")

    world.store.confirmed = full
    await wants(world)
    assert world.unit.settings_number == 2
    assert world.units.pending(UNIT)
    world.store.confirmed = confirmed
    world.unit.returns()
    await world.quiet()

    assert not world.units.pending(UNIT)


async def test_unreadable_settings_keep_no_unit_from_its_doors(world: World) -> None:
    async with world.store.engine.begin() as c:
        await c.execute(sa.update(schema.units).values(wanted="{", wanted_number=5))
    await world.crash()
    await world.start()
    await world.passes(70)

    assert world.broker.configs() == []
    op = await world.opens("gate")
    assert (await world.on_disk(op)).state == "DONE"


async def test_lists_that_fit_no_frame_are_told_and_not_tried_every_second(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.units.settings.lists = lambda: ([("h" * 64, 8883)], [b"\x30\x00"])
    await wants(world)
    await world.passes(50)

    assert world.broker.configs() == []
    assert len([r for r in caplog.records if r.msg == "settings cannot be sent"]) == 1
