"""Accesses that open a number of times: taken with the record, given back when certainly nothing moved, never twice."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from cloud import access, schema
from cloud.chain import Draft
from cloud.commit import Full
from cloud.hours import Hours, Window
from cloud.messages import Reply
from cloud.operations import State
from cloud.store import Store
from firmware import wire
from tests.given import ADM, SESSIONS, grant_row, inhabited_database, operation, read_afresh, removed_elsewhere
from tests.unit_side import UNIT
from tests.world import World

LIMITED = "ana-gate"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


async def left(world: World) -> tuple[int | None, int | None]:
    """Uses on disk, and as this process knows them. They differ only while something is under way."""
    await world.quiet()
    while world.opening._settling.tasks:
        await asyncio.wait(world.opening._settling.tasks)
        await asyncio.sleep(0)
    grant = world.policy.snapshot.sites["home"].grants.get(LIMITED)
    async with world.store.reads.connect() as c:
        on_disk = (await c.execute(schema.grants.select().where(schema.grants.c.id == LIMITED))).first()
    return on_disk.uses if on_disk else None, grant.uses if grant else None


async def limited(world: World, uses: int) -> None:
    await world.people.edit_grant(ADM, "home", LIMITED, 1, {"uses": uses})
    for phone in (world.ana, world.pau, world.adm):
        phone.told.clear()


def outcomes(replies: list[Reply]) -> Counter[str | None]:
    return Counter(reply.refused.reason if reply.refused else None for reply in replies)


@pytest.mark.parametrize("uses", [0, 1, 7, 20, 30])
async def test_of_twenty_presses_at_once_as_many_open_as_there_are_uses(world: World, uses: int) -> None:
    await limited(world, uses)
    world.unit.doors[0] = (*world.unit.doors[0][:3], 1, 500, False)
    opened = min(uses, 20)

    replies = await asyncio.gather(*(world.press() for _ in range(20)))

    assert outcomes(replies) == Counter({None: opened, "uses": 20 - opened})
    assert await left(world) == (uses - opened, uses - opened)
    assert len(world.broker.commands()) == len(world.unit.pulses) == opened
    found = await world.store.recent(["ana"], [], 0, 1000)
    assert Counter(o.state for o in found) == Counter({State.DONE: opened, State.REFUSED: 20 - opened})
    assert all(o.grant == LIMITED and o.spent == (o.state is State.DONE) for o in found)


async def test_two_processes_with_one_use_left_record_it_once(world: World, tmp_path: Path) -> None:
    await limited(world, 1)
    other = Store(world.path)
    put = operation(grant=LIMITED, spent=True)
    version = world.policy.version("home")

    async def record(n: int) -> bool:
        mine = msgspec.structs.replace(put, id=f"{n:016x}", press_id=str(n))
        return await (world.store, other)[n % 2].record(mine, version)

    recorded = await asyncio.gather(*(record(n) for n in range(20)))

    assert sum(recorded) == 1
    assert (await left(world))[0] == 0
    await other.close()


async def test_what_another_process_has_spent_is_refused_as_used_up(world: World) -> None:
    await limited(world, 1)
    await world.store.commits.write("UPDATE grants SET uses = 0 WHERE id = ?", (LIMITED,))

    reply = await world.press()

    assert reply.refused is not None
    assert reply.refused.reason == "uses"
    assert await left(world) == (0, 0)
    assert world.broker.commands() == []


async def test_her_app_and_the_admins_see_how_many_are_left(world: World) -> None:
    await limited(world, 2)

    await world.opens()
    await left(world)

    hers = [grant for message in world.ana.told for grant in message.get("grants", [])]
    admins = [edit for message in world.adm.told for edit in message.get("edits", [])]
    assert [(grant["id"], grant["uses"]) for grant in hers] == [(LIMITED, 1)]
    assert [(edit["key"], edit["thing"]["uses"]) for edit in admins] == [(LIMITED, 1)]
    assert not any(message.get("news") for message in world.ana.told)
    assert not any(message.get("grants") or message.get("edits") for message in world.pau.told)


async def test_the_last_use_shows_the_door_as_used_up(world: World) -> None:
    await limited(world, 1)

    await world.opens()
    await left(world)

    doors = [door for message in world.ana.told for door in message.get("doors", []) if door["id"] == "gate"]
    assert doors[-1]["may"] == {"allowed": False, "reason": "uses", "next": None, "until": None}
    assert not world.policy.snapshot.sites["home"].grants[LIMITED].suspended


async def test_where_another_access_has_no_limit_no_use_is_taken(world: World) -> None:
    await limited(world, 1)
    await world.store.add(schema.grants, **grant_row("ana", "gate", id="free"))
    await world.policy.refresh()

    op = await world.opens()

    assert (await world.on_disk(op)).spent is False
    assert await left(world) == (1, 1)


# -- given back


async def declined(world: World) -> str:
    return await answered(world, wire.BUSY)


async def already(world: World) -> str:
    return await answered(world, wire.ALREADY)


async def answered(world: World, result: int) -> str:
    world.unit.leaves()
    op = await world.opens()
    assert (await left(world))[0] == 0
    world.unit.up_count += 10
    world.take(world.unit.answer(world.broker.commands()[-1], result, world.unit.seconds()))
    return op


async def not_sent(world: World) -> str:
    world.broker_goes()
    op = await world.opens()
    assert await left(world) == (0, 0)
    await world.passes(9)
    return op


BACK = {"DECLINED": declined, "ALREADY": already, "NOT_SENT": not_sent}


@pytest.mark.parametrize("state", BACK)
async def test_what_certainly_moved_nothing_gives_it_back_once(world: World, state: str) -> None:
    await limited(world, 1)

    op = await BACK[state](world)

    assert await left(world) == (1, 1)
    kept = await world.on_disk(op)
    assert (kept.state, kept.spent) == (State(state), False)
    await world.passes(80)
    assert await left(world) == (1, 1)


async def test_unknown_keeps_it_until_the_truth_says_that_nothing_moved(world: World) -> None:
    await limited(world, 1)
    world.unit.leaves()
    op = await world.opens()
    await world.passes(13)
    assert ((await world.on_disk(op)).state, await left(world)) == (State.UNKNOWN, (0, 0))

    world.unit.up_count += 10
    world.take(world.unit.answer(world.broker.commands()[0], wire.BUSY, world.unit.seconds()))

    assert await left(world) == (1, 1)
    assert (await world.on_disk(op)).state is State.DECLINED


async def test_unknown_that_was_done_after_all_keeps_it(world: World) -> None:
    await limited(world, 1)
    world.unit.silent = True
    await world.opens()
    await world.passes(13)
    world.take(world.unit.answer(world.broker.commands()[0], wire.DONE, world.unit.seconds()))

    assert await left(world) == (0, 0)


@pytest.mark.parametrize("room_before_the_truth", [False, True])
@pytest.mark.parametrize("truth", [wire.BUSY, wire.DONE])
async def test_a_truth_that_finds_no_room_gives_it_back_when_there_is_some(
    world: World, truth: int, room_before_the_truth: bool
) -> None:
    """Each step is written as it was, in its order, with its own line of the log."""
    await limited(world, 1)
    world.unit.leaves()
    op = await world.opens()
    await world.passes(11.5)
    settle = world.store.settle

    async def no_room(*_: object, **__: object) -> bool:
        raise Full("database or disk is full")

    world.store.settle = no_room  # pyright: ignore[reportAttributeAccessIssue]
    await world.passes(1)
    if room_before_the_truth:
        world.store.settle = settle
    world.unit.up_count += 10
    world.take(world.unit.answer(world.broker.commands()[0], truth, world.unit.seconds()))
    await world.quiet()
    world.store.settle = settle
    await world.passes(5)

    back = 1 if truth == wire.BUSY else 0
    assert await left(world) == (back, back)
    lines = [entry async for entry in entries(world, op)]
    states = [detail["state"] for kind, detail in lines if kind == "answer"]
    assert states == ["UNKNOWN", "DECLINED" if back else "DONE"]


async def entries(world: World, op: str) -> AsyncIterator[tuple[str, dict]]:
    async with world.store.reads.connect() as c:
        rows = await c.execute(schema.log.select().where(schema.log.c.operation == op).order_by(schema.log.c.n))
    for row in rows:
        yield row.kind, json.loads(row.detail)


async def test_a_use_that_is_spent_does_not_stop_its_own_resend(world: World) -> None:
    await limited(world, 1)
    world.broker.lossy = True
    op = await world.opens()
    assert await left(world) == (0, 0)
    world.broker.lossy = False

    await world.passes(3)

    assert len(world.broker.commands()) == 2
    assert world.unit.pulses == [bytes.fromhex(op)]
    assert await left(world) == (0, 0)


async def test_a_use_that_is_spent_does_not_stop_its_own_command_when_the_unit_comes_back(world: World) -> None:
    await limited(world, 1)
    world.broker_goes()
    op = await world.opens()
    assert await left(world) == (0, 0)

    world.broker_comes()
    await world.passes(2)

    assert world.unit.pulses == [bytes.fromhex(op)]
    assert await left(world) == (0, 0)


# -- what comes between: given back by whoever ends it, once


ENDS = {
    "removed": lambda world: world.people.edit_grant(ADM, "home", LIMITED, 2, {"suspended": True}),
    "removed elsewhere": lambda world: removed_elsewhere(world.store, LIMITED),
    "session ended": lambda world: world.people.end_session(SESSIONS["ana"]),
    "unit revoked": lambda world: world.people.revoke_unit(UNIT, "adm"),
    "member suspended": lambda world: world.people.edit_member(ADM, "home", "ana", 1, {"suspended": True}),
    "other hours": lambda world: world.people.edit_grant(
        ADM, "home", LIMITED, 2, {"hours": Hours(windows=(Window((0, 1, 2, 3, 4, 5, 6), 0, 1),))}
    ),
}


@pytest.mark.parametrize("end", ENDS)
async def test_what_ends_a_press_that_waits_gives_its_use_back_once(world: World, end: str) -> None:
    await limited(world, 1)
    world.broker_goes()
    op = await world.opens()
    assert (await left(world))[0] == 0

    await ENDS[end](world)
    await world.passes(13)

    kept = await world.on_disk(op)
    assert (kept.state, kept.spent) == (State.NOT_SENT, False)
    assert (await left(world))[0] == (None if end == "removed elsewhere" else 1)
    lines = [kind async for kind, _ in entries(world, op)]
    assert lines == ["press", "answer"]


@pytest.mark.parametrize("end", [None, "session ended", "removed"])
@pytest.mark.parametrize("begun", ["waits", "sent"])
async def test_killed_in_between_it_is_given_back_at_most_once_and_never_for_nothing(
    world: World, begun: str, end: str | None
) -> None:
    await limited(world, 1)
    if begun == "waits":
        world.broker_goes()
    else:
        world.broker.lossy = True
    op = await world.opens()
    if end:
        await ENDS[end](world)
    world.unit.leaves()
    await world.crash()
    await world.start(broker_up=False)
    await world.passes(13)

    kept = await world.on_disk(op)
    assert kept.state is (State.NOT_SENT if begun == "waits" else State.UNKNOWN)
    back = 1 if begun == "waits" else 0
    assert await left(world) == (back, back)
    await world.crash()
    await world.start(broker_up=False)
    await world.passes(80)
    assert await left(world) == (back, back)


async def test_an_admin_who_sets_the_number_while_presses_come_is_obeyed(world: World) -> None:
    """The copy in memory never drifts from the disk, whatever comes between a commit and what is made of it here."""
    await limited(world, 9)
    version = iter(range(2, 100))

    async def set_to(n: int) -> None:
        await world.people.edit_grant(ADM, "home", LIMITED, next(version), {"uses": n})

    for round_ in range(8):
        await asyncio.gather(
            *(world.press() for _ in range(3)), set_to(5 + round_), world.policy.refresh("home"), world.press()
        )
        on_disk, here = await left(world)
        assert on_disk == here
        assert 0 <= (on_disk or 0) <= 5 + round_


async def test_a_use_is_taken_in_the_commit_of_the_press_or_not_at_all(world: World) -> None:
    await limited(world, 1)
    bad = operation(grant=LIMITED, spent=True)
    line = Draft("home", 1, "press", detail={"what": "x"})
    version = world.policy.version("home")
    assert await world.store.record(bad, version, line)

    assert not await world.store.record(operation(id="bb", press_id="q" * 22, grant=LIMITED, spent=True), version, line)
    assert not await world.store.record(bad, version, line)

    assert (await left(world))[0] == 0
    policy = await read_afresh(world.store)
    assert access.may_open("ana", "gate", policy.snapshot, 0).reason == "uses"
    assert access.may_open("ana", "gate", policy.snapshot, 0, LIMITED).allowed


async def test_nobody_else_spends_it(world: World) -> None:
    await limited(world, 1)

    reply = await world.press(person="pau")

    assert reply.refused is None
    assert await left(world) == (1, 1)
