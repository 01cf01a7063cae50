"""What a person does for herself: asks to be let in, types her four digits, reads what has changed for her, looks after
her sessions, her guests and her ways in."""

import asyncio

import pytest
from playwright.async_api import Locator, Page, expect

from tests import app_place, app_scenes
from tests.app_place import WEDNESDAYS, invitation
from tests.app_scenes import HOUR_MS, Scene, door, grant, person
from tests.door_page import button, card, ends_as, told
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.fake_cloud import FakeCloud

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATER = {"allowed": False, "reason": "hours", "next": NOW + 2 * HOUR_MS, "until": None}


def one(**fields) -> Scene:
    return Scene([door("garage", "Garage", **fields), door("stairs", "Stairwell")])


def sheet(page: Page) -> Locator:
    return page.locator("io-sheet")


def bodies(cloud: FakeCloud, method: str, path: str) -> list:
    return [asked.body for asked in cloud.asked if (asked.method, asked.path) == (method, path)]


# -- the door


@pytest.mark.parametrize(
    ("may", "label", "why"),
    [
        (LATER, "Opens for you in 2 h", "Not now. Your access begins at 12:32."),
        (
            {"allowed": False, "reason": "suspended", "next": None, "until": None},
            "Suspended",
            "Your access is suspended.",
        ),
        ({"allowed": False, "reason": "uses", "next": None, "until": None}, "Used up", "as often as it allowed."),
        (
            {"allowed": False, "reason": "ended", "next": None, "until": None},
            "Your time is over",
            "time of your access",
        ),
    ],
)
async def test_who_is_refused_asks_to_be_let_in(opened, clouds, may, label, why):
    cloud = await clouds(one(may=may))
    cloud.answers["POST", "doors/garage/ask"] = (201, {"id": "r1"})
    page = await opened(cloud)
    await expect(button(page)).to_have_text(label)
    await button(page).click(force=True)
    await expect(told(page)).to_contain_text(why)
    await card(page).get_by_role("button", name="Ask to be let in").click(delay=700)  # a tap is not taken at once
    await expect(told(page)).to_contain_text("Asked.")

    assert bodies(cloud, "POST", "doors/garage/ask") == [None]
    await expect(card(page).get_by_role("button", name="Ask to be let in")).to_have_count(0)


async def test_who_could_not_ask_is_told_whom_to_call(opened, clouds):
    cloud = await clouds(one(may=LATER))
    cloud.answers["POST", "doors/garage/ask"] = (429, {"reason": "busy", "detail": ""})
    page = await opened(cloud)
    await button(page).click(force=True)
    await card(page).get_by_role("button", name="Ask to be let in").click(delay=700)

    await expect(told(page)).to_contain_text("That could not be asked just now.")
    await expect(card(page).get_by_role("link", name="Call for help")).to_be_visible()


async def test_an_open_door_says_until_when_it_is_open_to_her_when_that_is_today(opened, clouds):
    cloud = await clouds(one(may={"allowed": True, "reason": None, "next": None, "until": NOW + 8 * HOUR_MS}))
    page = await opened(cloud)
    await expect(card(page)).to_contain_text("for you until 18:32")
    await cloud.door("garage", may={"allowed": True, "reason": None, "next": None, "until": NOW + 800 * HOUR_MS})

    await expect(card(page)).not_to_contain_text("for you until")


async def test_settings_that_the_box_has_not_taken_are_nobodys_business_but_the_admins(opened, clouds):
    page = await opened(await clouds(one(pending=True)))
    await expect(card(page)).to_be_visible()

    await expect(card(page)).not_to_contain_text("Not yet on the door box")


async def test_settings_that_the_box_has_not_taken_are_shown_at_the_door(opened, clouds):
    cloud = await clouds(one(pending=True))
    cloud.you = person(admin=True, manages=["mallorca"])
    page = await opened(cloud)
    await expect(card(page)).to_contain_text("Not yet on the door box")
    await cloud.door("garage", pending=False)

    await expect(card(page)).not_to_contain_text("Not yet on the door box")


# -- four digits


async def test_four_digits_are_typed_before_the_press_is_made(opened, clouds):
    cloud = await clouds(one())
    cloud.you = person(pin=True)
    cloud.on_press = ends_as(state="ALREADY")
    page = await opened(cloud)
    touched = cloud.now
    await button(page).click()
    await asyncio.sleep(0.5)  # she looks for the keys
    for digit in "129":
        await sheet(page).get_by_role("button", name=digit, exact=True).click()
    await sheet(page).get_by_role("button", name="Take back a digit").click()
    assert cloud.presses == []
    await page.keyboard.press("3")
    await page.keyboard.press("4")
    await cloud.until(lambda: cloud.presses)
    await expect(sheet(page)).to_have_count(0)

    assert cloud.presses[0]["pin"] == "1234"
    assert cloud.presses[0]["at"] - touched > 400  # the moment of the press is when the digits were there


async def test_closing_the_pad_presses_nothing(opened, clouds):
    cloud = await clouds(one())
    cloud.you = person(pin=True)
    page = await opened(cloud)
    await button(page).click()
    await expect(sheet(page).get_by_role("button", name="1", exact=True)).to_be_visible()
    await page.keyboard.press("1")
    await page.keyboard.press("Escape")
    await expect(sheet(page)).to_have_count(0)
    await asyncio.sleep(0.2)

    assert cloud.presses == []


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        ({"reason": "pin"}, "That code was not right. Nothing was opened."),
        ({"reason": "pin_paused", "next": NOW + 900_000}, "Your code works again at 10:47."),
        ({"reason": "pin_paused"}, "Too many wrong codes. Wait a quarter of an hour"),
    ],
)
async def test_wrong_digits_are_said_in_words(opened, clouds, refused, said):
    async def refuses(*_):
        return {"refused": refused}

    cloud = await clouds(one())
    cloud.you = person(pin=True)
    cloud.on_press = refuses
    page = await opened(cloud)
    await button(page).click()
    await expect(sheet(page).get_by_role("button", name="1", exact=True)).to_be_visible()
    await page.keyboard.type("1234")

    await expect(told(page)).to_contain_text(said)


# -- what has changed


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Your hours for Garage are now Wed 18:00–20:00."),
        ("es", "Tu horario para Garage es ahora mié 18:00–20:00."),
        ("ca", "El teu horari per a Garage és ara dc 18:00–20:00."),
    ],
)
async def test_a_change_of_her_hours_is_told_in_her_language_until_she_has_read_it(opened, clouds, language, said):
    cloud = await clouds(one())
    cloud.you = person(language=language)
    page = await opened(cloud)
    await expect(card(page)).to_be_visible()
    news = [{"kind": "changed", "place": "mallorca", "doors": ["garage"], "grant": "g1", "role": None}]
    await cloud.push(grants=(grant("g1", doors=["garage"], hours=WEDNESDAYS),), news=news)
    note = page.locator("[role=status][aria-label]")
    await expect(note).to_contain_text(said)
    await note.get_by_role("button").click()

    await expect(note).to_have_text("")


@pytest.mark.parametrize(
    ("news", "said"),
    [
        ({"kind": "given", "doors": [], "grant": "g1"}, "You can now open every door: Wed 18:00–20:00."),
        ({"kind": "suspended", "doors": ["garage"], "grant": "g1"}, "Your access to Garage is suspended."),
        ({"kind": "resumed", "doors": []}, "Your access to every door works again."),
        ({"kind": "role", "role": "admin"}, "You now manage Carrer Mallorca 120."),
        ({"kind": "declined", "doors": ["garage"]}, "You were not let in this time."),
    ],
)
async def test_other_news_are_told_too(opened, clouds, news, said):
    cloud = await clouds(one())
    page = await opened(cloud)
    await expect(card(page)).to_be_visible()
    await cloud.push(grants=(grant("g1", hours=WEDNESDAYS),), news=[{"place": "mallorca", **news}])

    await expect(page.locator("io-news-note")).to_contain_text(said)


async def test_a_lost_push_is_noticed_at_the_next_tick_and_made_good(opened, clouds):
    cloud = await clouds(one())
    page = await opened(cloud)
    await expect(card(page)).to_contain_text("Closed")
    cloud.doors["garage"] = {**cloud.doors["garage"], "state": "open", "action": "close"}
    cloud.n, cloud.pretended = cloud.n + 1, 1
    await expect(card(page)).to_contain_text("Open")
    cloud.pretended = 0

    assert cloud.watches[-1]["stream"] is None


# -- herself


async def me(opened, clouds, **of_me) -> tuple[FakeCloud, Page]:
    cloud = await clouds(app_place.managed(NOW))
    cloud.answers["GET", "me"] = app_scenes.me(cloud.you, **of_me)
    page = await opened(cloud)
    await page.get_by_role("button", name="Me", exact=True).click()
    return cloud, page


async def test_all_other_sign_ins_are_ended_with_one_tap(opened, clouds):
    cloud = await clouds(one())
    cloud.sessions.append({**cloud.sessions[1], "id": "s3", "device": "Firefox on Linux"})
    cloud.answers["DELETE", "sessions"] = lambda _: cloud.sessions.__delitem__(slice(1, None))
    page = await opened(cloud)
    await page.get_by_role("button", name="Me").click()
    rows = page.locator("io-sessions").get_by_role("listitem")
    await expect(rows).to_have_count(3)
    await page.get_by_role("button", name="End all others").click()

    await expect(rows).to_have_count(1)


async def test_her_number_is_changed_by_proving_the_new_one(opened, clouds):
    cloud, page = await me(opened, clouds)
    cloud.answers["POST", "me/contact"] = {"ticket": "ticket-of-a-test-000000"}
    cloud.answers["POST", "me/contact/verify"] = None
    await page.get_by_role("button", name="Change", exact=True).first.click()
    await sheet(page).get_by_label("Phone number or e-mail").fill("+34 611 111 111")
    await sheet(page).get_by_role("button", name="Send me a code").click()
    cloud.answers["GET", "me"] = app_scenes.me(cloud.you, phone="+34611111111")
    await sheet(page).get_by_label("Code", exact=True).press_sequentially("123456")

    await expect(page.get_by_text("+34611111111")).to_be_visible()


async def test_who_came_by_a_places_link_confirms_her_number_to_get_to_everything(opened, clouds):
    cloud, page = await me(opened, clouds, scope="mallorca", phone="+34 ••• 56")
    cloud.answers["POST", "sign-in/code"] = (202, {"ticket": "ticket-of-a-test-000000"})
    cloud.answers["POST", "sign-in/verify"] = None
    await expect(page.get_by_text("you are signed in for Carrer Mallorca 120 only")).to_be_visible()
    await expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)
    await page.get_by_role("button", name="Confirm").click()
    await sheet(page).get_by_label("Phone number or e-mail").fill("+34 600 123 456")
    await sheet(page).get_by_role("button", name="Send me a code").click()
    watched = len(cloud.watches)
    await sheet(page).get_by_label("Code", exact=True).press_sequentially("123456")
    await cloud.until(lambda: len(cloud.watches) > watched)

    assert cloud.watches[-1]["stream"] is None  # from nothing: she is somebody with more now


async def test_four_digits_are_set_and_given_up(opened, clouds):
    cloud, page = await me(opened, clouds)
    cloud.answers["PUT", "me/pin"] = (422, {"reason": "invalid", "detail": "1234 is what everybody tries first"})
    await page.get_by_role("button", name="Set", exact=True).click()
    await sheet(page).get_by_label("Four new digits").fill("1234")
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page).get_by_text("1234 is what everybody tries first")).to_be_visible()
    cloud.answers["PUT", "me/pin"] = None
    cloud.answers["GET", "me"] = app_scenes.me(cloud.you, pin=True)
    await sheet(page).get_by_label("Four new digits").fill("8274")
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Asked for at every open")).to_be_visible()
    cloud.answers["DELETE", "me/pin"] = None
    await page.get_by_role("button", name="Ask no longer").click()
    await sheet(page).get_by_label("The four digits now").fill("8274")
    await sheet(page).get_by_role("button", name="Ask no longer").click()
    await expect(sheet(page)).to_have_count(0)

    assert bodies(cloud, "PUT", "me/pin")[-1] == {"pin": "8274", "old": None}
    assert bodies(cloud, "DELETE", "me/pin") == [{"old": "8274"}]


async def test_her_language_changes_the_page_when_it_was_pushed(opened, clouds):
    cloud, page = await me(opened, clouds)
    cloud.answers["PATCH", "me"] = app_scenes.me(cloud.you)
    await page.get_by_label("Language").select_option("ca")
    await cloud.until(lambda: bodies(cloud, "PATCH", "me"))
    assert bodies(cloud, "PATCH", "me") == [{"language": "ca"}]
    await cloud.push(you={**cloud.you, "language": "ca"})

    await expect(page.get_by_role("button", name="Portes")).to_be_visible()


async def test_she_reads_what_the_log_says_of_her(opened, clouds):
    _, page = await me(opened, clouds)
    await page.get_by_role("button", name="Show").click()

    await expect(sheet(page).get_by_text("Pressed open")).to_be_visible()


# -- her guests


async def test_a_guest_is_invited_for_today_unless_something_else_is_said(opened, clouds):
    cloud = await clouds(app_place.managed(NOW))
    cloud.answers["POST", f"{app_place.PLACE}/guests"] = (201, invitation(NOW, "https://doors.example/#guest=SECRET"))
    page = await opened(cloud, timezone_id="Asia/Tokyo")
    await page.get_by_role("button", name="Guests").click()
    await page.get_by_role("button", name="Invite a guest").click()
    await sheet(page).get_by_label("Name").fill("Anna")
    await sheet(page).get_by_text("Doors and hours").click()
    await sheet(page).get_by_label("Every door, new ones too").uncheck()
    await sheet(page).get_by_role("button", name="Make the link").click()
    await expect(sheet(page).get_by_text("#guest=SECRET")).to_be_visible()

    (body,) = bodies(cloud, "POST", f"{app_place.PLACE}/guests")
    midnight = NOW - NOW % 86_400_000 + 23 * HOUR_MS  # in Barcelona
    assert (body["name"], body["doors"], body["ends"]) == ("Anna", ["garage"], midnight)


async def test_a_guest_is_moved_to_another_phone_and_ended(opened, clouds):
    cloud = await clouds(app_place.managed(NOW))
    cloud.answers["POST", f"{app_place.PLACE}/guests/p5/move"] = (201, invitation(NOW))
    cloud.answers["DELETE", f"{app_place.PLACE}/guests/p5"] = None
    page = await opened(cloud)
    await page.get_by_role("button", name="Guests").click()
    await page.get_by_role("button", name="Another phone, Plumber").click()
    await expect(sheet(page).get_by_role("img")).to_be_visible()
    await page.keyboard.press("Escape")
    cloud.answers["GET", "me/guests"] = []
    await page.get_by_role("button", name="End, Plumber").click()
    await page.get_by_role("button", name="End it").click()

    await expect(page.get_by_text("No guests now.")).to_be_visible()


async def test_who_may_not_invite_has_no_guests(opened, clouds):
    page = await opened(await clouds(one()))
    await expect(page.get_by_role("button", name="Me")).to_be_visible()

    await expect(page.get_by_role("button", name="Guests")).to_have_count(0)
