"""The service worker in a real browser: it keeps the shell, whole and of one version, and never an answer."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from cloud.shell import PAGE
from tests import app_scenes
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.shelf import Shelf

pytestmark = pytest.mark.asyncio(loop_scope="session")

WAIT_MS = 20_000
POLL_MS = 30
CACHED = """async () => Object.fromEntries(await Promise.all((await caches.keys()).map(async (name) => {
    const keys = await (await caches.open(name)).keys();
    return [name, keys.map(({ url }) => new URL(url).pathname)];
})))"""
WORKS = "navigator.serviceWorker.controller !== null"
AGAIN = "navigator.serviceWorker.getRegistration().then((one) => one.update()).then(() => true)"
HIDE = """(state) => {
    Object.defineProperty(document, "visibilityState", { get: () => state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
MARKED = "getComputedStyle(document.documentElement).getPropertyValue('--radius-card').trim()"


@pytest_asyncio.fixture(loop_scope="session")
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    shelf = Shelf(tmp_path / "pwa")
    await shelf.start()
    yield shelf
    await shelf.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(WAIT_MS)
    yield context
    await context.close()


async def until(page: Page, what: str) -> None:
    """Playwright's own waiting evaluates text in the page, which the page's policy forbids, as it should."""
    async with asyncio.timeout(WAIT_MS / 1000):
        while not await page.evaluate(what):
            await page.wait_for_timeout(POLL_MS)


async def opened(phone: BrowserContext, shelf: Shelf) -> Page:
    page = await phone.new_page()
    await page.goto(shelf.address)
    await until(page, WORKS)
    return page


def other_tokens(shelf: Shelf, radius: str) -> str:
    return re.sub(r"--radius-card: \w+", f"--radius-card: {radius}", (shelf.folder / "tokens.css").read_text())


async def test_the_whole_shell_is_kept_and_starts_without_a_line(phone: BrowserContext, shelf: Shelf) -> None:
    page = await opened(phone, shelf)
    kept = await page.evaluate(CACHED)
    wanted = {url for url, asset in shelf.shell.files.items() if asset.media != "image/png" and url != "/sw.js"}
    await page.evaluate("Promise.all(['sessions', 'me', 'tick'].map((path) => fetch(`/api/v1/${path}`)))")

    assert {name: set(paths) for name, paths in kept.items()} == {f"shell-{shelf.shell.version}": wanted}
    assert await page.evaluate(CACHED) == kept, "no answer was kept"

    await shelf.stop()
    await page.reload()
    await expect(page.get_by_role("heading", name="We cannot be reached")).to_be_visible()
    assert await page.evaluate("fetch('/api/v1/me').then(() => 'an answer', () => 'nothing')") == "nothing"
    assert await page.evaluate("fetch('/app/nowhere.js').then(() => 'an answer', () => 'nothing')") == "nothing"


async def test_a_newer_shell_waits_until_nothing_is_going_on_and_its_fresh_cache_survives(
    phone: BrowserContext, shelf: Shelf
) -> None:
    page = await opened(phone, shelf)
    old = shelf.shell.version
    shelf.becomes("tokens.css", other_tokens(shelf, "3px"))
    new = shelf.shell.version
    shelf.asked.clear()
    await page.evaluate(AGAIN)
    await until(page, "navigator.serviceWorker.getRegistration().then((one) => one.waiting !== null)")

    assert set(await page.evaluate(CACHED)) == {f"shell-{old}", f"shell-{new}"}
    assert [path for path in shelf.asked if path.startswith("/app/")] == ["/app/tokens.css"], "the rest it had"
    assert await page.evaluate(MARKED) == "14px", "an open page stays what it is"
    await page.evaluate("import('/app/gate/poster.js')")  # and gets what it loads later of its own version

    async with page.expect_navigation():
        await page.evaluate(HIDE, "hidden")
    await until(page, f"{MARKED} === '3px'")
    kept = await page.evaluate(CACHED)
    assert set(kept) == {f"shell-{new}"}
    assert set(kept[f"shell-{new}"]) == {
        url for url, asset in shelf.shell.files.items() if asset.media != "image/png" and url != "/sw.js"
    }

    await shelf.stop()
    await page.reload()
    await until(page, f"{MARKED} === '3px'")


async def test_a_shell_that_did_not_come_whole_is_not_taken(phone: BrowserContext, shelf: Shelf) -> None:
    page = await opened(phone, shelf)
    old = await page.evaluate(CACHED)
    shelf.becomes("tokens.css", other_tokens(shelf, "3px"))
    shelf.broken = {"/app/tokens.css"}
    assert await page.evaluate(f"{AGAIN}.catch(() => true)")
    await until(page, "navigator.serviceWorker.getRegistration().then((one) => one.installing === null)")

    assert await page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.waiting)") is None
    assert await page.evaluate(CACHED) == old
    await page.reload()
    await until(page, f"{MARKED} === '14px'")


async def test_only_the_worker_may_be_named_as_a_scripts_address(phone: BrowserContext, shelf: Shelf) -> None:
    page = await opened(phone, shelf)
    refused = "(make) => { try { make(); return 'made'; } catch (error) { return error.name; } }"

    assert await page.evaluate(f"({refused})(() => trustedTypes.createPolicy('mine', {{}}))") == "TypeError"
    assert await page.evaluate(f"({refused})(() => trustedTypes.createPolicy('iomando-worker', {{}}))") == "TypeError"
    assert await page.evaluate("navigator.serviceWorker.register('/sw.js').catch((error) => error.name)") == "TypeError"


async def test_a_push_is_shown_and_so_is_one_that_cannot_be_read(phone: BrowserContext, shelf: Shelf) -> None:
    await phone.grant_permissions(["notifications"], origin=shelf.address)
    page = await opened(phone, shelf)
    client = await phone.new_cdp_session(page)
    found: list[str] = []
    client.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda said: found.extend(
            one["registrationId"] for one in said["registrations"] if one["scopeURL"] == f"{shelf.address}/"
        ),
    )
    await client.send("ServiceWorker.enable")
    told = {"title": "A door is left open", "body": "Look", "tag": "left", "url": "/#door=d1", "at": 1_790_000_000_000}
    while not found:
        await page.wait_for_timeout(50)
    for data in (json.dumps(told), "no json"):
        pushed = {"origin": shelf.address, "registrationId": found[0], "data": data}
        await client.send("ServiceWorker.deliverPushMessage", pushed)
    shown = """navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((all) =>
        all.map(({ title, body, tag, data }) => [title, body, tag, data?.url ?? null]))"""
    await until(page, f"{shown}.then((all) => all.length === 2)")

    assert sorted(await page.evaluate(shown)) == [
        ["A door is left open", "Look", "left", "/#door=d1"],
        ["iomando", "", "", None],
    ]


TAPPED = """async ({ tag, focus, open }) => {
    const acts = [];
    WindowClient.prototype.focus = async function () { acts.push("front"); return this; }; // the browser wants a finger
    clients.openWindow = async (url) => acts.push(`opens ${url}`);
    if (!focus) clients.matchAll = async () => [];
    const [notification] = await registration.getNotifications({ tag });
    const tap = new NotificationEvent("notificationclick", { notification });
    let done;
    tap.waitUntil = (promise) => (done = promise);
    dispatchEvent(tap);
    await done;
    return { acts, left: (await registration.getNotifications({ tag })).length };
}"""


async def test_a_tap_on_a_notification_leads_to_where_it_says_and_nowhere_else(
    phone: BrowserContext, shelf: Shelf
) -> None:
    await phone.grant_permissions(["notifications"], origin=shelf.address)
    page = await opened(phone, shelf)
    (worker,) = phone.service_workers
    show = "({ tag, url }) => registration.showNotification(tag, { tag, data: { url } })"
    here = {"door": "/#door=d1", "alarms": "/#alarms"}
    foreign = {"away": "https://elsewhere.example/", "link": "/#sign-in=SECRET", "nothing": None}
    for tag, url in {**here, **foreign}.items():
        await worker.evaluate(show, {"tag": tag, "url": url})

    await page.evaluate("addEventListener('hashchange', () => (globalThis.came = location.hash))")
    assert await worker.evaluate(TAPPED, {"tag": "door", "focus": True}) == {"acts": ["front"], "left": 0}
    await until(page, "globalThis.came === '#door=d1'")

    for tag, url in {"alarms": here["alarms"], **dict.fromkeys(foreign, "/")}.items():
        assert await worker.evaluate(TAPPED, {"tag": tag, "focus": False}) == {"acts": [f"opens {url}"], "left": 0}


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", "the share sign"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9)", "the browser's menu"),
        ("Mozilla/5.0 (X11; Linux x86_64)", None),
    ],
)
async def test_the_home_screen_is_explained_once_as_this_phone_does_it(opened, clouds, agent, said):
    page = await opened(await clouds(app_scenes.places(NOW)), user_agent=agent)
    await page.get_by_role("button", name="Me", exact=True).click()
    note = page.get_by_role("region", name="On your home screen")
    if said is None:
        await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        await expect(note).to_have_count(0)
        return
    await expect(note).to_contain_text(said)

    await note.get_by_role("button", name="Got it").click()
    await expect(note).to_have_count(0)
    await page.reload()
    await page.get_by_role("button", name="Me", exact=True).click()
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    await expect(note).to_have_count(0)


async def test_the_app_asks_for_files_of_its_own_house_only_each_once_and_small(
    phone: BrowserContext, shelf: Shelf
) -> None:
    page = await phone.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(shelf.address)
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()

    assert [url for url in asked if not url.startswith((shelf.address, shelf.address.replace("http", "ws")))] == []
    files = [url for url in asked if url.endswith((".js", ".css"))]
    assert len(files) == len(set(files))
    assert not [url for url in files if "/manage/" in url or url.endswith(("/es.js", "/ca.js"))]
    assert PAGE in shelf.asked
