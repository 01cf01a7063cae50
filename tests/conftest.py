"""The browser that the app's tests press buttons in, one for all tests of a process; and the fake cloud it is shown.
Also what holds for every test: where its files are, that no example has a deadline."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright, expect

from tests import scratch
from tests.fake_cloud import FakeCloud
from tools.parts import chromium

# The address bar's pages, which nobody sees, would take half a second of a core for each phone. Behind them what
# Playwright disables itself, which this replaces.
NO_ADDRESS_BAR = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "AimEnabled", "LensOverlay")
AS_PLAYWRIGHT = (
    *("AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose"),
    *("HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "MediaRouter", "NetworkTimeServiceQuerying"),
    *("OptimizationHints", "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning"),
)
BROWSER_ARGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    f"--disable-features={','.join((*NO_ADDRESS_BAR, *AS_PLAYWRIGHT))}",
]
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}
ACTION_MS = 20_000  # patience with a step in the browser: what is so ends the wait; both cores are busy

# Files of a minute and more, begun first: the end of a run must not wait for one of them.
LONGEST = {
    *("test_bench", "test_app_plug", "test_show", "test_app_end_to_end"),
    *("test_rollout_end_to_end", "test_withstand_alarms", "test_withstand_hangs", "test_attack_updates"),
    *("test_on_unit", "test_update_cuts", "test_withstand_bad_builds"),
}

scratch.choose()
expect.set_options(timeout=ACTION_MS)

# Both cores are busy with other tests: how long an example takes says nothing.
settings.register_profile("iomando", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("iomando")

pytest_plugins = ["tests.identity_fixtures"]

Opened = Callable[..., Awaitable[Page]]
CROSSWISE = pytest.param((DESK, PHONE), id="desk-and-phone", marks=pytest.mark.long)


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that use a browser are marked: a browser fills a core, a board mostly waits, and so `make test` runs
    more of the others at once."""
    files = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    for item in items:
        if item.path in files:
            item.add_marker("browser")
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(scope="module", params=[pytest.param((PHONE, DESK), id="phone-and-desk"), CROSSWISE])
def sizes(request: pytest.FixtureRequest) -> tuple[ViewportSize, ViewportSize]:
    """Of the user's screen and of the admin's, as people have them; crosswise with `make test-long`."""
    return request.param


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def clouds() -> AsyncIterator[Callable[..., Awaitable[FakeCloud]]]:
    """clouds(scene): a fake cloud, started; stopped after the test."""
    started: list[FakeCloud] = []

    async def start(*scene: Any) -> FakeCloud:
        cloud = FakeCloud(*scene)
        started.append(cloud)
        await cloud.start()
        return cloud

    yield start
    for cloud in started:
        await cloud.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def opened(browser: Browser) -> AsyncIterator[Opened]:
    """opened(cloud, path): the app in a phone of its own, ready to be looked at. Fails on any error in the page."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    async def open_page(cloud: FakeCloud, path: str = "/", **context_options: Any) -> Page:
        context = await browser.new_context(**{"viewport": PHONE, **context_options})
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(ACTION_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None,
        )
        await page.goto(cloud.address + path)
        return page

    yield open_page
    for context in contexts:
        await context.close()

    assert not faults


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pure_page(browser: Browser) -> AsyncIterator[Page]:
    """An address of the app with nothing of it running: its pure files can be imported there."""
    cloud = FakeCloud()
    await cloud.start()
    page = await browser.new_page()
    await page.goto(f"{cloud.address}/app/tokens.css")
    yield page
    await page.close()
    await cloud.stop()
