"""What whoever manages a place does about people and their accesses: each verb, the call it makes, what is shown of it.
All that is shown afterwards was pushed."""

import pytest
from playwright.async_api import Page, expect

from tests import app_place
from tests.app_place import PLACE, WEDNESDAYS, admin_data, invitation, member, request
from tests.app_scenes import grant
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.fake_cloud import FakeCloud
from tests.manage_page import calls, edited, managing, menu, person, sheet

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOBODY = app_place.nobody_concerned(None)


# -- getting there


async def test_who_manages_nothing_has_no_such_page(opened, clouds):
    page = await opened(await clouds())
    await expect(page.get_by_role("button", name="Me")).to_be_visible()

    await expect(page.get_by_role("button", name="Manage")).to_have_count(0)


async def test_the_screens_of_those_who_manage_are_not_loaded_for_the_doors(opened, clouds):
    cloud = await clouds(app_place.managed(NOW))
    page = await opened(cloud)
    loaded = "performance.getEntriesByType('resource').map(({ name }) => name)"
    await expect(page.get_by_role("article").first).to_be_visible()
    theirs = [name for name in await page.evaluate(loaded) if "/manage" in name and not name.endswith("/managed.js")]
    assert theirs == []
    assert calls(cloud, "GET", PLACE) == []


async def test_a_request_is_counted_in_the_menu_as_soon_as_it_is_pushed(opened, clouds):
    cloud, page = await managing(opened, clouds)
    await expect(menu(page, "Requests")).to_contain_text("2")
    await edited(cloud, "request", "r9", request("r9", person="p9", name="Roger", created=NOW))

    await expect(menu(page, "Requests")).to_contain_text("3")


async def test_one_owner_is_advised_to_make_a_second(opened, clouds):
    cloud, page = await managing(opened, clouds)
    await expect(page.get_by_text("This place has only one owner.")).to_be_visible()
    await edited(cloud, "member", "p2", member("p2", "Núria Ferrer", role="owner", version=2))

    await expect(page.get_by_text("This place has only one owner.")).to_have_count(0)


# -- people


async def test_a_person_is_added_by_number_in_two_taps_and_ends_in_a_ready_link(opened, clouds):
    cloud, page = await managing(opened, clouds, "People")
    cloud.answers["POST", f"{PLACE}/people"] = (201, invitation(NOW))
    await page.get_by_role("button", name="Add").click()
    await sheet(page).get_by_label("Phone number or e-mail").fill("+34 600 777 777")
    await sheet(page).get_by_label("Name").fill("Laia Roca")
    await sheet(page).get_by_role("button", name="Add and make a link").click()
    await expect(sheet(page).get_by_text("#sign-in=SECRET")).to_be_visible()

    picture = sheet(page).get_by_role("img")
    assert (await picture.get_attribute("src") or "").startswith("data:image/svg+xml")
    assert await picture.evaluate("(image) => image.complete && image.naturalWidth > 0")
    (body,) = calls(cloud, "POST", f"{PLACE}/people")
    assert body["contact"] == "+34 600 777 777"
    assert body["name"] == "Laia Roca"
    assert body["access"] == {"doors": [], "hours": {}, "starts": None, "ends": None, "uses": None, "note": ""}


async def test_a_link_can_be_copied(opened, clouds):
    cloud, page = await managing(opened, clouds, "People", permissions=["clipboard-read", "clipboard-write"])
    cloud.answers["POST", f"{PLACE}/people/p2/link"] = (201, invitation(NOW))
    await person(page)
    await page.get_by_role("button", name="New sign-in link").click()
    await sheet(page).get_by_role("button", name="New sign-in link").click()
    await sheet(page).get_by_role("button", name="Copy").click()
    await expect(sheet(page).get_by_text("Copied.")).to_be_visible()

    assert await page.evaluate("navigator.clipboard.readText()") == invitation(NOW)["link"]


async def test_who_is_here_already_is_said(opened, clouds):
    cloud, page = await managing(opened, clouds, "People")
    cloud.answers["POST", f"{PLACE}/people"] = (409, {"reason": "member", "detail": "she is here already"})
    await page.get_by_role("button", name="Add").click()
    await sheet(page).get_by_label("Phone number or e-mail").fill("+34 600 123 456")
    await sheet(page).get_by_label("Name").fill("Núria")
    await sheet(page).get_by_role("button", name="Add and make a link").click()

    await expect(sheet(page).get_by_text("That number or address is here already.")).to_be_visible()


async def test_a_person_is_found_by_a_few_letters_of_name_flat_or_number(opened, clouds):
    cloud = await clouds(app_place.managed(NOW))
    data = admin_data(NOW)
    data["people"] += [member(f"x{i}", f"Persona {i}", flat=f"9-{i}", contact=f"+3461000000{i}") for i in range(5)]
    cloud.answers["GET", PLACE] = data
    page = await opened(cloud)
    await page.get_by_role("button", name="Manage", exact=True).click()
    await menu(page, "People").click()
    rows = page.locator("io-people-page").get_by_role("listitem")
    for sought, found in (("nuria", "Núria Ferrer"), ("9-3", "Persona 3"), ("joan@", "Joan Puig")):
        await page.get_by_role("searchbox").fill(sought)
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text(found)


async def test_of_five_thousand_people_those_are_drawn_that_have_been_scrolled_to(opened, clouds):
    cloud = await clouds(app_place.managed(NOW))
    data = admin_data(NOW)
    data["people"] += [member(f"x{i}", f"Persona {i:04}") for i in range(4995)]
    data["grants"] += [grant(f"gx{i}", person=f"x{i}") for i in range(4995)]
    cloud.answers["GET", PLACE] = data
    page = await opened(cloud)
    await page.get_by_role("button", name="Manage", exact=True).click()
    await menu(page, "People").click()
    rows = page.locator("io-people-page li")
    await expect(page.get_by_role("heading", name="People 5000")).to_be_visible()
    assert await rows.count() <= 100
    await rows.nth(49).scroll_into_view_if_needed()
    await expect(page.get_by_text("Persona 0080")).to_be_attached()
    await page.get_by_role("searchbox").fill("0999")
    await expect(rows).to_have_count(1)
    await rows.get_by_role("button").click()
    await page.get_by_role("button", name="People").click()

    await expect(rows.get_by_role("button")).to_be_focused()  # where she left it


@pytest.mark.parametrize(
    ("act", "button", "call", "body"),
    [
        ("Lost phone", "Lost phone", ("POST", f"{PLACE}/people/p2/lost"), None),
        ("Suspend", "Suspend", ("PATCH", f"{PLACE}/people/p2"), {"version": 1, "suspended": True}),
        ("Remove from the place", "Remove from the place", ("DELETE", f"{PLACE}/people/p2"), None),
        ("Role", "Save", ("PUT", f"{PLACE}/people/p2/role"), {"role": "member"}),
    ],
)
async def test_an_act_about_a_person_is_explained_and_done_with_one_call(opened, clouds, act, button, call, body):
    cloud, page = await managing(opened, clouds, "People")
    cloud.answers[call] = (201, invitation(NOW)) if act == "Lost phone" else None
    await person(page)
    await page.get_by_role("button", name=act, exact=True).click()
    assert calls(cloud, *call) == []
    await sheet(page).get_by_role("button", name=button, exact=True).click()
    if act == "Lost phone":
        await expect(sheet(page).get_by_role("img")).to_be_visible()
    else:
        await expect(sheet(page)).to_have_count(0)

    assert calls(cloud, *call) == [body]


async def test_a_removal_says_what_ends_at_once(opened, clouds):
    _, page = await managing(opened, clouds, "People")
    await person(page)
    await page.get_by_role("button", name="Remove from the place").click()

    await expect(sheet(page)).to_contain_text("every access of Núria Ferrer (2), every guest invited (1)")


async def test_name_flat_and_the_right_to_invite_are_edited(opened, clouds):
    cloud, page = await managing(opened, clouds, "People")
    cloud.answers["PATCH", f"{PLACE}/people/p2"] = None
    await person(page)
    await page.get_by_role("button", name="Name, flat, permissions").click()
    await sheet(page).get_by_label("Flat", exact=True).fill("")
    await sheet(page).get_by_label("May invite guests").uncheck()
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page)).to_have_count(0)

    expected = {"version": 1, "name": "Núria Ferrer", "flat": None, "may_invite": False, "may_hold": False}
    assert calls(cloud, "PATCH", f"{PLACE}/people/p2") == [expected]


async def test_a_change_of_number_ends_in_a_link_for_the_new_one(opened, clouds):
    cloud, page = await managing(opened, clouds, "People")
    cloud.answers["PUT", f"{PLACE}/people/p2/contact"] = invitation(NOW)
    await person(page)
    await page.get_by_role("button", name="Change of number").click()
    await sheet(page).get_by_label("A new number or address").fill("+34 611 111 111")
    await sheet(page).get_by_role("button", name="Change of number").click()
    await expect(sheet(page).get_by_role("img")).to_be_visible()

    assert calls(cloud, "PUT", f"{PLACE}/people/p2/contact") == [{"contact": "+34 611 111 111"}]


async def test_an_admin_is_not_offered_what_only_an_owner_may(opened, clouds):
    cloud = await clouds(app_place.managed(NOW))
    data = admin_data(NOW)
    data["people"][0]["member"]["role"] = "admin"
    cloud.answers["GET", PLACE] = data
    page = await opened(cloud)
    await page.get_by_role("button", name="Manage", exact=True).click()
    await menu(page, "People").click()
    await person(page)
    await expect(page.get_by_role("button", name="Lost phone")).to_be_visible()

    await expect(page.get_by_role("button", name="Role", exact=True)).to_have_count(0)


async def test_what_another_admin_does_appears_by_itself(opened, clouds):
    cloud, page = await managing(opened, clouds, "People")
    await expect(page.get_by_role("button", name="Laia Roca")).to_have_count(0)
    await edited(cloud, "member", "p9", member("p9", "Laia Roca"))
    await person(page, "Laia Roca")
    await expect(page.get_by_text("No access:")).to_be_visible()
    await edited(cloud, "grant", "g9", grant("g9", person="p9", hours=WEDNESDAYS))
    await expect(page.locator("io-accesses").get_by_text("Wed 18:00–20:00")).to_be_visible()
    await edited(cloud, "member", "p9", None)

    await expect(page.get_by_role("heading", name="People")).to_be_visible()
    await expect(page.get_by_role("button", name="Laia Roca")).to_have_count(0)


# -- accesses


async def editor(opened, clouds) -> tuple[FakeCloud, Page]:
    cloud, page = await managing(opened, clouds, "People")
    await person(page)
    await page.get_by_role("button", name="Garage").click()
    return cloud, page


async def test_hours_are_changed_and_whom_that_concerns_is_said_before_it_is_saved(opened, clouds):
    cloud, page = await editor(opened, clouds)
    await expect(sheet(page).get_by_text("Nobody gains or loses")).to_be_visible()
    joan = {"person": "p3", "doors": ["garage"]}
    cloud.answers["POST", f"{PLACE}/preview"] = {
        **NOBODY,
        "lets_in": [joan],
        "shuts_out": [joan] * 4,
        "now_out": ["p3"],
    }
    cloud.answers["PATCH", f"{PLACE}/grants/g2"] = None
    await sheet(page).get_by_role("button", name="Wed 18:00–20:00").click()
    await sheet(page).get_by_role("button", name="Thursday").click()
    await sheet(page).get_by_label("From", exact=True).select_option("22:00")
    await sheet(page).get_by_label("To", exact=True).select_option("24:00")
    sentence = "Núria Ferrer may open Garage on Wednesday and Thursday from 22:00 to 24:00."
    await expect(sheet(page).get_by_text(sentence)).to_be_visible()
    effect = sheet(page).locator("io-effect").get_by_role("status")
    await expect(effect).to_contain_text("Lets in 1: Joan Puig (Garage).")
    await expect(effect).to_contain_text("Right now, out: 1.")
    await effect.get_by_text("Shuts out 4 people").click()
    await expect(effect.get_by_role("listitem")).to_have_count(4)
    assert calls(cloud, "PATCH", f"{PLACE}/grants/g2") == []
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page)).to_have_count(0)

    (body,) = calls(cloud, "PATCH", f"{PLACE}/grants/g2")
    asked = calls(cloud, "POST", f"{PLACE}/preview")[-1]
    assert body["version"] == 4
    assert body["hours"] == {"windows": [{"days": [2, 3], "starts": 1320, "ends": 1440}]}
    assert body.pop("note") == ""
    assert asked == {"grant": "g2", "change": body}  # what was looked at is what was saved


async def test_somebody_elses_change_is_told_and_its_values_are_loaded(opened, clouds):
    cloud, page = await editor(opened, clouds)
    theirs = grant("g2", person="p2", doors=["garage"], uses=7, version=9)
    conflict = {"reason": "conflict", "detail": "", "current": theirs}
    cloud.answers["PATCH", f"{PLACE}/grants/g2"] = (409, conflict)
    await sheet(page).get_by_role("button", name="Weekends").click()
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page).get_by_text("Somebody else has changed this meanwhile.")).to_be_visible()
    await expect(sheet(page).get_by_text("Núria Ferrer may open Garage always, 7 times.")).to_be_visible()
    cloud.answers["PATCH", f"{PLACE}/grants/g2"] = None
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page)).to_have_count(0)

    assert calls(cloud, "PATCH", f"{PLACE}/grants/g2")[-1]["version"] == 9


async def test_a_new_access_is_for_one_evening_of_the_places_clock(opened, clouds):
    cloud, page = await managing(opened, clouds, "People", timezone_id="Asia/Tokyo")
    cloud.answers["POST", f"{PLACE}/grants"] = (201, {"id": "g9"})
    await person(page, "Imma Soler")
    await page.get_by_role("button", name="New access").click()
    await sheet(page).get_by_role("button", name="One evening").click()
    await sheet(page).get_by_label("Every door, new ones too").uncheck()
    await sheet(page).get_by_label("How often").fill("2")
    await sheet(page).get_by_label("Note").fill("Birthday")
    await expect(
        sheet(page).get_by_text("Imma Soler may open Garage from 18:00 on, until 23:00, 2 times.")
    ).to_be_visible()
    await sheet(page).get_by_role("button", name="Give access").click()
    await expect(sheet(page)).to_have_count(0)

    (body,) = calls(cloud, "POST", f"{PLACE}/grants")
    begins = NOW - NOW % 86_400_000 + 17 * 3_600_000  # 18:00 in Barcelona
    assert (body["person"], body["starts"], body["ends"]) == ("p4", begins, begins + 5 * 3_600_000)
    assert (body["doors"], body["uses"], body["note"]) == (["garage"], 2, "Birthday")


async def test_holidays_and_single_dates_are_part_of_an_access(opened, clouds):
    cloud, page = await editor(opened, clouds)
    cloud.answers["PATCH", f"{PLACE}/grants/g2"] = None
    await sheet(page).get_by_text("Public holidays and single dates").click()
    await sheet(page).get_by_label("On public holidays").select_option("closed")
    await sheet(page).get_by_label("Add a date").fill("2026-12-26")
    await sheet(page).get_by_label("Take out a date").fill("2026-12-30")
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page)).to_have_count(0)

    (body,) = calls(cloud, "PATCH", f"{PLACE}/grants/g2")
    added = [{"date": "2026-12-26", "spans": []}]
    assert body["hours"] == {**WEDNESDAYS, "added": added, "removed": ["2026-12-30"], "holidays": "closed"}


async def test_an_access_is_ended_after_a_second_tap(opened, clouds):
    cloud, page = await editor(opened, clouds)
    cloud.answers["DELETE", f"{PLACE}/grants/g2"] = None
    await sheet(page).get_by_role("button", name="End this access").click()
    assert calls(cloud, "DELETE", f"{PLACE}/grants/g2") == []
    await cloud.until(lambda: {"grant": "g2"} in calls(cloud, "POST", f"{PLACE}/preview"))  # whom that shuts out
    await sheet(page).get_by_role("button", name="End it now, at once").click()
    await expect(sheet(page)).to_have_count(0)

    assert [asked.query for asked in cloud.asked if asked.method == "DELETE"] == [{"version": "4"}]
