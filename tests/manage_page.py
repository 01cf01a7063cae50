"""The pages of those who manage as the tests find them, and what they have asked of the fake cloud."""

from typing import Any

from playwright.async_api import Locator, Page

from tests import app_place
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.fake_cloud import FakeCloud


async def managing(opened, clouds, section: str | None = None, **options: Any) -> tuple[FakeCloud, Page]:
    cloud = await clouds(app_place.managed(NOW))
    page = await opened(cloud, **options)
    await page.get_by_role("button", name="Manage", exact=True).click()
    if section:
        await menu(page, section).click()
    return cloud, page


def menu(page: Page, section: str) -> Locator:
    return page.get_by_role("navigation", name="Manage").get_by_role("button", name=section)


def calls(cloud: FakeCloud, method: str, path: str) -> list[Any]:
    return [asked.body for asked in cloud.asked if (asked.method, asked.path) == (method, path)]


def sheet(page: Page) -> Locator:
    return page.locator("io-sheet")


async def edited(cloud: FakeCloud, kind: str, key: str, thing: Any) -> None:
    await cloud.push(edits=[{"kind": kind, "place": "mallorca", "key": key, "thing": thing}])


async def person(page: Page, name: str = "Núria Ferrer") -> None:
    await page.get_by_role("button", name=name).click()
