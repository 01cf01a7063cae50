"""The maintainer's page: what is published, how a release is sent out and how that goes; what an admin sees of it."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser, Page, expect

from cloud import rollout as rules
from cloud.routes import COOKIE
from cloud.unit_news import OTHER, UPDATE_REASONS
from tests import app_place
from tests.api_side import ApiSide
from tests.api_town import token
from tests.app_place import PLACE, line
from tests.app_releases import answers, box, fleet, halted, maintaining, preview, rollout, under_way
from tests.app_scenes import HOUR_MS, Object
from tests.conftest import DESK, PHONE
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.fake_cloud import FakeCloud
from tests.manage_page import calls, managing, menu, sheet
from tests.unit_side import UNIT
from tools.parts import lit

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS = """async ({reasons, waits, halts, language}) => {
    await import("/app/box-texts.js");
    await import("/app/maintain/texts.js");
    const { speaker, want } = await import("/app/texts.js");
    await want(language);
    const say = speaker(language);
    const { becauseWords } = await import("/app/box-words.js");
    const { haltedWords, waitWords } = await import("/app/maintain/words.js");
    return {
        reasons: reasons.map((reason) => becauseWords(reason, say)),
        waits: waits.map((reason) => waitWords(reason, say)),
        halts: halts.map((why) => haltedWords(why, say)),
    };
}"""
# Reasons that the cloud finds itself, and what it may wait for.
FOUND = ["silent", "slow", "opens", "crashed", "revoked", "reverted", "refused"]
WAITS = ["away", "unknown", "precursor", "data", "busy", "hours", "later", "memory", "gone", "budget", "old"]


async def updates(opened, clouds, found: Object | None, **options: Any) -> tuple[FakeCloud, Page]:
    cloud = await clouds(maintaining(NOW, found))
    page = await opened(cloud, **options)
    await page.get_by_role("button", name="Me", exact=True).click()
    await page.get_by_role("button", name="Updates of door boxes").click()
    await expect(page.get_by_role("heading", name="Updates", exact=True)).to_be_visible()
    return cloud, page


async def becomes(cloud: FakeCloud, found: Object) -> None:
    """The roll-out is another one now, and the cloud says that something has changed."""
    cloud.answers |= answers(NOW, found)
    await cloud.say({"type": "rollouts"})


def row(page: Page, number: int):
    return page.locator("io-box-row", has_text=f"{number:08x}")


async def test_what_is_published_by_whom_for_what_and_how_well_it_runs(opened, clouds):
    cloud, page = await updates(opened, clouds, None)
    newest, older = page.get_by_role("article", name="1.42.0"), page.get_by_role("article", name="1.41.0")
    for words in (
        "A held door closes",
        re.compile(r"Published\s*10 Nov 09:32, by Marta Vila"),
        "ESP32_GENERIC, ESP32_GENERIC_S3",
        re.compile(r"Size\s*87 kB"),
        "key set 1",
        "100% of 3 door boxes",
        "2 door boxes",
    ):
        await expect(newest).to_contain_text(words)
    for words in ("on the command line", "every board", "99% of 98 door boxes", "1,204"):
        await expect(older).to_contain_text(words)
    await expect(older.get_by_role("button")).to_have_count(0)
    await expect(page.get_by_text("It loses no door box: all 98 speak protocol 1")).to_be_visible()
    await expect(page.get_by_text("Set 1: 2 of 3 must sign")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile(r"1.41.0\s*Done"))).to_be_visible()

    orphan = {"unit": "0a0b0c0d", "places": ["Alella"], "wire": None}
    cloud.answers["GET", "wires"] = {"wire": 2, "units": 98, "each": [orphan, {**orphan, "unit": "0e", "wire": 1}]}
    cloud.answers["GET", "releases"], cloud.answers["GET", "rollouts"] = [], []
    cloud.answers["GET", "key-sets"] = [{"number": 1, "threshold": 1, "keys": 1, "demo": True}]
    await cloud.say({"type": "rollouts"})
    await expect(page.get_by_role("heading", name="No release yet")).to_be_visible()
    await expect(page.get_by_text("2 of 98 door boxes are not known to speak protocol 2")).to_be_visible()
    await expect(page.get_by_role("listitem").filter(has_text="0a0b0c0d")).to_contain_text("not heard yet")
    await expect(page.get_by_text("everybody knows its secrets")).to_be_visible()


async def test_a_roll_out_is_shown_live_each_box_with_its_state_and_why(opened, clouds):
    cloud, page = await updates(opened, clouds, under_way(NOW))
    await page.get_by_role("button", name="Show it, 1.42.0").click()
    told = {
        1: "Good · 06:32 · 40 s away · wave 1 · runs number 42",
        2: "Failed · it could not reach the service · 08:32 · wave 1 · runs number 41",
        3: "Loading, 45% · 09:12 · wave 1 · runs number 41",
        4: "Has it, being watched · 09:12 · 38 s away",
        5: "Restarting",
        6: "Waiting · no connection",
        7: "Left out · it is for another board",
    }
    for number, words in told.items():
        await expect(row(page, number)).to_contain_text(words)
    first = page.locator("io-box-row").first
    await expect(first).to_contain_text("Failed")  # what somebody has to look at
    await expect(page.get_by_text("Wave 1 of 2 · 5 door boxes")).to_be_visible()
    await expect(page.get_by_text("1 good · 1 failed · 3 under way")).to_be_visible()
    await expect(page.get_by_text("Failures in this wave: 1. At 2 it stops itself.")).to_be_visible()
    await expect(page.get_by_text("Offered from 01:00 to 05:00")).to_be_visible()
    asked = len(calls(cloud, "GET", "rollouts/7"))

    await becomes(cloud, halted(NOW))
    await expect(page.get_by_text("It stopped itself: 2 failures in wave 1 of 5 door boxes.")).to_be_visible()
    await expect(row(page, 5)).to_contain_text("Failed · it crashed · 08:32 · 2 tries")
    assert len(calls(cloud, "GET", "rollouts/7")) == asked + 1, "nothing is asked again and again"

    await cloud.drop()  # what was pushed meanwhile is not known
    done = rollout([box(1, "good", wave=1), box(2, "good", wave=1)], NOW, state="done", waves=[2])
    cloud.answers |= answers(NOW, done)
    await expect(page.get_by_text("Failures in all: 0.")).to_be_visible(timeout=20_000)
    await expect(page.get_by_role("button", name="End it")).to_have_count(0)


async def test_it_is_paused_at_once_and_ended_or_gone_on_with_after_being_told_what_that_does(opened, clouds):
    cloud, page = await updates(opened, clouds, under_way(NOW))
    cloud.answers |= {("POST", f"rollouts/7/{verb}"): None for verb in ("pause", "resume", "abort")}
    await page.get_by_role("button", name="Show it, 1.42.0").click()
    await page.get_by_role("button", name="Pause").click()
    await cloud.until(lambda: calls(cloud, "POST", "rollouts/7/pause"))
    await becomes(cloud, under_way(NOW, state="paused"))
    await page.get_by_role("button", name="Go on").click()  # nothing has failed: it is not asked twice
    await cloud.until(lambda: calls(cloud, "POST", "rollouts/7/resume"))

    await becomes(cloud, halted(NOW))
    await expect(page.get_by_text("No other door box is offered it. Those that have it keep it.")).to_be_visible()
    await page.get_by_role("button", name="Go on").click()
    await expect(sheet(page)).to_contain_text("The failures so far count no more: 2.")
    await page.keyboard.press("Escape")
    await expect(sheet(page)).to_have_count(0)
    assert len(calls(cloud, "POST", "rollouts/7/resume")) == 1

    await page.get_by_role("button", name="End it").click()
    for words in (
        "Kept on 2 door boxes: nothing is put back.",
        "Under way on 1 door box: what still loads stops and stays as it is",
        "Not offered any more to 3 door boxes that wait or failed.",
    ):
        await expect(sheet(page)).to_contain_text(words)
    assert calls(cloud, "POST", "rollouts/7/abort") == []
    cloud.answers["POST", "rollouts/7/abort"] = (409, {"reason": "conflict", "detail": "it is over"})
    await sheet(page).get_by_role("button", name="End it").click()
    await expect(sheet(page)).to_contain_text("Somebody else has changed this meanwhile")
    cloud.answers["POST", "rollouts/7/abort"] = None
    await sheet(page).get_by_role("button", name="End it").click()
    await expect(sheet(page)).to_have_count(0)


async def test_before_it_is_sent_out_one_sees_its_waves_who_fits_and_why_not_and_chooses_who_is_first(opened, clouds):
    cloud, page = await updates(opened, clouds, None)
    each = [box(i) for i in range(5)] + [box(5, reason="away"), box(6, reason="hours"), box(7, reason="old")]
    cloud.answers["POST", "rollouts/preview"] = lambda asked: preview(each, [len(asked.body.get("canaries", "1")), 6])
    cloud.answers["POST", "rollouts"] = (201, under_way(NOW))
    await page.get_by_role("button", name="Send out 1.42.0").click()
    for words in (
        "7 of 8 door boxes get it.",
        re.compile(r"Wave 1 of 2:\s*1 door box, stops itself at 2 failures"),
        re.compile(r"5 door boxes:\s*can begin"),
        re.compile(r"1 door box:\s*no connection"),
        re.compile(r"1 door box:\s*has it already, or a later one"),
        "A box of another board says so when it is offered it",
    ):
        await expect(page.locator("io-rollout-begin .card")).to_contain_text(words)
    await page.get_by_text("1 door box: no connection").click()
    await expect(page.locator("io-rollout-begin details[open] li")).to_contain_text("00000005")
    await page.get_by_label("I choose").check()
    await page.get_by_role("button", name="Choose who is first").click(force=True)
    begin = page.get_by_role("button", name=re.compile("^Begin with"))
    assert calls(cloud, "POST", "rollouts") == [], "nobody is first yet"
    await expect(page.get_by_role("checkbox")).to_have_count(7)
    await page.get_by_role("checkbox", name=re.compile("00000003")).check()
    await page.get_by_role("checkbox", name=re.compile("00000004")).check()
    await expect(page.get_by_text("2 chosen: no more than 1 may be first.")).to_be_visible()
    await page.get_by_role("checkbox", name=re.compile("00000004")).uncheck()
    await page.get_by_label("When").select_option("At any time")
    cloud.answers |= answers(NOW, under_way(NOW))
    await begin.click()
    await expect(page.get_by_role("heading", name="Door boxes of this release")).to_be_visible()

    wanted = {"release": 42, "canaries": ["00000003"], "hours": None}
    assert calls(cloud, "POST", "rollouts") == [wanted]


async def test_a_thousand_boxes_scroll_and_one_of_them_is_found(opened, clouds):
    cloud, page = await updates(opened, clouds, fleet(1000, NOW), viewport={"width": 1280, "height": 800})
    await page.get_by_role("button", name="Show it, 1.42.0").click()
    await expect(page.get_by_role("button", name="All 1,000")).to_be_visible()
    rows = page.locator("io-box-row")
    await expect(rows.first).to_contain_text("a relay did not test well")
    drawn = await rows.count()
    assert 10 < drawn < 200
    await rows.last.scroll_into_view_if_needed()
    await expect(rows.nth(drawn)).to_be_attached()  # more of them, as far as one has scrolled
    await page.get_by_role("button", name="Failed 1").click()
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="All 1,000").click()
    await page.get_by_role("searchbox").fill("3e7")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Waiting · not its hours yet")

    await becomes(cloud, fleet(1, NOW))
    await page.get_by_role("searchbox").wait_for(state="detached")
    assert await page.locator("io-rollout-boxes").evaluate("(one) => one.each.length") == 1


async def test_every_reason_of_the_cloud_has_its_words_in_every_language(pure_page):
    plan = rules.Plan(canaries=("a",))
    rows = [rules.Row(unit, 1, rules.FAILED, "silent", failed=9, tries=1) for unit in "ab"]
    rows += [rules.Row(unit) for unit in "cdefgh"]
    of_wave = rules.step(rules.Rollout(1, 2, plan, 0), rows, lambda _: rules.NOBODY, 10).rollout.why
    of_all = rules.step(rules.Rollout(1, 2, plan, 0, wave=3), rows, lambda _: rules.NOBODY, 10).rollout.why
    assert of_wave and of_all
    reasons = [*UPDATE_REASONS.values(), *FOUND]
    assert {*rules.TIMES_OUT, *rules.HOPELESS, *rules.NOT_ITS} <= set(reasons)
    assert {*rules.LATER} <= set(WAITS)

    for language in ("en", "es", "ca"):
        asked = {"reasons": [*reasons, OTHER], "waits": WAITS, "halts": [of_wave, of_all, "?"], "language": language}
        said = await pure_page.evaluate(WORDS, asked)
        assert said["reasons"][:-1].count(said["reasons"][-1]) == 0, "each has its own"
        assert len(set(said["waits"])) >= len(WAITS) - 1
        assert [bool(re.search(r"2.*\d", words)) for words in said["halts"]] == [True, True, False]


async def test_an_admin_sees_when_a_box_was_updated_and_how_long_it_was_away(opened, clouds):
    cloud, page = await managing(opened, clouds, "Door boxes")
    garage, stairs = app_place.boxes(NOW)
    well = {"at": NOW - 7 * HOUR_MS - 22 * 60_000, "release": 42, "version": "1.42.0", "away_s": 40, "reason": None}
    await expect(page.get_by_role("article", name="Garage")).to_contain_text("Connected")
    cloud.answers["GET", f"{PLACE}/boxes"] = [
        {**garage, "update": well},
        {**stairs, "link": "online", "update": {**well, "away_s": None, "reason": "no_cloud"}},
    ]
    detail = {"unit": "0a0b0c0d", "release": 42, "version": "1.42.0", "away_s": 40}
    await cloud.say({"type": "log", "lines": [line(413, NOW, "update", detail=detail)]})  # pushed: it is asked again
    box_of = page.get_by_role("article", name="Garage")
    await expect(box_of).to_contain_text("03:10: version 1.42.0, 40 s away")
    failed = "03:10: version 1.42.0 did not go well here, it could not reach the service"
    await expect(page.get_by_role("article", name="Stairwell")).to_contain_text(failed)

    await page.get_by_role("button", name="Manage").first.click()
    await menu(page, "At a glance").click()
    await expect(page.locator("io-glance-page li.door", has_text="Garage")).to_contain_text("updated 03:10, 40 s away")
    seen = len(calls(cloud, "GET", f"{PLACE}/boxes"))
    cloud.answers["GET", f"{PLACE}/boxes"] = [{**garage, "update": {**well, "at": NOW - 25 * HOUR_MS}}, stairs]
    await cloud.say({"type": "log", "lines": [line(414, NOW, "update_failed", detail=detail)]})
    await cloud.until(lambda: len(calls(cloud, "GET", f"{PLACE}/boxes")) > seen)
    await expect(page.locator("io-glance-page li.door", has_text="updated")).to_have_count(
        0
    )  # a day later it is no news


async def test_with_the_real_cloud_what_one_maintainer_does_the_other_sees_at_once(browser: Browser, tmp_path: Path):
    async with ApiSide(tmp_path / "town", lit(), public_url="") as town:
        town.wired.live.start()
        town.wired.rollouts.start()
        address = f"http://127.0.0.1:{town.port}"
        pages = []
        for size in (PHONE, DESK):
            context = await browser.new_context(viewport=size)
            await context.add_cookies([{"name": COOKIE, "value": token("mai"), "url": address}])
            page = await context.new_page()
            await page.goto(address)
            await page.get_by_role("button", name="Me", exact=True).click()
            await page.get_by_role("button", name="Updates of door boxes").click()
            await page.get_by_role("button", name="Show it, 1.0.2").click()
            await expect(page.locator("io-box-row")).to_contain_text("Waiting · no connection")
            pages.append(page)
        assert town.wired.rollouts.current
        rows = town.wired.rollouts.current.rows
        rows[UNIT] = msgspec.structs.replace(rows[UNIT], state=rules.OFFERED)
        town.wired.units.changed(UNIT, None)  # its link is another one: that alone makes the pages ask again
        for page in pages:
            await expect(page.locator("io-box-row")).to_contain_text("Offered")
        one, other = pages
        await one.get_by_role("button", name="Pause").click()
        for page in pages:
            await expect(page.get_by_text("No other door box is offered it. Those that load it go on.")).to_be_visible()
        await other.get_by_role("button", name="End it").click()
        await sheet(other).get_by_role("button", name="End it").click()
        await expect(one.locator("io-rollout .head")).to_contain_text("Ended")

        await one.get_by_role("button", name="Updates").click()
        await one.get_by_role("button", name="Send out 1.0.2").click()
        await expect(one.get_by_text("2 of 2 door boxes get it.")).to_be_visible()
        await one.get_by_role("button", name="Begin with 1 door box").click()
        await expect(one.get_by_text("Wave 1 of 2 · 1 door box")).to_be_visible()
        await other.get_by_role("button", name="Updates").click()
        await expect(other.get_by_role("button", name="Show it, 1.0.2")).to_be_visible()
        for page in pages:
            await page.context.close()
        assert town.rows("SELECT id, state FROM rollouts ORDER BY id") == [(1, "aborted"), (2, "running")]
