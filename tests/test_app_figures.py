"""Figures and settings of alarms for who manages, and the service for who runs it, on their screens."""

import re
from typing import Any, get_args

import pytest
from playwright.async_api import Page, expect

from cloud.figure_types import Trouble, Wrong
from tests import app_place, app_scenes
from tests.app_place import PLACE, door_admin
from tests.app_scenes import HOUR_MS, MINUTE_MS
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.fake_cloud import FakeCloud
from tests.manage_page import calls, menu, sheet
from tests.test_app_texts import catalogue

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY_MS = 24 * HOUR_MS
OPENS = f"{PLACE}/opens"
FACTS = """async (opens) => {
    const { circles, facts, hours } = await import("/app/manage/figures.js");
    return { ...facts(opens), circles: circles(opens.cells), hours: [hours(8), hours(23), hours(22, 6)] };
}"""


def counted(*opens: tuple[int, int, int], days: int = 28) -> dict[str, Any]:
    """(weekday, hour, how many)"""
    cells = [[0] * 24 for _ in range(7)]
    for day, hour, count in opens:
        cells[day][hour] += count
    return {"zone": "Europe/Madrid", "days": days, "since": NOW - 27 * DAY_MS, "cells": cells, "total": _sum(cells)}


def _sum(cells: list[list[int]]) -> int:
    return sum(map(sum, cells))


# -- figures


async def test_the_figures_of_a_week_are_its_peak_and_the_hours_in_which_nothing_happens(pure_page):
    found = await pure_page.evaluate(FACTS, counted((1, 8, 36), (1, 18, 9), (6, 8, 9), (0, 22, 2), days=28))

    assert found["perDay"] == 2
    assert found["peak"] == {"day": 1, "hour": 8, "count": 36}
    assert found["quiet"] == {"from": 9, "to": 18}  # the longest of all; the others are 19 to 22 and 23 to 8
    radii = {(one["day"], one["hour"]): one["r"] for one in found["circles"]}
    assert radii == pytest.approx({(1, 8): 1, (1, 18): 0.5, (6, 8): 0.5, (0, 22): (2 / 36) ** 0.5})  # areas are counts
    assert found["hours"] == ["08:00–09:00", "23:00–24:00", "22:00–06:00"]
    over_midnight = await pure_page.evaluate(FACTS, counted(*[(2, hour, 1) for hour in range(6, 22)]))
    assert over_midnight["quiet"] == {"from": 22, "to": 6}
    once_a_day = await pure_page.evaluate(FACTS, counted((1, 20, 1)))
    assert once_a_day["quiet"] is None  # 23 quiet hours say nothing that the one does not
    nothing = await pure_page.evaluate(FACTS, counted())
    assert (nothing["peak"], nothing["quiet"], nothing["circles"]) == (None, None, [])


async def test_opens_are_drawn_with_a_table_behind_and_counted_by_door_and_period(opened, clouds):
    scene = app_place.managed(NOW)
    scene.answers["GET", OPENS] = counted((1, 8, 36), (1, 18, 9), (6, 8, 9))
    cloud = await clouds(scene)
    page = await opened(cloud, viewport={"width": 1280, "height": 800})
    await page.get_by_role("button", name="Manage", exact=True).click()
    await menu(page, "Opens by hour").click()
    chart = page.get_by_role("img")
    await expect(chart).to_have_accessible_name(re.compile(r"54 opens.*1\.9 a day.*Most on Tuesday, 08:00–09:00: 36\."))
    await expect(chart.locator("circle")).to_have_count(3)
    await page.get_by_text("As a table").click()
    row = page.get_by_role("row").filter(has_text="08:00")
    await expect(row).to_have_text(re.compile(r"08:00\s*0\s*36\s*0\s*0\s*0\s*0\s*9\s*45"))
    await expect(page.get_by_role("row").last).to_have_text(re.compile(r"All\s*0\s*45\s*0\s*0\s*0\s*0\s*9\s*54"))
    await expect(page.get_by_role("row")).to_have_count(26)
    cloud.answers["GET", OPENS] = lambda asked: counted(days=int(asked.query["days"]))
    await page.get_by_label("Door", exact=True).select_option("Stairwell")
    await page.get_by_label("Period").select_option("12 weeks")

    await expect(page.get_by_text("None since 22 Oct.")).to_be_visible()
    await expect(chart).to_have_count(0)
    asked = [one.query for one in cloud.asked if one.path == OPENS]
    assert asked == [{"days": "28"}, {"days": "28", "door": "stairs"}, {"days": "84", "door": "stairs"}]


# -- settings of alarms


async def settings(opened, clouds) -> tuple[FakeCloud, Page]:
    scene = app_place.managed(NOW)
    scene.answers["GET", f"{PLACE}/alerts"] = {"count": 2, "kinds": ["tgram", "slack"], "former_owner": True}
    doors = [door_admin("garage", "Garage"), door_admin("stairs", "Stairwell", left_open_s=None)]
    scene.answers["GET", PLACE]["doors"] = [*doors, door_admin("gate", "Gate", sensor=False)]
    cloud = await clouds(scene)
    page = await opened(cloud)
    await page.get_by_role("button", name="Manage", exact=True).click()
    await menu(page, "Alarm settings").click()
    return cloud, page


async def test_when_something_is_an_alarm_and_whom_to_call_is_set_for_the_place(opened, clouds):
    cloud, page = await settings(opened, clouds)
    cloud.answers["PATCH", PLACE] = None
    await expect(page.get_by_label("Door box silent for, minutes")).to_have_value("5")
    await page.get_by_label("Door box silent for, minutes").fill("1")
    await page.get_by_role("button", name="Save").first.click()
    assert calls(cloud, "PATCH", PLACE) == []  # less than the cloud takes
    await page.get_by_label("Door box silent for, minutes").fill("10")
    await page.get_by_label("Told again every, minutes").fill("45")
    await page.get_by_label("Phone or e-mail of the installer").fill("")
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_text("Saved.")).to_be_visible()

    installer = {"installer_name": "Ferran Mas", "installer_contact": None}
    assert calls(cloud, "PATCH", PLACE) == [{"version": 3, "away_after_s": 600, "again_s": 2700, **installer}]


async def test_left_open_is_set_for_those_doors_alone_that_were_changed(opened, clouds):
    cloud, page = await settings(opened, clouds)
    cloud.answers["PATCH", "doors/stairs"] = None
    await expect(page.get_by_label("Garage, minutes")).to_have_value("10")
    await expect(page.get_by_text("Gate has no sensor: nobody can know.")).to_be_visible()
    await page.get_by_label("Stairwell, minutes").fill("2.5")
    await page.get_by_role("button", name="Save").last.click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    assert calls(cloud, "PATCH", "doors/stairs") == [{"version": 1, "left_open_s": 150}]
    assert calls(cloud, "PATCH", "doors/garage") == []
    await page.get_by_label("Garage, minutes").fill("")
    cloud.answers["PATCH", "doors/garage"] = (409, {"reason": "conflict", "detail": ""})
    await page.get_by_role("button", name="Save").last.click()

    await expect(page.locator(".failed")).to_be_visible()
    assert calls(cloud, "PATCH", "doors/garage") == [{"version": 1, "left_open_s": None}]


async def test_addresses_are_written_all_at_once_tried_and_never_shown_again(opened, clouds):
    cloud, page = await settings(opened, clouds)
    cloud.answers["PUT", f"{PLACE}/alerts"] = (422, {"reason": "invalid", "detail": "no such service: http"})
    await expect(page.get_by_text("2: tgram, slack")).to_be_visible()
    await page.get_by_role("button", name="Change").click()
    box = sheet(page).get_by_label("Addresses, one a line")
    await expect(box).to_have_value("")
    await box.fill("tgram://123:abc/456\n\n mailto://u:p@example.org ")
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page).locator(".failed")).to_contain_text("no such service: http")
    cloud.answers["PUT", f"{PLACE}/alerts"] = None
    warned = page.get_by_text("Who set this does not own the place any more.")
    await expect(warned).to_be_visible()
    cloud.answers["GET", f"{PLACE}/alerts"] = {"count": 2, "kinds": ["tgram", "mailto"], "former_owner": False}
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page)).to_have_count(0)
    await expect(warned).to_have_count(0)
    assert calls(cloud, "PUT", f"{PLACE}/alerts")[-1] == {"urls": ["tgram://123:abc/456", "mailto://u:p@example.org"]}
    assert "123:abc" not in await page.content()
    tried = [{"kind": "tgram", "delivered": True}, {"kind": "slack", "delivered": False}]
    cloud.answers["POST", f"{PLACE}/alerts/test"] = tried
    await page.get_by_role("button", name="Send a test").click()

    await expect(page.get_by_text("tgram: taken")).to_be_visible()
    await expect(page.get_by_text("slack: not taken")).to_be_visible()


async def test_who_is_no_owner_sees_how_many_addresses_there_are_and_changes_none(opened, clouds):
    scene = app_place.managed(NOW)
    scene.answers["GET", PLACE]["people"][0]["member"]["role"] = "admin"
    scene.answers["GET", f"{PLACE}/alerts"] = {"count": 0, "kinds": []}
    page = await opened(await clouds(scene))
    await page.get_by_role("button", name="Manage", exact=True).click()
    await menu(page, "Alarm settings").click()

    await expect(page.get_by_text("Nowhere else yet.")).to_be_visible()
    await expect(page.get_by_text("Only an owner changes this.")).to_be_visible()
    await expect(page.get_by_role("button", name="Change")).to_have_count(0)


# -- the service


def unit(number: str, name: str | None, **fields: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("heard", "firmware", "network", "signal", "dbm", "share"))
    places = [{"id": "mallorca", "name": name}] if name else []
    return {"unit": number, "places": places, "link": "online", "data": 0, "faults": [], **nothing, **fields}


def listed(asked: Any) -> dict[str, Any]:
    lost = {"link": "away", "heard": NOW - 50 * MINUTE_MS, "network": "modem", "signal": "weak", "dbm": -109}
    faults = [*get_args(Trouble)]
    worst = unit("1a1b1c1d", "Carrer Mallorca 120", faults=faults, data=42_000_000, share=0.84, **lost)
    every = [worst, unit("0a0b0c0d", "Balmes 4", network="wired", firmware=41), unit("0000beef", None)]
    found = every if not asked.query else every[:1]
    return {"now": NOW, "units": found, "found": len(found), "total": 3, "wrong": 1}


HEALTH: dict[str, Any] = {
    "now": NOW,
    "since": NOW - 9 * DAY_MS,
    "version": "0.1.0",
    "python": "3.11.2",
    "sqlite": "3.40.1",
    "wrong": [*get_args(Wrong)],
    "disk_used": 0.83,
    "disk_reserved": False,
    "broker_up": False,
    "restarts": 2,
    "stepped_s": 3600.0,
    "memory": 81_000_000,
    "apps": 212,
    "online": 38,
    "away": 2,
    "never": 1,
    "places": 14,
    "people": 1620,
    "certificates": [{"name": "broker", "until": NOW, "days": 6}],
    "presses": {"asked": 9, "opened": 5, "refused": 1, "failed": 2, "unknown": 1, "half_ms": 640, "most_ms": None},
}


async def served(opened, clouds, *staff: str) -> tuple[FakeCloud, Page]:
    scene = app_place.managed(NOW)
    scene.answers["GET", "me"] = app_scenes.me(scene.you, staff=[*staff])
    scene.answers["GET", "host/units"] = listed
    scene.answers["GET", "host/health"] = HEALTH
    cloud = await clouds(scene)
    page = await opened(cloud)
    await page.get_by_role("button", name="Me", exact=True).click()
    await expect(page.locator("io-passkeys")).to_be_visible()
    return cloud, page


async def test_a_host_sees_what_is_wrong_with_the_service_and_it_goes_on_by_itself(opened, clouds):
    cloud, page = await served(opened, clouds, "host")
    await page.clock.install()
    await page.get_by_role("button", name="How the service is").click()
    wrong = page.locator("io-host-health .failed, io-host-health .warned")
    await expect(wrong).to_have_count(len(get_args(Wrong)))
    await expect(page.get_by_text("The host's clock was set by 3600 s since the start.")).to_be_visible()
    rows = page.locator("io-host-health dl > div")
    await expect(rows.filter(has_text="Half of them within")).to_contain_text("0.6 s")
    await expect(rows.filter(has_text="Nine of ten")).to_have_count(0)  # nobody knows
    await expect(rows.filter(has_text="Broker").first).to_contain_text("no connection")
    await expect(page.get_by_text("6 days")).to_have_class("odd")
    cloud.answers["GET", "host/health"] = {**HEALTH, "wrong": [], "broker_up": True}
    await page.clock.run_for(11_000)
    await expect(page.get_by_text("All is well")).to_be_visible()

    await expect(page.get_by_text("connected · restarts: 2")).to_be_visible()
    await page.get_by_role("button", name="Me").first.click()
    await expect(page.get_by_role("button", name="How the service is")).to_be_visible()


async def test_a_host_finds_a_box_by_its_number_or_place_the_worst_stand_first(opened, clouds):
    cloud, page = await served(opened, clouds, "host")
    await page.get_by_role("button", name="How the service is").click()
    await page.get_by_role("button", name="Door boxes").click()
    rows = page.locator("io-host-units .unit")
    await expect(rows).to_have_count(3)
    await expect(page.get_by_text("1 of 3 need looking after.")).to_be_visible()
    await expect(rows.first.locator(".tag")).to_have_count(len(get_args(Trouble)))
    await expect(rows.first).to_contain_text("heard 50 min ago · mobile · weak −109 dBm · 42 MB (84%)")
    await expect(rows.last).to_contain_text("no doors yet")
    await page.get_by_label("Number or place").fill(" mallorca")
    await expect(rows).to_have_count(1)
    await page.get_by_label("Only what needs looking after").check()
    await cloud.until(lambda: [one.query for one in cloud.asked if one.path == "host/units"][-1].get("wrong"))

    asked = [one.query for one in cloud.asked if one.path == "host/units"]
    assert asked == [{}, {"find": "mallorca"}, {"find": "mallorca", "wrong": "true"}]


async def test_an_installer_is_shown_no_service(opened, clouds):
    _, page = await served(opened, clouds, "installer")
    await expect(page.get_by_role("button", name="Put in a door")).to_be_visible()

    await expect(page.get_by_role("button", name="How the service is")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "es", "ca"])
async def test_every_trouble_that_the_cloud_names_has_words(language):
    words = catalogue(language)

    assert {f"host_fault_{name}" for name in get_args(Trouble)} <= words.keys()
    assert {f"host_wrong_{name}" for name in get_args(Wrong)} <= words.keys()
