"""How a place's door boxes are, through HTTP, and what their contracts allow."""

import json
import sqlite3
from typing import Any

import pytest

from cloud import unit_facts
from cloud.unit_facts import Facts, Outage
from firmware import wire
from tests.api_side import ApiSide, town
from tests.api_town import SPARE_UNIT
from tests.unit_side import UNIT, UnitSide

__all__ = ["town"]
NONCE = bytes(range(8))


@pytest.fixture
async def unit(town: ApiSide) -> UnitSide:
    """Online, and has told how it is."""
    unit = UnitSide()
    link = town.wired.units.of(UNIT)
    assert link is not None
    link.welcome(NONCE, town.clock.mono())
    town.wired.units.take(link.up_topic, unit.hello(NONCE))
    await says(town, unit.status(dbm=-95, ledger=(0, 0, 3_000_000, 6_000_000, *[0] * 6)))
    return unit


def disk(town: ApiSide, sql: str, *parameters: object) -> None:
    with sqlite3.connect(town.wired.store.path) as connection:
        connection.execute(sql, parameters)


async def says(town: ApiSide, frame: bytes) -> None:
    town.wired.units.take(wire.topics(UNIT)[1], frame)
    for task in list(town.wired.boxes._tasks):
        await task


async def box(town: ApiSide, who: str = "adm", place: str = "home") -> dict[str, Any]:
    answer = await town.call(who, "GET", f"places/{place}/boxes")
    assert answer.status == 200
    (found,) = answer.body
    return found


async def test_a_box_is_shown_as_it_told_itself(town: ApiSide, unit: UnitSide) -> None:
    found = await box(town)

    link = {"unit": UNIT, "link": "online", "away_since": None, "outage": None, "firmware": 100, "keepalive_s": 120}
    signal = {"network": "modem", "dbm": -95, "signal": "fair", "falling": False, "rat": "LTE", "roaming": False}
    sim = {"operator": "Movistar", "iccid": "8934071234567890123", "imei": "867394041234567"}
    well = {"journal_fault": False, "power_lost": False, "tampered": False, "test": None}
    shown = link | signal | sim | well
    assert found | shown == found
    assert found["data"] | {"total": 9_000_000, "plan_mb": None, "share": None, "probably_out": False} == found["data"]
    assert found["data"]["causes"] == [{"cause": "opens", "up": 3_000_000, "down": 6_000_000}]


async def test_its_data_is_shown_by_month_and_by_day_each_with_its_causes(town: ApiSide, unit: UnitSide) -> None:
    disk(town, "INSERT INTO data_use VALUES (?, '2020-01-31', 'opens', 1, 1)", UNIT)
    (today,) = (await box(town))["data"]["days"]
    other = today["day"][:8] + ("02" if today["day"].endswith("01") else "01")
    disk(town, "INSERT INTO data_use VALUES (?, ?, 'journal', 40, 2)", UNIT, other)

    data = (await box(town))["data"]

    assert today["causes"] == [{"cause": "opens", "up": 3_000_000, "down": 6_000_000}]
    earlier = {"day": other, "causes": [{"cause": "journal", "up": 40, "down": 2}]}
    assert data["days"] == sorted([today, earlier], key=lambda day: day["day"])
    assert data["total"] == 9_000_042
    assert [use["cause"] for use in data["causes"]] == ["journal", "opens"]


async def test_a_box_that_never_told_anything_is_shown_all_the_same(town: ApiSide) -> None:
    found = await box(town)

    assert (found["link"], found["told"], found["network"], found["signal"]) == ("never", None, None, None)


async def test_each_place_sees_its_own_doors_of_a_box(town: ApiSide) -> None:
    home, shop = (await box(town))["doors"], (await box(town, "ada", "shop"))["doors"]

    assert set(home) & set(shop) == set()
    assert "dock" in shop
    assert "dock" not in home


async def test_whoever_mounts_boxes_sees_them_without_being_of_the_place(town: ApiSide, unit: UnitSide) -> None:
    assert (await box(town, "ins"))["operator"] == "Movistar"


async def test_what_the_box_says_of_power_is_shown_at_once(town: ApiSide, unit: UnitSide) -> None:
    unit.faults = wire.POWER_LOST | wire.TAMPERED
    await says(town, unit.heartbeat())

    found = await box(town)
    assert (found["power_lost"], found["tampered"], found["journal_fault"]) == (True, True, False)


async def test_the_last_outage_and_self_test_are_shown(town: ApiSide) -> None:
    facts = unit_facts.kept(Facts(outage=Outage(1000, 61_000, 60, "pin_wrong"), troubles=("tamper",)))
    test = {"at": 5000, "ok": False, "ms": None, "why": "silent"}
    disk(town, "UPDATE units SET facts = ?, test = ? WHERE id = ?", facts, json.dumps(test), UNIT)

    found = await box(town)

    assert found["outage"] == {"since": 1000, "until": 61_000, "seconds": 60, "why": "pin_wrong"}
    assert found["test"] == test
    assert found["tampered"]


async def test_what_cannot_be_read_is_left_out(town: ApiSide) -> None:
    disk(town, "UPDATE units SET facts = '{', test = '{' WHERE id = ?", UNIT)

    found = await box(town)

    assert (found["outage"], found["test"]) == (None, None)


async def test_a_plan_is_kept_told_and_the_share_follows(town: ApiSide, unit: UnitSide) -> None:
    answer = await town.call("adm", "PATCH", f"places/home/boxes/{UNIT}", {"plan_mb": 10})

    assert answer.status == 200
    assert answer.body["data"] | {"plan_mb": 10, "share": 0.9} == answer.body["data"]
    assert (await box(town, "ada", "shop"))["data"]["plan_mb"] == 10
    for place, who in (("home", "adm"), ("shop", None)):  # nobody of the shop knows her
        (line,) = town.rows("SELECT who, detail FROM log WHERE place = ? AND kind = 'change'", place)
        assert line[0] == who
        assert json.loads(line[1]) == {"what": "box_plan", "unit": UNIT, "before": None, "after": 10}


async def test_a_plan_that_stays_as_it_is_makes_no_line(town: ApiSide) -> None:
    for _ in range(3):
        await town.call("adm", "PATCH", f"places/home/boxes/{UNIT}", {"plan_mb": 10})

    assert town.rows("SELECT count(*) FROM log WHERE place = 'home' AND kind = 'change'") == [(1,)]


@pytest.mark.parametrize("wrong", [{"plan_mb": 0}, {"plan_mb": -1}, {"plan_mb": 10**9}, {"plan_mb": "10"}, {}])
async def test_a_plan_that_makes_no_sense_is_refused(town: ApiSide, wrong: dict[str, Any]) -> None:
    answer = await town.call("adm", "PATCH", f"places/home/boxes/{UNIT}", wrong)

    assert (answer.status, answer.reason) == (400, "malformed")


@pytest.mark.parametrize("unit_id", [SPARE_UNIT, "00000000", "nowhere"])
async def test_a_box_of_no_door_of_the_place_is_nobodys_to_change(town: ApiSide, unit_id: str) -> None:
    answer = await town.call("adm", "PATCH", f"places/home/boxes/{unit_id}", {"plan_mb": 10})

    assert (answer.status, answer.reason) == (404, "unknown")


async def test_a_box_that_falls_silent_with_its_plan_used_is_probably_out_of_data(
    town: ApiSide, unit: UnitSide
) -> None:
    await town.call("adm", "PATCH", f"places/home/boxes/{UNIT}", {"plan_mb": 9})
    assert not (await box(town))["data"]["probably_out"]
    link = town.wired.units.of(UNIT)
    assert link is not None
    link.link = "away"

    found = await box(town)
    assert found["data"]["probably_out"]
    assert found["away_since"] == found["heard"]


async def test_a_box_that_was_revoked_is_shown_no_more(town: ApiSide, unit: UnitSide) -> None:
    disk(town, "UPDATE units SET revoked = 1 WHERE id = ?", UNIT)

    assert (await town.call("adm", "GET", "places/home/boxes")).body == []
