"""One press and all that becomes of it: decided, on disk, sent, answered, shown; and everything that comes between."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud import schema
from cloud.operations import State
from firmware import wire
from tests.given import ADM, SESSIONS, grant_row, inhabited_database, removed_elsewhere
from tests.unit_side import UNIT
from tests.world import Phone, World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        assert world.unit.up_count > 0  # it was welcomed
        yield world


def nothing_left(world: World) -> None:
    assert world.broker.commands() == []
    assert world.unit.pulses == []


# -- the path


async def test_a_press_opens_the_door_once_and_everybody_concerned_sees_each_step(world: World) -> None:
    op = await world.opens("gate")
    done = await world.ana.sees(op, state="DONE")

    assert world.unit.pulses == [bytes.fromhex(op)]
    assert [o["state"] for o in world.ana.operations(op)] == ["SENT", "DONE"]
    assert world.adm.operations(op) == world.ana.operations(op)
    assert world.pau.operations(op) == []
    stops = done["stops"]
    assert 0 <= stops["allowed"] <= stops["sent"] <= stops["coil"] < 1000
    assert (await world.on_disk(op)).state is State.DONE


async def test_nothing_leaves_that_is_not_on_disk(world: World) -> None:
    found: list[list] = []

    def look(frame: bytes) -> None:
        connection = sqlite3.connect(world.path)
        op_id = wire.command_fields(frame)[3].hex()
        found.append(connection.execute("SELECT state, command FROM operations WHERE id = ?", (op_id,)).fetchall())
        connection.close()

    world.broker.before_publish = look
    await world.opens()

    assert found == [[("SENT", world.broker.commands()[0])]]


async def test_the_reply_to_a_press_is_only_its_id(world: World) -> None:
    reply = await world.press()

    assert (reply.refused, len(reply.operation or "")) == (None, 16)


async def test_what_happened_is_on_disk_before_it_is_shown(world: World) -> None:
    op = await world.opens()

    await world.ana.sees(op, state="DONE")

    connection = sqlite3.connect(world.path)
    assert connection.execute("SELECT state FROM operations").fetchall() == [("DONE",)]
    connection.close()


@pytest.mark.parametrize(
    ("door", "state", "action", "result", "reason"),
    [
        ("gate", wire.OPENED, "open", "ALREADY", None),
        ("gate", wire.OPENING, "open", "ALREADY", None),
        ("gate", wire.OPENING, "close", "DECLINED", "moving"),
        ("gate", wire.CLOSED, "close", "ALREADY", None),
        ("garage", wire.CLOSING, "open", "DECLINED", "moving"),
        ("garage", wire.UNKNOWN, "open", "DECLINED", "unsure"),
    ],
)
async def test_what_the_unit_says_is_what_is_shown(
    world: World, door: str, state: int, action: str, result: str, reason: str | None
) -> None:
    world.unit.moves(0 if door == "gate" else 2, state)
    op = await world.opens(door, action)

    shown = await world.ana.sees(op, state=result)
    assert shown["reason"] == reason
    assert (shown["stops"]["coil"], shown["movement"]) == (None, None)
    assert world.unit.pulses == []


RESULTS = {
    wire.LATE: "late",
    wire.BUSY: "busy",
    wire.MOVING: "moving",
    wire.UPDATING: "updating",
    wire.FAULT: "fault",
    wire.FULL: "full",
    wire.UNSUPPORTED: "unsupported",
    wire.UNSURE: "unsure",
    99: "unsupported",
}


@pytest.mark.parametrize(("result", "reason"), RESULTS.items())
async def test_every_way_a_unit_declines_is_told_with_its_reason(world: World, result: int, reason: str) -> None:
    world.unit.leaves()
    world.unit.up_count += 10
    op = await world.opens()
    world.take(world.unit.answer(world.broker.commands()[0], result, world.unit.seconds()))

    shown = await world.ana.sees(op, state="DECLINED")
    assert shown["reason"] == reason


async def test_an_answer_under_another_commands_tag_settles_nothing(world: World) -> None:
    world.unit.silent = True
    first, second = await world.opens("gate"), await world.opens("lobby")
    one, other = world.broker.commands()

    world.take(world.unit.answer(one, wire.DONE, world.unit.seconds(), tag=wire.tag_of(other)))
    await world.quiet()

    assert {(await world.on_disk(op)).state for op in (first, second)} == {State.SENT}


# -- refused

REFUSALS = {
    "somebody without access": ("adm", "gate", 0, "access"),
    "late": ("ana", "gate", 5.5, "late"),
    "very late": ("ana", "gate", 3600, "late"),
}


@pytest.mark.parametrize(("person", "door", "age_s", "reason"), REFUSALS.values(), ids=REFUSALS)
async def test_a_refusal_is_recorded_with_its_reason_and_nothing_leaves(
    world: World, person: str, door: str, age_s: float, reason: str
) -> None:
    reply = await world.press(door, person=person, age_s=age_s)

    assert reply.refused is not None
    assert reply.refused.reason == reason
    kept = await world.on_disk(reply.operation)
    assert (kept.state, kept.reason, kept.command) == (State.REFUSED, reason, None)
    nothing_left(world)


async def test_a_press_may_be_almost_five_seconds_old(world: World) -> None:
    assert (await world.press(age_s=4.8)).refused is None


async def test_a_press_from_the_future_counts_from_now(world: World) -> None:
    reply = await world.press(age_s=-3600)

    kept = await world.on_disk(reply.operation)
    assert kept.asked == kept.recorded
    assert kept.stops.allowed == 0


async def test_an_ended_session_a_revoked_unit_and_other_hours_are_refused_as_such(world: World) -> None:
    await removed_elsewhere(world.store, "pau-gate")
    later = grant_row("pau", "gate", id="later", starts=world.time.now() + 60_000)
    await world.store.add(schema.grants, **later)
    await world.policy.refresh()
    hours = await world.press(person="pau")
    await world.people.end_session(SESSIONS["pau"])
    session = await world.press(person="pau")
    await world.people.revoke_unit(UNIT, "adm")
    unit = await world.press(person="ana")

    assert [r.refused and r.refused.reason for r in (hours, session, unit)] == ["hours", "session", "unit"]
    nothing_left(world)


@pytest.mark.parametrize(
    ("door", "action"), [("cellar", "open"), ("lobby", "close"), ("lobby", "press"), ("gate", "press")]
)
async def test_what_no_door_can_do_is_refused_and_leaves_no_row(world: World, door: str, action: str) -> None:
    reply = await world.press(door, action)

    assert reply.operation is None
    assert reply.refused is not None
    assert await world.store.recent(["ana"], ["home"], 0, 10) == []
    nothing_left(world)


# -- something changes between the decision and the record

REMOVALS = {
    "access": lambda world: world.people.remove_grant(ADM, "home", "ana-gate"),
    "session": lambda world: world.people.end_session(SESSIONS["ana"]),
    "unit": lambda world: world.people.revoke_unit(UNIT, "adm"),
}


def still_there(world: World, reason: str) -> Phone:
    """Nothing more is said to an app whose session has ended."""
    return world.adm if reason == "session" else world.ana


@pytest.mark.parametrize("reason", REMOVALS)
async def test_removed_between_decision_and_record_it_is_refused(world: World, reason: str) -> None:
    world.before_record(lambda: REMOVALS[reason](world))

    reply = await world.press()

    assert reply.refused is not None
    assert reply.refused.reason == reason
    assert (await world.on_disk()).state is State.REFUSED
    nothing_left(world)


@pytest.mark.parametrize("reason", ["access", "unit"])
async def test_removed_by_another_process_it_is_refused(world: World, reason: str) -> None:
    """This one has not heard of it: only the record can tell."""
    store = world.store
    how = {"access": lambda: removed_elsewhere(store, "ana-gate"), "unit": lambda: store.revoke_unit(UNIT, 1)}
    await how[reason]()

    reply = await world.press()

    assert reply.refused is not None
    assert reply.refused.reason == reason
    nothing_left(world)


async def test_a_change_that_does_not_concern_the_press_only_delays_it(world: World) -> None:
    world.before_record(lambda: removed_elsewhere(world.store, "pau-lobby"))

    op = await world.opens()

    await world.ana.sees(op, state="DONE")
    assert len(world.unit.pulses) == 1


async def test_a_decision_that_is_overtaken_every_time_is_given_up(world: World) -> None:
    record = world.store.record

    async def overtaken(operation, policy: int, entry=None) -> bool:
        await world.store.add(schema.grants, **grant_row("adm", "lobby", id=operation.id))
        await removed_elsewhere(world.store, operation.id)
        return await record(operation, policy, entry)

    world.store.record = overtaken

    assert (await world.press()).refused is not None
    nothing_left(world)


# -- something changes between the record and the sending


@pytest.mark.parametrize("reason", REMOVALS)
async def test_removed_between_record_and_sending_it_is_not_sent(world: World, reason: str) -> None:
    world.before_send(lambda: REMOVALS[reason](world))

    op = await world.opens()

    shown = await still_there(world, reason).sees(op, state="NOT_SENT")
    assert shown["reason"] == reason
    assert (await world.on_disk(op)).state is State.NOT_SENT
    await world.passes(13)
    nothing_left(world)


@pytest.mark.parametrize("reason", REMOVALS)
async def test_removed_while_it_waits_for_its_unit_it_is_not_sent(world: World, reason: str) -> None:
    world.broker_goes()
    op = await world.opens()
    await REMOVALS[reason](world)

    shown = await still_there(world, reason).sees(op, state="NOT_SENT")
    assert (shown["reason"], shown["waiting"]) == (reason, False)
    world.broker_comes()
    await world.passes(13)
    nothing_left(world)


@pytest.mark.parametrize("reason", REMOVALS)
async def test_removed_after_it_was_sent_it_is_not_sent_again(world: World, reason: str) -> None:
    world.broker.lossy = True
    op = await world.opens()
    assert len(world.broker.commands()) == 1
    await REMOVALS[reason](world)
    await world.passes(13)

    assert len(world.broker.commands()) == 1
    assert (await world.on_disk(op)).state is State.UNKNOWN


async def test_a_process_that_slept_after_the_record_finds_its_command_too_old(world: World) -> None:
    async def sleep() -> None:
        world.time.slept += 20

    world.before_send(sleep)

    op = await world.opens()

    shown = await world.ana.sees(op, state="NOT_SENT")
    assert shown["reason"] == "late"
    nothing_left(world)


# -- one press, one operation


async def test_the_same_press_twice_at_once_is_one_operation(world: World) -> None:
    press = world.a_press()

    replies = await asyncio.gather(*(world.gives(press) for _ in range(10)))

    assert len({reply.operation for reply in replies}) == 1
    await world.ana.sees(replies[0].operation or "", state="DONE")
    assert len(world.unit.pulses) == 1


async def test_the_same_press_after_a_minute_is_what_became_of_it(world: World) -> None:
    press = world.a_press()
    first = await world.gives(press)
    await world.passes(60)

    assert await world.gives(press) == first
    assert len(world.unit.pulses) == 1


async def test_a_press_that_was_refused_stays_refused(world: World) -> None:
    press = world.a_press(age_s=6)
    first = await world.gives(press)

    assert await world.gives(press) == first
    assert first.refused is not None


async def test_two_people_with_one_press_id_are_two_presses(world: World) -> None:
    press = world.a_press("lobby")
    hers, his = await world.gives(press, "ana"), await world.gives(press, "pau")
    await world.quiet()

    assert hers.operation != his.operation
    assert len(world.unit.pulses) == 2
