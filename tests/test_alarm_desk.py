"""A door that is left open becomes an alarm: on disk, in the log, on the admin's screen, told; over restarts and with a
disk that is full. What passes in time pages nobody. The door's box is the business of test_alarm_boxes.
"""

import pytest

from cloud.alarms import Alarm
from cloud.chain import Draft
from cloud.commit import NotWritten
from cloud.verbs import NotPossible
from firmware import wire
from tests.alarm_side import MANAGERS, AlarmWorld, gone, opens, restarts, world
from tests.given import ADM, SESSIONS
from tests.unit_side import UNIT

__all__ = ["world"]


# -- left open


async def test_a_door_that_is_left_open_is_told_told_again_acknowledged_and_ended(world: AlarmWorld) -> None:
    opens(world)
    await world.lasts(4.5)
    assert (world.shown(), world.told, world.lines()) == ({}, [], [])

    await world.lasts(1)
    alarm = world.shown()["left_open"]
    assert (alarm.door, alarm.unit, alarm.detail) == ("gate", None, {"left_open_s": 300})
    assert world.told == [("left_open", MANAGERS, True)]
    assert world.members == [("gate", True)]
    assert [edit["thing"]["kind"] for edit in world.pushed()] == ["left_open"]
    assert world.ana.told == [] or all("edits" not in message for message in world.ana.told)

    await world.lasts(30)
    assert world.told[1:] == [("left_open", MANAGERS, False)]

    await world.acknowledges("left_open")
    await world.lasts(70)
    assert len(world.told) == 2
    assert world.shown()["left_open"].acknowledged_by == "Adm"
    assert world.shown()["left_open"].again is None

    world.unit.moves(0, wire.CLOSED)
    await world.quiet()
    assert world.shown() == {}
    assert world.pushed()[-1]["thing"] is None
    assert world.lines() == [("alarm", "left_open"), ("alarm_acknowledged", "left_open"), ("alarm_ended", "left_open")]
    assert [(entry.who, entry.session, entry.door) for entry in world.entries()] == [
        (None, None, "gate"),
        ("adm", SESSIONS["adm"], "gate"),
        (None, None, "gate"),
    ]


async def test_a_door_that_closes_in_time_leaves_nothing_behind(world: AlarmWorld) -> None:
    for _ in range(4):
        opens(world)
        await world.lasts(4)
        world.unit.moves(0, wire.CLOSED)
        await world.lasts(1)

    assert (world.rows(), world.told, world.lines()) == ([], [], [])


async def test_a_door_that_is_held_open_is_not_left_open_until_the_hold_has_ended(world: AlarmWorld) -> None:
    opens(world)
    await world.lasts(1)
    world.unit.holds(0, 3600)
    await world.lasts(30)
    assert world.told == []

    world.unit.holds(0, 0)
    await world.lasts(4.5)
    assert world.told == []
    await world.lasts(1)
    assert world.kinds() == ["left_open"]


async def test_its_deadline_goes_on_over_a_restart(world: AlarmWorld) -> None:
    opens(world)
    await world.lasts(3)
    await restarts(world)
    await world.lasts(1)
    assert world.told == []
    await world.lasts(1.2)
    assert world.kinds() == ["left_open"]

    await restarts(world)
    await world.lasts(28)
    assert len(world.told) == 1, "told once, whoever has told it"
    assert list(world.shown()) == ["left_open"]
    await world.lasts(3)
    assert [first for _, _, first in world.told] == [True, False]


async def test_a_hold_that_ended_before_a_restart_still_counts(world: AlarmWorld) -> None:
    opens(world)
    await world.lasts(20)
    world.told.clear()
    world.unit.holds(0, 3600)
    await world.lasts(5)
    world.unit.holds(0, 0)
    await world.lasts(1)
    await restarts(world)
    await world.lasts(3)
    assert world.told == []
    await world.lasts(25)
    assert world.kinds() == ["left_open"]


async def test_whoever_wants_to_be_told_sooner_is(world: AlarmWorld) -> None:
    opens(world)
    await world.lasts(2)
    await world.sets_door("gate", left_open_s=60)
    assert world.kinds() == ["left_open"]

    await world.sets_door("gate", left_open_s=None)
    assert world.shown() == {}


async def test_nobody_says_that_a_silent_boxs_door_is_left_open_now(world: AlarmWorld) -> None:
    opens(world)
    await world.lasts(2)
    await gone(world)
    await world.lasts(20)

    assert world.kinds() == ["away"]
    assert world.shown()["away"].detail["open"] == ["gate"]


async def test_a_door_that_was_closed_meanwhile_begins_anew(world: AlarmWorld) -> None:
    opens(world)
    await world.lasts(6)
    first = world.shown()["left_open"].id
    await gone(world)
    world.unit.reached = True
    world.take(world.unit.hello(seconds=world.unit.seconds(), ago=(5, *[wire.LONG_AGO] * 3)))
    await world.lasts(3)

    assert world.shown() == {}
    await world.lasts(3)
    assert world.shown()["left_open"].id != first
    assert world.kinds() == ["left_open"], "and is not told twice within half an hour"


# -- acknowledged by whom, and a disk that is full


async def test_nobody_acknowledges_what_is_not_there_and_twice_is_once(world: AlarmWorld) -> None:
    opens(world)
    await world.quiet()
    with pytest.raises(NotPossible):
        await world.alarms.acknowledge("home", "nothing", ADM)
    pending = world.rows("id")[0][0]
    with pytest.raises(NotPossible):
        await world.alarms.acknowledge("home", pending, ADM)
    await world.lasts(6)
    with pytest.raises(NotPossible):
        await world.alarms.acknowledge("yard", pending, ADM)

    await world.acknowledges("left_open")
    at = world.shown()["left_open"].acknowledged
    await world.lasts(1)
    await world.acknowledges("left_open")
    assert world.shown()["left_open"].acknowledged == at
    assert world.lines().count(("alarm_acknowledged", "left_open")) == 1


async def test_what_cannot_be_written_is_not_told_until_it_can(world: AlarmWorld) -> None:
    put, full = world.alarms._store.put, True

    async def fails(alarm: Alarm, entry: Draft | None = None) -> None:
        if full:
            raise NotWritten("no room")
        await put(alarm, entry)

    world.alarms._store.put = fails
    opens(world)
    await world.lasts(6)
    assert (world.told, world.rows(), world.pushed()) == ([], [], [])

    full = False
    await world.lasts(1)
    assert world.kinds() == ["left_open"]


async def test_a_new_picture_has_what_is_wrong_for_those_who_manage_the_place_only(world: AlarmWorld) -> None:
    opens(world)
    await world.lasts(6)
    for phone in (world.adm, world.ana):
        phone.told.clear()
        await world.live.join(phone, None, 0)

    assert [alarm["kind"] for alarm in world.adm.told[0]["alarms"]] == ["left_open"]
    assert world.ana.told[0]["alarms"] == []


async def test_what_cannot_be_read_or_looked_at_is_in_no_other_alarms_way(world: AlarmWorld) -> None:
    """A row of a newer version, one that was tampered with, a door whose look fails."""
    for ident, kind in (("new", "flood"), ("odd", "test")):
        await world.alarms._store.put(Alarm(ident, "home", kind, None, UNIT, 1, 1, 1))
    await world.store.commits.write("UPDATE alarms SET detail = '[' WHERE id = 'odd'")
    await restarts(world)
    world.alarms._due.add(("nowhere", "left_open", "gate"))
    turn = world.alarms._habits
    world.alarms._habits = lambda key: turn(key) if key[1] != "test" else turn(("nowhere", "", ""))
    world.alarms._due.add(("home", "test", UNIT))
    opens(world)
    await world.lasts(6)

    assert list(world.shown()) == ["test", "left_open"]
    assert world.kinds() == ["left_open"]
