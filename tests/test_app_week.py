"""The week that hours are drawn on: bars for a thumb, rows for keyboards and screen readers, one rule behind both."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.app_place import PLACE
from tests.manage_page import calls, managing, person, sheet

pytestmark = pytest.mark.asyncio(loop_scope="session")

WEEKDAYS = [0, 1, 2, 3, 4]
CALL = """async ({file, name, args}) => (await import(`/app/parts/${file}.js`))[name](...args)"""
SENTENCE = """async ({access, language, who}) => {
    await import("/app/rule-texts.js");
    const { speaker, want } = await import("/app/texts.js");
    await want(language);
    const { ruleSentence } = await import("/app/parts/rule-words.js");
    const at = { now: 1795000000000, zone: "Europe/Madrid" };
    return ruleSentence(access, { who, doors: [] }, speaker(language), at);
}"""
HOUR = 60


def window(days: list[int], starts: int, ends: int) -> dict[str, Any]:
    return {"days": days, "starts": starts * HOUR, "ends": ends * HOUR}


def span(starts: int, ends: int) -> dict[str, int]:
    return {"starts": starts * HOUR, "ends": ends * HOUR}


async def week(page: Page, name: str, *args: Any) -> Any:
    return await page.evaluate(CALL, {"file": "week", "name": name, "args": list(args)})


async def test_an_overnight_span_goes_on_in_the_next_days_bar(pure_page: Page):
    bars = await week(pure_page, "weekParts", [window([6], 22, 6), window([2], 18, 24)])

    assert bars[6] == [{"from": 1320, "to": 1440, "index": 0, "tail": False, "on": True}]
    assert bars[0] == [{"from": 0, "to": 360, "index": 0, "tail": True, "on": False}]
    assert (bars[2][0]["on"], bars[3]) == (False, [])  # to midnight is not beyond it


async def test_painting_one_day_changes_that_day_alone(pure_page: Page):
    office = [window(WEEKDAYS, 9, 17)]

    assert await week(pure_page, "painted", office, 2, 16 * HOUR, 20 * HOUR) == [
        window([0, 1, 3, 4], 9, 17),
        window([2], 9, 20),
    ]
    assert await week(pure_page, "painted", office, 5, 9 * HOUR, 17 * HOUR) == [window([*WEEKDAYS, 5], 9, 17)]
    assert await week(pure_page, "painted", office, 2, 18 * HOUR, 20 * HOUR) == [*office, window([2], 18, 20)]
    assert await week(pure_page, "painted", [window([4], 22, 6)], 4, 20 * HOUR, 23 * HOUR) == [window([4], 20, 6)]
    assert await week(pure_page, "painted", office, 6, 0, 24 * HOUR) == [*office, window([6], 0, 24)]


async def test_pulling_the_end_in_the_next_bar_pulls_the_night_that_began_the_day_before(pure_page: Page):
    night = [window([4], 22, 6)]
    tail = (await week(pure_page, "weekParts", night))[5][0]

    assert await week(pure_page, "pulled", night, 5, tail, "to", 8 * HOUR) == [window([4], 22, 8)]
    assert await week(pure_page, "pulled", night, 5, tail, "to", 23 * HOUR) == night  # a day and more is no span
    head = (await week(pure_page, "weekParts", night))[4][0]
    assert await week(pure_page, "pulled", night, 4, head, "from", 20 * HOUR) == [window([4], 20, 6)]


async def test_a_later_beginning_never_makes_a_night_by_accident(pure_page: Page):
    assert await week(pure_page, "begun", span(9, 17), 18 * HOUR) == span(18, 24)
    assert await week(pure_page, "begun", span(9, 17), 10 * HOUR) == span(10, 17)
    assert await week(pure_page, "begun", span(22, 6), 20 * HOUR) == span(20, 6)
    assert await week(pure_page, "begun", span(22, 6), 6 * HOUR) == {"starts": 360, "ends": 375}


@pytest.mark.parametrize(
    ("language", "hours", "more", "sentence"),
    [
        ("en", {}, {}, "Núria may open every door always."),
        (
            "en",
            {"windows": [window(WEEKDAYS, 9, 13), window(WEEKDAYS, 15, 18), window([5], 22, 6)]},
            {},
            (
                "Núria may open every door from Monday to Friday from 09:00 to 13:00 and from 15:00 to 18:00;"
                " on Saturday from 22:00 to 06:00 the next day."
            ),
        ),
        (
            "es",
            {"windows": [window([2], 18, 20)], "removed": ["2026-12-25"]},
            {"uses": 2},
            "Núria puede abrir todas las puertas cada miércoles de 18:00 a 20:00, menos el 25 dic 2026, 2 veces.",
        ),
        (
            "ca",
            {"windows": [window([5, 6], 0, 24)]},
            {},
            "Núria pot obrir totes les portes cada dissabte i diumenge tot el dia.",
        ),
        ("en", {}, {"ends": 1795042800000, "uses": 1}, "Núria may open every door until Thu 00:00, once."),
    ],
)
async def test_a_rule_is_said_as_a_sentence(pure_page: Page, language: str, hours: Any, more: Any, sentence: str):
    said = await pure_page.evaluate(
        SENTENCE, {"access": {"hours": hours, **more}, "language": language, "who": "Núria"}
    )

    assert said == sentence


async def test_hours_are_drawn_with_a_thumb_and_turned_with_the_keyboard(opened, clouds):
    cloud, page = await managing(opened, clouds, "People", has_touch=True)
    cloud.answers["PATCH", f"{PLACE}/grants/g2"] = None
    await person(page)
    await page.get_by_role("button", name="Garage").click()
    bars = sheet(page).locator("io-week-bars .bar")
    rows = sheet(page).locator("io-week-rows")

    async def drag(day: int, start: float, end: float) -> None:
        box = await bars.nth(day).bounding_box()
        assert box
        await page.mouse.move(box["x"] + box["width"] * start / 24, box["y"] + box["height"] / 2)
        await page.mouse.down()
        await page.mouse.move(box["x"] + box["width"] * end / 24, box["y"] + box["height"] / 2, steps=4)
        await page.mouse.up()

    await bars.first.scroll_into_view_if_needed()
    await drag(4, 9, 12.4)  # drawn on an empty bar
    await expect(rows.get_by_role("button", name="Fri 09:00–12:30", expanded=True)).to_be_visible()
    await drag(4, 12.5, 14)  # pulled at its edge
    await expect(rows.get_by_role("button", name="Fri 09:00–14:00", expanded=True)).to_be_visible()
    box = await bars.nth(2).bounding_box()
    assert box
    await page.touchscreen.tap(box["x"] + box["width"] * 19 / 24, box["y"] + box["height"] / 2)  # touched: its row
    row = rows.get_by_role("button", name="Wed 18:00–20:00")
    await expect(row).to_have_attribute("aria-expanded", "true")

    await row.focus()  # from here on by keyboard alone
    await page.keyboard.press("Tab")
    for _ in range(6):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.type("22:00")
    await expect(rows.get_by_role("button", name="Wed 22:00–24:00")).to_be_visible()  # it moved along: no night
    await rows.get_by_label("To", exact=True).select_option(label="06:00")
    await expect(rows.get_by_role("button", name="Wed 22:00–06:00 the next day")).to_be_visible()
    await expect(
        sheet(page).get_by_text("on Wednesday from 22:00 to 06:00 the next day; on Friday from 09:00 to 14:00")
    ).to_be_visible()
    await sheet(page).get_by_role("button", name="Save").click()
    await expect(sheet(page)).to_have_count(0)

    (body,) = calls(cloud, "PATCH", f"{PLACE}/grants/g2")
    assert body["hours"] == {"windows": [window([2], 22, 6), window([4], 9, 14)]}
