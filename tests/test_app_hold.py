"""A door held open: begun by who may, seen by everybody, ended by a tap; and nothing of it in the way of the button."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playwright.async_api import Locator, Page, expect

from tests import app_scenes
from tests.app_scenes import HOUR_MS, MINUTE_MS, Object, Scene, door, hold, operation, person
from tests.door_page import button, card, ends_as, told
from tests.fake_cloud import STARTS_AT_MS as NOW

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOLDS = person(holds=["mallorca"])
AT_11_32 = NOW - 7_000 + HOUR_MS
TIMES = """async ({now, until, time, zone}) => {
    const { latest, nextAt, possible, spans } = await import("/app/parts/hold-times.js");
    const end = nextAt(time, now, zone);
    return { spans: spans(now, until), end, possible: possible(end, now, until), latest: latest(now, until) };
}"""
ALLOWED = {"allowed": True, "reason": None, "next": None, "until": None}


def strike(**fields) -> Object:
    return door("stairs", "Stairwell", **{"drive": "open", **fields})


def offer(page: Page) -> Locator:
    return page.get_by_role("button", name="Hold Stairwell open")


def stop(page: Page) -> Locator:
    return page.get_by_role("button", name="Stop holding Stairwell open")


def sheet(page: Page) -> Locator:
    return page.locator("io-sheet")


async def shown(opened, clouds, *doors: Object, you: Object = HOLDS):
    cloud = await clouds(Scene(list(doors), you=you))
    page = await opened(cloud)
    await expect(page.locator("io-door-card").first).to_be_visible()
    return cloud, page


# -- who is offered it


async def test_holding_is_not_offered_to_who_may_not_or_where_it_cannot_be(opened, clouds):
    cloud, page = await shown(opened, clouds, strike(), you=person())
    await expect(button(page, "Stairwell")).to_have_text("Open")
    await expect(offer(page)).to_have_count(0)
    for you, fields in (
        (person(holds=["elsewhere"]), {}),
        (HOLDS, {"drive": "toggle"}),
        (HOLDS, {"link": "away", "heard": NOW - HOUR_MS}),
        (HOLDS, {"may": {**ALLOWED, "allowed": False, "reason": "hours", "next": NOW + HOUR_MS}}),
    ):
        await cloud.push(doors=({**strike(**fields), "name": "Another"}, door("drawn", str(fields))), you=you)
        await expect(page.get_by_role("article", name=str(fields), exact=True)).to_be_visible()
        more = page.get_by_role("button", name=re.compile("^More, "))
        await expect(more).to_have_count(1 if "link" in fields else 0)  # what to do about a silent box
        for one in await more.all():
            await one.click()
            await expect(page.get_by_role("link", name="Call for help")).to_be_visible()
        await expect(page.get_by_role("button", name=re.compile("^Hold "))).to_have_count(0)
    await cloud.push(doors=(strike(),), gone=("drawn",), you=HOLDS)

    await expect(offer(page)).to_be_visible()


async def test_among_other_doors_it_waits_behind_a_tap_so_that_the_cards_stay_small(opened, clouds):
    _, page = await shown(opened, clouds, strike(), door("garage", "Garage"))
    await expect(offer(page)).to_have_count(0)
    await expect(page.get_by_role("button", name="More, Garage")).to_have_count(0)
    await page.get_by_role("button", name="More, Stairwell").click()

    await expect(offer(page)).to_be_visible()


# -- until when


async def test_an_hour_is_chosen_and_sent_only_by_the_button_that_says_the_end(opened, clouds):
    cloud, page = await shown(opened, clouds, strike())
    await offer(page).click()
    await expect(sheet(page).get_by_role("button", name="Hold open until 10:47")).to_be_visible()
    await sheet(page).get_by_role("radio", name="1 h").check()
    assert cloud.presses == []
    await sheet(page).get_by_role("button", name="Hold open until 11:32").click()
    await cloud.until(lambda: cloud.presses)

    (press,) = cloud.presses
    assert (press["door"], press["action"], press["seconds"]) == ("stairs", "hold", 3600)
    await expect(sheet(page)).to_have_count(0)


async def test_a_time_of_day_is_that_of_the_place_and_the_hold_ends_no_later(opened, clouds):
    cloud, page = await shown(opened, clouds, strike())
    await offer(page).click()
    await sheet(page).get_by_label("Until a time").last.fill("12:00")
    await sheet(page).get_by_role("button", name="Hold open until 12:00").click()
    await cloud.until(lambda: cloud.presses)

    (press,) = cloud.presses
    noon = int(datetime(2026, 11, 18, 11, 0, tzinfo=UTC).timestamp() * 1000)  # in Barcelona
    assert noon - 4_000 < press["at"] + press["seconds"] * 1000 <= noon


async def test_an_end_beyond_her_own_access_is_explained_and_not_sent(opened, clouds):
    until = NOW + 2 * HOUR_MS
    cloud, page = await shown(opened, clouds, strike(may={**ALLOWED, "until": until}))
    await offer(page).click()
    await expect(sheet(page).get_by_role("radio")).to_have_count(3)  # not four hours
    await sheet(page).get_by_label("Until a time").last.fill("13:00")
    await sheet(page).get_by_role("button", name="Hold open until 13:00").click()
    await expect(sheet(page).get_by_text("no later than 12:32")).to_be_visible()
    await sheet(page).get_by_label("Until a time").last.fill("12:00")

    await expect(sheet(page).get_by_text("no later than")).to_have_count(0)
    assert cloud.presses == []


async def test_nothing_is_sent_while_we_cannot_be_reached(opened, clouds):
    cloud, page = await shown(opened, clouds, strike())
    await offer(page).click()
    await expect(sheet(page).get_by_role("button", name="Hold open until 10:47")).to_be_visible()
    cloud.ticking = False
    off = sheet(page).get_by_role("button", name="Not connected")
    await expect(off).to_be_visible()
    await off.click(force=True)
    cloud.ticking = True
    await expect(sheet(page).get_by_role("button", name="Hold open until")).to_be_visible()

    assert cloud.presses == []


async def test_who_types_four_digits_at_every_open_types_them_here_too(opened, clouds):
    cloud, page = await shown(opened, clouds, strike(), you={**HOLDS, "pin": True})
    await offer(page).click()
    await sheet(page).get_by_role("button", name="Hold open until").click()
    await expect(page.locator("io-pin-sheet .pad")).to_be_visible()
    await page.keyboard.type("2846")
    await cloud.until(lambda: cloud.presses)

    assert (cloud.presses[0]["pin"], cloud.presses[0]["seconds"]) == ("2846", 900)


MOMENTS = st.builds(  # past both changes of the clock
    lambda minutes, seconds: NOW - 7_000 + minutes * MINUTE_MS + seconds * 1000,
    st.integers(0, 400 * 24 * 60),
    st.sampled_from((0, 1, 59)),
)
MIDNIGHT_BEFORE_25_HOURS = int(datetime(2027, 10, 30, 22, 0, tzinfo=UTC).timestamp() * 1000)
AHEAD = st.sampled_from((0, 1, 2, 719, 720, 721)) | st.integers(0, 1439)  # minutes on the clock


@example(now=NOW, ahead=1, left=None)  # in 53 s: too soon
@example(now=MIDNIGHT_BEFORE_25_HOURS, ahead=0, left=None)
@given(now=MOMENTS, ahead=AHEAD, left=st.none() | st.integers(0, 20 * 60))
@settings(max_examples=80)
async def test_a_time_of_day_is_its_next_one_and_what_is_offered_can_be(pure_page, now, ahead, left):
    until = None if left is None else now + left * MINUTE_MS
    shows = datetime.fromtimestamp(now / 1000, ZoneInfo("Europe/Madrid"))
    hour, minute = divmod((shows.hour * 60 + shows.minute + ahead) % 1440, 60)
    time = f"{hour:02}:{minute:02}"
    found = await pure_page.evaluate(TIMES, {"now": now, "until": until, "time": time, "zone": "Europe/Madrid"})
    end = found["end"]

    assert now < end <= now + 25 * HOUR_MS
    assert found["possible"] == (end - now >= MINUTE_MS and end <= now + 12 * HOUR_MS and end <= (until or end))
    assert all(now + span <= found["latest"] for span in found["spans"])


# -- while it lasts


async def test_everybody_sees_who_holds_it_until_when_and_only_who_may_can_end_it(opened, clouds):
    cloud, page = await shown(opened, clouds, strike(hold=hold(AT_11_32, who="Imma Soler", person="p4")), you=person())
    await expect(card(page, "Stairwell").get_by_text("Held open by Imma Soler until 11:32")).to_be_visible()
    await expect(button(page, "Stairwell")).to_have_text("It is held open")
    await button(page, "Stairwell").click(force=True)
    await expect(told(page, "Stairwell")).to_contain_text("Just go in.")
    await expect(stop(page)).to_have_count(0)
    assert cloud.presses == []
    await cloud.door("stairs", hold=hold(AT_11_32))

    await expect(card(page, "Stairwell").get_by_text("Held open by you until 11:32")).to_be_visible()
    await expect(stop(page)).to_be_visible()


async def test_stop_ends_it_and_the_card_changes_only_by_what_is_pushed(opened, clouds):
    cloud, page = await shown(opened, clouds, strike(hold=hold(AT_11_32)))
    cloud.on_press = ends_as(state="DONE", stops={"coil": 210})
    await stop(page).click()
    await cloud.until(lambda: cloud.presses)
    assert cloud.presses[0]["action"] == "release"
    assert "seconds" not in cloud.presses[0]
    await expect(card(page, "Stairwell").get_by_text("Held open by you")).to_be_visible()
    await cloud.door("stairs", hold=None)

    await expect(card(page, "Stairwell").get_by_text("Held open")).to_have_count(0)
    await expect(button(page, "Stairwell")).to_have_text("Open")


async def test_a_hold_of_which_nobody_is_known_is_told_as_just_that(opened, clouds):
    _, page = await shown(opened, clouds, strike(hold=hold(None, who=None, person=None)))

    await expect(card(page, "Stairwell").get_by_text("Held open", exact=True)).to_be_visible()
    await expect(stop(page)).to_be_visible()


async def test_nothing_can_be_ended_from_a_picture_that_is_not_live(opened, clouds):
    cloud, page = await shown(opened, clouds, strike(hold=hold(AT_11_32)))
    await expect(stop(page)).to_be_visible()
    cloud.ticking = False

    await expect(stop(page)).to_have_count(0)
    await expect(card(page, "Stairwell").get_by_text("Held open by you")).to_be_visible()


# -- how it ended


@pytest.mark.parametrize(
    ("action", "fields", "sentence"),
    [
        ("hold", {"state": "REFUSED", "reason": "hold"}, "You may not hold this door open, or not that long."),
        ("hold", {"state": "UNKNOWN"}, "No answer in time. It may have opened"),
        ("release", {"state": "UNKNOWN"}, "It may still be held open"),
        ("release", {"state": "ALREADY"}, "It is not held open any more."),
    ],
)
async def test_a_hold_that_did_not_come_about_is_a_sentence(opened, clouds, action, fields, sentence):
    held = hold(AT_11_32) if action == "release" else None
    cloud, page = await shown(opened, clouds, strike(hold=held))
    cloud.on_press = ends_as(**fields)
    if action == "hold":
        await offer(page).click()
        await sheet(page).get_by_role("button", name="Hold open until").click()
    else:
        await stop(page).click()

    await expect(told(page, "Stairwell")).to_contain_text(sentence)


async def test_a_hold_is_done_with_the_coil_whatever_the_sensor_sees(opened, clouds):
    done = operation("stairs", action="hold", state="DONE", asked=NOW, stops={"coil": 320}, seconds=3600)
    cloud = await clouds(Scene([strike()], you=HOLDS, operations=[{**done, "movement": "did_not_move"}]))
    page = await opened(cloud)
    await page.get_by_role("button", name="Receipt, Stairwell").click()
    stops = card(page, "Stairwell").locator("io-receipt").get_by_role("listitem")
    await expect(stops).to_have_text(["asked0", "allowed8 ms", "sent10 ms", "coil on320 ms"])

    await expect(told(page, "Stairwell")).to_be_empty()


async def test_the_log_beside_the_doors_names_a_hold(opened, clouds):
    scene = app_scenes.admin(NOW)
    row = operation("stairs", id="h", action="hold", state="DONE", asked=NOW - HOUR_MS, stops={"coil": 320})
    scene.operations = [row]
    cloud = await clouds(scene)
    page = await opened(cloud, viewport={"width": 1280, "height": 800})

    await expect(page.locator("io-log-page li")).to_have_text(re.compile(r"Stairwell.*Held open · 320 ms", re.DOTALL))
