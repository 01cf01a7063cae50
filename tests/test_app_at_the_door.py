"""What a user reads at her doors: her hours, a box that is silent, every failure with what to do now; and how it
lies on a phone and on a desk."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from cloud.operations import MOVE_START_S
from tests import app_scenes
from tests.app_place import WEDNESDAYS
from tests.app_scenes import HOUR_MS, MINUTE_MS, Object, Scene, door, grant, place
from tests.door_page import HALF_HOUR_AGO, button, card, chain, ends_as, told
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.test_app_everywhere import LEAST_TARGET_PX, SMALL, STICKING_OUT

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNTIL_NINE = NOW + 10 * HOUR_MS + 28 * MINUTE_MS - 7_000
AT_SIX = NOW + 7 * HOUR_MS + 28 * MINUTE_MS - 7_000
PHONE = {"width": 390, "height": 844}
NOTCHED = {"width": 390, "height": 844 - 47 - 34}  # what a phone with a notch and a home bar leaves of it
NOT_NOW = {"allowed": False, "reason": "hours", "until": None}


def four(**of_the_gate) -> Scene:
    """Hers until nine; hers on Wednesdays; silent; without a sensor."""
    doors = [
        door("garage", "Garage", may={"allowed": True, "reason": None, "next": None, "until": UNTIL_NINE}),
        door("stairs", "Stairwell", may={**NOT_NOW, "next": AT_SIX}),
        door("gate", "Courtyard gate", link="away", heard=HALF_HOUR_AGO, **of_the_gate),
        door("bikes", "Bicycle room", sensor=False, state="unknown", drive="open", travel_s=0),
    ]
    grants = [grant("g1", doors=["garage", "gate", "bikes"]), grant("g2", doors=["stairs"], hours=WEDNESDAYS)]
    return Scene(doors, places=[place(other_way="the key box beside the gate")], grants=grants)


async def faults(page: Page) -> str:
    """What axe finds, in both themes."""
    found = ""
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        result = await Axe().run(page)
        found += "".join(
            f"{theme} {one['id']} {one['nodes'][0]['html'][:140]}\n" for one in result.response["violations"]
        )
    return found


async def test_four_doors_say_their_hours_and_silence_and_fit_a_phone_with_a_notch(opened, clouds):
    page = await opened(await clouds(four()), reduced_motion="reduce")
    await expect(card(page)).to_contain_text(re.compile(r"Closed\s*·\s*for you until 21:00"))
    await expect(card(page, "Stairwell")).to_contain_text(re.compile(r"Closed\s*·\s*for you Wed 18:00–20:00"))
    await expect(button(page, "Stairwell")).to_have_text("Opens for you in 7 h")
    await expect(card(page, "Courtyard gate")).to_contain_text("Silent since 10:02, take your key")
    for size in (PHONE, NOTCHED):
        await page.set_viewport_size(size)
        pane = page.locator("io-home-page section")
        assert await pane.evaluate("(pane) => pane.scrollHeight <= pane.clientHeight"), size
        for name in ("Garage", "Stairwell", "Courtyard gate", "Bicycle room"):
            await expect(card(page, name)).to_be_in_viewport(ratio=1)
            box = await button(page, name).bounding_box()
            assert box and box["height"] >= 64
            assert box["width"] >= 300
    assert await faults(page) == ""

    await button(page, "Stairwell").click(force=True)
    await expect(told(page, "Stairwell")).to_have_text("Not now. Your access is Wed 18:00–20:00.")
    await expect(card(page, "Stairwell").locator(".remedies > *")).to_have_text(["Ask to be let in", "Got it"])


async def test_a_day_that_is_far_is_named_and_hours_that_are_no_short_line_are_told_when_she_asks(opened, clouds):
    friday = NOW + 46 * HOUR_MS + 28 * MINUTE_MS - 7_000
    windows = [{"days": [day], "starts": 540 + day, "ends": 780 + 7 * day} for day in range(5)]
    scene = Scene(
        [door("garage", "Garage", may={**NOT_NOW, "next": friday}), door("b", "B", may={**NOT_NOW, "next": None})]
    )
    scene.grants = [grant("g1", doors=["garage"], hours={"windows": windows}), grant("g2", doors=["b"], suspended=True)]
    page = await opened(await clouds(scene))
    await expect(button(page)).to_have_text("Opens for you Fri 09:00")
    await expect(card(page).locator("io-door-state")).to_have_text(re.compile(r"^\s*Closed\s*$"))
    await button(page).click(force=True)
    await expect(told(page)).to_contain_text("Not now. Your access is Mon 09:00–13:00; Tue 09:01–13:07;")
    await expect(button(page, "B")).to_have_text("Not open to you now")


async def test_a_silent_box_is_said_before_she_drives_home_with_the_other_way_in(opened, clouds):
    cloud = await clouds(four())
    page = await opened(cloud, reduced_motion="reduce")
    gate = card(page, "Courtyard gate")
    await expect(gate.locator("io-open-button")).to_have_attribute("doubtful", "")
    await expect(card(page).locator("io-open-button")).not_to_have_attribute("doubtful", "")
    await expect(gate.get_by_role("link")).to_have_count(0)
    await gate.get_by_role("button", name="More, Courtyard gate").click()
    await expect(told(page, "Courtyard gate")).to_contain_text("Take your key, or call for help.")
    await expect(told(page, "Courtyard gate")).to_contain_text("Another way in: the key box beside the gate")
    await expect(gate.get_by_role("link", name="Call for help")).to_have_attribute("href", "tel:+34600123456")
    assert await faults(page) == ""
    assert await page.evaluate(SMALL, LEAST_TARGET_PX) == []
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate(STICKING_OUT) == []

    await cloud.door("gate", link="online")
    await expect(gate.get_by_role("link")).to_have_count(0)
    await expect(gate).not_to_contain_text("take your key")


async def test_the_only_door_says_it_without_being_asked_and_may_be_pressed_all_the_same(opened, clouds):
    scene = Scene([door("garage", "Garage", link="away", heard=HALF_HOUR_AGO)])
    scene.places[0]["help"] = None
    cloud = await clouds(scene)
    cloud.on_press = ends_as(state="NOT_SENT", reason="away", heard=HALF_HOUR_AGO, stops={"sent": None})
    page = await opened(cloud)
    await expect(told(page)).to_have_text("The door box does not answer, so a press will hardly help. Take your key.")
    await button(page).click()
    await expect(told(page)).to_contain_text("Nothing was opened. Take your key, or call for help.")
    await expect(told(page)).not_to_contain_text("does not answer")


REFUSED = {"state": "REFUSED", "stops": {"allowed": None, "sent": None}}
# The table of the app's description, row by row.
TABLE: list[tuple[Object, str, list[str]]] = [
    ({**REFUSED, "reason": "hours"}, "Not now. Your access is Wed 18:00–20:00.", ["Ask to be let in", "Got it"]),
    ({**REFUSED, "reason": "access"}, "You no longer have access to this door.", ["Ask to be let in", "Got it"]),
    (
        {**REFUSED, "reason": "late"},
        "That press took too long to reach us, so nothing was opened. Press again.",
        ["Press again", "Got it"],
    ),
    (
        {"state": "NOT_SENT", "reason": "away", "heard": HALF_HOUR_AGO, "stops": {"sent": None}},
        "The door box has been silent since 10:02. Nothing was opened. Take your key, or call for help.",
        ["Call for help", "Got it"],
    ),
    ({"state": "DECLINED", "reason": "busy"}, "The door is already moving.", ["Got it"]),
    ({"state": "ALREADY"}, "It is already open.", []),
    (
        {"state": "UNKNOWN"},
        "No answer in time. It may have opened: look at the door before pressing again.",
        ["I have looked"],
    ),
    (
        {"state": "DONE", "movement": "did_not_move", "stops": {"coil": 398}},
        "The box switched but the door did not move. Look whether it is blocked or switched off.",
        ["Try again", "Call for help", "Got it"],
    ),
]


async def test_every_outcome_is_a_sentence_with_its_way_out_above_the_chain_and_in_sight(opened, clouds):
    may = {"allowed": True, "reason": None, "next": AT_SIX, "until": None}
    doors = [door("a", "Front door"), door("b", "Side door"), door("c", "Back door"), door("garage", "Garage", may=may)]
    cloud = await clouds(Scene(doors, grants=[grant("g1", doors=["garage"], hours=WEDNESDAYS)]))
    page = await opened(cloud, viewport={"width": 390, "height": 640})
    for presses, (operation, sentence, ways_out) in enumerate(TABLE, 1):
        cloud.on_press = ends_as(**operation)
        await button(page).scroll_into_view_if_needed()
        await button(page).click()
        await expect(told(page).locator(".text")).to_have_text(sentence)
        await expect(told(page).locator(".text")).to_be_in_viewport(ratio=1)  # below the fold it would not be told
        await expect(card(page).locator("io-told .remedies > *")).to_have_text(ways_out)
        if ways_out:
            said, broken = await told(page).bounding_box(), await chain(page).last.bounding_box()
            assert said and broken
            assert said["y"] < broken["y"]
            # what to do first is the one that stands out
            strong = card(page).locator("io-told .remedies .strong")
            await expect(strong).to_have_text([] if len(ways_out) == 1 else ways_out[:1])
        assert len(cloud.presses) == presses, "nothing is pressed again by itself"
    await expect(chain(page).last).to_have_text(f"no movement in {MOVE_START_S} s")


async def test_the_app_waits_for_a_door_as_long_as_the_cloud_does():
    text = (Path(__file__).parent.parent / "cloud" / "pwa" / "outcome.js").read_text()

    assert int(re.findall(r"^const MOVE_START_S = (\d+);", text, re.MULTILINE)[0]) == MOVE_START_S


async def test_a_wide_screen_is_used(opened, clouds):
    page = await opened(await clouds(four()), viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    boxes = [await card(page, name).bounding_box() for name in ("Garage", "Stairwell", "Courtyard gate")]
    first, second, third = (box for box in boxes if box)
    assert first["y"] == second["y"] < third["y"]
    assert first["x"] == third["x"] < second["x"]
    assert await faults(page) == ""

    many = await opened(await clouds(app_scenes.many_doors(NOW)), viewport={"width": 1280, "height": 800})
    rows = many.locator("io-home-page article")
    left, right = await rows.nth(0).bounding_box(), await rows.nth(1).bounding_box()
    assert left and right
    assert left["y"] == right["y"]
    search = await many.get_by_role("searchbox").bounding_box()
    assert search and search["width"] > left["width"]


async def test_a_thousand_doors_are_drawn_as_far_as_she_scrolls_and_not_again_by_a_tick(opened, clouds):
    rooms = [door(f"d{i}", f"Room {i}", drive="open") for i in range(1000)]
    cloud = await clouds(Scene(rooms))
    page = await opened(cloud)
    rows = page.locator("io-door-card")
    await expect(rows).to_have_count(80)
    await page.evaluate(
        """() => {
            window.drawn = 0;
            const Card = customElements.get("io-door-card"), { render } = Card.prototype;
            Card.prototype.render = function () { window.drawn += 1; return render.call(this); };
        }"""
    )
    ticks = len(cloud.watches), cloud.now
    await page.evaluate("new Promise((done) => setTimeout(done, 2500))")
    assert len(cloud.watches) == ticks[0], "the line held"
    assert cloud.now - ticks[1] > 2000  # two ticks at least
    assert await page.evaluate("drawn") == 0
    await cloud.door("d3", state="open", action=None)
    await expect(rows.nth(3).locator("io-door-state")).to_contain_text("Open")
    assert await page.evaluate("drawn") <= 2  # that one

    for _ in range(12):
        await rows.last.scroll_into_view_if_needed()
    assert await rows.count() > 160
    await page.get_by_role("searchbox").fill("room 999")
    await expect(rows).to_have_count(1)
    await expect(button(page, "Room 999")).to_be_visible()


async def test_the_focus_stays_at_the_door_when_a_failure_is_put_away(opened, clouds):
    cloud = await clouds()
    cloud.on_press = ends_as(state="UNKNOWN")
    page = await opened(cloud)
    await button(page).focus()
    await page.keyboard.press("Enter")
    looked = page.get_by_role("button", name="I have looked")
    await page.evaluate("new Promise((done) => setTimeout(done, 700))")  # a tap is not taken at once
    await looked.press("Enter")
    await expect(looked).to_have_count(0)
    await expect(button(page)).to_be_focused()
