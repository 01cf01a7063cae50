"""The log of a place: each press, answer and movement has its line in the same commit, and so has what nobody
asked for."""

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cloud import chain
from cloud.chain import Entry
from cloud.units import LAST_WILL
from firmware import wire
from tests.boxes_side import moved, tells
from tests.given import ADM, inhabited_database, whole_log
from tests.unit_side import UNIT
from tests.world import World

GATE = 0


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        await world.passes(1)
        yield world


def lines(world: World, *kinds: str) -> list[Entry]:
    return [entry for entry in whole_log(world.path) if not kinds or entry.kind in kinds]


def told(entries: list[Entry]) -> list[dict[str, Any]]:
    return [json.loads(entry.detail) for entry in entries]


async def test_a_press_its_answer_and_each_movement_are_lines_in_order(world: World) -> None:
    op = await world.opens("gate")
    await world.passes(1)
    world.unit.moves(GATE, wire.OPENING)
    await world.passes(1)
    world.unit.moves(GATE, wire.OPENED)
    await world.quiet()

    found = lines(world, "press", "answer", "movement", "moved_otherwise")

    assert [entry.kind for entry in found] == ["press", "answer", "movement", "movement"]
    assert {(e.operation, e.who, e.session, e.door, e.way) for e in found} == {
        (op, "ana", "session-ana", "gate", "socket")
    }
    press, answer, moving, moved = told(found)
    assert (press["state"], press["reason"], press["rule"], press["action"]) == ("SENT", None, "ana-gate", "open")
    assert (answer["state"], moving["movement"], moved["movement"]) == ("DONE", "moving", "moved")
    assert found[0].at <= found[1].at < found[2].at < found[3].at


@pytest.mark.parametrize(("person", "age_s", "reason"), [("adm", 0, "access"), ("ana", 6, "late")])
async def test_a_refused_press_is_a_line_with_why(world: World, person: str, age_s: float, reason: str) -> None:
    reply = await world.press(person=person, age_s=age_s)

    (line,) = lines(world, "press")
    (detail,) = told([line])
    assert (line.operation, line.who) == (reply.operation, person)
    assert (detail["state"], detail["reason"], detail["rule"]) == ("REFUSED", reason, None)


async def test_the_same_press_twice_is_one_line(world: World) -> None:
    press = world.a_press()
    for _ in range(3):
        await world.gives(press)
    await world.quiet()

    assert len(lines(world, "press")) == 1
    assert len(lines(world, "answer")) == 1


async def test_nothing_leaves_that_has_no_line(world: World) -> None:
    found: list[int] = []

    def look(frame: bytes) -> None:
        op = wire.command_fields(frame)[3].hex()
        connection = sqlite3.connect(world.path)
        query = "SELECT count(*) FROM log WHERE operation = ? AND kind = 'press'"
        found.append(connection.execute(query, (op,)).fetchone()[0])
        connection.close()

    world.broker.before_publish = look
    await world.opens()

    assert found == [1]


async def test_an_answer_that_nobody_gave_is_a_line_and_the_truth_another(world: World) -> None:
    world.unit.silent = True
    await world.opens("lobby")
    await world.passes(13)
    world.take(world.unit.answer(world.broker.commands()[0], wire.DONE, world.unit.seconds()))
    await world.quiet()

    assert [detail["state"] for detail in told(lines(world, "answer"))] == ["UNKNOWN", "DONE"]


async def test_every_row_agrees_with_its_last_line_after_a_removal_ended_it(world: World) -> None:
    world.broker_goes()
    op = await world.opens()
    await world.people.remove_grant(ADM, "home", "ana-gate")
    await world.passes(13)

    found = lines(world, "press", "answer", "change")
    assert [entry.kind for entry in found] == ["press", "change", "answer"]
    answer = told(found)[2]
    assert (answer["state"], answer["reason"]) == ("NOT_SENT", "access")
    assert found[2].operation == op
    assert found[1].stored == found[2].stored, "in one commit"
    change = told(found)[1]
    assert change["what"] == "access_removed"
    assert change["edits"][0]["before"]["id"] == "ana-gate"
    assert change["edits"][0]["after"] is None
    assert (found[1].who, found[1].session, found[1].way) == ("adm", "session-adm", "app")


async def test_two_processes_that_both_hear_the_answer_write_one_line(world: World) -> None:
    op = await world.opens("gate")
    settled = await world.on_disk(op)

    assert not await world.store.settle(settled, chain.Draft("home", 1, "answer", operation=op))
    assert len(lines(world, "answer")) == 1


# -- moved by other means: the unit says so


async def test_a_sensor_that_moves_is_no_line_until_the_unit_says_that_nobody_asked(world: World) -> None:
    world.unit.moves(GATE, wire.OPENED)
    await world.passes(1)
    assert lines(world, "moved_otherwise", "movement") == []

    await tells(world, moved(door=GATE))

    found = lines(world, "moved_otherwise")
    assert [(entry.door, entry.who, entry.operation) for entry in found] == [("gate", None, None)]
    assert told(found) == [{"state": "opened"}]


async def test_a_door_that_is_opened_by_hand_is_told_to_whoever_manages_the_place_at_once(world: World) -> None:
    await tells(world, moved(door=GATE))
    await world.passes(1)

    assert [line["kind"] for m in world.adm.told if m["type"] == "log" for line in m["lines"]] == ["moved_otherwise"]
    assert not any(message["type"] == "log" for message in (*world.ana.told, *world.pau.told))


async def test_what_a_press_did_is_its_movement(world: World) -> None:
    await world.opens("gate")
    for state in (wire.OPENING, wire.OPENED):
        await world.passes(2)
        world.unit.moves(GATE, state)
    await world.quiet()

    assert [detail["movement"] for detail in told(lines(world, "movement"))] == ["moving", "moved"]
    assert lines(world, "moved_otherwise") == []


# -- units


async def test_a_unit_that_goes_and_comes_back_is_a_line_each(world: World) -> None:
    world.unit.leaves()
    world.take(LAST_WILL)
    await world.passes(10)
    world.unit.returns()
    await world.passes(1)

    found = lines(world, "unit_online", "unit_away")
    assert [entry.kind for entry in found][-2:] == ["unit_away", "unit_online"]
    assert {detail["unit"] for detail in told(found)} == {UNIT}
