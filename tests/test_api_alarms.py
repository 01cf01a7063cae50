"""An alarm is seen and acknowledged by those who manage its place, and by nobody else, whatever they ask for."""

from typing import Any

import pytest

from cloud.alarms import Alarm
from tests.api_side import ApiSide, town
from tests.api_town import UNIT
from tests.given import ASKED

__all__ = ["town"]

WATCH = {"type": "watch", "stream": None, "seen": 0}


async def picture(town: ApiSide, who: str) -> list[dict[str, Any]]:
    async with await town.socket(who) as ws:
        await ws.send_json(WATCH)
        return (await ws.receive_json(timeout=5))["alarms"]


async def test_the_list_has_what_has_ended_and_not_what_may_pass(town: ApiSide) -> None:
    ended = Alarm("old", "home", "away", None, UNIT, ASKED, ASKED, ASKED - 5, ended=ASKED + 1, times=3)
    for alarm in (ended, Alarm("pending", "home", "left_open", "gate", None, ASKED, ASKED + 300_000)):
        await town.wired.alarms._store.put(alarm)
    answer = await town.call("adm", "GET", "places/home/alarms")

    assert [(row["id"], row["ended"], row["times"]) for row in answer.body] == [
        ("alarm-home", None, 1),
        ("old", ASKED + 1, 3),
    ]


@pytest.mark.parametrize(
    ("who", "place", "alarm", "status"),
    [
        ("ada", "shop", "alarm-home", 404),
        ("ada", "home", "alarm-home", 404),
        ("sco", "home", "alarm-home", 404),  # an owner, in a session that is good for the shop
        ("adm", "home", "alarm-shop", 404),
        ("mia", "home", "alarm-home", 403),
        ("hos", "home", "alarm-home", 404),
    ],
)
async def test_nobody_acknowledges_what_she_does_not_manage(
    town: ApiSide, who: str, place: str, alarm: str, status: int
) -> None:
    before = town.dump()

    answer = await town.call(who, "POST", f"places/{place}/alarms/{alarm}/acknowledge")

    assert answer.status == status
    assert town.dump() == before


async def test_an_acknowledgement_is_on_every_managers_screen_with_her_name_and_on_nobody_elses(town: ApiSide) -> None:
    sockets = {who: await town.socket(who) for who in ("own", "adm", "mia", "ada", "sco")}
    for ws in sockets.values():
        await ws.send_json(WATCH)
        await ws.receive_json(timeout=5)
    for _ in range(2):
        assert (await town.call("adm", "POST", "places/home/alarms/alarm-home/acknowledge")).status == 204
    await town.call("adm", "PATCH", "places/home", {"version": 1, "name": "Afterwards"})

    shown: dict[str, list[dict[str, Any]]] = {}
    for who in ("own", "adm", "mia"):  # all of these are told of the place's new name, after it
        shown[who], said = [], await sockets[who].receive_json(timeout=5)
        while "Afterwards" not in {place["name"] for place in said.get("places", [])}:
            shown[who] += said.get("edits", [])
            said = await sockets[who].receive_json(timeout=5)
    for ws in sockets.values():
        await ws.close()
    one = {"kind": "alarm", "place": "home", "key": "alarm-home"}
    for who in ("own", "adm"):
        assert [{name: edit[name] for name in one} for edit in shown[who]] == [one], "once"
        assert shown[who][0]["thing"]["acknowledged_by"] == "Adm"
    assert shown["mia"] == []
    assert await picture(town, "sco") == []
    assert [alarm["id"] for alarm in await picture(town, "ada")] == ["alarm-shop"]
    said = town.rows("SELECT who, session, way FROM log WHERE kind = 'alarm_acknowledged'")
    assert said == [("adm", "s-adm", "app")]


async def test_whoever_becomes_an_admin_sees_what_is_wrong_and_whoever_is_one_no_longer_does_not(
    town: ApiSide,
) -> None:
    assert await picture(town, "tom") == []
    assert (await town.call("own", "PUT", "places/home/people/tom/role", {"role": "admin"})).status == 204
    assert [alarm["id"] for alarm in await picture(town, "tom")] == ["alarm-home"]
    assert (await town.call("own", "PUT", "places/home/people/tom/role", {"role": "member"})).status == 204

    assert await picture(town, "tom") == []
    assert (await town.call("tom", "POST", "places/home/alarms/alarm-home/acknowledge")).status == 403


async def test_push_and_alert_addresses_hear_of_each_telling(town: ApiSide) -> None:
    wired = town.wired

    assert wired.alarms.tell == [wired.pushing.alarm, wired.alerting.alarm]
