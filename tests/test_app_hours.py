"""When an access is good, in words: the same rule in three languages, and the clock of the place behind every field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

ZONE = "Europe/Madrid"
NOW = 1_795_000_000_000  # Wednesday 18 November 2026, 12:06 in Barcelona
HOUR = 3_600_000
DAY = 24 * HOUR
WEEKDAYS = [0, 1, 2, 3, 4]
SAY = """async ({access, language, now, zone}) => {
    const { speaker, want } = await import("/app/texts.js");
    await want(language);
    const { accessWords } = await import("/app/hours.js");
    const plain = { hours: {}, starts: null, ends: null, uses: null };
    return accessWords({ ...plain, ...access }, speaker(language), { now, zone });
}"""


async def words(page: Page, language: str = "en", **access: Any) -> str:
    return await page.evaluate(SAY, {"access": access, "language": language, "now": NOW, "zone": ZONE})


def window(days: list[int], starts: int, ends: int) -> dict[str, Any]:
    return {"days": days, "starts": starts, "ends": ends}


def weekly(*windows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"windows": list(windows), **more}


@pytest.mark.parametrize(
    ("hours", "english"),
    [
        ({}, "always"),
        (weekly(), "never"),
        (weekly(window([2], 1080, 1200)), "Wed 18:00–20:00"),
        (weekly(window(WEEKDAYS, 540, 1020)), "Mon–Fri 09:00–17:00"),
        (weekly(window([0, 1, 3], 540, 1020)), "Mon, Tue, Thu 09:00–17:00"),
        (weekly(window([0, 1, 2, 5, 6], 540, 1020)), "Mon–Wed, Sat, Sun 09:00–17:00"),
        (weekly(window([5, 6], 0, 1440)), "Sat, Sun all day"),
        (weekly(window(list(range(7)), 480, 1200)), "every day 08:00–20:00"),
        (weekly(window([4], 1320, 360)), "Fri 22:00–06:00 the next day"),
        (weekly(window([4], 1320, 1440)), "Fri 22:00–24:00"),
        (
            weekly(window(WEEKDAYS, 900, 1080), window([5], 600, 720), window(WEEKDAYS, 540, 780)),
            "Mon–Fri 09:00–13:00, 15:00–18:00; Sat 10:00–12:00",
        ),
        ({"added": [{"date": "2026-12-25"}]}, "always · also 25 Dec 2026"),
        (
            {"added": [{"date": "2026-12-25", "spans": [{"starts": 600, "ends": 840}]}]},
            "always · also 25 Dec 2026 10:00–14:00",
        ),
        ({"removed": ["2026-12-24", "2026-12-25"]}, "always · not on 24 Dec 2026, 25 Dec 2026"),
        ({"removed": [f"2026-12-0{day}" for day in range(1, 6)]}, "always · not on 5 dates"),
        ({"added": [{"date": f"2026-12-0{day}"} for day in range(1, 6)]}, "always · also on 5 dates"),
        (weekly(window([2], 1080, 1200), holidays="closed"), "Wed 18:00–20:00 · not on public holidays"),
        ({"holidays": "open"}, "always · public holidays all day"),
        (
            {"holidays": "own", "holiday_spans": [{"starts": 600, "ends": 840}]},
            "always · public holidays 10:00–14:00",
        ),
    ],
)
async def test_hours_are_said_as_a_person_would_say_them(pure_page: Page, hours, english):
    assert (await words(pure_page, "en", hours=hours)) == english


@pytest.mark.parametrize(
    ("access", "english"),
    [
        ({"ends": NOW + 3 * HOUR}, "until 15:06"),
        ({"starts": NOW + 2 * DAY}, "from Fri 12:06"),
        ({"ends": NOW + 20 * DAY}, "until 8 Dec 12:06"),
        ({"ends": NOW + 400 * DAY}, "until 23 Dec 2027 12:06"),
        ({"uses": 1}, "always · 1 use left"),
        ({"uses": 3, "ends": NOW + HOUR}, "until 13:06 · 3 uses left"),
        ({"hours": weekly(window([2], 1080, 1200)), "ends": NOW + HOUR}, "Wed 18:00–20:00 · until 13:06"),
    ],
)
async def test_from_until_and_uses_are_said_in_the_places_time(pure_page: Page, access, english):
    assert await words(pure_page, **access) == english


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Mon–Fri 22:00–06:00 the next day · not on public holidays · 2 uses left"),
        ("es", "lun–vie 22:00–06:00 del día siguiente · no en festivos · quedan 2 usos"),
        ("ca", "dl–dv 22:00–06:00 de l'endemà · no en festius · queden 2 usos"),
    ],
)
async def test_hours_are_said_in_her_language(pure_page: Page, language, said):
    hours = weekly(window(WEEKDAYS, 1320, 360), holidays="closed")

    assert await words(pure_page, language, hours=hours, uses=2) == said


# -- the place's clock

CLOCK = """async ({moments, zone}) => {
    const { instant, wallText } = await import("/app/zone-time.js");
    return moments.map((ms) => [wallText(ms, zone), instant(wallText(ms, zone), zone)]);
}"""
INSTANT = """async ({text, zone}) => (await import("/app/zone-time.js")).instant(text, zone)"""
BACK_2026 = 1_792_890_000_000  # 25 October 2026, 01:00 UTC: in Madrid 03:00 becomes 02:00


@given(st.data())
@pytest.mark.parametrize("zone", [ZONE, "Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland"])
async def test_every_minute_but_those_that_come_twice_is_read_as_it_was_written(pure_page: Page, zone, data):
    minutes = data.draw(st.lists(st.integers(1_767_225_600 // 60, 1_830_297_600 // 60), min_size=20, max_size=20))
    moments = [minute * 60_000 for minute in minutes]
    for moment, (_, read) in zip(
        moments, await pure_page.evaluate(CLOCK, {"moments": moments, "zone": zone}), strict=True
    ):
        assert read in (moment, moment - HOUR)  # the first of the two


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-10-25T02:30", BACK_2026 - HOUR // 2),  # comes twice: the first
        ("2026-10-25T03:00", BACK_2026 + HOUR),
        ("2026-03-29T02:30", 1_774_747_800_000),  # is left out: as if it were not, 03:30
        ("", None),
        ("nonsense", None),
    ],
)
async def test_the_nights_on_which_the_clock_is_changed(pure_page: Page, text, moment):
    assert await pure_page.evaluate(INSTANT, {"text": text, "zone": ZONE}) == moment


# -- presets and the picture

PRESET = """async ({name, zone}) => {
    const { preset } = await import("/app/parts/access.js");
    return preset(name, "2026-11-18", zone);
}"""


async def test_one_evening_is_that_evening_at_the_place(pure_page: Page):
    evening = await pure_page.evaluate(PRESET, {"name": "evening", "zone": ZONE})

    assert evening["starts"] == 1_795_021_200_000  # 18:00 in Barcelona
    assert evening["ends"] - evening["starts"] == 5 * HOUR
    assert "windows" not in evening["hours"]


async def test_until_a_date_lasts_to_its_midnight(pure_page: Page):
    until = await pure_page.evaluate(PRESET, {"name": "until", "zone": ZONE})

    assert (until["starts"], until["ends"]) == (None, 1_795_042_800_000)
