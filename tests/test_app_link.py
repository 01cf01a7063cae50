"""The app on a bad line: it says so, shows how old its picture is, presses nothing late, and comes back by itself."""

import asyncio
import json
import re

import pytest
from playwright.async_api import Page, expect

from tests import app_scenes
from tests.fake_cloud import STARTS_AT_MS, FakeCloud, Press
from tests.fake_doors import recorded

pytestmark = pytest.mark.asyncio(loop_scope="session")

SAID_AFTER_S = 1.5
BACK_MS = 9000  # the longest pause between two attempts, and a little

NOTE = "We cannot be reached since 10:32 (your connection, or us)."


def button(page: Page):
    return page.locator("io-open-button").get_by_role("button")


def note(page: Page):
    return page.locator("io-link-note")


def told(page: Page):
    return page.get_by_role("article").get_by_role("status")


async def done(cloud: FakeCloud, press: Press):
    operation = recorded(cloud, press, state="DONE", movement="moved", stops={"coil": 400, "moving": 600, "done": 900})
    await cloud.push(operations=(operation,))
    return {"operation": operation["id"]}


async def live(opened, clouds) -> tuple[FakeCloud, Page]:
    cloud = await clouds()
    page = await opened(cloud)
    await expect(button(page)).to_have_text("Open")
    return cloud, page


async def test_a_silent_cloud_is_said_after_a_tick_and_a_half_second_more(opened, clouds):
    cloud, page = await live(opened, clouds)
    async with asyncio.timeout(5):
        await asyncio.sleep(1.1)
        cloud.ticking = False
        began = asyncio.get_running_loop().time()
        await expect(note(page)).to_contain_text(NOTE)
    took = asyncio.get_running_loop().time() - began

    assert SAID_AFTER_S - 0.2 < took < SAID_AFTER_S + 1.5
    await expect(note(page)).to_contain_text(re.compile(r"As of 10:32:\d\d"))
    await expect(note(page)).to_contain_text(re.compile(r"· [3-5] s old"))
    await expect(button(page)).to_have_text("Not connected")
    await expect(button(page)).to_have_attribute("aria-disabled", "true")
    await expect(page.locator("io-door-state")).to_have_text("Closed")


async def test_a_cloud_that_went_is_said_and_its_return_needs_no_hand(opened, clouds):
    cloud, page = await live(opened, clouds)
    await cloud.stop()
    await expect(note(page)).to_contain_text(NOTE)
    await expect(page.get_by_role("button", name=re.compile("refresh|reload|retry", re.IGNORECASE))).to_have_count(0)

    cloud.doors["garage"] = {**cloud.doors["garage"], "state": "open", "action": "close"}
    cloud.stream = "s2"
    await cloud.start()
    await expect(button(page)).to_have_text("Close", timeout=BACK_MS)
    await expect(note(page)).to_have_text("")


async def test_after_a_short_loss_only_what_was_missed_is_sent(opened, clouds):
    cloud, page = await live(opened, clouds)
    await cloud.drop()
    await cloud.push(doors=({**cloud.doors["garage"], "state": "open", "action": "close"},))
    await expect(button(page)).to_have_text("Close")

    assert cloud.watches[0] == {"type": "watch", "stream": None, "seen": 0}
    assert cloud.watches[-1] == {"type": "watch", "stream": "s1", "seen": 1}


async def test_a_blink_of_the_line_is_not_worth_a_word(opened, clouds):
    cloud, page = await live(opened, clouds)
    seen = asyncio.create_task(note(page).get_by_text(NOTE).wait_for(timeout=2500))
    await cloud.drop()
    await cloud.until(lambda: len(cloud.watches) == 2)

    with pytest.raises(Exception, match="Timeout"):
        await seen


async def test_a_press_while_the_socket_is_down_but_the_picture_fresh_goes_by_post(opened, clouds):
    cloud, page = await live(opened, clouds)
    cloud.on_press = done
    await page.evaluate("() => { WebSocket.prototype.send = () => {} }")  # no new socket gets as far as watching
    await cloud.drop()
    await button(page).click()
    await cloud.until(lambda: cloud.presses)

    assert cloud.presses[0]["via"] == "post"


async def test_offline_means_off_and_nothing_is_kept_for_later(opened, clouds):
    cloud, page = await live(opened, clouds)
    await cloud.stop()
    await expect(button(page)).to_have_text("Not connected")
    await button(page).click(force=True)
    await expect(told(page)).to_contain_text("nothing can be opened from here")
    await cloud.start()
    await expect(button(page)).to_have_text("Open", timeout=BACK_MS)
    await asyncio.sleep(0.5)

    assert cloud.presses == []


async def test_no_press_leaves_on_a_stale_picture_even_if_the_cloud_could_be_reached(opened, clouds):
    cloud, page = await live(opened, clouds)
    cloud.ticking = False
    await expect(button(page)).to_have_text("Not connected")
    await page.evaluate("document.querySelector('iomando-app').session.press('garage', 'open')")
    await asyncio.sleep(0.3)

    assert cloud.presses == []


async def test_a_press_that_did_not_arrive_is_told_and_not_repeated(opened, clouds):
    cloud, page = await live(opened, clouds)
    cloud.answering = False
    await button(page).click()
    await cloud.until(lambda: cloud.presses)
    await cloud.drop()
    cloud.answering = True
    await expect(told(page)).to_have_text("That press did not reach us, so nothing was opened.", timeout=10_000)

    assert len(cloud.presses) == 1
    await expect(page.get_by_role("button", name="Press again")).to_be_visible()


async def test_after_a_reconnect_the_snapshot_says_what_became_of_the_press(opened, clouds):
    cloud, page = await live(opened, clouds)
    cloud.answering = False
    await button(page).click()
    await cloud.until(lambda: cloud.presses)
    await cloud.drop()
    await done(cloud, cloud.presses[0])
    cloud.stream, cloud.answering = "s2", True
    cloud.doors["garage"] = {**cloud.doors["garage"], "state": "open", "action": "close"}

    await expect(page.locator("io-door-state")).to_have_text(re.compile(r"Open\s*·\s*0\.9 s"), timeout=BACK_MS)
    assert len(cloud.presses) == 1


async def test_the_page_comes_back_at_once_when_the_network_does(opened, clouds):
    cloud, page = await live(opened, clouds)
    await page.evaluate("() => { Math.random = () => 0.99 }")  # pauses of 0.3, 0.6, 1.2, 2.4, 4.8 s
    await cloud.stop()
    await expect(note(page)).to_contain_text(NOTE)
    await asyncio.sleep(3.5)
    await cloud.start()
    watched = len(cloud.watches)
    await page.evaluate("dispatchEvent(new Event('online'))")
    await cloud.until(lambda: len(cloud.watches) > watched, seconds=1)


async def test_a_phone_without_network_says_that_it_is_the_phone(opened, clouds):
    cloud, page = await live(opened, clouds)
    await page.context.set_offline(offline=True)
    await cloud.stop()

    await expect(note(page)).to_contain_text("Your phone has no connection since 10:32.")


async def test_a_slept_phone_is_not_live_before_the_cloud_has_spoken(opened, clouds):
    cloud = await clouds()
    page = await opened(cloud)
    await expect(button(page)).to_have_text("Open")
    cloud.ticking = cloud.answering = False
    await page.evaluate("{ const now = Date.now; Date.now = () => now() + 600_000; }")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    await expect(button(page)).to_have_text("Connecting", timeout=1000)
    await expect(note(page)).to_contain_text("· 10 min old")
    await button(page).click(force=True)
    await expect(button(page)).to_have_text("Not connected")
    assert cloud.presses == []


async def test_before_the_first_picture_nothing_is_drawn_and_then_the_reason_said(opened, clouds):
    cloud = await clouds()
    cloud.answering = False
    page = await opened(cloud)
    await expect(page.get_by_role("heading", name="We cannot be reached")).to_be_visible()
    await expect(page.get_by_role("button")).to_have_count(0)

    await cloud.drop()
    for _ in range(10):
        assert await page.get_by_role("heading", name="We cannot be reached").count() == 1
        await asyncio.sleep(0.1)
    cloud.answering = True
    await cloud.drop()
    await expect(button(page)).to_have_text("Open", timeout=BACK_MS)


async def test_messages_of_a_later_version_do_no_harm(opened, clouds):
    cloud, page = await live(opened, clouds)
    await cloud.say({"type": "weather", "sun": True})
    await cloud.say({"type": "error", "reason": "malformed", "detail": "…"})
    await cloud.door("garage", state="open", action="close")

    await expect(button(page)).to_have_text("Close")


async def test_sixty_doors_keep_up_with_a_storm_of_changes(opened, clouds):
    cloud = await clouds(app_scenes.many_doors(STARTS_AT_MS))
    page = await opened(cloud)
    await expect(page.get_by_role("article")).to_have_count(61)
    for turn in range(100):
        await cloud.door("d1", state="open" if turn % 2 else "closed")
    await cloud.door("d1", state="opening", action=None)
    await expect(page.get_by_role("article", name="Trastero 1", exact=True)).to_contain_text("Opening", timeout=2000)


async def test_nothing_is_fetched_from_elsewhere(opened, clouds, browser):
    cloud = await clouds()
    context = await browser.new_context()
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(cloud.address)
    await expect(button(page)).to_have_text("Open")
    await context.close()

    assert asked
    assert [url for url in asked if not url.startswith((cloud.address, cloud.address.replace("http", "ws")))] == []
    assert json.dumps(asked).count("/lib/lit/") >= 1
