"""Holding a door open, and trying a door box, by the calls of the app."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.api_side import Answer, ApiSide, town
from tests.given import ASKED
from tests.unit_side import UNIT

__all__ = ["town"]
PERSON = "places/home/people/tom"
BOX = f"places/home/boxes/{UNIT}"


async def press(town: ApiSide, who: str, name: str, **how: Any) -> Answer:
    body = {"press_id": name.ljust(22, "x"), "door": "gate", "at": town.clock.now(), **how}
    return await town.call(who, "POST", "presses", body)


async def test_an_admin_lets_somebody_hold_and_takes_it_back_with_a_line_each(town: ApiSide) -> None:
    for version, may in ((1, True), (2, False)):
        answer = await town.call("adm", "PATCH", PERSON, {"version": version, "may_hold": may})
        assert answer.status == 204
        people = (await town.call("adm", "GET", "places/home")).body["people"]
        assert [p["member"]["may_hold"] for p in people if p["member"]["person"] == "tom"] == [may]

    lines = (await town.call("adm", "GET", "places/home/log")).body["lines"]
    edits = [line["detail"]["edits"][0] for line in lines if line["kind"] == "change"]
    assert [(edit["before"]["may_hold"], edit["after"]["may_hold"]) for edit in edits] == [(True, False), (False, True)]


async def test_a_guest_is_not_let_hold(town: ApiSide) -> None:
    answer = await town.call("adm", "PATCH", "places/home/people/gus", {"version": 1, "may_hold": True})

    assert (answer.status, answer.reason) == (403, "role")
    assert town.rows("SELECT max(may_hold) FROM members") == [(0,)]


async def test_her_windows_are_told_what_she_may_hold(town: ApiSide) -> None:
    async with await town.socket("tom") as ws:
        await ws.send_json({"type": "watch", "stream": None, "seen": 0})
        assert (await ws.receive_json(timeout=5))["you"]["holds"] == []
        await town.call("adm", "PATCH", PERSON, {"version": 1, "may_hold": True})
        told = await ws.receive_json(timeout=5)
        while told["type"] != "snapshot":
            told = await ws.receive_json(timeout=5)

    assert told["you"]["holds"] == ["home"]


@pytest.mark.parametrize(
    "how",
    [
        {"action": "hold"},
        {"action": "hold", "seconds": None},
        {"action": "hold", "seconds": 59},
        {"action": "hold", "seconds": 43_201},
        {"action": "hold", "seconds": 1800.5},
        {"action": "open", "seconds": 60},
        {"action": "release", "seconds": 60},
    ],
    ids=str,
)
async def test_a_hold_says_for_how_long_and_nothing_else_does(town: ApiSide, how: dict[str, Any]) -> None:
    answer = await press(town, "tom", "bad", **how)

    assert (answer.status, answer.reason) == (400, "malformed")
    async with await town.socket("tom") as ws:
        await ws.send_json({"type": "watch", "stream": None, "seen": 0})
        await ws.receive_json(timeout=5)
        await ws.send_json({"type": "press", "press_id": "p" * 22, "door": "gate", "at": ASKED, **how})
        assert (await ws.receive_json(timeout=5))["reason"] == "malformed"
    assert town.rows("SELECT count(*) FROM operations") == [(0,)]


async def test_a_hold_is_recorded_with_its_seconds_or_refused(town: ApiSide) -> None:
    refused = await press(town, "tom", "one", action="hold", seconds=600)
    await town.call("adm", "PATCH", PERSON, {"version": 1, "may_hold": True})
    held = await press(town, "tom", "two", action="hold", seconds=43_200)

    assert refused.body["refused"]["reason"] == "hold"
    assert "refused" not in held.body
    rows = town.rows("SELECT action, state, reason, hold_s FROM operations ORDER BY rowid")
    assert rows == [("hold", "REFUSED", "hold", 600), ("hold", "SENT", None, 43_200)]
    details = [msgspec.json.decode(d) for (d,) in town.rows("SELECT detail FROM log WHERE kind = 'press' ORDER BY n")]
    assert [(d["action"], d["seconds"]) for d in details] == [("hold", 600), ("hold", 43_200)]


async def test_a_box_is_tried_when_asked_and_not_again_and_again(town: ApiSide) -> None:
    answers = [await town.call("adm", "POST", f"{BOX}/test") for _ in range(5)]
    while town.wired.tests.running(UNIT):
        await asyncio.wait(town.wired.tests._tasks)

    assert [answer.status for answer in answers] == [202, 202, 202, 429, 429]
    ((kept,),) = town.rows("SELECT test FROM units WHERE id = ?", UNIT)
    assert msgspec.json.decode(kept)["why"] == "broker"
    boxes = (await town.call("adm", "GET", "places/home/boxes")).body
    assert [box["test"]["why"] for box in boxes if box["unit"] == UNIT] == ["broker"]
    lines = (await town.call("adm", "GET", "places/home/log")).body["lines"]
    assert {line["who"] for line in lines if line["kind"] == "self_test"} == {"adm"}


async def test_a_box_of_nobodys_here_is_not_there(town: ApiSide) -> None:
    for unit in ("0000beef", "nowhere"):
        answer = await town.call("adm", "POST", f"places/home/boxes/{unit}/test")
        assert (answer.status, answer.reason) == (404, "unknown")
