"""Door boxes as whoever manages a place sees them: what is wrong and what to do, what they use, and a test now."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from cloud import alarms, unit_news
from tests import app_place
from tests.app_place import PLACE, box, boxes, line
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.manage_page import calls, managing, menu, sheet

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOXES = f"{PLACE}/boxes"
TEST = f"{BOXES}/0a0b0c0d/test"
LANGUAGES = ("en", "es", "ca")
LINES = """async ({lines, language}) => {
    await import("/app/more-texts.js");
    await import("/app/box-texts.js");
    const { speaker, want } = await import("/app/texts.js");
    await want(language);
    const { lineWords } = await import("/app/log-words.js");
    return lines.map((line) => lineWords(line, speaker(language), { now: line.at, zone: "UTC" }));
}"""


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name)


async def told(pure_page: Page, *lines: tuple[str, dict], language: str = "en", **fields) -> list[dict]:
    asked = [line(1, NOW, kind, detail=detail, **fields) for kind, detail in lines]
    return await pure_page.evaluate(LINES, {"lines": asked, "language": language})


# -- the page


async def test_a_box_that_is_well_tells_its_link_its_signal_and_its_last_outage_with_what_to_do(opened, clouds):
    _, page = await managing(opened, clouds, "Door boxes")
    garage = card(page, "Garage")
    await expect(garage.get_by_text("Connected", exact=True)).to_be_visible()
    await expect(garage).to_contain_text("mobile · LTE-M · Movistar")
    await expect(garage).to_contain_text("good · −79 dBm")
    await expect(garage).to_contain_text("Tue 08:32, for 12 min: the mobile network refuses the SIM card")
    await expect(garage).to_contain_text("Ask the operator.")
    await garage.get_by_text("For support").click()
    await expect(garage.get_by_text("8934071100281234567")).to_be_visible()

    await expect(garage.locator(".warned")).to_have_count(0)


async def test_what_is_wrong_with_a_box_stands_on_top_the_most_urgent_first(opened, clouds):
    cloud, page = await managing(opened, clouds)
    worst = {**boxes(NOW)[1], "tampered": True, "journal_fault": True}
    cloud.answers["GET", BOXES] = [worst]
    await menu(page, "Door boxes").click()
    stairs = card(page, "Stairwell")
    await expect(stairs.get_by_text("No connection since 09:42")).to_be_visible()
    expected = ("The door box has been opened", "mains power", "It has no power, or nothing", "cannot write down")
    await expect(stairs.locator(".warned")).to_have_text([re.compile(words) for words in expected])

    await expect(stairs.get_by_text("failed, the door box did not answer in time")).to_be_visible()
    await expect(stairs.get_by_text("weaker every day")).to_be_visible()


async def test_a_silent_box_without_data_left_is_told_so_instead_of_a_guess_at_its_power(opened, clouds):
    cloud, page = await managing(opened, clouds)
    data = {"total": 4_950_000, "plan_mb": 5, "share": 0.99, "probably_out": True}
    cloud.answers["GET", BOXES] = [box("0a0b0c0d", doors=["garage"], link="away", network="modem", data=data)]
    await menu(page, "Door boxes").click()
    warned = card(page, "Garage").locator(".warned")

    await expect(warned).to_have_count(1)
    await expect(warned).to_contain_text("99% of the month's data was used when it fell silent")


async def test_the_months_data_is_a_bar_against_the_plan_with_a_table_behind(opened, clouds):
    _, page = await managing(opened, clouds, "Door boxes")
    garage = card(page, "Garage")
    await expect(garage.get_by_text("4.2 MB of 5.0 MB")).to_be_visible()
    await expect(garage.get_by_role("img", name="84%")).to_be_visible()
    filled = await garage.locator(".bar rect").last.evaluate("(one) => one.width.baseVal.value")
    assert filled == pytest.approx(84.2, abs=0.01)
    await expect(garage.locator(".bar")).to_have_class(re.compile("much"))
    await garage.get_by_text("What it was for").click()

    rows = garage.get_by_role("row")
    await expect(rows).to_have_count(5)  # the largest first; what cost nothing is left out
    await expect(rows.nth(1)).to_have_text(re.compile(r"Signs of life\s*1\.0 MB\s*940 kB"))
    await expect(rows.nth(2)).to_have_text(re.compile(r"New connections\s*610 kB\s*703 kB"))


async def test_a_plan_is_set_and_the_boxes_are_asked_for_again(opened, clouds):
    cloud, page = await managing(opened, clouds, "Door boxes")
    cloud.answers["PATCH", f"{BOXES}/1a1b1c1d"] = None
    await card(page, "Stairwell").get_by_role("button", name="Set the plan").click()
    await sheet(page).get_by_label("Plan, MB a month").fill("50")
    asked = len(calls(cloud, "GET", BOXES))
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page)).to_have_count(0)
    await cloud.until(lambda: len(calls(cloud, "GET", BOXES)) > asked)
    await card(page, "Garage").get_by_role("button", name="Set the plan").click()
    await expect(sheet(page).get_by_label("Plan, MB a month")).to_have_value("5")

    assert calls(cloud, "PATCH", f"{BOXES}/1a1b1c1d") == [{"plan_mb": 50}]


async def test_a_test_now_is_under_way_until_the_box_has_a_newer_result(opened, clouds):
    cloud, page = await managing(opened, clouds, "Door boxes")
    cloud.answers["POST", TEST] = (202, None)
    garage = card(page, "Garage")
    await expect(garage.get_by_text("03:32: answered in 0.8 s")).to_be_visible()
    await garage.get_by_role("button", name="Test now, Garage").click()
    await expect(garage.get_by_text("Testing…")).to_be_visible()
    asked = len(calls(cloud, "GET", BOXES))
    await garage.get_by_role("button", name="Test now, Garage").click(force=True)  # once is enough
    await cloud.until(lambda: len(calls(cloud, "GET", BOXES)) > asked)
    await expect(garage.get_by_text("Testing…")).to_be_visible()
    mobile, lost = boxes(NOW)
    mobile["test"] = {"at": cloud.now, "ok": True, "ms": 640, "why": None}
    cloud.answers["GET", BOXES] = [mobile, lost]

    await expect(garage.get_by_text("10:32: answered in 0.6 s")).to_be_visible()
    assert len(calls(cloud, "POST", TEST)) == 1


async def test_a_test_that_cannot_be_asked_for_says_why(opened, clouds):
    cloud, page = await managing(opened, clouds, "Door boxes")
    cloud.answers["POST", TEST] = (429, {"reason": "busy", "detail": ""})
    await card(page, "Garage").get_by_role("button", name="Test now, Garage").click()
    await expect(page.get_by_text("Too much at once.")).to_be_visible()

    await expect(card(page, "Garage").get_by_text("03:32: answered in 0.8 s")).to_be_visible()


async def test_a_door_that_comes_back_has_its_box_asked_for_again(opened, clouds):
    cloud, page = await managing(opened, clouds, "Door boxes")
    await expect(card(page, "Stairwell").get_by_text("No connection since")).to_be_visible()
    mobile, lost = boxes(NOW)
    cloud.answers["GET", BOXES] = [mobile, {**lost, "link": "online", "away_since": None}]
    await cloud.door("stairs", link="away")
    await cloud.door("stairs", link="online")

    await expect(card(page, "Stairwell").get_by_text("Connected", exact=True)).to_be_visible()


async def test_a_place_without_doors_or_boxes_draws_no_empty_box(opened, clouds):
    scene = app_place.managed(NOW)
    scene.doors = []
    scene.answers["GET", PLACE]["doors"] = []
    scene.answers["GET", BOXES] = []
    cloud = await clouds(scene)
    page = await opened(cloud)
    await expect(page.get_by_text("An installer puts them in; then they appear here by themselves.")).to_be_visible()
    await page.get_by_role("button", name="Manage", exact=True).click()
    await expect(page.get_by_text("No alarm", exact=True)).to_be_visible()
    await menu(page, "Door boxes").click()
    await expect(page.get_by_text("No door boxes yet.")).to_be_visible()
    await page.get_by_role("button", name="Manage").first.click()
    await menu(page, "Doors").click()
    await expect(page.get_by_text("No doors yet.")).to_be_visible()

    await expect(page.locator("io-doors-page .list")).to_be_hidden()


async def test_holding_doors_open_is_allowed_on_the_page_of_a_person(opened, clouds):
    cloud, page = await managing(opened, clouds, "People")
    cloud.answers["PATCH", f"{PLACE}/people/p2"] = None
    await page.get_by_role("button", name="Núria Ferrer").click()
    await page.get_by_role("button", name="Name, flat, permissions").click()
    await sheet(page).get_by_label("May hold doors open for a while").check()
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page)).to_have_count(0)
    thing = app_place.member("p2", "Núria Ferrer", may_hold=True, version=2)
    await cloud.push(edits=[{"kind": "member", "place": "mallorca", "key": "p2", "thing": thing}])
    await expect(page.get_by_text("may hold open", exact=True)).to_be_visible()

    assert calls(cloud, "PATCH", f"{PLACE}/people/p2")[0]["may_hold"] is True


# -- its lines in the log


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_reason_that_a_unit_can_tell_is_words_of_its_own_with_what_to_do(pure_page, language):
    reasons = [*unit_news.WHY.values(), "new-in-2030"]
    lines = await told(pure_page, *(("box_offline", {"why": why}) for why in reasons), language=language)

    assert len({one["words"] for one in lines}) == len(reasons)
    assert len({one["more"] for one in lines}) == len(reasons)
    await told(pure_page, *(("box_booted", {"cause": cause}) for cause in unit_news.CAUSES.values()), language=language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_log_tells_every_alarm_in_words(pure_page, language):
    """What it was, that somebody saw to it, that it was over; never the name of a kind."""
    kinds = ("alarm", "alarm_acknowledged", "alarm_ended")
    lines = [(kind, {"alarm": "a", "what": what}) for what in alarms.KINDS for kind in kinds]
    changes = [("change", {"what": what}) for what in ("alerts", "box_plan")]
    found = [line["words"] for line in await told(pure_page, *lines, *changes, language=language)]

    assert len(set(found)) == len(lines) + len(changes)
    assert not [words for words in found if "_" in words or words in kinds]


async def test_a_wrong_pin_is_told_as_that_and_not_as_offline(pure_page):
    offline, online = await told(
        pure_page, ("box_offline", {"why": "pin_wrong"}), ("box_online", {"why": "denied", "seconds": 740})
    )

    assert offline["words"] == "No connection: the PIN of the SIM card is wrong"
    assert offline["more"].startswith("The door box does not try it again")
    assert online["words"] == "Connected again after 12 min: the mobile network refuses the SIM card"


async def test_every_kind_that_a_box_can_log_has_words(pure_page):
    kinds = (
        ("box_booted", {"cause": "watchdog"}),
        ("box_booted", {}),
        ("box_online", {"why": "lost", "seconds": 0}),
        ("box_input", {"input": "tamper", "alarm": True}),
        ("box_input", {"input": "new-in-2030", "alarm": True}),
        ("exit_opened", {"done": True, "reason": None}),
        ("exit_opened", {"done": False, "reason": "busy"}),
        ("hold_began", {}),
        ("hold_ended", {"how": "end"}),
        ("hold_ended", {"how": "new-in-2030"}),
        ("moved_otherwise", {"state": "opened"}),
        ("keepalive", {"seconds": 90}),
        ("records_lost", {"n": 12}),
        ("sim_changed", {"before": "8934", "after": "8935"}),
        ("operator_changed", {"before": "Movistar", "after": "Orange"}),
        ("modem_changed", {"before": None, "after": "8626"}),
        ("data_80", {"share": 0.81}),
        ("journal_began", {}),
        ("opened_unrecorded", {"operation": "0a1b2c3d"}),
        ("signal_falling", {"dbm": -97, "before": -81}),
        ("self_test", {"ok": True, "ms": 640}),
        ("self_test", {"ok": False, "why": "silent"}),
        ("update", {"release": 42, "version": "1.42.0", "away_s": 40}),
        ("update_failed", {"release": 42, "how": "reverted", "reason": "no_cloud", "running": 41}),
        ("update_failed", {"release": 42, "how": "refused", "reason": "new-in-2030", "running": 41}),
    )
    lines = await told(pure_page, *kinds)

    assert [one["words"] for one in lines if re.search(r"undefined|null|NaN|_", one["words"])] == []
    assert lines[0] == {
        "words": "The door box started · it had hung, and restarted itself",
        "tone": "odd",
        "more": None,
    }
    assert lines[12]["words"].startswith("12 records of the door box are lost")
    assert "every 90 s" in lines[11]["words"]
    assert lines[14]["more"] == "Movistar → Orange"
    assert lines[16]["words"] == "81% of the month's data is used"
    updated, reverted, refused = lines[-3:]
    assert (updated["words"], updated["more"]) == ("The door box runs version 1.42.0 now", "away for 40 s")
    assert (reverted["more"], reverted["tone"]) == ("it could not reach the service", "odd")
    assert refused["more"] == "of a kind that this app does not know"


async def test_a_time_that_the_box_did_not_know_is_told_as_a_span(pure_page):
    known = {"why": "lost", "seconds": 60}
    after, before = NOW - 2 * 3_600_000, NOW - 3_600_000
    one, other = await told(
        pure_page,
        ("box_booted", {"cause": "power", "time": "unknown", "after": after, "before": before}),
        ("box_online", {**known, "time": "unknown", "after": None, "before": before}),
    )

    assert one["more"] == "at a time that the door box did not know: between 07:32 and 08:32"
    assert other["more"].endswith(" · at a time that the door box did not know: before 08:32")


async def test_a_press_to_hold_says_for_how_long(pure_page):
    held, ended, refused = await told(
        pure_page,
        ("press", {"action": "hold", "seconds": 3600, "state": "SENT"}),
        ("press", {"action": "release", "seconds": None, "state": "SENT"}),
        ("press", {"action": "hold", "seconds": 3600, "state": "REFUSED", "reason": "hold"}),
    )

    assert held["words"] == "Pressed hold open · 1 h"
    assert ended["words"] == "Pressed stop holding open"
    assert refused["words"] == "Pressed hold open · 1 h · Refused · not allowed, or not that long"


async def test_the_end_of_a_hold_that_nobody_pressed_is_not_told_as_a_press(pure_page):
    (cut,) = await told(pure_page, ("press", {"action": "release", "state": "SENT", "holder": "p2"}), way="cloud")

    assert cut["words"] == "Holding open was ended, because whoever did it may not any more"
