"""What whoever manages a place does on the screen: each verb, the call it makes, and what is shown of it; all that is
shown afterwards was pushed."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests import app_place
from tests.app_place import PLACE, WEDNESDAYS, admin_data, door_admin, invitation, line, member, request
from tests.app_scenes import grant
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.fake_cloud import Asked, FakeCloud

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOBODY = app_place.nobody_concerned(None)


async def managing(opened, clouds, section: str | None = None, **options: Any) -> tuple[FakeCloud, Page]:
    cloud = await clouds(app_place.managed(NOW))
    page = await opened(cloud, **options)
    await page.get_by_role("button", name="Manage", exact=True).click()
    if section:
        await menu(page, section).click()
    return cloud, page


def menu(page: Page, section: str) -> Locator:
    return page.get_by_role("navigation", name="Manage").get_by_role("button", name=section)


def calls(cloud: FakeCloud, method: str, path: str) -> list[Any]:
    return [asked.body for asked in cloud.asked if (asked.method, asked.path) == (method, path)]


def sheet(page: Page) -> Locator:
    return page.locator("io-sheet")


async def edited(cloud: FakeCloud, kind: str, key: str, thing: Any) -> None:
    await cloud.push(edits=[{"kind": kind, "place": "mallorca", "key": key, "thing": thing}])


async def person(page: Page, name: str = "Núria Ferrer") -> None:
    await page.get_by_role("button", name=name).click()


# -- getting there


async def test_who_manages_nothing_has_no_such_page(opened, clouds):
    page = await opened(await clouds())
    await expect(page.get_by_role("button", name="Me")).to_be_visible()

    await expect(page.get_by_role("button", name="Manage")).to_have_count(0)


async def test_the_screens_of_those_who_manage_are_not_loaded_for_the_doors(opened, clouds):
    cloud = await clouds(app_place.managed(NOW))
    page = await opened(cloud)
    loaded = (
        "performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => /manage|more/.test(name))"
    )
    await expect(page.get_by_role("article").first).to_be_visible()
    assert await page.evaluate(loaded) == ["managed.js"] or not [
        name for name in await page.evaluate(loaded) if not name.endswith("/managed.js")
    ]
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


async def test_of_a_thousand_people_so_many_are_listed_as_a_phone_can_draw(opened, clouds):
    cloud = await clouds(app_place.managed(NOW))
    data = admin_data(NOW)
    data["people"] += [member(f"x{i}", f"Persona {i:04}") for i in range(1000)]
    cloud.answers["GET", PLACE] = data
    page = await opened(cloud)
    await page.get_by_role("button", name="Manage", exact=True).click()
    await menu(page, "People").click()
    await expect(page.get_by_text("And 805 more: search for a name.")).to_be_visible()
    await page.get_by_role("searchbox").fill("0999")

    await expect(page.locator("io-people-page").get_by_role("listitem")).to_have_count(1)


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
    await page.get_by_role("button", name="Name, flat, invitations").click()
    await sheet(page).get_by_label("Flat", exact=True).fill("")
    await sheet(page).get_by_label("May invite guests").uncheck()
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page)).to_have_count(0)

    expected = {"version": 1, "name": "Núria Ferrer", "flat": None, "may_invite": False}
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
    await expect(page.get_by_text("Wed 18:00–20:00")).to_be_visible()
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
    await sheet(page).get_by_role("button", name="Thursday").click()
    await sheet(page).get_by_label("From", exact=True).fill("22:00")
    await sheet(page).get_by_label("From", exact=True).press("Tab")
    await sheet(page).get_by_label("To", exact=True).fill("00:00")
    await sheet(page).get_by_label("To", exact=True).press("Tab")
    await expect(sheet(page).get_by_text("Garage: Wed, Thu 22:00–24:00")).to_be_visible()
    await expect(
        sheet(page).get_by_text("Lets in: Joan Puig. Shuts out: 4 people. 1 of them right now.")
    ).to_be_visible()
    assert calls(cloud, "PATCH", f"{PLACE}/grants/g2") == []
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page)).to_have_count(0)

    (body,) = calls(cloud, "PATCH", f"{PLACE}/grants/g2")
    asked = calls(cloud, "POST", f"{PLACE}/preview")[-1]
    assert body["version"] == 4
    assert body["hours"] == {"windows": [{"days": [2, 3], "starts": 1320, "ends": 1440}]}
    assert asked == {"grant": "g2", "change": body}  # what was looked at is what was saved


async def test_somebody_elses_change_is_told_and_its_values_are_loaded(opened, clouds):
    cloud, page = await editor(opened, clouds)
    theirs = grant("g2", person="p2", doors=["garage"], uses=7, version=9)
    conflict = {"reason": "conflict", "detail": "", "current": theirs}
    cloud.answers["PATCH", f"{PLACE}/grants/g2"] = (409, conflict)
    await sheet(page).get_by_role("button", name="Thursday").click()
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page).get_by_text("Somebody else has changed this meanwhile.")).to_be_visible()
    await expect(sheet(page).get_by_text("Garage: always · 7 uses left")).to_be_visible()
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
    await expect(sheet(page).get_by_text("Garage: from 18:00 · until 23:00 · 2 uses left")).to_be_visible()
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
    await sheet(page).get_by_role("button", name="End it now, at once").click()
    await expect(sheet(page)).to_have_count(0)

    assert [asked.query for asked in cloud.asked if asked.method == "DELETE"] == [{"version": "4"}]


# -- groups


async def test_a_group_is_made_and_a_person_put_into_it(opened, clouds):
    cloud, page = await managing(opened, clouds, "Groups")
    cloud.answers["POST", f"{PLACE}/groups"] = (201, {"id": "new"})
    cloud.answers["PUT", f"{PLACE}/groups/cleaners/people/p4"] = None
    await page.get_by_role("button", name="New group").click()
    await sheet(page).get_by_label("Name of the group").fill("Choir")
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page)).to_have_count(0)
    await page.get_by_role("button", name="Cleaners").click()
    await page.get_by_label("Imma Soler").check()
    await cloud.until(lambda: calls(cloud, "PUT", f"{PLACE}/groups/cleaners/people/p4"))
    await edited(cloud, "member", "p4", member("p4", "Imma Soler", groups=["cleaners"], version=1))
    boxes = page.locator("io-groups-page").get_by_role("checkbox")
    await expect(boxes.nth(0)).to_have_attribute("name", "p4")  # those of the group come first, each with its own mark
    await expect(page.get_by_label("Imma Soler")).to_be_checked()
    await expect(page.get_by_label("Joan Puig")).not_to_be_checked()

    assert calls(cloud, "POST", f"{PLACE}/groups") == [{"name": "Choir"}]


# -- requests


async def test_a_request_for_access_is_approved_in_one_tap(opened, clouds):
    cloud, page = await managing(opened, clouds, "Requests")
    cloud.answers["POST", "requests/r1"] = None
    await page.get_by_role("button", name="Approve, Marta Vila").click()
    await cloud.until(lambda: calls(cloud, "POST", "requests/r1"))
    assert calls(cloud, "POST", "requests/r1")[0]["granted"] is True
    await edited(cloud, "request", "r1", request("r1", person="p8", name="Marta Vila", created=NOW, state="granted"))

    await expect(page.get_by_text("Marta Vila")).to_have_count(0)


async def test_somebody_at_the_door_is_let_in_once_or_told_that_it_was_decided(opened, clouds):
    cloud, page = await managing(opened, clouds, "Requests")
    cloud.answers["POST", "requests/r2"] = (409, {"reason": "decided", "detail": ""})
    await expect(page.get_by_text("asks to be let in: Garage · 2 min ago")).to_be_visible()
    await page.get_by_role("button", name="Let in once (15 min), Núria Ferrer").click()
    await expect(page.get_by_text("Somebody has decided this already.")).to_be_visible()

    assert calls(cloud, "POST", "requests/r2") == [{"granted": True}]


async def test_an_offer_of_ownership_is_accepted_by_whom_it_is_for_only(opened, clouds):
    cloud, page = await managing(opened, clouds, "Requests")
    cloud.answers["POST", "requests/mine"] = None
    theirs = request("theirs", kind="ownership", person="p2", name="Núria Ferrer", created=NOW)
    await edited(cloud, "request", "theirs", theirs)
    await expect(page.get_by_text("is offered to own this place; waiting for an answer")).to_be_visible()
    await expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    await edited(cloud, "request", "mine", {**theirs, "id": "mine", "person": "p1", "name": "Pere Admin"})
    await page.get_by_role("button", name="Accept, Pere Admin").click()
    await cloud.until(lambda: calls(cloud, "POST", "requests/mine"))


# -- doors and the place


async def test_a_door_says_what_its_box_has_not_taken_yet(opened, clouds):
    cloud, page = await managing(opened, clouds, "Doors")
    cloud.answers["PATCH", "doors/garage"] = None
    stairs = page.locator("io-doors-page").get_by_role("button", name="Stairwell")
    await expect(stairs).to_contain_text("Not yet on the door box")
    await edited(cloud, "door", "stairs", door_admin("stairs", "Stairwell", drive="open"))
    await expect(stairs).not_to_contain_text("Not yet on the door box")
    await page.locator("io-doors-page").get_by_role("button", name="Garage").click()
    await sheet(page).get_by_label("Travel time, seconds").fill("14.5")
    await sheet(page).get_by_label("Left open after, minutes").fill("")
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page)).to_have_count(0)

    (body,) = calls(cloud, "PATCH", "doors/garage")
    expected = {"version": 1, "name": "Garage", "drive": "toggle", "travel_s": 14.5, "pulse_ms": 500}
    assert body == {**expected, "left_open_s": None}


async def test_a_door_that_somebody_else_has_changed_is_shown_as_it_is_now(opened, clouds):
    cloud, page = await managing(opened, clouds, "Doors")
    theirs = door_admin("garage", "Garage", travel_s=20, version=8)["door"]
    cloud.answers["PATCH", "doors/garage"] = (409, {"reason": "conflict", "detail": "", "current": theirs})
    await page.locator("io-doors-page").get_by_role("button", name="Garage").click()
    await sheet(page).get_by_label("Name").fill("Garatge")
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page).get_by_text("Somebody else has changed this meanwhile.")).to_be_visible()

    await expect(sheet(page).get_by_label("Travel time, seconds")).to_have_value("20")
    await expect(sheet(page).get_by_label("Name")).to_have_value("Garage")


async def test_the_place_is_edited_and_a_region_nobody_knows_is_explained(opened, clouds):
    cloud, page = await managing(opened, clouds, "Place")
    unknown = {"reason": "invalid", "detail": "there are no public holidays on record for XX in ES"}
    cloud.answers["PATCH", PLACE] = (422, unknown)
    await page.get_by_label("Region").fill("XX")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("no public holidays on record for XX")).to_be_visible()
    cloud.answers["PATCH", PLACE] = None
    await page.get_by_label("Region").fill("MD")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()

    body = calls(cloud, "PATCH", PLACE)[-1]
    assert (body["version"], body["region"], body["other_way"]) == (3, "MD", None)


async def test_a_poster_is_made_and_ownership_offered(opened, clouds):
    cloud, page = await managing(opened, clouds, "Place")
    cloud.answers["POST", f"{PLACE}/poster"] = (201, {"link": "https://doors.example/#ask=SECRET", "qr": app_place.QR})
    cloud.answers["POST", f"{PLACE}/ownership"] = (201, {"id": "r7"})
    await page.get_by_role("button", name="Make a poster").click()
    await expect(sheet(page).get_by_text("#ask=SECRET")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Offer ownership").click()
    await sheet(page).get_by_label("Person").select_option("p2")
    await sheet(page).get_by_role("button", name="Offer ownership").click()
    await expect(sheet(page)).to_have_count(0)

    assert calls(cloud, "POST", f"{PLACE}/ownership") == [{"person": "p2"}]


# -- who can enter, and the log


async def test_why_somebody_cannot_enter_is_said_with_the_rule_and_the_next_time(opened, clouds):
    cloud, page = await managing(opened, clouds, "Who can enter", timezone_id="America/New_York")
    no = {"person": "p2", "door": "garage", "allowed": False, "reason": "hours", "rule": "g2", "until": None}
    christmas = 1_798_221_600_000  # 25 December 2026, 19:00 in Barcelona
    answer = {"at": christmas, "answers": [{**no, "next": christmas + 432_000_000}], "beyond": False}
    cloud.answers["GET", f"{PLACE}/may"] = answer
    await page.get_by_label("Person").select_option("p2")
    await page.get_by_label("Door").select_option("garage")
    await page.get_by_label("When").fill("2026-12-25T19:00")
    await page.get_by_role("button", name="Ask", exact=True).click()
    await expect(page.get_by_text("May not enter: not within the hours")).to_be_visible()
    await expect(page.get_by_text("By the access: Wed 18:00–20:00")).to_be_visible()
    await expect(page.get_by_text("Next from 30 Dec 19:00")).to_be_visible()

    asked = next(asked for asked in cloud.asked if asked.path.endswith("/may"))
    assert asked.query == {"person": "p2", "door": "garage", "at": str(christmas)}


async def test_everybody_who_can_enter_is_listed(opened, clouds):
    cloud, page = await managing(opened, clouds, "Who can enter")
    yes = {"door": "garage", "allowed": True, "reason": None, "rule": None, "next": None, "until": None}
    answers = [{**yes, "person": "p2"}, {**yes, "person": "p3", "allowed": False, "reason": "suspended"}]
    cloud.answers["GET", f"{PLACE}/who"] = {"at": NOW, "answers": answers, "beyond": True}
    await page.get_by_role("button", name="Ask", exact=True).click()
    told = page.locator("io-who-page").get_by_role("listitem")
    await expect(told).to_have_count(1)

    await expect(told).to_contain_text("Núria Ferrer · Garage")
    await expect(page.get_by_text("public holidays of that year are not known yet")).to_be_visible()


def lines(page: Page) -> Locator:
    return page.locator("io-place-log").get_by_role("listitem")


async def test_the_log_is_read_in_words_and_new_lines_come_by_themselves(opened, clouds):
    cloud, page = await managing(opened, clouds, "Log")
    await expect(lines(page).first).to_contain_text("By other means: open")
    await expect(lines(page).nth(4)).to_contain_text("Núria Ferrer: always → Wed 18:00–20:00")
    await expect(lines(page).nth(5)).to_contain_text("Pressed · Refused · not within the hours")
    new = line(
        413, cloud.now, "press", **app_place.GARAGE, **app_place.NURIA, detail={"action": "open", "state": "SENT"}
    )
    await cloud.say({"type": "log", "lines": [new]})

    await expect(lines(page).first).to_contain_text(re.compile(r"Garage · Núria Ferrer.*Pressed open", re.DOTALL))
    await expect(lines(page)).to_have_count(9)


async def test_the_log_is_filtered_by_the_cloud_and_what_is_pushed_by_the_page(opened, clouds):
    cloud, page = await managing(opened, clouds, "Log")
    await expect(lines(page)).to_have_count(8)
    presses = [one for one in app_place.log_lines(NOW) if one["kind"] == "press"]
    cloud.answers["GET", f"{PLACE}/log"] = {"lines": presses, "more": False, "head": ""}
    await page.get_by_text("Filter").click()
    await page.get_by_label("What", exact=True).select_option("press")
    await page.get_by_label("Person").select_option("p2")
    await expect(lines(page)).to_have_count(2)
    query = cloud.asked[-1].query
    assert (query["kind"], query["person"]) == ("press", "p2")
    await cloud.say({"type": "log", "lines": [line(413, NOW, "unit_online", door="garage")]})
    await cloud.say({"type": "log", "lines": [line(414, NOW, "press", **app_place.NURIA)]})

    await expect(lines(page)).to_have_count(3)


async def test_older_pages_follow_the_number_of_the_last_line(opened, clouds):
    cloud, page = await managing(opened, clouds, "Log")
    await expect(lines(page)).to_have_count(8)
    cloud.answers["GET", f"{PLACE}/log"] = {"lines": [line(404, NOW, "unit_online")], "more": False, "head": ""}
    await page.get_by_role("button", name="Older").click()
    await expect(lines(page)).to_have_count(9)

    assert cloud.asked[-1].query["before"] == "405"
    await expect(page.get_by_role("button", name="Older")).to_have_count(0)


async def test_a_missed_line_makes_the_page_ask_again(opened, clouds):
    cloud, page = await managing(opened, clouds, "Log")
    await expect(lines(page)).to_have_count(8)
    await cloud.say({"type": "log", "lines": [line(413, NOW, "press")]})
    asked = len(cloud.asked)
    await cloud.say({"type": "log", "lines": [line(415, NOW, "press")]})
    await cloud.until(lambda: len(cloud.asked) > asked)

    assert cloud.asked[-1].path == f"{PLACE}/log"


async def test_the_log_can_be_taken_along(opened, clouds):
    _, page = await managing(opened, clouds, "Log")
    for name, file in (("As CSV", "log.csv"), ("As JSON", "log.json")):
        link = page.get_by_role("link", name=name)
        await expect(link).to_have_attribute("href", f"/api/v1/{PLACE}/{file}")
        await expect(link).to_have_attribute("download", "")


# -- the heads


async def test_a_log_that_no_longer_has_a_kept_head_raises_an_alarm(opened, clouds):
    cloud = await clouds(app_place.managed(NOW))
    page = await opened(cloud)
    await cloud.until(lambda: any(asked.path == f"{PLACE}/log/head" for asked in cloud.asked))
    await expect(page.get_by_role("article").first).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_text("")
    await page.evaluate("""() => {
        const kept = JSON.parse(localStorage.getItem("iomando.heads"));
        kept.mallorca.checked = 0;
        localStorage.setItem("iomando.heads", JSON.stringify(kept));
    }""")
    cloud.answers["GET", f"{PLACE}/log/head"] = lambda asked: {"head": f"{asked.query['n']}:{'cd' * 32}"}
    await page.reload()

    await expect(page.get_by_role("alert")).to_contain_text("The log of Carrer Mallorca 120 is not what it was.")
    await page.reload()
    await expect(page.get_by_role("alert")).to_contain_text("is not what it was")  # it does not go away by itself


async def test_heads_are_compared_once_a_day_and_not_by_who_does_not_manage(opened, clouds):
    def compared(asked: Asked) -> bool:
        return asked.path.endswith("/log/head")

    cloud = await clouds(app_place.managed(NOW))
    page = await opened(cloud)
    await cloud.until(lambda: any(map(compared, cloud.asked)))
    await page.wait_for_load_state("networkidle")
    await page.reload()
    await expect(page.get_by_role("article").first).to_be_visible()
    await cloud.say({"type": "heads", "heads": cloud.heads})
    await page.get_by_role("button", name="Manage", exact=True).click()
    await expect(menu(page, "Log")).to_be_visible()

    assert len([asked for asked in cloud.asked if compared(asked)]) == 1
