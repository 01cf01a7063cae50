"""The real button in a real browser, with the real service, broker, unit and door behind it. Plug in, and pulled."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from sim import town
from sim.street import Street

pytestmark = [pytest.mark.asyncio(loop_scope="session")]

Sizes = tuple[ViewportSize, ViewportSize]
SEEN_MS = 60_000  # for what has to travel through everything; a loaded machine is slow
ONLINE_S = 60
HAND_MS = 800  # between seeing and touching: the button takes no tap for 600 ms after it has changed its meaning


class Town:
    """A running town and its parts."""

    def __init__(self, cloud: town.Cloud, made: town.Made, street: Street, sizes: Sizes) -> None:
        self.cloud, self.made, self.street, self.sizes = cloud, made, street, sizes


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory, sizes: Sizes) -> AsyncIterator[Town]:
    home: Path = tmp_path_factory.mktemp("home")
    cloud = town.Cloud(home)
    made = await town.make(home, town.DEMO, cloud.broker_port)
    street = Street(home, made, cloud.broker_port)
    try:
        await cloud.start()
        await street.start()
        await cloud.wait_for(lambda line: line["what"] == "unit online", ONLINE_S)
        yield Town(cloud, made, street, sizes)
    finally:
        await street.stop()
        await cloud.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(running: Town, browser: Browser) -> AsyncIterator[Page]:
    """Whoever opens, signed in by a tap on the link's one button."""
    context = await browser.new_context(viewport=running.sizes[0])
    page = await context.new_page()
    page.set_default_timeout(SEEN_MS)
    await page.goto(f"{running.cloud.url}/#sign-in={running.made.links[running.made.user]}")
    await page.get_by_role("button", name="Sign in on this phone").click()
    await expect(card(page, "Garage")).to_contain_text("Closed", timeout=SEEN_MS)
    yield page
    await context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def admin(running: Town, browser: Browser) -> AsyncIterator[Page]:
    """Another screen, of whoever manages the place."""
    context = await browser.new_context(viewport=running.sizes[1])
    page = await context.new_page()
    page.set_default_timeout(SEEN_MS)
    await page.goto(f"{running.cloud.url}/#sign-in={running.made.links[running.made.admin]}")
    await page.get_by_role("button", name="Sign in on this phone").click()
    await expect(card(page, "Garage")).to_be_visible(timeout=SEEN_MS)
    yield page
    await context.close()


def card(page: Page, door: str) -> Locator:
    return page.get_by_role("article", name=door)


def button(page: Page, door: str) -> Locator:
    return card(page, door).locator("io-open-button").get_by_role("button")


async def press(page: Page, door: str) -> None:
    await page.wait_for_timeout(HAND_MS)
    await button(page, door).click()


async def test_the_secret_does_not_stay_in_the_address(page: Page) -> None:
    assert "#" not in page.url


async def test_a_press_opens_the_door_and_the_screen_says_so_when_it_is_so(running: Town, page: Page) -> None:
    door, edges = running.street.door("Garage"), len(running.street.board.edges)

    await press(page, "Garage")
    await expect(card(page, "Garage")).to_contain_text("Opening", timeout=SEEN_MS)
    assert door.state in ("opening", "open")
    await expect(card(page, "Garage")).to_contain_text(re.compile(r"Open\s*·\s*\d+\.\d s"), timeout=SEEN_MS)

    assert door.state == "open"
    on = [edge for edge in running.street.board.edges[edges:] if edge.kind == "coil" and edge.value]
    assert len(on) == 1
    assert on[0].op is not None
    await expect(button(page, "Garage")).to_have_text("Close")


async def test_a_door_that_a_neighbour_moves_by_hand_moves_on_the_screen(running: Town, page: Page) -> None:
    running.street.door("Garage").human_closes()

    await expect(card(page, "Garage")).to_contain_text("Closing", timeout=SEEN_MS)
    await expect(card(page, "Garage")).to_contain_text("Closed", timeout=SEEN_MS)


async def test_a_door_that_does_not_move_is_said_with_what_to_do(running: Town, page: Page) -> None:
    running.street.door("Garage").jammed = True
    try:
        await press(page, "Garage")
        said = card(page, "Garage").get_by_text("The box switched but the door did not move")
        await expect(said).to_be_visible(timeout=SEEN_MS)
    finally:
        running.street.door("Garage").jammed = False

    await expect(card(page, "Garage")).to_contain_text("Closed")
    await expect(card(page, "Garage").get_by_role("button", name=re.compile("Try again|Press again"))).to_be_visible()


async def test_a_door_that_does_not_move_again_is_an_alarm_until_it_moves(
    running: Town, page: Page, admin: Page
) -> None:
    await admin.get_by_role("button", name="Manage", exact=True).click()
    await expect(admin.get_by_text("All is well")).to_be_visible(timeout=SEEN_MS)
    running.street.door("Garage").jammed = True
    try:
        await press(page, "Garage")  # the second time in a row
        stuck = admin.get_by_role("listitem").filter(has_text="Garage does not move")
        await expect(stuck).to_contain_text("Is it blocked, or its motor switched off?", timeout=SEEN_MS)
        await expect(admin.get_by_role("button", name="Manage, 1 waiting")).to_be_visible()
        await expect(page.get_by_role("button", name=re.compile("waiting"))).to_have_count(0)  # no business of hers
        await stuck.get_by_role("button", name="I see to it: Garage does not move").click()
        await expect(stuck).to_contain_text(re.compile(r"sees to it since \d\d:\d\d"), timeout=SEEN_MS)
    finally:
        running.street.door("Garage").jammed = False
    await press(page, "Garage")
    await expect(admin.get_by_text("All is well")).to_be_visible(timeout=SEEN_MS)  # by nobody's gesture
    presses = admin.get_by_role("navigation", name="Manage").get_by_role("button", name="Opens by hour")
    await presses.click()
    await expect(admin.get_by_text(re.compile(r"^\d opens$"))).to_be_visible(timeout=SEEN_MS)
    await admin.locator("io-tabs").get_by_role("button", name="Doors", exact=True).click()
    running.street.door("Garage").human_closes()

    await expect(card(page, "Garage")).to_contain_text("Closed", timeout=SEEN_MS)


async def test_a_door_is_held_open_until_it_is_let_go_and_every_phone_sees_by_whom(
    running: Town, page: Page, admin: Page
) -> None:
    board, before = running.street.board, len(running.street.board.edges)

    def switched() -> list[int]:
        return [edge.value for edge in board.edges[before:] if edge.kind == "coil"]

    await card(admin, "Stairwell").get_by_role("button", name="More, Stairwell").click()
    await admin.get_by_role("button", name="Hold Stairwell open").click()
    await admin.get_by_role("radio", name="1 h").check()
    await admin.locator("io-hold-sheet [type=submit]").click()
    await expect(card(admin, "Stairwell")).to_contain_text("Held open by you until", timeout=SEEN_MS)
    await expect(card(page, "Stairwell")).to_contain_text(
        re.compile(r"Held open by .+ until .*\d\d:\d\d"), timeout=SEEN_MS
    )
    await expect(button(page, "Stairwell")).to_have_text("It is held open")
    await expect(page.get_by_role("button", name="Stop holding Stairwell open")).to_have_count(0)
    assert switched() == [1]

    await admin.get_by_role("button", name="Stop holding Stairwell open").click()
    await expect(card(page, "Stairwell")).not_to_contain_text("Held open", timeout=SEEN_MS)
    await expect(button(page, "Stairwell")).to_have_text("Open")
    assert switched() == [1, 0]


async def test_the_box_of_the_doors_tells_of_itself_and_is_tried_at_a_tap(running: Town, admin: Page) -> None:
    edges = len(running.street.board.edges)
    await admin.get_by_role("button", name="Manage", exact=True).click()
    await admin.get_by_role("navigation", name="Manage").get_by_role("button", name="Door boxes").click()
    box = card(admin, "Garage, Stairwell")
    await expect(box.get_by_text("Connected", exact=True)).to_be_visible(timeout=SEEN_MS)
    await box.get_by_role("button", name="Test now, Garage, Stairwell").click()
    await expect(box.get_by_text(re.compile(r"\d\d:\d\d: answered in"))).to_be_visible(timeout=SEEN_MS)
    await admin.locator("io-tabs").get_by_role("button", name="Doors", exact=True).click()

    assert running.street.board.edges[edges:] == []


async def test_a_unit_without_power_is_silent_on_the_screen_and_a_press_opens_nothing(
    running: Town, page: Page
) -> None:
    board, before = running.street.board, len(running.street.board.edges)
    board.power_off()
    try:
        await expect(card(page, "Stairwell")).to_contain_text(re.compile("Silent since"), timeout=SEEN_MS)
        await press(page, "Stairwell")
        await expect(card(page, "Stairwell").get_by_text("Nothing was opened")).to_be_visible(timeout=SEEN_MS)
        assert [edge for edge in board.edges[before:] if edge.kind == "coil" and edge.value] == []
    finally:
        board.power_on()

    await expect(card(page, "Garage")).not_to_contain_text("Silent since", timeout=SEEN_MS)


async def test_a_service_that_dies_is_said_and_comes_back_by_itself(running: Town, page: Page) -> None:
    running.cloud.kill()
    await expect(
        page.get_by_text(re.compile(r"We cannot be reached since .+ \(your connection, or us\)\."))
    ).to_be_visible(timeout=SEEN_MS)
    await expect(button(page, "Garage")).to_have_attribute("aria-disabled", "true")

    await running.cloud.stop()
    await running.cloud.start()
    await running.cloud.wait_for(lambda line: line["what"] == "unit online", ONLINE_S)
    await expect(
        page.get_by_text(re.compile(r"We cannot be reached since .+ \(your connection, or us\)\."))
    ).to_be_hidden(timeout=SEEN_MS)
    await expect(button(page, "Garage")).to_have_text("Open", timeout=SEEN_MS)
    await press(page, "Garage")
    await expect(card(page, "Garage")).to_contain_text(re.compile(r"Open\s*·\s*\d+\.\d s"), timeout=SEEN_MS)


async def test_a_session_that_is_ended_elsewhere_is_signed_out_here(running: Town, page: Page) -> None:
    cookies = await page.context.cookies()
    assert [cookie.get("httpOnly") for cookie in cookies] == [True]
    assert await page.evaluate("document.cookie") == ""

    status = await page.evaluate("fetch('/api/v1/sign-out', {method: 'POST'}).then(r => r.status)")

    assert status == 204
    await expect(page.get_by_text("You are signed out")).to_be_visible(timeout=SEEN_MS)
