"""What whoever manages a place does about it: groups, requests, doors, the place itself; who can enter, and the log."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests import app_place
from tests.app_place import PLACE, door_admin, line, member, request
from tests.app_scenes import HOUR_MS
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.fake_cloud import Asked
from tests.manage_page import calls, edited, managing, menu, sheet

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
    box = page.get_by_role("checkbox", name="Imma Soler")
    await box.click()
    await expect(sheet(page).get_by_text("Put Imma Soler into Cleaners")).to_be_visible()
    await cloud.until(lambda: calls(cloud, "POST", f"{PLACE}/preview"))  # whom that lets in is looked at first
    await expect(page.locator("input[name=p4]")).not_to_be_checked()  # a dialog hides it from everybody
    assert calls(cloud, "PUT", f"{PLACE}/groups/cleaners/people/p4") == []
    await sheet(page).get_by_role("button", name="Put in").click()
    await cloud.until(lambda: calls(cloud, "PUT", f"{PLACE}/groups/cleaners/people/p4"))
    await edited(cloud, "member", "p4", member("p4", "Imma Soler", groups=["cleaners"], version=1))
    boxes = page.locator("io-groups-page").get_by_role("checkbox")
    await expect(boxes.nth(0)).to_have_attribute("name", "p4")  # those of the group come first, each with its own mark
    await expect(box).to_be_checked()
    await expect(page.get_by_label("Joan Puig")).not_to_be_checked()

    assert calls(cloud, "POST", f"{PLACE}/groups") == [{"name": "Choir"}]
    assert calls(cloud, "POST", f"{PLACE}/preview") == [{"group": {"id": "cleaners", "joins": "p4"}}]


# -- requests


async def test_a_request_for_access_is_approved_in_one_tap(opened, clouds):
    cloud, page = await managing(opened, clouds, "Requests")
    cloud.answers["POST", "requests/r1"] = None
    await page.get_by_role("button", name="Approve, Marta Vila").click()
    await cloud.until(lambda: calls(cloud, "POST", "requests/r1"))
    assert calls(cloud, "POST", "requests/r1")[0]["granted"] is True
    await edited(cloud, "request", "r1", request("r1", person="p8", name="Marta Vila", created=NOW, state="granted"))

    await expect(page.get_by_text("Marta Vila")).to_have_count(0)


async def test_before_a_request_is_granted_one_sees_whom_that_lets_in(opened, clouds):
    cloud, page = await managing(opened, clouds)
    nobody = {"shuts_out": [], "now_out": [], "days": 14}

    def looked(asked):
        doors = asked.body.get("access", {"doors": ["garage"]})["doors"]
        person = {"r1": "p8", "r2": "p2"}[asked.body["request"]]
        return {**nobody, "lets_in": [{"person": person, "doors": doors}], "now_in": [person]}

    cloud.answers["POST", f"{PLACE}/preview"] = looked
    await menu(page, "Requests").click()
    await expect(page.get_by_text("Lets in 1: Marta Vila (every door).")).to_be_visible()
    await expect(page.get_by_text("Lets in 1: Núria Ferrer (Garage).")).to_be_visible()
    await page.get_by_role("button", name="With hours").click()
    await expect(sheet(page).get_by_text("Lets in 1: Marta Vila (every door).")).to_be_visible()
    await sheet(page).get_by_label("Every door, new ones too").uncheck()
    await expect(sheet(page).get_by_text("Lets in 1: Marta Vila (Garage).")).to_be_visible()

    assert calls(cloud, "POST", f"{PLACE}/preview")[-1]["access"]["doors"] == ["garage"]
    assert calls(cloud, "POST", "requests/r1") == []


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


async def chosen(page: Page, letters: str) -> None:
    """A person, by a few letters and the keyboard."""
    box = page.get_by_role("combobox", name="Person")
    await box.fill(letters)
    await expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    await box.press("Enter")
    await expect(box).to_have_value("Núria Ferrer")


async def test_why_somebody_cannot_enter_is_said_with_the_rule_and_the_next_time(opened, clouds):
    cloud, page = await managing(opened, clouds, "Who can enter", timezone_id="America/New_York")
    no = {"person": "p2", "door": "garage", "allowed": False, "reason": "hours", "rule": "g2", "until": None}
    christmas = 1_798_221_600_000  # 25 December 2026, 19:00 in Barcelona
    answer = {"at": christmas, "answers": [{**no, "next": christmas + 432_000_000}], "beyond": False}
    cloud.answers["GET", f"{PLACE}/may"] = answer
    await chosen(page, "nuria")
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
    await chosen(page, "nuria")
    await cloud.until(lambda: cloud.asked[-1].query.get("person") == "p2")
    await expect(lines(page)).to_have_count(2)
    assert cloud.asked[-1].query["kind"] == "press"
    these = page.get_by_role("link", name="These as CSV")
    await expect(these).to_have_attribute("href", f"/api/v1/{PLACE}/log.csv?person=p2&kind=press")
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


async def test_a_line_of_the_log_leads_to_why_and_to_how_it_was(opened, clouds):
    """A refused press: why, by the rules of then; any other line: who could enter, and how the doors stood."""
    cloud, page = await managing(opened, clouds, "Log")
    at = NOW - 2 * HOUR_MS
    no = {
        "person": "p2",
        "door": "garage",
        "allowed": False,
        "reason": "hours",
        "rule": "g2",
        "next": NOW,
        "until": None,
    }
    gone = {
        "person": "p7",
        "door": "garage",
        "allowed": True,
        "reason": None,
        "rule": None,
        "next": None,
        "until": None,
    }
    last = app_place.log_lines(NOW)[4]
    stood = {"door": "garage", "name": "Garage", "state": "open", "since": at - HOUR_MS, "held": True, "away": False}
    then = {"at": at, "answers": [no], "doors": [{**stood, "last": last}], "names": {}, "rules": True, "beyond": False}
    cloud.answers["GET", f"{PLACE}/then"] = then
    await lines(page).nth(5).click()
    await lines(page).nth(5).get_by_role("button", name="Why?").click()
    await expect(page.get_by_text("Núria Ferrer, 08:32, as it was")).to_be_visible()
    await expect(page.get_by_text("May not enter: not within the hours")).to_be_visible()
    await expect(page.get_by_text("Open since 07:32 · held open")).to_be_visible()
    assert cloud.asked[-1].query == {"at": str(at), "person": "p2", "door": "garage"}

    cloud.answers["GET", f"{PLACE}/then"] = {**then, "answers": [gone], "names": {"p7": "Old Tenant"}}
    await page.get_by_role("button", name="Everybody").click()
    await page.get_by_role("button", name="Ask", exact=True).click()
    await expect(page.get_by_text("Old Tenant · Garage")).to_be_visible()  # who has left since is named
    assert cloud.asked[-1].query == {"at": str(at), "door": "garage"}

    await page.get_by_role("button", name="Manage").first.click()
    await menu(page, "Log").click()
    await lines(page).nth(1).get_by_role("button", name="What this line").click()
    await lines(page).nth(1).get_by_role("button", name="Open Núria Ferrer").click()
    await expect(page.get_by_role("heading", name="Núria Ferrer")).to_be_visible()
