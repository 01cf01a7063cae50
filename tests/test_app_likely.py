"""Which door stands first: hers at this hour, by what this phone has seen her press; and it stays where it is while she
looks."""

import json

import pytest
from playwright.async_api import Page, expect

from tests import app_scenes
from tests.app_scenes import HOUR_MS, Scene, door, person, place
from tests.door_page import button, ends_as
from tests.fake_cloud import STARTS_AT_MS as NOW

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY_MS = 24 * HOUR_MS
SLOW_HABIT = "{person: 'p1', presses: [{door: 'stairs', at: 1}]}"


async def order(page: Page, expected: list[str]) -> None:
    await expect(page.locator("io-home-page section").first.get_by_role("heading")).to_have_text(expected)


async def reckoned(page: Page, call: str, *arguments: object):
    return await page.evaluate(
        f"(given) => import('/app/likely.js').then(({{ {call} }}) => {call}(...given))", list(arguments)
    )


async def test_the_hour_of_the_day_tells_more_than_the_number_and_lately_more_than_long_ago(pure_page):
    doors = [{"id": name, "place": name} for name in ("a", "b", "c")]
    mornings = [{"door": "b", "at": NOW - day * DAY_MS} for day in range(1, 4)]
    evenings = [{"door": "c", "at": NOW - day * DAY_MS - 10 * HOUR_MS} for day in range(1, 7)]
    before = [{"door": "a", "at": NOW - day * DAY_MS} for day in range(60, 70)]
    everything = [*mornings, *evenings, *before]

    async def first(now: int) -> list[str]:
        return await reckoned(pure_page, "likelyFirst", doors, everything, now)

    assert await first(NOW) == ["b", "c", "a"]
    assert await first(NOW - 10 * HOUR_MS) == ["c", "b", "a"]
    assert await first(NOW + 13 * HOUR_MS) == ["c", "b", "a"]  # at neither hour: the more often pressed one
    assert await reckoned(pure_page, "likelyFirst", doors, [], NOW) == ["a", "b", "c"]  # nothing known: as pushed
    assert await reckoned(pure_page, "likelyPlace", doors, everything, NOW) == "b"
    assert await reckoned(pure_page, "likelyPlace", doors, [{"door": "gone", "at": NOW}], NOW) is None


async def test_the_door_she_presses_stands_first_next_time_and_not_under_her_thumb(opened, clouds):
    scene = app_scenes.places(NOW)
    cloud = await clouds(scene)
    cloud.on_press = ends_as(state="ALREADY")
    page = await opened(cloud)
    await order(page, ["Garage", "Stairwell"])
    await button(page, "Stairwell").click()
    await cloud.until(lambda: cloud.presses)
    await cloud.door("garage", state="open", action="close")
    await order(page, ["Garage", "Stairwell"])  # she is looking

    await page.reload()
    await order(page, ["Stairwell", "Garage"])
    await cloud.push(doors=(door("new", "A new one"),))
    await order(page, ["Stairwell", "Garage", "A new one"])
    kept = json.loads(await page.evaluate("localStorage.getItem('iomando.habits')"))
    assert (kept["person"], [one["door"] for one in kept["presses"]]) == ("p1", ["stairs"])

    # the place whose door it is comes up, too
    await page.get_by_role("button", name="choose another place").click()
    await page.get_by_role("dialog").get_by_role("button", name="Alella").click()
    for _ in range(2):
        await expect(button(page, "Barn")).to_be_in_viewport()
        await button(page, "Barn").click()
    await cloud.until(lambda: len(cloud.presses) == 3)
    cloud.operations = []  # what the phone itself remembers is enough
    await page.reload()
    await expect(button(page, "Barn")).to_be_in_viewport()


async def test_habits_are_hers_alone_and_go_when_she_signs_out(opened, clouds):
    cloud = await clouds(Scene([door("garage", "Garage"), door("stairs", "Stairwell")], you=person(id="p2")))
    page = await opened(cloud, "/app/tokens.css")
    await page.evaluate(f"localStorage.setItem('iomando.habits', JSON.stringify({SLOW_HABIT}))")
    await page.goto(cloud.address)
    await order(page, ["Garage", "Stairwell"])  # somebody else's
    cloud.on_press = ends_as(state="ALREADY")
    await button(page, "Stairwell").click()
    await cloud.until(lambda: cloud.presses)
    assert "p2" in await page.evaluate("localStorage.getItem('iomando.habits')")

    await page.get_by_role("button", name="Me").click()
    await page.get_by_role("button", name="Sign out on this phone").click()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert await page.evaluate("localStorage.getItem('iomando.habits')") is None


async def test_what_was_kept_by_whoever_cannot_be_trusted_harms_nothing(opened, clouds):
    cloud = await clouds(Scene([door("garage", "Garage"), door("stairs", "Stairwell")], places=[place()]))
    page = await opened(cloud, "/app/tokens.css")
    for broken in ("nonsense", "{}", '{"person":"p1","presses":[{"door":7,"at":"x"},{"door":"stairs"}]}', "[null]"):
        await page.evaluate("(text) => localStorage.setItem('iomando.habits', text)", broken)
        await page.goto(cloud.address)
        await order(page, ["Garage", "Stairwell"])
