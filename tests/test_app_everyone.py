"""The app for everyone: keyboard, screen reader, small screens, light and dark, three languages, admins."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests import app_scenes
from tests.fake_cloud import STARTS_AT_MS, FakeCloud
from tests.fake_doors import recorded

pytestmark = pytest.mark.asyncio(loop_scope="session")

LANGUAGES = ("en", "es", "ca")
LEAST_TARGET_PX = 44
NARROWEST = {"width": 320, "height": 640}
WIDE = {"width": 1280, "height": 800}
SCENES = ("four_doors", "conditions", "held", "long_names", "many_doors", "places", "admin", "no_doors", "one_door")

# What is wider than the screen: of the shown pane, through every shadow root, and of the page.
STICKING_OUT = """() => {
    const inside = (one) => (one.shadowRoot ? all(one.shadowRoot) : []);
    const all = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...inside(one)]);
    const everything = all(document);
    const pane = everything.find((one) => one.matches(".pane"));
    const inPane = (one) => pane && (pane.contains(one) || pane.contains(one.getRootNode().host));
    const tooWide = (one) => one.getBoundingClientRect().right > innerWidth + 0.5 || one.scrollWidth > innerWidth;
    return [document.body, ...everything.filter(inPane)].filter(tooWide).map((one) => one.outerHTML.slice(0, 100));
}"""
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

FAILURE = {"state": "DONE", "movement": "did_not_move", "stops": {"coil": 398}}


async def faults(page: Page) -> str:
    """What axe finds in light and in dark, best practices included."""
    found = ""
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # no colour is looked at halfway
        result = await Axe().run(page)
        for fault in result.response["violations"]:
            found += f"{theme} {fault['id']}: {[node['html'][:120] for node in fault['nodes']]}\n"
    return found


async def fails(cloud: FakeCloud, press):
    operation = recorded(cloud, press, **FAILURE)
    await cloud.push(operations=(operation,))
    return {"operation": operation["id"]}


async def shown(opened, clouds, scene: str, language: str = "en", **options) -> tuple[FakeCloud, Page]:
    cloud = await clouds(app_scenes.SCENES[scene](STARTS_AT_MS))
    cloud.you = {**cloud.you, "language": language}
    page = await opened(cloud, **options)
    await expect(page.get_by_role("navigation")).to_be_visible()
    return cloud, page


@pytest.mark.parametrize("scene", SCENES)
async def test_axe_finds_nothing(opened, clouds, scene):
    _, page = await shown(opened, clouds, scene)

    assert await faults(page) == ""


@pytest.mark.parametrize("language", LANGUAGES)
async def test_axe_finds_nothing_in_a_failure_and_while_not_live(opened, clouds, language):
    cloud, page = await shown(opened, clouds, "four_doors", language)
    cloud.on_press = fails
    await page.locator("io-open-button button").first.click()
    await expect(page.locator("io-receipt")).to_be_visible()
    assert await faults(page) == ""

    cloud.ticking = False
    await expect(page.locator("io-link-note b")).to_be_visible()
    assert await faults(page) == ""


async def test_axe_finds_nothing_in_front_of_the_doors(opened, clouds):
    cloud = await clouds()
    cloud.signed_in = False
    page = await opened(cloud, "/#sign-in=USED")
    for heading in ("Your key is ready", "This link has been used", "You are signed out"):
        await expect(page.get_by_role("heading", name=heading)).to_be_visible()
        assert await faults(page) == ""
        if heading != "You are signed out":
            await page.get_by_role("button").click()


async def test_axe_finds_nothing_on_the_page_about_oneself(opened, clouds):
    _, page = await shown(opened, clouds, "admin")
    await page.get_by_role("button", name="Me").click()
    await expect(page.get_by_role("listitem").first).to_be_visible()

    assert await faults(page) == ""


@pytest.mark.parametrize("scene", SCENES)
async def test_no_screen_scrolls_sideways_at_320_px(opened, clouds, scene):
    cloud, page = await shown(opened, clouds, scene, "es", viewport=NARROWEST)
    cloud.on_press = fails
    if scene not in ("no_doors", "conditions"):
        await page.locator("io-open-button[mode=ready] button").first.click()
        await expect(page.locator("io-receipt").first).to_be_visible()
    assert await page.evaluate(STICKING_OUT) == []


async def test_every_target_is_large_enough_for_a_thumb(opened, clouds):
    cloud, page = await shown(opened, clouds, "four_doors")
    cloud.on_press = fails
    await page.locator("io-open-button button").first.click()
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    for target in await page.locator("button, a").all():
        box = await target.bounding_box()

        assert box, await target.inner_text()
        assert min(box["width"], box["height"]) >= LEAST_TARGET_PX, await target.inner_text()


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
