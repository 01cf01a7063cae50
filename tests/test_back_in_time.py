"""How it was: who could enter at a moment that is over, by the rules of then, and how the doors stood."""

import json
from typing import Any

from cloud.access import Door
from cloud.back_in_time import DoorThen, doors_then
from cloud.chain import Entry
from tests.api_side import ApiSide, town
from tests.given import ASKED

__all__ = ["town"]
MINUTE = 60_000
NIGHTS = {"windows": [{"days": [0, 1, 2, 3, 4, 5, 6], "starts": 1320, "ends": 360}]}


async def who(town: ApiSide, at: int) -> list[tuple[str, str]]:
    answers = (await town.call("adm", "GET", "places/home/who", query={"at": str(at)})).body["answers"]
    return sorted((each["person"], each["door"]) for each in answers)


async def test_who_could_enter_is_answered_by_the_rules_of_then(town: ApiSide) -> None:
    """After each change who may enter is kept; when all are made, each moment still answers what it answered then."""
    guest = {"name": "Gil", "doors": ["gate"]}
    steps: list[tuple[str, str, str, Any]] = [
        ("adm", "PATCH", "places/home/people/tom", {"version": 1, "suspended": True}),
        ("adm", "PATCH", "places/home/people/tom", {"version": 2, "suspended": False}),
        ("mia", "POST", "places/home/guests", guest),
        ("adm", "PATCH", "places/home/grants/tom-gate", {"version": 1, "hours": NIGHTS}),
        ("adm", "PUT", "places/home/groups/cleaners-home/people/tom", None),
        ("adm", "POST", "places/home/grants", {"group": "cleaners-home", "doors": ["attic"]}),
        ("adm", "PATCH", "places/home", {"version": 1, "zone": "Asia/Tokyo"}),
        ("adm", "DELETE", "places/home/people/mia", None),  # and her guests with her
        ("ins", "DELETE", "doors/attic", {"version": 1}),
        ("adm", "DELETE", "places/home/groups/cleaners-home", {"version": 1}),
        ("adm", "DELETE", "places/home/grants/tom-gate", None),
    ]
    moments = [(town.clock.now(), await who(town, town.clock.now()))]
    for by, method, path, body in steps:
        town.clock.ms += MINUTE
        done = await town.call(by, method, path, body)
        assert done.status < 300, (path, done)
        moments.append((town.clock.now(), await who(town, town.clock.now())))
    town.clock.ms += MINUTE
    before = town.dump()

    for at, answered in moments:
        then = (await town.call("adm", "GET", "places/home/then", query={"at": str(at)})).body
        assert sorted((each["person"], each["door"]) for each in then["answers"]) == answered
        assert ("mia" in then["names"]) == (at < moments[8][0])  # who has left since is still named
    hers = {"at": str(moments[0][0]), "person": "tom", "door": "gate"}
    (tom,) = (await town.call("adm", "GET", "places/home/then", query=hers)).body["answers"]
    assert (tom["allowed"], tom["rule"]) == (True, "tom-gate")
    tomorrow = {"at": str(town.clock.now() + MINUTE)}
    assert (await town.call("adm", "GET", "places/home/then", query=tomorrow)).reason == "invalid"
    assert len({str(answered) for _, answered in moments}) > 6  # they did differ
    assert town.dump() == before


def line(n: int, kind: str, operation: str | None = None, **detail: Any) -> Entry:
    at = ASKED + n * MINUTE
    return Entry("home", n, at, at, kind, None, None, None, "gate", operation, json.dumps(detail), b"")


def test_a_door_stood_as_the_log_last_saw_it() -> None:
    gate = Door("gate", "home", "Gate", "0a0b0c0d", 0, "open_close", sensor=True, travel_s=12, pulse_ms=500)
    lines = [
        line(1, "press", "op1", action="open", state="SENT"),
        line(2, "movement", "op1", movement="moved"),
        line(3, "hold_began"),
        line(4, "unit_away"),
        line(5, "press", "op2", action="close", state="SENT"),
        line(6, "movement", "op2", movement="did_not_move"),
        line(7, "unit_online"),
        line(8, "hold_ended", how="released"),
        line(9, "moved_otherwise", state="closed"),
    ]

    def then(until: int, door: Door = gate) -> DoorThen:
        return doors_then([door], lines[:until][::-1])[door.id]

    assert then(0) == DoorThen()
    assert then(1) == DoorThen("unknown", None, last=1)
    assert then(2) == DoorThen("open", ASKED + 2 * MINUTE, last=2)
    assert then(4) == DoorThen("open", ASKED + 2 * MINUTE, held=True, away=True, last=4)
    assert then(6).state == "open"  # a press that moved nothing
    assert then(9) == DoorThen("closed", ASKED + 9 * MINUTE, last=9)
    blind = Door("gate", "home", "Gate", "0a0b0c0d", 0, "open", sensor=False, travel_s=12, pulse_ms=500)
    assert then(9, blind).state == "unknown"
