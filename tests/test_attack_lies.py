"""What a screen must not say: how a door stood, where nothing in the log says so."""

import json
from typing import Any

import pytest

from cloud.access import Door
from cloud.back_in_time import DoorThen, doors_then
from cloud.chain import Entry
from cloud.unit_news import WENT
from cloud.witness import Witness
from firmware import wire
from tests.api_side import ApiSide, town
from tests.api_town import UNIT
from tests.given import ASKED

__all__ = ["town"]
MINUTE = 60_000


def at_door(drive: str, *lines: tuple[str, dict[str, Any]]) -> DoorThen:
    door = Door("gate", "home", "Gate", UNIT, 0, drive, sensor=True, travel_s=12, pulse_ms=500)
    found = []
    for n, (kind, detail) in enumerate(lines, 1):
        at = ASKED + n * MINUTE
        operation = detail.pop("op", None)
        found.append(Entry("home", n, at, at, kind, None, None, None, "gate", operation, json.dumps(detail), b""))
    return doors_then([door], found)["gate"]


CLOSED = ("moved_otherwise", {"state": "closed"})


@pytest.mark.parametrize(
    "then",
    [
        [("movement", {"op": "a", "movement": "did_not_finish"})],
        [("press", {"op": "b", "action": "press"}), ("movement", {"op": "b", "movement": "moved"})],
        [("exit_opened", {"done": True, "reason": None})],
        [("opened_unrecorded", {"operation": "d"})],
        [("hold_began", {}), ("hold_ended", {"how": "released"})],
    ],
)
def test_a_door_that_something_has_moved_is_not_said_to_stand_as_before(then: list[tuple[str, Any]]) -> None:
    """By a toggle's one button, half the way, by the exit button, held: none of these says where it came to stand."""
    assert at_door("toggle", CLOSED).state == "closed"
    found = at_door("toggle", CLOSED, *then)
    assert (found.state, found.since) == ("unknown", None)
    assert found.last == 1 + len(then)


@pytest.mark.parametrize(
    "then",
    [
        [("movement", {"op": "a", "movement": "did_not_move"})],
        [("exit_opened", {"done": False, "reason": "busy"})],
    ],
)
def test_a_door_that_nothing_has_moved_stands_as_before(then: list[tuple[str, Any]]) -> None:
    found = at_door("toggle", CLOSED, *then)
    assert (found.state, found.since) == ("closed", ASKED + MINUTE)


def test_a_door_that_closes_itself_is_not_said_to_stand_open_until_it_opens_again() -> None:
    """Its box writes no line when it falls shut."""
    opened = [("press", {"op": "a", "action": "open"}), ("movement", {"op": "a", "movement": "moved"})]
    assert at_door("open", *opened).state == "unknown"
    assert at_door("open", ("moved_otherwise", {"state": "opened"})).state == "unknown"
    assert at_door("open_close", *opened).state == "open"


def test_what_a_box_calls_opened_is_open() -> None:
    assert at_door("open_close", ("moved_otherwise", {"state": WENT[wire.OPENED]})).state == "open"
    assert at_door("open_close", ("moved_otherwise", {"state": WENT[wire.CLOSED]})).state == "closed"


async def test_a_box_that_was_silent_is_said_to_have_been_silent(town: ApiSide) -> None:
    """Its lines name the box and no door."""
    wired = town.wired
    witness = Witness(wired.store, wired.policy, wired.units, town.clock)
    link = wired.units.of(UNIT)
    assert link is not None
    town.clock.ms += MINUTE
    for state in ("online", "away", "online"):
        town.clock.ms += MINUTE
        link.link = state
        witness.sees(UNIT)
        await witness.close()
    gone = town.clock.ms - MINUTE
    town.clock.ms += MINUTE

    for at, away in ((gone - 1, False), (gone + 1, True), (town.clock.ms, False)):
        doors = (await town.call("adm", "GET", "places/home/then", query={"at": str(at)})).body["doors"]
        assert {door["door"]: door["away"] for door in doors} == {"gate": away, "attic": away}


def test_a_box_that_fell_silent_while_the_cloud_did_not_run_was_silent() -> None:
    """The cloud has not seen it go: its alarm is the only line about it, until it is back."""
    alarm = ("alarm", {"what": "away", "unit": UNIT, "since": ASKED})
    assert not at_door("toggle", ("unit_online", {})).away
    assert at_door("toggle", ("unit_online", {}), alarm).away
    assert not at_door("toggle", ("unit_online", {}), alarm, ("unit_online", {})).away
    assert not at_door("toggle", ("alarm", {"what": "left_open"})).away
