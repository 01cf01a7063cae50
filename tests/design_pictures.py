"""`make screenshots`, the states that no demo runs into: nothing yet, long names, sixty doors, five thousand people.

The real app in a real browser, before the tests' stand-in for a cloud; each screen is one that tests walk through too.
Never here: pictures of what a door does, which come from a real run (sim/screenshots.py).
"""

import asyncio
import re

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from sim.pictures import ARGS, DOCS, SEEN_MS, keep
from sim.screenshots import shot, strip
from tests import app_place, app_scenes, app_screens
from tests.app_scenes import Scene, grant
from tests.conftest import PHONE
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.fake_cloud import FakeCloud
from tools.parts import chromium

PEOPLE = 5000
POLL_MS = 30


def of_many_people(now: int) -> Scene:
    scene = app_place.managed(now)
    data = app_place.admin_data(now)
    names = [f"x{i}" for i in range(PEOPLE - len(data["people"]))]
    data["people"] += [app_place.member(each, f"Persona {each[1:]:>04}") for each in names]
    data["grants"] += [grant(f"g{each}", person=each) for each in names]
    scene.answers["GET", app_place.PLACE] = data
    return scene


async def _loading(_: FakeCloud, page: Page) -> None:
    """She was here before; the time is told, and the line is not up yet: her last picture, dated."""
    await expect(page.locator("io-door-card").first).to_be_visible()
    while await page.evaluate("localStorage.getItem('iomando.kept')") is None:
        await page.wait_for_timeout(POLL_MS)
    await page.route_web_socket(re.compile("live"), lambda _: None)
    await page.reload()
    await expect(page.locator("io-link-note b")).to_be_visible()


async def _people(cloud: FakeCloud, page: Page) -> None:
    await app_screens.people(cloud, page)
    await expect(page.get_by_role("heading", name=f"People {PEOPLE}")).to_be_visible()


STRIPS = {
    "states-beginning.png": ("signed_out", "doors: no_doors", "loading"),
    "states-much.png": ("doors: long_names", "doors: many_doors", "people"),
}


async def _picture(browser: Browser, name: str) -> Image.Image:
    own = {"loading": (app_scenes.four_doors, _loading), "people": (of_many_people, _people)}
    of, show = own.get(name) or app_screens.SCREENS[name]
    cloud = FakeCloud(of(NOW))
    await cloud.start()
    context = await browser.new_context(
        viewport=PHONE, device_scale_factor=2, color_scheme="light", reduced_motion="reduce"
    )
    page = await context.new_page()
    page.set_default_timeout(SEEN_MS)
    await page.goto(cloud.address)
    await show(cloud, page)
    picture = await shot(page)
    await context.close()
    await cloud.stop()
    return picture


async def shoot() -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(ARGS))
        for file, names in STRIPS.items():
            keep(strip([await _picture(browser, name) for name in names]), DOCS / file)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(shoot())
