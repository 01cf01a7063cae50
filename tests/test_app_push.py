"""Web push as people meet it: chosen on the page about oneself, from the real service through a push service on this
machine to the notification that the service worker shows.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from cloud.messages import AlarmView
from cloud.routes import COOKIE
from tests.api_side import ApiSide
from tests.api_town import token
from tests.conftest import PHONE
from tests.given import ASKED
from tests.push_side import Browser as Receiver
from tests.push_side import PushService, push_service, text
from tools.parts import lit

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEEN_MS = 30_000  # for what travels through everything; a loaded machine is slow
# A test's browser reaches no push service: what it would get from one, and what was asked for, stands here.
STUB = """
({ endpoint, keys }) => {
  globalThis.stub = { browser: null, permission: null }; // what they say instead of yes
  const made = () => JSON.parse(localStorage.getItem("stub") ?? "null");
  const one = ({ key }) => ({
    endpoint,
    options: { applicationServerKey: Uint8Array.from(key).buffer },
    toJSON: () => ({ endpoint, keys }),
    unsubscribe: async () => (localStorage.removeItem("stub"), true),
  });
  PushManager.prototype.getSubscription = async () => made() && one(made());
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (stub.browser) throw new DOMException("no", stub.browser);
    localStorage.setItem("stub", JSON.stringify({ userVisibleOnly, key: [...applicationServerKey] }));
    return one(made());
  };
  Object.defineProperty(Notification, "permission", { get: () => stub.permission ?? "granted" });
  Notification.requestPermission = async () => Notification.permission;
}
"""
UNTIL = """async (what) => {
  const plain = ({ title, body, tag, data }) => ({ title, body, tag, data });
  const notes = async (one) => (await one.getNotifications()).map(plain);
  const is = {
    active: async (one) => one.active?.state === "activated",
    none: async (one) => (await notes(one)).length === 0,
    shown: notes,
  };
  for (;;) {
    const found = await is[what](await navigator.serviceWorker.ready);
    if (found === true || found.length) return found;
    await new Promise((again) => setTimeout(again, 20));
  }
}"""


async def until(page: Page, what: str) -> Any:
    return await asyncio.wait_for(page.evaluate(UNTIL, what), SEEN_MS / 1000)


class Phone:
    def __init__(self, page: Page, receiver: Receiver) -> None:
        self.page, self.receiver = page, receiver

    @property
    def part(self) -> Locator:
        return self.page.locator("io-push")

    def box(self, words: str) -> Locator:
        return self.part.get_by_role("checkbox", name=words)

    async def show(self) -> None:
        await self.page.get_by_role("button", name="Me", exact=True).click()
        await expect(self.part).to_be_visible(timeout=SEEN_MS)


class Side:
    def __init__(self, town: ApiSide, service: PushService, contexts: list[BrowserContext], browser: Browser) -> None:
        self.town, self.service, self._contexts, self._browser = town, service, contexts, browser
        self.address = f"http://127.0.0.1:{town.port}"

    async def phone(self, who: str) -> Phone:
        context = await self._browser.new_context(viewport=PHONE)  # pyright: ignore[reportArgumentType]
        self._contexts.append(context)
        await context.grant_permissions(["notifications"], origin=self.address)
        await context.add_cookies([{"name": COOKIE, "value": token(who), "url": self.address}])
        receiver = Receiver(self.service, f"{who}{len(self._contexts)}")
        given = {"endpoint": receiver.endpoint, "keys": receiver.keys}
        await context.add_init_script(f"({STUB})({json.dumps(given)})")
        page = await context.new_page()
        page.set_default_timeout(SEEN_MS)
        await page.goto(self.address)
        await until(page, "active")
        phone = Phone(page, receiver)
        await phone.show()
        return phone

    def subscribed(self) -> list[tuple[str, list[str]]]:
        found = self.town.rows("SELECT person, wants FROM subscriptions ORDER BY person")
        return [(person, json.loads(wants)) for person, wants in found]


@pytest_asyncio.fixture(loop_scope="session")
async def side(browser: Browser, tmp_path: Path) -> AsyncIterator[Side]:
    contexts: list[BrowserContext] = []
    async with (
        push_service() as service,
        ApiSide(tmp_path / "town", lit(), public_url="", push_hosts=service.address) as town,
    ):
        town.wired.pushing.start()
        town.wired.live.start()
        yield Side(town, service, contexts, browser)
        for context in contexts:
            await context.close()


async def delivered(phone: Phone, message: dict[str, Any]) -> list[dict[str, Any]]:
    """What stands on the phone once its browser has handed this to the service worker."""
    page = phone.page
    await until(page, "active")
    devtools = await page.context.new_cdp_session(page)
    origin = page.url.split("/#")[0].rstrip("/")
    which: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def registered(said: dict[str, Any]) -> None:
        for one in said["registrations"]:
            if one["scopeURL"].startswith(origin) and not which.done():
                which.set_result(one["registrationId"])

    devtools.on("ServiceWorker.workerRegistrationUpdated", registered)
    await devtools.send("ServiceWorker.enable")
    said = {
        "origin": origin,
        "registrationId": await asyncio.wait_for(which, SEEN_MS / 1000),
        "data": json.dumps(message),
    }
    await devtools.send("ServiceWorker.deliverPushMessage", said)
    return await until(page, "shown")


async def test_what_is_chosen_is_told_from_the_cloud_to_the_lock_screen(side: Side) -> None:
    phone = await side.phone("adm")
    await expect(phone.part.get_by_role("checkbox")).to_have_count(4, timeout=SEEN_MS)
    await expect(phone.part.get_by_role("checkbox", checked=True)).to_have_count(0, timeout=SEEN_MS)
    assert side.subscribed() == []

    await phone.box("Something is wrong at a place that I manage").click()
    await expect(phone.part.get_by_role("status")).to_have_text("This phone is told.", timeout=SEEN_MS)
    await expect(phone.box("Something is wrong at a place that I manage")).to_be_checked(timeout=SEEN_MS)
    await phone.box("My access has changed").click()
    await expect(phone.box("My access has changed")).to_be_checked(timeout=SEEN_MS)
    assert side.subscribed() == [("adm", ["alarms", "access_changed"])]
    for theme in ("light", "dark"):
        await phone.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert (await Axe().run(phone.page)).response["violations"] == [], theme
    asked = await phone.page.evaluate("JSON.parse(localStorage.getItem('stub'))")
    assert asked["userVisibleOnly"] is True
    assert text(bytes(asked["key"])) == side.town.wired.pushing.key

    side.town.wired.pushing.alarm("home", AlarmView("1", "home", "tamper", "gate", None, ASKED), {"adm"}, first=True)
    await side.town.wired.pushing.settled()
    (told,) = side.service.to(phone.receiver)
    (shown,) = await delivered(phone, told)
    assert shown == {
        "title": "Somebody may be at a door box",
        "body": "At 16:13 its cover was opened. Look, or send somebody.",
        "tag": told["tag"],
        "data": {"url": "/#alarms"},
    }

    await phone.box("Something is wrong at a place that I manage").click()
    await expect(phone.box("Something is wrong at a place that I manage")).not_to_be_checked(timeout=SEEN_MS)
    assert side.subscribed() == [("adm", ["access_changed"])]
    await phone.box("My access has changed").click()
    await expect(phone.part.get_by_role("status")).to_have_text("This phone is told of nothing.", timeout=SEEN_MS)
    assert side.subscribed() == []
    assert await phone.page.evaluate("localStorage.getItem('stub')") is None


async def test_a_subscription_for_a_key_that_is_not_the_clouds_any_more_is_made_anew(side: Side) -> None:
    phone = await side.phone("tom")
    await expect(phone.part.get_by_role("checkbox")).to_have_count(2, timeout=SEEN_MS)
    for words in ("A guest of mine has come", "Something is wrong at a place that I manage"):
        await expect(phone.box(words)).to_have_count(0)  # she may invite nobody, and manages no place
    await phone.box("A door that I may open is left open").click()
    await expect(phone.part.get_by_role("status")).to_have_text("This phone is told.", timeout=SEEN_MS)
    await phone.page.evaluate("localStorage.setItem('stub', JSON.stringify({ key: [4, 1, 2, 3] }))")

    await phone.page.reload()
    await phone.show()
    await expect(phone.box("A door that I may open is left open")).to_be_checked(timeout=SEEN_MS)

    key = await phone.page.evaluate("JSON.parse(localStorage.getItem('stub')).key")
    assert text(bytes(key)) == side.town.wired.pushing.key
    assert side.subscribed() == [("tom", ["left_open"])]


async def test_signing_out_leaves_nothing_that_could_be_told_to_whoever_has_the_phone_next(side: Side) -> None:
    phone = await side.phone("tom")
    await phone.box("My access has changed").click()
    await expect(phone.part.get_by_role("status")).to_have_text("This phone is told.", timeout=SEEN_MS)
    shown = await delivered(phone, {"title": "A title", "body": "", "tag": "t", "url": "/", "at": ASKED})
    assert [one["title"] for one in shown] == ["A title"]

    await phone.page.get_by_role("button", name="Sign out").click()
    await phone.page.get_by_role("button", name="Sign out", exact=False).first.click()
    await phone.page.wait_for_function("() => localStorage.getItem('stub') === null")

    await until(phone.page, "none")
    assert side.subscribed() == []


async def test_a_browser_that_may_not_says_so_and_nothing_is_kept(side: Side) -> None:
    phone = await side.phone("adm")
    box, told = phone.box("My access has changed"), phone.part.get_by_role("status")

    await phone.page.evaluate("stub.browser = 'AbortError'")
    await box.click()
    await expect(told).to_contain_text("does not reach its message service now", timeout=SEEN_MS)
    await expect(box).not_to_be_checked(timeout=SEEN_MS)
    await phone.page.evaluate("stub.permission = 'default'")
    await box.click()
    await expect(told).to_contain_text("has not been allowed to tell you", timeout=SEEN_MS)
    await expect(box).not_to_be_checked(timeout=SEEN_MS)
    await phone.page.evaluate("stub.permission = 'denied'")
    await box.click()
    await expect(phone.part).to_contain_text("Messages of this app are switched off on this phone.", timeout=SEEN_MS)
    await expect(phone.part.get_by_role("checkbox")).to_have_count(0, timeout=SEEN_MS)
    assert side.subscribed() == []


async def test_where_it_cannot_be_had_the_way_to_it_is_known(pure_page: Page) -> None:
    """On iOS only an app on the home screen has it; elsewhere a browser without it has no way."""
    found = await pure_page.evaluate(
        """async () => {
          const { hindered } = await import("/app/push.js");
          const agent = (is, touch) => {
            Object.defineProperty(navigator, "userAgent", { configurable: true, get: () => is });
            Object.defineProperty(navigator, "maxTouchPoints", { configurable: true, get: () => touch });
          };
          const said = [];
          const kept = globalThis.PushManager;
          delete globalThis.PushManager;
          agent("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Safari/604.1", 5);
          said.push(hindered());
          agent("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15", 5);
          said.push(hindered());
          agent("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15", 0);
          said.push(hindered());
          navigator.standalone = true;
          agent("Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) Safari/604.1", 5);
          said.push(hindered());
          globalThis.PushManager = kept;
          return said;
        }"""
    )

    assert found == ["install", "install", "none", "none"]
