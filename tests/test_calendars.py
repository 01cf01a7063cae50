"""Zones and public holidays as data, as the tz database and the `holidays` package have them; refused with words."""

import datetime
import zoneinfo

import holidays
import pytest

from cloud import calendars
from cloud.calendars import UnknownRegion, UnknownZone, calendar, zone
from cloud.hours import day_number, wall
from tests import access_worlds
from tests.slow_access import EPOCH, ms

HOUR = datetime.timedelta(hours=1)


def shown(name: str, moment: datetime.datetime) -> int:
    """The wall clock by the tz database, as if it were UTC."""
    return ms(moment.astimezone(zoneinfo.ZoneInfo(name)).replace(tzinfo=datetime.UTC))


@pytest.mark.parametrize("name", access_worlds.ODD_DAYS)
def test_a_zone_shows_what_the_tz_database_shows_at_every_change_and_in_between(name: str) -> None:
    found = zone(name)
    changes = [EPOCH + datetime.timedelta(milliseconds=begin) for begin in found.begins[1:]]
    second = datetime.timedelta(seconds=1)
    days = [datetime.datetime(2000, 1, 1, 5, tzinfo=datetime.UTC) + n * 31 * HOUR for n in range(0, 28_000, 7)]

    for moment in [*changes, *(change - second for change in changes), *days]:
        assert wall(found, ms(moment)) == shown(name, moment), moment


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(zoneinfo.available_timezones()))
def test_every_zone_shows_what_the_tz_database_shows_for_thirty_years(name: str) -> None:
    found, start = zone(name), datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)

    for moment in (start + n * HOUR for n in range(0, 30 * 366 * 24, 5)):
        assert wall(found, ms(moment)) == shown(name, moment), moment


@pytest.mark.parametrize(
    "name",
    [
        *("Europe/Barcelona", "europe", "Europe", "CEST", "", " ", ".", "..", "/", "Europe/", "Europe/Madrid\n"),
        *("../../etc/passwd", "/etc/passwd", "Europe/../Europe/Madrid", "Europe/Madrid\0", "tzdata.zi", "zone.tab"),
        *("\ud800", "Евро/Мадрид", "x" * 10_000),
    ],
)
def test_what_is_no_zone_is_refused_with_words(name: str) -> None:
    with pytest.raises(UnknownZone, match="is no time zone like Europe/Madrid") as refused:
        zone(name)

    assert len(str(refused.value)) < 400
    with pytest.raises(UnknownZone):
        calendar(name, "ES", None, 2026)


def test_the_holidays_of_a_region_are_those_of_its_country_and_its_own() -> None:
    spain, catalonia = calendar("Europe/Madrid", "ES", None, 2026), calendar("Europe/Madrid", "ES", "CT", 2026)
    christmas, diada = day_number("2026-12-25"), day_number("2026-09-11")

    assert catalonia.zone == spain.zone == zone("Europe/Madrid")
    assert spain.holidays is not None and catalonia.holidays is not None
    assert {christmas} == {christmas, diada} & spain.holidays
    assert {christmas, diada} <= catalonia.holidays


def test_holidays_are_known_from_two_years_back_to_ten_ahead_and_no_day_is_made_up() -> None:
    found = calendar("Europe/Madrid", "ES", "CT", 2026)
    years = range(2024, 2037)
    of_the_package = holidays.country_holidays("ES", subdiv="CT", years=years)

    assert (found.first, found.end) == (day_number("2024-01-01"), day_number("2037-01-01"))
    assert found.holidays == {day_number(date.isoformat()) for date in of_the_package}


def test_a_place_without_a_country_has_no_holidays_rather_than_none_a_year() -> None:
    for country in (None, ""):
        assert calendar("Europe/Madrid", country, None, 2026).holidays is None


@pytest.mark.parametrize(
    ("country", "region", "words"),
    [
        ("XX", None, "country 'XX'"),
        ("es", None, "country 'es'"),
        ("Spain", None, "country 'Spain'"),
        ("E" * 10_000, None, "no public holidays on record for the country"),
        ("ES\n", None, "no public holidays on record for the country"),
        ("ES", "Girona", "'Girona' in ES; known: AN, "),
        ("ES", "ct", "'ct' in ES"),
        ("ES", "C" * 10_000, "in ES; known: "),
        ("EE", "37", "it has no regions of its own"),
    ],
)
def test_a_region_without_data_is_refused_with_words(country: str, region: str | None, words: str) -> None:
    with pytest.raises(UnknownRegion) as refused:
        calendar("Europe/Madrid", country, region, 2026)

    assert "no public holidays on record" in str(refused.value)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 1000


def test_a_year_without_data_is_unknown_and_not_a_year_without_holidays(monkeypatch) -> None:
    """Of a country known for 2025 to 2027 only."""

    def known(country: str, subdiv: str | None, years: int) -> dict[datetime.date, str]:
        return {datetime.date(years, 1, 1): "New Year"} if 2025 <= years <= 2027 else {}

    monkeypatch.setattr("holidays.country_holidays", known)
    calendars._holidays.cache_clear()
    try:
        found = calendar("Europe/Madrid", "ES", "MD", 2026)
        assert (found.first, found.end) == (day_number("2025-01-01"), day_number("2028-01-01"))
        for year in (2024, 2028):
            with pytest.raises(UnknownRegion, match=f"for ES in {year}"):
                calendar("Europe/Madrid", "ES", "MD", year)
    finally:
        calendars._holidays.cache_clear()


def test_a_year_that_the_package_has_only_in_part_is_unknown() -> None:
    """India's Hindu holidays end with 2035, those of the civil calendar do not."""
    found = calendar("Asia/Kolkata", "IN", None, 2030)

    assert (found.first, found.end) == (day_number("2028-01-01"), day_number("2036-01-01"))
    with pytest.raises(UnknownRegion, match="for IN in 2036"):
        calendar("Asia/Kolkata", "IN", None, 2036)


COUNTRIES = holidays.list_supported_countries(include_aliases=False)


@pytest.mark.long
@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_every_country_and_region_has_holidays_or_is_refused_with_words(country: str) -> None:
    for region in (None, *COUNTRIES[country]):
        try:
            found = calendar("UTC", country, region, 2026)
        except UnknownRegion as refused:
            assert "no public holidays on record" in str(refused)  # noqa: PT017
            continue
        assert found.holidays
        assert all(found.first <= day < found.end for day in found.holidays if day >= day_number("2026-01-01"))
