"""The screens of those who manage, with the real service behind them: what one phone changes, another shows at once."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from sim import town

pytestmark = [pytest.mark.asyncio(loop_scope="session")]

Sizes = tuple[ViewportSize, ViewportSize]
SEEN_MS = 60_000  # for what has to travel through everything; a loaded machine is slow


class Town:
    def __init__(self, cloud: town.Cloud, made: town.Made, browser: Browser, sizes: Sizes) -> None:
        self.cloud, self.made, self._browser, self._sizes = cloud, made, browser, sizes
        self.contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    async def screen(self, *, manages: bool = False) -> Page:
        context = await self._browser.new_context(viewport=self._sizes[manages])
        self.contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(SEEN_MS)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    async def signed_in(self, link: str, *, manages: bool = False) -> Page:
        page = await self.screen(manages=manages)
        await page.goto(link)
        await page.get_by_role("button", name="Sign in on this phone").click()
        await expect(page.get_by_role("article", name="Garage")).to_be_visible(timeout=SEEN_MS)
        return page


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory, browser: Browser, sizes: Sizes) -> AsyncIterator[Town]:
    home: Path = tmp_path_factory.mktemp("home")
    cloud = town.Cloud(home)
    made = await town.make(home, town.DEMO, cloud.broker_port)
    running = Town(cloud, made, browser, sizes)
    try:
        await cloud.start()
        yield running
    finally:
        for context in running.contexts:
            await context.close()
        await cloud.stop()
    assert not running.faults


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def admin(running: Town) -> Page:
    return await running.signed_in(
        f"{running.cloud.url}/#sign-in={running.made.links[running.made.admin]}", manages=True
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def user(running: Town) -> Page:
    return await running.signed_in(f"{running.cloud.url}/#sign-in={running.made.links[running.made.user]}")


async def section(page: Page, name: str) -> None:
    await page.get_by_role("button", name="Doors", exact=True).last.click()
    await page.get_by_role("button", name="Manage", exact=True).click()
    await page.get_by_role("navigation", name="Manage").get_by_role("button", name=name).click()


def sheet(page: Page) -> Locator:
    return page.locator("io-sheet")


async def closed(page: Page) -> None:
    await expect(sheet(page)).to_have_count(0, timeout=SEEN_MS)


async def shows(page: Page, text: str | re.Pattern[str]) -> None:
    await expect(page.get_by_text(text).first).to_be_visible(timeout=SEEN_MS)


async def test_a_person_added_by_number_signs_in_with_the_link_and_sees_her_doors(running: Town, admin: Page):
    await section(admin, "People")
    await admin.get_by_role("button", name="Add").click()
    await sheet(admin).get_by_label("Phone number or e-mail").fill("+34 612 345 678")
    await sheet(admin).get_by_label("Name").fill("Laia Roca")
    await sheet(admin).get_by_role("button", name="Add and make a link").click()
    picture = sheet(admin).get_by_role("img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("async (image) => { await image.decode(); return image.naturalWidth > 0; }")
    link = (await sheet(admin).locator(".link").inner_text()).strip()
    await admin.keyboard.press("Escape")
    row = admin.locator("io-people-page").get_by_role("button", name="Laia Roca")
    await expect(row).to_contain_text("not signed in yet")
    page = await running.signed_in(link)
    await expect(row).not_to_contain_text("not signed in yet", timeout=SEEN_MS)

    await page.get_by_role("button", name="Me").click()
    await shows(page, "you are signed in for")


async def test_hours_set_by_an_admin_are_on_the_other_phone_at_once_in_words(running: Town, admin: Page, user: Page):
    await section(admin, "People")
    name = await name_of(user)
    await admin.locator("io-people-page").get_by_role("button", name=name).click()
    await admin.locator("io-accesses .item").first.click()
    await sheet(admin).get_by_role("button", name="Weekends").click()
    await expect(sheet(admin).get_by_text(re.compile("Shuts out 1|Nobody gains"))).to_be_visible(timeout=SEEN_MS)
    await sheet(admin).get_by_role("button", name="Save").click()
    await closed(admin)
    await shows(admin, "Sat, Sun all day")

    await user.get_by_role("button", name="Doors", exact=True).click()
    await shows(user, re.compile(r"Your hours for .* are now Sat, Sun all day\."))
    await admin.locator("io-accesses .item").first.click()
    await sheet(admin).get_by_role("button", name="Always", exact=True).click()
    await sheet(admin).get_by_role("button", name="Save").click()
    await closed(admin)
    await shows(user, re.compile(r"are now always\."))


async def name_of(page: Page) -> str:
    await page.get_by_role("button", name="Me", exact=True).click()
    return await page.get_by_role("heading", level=1).last.inner_text()


async def test_a_guest_opens_her_link_and_has_her_door(running: Town, admin: Page):
    await admin.get_by_role("button", name="Guests").click()
    await admin.get_by_role("button", name="Invite a guest").click()
    await sheet(admin).get_by_label("Name").fill("Anna")
    await sheet(admin).get_by_role("button", name="Make the link").click()
    await expect(sheet(admin).locator(".link")).to_be_visible()
    link = (await sheet(admin).locator(".link").inner_text()).strip()
    await admin.keyboard.press("Escape")
    guest = await running.screen()
    await guest.goto(link)
    await shows(guest, "A key to")
    await guest.get_by_role("button", name="Use on this phone").click()
    await expect(guest.get_by_role("article", name="Garage")).to_be_visible(timeout=SEEN_MS)

    await admin.get_by_role("button", name="Doors", exact=True).click()
    await admin.get_by_role("button", name="Guests").click()
    await expect(admin.locator("io-guest-card", has_text="Anna")).to_contain_text("in use on a phone")
    await admin.get_by_role("button", name="End, Anna").click()
    await admin.get_by_role("button", name="End it", exact=True).click()
    await expect(guest.get_by_role("heading", name="You are signed out")).to_be_visible(timeout=SEEN_MS)


async def test_who_can_enter_is_answered_by_the_service(admin: Page):
    await section(admin, "Who can enter")
    await admin.get_by_role("button", name="Ask", exact=True).click()

    await expect(admin.locator("io-who-page li").first).to_contain_text("May enter", timeout=SEEN_MS)
    await admin.get_by_label("When").fill("2026-01-07T10:00")
    await admin.get_by_role("button", name="Ask", exact=True).click()
    await shows(admin, re.compile("as they were then|was not here yet"))


async def test_the_log_tells_what_was_done_here_and_goes_on_by_itself(admin: Page):
    await section(admin, "Log")
    await shows(admin, "Guest ended")
    await shows(admin, "Person added")
    await admin.get_by_text("Filter").click()
    await admin.get_by_label("What", exact=True).select_option("change")
    await expect(admin.locator("io-place-log li").first).to_be_visible()
    await expect(admin.locator("io-place-log").get_by_text("Signed in")).to_have_count(0)
    async with admin.expect_download() as download:
        await admin.get_by_role("link", name="As CSV", exact=True).click()
    file = Path(await (await download.value).path())

    assert b"person_added" in await asyncio.to_thread(file.read_bytes)


async def test_who_is_refused_asks_and_is_let_in_once(running: Town, admin: Page, user: Page):
    await section(admin, "People")
    await admin.locator("io-people-page").get_by_role("button", name=await name_of(user)).click()
    await admin.locator("io-accesses .item").first.click()
    await sheet(admin).get_by_label("Suspended").check()
    await sheet(admin).get_by_role("button", name="Save").click()
    await closed(admin)
    await user.get_by_role("button", name="Doors", exact=True).click()
    garage = user.get_by_role("article", name="Garage")
    await expect(garage.locator("io-open-button")).to_have_text("Suspended", timeout=SEEN_MS)
    await garage.locator("io-open-button button").click(force=True)
    await garage.get_by_role("button", name="Ask to be let in").click(delay=700)  # a tap is not taken at once
    await shows(user, "Asked.")
    await section(admin, "Requests")
    await admin.get_by_role("button", name=re.compile("Let in once")).click()
    await expect(admin.get_by_text("Nobody asks for anything now.")).to_be_visible(timeout=SEEN_MS)

    await expect(garage.locator("io-open-button")).not_to_have_text("Suspended", timeout=SEEN_MS)
    await shows(user, "1 use left")


async def test_a_lost_phone_is_out_within_a_second_and_the_link_brings_the_new_one_in(
    running: Town, admin: Page, user: Page
):
    name = await name_of(user)
    await section(admin, "People")
    await admin.locator("io-people-page").get_by_role("button", name=name).click()
    await admin.get_by_role("button", name="Lost phone").click()
    await sheet(admin).get_by_role("button", name="Lost phone").click()
    await expect(user.get_by_role("heading", name="You are signed out")).to_be_visible(timeout=SEEN_MS)
    link = (await sheet(admin).locator(".link").inner_text()).strip()
    await admin.keyboard.press("Escape")

    assert await name_of(await running.signed_in(link)) == name


async def test_a_place_is_handed_over_by_an_offer_that_is_accepted(running: Town, admin: Page):
    await section(admin, "People")
    await admin.locator("io-people-page").get_by_role("button", name="Laia Roca").click()
    await admin.get_by_role("button", name="Role", exact=True).click()
    await sheet(admin).get_by_label("Role", exact=True).select_option("admin")
    await sheet(admin).get_by_role("button", name="Save").click()
    await closed(admin)
    await section(admin, "Place")
    await admin.get_by_role("button", name="Offer ownership").click()
    await sheet(admin).get_by_label("Person").select_option(label="Laia Roca")
    await sheet(admin).get_by_role("button", name="Offer ownership").click()
    await closed(admin)
    laia = await phone_of(running, "Laia Roca")
    await section(laia, "Requests")
    await laia.get_by_role("button", name=re.compile("Accept")).click()
    await section(admin, "Place")

    await expect(admin.get_by_text("This place has only one owner.")).to_have_count(0, timeout=SEEN_MS)


async def phone_of(running: Town, name: str) -> Page:
    for context in running.contexts:
        for page in context.pages:
            if await page.get_by_role("button", name="Me", exact=True).count() and await name_of(page) == name:
                return page
    raise AssertionError(f"no phone of {name}")


async def test_a_group_a_door_and_the_place_are_changed(admin: Page):
    await section(admin, "Groups")
    await admin.get_by_role("button", name="New group").click()
    await sheet(admin).get_by_label("Name of the group").fill("Choir")
    await sheet(admin).get_by_role("button", name="Save").click()
    await closed(admin)
    await shows(admin, "Choir")
    await admin.locator("io-groups-page").get_by_role("button", name="Choir").click()
    first = admin.locator("io-groups-page").get_by_role("checkbox").first
    await first.click()
    await expect(sheet(admin).get_by_text("Nobody gains")).to_be_visible(timeout=SEEN_MS)  # it opens nothing yet
    await sheet(admin).get_by_role("button", name="Put in").click()
    await closed(admin)
    await expect(first).to_be_checked(timeout=SEEN_MS)
    await section(admin, "Doors")
    await admin.locator("io-doors-page .item").first.click()
    await sheet(admin).get_by_label("Left open after, minutes").fill("5")
    await sheet(admin).get_by_role("button", name="Save").click()
    await closed(admin)
    await shows(admin, "left open after 5 min")
    await section(admin, "Place")
    await admin.get_by_label("Country").fill("ES")
    await admin.get_by_label("Region").fill("CT")
    await admin.get_by_role("button", name="Save").click()

    await shows(admin, "Saved.")


async def printed_code(running: Town, contact: str) -> str:
    """What the host reads out where no message can be sent."""
    environment = os.environ | {"IOMANDO_HOME": str(running.cloud.home)}
    command = [sys.executable, "-m", "cloud.cli", "person", "code", contact]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    found = re.search(rb"\d{3} \d{3}", output)
    assert found, output
    return found[0].decode()


async def test_a_code_to_her_own_number_is_good_for_more_than_a_places_link(running: Town):
    page = await running.screen()
    await page.goto(running.cloud.url)
    await page.get_by_label("Phone number or e-mail").fill("+34 612 345 678")
    await page.get_by_role("button", name="Send me a code").click()
    await page.get_by_label("Code", exact=True).press_sequentially(await printed_code(running, "+34612345678"))
    await expect(page.get_by_role("article", name="Garage")).to_be_visible(timeout=SEEN_MS)
    await page.get_by_role("button", name="Me", exact=True).click()

    await shows(page, "+34612345678")
    await expect(page.get_by_text("you are signed in for")).to_have_count(0)


async def test_a_poster_leads_a_stranger_to_the_request_of_an_admin(running: Town, admin: Page):
    await section(admin, "Place")
    await admin.get_by_role("button", name="Make a poster").click()
    link = (await sheet(admin).locator(".link").inner_text()).strip()
    await admin.keyboard.press("Escape")
    stranger = await running.screen()
    await stranger.goto(link)
    await stranger.get_by_label("Your name").fill("Marta Vila")
    await stranger.get_by_role("button", name="Ask for access").click()
    await stranger.get_by_label("Phone number or e-mail").fill("+34 699 999 999")
    await stranger.get_by_role("button", name="Send me a code").click()

    await shows(stranger, "a code of six digits is on its way")
