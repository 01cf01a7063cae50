"""A press, in a real browser against the fake cloud: what the screen makes of it until it is over."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests import app_scenes
from tests.app_scenes import door
from tests.door_page import (
    BEGINS,
    HALF_HOUR_AGO,
    button,
    card,
    chain,
    ends_as,
    filled,
    pressed_to_sent,
    says_nothing,
    told,
)
from tests.fake_cloud import STARTS_AT_MS

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKING_WITHIN_MS = 100


async def test_a_touch_is_answered_within_100_ms_and_draws_nothing_of_the_door(opened, clouds):
    cloud = await clouds()
    cloud.on_press = says_nothing
    page = await opened(cloud)
    await expect(button(page)).to_have_text("Open")
    took = await button(page).evaluate(
        """async (button) => {
            const began = performance.now();
            button.click();
            while (!button.textContent.includes("Asking")) await new Promise(requestAnimationFrame);
            return performance.now() - began;
        }"""
    )

    assert took < ASKING_WITHIN_MS
    await cloud.until(lambda: cloud.presses)
    await asyncio.sleep(1.2)  # a tick has passed: time alone has drawn nothing
    await expect(card(page).get_by_text("Closed")).to_be_visible()
    await expect(button(page)).to_have_text("Asking…")
    await expect(filled(page)).to_have_count(0)


async def test_a_press_carries_an_id_of_its_own_and_the_clouds_time_at_the_finger(opened, clouds):
    cloud = await clouds()
    cloud.on_press = ends_as(state="ALREADY")
    page = await opened(cloud)
    for _ in range(2):
        await button(page).click()
        await asyncio.sleep(0.1)
    first, second = cloud.presses

    assert re.fullmatch(r"[A-Za-z0-9_-]{22,36}", first["press_id"])
    assert first["press_id"] != second["press_id"]
    assert (first["door"], first["action"], first["via"]) == ("garage", "open", "socket")
    assert cloud.now - 1500 < first["at"] <= cloud.now


async def test_the_receipt_grows_live_with_what_is_pushed(opened, clouds):
    cloud = await clouds()
    page = await opened(cloud)
    operation = await pressed_to_sent(cloud, page)
    await expect(button(page)).to_have_text("Sent")
    await expect(filled(page)).to_have_count(2)
    await expect(chain(page)).to_have_text(["asked0", "allowed8 ms", "sent10 ms", "coil on", "moving", "open"])

    operation = await cloud.operation(operation, {"coil": 412}, state="DONE", movement="awaited")
    await expect(button(page)).to_have_text("Switched")
    await expect(filled(page)).to_have_count(3)

    await cloud.door("garage", state="opening", action=None)
    operation = await cloud.operation(operation, {"moving": 600}, movement="moving")
    await expect(card(page).get_by_text("Opening")).to_be_visible()
    await expect(chain(page).nth(4)).to_have_text("moving0.6 s")

    await cloud.door("garage", state="open", action="close")
    await cloud.operation(operation, {"done": 11_200}, movement="moved")
    await expect(card(page).locator("io-door-state")).to_have_text(re.compile(r"Open\s*·\s*11\.2 s"))
    await expect(chain(page)).to_have_count(0)


async def test_success_is_quiet_after_four_seconds_and_its_chain_is_behind_a_tap(opened, clouds):
    cloud = await clouds()
    page = await opened(cloud)
    operation = await pressed_to_sent(cloud, page)
    await cloud.door("garage", state="open", action="close")
    await cloud.operation(operation, {"coil": 412, "moving": 600, "done": 900}, state="DONE", movement="moved")
    state = card(page).locator("io-door-state")
    await expect(state).to_have_text(re.compile(r"Open\s*·\s*0\.9 s"))
    await asyncio.sleep(3)
    await expect(state).to_have_text(re.compile("0.9 s"))
    await expect(state).to_have_text(re.compile(r"^\s*Open\s*$"), timeout=2500)
    await expect(filled(page)).to_have_count(0)

    await card(page).get_by_role("button", name="Receipt, Garage").click()
    await expect(chain(page)).to_have_text(
        ["asked0", "allowed8 ms", "sent10 ms", "coil on412 ms", "moving0.6 s", "open0.9 s"]
    )


AWAY = "The door box has been silent since 10:02. Nothing was opened. Take your key, or call for help."
IN_TWO_HOURS = STARTS_AT_MS + 7_200_000
REFUSED = {"state": "REFUSED", "stops": {"allowed": None, "sent": None}}
NOT_SENT = {"state": "NOT_SENT", "stops": {"sent": None}}


@pytest.mark.parametrize(
    ("operation", "sentence", "broken", "buttons"),
    [
        ({**REFUSED, "reason": "hours"}, BEGINS, "not allowed", ["Ask to be let in", "Got it"]),
        ({**REFUSED, "reason": "access"}, "You no longer have access", "not allowed", ["Ask to be let in", "Got it"]),
        ({**REFUSED, "reason": "late"}, "took too long to reach us", "came too late", ["Press again", "Got it"]),
        ({**REFUSED, "reason": "session"}, "You were signed out", "not allowed", ["Got it"]),
        ({**REFUSED, "reason": "unit"}, "box is out of service", "not allowed", ["Call for help", "Got it"]),
        ({**REFUSED, "reason": "busy"}, "Too many presses at once", "not taken", ["Got it"]),
        ({**REFUSED, "reason": "full"}, "could not write this press down", "not taken", ["Call for help", "Got it"]),
        ({**REFUSED, "reason": "new-in-2030"}, "The service said no.", "not allowed", ["Call for help", "Got it"]),
        ({**NOT_SENT, "reason": "away", "heard": HALF_HOUR_AGO}, AWAY, "not sent", ["Call for help", "Got it"]),
        ({**NOT_SENT, "reason": "away"}, "has never been heard from", "not sent", ["Call for help", "Got it"]),
        (
            {**NOT_SENT, "reason": "broker"},
            "could not reach the door box",
            "not sent",
            ["Try again", "Call for help", "Got it"],
        ),
        ({**NOT_SENT, "reason": "late"}, "We were held up", "came too late", ["Press again", "Got it"]),
        ({**NOT_SENT, "reason": "access"}, "You no longer have access", "not sent", ["Ask to be let in", "Got it"]),
        (
            {"state": "DECLINED", "reason": "late"},
            "reached the door box too late",
            "came too late",
            ["Press again", "Got it"],
        ),
        ({"state": "DECLINED", "reason": "busy"}, "The door is already moving.", "the door box said no", ["Got it"]),
        ({"state": "DECLINED", "reason": "moving"}, "moving the other way", "the door box said no", ["Got it"]),
        ({"state": "DECLINED", "reason": "updating"}, "is updating itself", "the door box said no", ["Got it"]),
        (
            {"state": "DECLINED", "reason": "fault"},
            "did not switch",
            "the door box said no",
            ["Try again", "Call for help", "Got it"],
        ),
        ({"state": "DECLINED", "reason": "full"}, "has had too many presses", "the door box said no", ["Got it"]),
        (
            {"state": "DECLINED", "reason": "unsupported"},
            "cannot do that",
            "the door box said no",
            ["Call for help", "Got it"],
        ),
        (
            {"state": "DECLINED", "reason": "unsure"},
            "does not know where",
            "the door box said no",
            ["Try again", "Call for help", "Got it"],
        ),
        ({"state": "UNKNOWN"}, "It may have opened: look at the door", "no answer in 12 s", ["I have looked"]),
        (
            {"state": "DONE", "movement": "did_not_move", "stops": {"coil": 398}},
            "The box switched but the door did not move.",
            "no movement in 6 s",
            ["Try again", "Call for help", "Got it"],
        ),
        (
            {"state": "DONE", "movement": "did_not_finish", "stops": {"coil": 398, "moving": 610}},
            "began to move but did not arrive",
            "did not arrive",
            ["Try again", "Call for help", "Got it"],
        ),
        (
            {"state": "DONE", "movement": "unseen", "stops": {"coil": 398, "moving": 610}},
            "then fell silent. The door may have opened: look at it",
            "not seen",
            ["I have looked"],
        ),
    ],
)
async def test_a_failure_unfolds_says_where_it_broke_and_what_to_do(
    opened, clouds, operation, sentence, broken, buttons
):
    may = {"allowed": True, "reason": None, "next": IN_TWO_HOURS}
    cloud = await clouds(app_scenes.Scene([door("garage", "Garage", may=may)]))
    cloud.on_press = ends_as(**operation)
    page = await opened(cloud)
    await button(page).click()
    await expect(told(page)).to_contain_text(sentence)
    await expect(chain(page).last).to_have_text(broken)
    await expect(card(page).get_by_text("for support:")).to_contain_text(operation["state"])
    await expect(card(page).locator("io-told .remedies > *")).to_have_text(buttons)


async def test_a_failure_stays_until_it_is_read(opened, clouds):
    cloud = await clouds()
    cloud.on_press = ends_as(state="DECLINED", reason="busy")
    page = await opened(cloud)
    await button(page).click()
    got_it = page.get_by_role("button", name="Got it")
    await got_it.click()  # at once: this tap was meant for what stood there before
    await asyncio.sleep(4.5)
    await expect(told(page)).to_have_text("The door is already moving.")

    await got_it.click()
    await expect(told(page)).to_be_empty()
    await expect(chain(page)).to_have_count(0)


@pytest.mark.parametrize(
    ("contact", "words", "link"),
    [
        ("+34 600 123 456", "Call for help", "tel:+34600123456"),
        ("tel:+34600000000", "Call for help", "tel:+34600000000"),
        ("porteria@example.org", "Ask for help", "mailto:porteria@example.org"),
        ("https://example.org/help", "Ask for help", "https://example.org/help"),
    ],
)
async def test_help_is_one_tap_away(opened, clouds, contact, words, link):
    cloud = await clouds()
    cloud.on_press = ends_as(**NOT_SENT, reason="away")
    cloud.places[0] |= {"help": {"name": "Joan", "contact": contact}, "other_way": "the key box beside the gate"}
    page = await opened(cloud)
    await button(page).click()

    await expect(page.get_by_role("link", name=words)).to_have_attribute("href", link)
    await expect(told(page)).to_contain_text("Another way in: the key box beside the gate")


@pytest.mark.parametrize("contact", ["Joan, 2nd floor", "javascript:alert(1)", "data:text/html,x@y"])
async def test_what_is_no_address_is_read_out_and_never_a_link(opened, clouds, contact):
    cloud = await clouds()
    cloud.on_press = ends_as(**NOT_SENT, reason="away")
    cloud.places[0]["help"] = {"name": "Joan", "contact": contact}
    page = await opened(cloud)
    await button(page).click()

    await expect(card(page).get_by_text(f"Joan: {contact}")).to_be_visible()
    await expect(page.get_by_role("link")).to_have_count(0)


async def test_try_again_is_a_new_press_and_only_the_person_makes_it(opened, clouds):
    cloud = await clouds()
    cloud.on_press = ends_as(state="DONE", movement="did_not_move", stops={"coil": 398})
    page = await opened(cloud)
    await button(page).click()
    await expect(told(page)).to_contain_text("did not move")
    await asyncio.sleep(1)

    assert len(cloud.presses) == 1
    await page.get_by_role("button", name="Try again").click()
    await cloud.until(lambda: len(cloud.presses) == 2)
    assert cloud.presses[0]["press_id"] != cloud.presses[1]["press_id"]


async def test_try_again_is_not_offered_when_it_would_do_the_opposite(opened, clouds):
    cloud = await clouds()
    cloud.on_press = ends_as(state="DONE", movement="did_not_finish", stops={"coil": 398, "moving": 600})
    page = await opened(cloud)
    await button(page).click()
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    await cloud.door("garage", state="open", action="close")

    await expect(button(page)).to_have_text("Close")
    await expect(page.get_by_role("button", name="Try again")).to_have_count(0)


async def test_who_asked_to_close_is_not_told_of_opening(opened, clouds):
    cloud = await clouds(app_scenes.Scene([door("garage", "Garage", state="open", action="close")]))
    cloud.on_press = ends_as(state="UNKNOWN")
    page = await opened(cloud)
    await button(page).click()

    await expect(told(page)).to_have_text(
        "No answer in time. It may have moved: look at the door before pressing again."
    )


async def test_a_receipt_that_is_no_news_any_more_still_tells_its_story(opened, clouds):
    cloud = await clouds()
    cloud.on_press = ends_as(state="DECLINED", reason="fault")
    page = await opened(cloud)
    await button(page).click()
    await expect(told(page)).to_contain_text("did not switch")
    await asyncio.sleep(0.7)
    await page.get_by_role("button", name="Got it").click()
    await page.get_by_role("button", name="Receipt, Garage").click()

    await expect(chain(page).last).to_have_text("the door box said no")
    await expect(told(page)).to_contain_text("did not switch")


async def test_the_live_chain_can_be_folded_away(opened, clouds):
    cloud = await clouds()
    page = await opened(cloud)
    await pressed_to_sent(cloud, page)
    await expect(chain(page)).to_have_count(6)
    await page.get_by_role("button", name="Receipt, Garage").click()

    await expect(chain(page)).to_have_count(0)


async def test_a_browser_that_keeps_nothing_opens_doors_all_the_same(opened, clouds):
    cloud = await clouds()
    cloud.on_press = ends_as(state="UNKNOWN")
    page = await opened(cloud, "/app/tokens.css")
    await page.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })"
    )
    await page.goto(cloud.address)
    await button(page).click()
    await expect(told(page)).to_contain_text("No answer in time")
    await asyncio.sleep(0.7)
    await page.get_by_role("button", name="I have looked").click()

    await expect(told(page)).to_be_empty()


async def test_a_failure_that_was_read_stays_read_after_a_reload(opened, clouds):
    cloud = await clouds()
    cloud.on_press = ends_as(state="UNKNOWN")
    page = await opened(cloud)
    await button(page).click()
    await expect(told(page)).to_contain_text("No answer in time")
    await page.reload()
    await expect(told(page)).to_contain_text("No answer in time")

    await asyncio.sleep(0.7)
    await page.get_by_role("button", name="I have looked").click()
    await page.reload()
    await expect(button(page)).to_have_text("Open")
    await expect(told(page)).to_be_empty()
