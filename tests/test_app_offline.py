"""Without a line, and before it is there: the last picture, dimmed and dated, that opens nothing; then a tick, and a
press by POST. With the real service, broker, unit and door behind it."""

import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from sim import town
from sim.street import Street

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEEN_MS = 30_000
ONLINE_S = 60
KEPT = "JSON.parse(localStorage.getItem('iomando.kept'))"
NO_SOCKET = """() => {
    window.WebSocket = class extends EventTarget { static OPEN = 1; readyState = 0; send() {} close() {} };
}"""
STRIKE = town.DoorPlan("Front door", "open", relay=19, closed_contact=None, open_contact=None, travel_s=1, pulse_ms=200)


class Town:
    def __init__(self, cloud: town.Cloud, made: town.Made, street: Street) -> None:
        self.cloud, self.made, self.street = cloud, made, street

    def coils(self) -> int:
        return len([edge for edge in self.street.edges() if edge.kind == "coil" and edge.value])

    def address(self, path: str = "/") -> str:
        return self.cloud.url + path


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    home: Path = tmp_path_factory.mktemp("home")
    cloud = town.Cloud(home)
    made = await town.make(home, (town.UnitPlan((STRIKE, town.GARAGE)),), cloud.broker_port)
    street = Street(home, made, cloud.broker_port)
    try:
        await cloud.start()
        await street.start()
        await cloud.wait_for(lambda line: line["what"] == "unit online", ONLINE_S)
        yield Town(cloud, made, street)
    finally:
        await street.stop()
        await cloud.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def signed_in(running: Town, browser: Browser) -> AsyncIterator[BrowserContext]:
    """A phone on which the app was open once; its service worker has what it keeps."""
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(SEEN_MS)
    page = await context.new_page()
    await page.goto(running.address(f"/#sign-in={running.made.links[running.made.user]}"))
    await page.get_by_role("button", name="Sign in on this phone").click()
    await expect(button(page)).to_have_text("Open", timeout=SEEN_MS)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.close()
    yield context
    await context.close()


Opened = Callable[..., Any]


@pytest_asyncio.fixture(loop_scope="session")
async def icon(running: Town, signed_in: BrowserContext) -> AsyncIterator[Opened]:
    """icon(path, script): a tap on the app's icon; what the page asked the service for is in `asked`."""
    pages: list[Page] = []

    async def tap(path: str = "/", script: str | None = None) -> Page:
        page = await signed_in.new_page()
        pages.append(page)
        page.set_default_timeout(SEEN_MS)
        if script:
            await page.add_init_script(f"({script})()")
        await page.goto(running.address(path))
        return page

    yield tap
    for page in pages:
        await page.close()


def button(page: Page, door: str = "Front door"):
    return page.get_by_role("article", name=door).locator("io-open-button").get_by_role("button")


def note(page: Page):
    return page.locator("io-link-note")


async def test_without_a_line_the_last_picture_is_dimmed_dated_and_opens_nothing_now_or_later(
    running: Town, icon: Opened
) -> None:
    coils = running.coils()
    await running.cloud.stop()
    page = await icon()
    await expect(note(page)).to_contain_text(re.compile(r"As of .*\d\d:\d\d:\d\d"))
    await expect(page.get_by_role("article", name="Front door").locator(".past").first).to_be_visible()
    await expect(button(page)).to_have_attribute("aria-disabled", "true")
    await button(page).click(force=True)
    await expect(button(page)).to_have_text("Not connected")
    await expect(note(page)).to_contain_text("We cannot be reached")
    await button(page).click(force=True)
    await expect(page.get_by_text("nothing can be opened from here")).to_be_visible()
    await page.evaluate("document.querySelector('iomando-app').session.press('garage', 'open')")

    await running.cloud.start()
    await running.cloud.wait_for(lambda line: line["what"] == "unit online", ONLINE_S)
    await expect(button(page)).to_have_text("Open", timeout=SEEN_MS)
    await expect(note(page)).to_have_text("")
    assert running.coils() == coils
    assert [line for line in running.cloud.log if line["what"] == "press"] == []


async def test_a_tick_makes_the_old_pictures_button_live_and_the_press_goes_by_post(
    running: Town, icon: Opened
) -> None:
    coils, edges = running.coils(), running.street.board.edges
    since = len(edges)
    page = await icon(script=NO_SOCKET)
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    await expect(button(page)).to_have_text("Open")

    await expect(note(page)).to_contain_text("As of")
    await expect(page.get_by_role("article", name="Front door").locator(".past").first).to_be_visible()
    await button(page).click()
    await expect(button(page)).to_have_text("Asking…")
    await edges.wait(SEEN_MS / 1000, since=since, kind="coil", value=1)
    assert running.coils() == coils + 1
    assert [url.rpartition("/")[2] for url in posted] == ["presses"]


def keeping(kept: dict[str, Any]) -> str:
    """A script of a page that finds this picture when it begins."""
    return f"() => localStorage.setItem('iomando.kept', {json.dumps(json.dumps(kept))})"


async def test_an_old_picture_offers_to_open_never_to_close_nor_what_may_be_over(icon: Opened) -> None:
    page = await icon()
    await expect(button(page, "Garage")).to_have_text("Open")
    kept = await page.evaluate(KEPT)
    await page.close()
    for door in kept["doors"]:
        if door["name"] == "Garage":
            door |= {"state": "open", "action": "close"}
    may = {"allowed": True, "reason": None, "next": None, "until": 1}
    kept["doors"].append({**kept["doors"][0], "id": "over", "name": "Over", "may": may})
    old = await icon(script=f"() => {{ ({keeping(kept)})(); ({NO_SOCKET})(); }}")

    await expect(button(old, "Garage")).to_have_text("Open")
    await expect(button(old, "Over")).to_have_text("Connecting")
    await expect(button(old, "Over")).to_have_attribute("aria-disabled", "true")
    await expect(note(old)).to_contain_text("The doors can be opened")


async def test_a_picture_that_cannot_be_drawn_is_not_in_the_way_of_the_true_one(icon: Opened) -> None:
    page = await icon()
    await expect(button(page)).to_have_text("Open")
    kept = await page.evaluate(KEPT)
    await page.close()
    kept["doors"] = [{"id": "x", "place": kept["places"][0]["id"]}]
    again = await icon(script=keeping(kept))

    await expect(button(again)).to_have_text("Open")
    assert len((await again.evaluate(KEPT))["doors"]) == 2


async def test_the_picture_of_another_person_is_gone_with_the_first_tick(icon: Opened) -> None:
    page = await icon()
    await expect(button(page)).to_have_text("Open")
    kept = await page.evaluate(KEPT)
    await page.close()
    kept["you"]["id"] = "somebody-else"
    kept["doors"][0]["name"] = "Not hers"
    again = await icon(script=f"() => {{ ({keeping(kept)})(); ({NO_SOCKET})(); }}")

    await expect(again.get_by_text("Not hers")).to_have_count(0)
    await expect(again.get_by_role("heading", name="We cannot be reached")).to_be_visible()
    assert await again.evaluate(KEPT) is None


async def test_a_shortcut_shows_one_door_and_does_not_open_it(running: Town, icon: Opened) -> None:
    coils, door = running.coils(), running.made.doors["Front door"]
    page = await icon(f"/#door={door}")
    await expect(button(page)).to_have_text("Open")
    manifest = await page.evaluate("fetch('/manifest.webmanifest').then((one) => one.json())")

    assert f"/#door={door}" in [one["url"] for one in manifest["shortcuts"]]
    await expect(page.get_by_role("article")).to_have_count(1)
    box = await button(page).bounding_box()
    assert box
    assert 0.3 < (box["y"] + box["height"] / 2) / 844 < 0.7
    await page.get_by_role("button", name="All doors").click()
    await expect(page.get_by_role("article")).to_have_count(2)
    assert "#" not in page.url
    assert running.coils() == coils

    await page.evaluate("location.hash = 'door=nowhere'")
    await expect(page.get_by_role("article")).to_have_count(2)
    bare = await page.context.request.fetch(running.address("/manifest.webmanifest"), headers={"Cookie": ""})
    assert "shortcuts" not in await bare.json() or bare.headers["cache-control"] == "no-store"


async def test_what_is_kept_holds_nobodys_presses_and_nobody_elses_name(running: Town, icon: Opened) -> None:
    page = await icon()
    await expect(button(page)).to_have_text("Open")
    text = await page.evaluate("localStorage.getItem('iomando.kept')")

    assert json.loads(text).keys() == {"you", "places", "doors", "grants", "now", "at"}
    assert running.made.admin not in text
    assert "press_id" not in text
    assert all(door["hold"] is None for door in json.loads(text)["doors"])


async def test_light_or_dark_is_as_she_chose_from_the_first_moment(icon: Opened) -> None:
    page = await icon()
    await page.get_by_role("button", name="Me", exact=True).click()
    await page.get_by_label("Light or dark").select_option("dark")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    bars = "[...document.querySelectorAll('meta[name=theme-color]')].map((one) => one.content)"

    assert await page.evaluate(background) == "rgb(15, 18, 21)"
    again = await icon()
    assert await again.evaluate(background) == "rgb(15, 18, 21)"
    await expect(button(again)).to_be_visible()
    assert await again.evaluate(bars) == ["#0f1215", "#0f1215"]
    await again.evaluate("localStorage.removeItem('iomando.theme')")


async def test_whoever_signs_out_leaves_no_picture_behind(running: Town, icon: Opened) -> None:
    page = await icon()
    await expect(button(page)).to_have_text("Open")
    other = await icon()
    await expect(button(other)).to_have_text("Open")
    assert await page.evaluate("fetch('/api/v1/sign-out', {method: 'POST'}).then((one) => one.status)") == 204
    for one in (page, other):
        await expect(one.get_by_role("heading", name="You are signed out")).to_be_visible()

    assert await page.evaluate("Object.keys(localStorage).filter((key) => /kept|habits/.test(key))") == []
    await running.cloud.stop()
    gone = await icon()
    await expect(gone.get_by_role("heading", name="We cannot be reached")).to_be_visible()
    await expect(gone.get_by_text("Front door")).to_have_count(0)
    await running.cloud.start()
