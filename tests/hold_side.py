"""Who holds the lobby open, for tests of it: asked, seen, ended. Never here: what should become of it."""

from typing import Any

import msgspec

from cloud import operations
from cloud.access import Grant
from cloud.changes import Edit
from cloud.messages import Reply
from firmware import wire
from tests.given import ADM
from tests.world import World

HOUR = 3600
LOBBY = 1  # its number: the one door of which the drive is `open`


async def prepare(world: World) -> None:
    """Ana may hold, Pau may not; the admin may, for she may open."""
    await lets_hold(world, "ana", may=True)
    await edits(world, Edit(None, Grant("adm-every", "home", "adm")))
    world.ana.told.clear()


async def edits(world: World, *made: Edit) -> None:
    await world.people._apply(ADM, "given", lambda _: list(made))


async def lets_hold(world: World, person: str, *, may: bool) -> None:
    version = world.policy.snapshot.sites["home"].members[person].version
    await world.people.edit_member(ADM, "home", person, version, {"may_hold": may})


async def hold(world: World, seconds: int = HOUR, person: str = "ana", door: str = "lobby") -> Reply:
    return await world.gives(world.a_press(door, "hold", seconds=seconds), person)


async def holds(world: World, seconds: int = HOUR, person: str = "ana") -> str:
    reply = await hold(world, seconds, person)
    assert reply.refused is None
    assert reply.operation is not None
    await world.quiet()
    return reply.operation


async def release(world: World, person: str = "ana") -> Reply:
    reply = await world.gives(world.a_press("lobby", "release"), person)
    await world.quiet()
    return reply


def told(frame: bytes) -> tuple[int, int, int, int]:
    """Action, door, pulse, seconds."""
    return wire.command_fields(frame)[4:]


def is_held(world: World) -> bool:
    return world.unit.doors[LOBBY][5]


def shown(world: World) -> dict[str, Any] | None:
    """What a picture of the door would say of it now."""
    door = world.policy.snapshot.door("lobby")
    assert door is not None
    return msgspec.to_builtins(world.views.door(door, world.views.may("ana", "lobby")).hold)


async def recorded(world: World) -> list[operations.Operation]:
    found = await world.store.recent(["ana", "pau", "adm"], [], 0, 1000)
    return sorted(found, key=lambda o: o.recorded)
