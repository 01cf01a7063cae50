"""Every screen, for everyone, in each of the three languages: axe in light and dark, thumbs, narrow phones, a page that
is zoomed, the keyboard alone."""

from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, ViewportSize, expect

from tests import app_place, app_scenes
from tests.app_place import PLACE
from tests.app_screens import OUTSIDE, sheet
from tests.fake_cloud import STARTS_AT_MS as NOW
from tests.fake_cloud import FakeCloud
from tests.service_screens import SCREENS

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOOKS: dict[str, Literal["light", "dark"]] = {"en": "light", "es": "dark", "ca": "light"}
LEAST_TARGET_PX = 44
NARROWEST: ViewportSize = {"width": 320, "height": 640}
ZOOMED: ViewportSize = {"width": 640, "height": 400}  # what a desk of 1280×800 shows at 200 %
MOST_TABS = 250  # no screen has as many things to touch
# What is wider than the screen, through every shadow root. A table of figures may scroll in itself; the panes of other
# places stand beside the one that is shown.
STICKING_OUT = """() => {
    const inside = (one) => (one.shadowRoot ? all(one.shadowRoot) : []);
    const all = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...inside(one)]);
    const up = (one) => one.assignedSlot ?? one.parentNode ?? one.host;
    const beside = (one) => {
        for (; one; one = up(one)) if (one.matches?.(".panes")) return true;
            else if (one.matches?.(".pane")) return one.getBoundingClientRect().left >= innerWidth - 1;
        return false;
    };
    const hidden = (one) =>
        one.closest(".hidden, svg, option, .scroll, .scroll *") || !one.checkVisibility() || beside(one);
    const tooWide = (one) => one.getBoundingClientRect().right > innerWidth + 0.5 || one.scrollWidth > innerWidth;
    return [document.body, ...all(document.body)].filter((one) => !hidden(one) && tooWide(one))
        .map((one) => one.outerHTML.slice(0, 100));
}"""
# Everything that can be touched and is smaller than a thumb needs. What belongs to a label is as large as its label.
SMALL = """(least) => {
    const inside = (one) => (one.shadowRoot ? all(one.shadowRoot) : []);
    const all = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...inside(one)]);
    const touched = "button, a, input, select, textarea, summary";
    return all(document.body).filter((one) => one.matches(touched) && one.checkVisibility())
        .map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()])
        .filter(([, { width, height }]) => width && (height < least - 0.5 || width < 30))
        .map(([one, { width, height }]) => `${width}×${height} ${one.outerHTML.slice(0, 80)}`);
}"""
# What the keyboard has to reach: all that can be touched, of the sheet alone while one is open. Of radio buttons one.
REACHABLE = """() => {
    const inside = (one) => (one.shadowRoot ? all(one.shadowRoot) : []);
    const all = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...inside(one)]);
    const up = (one) => one.assignedSlot ?? one.parentNode ?? one.host;
    const within = (one, what) => { for (; one; one = up(one)) if (one === what) return true; return false; };
    const everything = all(document.body), modal = everything.filter((one) => one.matches("dialog:modal")).at(-1);
    const touched = "button, a[href], input, select, textarea, summary, [tabindex='0']";
    const reached = (one) => one.matches(touched) && one.checkVisibility({ visibilityProperty: true })
        && !one.matches(":disabled, [tabindex='-1'], input[type=radio]:not(:checked)") && !one.closest("[inert]");
    window.unreached = new Set(everything.filter((one) => reached(one) && (!modal || within(one, modal))));
    window.unmarked = [];
    return unreached.size;
}"""
# After a Tab: what is still to be reached. What has the focus must look so; within a date the browser marks the part.
REACHED = """() => {
    let one = document.activeElement;
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    const ring = ({ outlineStyle, boxShadow }) => outlineStyle !== "none" || boxShadow !== "none";
    const marked = (one) => one && ring(getComputedStyle(one));
    const around = [one, one.closest("label"), one.nextElementSibling, one.parentElement];
    const parts = "input:is([type=date], [type=time], [type=datetime-local])";
    const natively = one === document.body || one.matches(parts);
    if (!natively && !around.some(marked)) unmarked.push(one.outerHTML.slice(0, 100));
    unreached.delete(one);
    return unreached.size;
}"""
AXE = Axe().axe_script
FAULTS = """() => axe.run(document, { resultTypes: ["violations"], preload: false }).then(({ violations }) =>
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 140)).join(" | ")}`))"""
UNREACHED = "() => [...unreached].map((one) => one.outerHTML.slice(0, 100))"
# Whether what has the focus lies in the open sheet, through every shadow root.
IN_SHEET = """() => {
    let one = document.activeElement;
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    for (let at = one; at; at = at.assignedSlot ?? at.parentNode ?? at.host) if (at.localName === "dialog") return true;
    return one === document.body;
}"""


async def shown(opened, clouds, name: str, language: str = "en") -> tuple[FakeCloud, Page]:
    scene, show = SCREENS[name]
    cloud = await clouds(scene(NOW))
    cloud.you = {**cloud.you, "language": language}
    cloud.answers.setdefault(("GET", "me"), app_scenes.me(cloud.you, pin=True))
    locale = {"en": "en-GB", "es": "es-ES", "ca": "ca-ES"}[language]
    page = await opened(cloud, reduced_motion="reduce", locale=locale)
    await expect(page.locator("io-tabs")).to_be_visible()
    await show(cloud, page)
    return cloud, page


async def faults(page: Page, theme: Literal["light", "dark"]) -> list[str]:
    """What axe finds, best practices included."""
    await page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # no colour is looked at halfway
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    return await page.evaluate(FAULTS)


async def reached(page: Page) -> None:
    """Everything is reached by Tab, and each time one sees what was."""
    assert await page.evaluate(REACHABLE) > 0
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if not await page.evaluate(REACHED):
            break

    assert await page.evaluate(UNREACHED) == []
    assert await page.evaluate("unmarked") == []


# No colour depends on the language, so each language is looked at in one theme.
@pytest.mark.parametrize("name", SCREENS)
async def test_axe_finds_nothing_thumbs_and_keyboard_find_everything_narrow_and_zoomed(opened, clouds, name):
    cloud, page = await shown(opened, clouds, name)
    size = page.viewport_size
    assert size
    for language, theme in LOOKS.items():
        if language != "en" and name in OUTSIDE:
            cloud, page = await shown(opened, clouds, name, language)
        elif language != "en":
            await cloud.push(you={**cloud.you, "language": language})
        await expect(page.locator("html")).to_have_attribute("lang", language)
        assert await faults(page, theme) == [], language
        assert await page.evaluate(SMALL, LEAST_TARGET_PX) == [], language
        for narrow in (NARROWEST, ZOOMED):
            await page.set_viewport_size(narrow)
            assert await page.evaluate(STICKING_OUT) == [], (language, narrow)
        await page.set_viewport_size(size)
    await reached(page)


@pytest.mark.parametrize("name", ["pad", "one_access", "invited", "door_settings"])
async def test_a_sheet_keeps_the_focus_and_gives_it_back_on_escape(opened, clouds, name):
    _, page = await shown(opened, clouds, name)
    for _ in range(40):
        await page.keyboard.press("Tab")
        assert await page.evaluate(IN_SHEET)
    await page.keyboard.press("Escape")
    await expect(sheet(page)).to_have_count(0)

    assert await page.evaluate("document.activeElement.localName") == "iomando-app"


async def test_an_access_is_given_with_the_keyboard_alone(opened, clouds):
    cloud = await clouds(app_place.managed(NOW))
    cloud.answers["PATCH", f"{PLACE}/grants/g2"] = None
    page = await opened(cloud)
    await expect(page.locator("io-door-card").first).to_be_visible()

    async def press(name: str) -> None:
        for _ in range(60):
            await page.keyboard.press("Tab")
            focused = await page.evaluate("""() => {
                let one = document.activeElement;
                while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
                return one.getAttribute("aria-label") ?? one.textContent;
            }""")
            if name in focused:
                await page.keyboard.press("Enter")
                return
        raise AssertionError(f"{name} is not reached by Tab")

    await press("Manage")
    await expect(page.locator("io-manage-page nav")).to_be_visible()
    await press("People")
    await press("Núria Ferrer")
    await press("Garage")
    await expect(sheet(page).locator("form")).to_be_visible()
    await press("Wed 18:00–20:00")  # the row opens; a thumb would draw on the week
    await press("Friday")
    await press("Save")
    await expect(sheet(page)).to_have_count(0)

    saved = next(asked.body for asked in cloud.asked if asked.method == "PATCH")
    assert saved["hours"]["windows"][0]["days"] == [2, 4]
