"""The demo page of a real demo, in a real browser: pressed on the user's phone there, and every button that breaks
things pressed and seen to do what stands on it. One page for all of it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, Locator, Page, expect

from sim import town
from sim.demo import shown
from sim.show import Show

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEEN_MS = 45_000  # for what has to travel through everything; a loaded machine is slow
HAND_MS = 800  # between seeing and touching
SILENT = re.compile("silent since", re.IGNORECASE)
OTHER_ADDRESS = "127.0.0.2"  # of this machine, as phones of its network would reach it


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def show(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Show]:
    home: Path = tmp_path_factory.mktemp("home")
    async with shown(home, town.free_port(), town.free_port(), lan=OTHER_ADDRESS) as (show, _watcher):
        yield show


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(show: Show, browser: Browser) -> AsyncIterator[Page]:
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(SEEN_MS)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.goto(show.url)
    yield page
    await page.close()
    assert faults == []


def card(page: Page, who: str, door: str = "Garage") -> Locator:
    return phone(page, who).get_by_role("article", name=door)


def phone(page: Page, who: str) -> FrameLocator:
    return page.frame_locator(f"#{who}")


async def press(page: Page) -> None:
    """Anna's thumb on the garage's button; then a new row tells of it."""
    rows = await page.locator("#rows tr").count()
    await page.wait_for_timeout(HAND_MS)
    await card(page, "anna").locator("io-open-button").get_by_role("button").click()
    if rows < 4:
        await expect(page.locator("#rows tr")).to_have_count(rows + 1, timeout=SEEN_MS)


async def told(page: Page, screen: str, door: str) -> None:
    """The newest row says so of both, and that they agree."""
    newest = page.locator("#rows tr").first
    await expect(newest).to_contain_text(screen, timeout=SEEN_MS)
    await expect(newest).to_contain_text(door, timeout=SEEN_MS)
    await expect(newest).to_contain_text("✓ true", timeout=SEEN_MS)


async def act(page: Page, name: str, *, on: bool) -> None:
    button = page.locator(f"#act-{name}")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", str(on).lower(), timeout=SEEN_MS)


def coil_on(show: Show) -> int:
    return sum(edge.kind == "coil" and edge.value == 1 for edge in show.street.edges())


async def test_a_press_moves_the_door_of_the_page_and_both_phones_say_so(show: Show, page: Page) -> None:
    await expect(card(page, "anna")).to_contain_text("Closed", timeout=SEEN_MS)
    await expect(card(page, "marta")).to_contain_text("Closed", timeout=SEEN_MS)

    await press(page)

    await expect(page.locator("#seen")).to_contain_text("Garage opening", timeout=SEEN_MS)
    await expect(page.locator("#seen")).to_contain_text("Garage open ", timeout=SEEN_MS)
    await expect(card(page, "marta")).to_contain_text(re.compile("Open"), timeout=SEEN_MS)
    await told(page, "Open · 3.", "door there after 3.")
    await expect(page.locator("#step-see")).to_have_class("done")
    assert show.street.door("Garage").state == "open"
    assert coil_on(show) == 1


async def test_a_command_replayed_by_the_owner_of_the_broker_moves_nothing(show: Show, page: Page) -> None:
    before = coil_on(show)

    await act(page, "replay", on=True)
    await expect(page.locator("#act-replay .said")).to_have_text("Given 3 ×. Relay moved 0 ×.", timeout=SEEN_MS)
    await act(page, "replay", on=False)

    assert coil_on(show) == before
    assert show.street.door("Garage").state == "open"


async def test_changed_hours_are_on_her_phone_untouched_and_come_back(show: Show, page: Page) -> None:
    button = card(page, "anna").locator("io-open-button").get_by_role("button")

    await act(page, "hours", on=True)
    await expect(button).to_have_attribute("aria-disabled", "true", timeout=SEEN_MS)
    await expect(page.locator("#act-hours .said")).to_contain_text("On her phone within", timeout=SEEN_MS)
    await act(page, "hours", on=False)
    await expect(button).not_to_have_attribute("aria-disabled", "true", timeout=SEEN_MS)

    assert all(door["may"] == {"allowed": True, "reason": None, "next": None, "until": None} for door in doors(show))


def doors(show: Show) -> list[dict]:
    return list(show.anna.doors.values())


async def test_a_jammed_door_is_said_to_stand_still(show: Show, page: Page) -> None:
    await act(page, "jam", on=True)
    await press(page)
    await expect(card(page, "anna")).to_contain_text("The box switched but the door did not move", timeout=SEEN_MS)
    await told(page, "The door did not move", "the door stood still")
    await act(page, "jam", on=False)


async def test_a_box_without_power_is_silent_on_both_phones_and_opens_nothing(show: Show, page: Page) -> None:
    before = coil_on(show)

    await act(page, "power", on=True)
    for who in ("anna", "marta"):
        await expect(card(page, who, "Stairwell")).to_contain_text(
            re.compile("silent since", re.IGNORECASE), timeout=SEEN_MS
        )
    await expect(page.locator("#seen")).to_contain_text("box without power")
    await press(page)
    await told(page, "Nothing sent: the door box is silent", "The coil stayed off")
    await act(page, "power", on=False)

    await back(page)
    assert coil_on(show) == before


async def test_over_a_cut_line_nobody_can_know_and_the_screen_says_that(show: Show, page: Page) -> None:
    before = coil_on(show)

    await act(page, "network", on=True)
    await press(page)
    await expect(card(page, "anna")).to_contain_text("No answer in time", timeout=SEEN_MS)
    await told(page, "nobody can know", "The coil stayed off")
    await act(page, "network", on=False)

    assert coil_on(show) == before


async def test_with_the_broker_dead_nothing_is_sent_now_or_later(show: Show, page: Page) -> None:
    before = coil_on(show)

    await act(page, "broker", on=True)
    await expect(page.locator("#act-broker .said")).to_contain_text("Killed", timeout=SEEN_MS)
    await press(page)
    await told(page, "Nothing sent", "The coil stayed off")
    await act(page, "broker", on=False)

    await back(page)
    assert coil_on(show) == before
    await expect(page.locator("#score")).to_have_text("5 presses, 0 lies")
    await expect(page.locator(".said:visible")).to_have_count(0)


async def back(page: Page) -> None:
    await expect(page.locator("#seen")).to_contain_text("box online", timeout=SEEN_MS)
    stairwell = card(page, "anna", "Stairwell")
    await expect(stairwell).not_to_contain_text(SILENT, timeout=SEEN_MS)


async def test_a_phone_of_the_same_network_signs_in_by_the_pages_code(show: Show) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{show.url}/qr.svg") as code:
            assert code.content_type == "image/svg+xml"
        async with http.get(f"http://{OTHER_ADDRESS}:{show.cloud.port}/") as app:
            assert app.status == 200
            assert "frame-ancestors 'none'" in app.headers["Content-Security-Policy"], "the service is never framed"


async def test_no_other_page_of_the_browser_reaches_the_demo_or_its_phones(show: Show) -> None:
    phone = f"http://127.0.0.1:{show.frames['anna']}"
    foreign = {"Origin": "http://evil.example"}
    async with aiohttp.ClientSession() as http:
        for url, headers in (
            (f"{show.url}/acts/power", foreign),
            (f"{show.url}/acts/power", {}),
            (f"{phone}/api/v1/sign-out", foreign),
            (f"{phone}/api/v1/presses", {"Origin": show.url}),
        ):
            async with http.post(url, headers=headers) as refused:
                assert refused.status == 403
        for url in (f"{phone}/api/v1/me", show.url):
            async with http.get(url, headers={"Host": "evil.example:80"}) as refused:
                assert refused.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(f"{phone}/api/v1/live", headers=foreign)
        async with http.get(f"{phone}/api/v1/me") as mine:
            assert (await mine.json())["name"] == "Anna"
            assert "Set-Cookie" not in mine.headers
        assert show.breaking.on == set()
