"""Her guests as their host sees them: invited with two taps, what became of each link without asking, ended on purpose;
and her own history, in each place's time."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

from tests import app_place
from tests.app_place import PLACE, invitation, line
from tests.app_scenes import HOUR_MS, MINUTE_MS, Object, grant, place
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.fake_cloud import FakeCloud

pytestmark = pytest.mark.asyncio(loop_scope="session")

LINK = "https://doors.example/#guest=SECRETSECRETSECRETSECRET"
SHARES = "navigator.share = async (what) => { window.shared = what; }"


def guest(name: str, person: str, **fields) -> Object:
    grants = [grant(f"g-{person}", person=person, doors=["garage"], ends=NOW + 6 * HOUR_MS, uses=2)]
    plain = {"place": "mallorca", "host": "p1", "state": "new", "bound": None, "opened": 0, "last": None, "door": None}
    return {"person": person, "name": name, "grants": grants, **plain, **fields}


PLUMBER, ANNA = guest("Plumber", "p5"), guest("Anna Puigdevall i Casademunt de la Font", "p6", state="bound", bound=NOW)


def row(page: Page, name: str) -> Locator:
    return page.locator("io-guests-page").get_by_role("listitem").filter(has_text=name)


async def shown(opened, clouds, *guests: Object, **options) -> tuple[FakeCloud, Page]:
    cloud = await clouds(app_place.managed(NOW))
    cloud.answers["GET", "me/guests"] = list(guests)
    page = await opened(cloud, reduced_motion="reduce", **options)
    await page.get_by_role("button", name="Guests").click()
    return cloud, page


async def test_what_a_guest_did_appears_without_a_gesture_and_nowhere_else(opened, clouds):
    cloud, page = await shown(opened, clouds, PLUMBER, ANNA)
    await expect(row(page, "Plumber")).to_contain_text("link not used yet")
    await expect(row(page, "Plumber")).not_to_contain_text("opened")
    await expect(row(page, "Anna")).to_contain_text("Has not opened anything yet.")

    used = {**PLUMBER, "state": "bound", "opened": 1, "last": NOW - 2 * HOUR_MS, "door": "garage"}
    often = {**ANNA, "opened": 3, "last": NOW - 50 * HOUR_MS, "door": "a door she cannot see"}
    cloud.answers["GET", "me/guests"] = [used, often]
    await cloud.push(news=[{"kind": "guest", "place": "mallorca", "who": "Plumber"}])
    await expect(row(page, "Plumber")).to_contain_text("Opened Garage once, 2 h ago.")
    await expect(row(page, "Plumber")).to_contain_text("in use on a phone")
    await expect(row(page, "Anna")).to_contain_text("Opened 3 times, last A door you cannot see, Mon 08:32.")
    await page.get_by_role("button", name="Doors", exact=True).click()
    await expect(page.locator("io-door-card").first).to_be_visible()
    await expect(page.get_by_text("Plumber")).to_have_count(0)  # the doors' screen is for doors

    # and what may have been missed while the line was down is asked for, too
    await page.get_by_role("button", name="Guests").click()
    await expect(row(page, "Plumber")).to_be_visible()
    cloud.answers["GET", "me/guests"] = [{**used, "opened": 2, "last": cloud.now}]
    cloud.stream = "another"
    await cloud.drop()
    await expect(row(page, "Plumber")).to_contain_text("Opened 2 times, last Garage, just now.")


async def test_a_guest_is_ended_on_purpose_only(opened, clouds):
    cloud, page = await shown(opened, clouds, ANNA)
    ended = ("DELETE", f"{PLACE}/guests/p6")
    cloud.answers[ended] = None
    await page.get_by_role("button", name="End, Anna").click()
    await expect(row(page, "Anna").get_by_role("status")).to_contain_text("stops working at once")
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert (await Axe().run(page)).response["violations"] == [], theme
    await page.get_by_role("button", name="Keep").click()
    assert [asked for asked in cloud.asked if asked.method == "DELETE"] == []

    await page.get_by_role("button", name="End, Anna").click()
    cloud.answers["GET", "me/guests"] = []
    await page.get_by_role("button", name="End it").click()
    await expect(page.get_by_text("No guests now.")).to_be_visible()
    assert [asked[:2] for asked in cloud.asked if asked.method == "DELETE"] == [ended]


async def test_a_guest_is_invited_with_two_taps_and_a_name_and_the_link_is_shared(opened, clouds):
    cloud = await clouds(app_place.managed(NOW))
    cloud.answers["POST", f"{PLACE}/guests"] = (201, invitation(NOW, LINK))
    page = await opened(cloud, "/app/tokens.css")
    await page.context.add_init_script(SHARES)
    await page.goto(cloud.address)
    await page.get_by_role("button", name="Guests").click()
    sheet = page.locator("io-sheet")
    ends = []
    for lasts, words in (("Today", "until Thu 00:00"), ("2 hours", "until 12:3"), ("A week", "until 25 Nov 10:3")):
        await page.get_by_role("button", name="Invite a guest").click()
        await expect(sheet.get_by_role("button", name="Today")).to_have_attribute("aria-pressed", "true")
        await sheet.get_by_label("Name").fill("Anna")
        await sheet.get_by_role("button", name=lasts).click()
        await expect(sheet.locator(".what")).to_contain_text(f"Every door: {words}")
        await sheet.get_by_role("button", name="Make the link").click()
        await expect(sheet.get_by_role("img", name=re.compile("as a picture"))).to_be_visible()
        body = cloud.asked[-2].body if cloud.asked[-1].method == "GET" else cloud.asked[-1].body
        ends.append(round((body["ends"] - NOW) / MINUTE_MS))
        await sheet.get_by_role("button", name="Share").click()
        assert await page.evaluate("shared") == {"text": "A key to Carrer Mallorca 120 for Anna.", "url": LINK}
        await page.keyboard.press("Escape")
    assert ends[0] == 13 * 60 + 28  # midnight in Barcelona
    assert ends[1:] == [pytest.approx(120, abs=2), pytest.approx(7 * 24 * 60, abs=2)]

    # what she sets herself is said in the same sentence
    await page.get_by_role("button", name="Invite a guest").click()
    await sheet.get_by_text("Doors and hours").click()
    await sheet.get_by_label("Every door, new ones too").uncheck()
    await expect(sheet.locator(".what")).to_contain_text("Garage: until")
    await expect(sheet.get_by_role("button", name="Today")).to_have_attribute("aria-pressed", "true")
    await sheet.get_by_label("Ends (empty: never)").fill("")
    await sheet.get_by_label("Ends (empty: never)").blur()
    await expect(sheet.locator(".what")).to_have_text("Garage: always")
    await expect(sheet.locator('.lasts [aria-pressed="true"]')).to_have_count(0)


async def test_her_own_history_tells_each_places_time(opened, clouds):
    cloud = await clouds(app_place.managed(NOW))
    cloud.places.append(place(id="lisboa", name="Rua Nova 3", zone="Europe/Lisbon"))
    pressed = {"detail": {"action": "open", "state": "SENT"}, "door": "x"}
    lines = [line(2, NOW, "press", **pressed, door_name="Here")]
    lines += [{**line(1, NOW, "press", **pressed, door_name="There"), "place": "lisboa"}]
    cloud.answers["GET", "me/log"] = {"lines": lines, "more": False, "head": "2:ab"}
    page = await opened(cloud)
    await page.get_by_role("button", name="Me", exact=True).click()
    await page.get_by_role("button", name="Show").click()
    rows = page.locator("io-log-lines").get_by_role("listitem")
    await expect(rows.nth(0)).to_contain_text("10:32:07")
    await expect(rows.nth(1)).to_contain_text("09:32:07")
