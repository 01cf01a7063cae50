"""Every screen of the app, each by a name: how a test gets there. What is looked at then, see test_app_everywhere.

Buttons are found by where they stand and not by what they say: the same way leads there in every language.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Page, expect

from tests import app_place, app_scenes
from tests.app_place import PLACE, alarm, invitation
from tests.app_scenes import HOUR_MS, Scene
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.fake_cloud import FakeCloud, Press
from tests.fake_doors import recorded
from tests.test_app_guest import GUEST, LOOK

SECTIONS = ["glance", "people", "requests", "groups", "doors", "boxes", "who", "log", "figures", "alerts", "place"]

Show = Callable[[FakeCloud, Page], Awaitable[None]]
Of = Callable[[int], Scene]
SCREENS: dict[str, tuple[Of, Show]] = {}  # name -> (what the cloud has to show, how to get there)
OUTSIDE: set[str] = set()  # those before anybody is known: in the language of the browser
FAILURE = {"state": "DONE", "movement": "did_not_move", "stops": {"coil": 398}}


def screen(show: Show, of: Of = app_place.managed) -> Show:
    SCREENS[show.__name__] = of, show
    return show


def outside(show: Show) -> Show:
    OUTSIDE.add(show.__name__)
    return screen(show)


def of(scene: Of) -> Callable[[Show], Show]:
    return lambda show: screen(show, scene)


async def to(page: Page, section: str) -> None:
    """A section of Manage by its place in the menu, whatever it is called in this language."""
    await tab(page, "manage").click()
    await page.locator("io-manage-page nav button").nth(SECTIONS.index(section)).click()


def tab(page: Page, name: str):
    return page.locator("io-tabs button").nth(["doors", "guests", "manage", "me"].index(name))


def sheet(page: Page):
    return page.locator("io-sheet")


# -- the doors, as they may stand


async def doors(_: FakeCloud, page: Page) -> None:
    await expect(page.locator("io-door-card").first).to_be_visible()


for _name, _scene in app_scenes.SCENES.items():
    SCREENS[f"doors: {_name}"] = _scene, doors


async def _nothing(_: FakeCloud, page: Page) -> None:
    await expect(page.get_by_role("navigation")).to_be_visible()


SCREENS["doors: no_doors"] = app_scenes.no_doors, _nothing


async def fails(cloud: FakeCloud, press: Press) -> dict[str, Any]:
    operation = recorded(cloud, press, **FAILURE)
    await cloud.push(operations=(operation,))
    return {"operation": operation["id"]}


@of(app_scenes.four_doors)
async def failure(cloud: FakeCloud, page: Page) -> None:
    cloud.on_press = fails
    await page.locator("io-open-button button").first.click()
    await expect(page.locator("io-receipt")).to_be_visible()


@of(app_scenes.long_names)
async def failure_of_a_long_name(cloud: FakeCloud, page: Page) -> None:
    await failure(cloud, page)


@of(app_scenes.four_doors)
async def not_now(_: FakeCloud, page: Page) -> None:
    await page.locator("io-open-button button").nth(2).click(force=True)  # it says that it is off
    await expect(page.locator("io-told button").first).to_be_visible()


@of(app_scenes.four_doors)
async def not_live(cloud: FakeCloud, page: Page) -> None:
    cloud.ticking = False
    await expect(page.locator("io-link-note b")).to_be_visible()


@of(app_scenes.one_door)
async def news(cloud: FakeCloud, page: Page) -> None:
    told = {"kind": "suspended", "place": "mallorca", "doors": ["garage"], "grant": "g1", "role": None}
    await cloud.push(news=[told, {**told, "kind": "declined"}, {**told, "kind": "role", "role": "admin"}])
    await expect(page.locator("io-news-note .note")).to_have_count(3)


@of(app_scenes.four_doors)
async def alone(_: FakeCloud, page: Page) -> None:
    await page.evaluate("location.hash = '#door=stairs'")
    await expect(page.locator("io-one-door")).to_be_visible()


@of(app_scenes.places)
async def choosing_a_place(_: FakeCloud, page: Page) -> None:
    await page.locator("io-place-bar button").first.click()
    await expect(page.locator("io-place-bar dialog")).to_be_visible()


# -- before anybody is known


@outside
async def sign_in_link(cloud: FakeCloud, page: Page) -> None:
    cloud.signed_in = False
    await page.goto(f"{cloud.address}/#sign-in=UNUSED")
    await page.reload()
    await expect(page.locator("io-sign-in button").first).to_be_visible()


@outside
async def used_link(cloud: FakeCloud, page: Page) -> None:
    cloud.signed_in = False
    await page.goto(f"{cloud.address}/#sign-in=USED")
    await page.reload()
    await page.locator("io-sign-in button").first.click()
    await expect(page.locator("io-sign-in h1")).to_be_visible()


@outside
async def signed_out(cloud: FakeCloud, page: Page) -> None:
    cloud.signed_in = False
    await page.goto(cloud.address)
    await expect(page.locator("io-signed-out form")).to_be_visible()


@outside
async def guest_link(cloud: FakeCloud, page: Page) -> None:
    cloud.signed_in = False
    cloud.answers[LOOK] = GUEST
    await page.goto(f"{cloud.address}/#guest=SECRET")
    await page.reload()
    await expect(page.locator("io-guest-link dl")).to_be_visible()


@outside
async def poster(cloud: FakeCloud, page: Page) -> None:
    cloud.signed_in = False
    cloud.answers[LOOK] = {**GUEST, "kind": "poster"}
    await page.goto(f"{cloud.address}/#ask=SECRET")
    await page.reload()
    await expect(page.locator("io-poster form")).to_be_visible()


@screen
async def pad(cloud: FakeCloud, page: Page) -> None:
    await cloud.push(you={**cloud.you, "pin": True})
    await page.locator("io-open-button button").first.click()
    await expect(sheet(page).locator(".pad")).to_be_visible()


@screen
async def holding(cloud: FakeCloud, page: Page) -> None:
    await cloud.door("garage", hold=app_scenes.hold(NOW + HOUR_MS, who="Imma Soler", person="p4"))
    card = page.locator("io-door-card").nth(1)
    await card.locator(".details").click()
    await card.locator(".begin").click()
    await expect(sheet(page).locator("form")).to_be_visible()


@screen
async def oneself(cloud: FakeCloud, page: Page) -> None:
    await tab(page, "me").click()
    await expect(page.locator("io-passkeys")).to_be_visible()
    await expect(page.locator("io-sessions li").first).to_be_visible()


@screen
async def guests(cloud: FakeCloud, page: Page) -> None:
    await tab(page, "guests").click()
    await expect(page.locator("io-guest-card")).to_be_visible()


@screen
async def inviting(cloud: FakeCloud, page: Page) -> None:
    await guests(cloud, page)
    await page.locator("io-guests-page .head .strong").click()
    await page.locator("io-guest-form details > summary").first.click()
    await page.locator("io-week-rows button").last.click()
    for summary in await page.locator("io-access-form details:not([open]) > summary").all():
        await summary.click()
    await expect(page.locator("io-date-rows input").first).to_be_visible()


@screen
async def manage(cloud: FakeCloud, page: Page) -> None:
    await tab(page, "manage").click()
    await expect(page.locator("io-manage-page nav")).to_be_visible()


@screen
async def people(cloud: FakeCloud, page: Page) -> None:
    await to(page, "people")
    await expect(page.locator("io-people-page li").first).to_be_visible()


@screen
async def one_person(cloud: FakeCloud, page: Page) -> None:
    await people(cloud, page)
    await page.get_by_role("button", name="Núria Ferrer").click()
    await expect(page.locator("io-accesses li").first).to_be_visible()


@screen
async def one_access(cloud: FakeCloud, page: Page) -> None:
    await one_person(cloud, page)
    await page.locator("io-accesses .item").first.click()
    await page.locator("io-week-rows .words").first.click()
    await expect(sheet(page).locator("io-effect .done")).to_be_visible()


@screen
async def invited(cloud: FakeCloud, page: Page) -> None:
    await one_person(cloud, page)
    cloud.answers["POST", f"{PLACE}/people/p2/link"] = (201, invitation(NOW))
    await page.locator("io-person-acts .item").nth(1).click()
    await sheet(page).locator("[type=submit]").click()
    await expect(sheet(page).get_by_role("img")).to_be_visible()


@screen
async def requests(cloud: FakeCloud, page: Page) -> None:
    await to(page, "requests")
    await expect(page.locator("io-requests-page li").first).to_be_visible()


@screen
async def group(cloud: FakeCloud, page: Page) -> None:
    await to(page, "groups")
    await page.get_by_role("button", name="Cleaners").click()


@screen
async def door_settings(cloud: FakeCloud, page: Page) -> None:
    await to(page, "doors")
    await page.locator("io-doors-page .item").first.click()
    await expect(sheet(page).locator("form")).to_be_visible()


@screen
async def boxes(cloud: FakeCloud, page: Page) -> None:
    await to(page, "boxes")
    await expect(page.locator("io-box-card").first).to_be_visible()
    for summary in await page.locator("io-box-card summary").all():
        await summary.click()


@screen
async def plan(cloud: FakeCloud, page: Page) -> None:
    await boxes(cloud, page)
    await page.locator("io-box-card section > .quiet").first.click()
    await expect(sheet(page).locator("form")).to_be_visible()


@screen
async def who(cloud: FakeCloud, page: Page) -> None:
    yes = {"person": "p2", "door": "garage", "allowed": True, "reason": None, "rule": "g2", "next": None}
    answers = [{**yes, "until": NOW + 1000}]
    cloud.answers["GET", f"{PLACE}/who"] = {"at": NOW, "answers": answers, "beyond": True}
    await to(page, "who")
    await page.locator("io-who-page [type=submit]").click()
    await expect(page.locator("io-who-page li")).to_be_visible()


@screen
async def log(cloud: FakeCloud, page: Page) -> None:
    await to(page, "log")
    await page.locator("io-place-log li").nth(5).click()
    await expect(page.locator("io-log-lines .ways")).to_be_visible()
    await page.locator("io-place-log summary").click()
    await page.locator("io-person-choice input").press("ArrowDown")
    await expect(page.get_by_role("listbox")).to_be_visible()


@screen
async def back_in_time(cloud: FakeCloud, page: Page) -> None:
    door = {"door": "garage", "name": "Garage", "state": "open", "since": NOW - 3 * HOUR_MS, "held": True, "away": True}
    then = {"at": NOW, "names": {}, "rules": True, "beyond": True, "answers": app_place.verdicts(NOW)}
    cloud.answers["GET", f"{PLACE}/then"] = {**then, "doors": [{**door, "last": app_place.log_lines(NOW)[3]}]}
    await to(page, "log")
    await page.locator("io-place-log li").nth(5).click()
    await page.locator("io-log-lines .ways button").first.click()
    await expect(page.locator("io-doors-then li")).to_be_visible()


@screen
async def place(cloud: FakeCloud, page: Page) -> None:
    await to(page, "place")
    await expect(page.locator("io-place-page form")).to_be_visible()


@screen
async def glance(cloud: FakeCloud, page: Page) -> None:
    of_box, of_door = {"unit": "0a0b0c0d", "since": NOW - HOUR_MS}, {"door": "garage", "since": NOW - HOUR_MS}
    taken = {"acknowledged": NOW, "acknowledged_by": "Imma Soler"}
    alarms = [
        alarm("a1", "away", **of_box),
        alarm("a2", "left_open", **of_door, **taken),
        alarm("a3", "signal", **of_box),
    ]
    edits = [{"kind": "alarm", "place": "mallorca", "key": one["id"], "thing": one} for one in alarms]
    await cloud.push(edits=edits)
    await to(page, "glance")
    await expect(page.locator("io-alarm-list h3")).to_have_count(3)
    await page.locator("io-alarm-list summary").first.click()


@screen
async def figures(cloud: FakeCloud, page: Page) -> None:
    cells = [[day * hour for hour in range(24)] for day in range(7)]
    opens = {"zone": "Europe/Madrid", "days": 28, "since": NOW - 648 * HOUR_MS, "cells": cells, "total": 5796}
    cloud.answers["GET", f"{PLACE}/opens"] = opens
    await to(page, "figures")
    await page.locator("io-figures-page summary").click()
    await expect(page.locator("io-figures-page tbody tr")).to_have_count(24)


@screen
async def alerts(cloud: FakeCloud, page: Page) -> None:
    cloud.answers["GET", f"{PLACE}/alerts"] = {"count": 1, "kinds": ["tgram"]}
    await to(page, "alerts")
    await page.locator("io-alerts-where button").first.click()
    await expect(sheet(page).locator("textarea")).to_be_visible()


@screen
async def adding_a_person(cloud: FakeCloud, page: Page) -> None:
    await people(cloud, page)
    await page.locator("io-people-page button.strong").click()
    await expect(sheet(page).locator("form")).to_be_visible()


@screen
async def removing_a_person(cloud: FakeCloud, page: Page) -> None:
    await one_person(cloud, page)
    await page.locator("io-person-acts .item").last.click()
    await expect(sheet(page).locator("[type=submit]")).to_be_visible()


@screen
async def digits(cloud: FakeCloud, page: Page) -> None:
    await oneself(cloud, page)
    await page.locator("io-pin button").first.click()
    await expect(sheet(page).locator("form")).to_be_visible()


@screen
async def her_number(cloud: FakeCloud, page: Page) -> None:
    await oneself(cloud, page)
    await page.locator("io-contact button").first.click()
    await expect(sheet(page).locator("form")).to_be_visible()
