"""The app for everyone: keyboard, screen reader, small screens, three languages, admins. Each screen by axe, see
test_app_everywhere."""

import re

import pytest
from playwright.async_api import Page, expect

from tests import app_scenes
from tests.app_screens import fails
from tests.fake_cloud import STARTS_AT_MS, FakeCloud
from tests.fake_doors import recorded

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDE = {"width": 1280, "height": 800}

# What a screen reader would read out: each text the live region takes.
LISTEN = """(region) => {
    window.heard = [];
    const hear = () => {
        const text = region.textContent.trim().replace(/\\s+/g, " ");
        if (text) heard.push(text);
    };
    new MutationObserver(hear).observe(region, { subtree: true, childList: true, characterData: true });
}"""
FOCUSED = """() => {
    let one = document.activeElement;
    while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    return one.getAttribute("aria-label");
}"""


async def shown(opened, clouds, scene: str, language: str = "en", **options) -> tuple[FakeCloud, Page]:
    cloud = await clouds(app_scenes.SCENES[scene](STARTS_AT_MS))
    cloud.you = {**cloud.you, "language": language}
    page = await opened(cloud, **options)
    await expect(page.get_by_role("navigation")).to_be_visible()
    return cloud, page


async def test_four_doors_need_no_scrolling(opened, clouds):
    _, page = await shown(opened, clouds, "four_doors")

    assert await page.locator(".pane").evaluate("(pane) => pane.scrollHeight <= pane.clientHeight")


async def test_the_only_door_has_its_button_in_the_middle_of_the_screen(opened, clouds):
    _, page = await shown(opened, clouds, "one_door")
    button = page.locator("io-open-button button")

    async def middle() -> float:
        box = await button.bounding_box()
        assert box
        return box["y"] + box["height"] / 2

    at_rest = await middle()
    assert abs(at_rest - 844 / 2) < 844 * 0.04
    await button.click()
    await expect(page.locator("io-receipt")).to_be_visible()
    assert abs(await middle() - at_rest) < 2


async def test_a_door_is_opened_with_the_keyboard_alone(opened, clouds):
    cloud, page = await shown(opened, clouds, "one_door")
    await expect(page.locator("io-open-button button")).to_have_text("Open")
    for _ in range(6):
        await page.keyboard.press("Tab")
        if await page.evaluate(FOCUSED) == "Open, Garage":
            break
    await page.keyboard.press("Enter")
    await cloud.until(lambda: cloud.presses)

    assert cloud.presses[0]["door"] == "garage"


async def test_a_screen_reader_hears_the_press_from_asking_to_open(opened, clouds):
    _, page = await shown(opened, clouds, "one_door")
    region = page.get_by_role("article").get_by_role("status")
    await region.evaluate(LISTEN)
    await page.locator("io-open-button button").click()
    await expect(region).to_contain_text("Open · 2.6 s")

    heard = list(dict.fromkeys(await page.evaluate("heard")))
    assert heard[0] == "Garage: Asking…"
    assert heard[-1] == "Garage: Open · 2.6 s"
    assert "Garage: Moving" in heard


@pytest.mark.parametrize(
    ("language", "open_", "closed", "failure"),
    [
        ("en", "Open", "Closed", "The box switched but the door did not move."),
        ("es", "Abrir", "Cerrada", "La caja activó el relé, pero la puerta no se movió."),
        ("ca", "Obre", "Tancada", "La caixa va activar el relé, però la porta no es va moure."),
    ],
)
async def test_the_person_is_spoken_to_in_her_language(opened, clouds, language, open_, closed, failure):
    cloud, page = await shown(opened, clouds, "one_door", language, locale="de-DE")
    cloud.on_press = fails
    button = page.locator("io-open-button button")
    await expect(button).to_have_text(open_)
    await expect(page.locator("io-door-state")).to_have_text(closed)
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await button.click()

    await expect(page.get_by_role("article").get_by_role("status")).to_contain_text(failure)


@pytest.mark.parametrize(("locale", "language"), [("ca-ES", "ca"), ("es-MX", "es"), ("de-DE", "en")])
async def test_before_she_is_known_the_browsers_language_counts(opened, clouds, locale, language):
    cloud = await clouds()
    cloud.signed_in = False
    page = await opened(cloud, locale=locale)
    await expect(page.get_by_role("heading")).to_be_visible()

    await expect(page.locator("html")).to_have_attribute("lang", language)


async def test_times_are_the_places_own_whatever_the_phones_zone(opened, clouds):
    _, page = await shown(opened, clouds, "conditions", timezone_id="Asia/Tokyo")

    await expect(page.get_by_role("article", name="Service entrance")).to_contain_text("Silent since 10:12")


async def test_places_are_swiped_and_listed(opened, clouds):
    _, page = await shown(opened, clouds, "places")
    title = page.get_by_role("heading", level=1)
    await expect(title).to_contain_text("Carrer Mallorca 120")
    await page.locator(".panes").evaluate("(panes) => panes.scrollTo({ left: panes.clientWidth, behavior: 'instant' })")
    await expect(title).to_contain_text("Passeig de la Ribera 8")

    await title.get_by_role("button").click()
    await page.get_by_role("dialog").get_by_role("button", name="Alella").click()
    await expect(title).to_contain_text("Alella")
    await expect(page.get_by_role("article", name="Barn")).to_be_in_viewport()


async def test_one_of_sixty_doors_is_found_by_a_few_letters_without_accents(opened, clouds):
    _, page = await shown(opened, clouds, "many_doors")
    search = page.get_by_role("searchbox", name="Find a door")
    await search.fill("sotano")
    await expect(page.get_by_role("article")).to_have_count(1)
    await expect(page.get_by_role("article", name="Sótano −1")).to_be_visible()
    await search.fill("no such door")
    await expect(page.get_by_text("No door is called that.")).to_be_visible()


async def test_an_admin_reads_live_who_pressed_what_beside_the_doors(opened, clouds):
    cloud, page = await shown(opened, clouds, "admin", viewport=WIDE)
    rows = page.locator("io-log-page").get_by_role("listitem")
    await expect(rows).to_have_count(7)
    press = {"press_id": "another-phones-press-000", "door": "garage", "action": "open", "at": cloud.now}
    operation = recorded(cloud, press) | {"person": {"id": "p3", "name": "Joan Puig"}}
    await cloud.push(operations=(operation,))
    await expect(rows.first).to_contain_text(re.compile(r"Garage.*Joan Puig.*On its way", re.DOTALL))
    await cloud.operation(operation, {"coil": 400, "moving": 600, "done": 900}, state="DONE", movement="moved")
    await expect(rows.first).to_contain_text("Open · 0.9 s")


async def test_who_is_no_admin_has_no_log(opened, clouds):
    _, page = await shown(opened, clouds, "one_door", viewport=WIDE)

    await expect(page.get_by_role("button", name="Log")).to_have_count(0)
    await expect(page.locator("io-log-page")).to_have_count(0)


@pytest.mark.parametrize(("motion", "moving"), [("no-preference", 1), ("reduce", 0)])
async def test_a_moving_door_moves_on_the_screen_unless_motion_is_unwelcome(opened, clouds, motion, moving):
    _, page = await shown(opened, clouds, "conditions", reduced_motion=motion)
    leaf = page.locator("io-door-state .leaf").first
    await expect(leaf).to_be_attached()

    assert await leaf.evaluate("(leaf) => leaf.getAnimations().length") == moving
