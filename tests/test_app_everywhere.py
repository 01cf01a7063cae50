"""The screens beyond the doors, for everyone: axe in light and dark, thumbs, narrow phones, keyboard, languages."""

from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests import app_place, app_scenes
from tests.app_place import PLACE, alarm, invitation
from tests.app_scenes import HOUR_MS
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.fake_cloud import FakeCloud
from tests.test_app_figures import HEALTH, listed
from tests.test_app_guest import GUEST, LOOK

pytestmark = pytest.mark.asyncio(loop_scope="session")

LEAST_TARGET_PX = 44
# What is wider than the screen, through every shadow root. A table of figures may scroll in itself.
STICKING_OUT = """() => {
    const inside = (one) => (one.shadowRoot ? all(one.shadowRoot) : []);
    const all = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...inside(one)]);
    const hidden = (one) => one.closest(".hidden, svg, option, .scroll, .scroll *") || !one.checkVisibility();
    const tooWide = (one) => one.getBoundingClientRect().right > innerWidth + 0.5 || one.scrollWidth > innerWidth;
    return [document.body, ...all(document.body)].filter((one) => !hidden(one) && tooWide(one))
        .map((one) => one.outerHTML.slice(0, 100));
}"""
# Everything that can be touched and is smaller than a thumb needs. What belongs to a label is as large as its label.
SMALL = """(least) => {
    const inside = (one) => (one.shadowRoot ? all(one.shadowRoot) : []);
    const all = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...inside(one)]);
    const touched = "button, a, input, select, textarea, summary";
    return all(document.body).filter((one) => one.matches(touched) && one.checkVisibility())
        .map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()])
        .filter(([, { width, height }]) => width && (height < least - 0.5 || width < 30))
        .map(([one, { width, height }]) => `${width}×${height} ${one.outerHTML.slice(0, 80)}`);
}"""
# Whether what has the focus lies in the open sheet, through every shadow root.
IN_SHEET = """() => {
    let one = document.activeElement;
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    for (let at = one; at; at = at.assignedSlot ?? at.parentNode ?? at.host) if (at.localName === "dialog") return true;
    return one === document.body;
}"""

SECTIONS = ["glance", "people", "requests", "groups", "doors", "boxes", "who", "log", "figures", "alerts", "place"]

Screen = Callable[[FakeCloud, Page], Awaitable[None]]
SCREENS: dict[str, Screen] = {}


def screen(show: Screen) -> Screen:
    SCREENS[show.__name__] = show
    return show


async def to(page: Page, section: str) -> None:
    """A section of Manage by its place in the menu, whatever it is called in this language."""
    await tab(page, "manage").click()
    await page.locator("io-manage-page nav button").nth(SECTIONS.index(section)).click()


def tab(page: Page, name: str):
    return page.locator("io-tabs button").nth(["doors", "guests", "manage", "me"].index(name))


def sheet(page: Page):
    return page.locator("io-sheet")


@screen
async def signed_out(cloud: FakeCloud, page: Page) -> None:
    cloud.signed_in = False
    await page.goto(cloud.address)
    await expect(page.locator("io-signed-out form")).to_be_visible()


@screen
async def guest_link(cloud: FakeCloud, page: Page) -> None:
    cloud.signed_in = False
    cloud.answers[LOOK] = GUEST
    await page.goto(f"{cloud.address}/#guest=SECRET")
    await page.reload()
    await expect(page.locator("io-guest-link dl")).to_be_visible()


@screen
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


async def serving(cloud: FakeCloud, page: Page) -> None:
    cloud.answers["GET", "me"] = app_scenes.me(cloud.you, staff=["host"])
    cloud.answers["GET", "host/health"] = HEALTH
    cloud.answers["GET", "host/units"] = listed
    await tab(page, "me").click()
    await page.locator("io-staff .strong").click()
    await expect(page.locator("io-host-health .card")).to_have_count(4)


@screen
async def service_health(cloud: FakeCloud, page: Page) -> None:
    await serving(cloud, page)


@screen
async def service_boxes(cloud: FakeCloud, page: Page) -> None:
    await serving(cloud, page)
    await page.locator("io-host-page nav button").last.click()
    await expect(page.locator("io-host-units .unit")).to_have_count(3)


async def shown(opened, clouds, name: str, language: str = "en", **options) -> Page:
    cloud = await clouds(app_place.managed(NOW))
    cloud.you = {**cloud.you, "language": language}
    cloud.answers["GET", "me"] = app_scenes.me(cloud.you, pin=True)
    page = await opened(cloud, **{"reduced_motion": "reduce", **options})
    await expect(page.locator("io-door-card").first).to_be_visible()
    await SCREENS[name](cloud, page)
    return page


# The longer languages in turn: each sentence is there in all of them, see test_app_texts.
@pytest.mark.parametrize(("name", "language"), [(name, ("es", "ca")[i % 2]) for i, name in enumerate(SCREENS)])
async def test_axe_finds_nothing_thumbs_find_everything_and_320_px_are_enough(opened, clouds, name, language):
    locale = {"es": "es-ES", "ca": "ca-ES"}[language]
    page = await shown(opened, clouds, name, language, locale=locale)
    found = ""
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        result = await Axe().run(page)
        for fault in result.response["violations"]:
            found += f"{theme} {fault['id']}: {[node['html'][:140] for node in fault['nodes']]}\n"
    assert found == ""
    assert await page.evaluate(SMALL, LEAST_TARGET_PX) == []
    await expect(page.locator("html")).to_have_attribute("lang", language)

    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate(STICKING_OUT) == []


@pytest.mark.parametrize("name", ["pad", "one_access", "invited", "door_settings"])
async def test_a_sheet_keeps_the_focus_and_gives_it_back_on_escape(opened, clouds, name):
    page = await shown(opened, clouds, name)
    for _ in range(40):
        await page.keyboard.press("Tab")
        assert await page.evaluate(IN_SHEET)
    await page.keyboard.press("Escape")
    await expect(sheet(page)).to_have_count(0)

    assert await page.evaluate("document.activeElement.localName") == "iomando-app"


async def test_an_access_is_given_with_the_keyboard_alone(opened, clouds):
    cloud = await clouds(app_place.managed(NOW))
    cloud.answers["PATCH", f"{PLACE}/grants/g2"] = None
    page = await opened(cloud)
    await expect(page.locator("io-door-card").first).to_be_visible()

    async def press(name: str) -> None:
        for _ in range(60):
            await page.keyboard.press("Tab")
            focused = await page.evaluate("""() => {
                let one = document.activeElement;
                while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
                return one.getAttribute("aria-label") ?? one.textContent;
            }""")
            if name in focused:
                await page.keyboard.press("Enter")
                return
        raise AssertionError(f"{name} is not reached by Tab")

    await press("Manage")
    await expect(page.locator("io-manage-page nav")).to_be_visible()
    await press("People")
    await press("Núria Ferrer")
    await press("Garage")
    await expect(sheet(page).locator("form")).to_be_visible()
    await press("Wed 18:00–20:00")  # the row opens; a thumb would draw on the week
    await press("Friday")
    await press("Save")
    await expect(sheet(page)).to_have_count(0)

    saved = next(asked.body for asked in cloud.asked if asked.method == "PATCH")
    assert saved["hours"]["windows"][0]["days"] == [2, 4]
