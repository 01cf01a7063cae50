"""What an admin is told at night, from the door's own contacts to her screen: real cloud, broker and firmware."""

import sqlite3
from typing import Any

import aiohttp
import pytest

from cloud.health import REFRESH_HEADER
from sim.phone import Phone
from sim.town import DoorPlan
from tests.scene import SOON_S, Scene, query
from tests.town_fixtures import story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()

GATE = DoorPlan("", "toggle", pulse_ms=200, travel_s=0.5)  # stays as it is left
AFTER_S = 2
AN_HOUR_S = 3600
HEADERS = {REFRESH_HEADER: "yes"}


async def sets(s: Scene, **place: int) -> None:
    """Shorter times than an admin may set."""
    with sqlite3.connect(s.cloud.home / "iomando.db", timeout=SOON_S) as connection:
        connection.execute("UPDATE doors SET left_open_s = ?", (AFTER_S,))
        for name, value in place.items():
            connection.execute(f"UPDATE places SET {name} = ?", (value,))
    async with aiohttp.request("POST", f"http://127.0.0.1:{s.cloud.admin_port}/refresh", headers=HEADERS) as response:
        assert response.status < 300


def alarms(phone: Phone, kind: str) -> dict[str, Any]:
    """As her screen has them: by id, None when one has ended."""
    found: dict[str, Any] = {}
    for message in phone.messages:
        if message["type"] == "snapshot":
            found = {alarm["id"]: alarm for alarm in message["alarms"]}
        for edit in message.get("edits", []):
            if edit["kind"] == "alarm":
                found[edit["key"]] = edit["thing"] and {**edit["thing"]}
    return {key: alarm for key, alarm in found.items() if alarm is None or alarm["kind"] == kind}


async def one_more(phone: Phone, kind: str, known: set[str]) -> str:
    def new() -> list[str]:
        return [key for key, alarm in alarms(phone, kind).items() if alarm is not None and key not in known]

    return (await phone.until(new, f"an alarm: {kind}", SOON_S))[0]


def lines(s: Scene) -> list[tuple[str, str | None]]:
    found = query(s.cloud.home, "SELECT kind, who FROM log WHERE kind LIKE 'alarm%' ORDER BY n", ())
    return [(row["kind"], row["who"]) for row in found]


@story(GATE, alone=True)
async def test_a_link_that_flaps_is_told_once_and_a_door_left_open_until_somebody_sees_to_it(s: Scene) -> None:
    """The first by this process, the second by this one and the next."""
    admin = await s.new_phone(-1)
    await a_flapping_link(s, admin)
    await s.shown(lambda door: door["link"] == "online", "the unit online")
    await a_door_left_open(s, admin)


async def a_flapping_link(s: Scene, admin: Phone) -> None:
    await sets(s, again_s=AN_HOUR_S, away_after_s=AFTER_S)
    known = set[str]()
    for _ in range(2):
        await s.away()
        alarm = await one_more(admin, "away", known)
        known.add(alarm)
        await s.back()
        await admin.until(lambda alarm=alarm: alarms(admin, "away")[alarm] is None, "its end", SOON_S)

    told = [line for line in s.cloud.log if line["what"] == "alarm"]
    assert [(line["kind"], line["times"]) for line in told] == [("away", 1)]
    assert lines(s) == [("alarm", None), ("alarm_ended", None)] * 2


async def a_door_left_open(s: Scene, admin: Phone) -> None:
    await sets(s, again_s=AFTER_S, away_after_s=AN_HOUR_S)
    before = len(lines(s))
    await s.ends(await s.press("press"), "DONE")
    alarm = await one_more(admin, "left_open", set())
    shown = alarms(admin, "left_open")[alarm]
    assert (shown["door"], shown["acknowledged"]) == (s.door, None)
    await s.logged("alarm", alarm=alarm, times=1)
    assert not any(message.get("alarms") for message in s.phone.messages), "who only opens doors is shown none"

    await s.crash()
    await s.restart()
    assert alarms(admin, "left_open")[alarm]["since"] == shown["since"]
    again = await s.logged("alarm", alarm=alarm)
    assert again["times"] > 1

    url = f"{s.cloud.url}/api/v1/places/{shown['place']}/alarms/{alarm}/acknowledge"
    async with s.phone.http.post(url) as response:
        assert response.status == 403, "she opens doors here and manages nothing"
    async with admin.http.post(url) as response:
        assert response.status == 204
    await admin.until(lambda: alarms(admin, "left_open")[alarm]["acknowledged"], "that it is acknowledged", SOON_S)
    assert alarms(admin, "left_open")[alarm]["again"] is None

    await s.shown_state("open")
    await s.ends(await s.press("press"), "DONE")
    await admin.until(lambda: alarms(admin, "left_open")[alarm] is None, "its end", SOON_S)
    await s.shown_state("closed")
    said = [("alarm", None), ("alarm_acknowledged", s.people[-1][0]), ("alarm_ended", None)]
    assert lines(s)[before:] == said
