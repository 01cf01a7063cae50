"""What happened at a door while nobody could hear of it stands in the log afterwards: once, at its time; what became of
a lost answer is known then. Real cloud, broker and firmware.
"""

import json
import sqlite3
import time
from collections.abc import Callable

import pytest

from tests.scene import Scene, query, until
from tests.town_fixtures import story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()

OFF_BY_MS = 2500  # the unit's whole seconds, a busy machine, and what a clock that was heard for a minute may be off

BOUNCES_NS = 500_000_000  # contacts that have been still for so long have been seen by the unit


def lines(s: Scene, *kinds: str) -> list[sqlite3.Row]:
    """Of the door's log and of the box's own, of these kinds."""
    marks = ", ".join("?" * len(kinds))
    found = query(s.cloud.home, f"SELECT * FROM log WHERE kind IN ({marks}) ORDER BY place, n", kinds)
    return [row for row in found if row["door"] in s.doors or json.loads(row["detail"]).get("unit") == s.unit]


async def told(s: Scene, kind: str, count: int = 1) -> list[sqlite3.Row]:
    """These lines, once there are so many of them."""
    there: Callable[[], bool] = lambda: len(lines(s, kind)) >= count  # noqa: E731 - asked again and again
    await until(there, f"{count} × {kind} in the log")
    return lines(s, kind)


def now_ms() -> int:
    return round(time.time() * 1000)


async def opened_by_hand(s: Scene) -> int:
    """When the door left its place; it is closed again when this returns, and its contacts have come to rest."""
    since, at = len(s.board.edges), now_ms()
    s.board.doors[0].human_opens()
    await until(lambda: any(e.kind == "sensor" for e in s.board.edges[since:]), "the door to leave its place")
    await until(lambda: s.board.doors[0].state == "closed", "the door closed again")
    await until(lambda: time.monotonic_ns() - s.board.edges[-1].t_ns > BOUNCES_NS, "its contacts at rest")
    return at


@story()
async def test_an_open_whose_answer_was_lost_is_known_when_the_unit_is_back(s: Scene) -> None:
    s.proxy.black_hole(up=True, down=False)
    press = await s.press()
    operation = await s.ends(press, "UNKNOWN")

    await s.back()

    await s.becomes(operation["id"], "DONE")
    assert s.pulses(operation["id"]) == 1
    row = s.row(operation["id"])
    (on,) = s.coil_edges(operation["id"])
    answers = [json.loads(line["detail"])["state"] for line in lines(s, "answer") if line["operation"] == row["id"]]
    assert answers == ["UNKNOWN", "DONE"]
    assert on.t_ns
    assert 0 <= row["coil"] <= OFF_BY_MS, "it went on as the press came, and is told so"
    assert lines(s, "opened_unrecorded") == []


@story()
async def test_a_door_opened_by_hand_while_its_unit_is_away_is_told_with_its_time(s: Scene) -> None:
    await s.away()
    opened = await opened_by_hand(s)
    await s.back()

    (line,) = await told(s, "moved_otherwise")
    assert json.loads(line["detail"]) == {"state": "opened"}
    assert abs(line["at"] - opened) <= OFF_BY_MS
    assert line["stored"] > line["at"]
    await s.opens()
    assert len(lines(s, "moved_otherwise")) == 1, "an open of ours is none by other means"


@story()
async def test_what_a_boot_saw_that_has_ended_by_now_is_told_by_the_next(s: Scene) -> None:
    await s.away()
    opened = await opened_by_hand(s)
    await s.power_cycle()
    booted = now_ms()
    await s.back()

    (line,) = await told(s, "moved_otherwise")
    boots = await told(s, "box_booted", 2)
    assert abs(line["at"] - opened) <= OFF_BY_MS
    assert [json.loads(boot["detail"])["cause"] for boot in boots] == ["power", "power"]
    assert abs(boots[-1]["at"] - booted) <= OFF_BY_MS


@pytest.mark.long
@story(alone=True)
async def test_a_cloud_that_is_killed_again_and_again_has_each_record_once(s: Scene) -> None:
    moved = 0
    for _ in range(3):
        await s.crash()
        await opened_by_hand(s)
        moved += 1
        said = len(s.board.console)
        await s.restart()
        await s.connected(since=said)
        await opened_by_hand(s)  # on its way, or just in the log, when the cloud dies again
        moved += 1
    await told(s, "moved_otherwise", moved)
    await s.opens()

    assert len(lines(s, "moved_otherwise")) == moved
    assert lines(s, "records_lost", "journal_began") == []
