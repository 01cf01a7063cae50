"""A door on the page as the tests find it, and what the fake cloud does with its presses."""

from playwright.async_api import Page

from tests.fake_cloud import STARTS_AT_MS, FakeCloud, Press
from tests.fake_doors import recorded

HALF_HOUR_AGO = STARTS_AT_MS - 1_800_000
BEGINS = "Not now. Your access begins at 12:32."


def card(page: Page, name: str = "Garage"):
    return page.get_by_role("article", name=name)


def button(page: Page, name: str = "Garage"):
    return card(page, name).locator("io-open-button").get_by_role("button")


def told(page: Page, name: str = "Garage"):
    return card(page, name).get_by_role("status")


def chain(page: Page, name: str = "Garage"):
    return card(page, name).locator("io-receipt").get_by_role("listitem")


def filled(page: Page):
    return page.locator("io-open-button i.filled")


def ends_as(**fields):
    """What the cloud does with a press: record an operation that has already ended like this."""

    async def on_press(cloud: FakeCloud, press: Press):
        operation = recorded(cloud, press, **fields)
        await cloud.push(operations=(operation,))
        return {"operation": operation["id"]}

    return on_press


async def says_nothing(cloud: FakeCloud, press: Press):
    return {"operation": "op-never-pushed"}


async def pressed_to_sent(cloud: FakeCloud, page: Page):
    """Press the button; the operation as pushed, allowed and sent, for the test to carry on."""
    cloud.on_press = ends_as()
    await button(page).click()
    await cloud.until(lambda: cloud.operations)
    return cloud.operations[0]
