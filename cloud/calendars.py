"""What a zone and a region's public holidays are, as data for `hours`: from the tz database and the `holidays` package.

Refuses to guess: a region nobody has holidays for is said to be unknown. Decides nothing.
"""

import datetime
import warnings
import zoneinfo
from functools import lru_cache

from cloud.hours import DAY_MS, Calendar, Zone

FIRST_YEAR, END_YEAR = 2000, 2100  # zone rules beyond are guesses; an access that lasts longer keeps the last offset
BEFORE_EVERYTHING = -(1 << 60)
YEARS_BACK, YEARS_AHEAD = 2, 10  # of holidays: the log looks back, a question looks ahead
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class UnknownZone(ValueError):
    """There is no such zone in the tz database."""


class UnknownRegion(ValueError):
    """Nobody has public holidays for this country or region."""


@lru_cache(maxsize=64)
def zone(name: str) -> Zone:
    """Every change of the wall clock from 2000 to 2100. Raises UnknownZone."""
    try:
        rules = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZone(f"{name[:60]!r} is no time zone like Europe/Madrid") from error
    begins, offsets = [BEFORE_EVERYTHING], [_offset(rules, _ms(FIRST_YEAR))]
    for day in range(_ms(FIRST_YEAR), _ms(END_YEAR), DAY_MS):
        after = _offset(rules, day + DAY_MS)
        if after != offsets[-1]:
            begins.append(_change(rules, day, day + DAY_MS))
            offsets.append(after)
    return Zone(name, tuple(begins), tuple(offsets))


def _ms(year: int) -> int:
    return round((datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) - EPOCH).total_seconds()) * 1000


def _offset(rules: zoneinfo.ZoneInfo, ms: int) -> int:
    moment = EPOCH + datetime.timedelta(milliseconds=ms)
    offset = moment.astimezone(rules).utcoffset()
    return round(offset.total_seconds()) * 1000 if offset is not None else 0


def _change(rules: zoneinfo.ZoneInfo, before: int, after: int) -> int:
    """The first second of the new offset, between an instant of the old one and one of the new."""
    old = _offset(rules, before)
    while after - before > 1000:
        middle = (before + after) // 2000 * 1000
        before, after = (middle, after) if _offset(rules, middle) == old else (before, middle)
    return after


def this_year() -> int:
    return datetime.datetime.now(datetime.UTC).year


def calendar(zone_name: str, country: str | None, region: str | None, year: int) -> Calendar:
    """The calendar of a place as it is needed in `year`. Raises UnknownZone, UnknownRegion."""
    if not country:
        return Calendar(zone(zone_name))
    days, first, end = _holidays(country, region or None, year)
    return Calendar(zone(zone_name), days, first, end)


@lru_cache(maxsize=64)
def _holidays(country: str, region: str | None, year: int) -> tuple[frozenset[int], int, int]:
    import holidays  # 20 MiB with every country: only where a place asks for it

    years = range(year - YEARS_BACK, year + YEARS_AHEAD + 1)
    regions = holidays.list_supported_countries(include_aliases=False).get(country)
    if regions is None:
        raise UnknownRegion(f"there are no public holidays on record for the country {country[:20]!r}")
    if region is not None and region not in regions:
        known = ", ".join(sorted(regions)) or "it has no regions of its own"
        raise UnknownRegion(f"there are no public holidays on record for {region[:20]!r} in {country}; known: {known}")
    found: set[datetime.date] = set()
    missing: list[int] = []
    for each in years:
        with warnings.catch_warnings(
            record=True
        ) as doubts:  # "available only to 2035": the rest of that year is not all
            warnings.simplefilter("always")
            of_year = holidays.country_holidays(country, subdiv=region, years=each)
        if doubts or not any(date.year == each for date in of_year):
            missing.append(each)
        else:
            found.update(of_year)
    days = frozenset(_day(date) for date in found)
    last = min([each for each in missing if each >= year], default=years[-1] + 1)
    if last == year:
        raise UnknownRegion(f"there are no public holidays on record for {country} in {year}")
    start = max([each + 1 for each in missing if each < year], default=years[0])
    return days, _ms(start) // DAY_MS, _ms(last) // DAY_MS


def _day(date: datetime.date) -> int:
    return date.toordinal() - EPOCH.toordinal()
