"""The last picture that a phone keeps knows no alarms: it must not say that there are none."""

import re

import pytest
from playwright.async_api import expect

from tests.test_app_glance import SILENT, with_alarms

pytestmark = pytest.mark.asyncio(loop_scope="session")

NO_SOCKET = "window.WebSocket = class extends EventTarget { static OPEN = 1; readyState = 0; send() {} close() {} };"


async def test_before_any_alarm_could_be_told_nothing_is_said_to_be_well(opened, clouds):
    """A network lets calls through and no websocket: the place is there, what was pushed is not."""
    cloud = await clouds(with_alarms(SILENT))
    page = await opened(cloud)
    manage = page.get_by_role("button", name=re.compile("^Manage"))
    await manage.click()
    await expect(page.get_by_role("heading", name="No connection to Stairwell")).to_be_visible()
    page = await page.context.new_page()
    await page.add_init_script(NO_SOCKET)
    kept = await page.context.pages[0].evaluate("localStorage.getItem('iomando.kept')")
    assert kept
    await page.context.pages[0].close()
    await page.goto(cloud.address)

    await page.get_by_role("button", name=re.compile("^Manage")).click()
    await expect(page.get_by_role("button", name="People")).to_be_visible()
    shown = page.locator("io-glance-page")
    await expect(shown).to_contain_text("One moment")
    await expect(shown).not_to_contain_text(re.compile("well|No alarm"))
    await page.get_by_role("button", name=re.compile("At a glance")).click()
    await expect(shown).to_contain_text("One moment")
    await expect(shown).not_to_contain_text(re.compile("well|No alarm|None in"))
