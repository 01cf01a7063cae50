"""A place at a glance: what is wrong and what to do stands first, on the admin's screen as soon as it was pushed."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from cloud.alarms import KINDS
from tests import app_place, app_scenes
from tests.app_place import PLACE, alarm, door_admin
from tests.app_scenes import HOUR_MS, MINUTE_MS, Scene, door, operation
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.fake_cloud import FakeCloud
from tests.manage_page import calls

pytestmark = pytest.mark.asyncio(loop_scope="session")

LANGUAGES = ("en", "es", "ca")
DESK = {"width": 1280, "height": 800}
SILENT = alarm("a1", "away", unit="1a1b1c1d", since=NOW - 50 * MINUTE_MS, again=NOW + 10 * MINUTE_MS)
LEFT_OPEN = alarm("a2", "left_open", door="garage", since=NOW - 34 * MINUTE_MS, detail={"left_open_s": 600})
WORDS = """async ({alarms, world, language}) => {
    await Promise.all(["more", "box", "manage", "glance"].map((name) => import(`/app/${name}-texts.js`)));
    const { speaker, want } = await import("/app/texts.js");
    const { alarmWords } = await import("/app/alarm-words.js");
    await want(language);
    return alarms.map((one) => alarmWords(one, world, speaker(language)));
}"""
REDUCED = """async (events) => {
    const { reduce, start } = await import("/app/store.js");
    return events.reduce((state, event) => reduce(state, event), start).alarms.map(({ id }) => id);
}"""


def with_alarms(*alarms: dict) -> Scene:
    scene = app_place.managed(NOW)
    scene.alarms = list(alarms)
    stairs = door_admin("stairs", "Stairwell", drive="open", unit="1a1b1c1d")
    scene.answers["GET", PLACE]["doors"] = [door_admin("garage", "Garage"), stairs]
    return scene


async def managing(opened, clouds, *alarms: dict, scene: Scene | None = None, **options) -> tuple[FakeCloud, Page]:
    cloud = await clouds(scene or with_alarms(*alarms))
    page = await opened(cloud, **options)
    await page.get_by_role("button", name=re.compile("^Manage")).click()
    return cloud, page


async def pushed(cloud: FakeCloud, key: str, thing: dict | None) -> None:
    await cloud.push(edits=[{"kind": "alarm", "place": "mallorca", "key": key, "thing": thing}])


def card(page: Page, title: str) -> Locator:
    return page.locator("io-alarm-list > ul > li, io-alarm-list li").filter(has=page.get_by_role("heading", name=title))


# -- on the phone


async def test_an_alarm_says_what_is_wrong_since_when_what_to_do_and_whom_to_call(opened, clouds):
    cloud, page = await managing(opened, clouds)
    await expect(page.get_by_text("All is well")).to_be_visible()
    await pushed(cloud, "a1", SILENT)  # no gesture

    silent = card(page, "No connection to Stairwell")
    await expect(silent).to_contain_text("since 09:42 · 50 min")
    await expect(silent).to_contain_text("Nothing opens there by phone now. A key still works.")
    await expect(silent).to_contain_text("Told again at 10:42.")
    steps = silent.get_by_role("listitem")
    await expect(steps).to_have_count(4)  # the only alarm: open at once
    await expect(steps.nth(1)).to_have_text("Does the Wi-Fi work? Switch the router off and on.")
    await expect(steps.nth(3)).to_have_text("Still nothing: call Ferran Mas, +34 600 999 111.")
    await expect(silent.get_by_role("link", name="Call Ferran Mas")).to_have_attribute("href", "tel:+34600999111")
    await expect(page.get_by_text("All is well")).to_have_count(0)
    await expect(page.get_by_role("button", name="Manage, 1 waiting")).to_be_visible()
    low = await silent.get_by_role("button", name="I see to it").evaluate("(one) => one.getBoundingClientRect().bottom")
    assert low < above_the_tabs(page), "what to do is on the first screen"

    cloud.answers["POST", f"{PLACE}/alarms/a1/acknowledge"] = None
    await silent.get_by_role("button", name="I see to it: No connection to Stairwell").click()
    await cloud.until(lambda: calls(cloud, "POST", f"{PLACE}/alarms/a1/acknowledge"))
    await expect(silent.get_by_role("button", name="I see to it")).to_be_visible()  # nothing is drawn before it is so
    taken = {**SILENT, "acknowledged": NOW, "acknowledged_by": "Imma Soler", "again": None}
    await pushed(cloud, "a1", taken)
    await expect(page.get_by_text("Imma Soler sees to it since 10:32.")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("waiting"))).to_have_count(0)
    await expect(silent.get_by_role("button", name="I see to it")).to_have_count(0)
    await pushed(cloud, "a1", None)

    await expect(page.get_by_text("All is well")).to_be_visible()


def above_the_tabs(page: Page) -> float:
    size = page.viewport_size
    assert size
    return size["height"] - 60  # the tabs


async def test_what_could_not_be_acknowledged_says_so_and_stays(opened, clouds):
    cloud, page = await managing(opened, clouds, LEFT_OPEN)
    cloud.answers["POST", f"{PLACE}/alarms/a2/acknowledge"] = (429, {"reason": "busy", "detail": ""})
    left = card(page, "Garage is open")
    await left.get_by_role("button", name="I see to it").click()
    await expect(left.get_by_text("Too much at once.")).to_be_visible()

    await expect(left).to_contain_text("Longer than 10 min.")
    await expect(left.get_by_role("button", name="I see to it")).to_be_visible()
    await expect(left.get_by_role("link", name="Call Joan, the caretaker")).to_be_visible()
    await left.get_by_role("link", name="To the door").click()
    await expect(page).to_have_url(re.compile("#door=garage$"))


async def test_a_picture_that_is_not_live_says_its_age_and_takes_no_acknowledgement(opened, clouds):
    cloud, page = await managing(opened, clouds, LEFT_OPEN)
    await expect(card(page, "Garage is open")).to_be_visible()
    await cloud.stop()

    await expect(page.get_by_text(re.compile(r"^As of \d\d:\d\d:\d\d\. It may have changed\.$"))).to_be_visible()
    take = card(page, "Garage is open").get_by_role("button", name="I see to it")
    await expect(take).to_have_attribute("aria-disabled", "true")
    await take.click(force=True)
    assert not calls(cloud, "POST", f"{PLACE}/alarms/a2/acknowledge")


async def test_the_message_on_a_lock_screen_leads_to_the_place_where_it_is(opened, clouds):
    scene = with_alarms({**alarm("a9", "power", unit="9a9b9c9d", since=NOW - HOUR_MS), "place": "balmes"})
    scene.places.append(app_scenes.place(id="balmes", name="Balmes 4"))
    scene.you = {**scene.you, "manages": ["mallorca", "balmes"]}
    data = scene.answers["GET", PLACE]
    gate = {"door": {**door_admin("gate", "Gate", unit="9a9b9c9d")["door"], "place": "balmes"}, "pending": False}
    scene.answers["GET", "places/balmes"] = {
        **data,
        "place": {**data["place"], "id": "balmes", "installer_contact": None},
        "doors": [gate],
    }
    scene.answers["GET", "places/balmes/boxes"] = []
    cloud = await clouds(scene)
    page = await opened(cloud)
    await page.get_by_role("button", name="Manage, 1 waiting").click()
    await expect(page.get_by_text("All is well")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("Balmes 4.*1 alarm", re.DOTALL))).to_be_visible()
    await page.evaluate("location.hash = '#alarms'")

    power = card(page, "Gate has no mains power")
    await expect(power).to_be_visible()
    await expect(page).to_have_url(f"{cloud.address}/")
    await power.get_by_role("button", name="Say who the installer is").click()
    await expect(page.get_by_role("heading", name="Alarm settings")).to_be_visible()


# -- doors and presses


async def test_sixty_doors_show_first_those_with_which_something_is(opened, clouds):
    scene = with_alarms(alarm("a1", "tamper", unit="00000059", since=NOW - MINUTE_MS))
    numbers = range(60)
    scene.doors = [
        door(f"d{n}", f"Door {n}", link="away" if n == 40 else "online", heard=NOW - HOUR_MS) for n in numbers
    ]
    scene.answers["GET", PLACE]["doors"] = [door_admin(f"d{n}", f"Door {n}", unit=f"{n:08}") for n in numbers]
    _, page = await managing(opened, clouds, scene=scene, viewport=DESK)
    rows = page.get_by_role("list", name="Doors").get_by_role("listitem")

    await expect(rows).to_have_count(8)
    await expect(rows.nth(0)).to_contain_text("Door 59")
    await expect(rows.nth(1)).to_contain_text("no connection since 09:32")
    await page.get_by_role("button", name="Show all 60").click()
    await expect(rows).to_have_count(60)


async def test_on_a_desk_what_is_wrong_stands_beside_how_it_stands_and_presses_appear(opened, clouds):
    cloud, page = await managing(opened, clouds, SILENT, LEFT_OPEN, viewport=DESK)
    alarms, doors = page.locator("io-alarm-list").first, page.get_by_role("list", name="Doors")
    await expect(doors.get_by_role("listitem").first).to_be_visible()
    left, right = await alarms.bounding_box(), await doors.bounding_box()
    assert left and right and left["x"] + left["width"] <= right["x"]
    await expect(page.get_by_role("region", name="2 alarms")).to_be_visible()
    presses = page.get_by_role("list", name="Last presses").get_by_role("listitem")
    await expect(presses).to_have_count(1)
    stuck = {"state": "DONE", "movement": "did_not_move", "asked": cloud.now, "person": {"id": "p4", "name": "Imma"}}
    await cloud.push(operations=(operation("stairs", id="o2", press_id="p2", **stuck),))

    await expect(presses.first).to_contain_text(re.compile(r"Stairwell.*Imma.*Did not move", re.DOTALL))
    await page.get_by_role("button", name="All of the log").click()
    await expect(page.get_by_role("heading", name="Log")).to_be_visible()


# -- words, and what was pushed


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_alarm_has_words_of_its_own_and_what_to_do(pure_page, language):
    faults = [{"faults": [fault]} for fault in ("coil", "sensor", "movement")]
    more = {"door": faults, "data": [{"share": 0.81}, {"share": 0.99, "out": True}]}
    alarms = [
        alarm(kind, kind, unit="1a1b1c1d", since=NOW, detail=detail)
        for kind in (*KINDS, "new-in-2030")
        for detail in more.get(kind, [{}])
    ]
    data = with_alarms().answers["GET", PLACE]
    world = {"place": data["place"], "doors": [one["door"] for one in data["doors"]], "boxes": None}

    told = await pure_page.evaluate(WORDS, {"alarms": alarms, "world": world, "language": language})

    assert len({one["title"] for one in told}) == len({one["act"] for one in told}) == len(alarms)
    assert [one for one in told if re.search(r"undefined|null|NaN|\{", f"{one['title']} {one['act']}")] == []
    assert all("Stairwell" in one["title"] for one in told)
    urgent = {asked["kind"] for asked, one in zip(alarms, told, strict=True) if one["urgent"]}
    assert urgent == {"left_open", "opened_otherwise", "away", "tamper", "door"}


async def test_the_steps_to_try_are_those_of_the_boxes_network(pure_page):
    data = with_alarms().answers["GET", PLACE]
    nobody = {**data["place"], "installer_name": None, "installer_contact": None}
    found = []
    for network in ("wifi", "wired", "modem", None):
        box = app_place.box("1a1b1c1d", doors=["stairs"], network=network)
        world = {"place": nobody, "doors": [one["door"] for one in data["doors"]], "boxes": [box]}
        out = {**SILENT, "detail": {"data_out": True, "open": ["stairs"]}}
        (told,) = await pure_page.evaluate(WORDS, {"alarms": [out], "world": world, "language": "en"})
        found.append(told["steps"][2])
        assert told["steps"][0].startswith("Its data is probably used up.")
        assert told["steps"][-1] == "Still nothing: call whoever installed it."
        assert told["more"] == ["Open when it fell silent: Stairwell."]
        assert told["call"]["key"] == "alarm_name_installer"

    assert len(set(found)) == 4


async def test_alarms_are_those_of_the_snapshot_brought_forward_and_of_places_she_still_manages(pure_page):
    you = app_scenes.person(manages=["mallorca"])
    old = [LEFT_OPEN, alarm("a0", "data", unit="1a1b1c1d", since=NOW)]
    snapshot = {"type": "snapshot", "stream": "s", "n": 1, "now": NOW, "you": you, "places": [], "doors": []}
    first = {"kind": "message", "t": 0, "message": {**snapshot, "operations": [], "alarms": old}}

    def change(n: int, *edits: tuple[str, dict | None], **more) -> dict:
        listed = [{"kind": "alarm", "place": "mallorca", "key": key, "thing": thing} for key, thing in edits]
        return {"kind": "message", "t": n, "message": {"type": "change", "n": n, "now": NOW, "edits": listed, **more}}

    came = change(2, ("a1", SILENT))
    taken = change(3, ("a2", {**LEFT_OPEN, "acknowledged": NOW}))
    assert await pure_page.evaluate(REDUCED, [first]) == ["a2", "a0"]  # what is urgent first
    assert await pure_page.evaluate(REDUCED, [first, came]) == ["a2", "a1", "a0"]
    assert await pure_page.evaluate(REDUCED, [first, came, taken]) == ["a1", "a0", "a2"]  # what nobody sees to first
    assert await pure_page.evaluate(REDUCED, [first, came, change(3, ("a1", None))]) == ["a2", "a0"]
    out = change(3, you={**you, "manages": []})
    assert await pure_page.evaluate(REDUCED, [first, came, out]) == []
