"""The screens of whoever works for the service, beside those of `app_screens`, which they join."""

from playwright.async_api import Page, expect

from tests import app_scenes
from tests.app_releases import box, halted, maintaining, preview
from tests.app_scenes import Scene
from tests.app_screens import SCREENS, of, screen, sheet, tab
from tests.fake_cloud import FakeCloud
from tests.test_app_figures import HEALTH, listed

__all__ = ["SCREENS"]


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


def sending_out(now: int) -> Scene:
    return maintaining(now, halted(now))


@of(sending_out)
async def updates(_: FakeCloud, page: Page) -> None:
    await tab(page, "me").click()
    await page.locator("io-staff .strong").click()
    await expect(page.locator("io-release-card")).to_have_count(2)


@of(sending_out)
async def rollout(cloud: FakeCloud, page: Page) -> None:
    await updates(cloud, page)
    await page.locator("io-updates-overview .strong").first.click()
    await expect(page.locator("io-box-row")).to_have_count(7)


@of(sending_out)
async def ending_a_rollout(cloud: FakeCloud, page: Page) -> None:
    await rollout(cloud, page)
    await page.locator("io-rollout .danger").click()
    await expect(sheet(page).locator("[type=submit]")).to_be_visible()


@of(maintaining)
async def sending_a_release(cloud: FakeCloud, page: Page) -> None:
    each = [box(i, reason=reason) for i, reason in enumerate((None, "away", "hours", "data", "old"))]
    cloud.answers["POST", "rollouts/preview"] = preview(each, [1, 3])
    await updates(cloud, page)
    await page.locator("io-release-card .strong").click()
    await page.locator("io-rollout-begin [type=radio]").last.click()
    await expect(page.locator("io-rollout-begin [type=checkbox]")).to_have_count(4)
    await page.locator("io-rollout-begin summary").first.click()
