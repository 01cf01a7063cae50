"""What Hypothesis draws for rules: zones with their odd days, hours around them, a place with people and grants.

Never here: what should become of any of it (slow_access.py).
"""

import datetime

import msgspec
from hypothesis import strategies as st

from cloud import calendars
from cloud.access import Door, Grant, Group, GroupMember, Member, Person, Place
from cloud.changes import Edit, Thing
from cloud.hours import Calendar, Day, Hours, Span, Window
from tests import slow_access
from tests.slow_access import DAY, MINUTE, Known

ODD_DAYS = {
    "Europe/Madrid": ("2026-03-29", "2026-10-25", "2028-02-29", "2026-12-31"),
    "Atlantic/Canary": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),  # by 30 minutes
    "Asia/Kathmandu": ("2028-02-29", "2026-12-31"),  # +05:45
    "Pacific/Chatham": ("2026-04-05", "2026-09-27"),  # +12:45, +13:45
    "America/St_Johns": ("2010-03-14", "2010-11-07", "2026-11-01"),  # in 2010 at one minute past midnight
    "Africa/Casablanca": ("2026-02-15", "2026-03-22"),  # around Ramadan
    "Pacific/Apia": ("2011-12-30", "2021-04-04"),  # a day that is not there; then back by an hour
    "America/Sao_Paulo": ("2018-02-18", "2018-11-04"),  # at midnight: a day that begins at 1, a 23:30 that comes twice
    "UTC": ("2027-01-01", "2100-01-01"),
}
MINUTES = st.sampled_from((0, 1, 59, 60, 90, 105, 119, 120, 135, 150, 179, 180, 181, 540, 1020, 1320, 1380, 1410, 1439))
PEOPLE = ("ana", "hugo", "pau")
GROUPS = ("cleaners", "players")
DOORS = (
    Door("gate", "home", "Gate", "3fa2b81c", 0, "open", sensor=False, travel_s=12, pulse_ms=500),
    Door("lobby", "home", "Lobby", "3fa2b81c", 1, "open", sensor=False, travel_s=12, pulse_ms=500),
)


class Scene(msgspec.Struct, frozen=True):
    """A day of interest in a zone, seen from a minute on the day before."""

    zone: str
    date: datetime.date
    since: int
    known: Known | None

    @property
    def calendar(self) -> Calendar:
        zone = calendars.zone(self.zone)
        if self.known is None:
            return Calendar(zone)
        first, end = (day.toordinal() - slow_access.EPOCH.toordinal() for day in (self.known.first, self.known.end))
        days = frozenset(day.toordinal() - slow_access.EPOCH.toordinal() for day in self.known.days)
        return Calendar(zone, days, first, end)


@st.composite
def scenes(draw: st.DrawFn, zone: str) -> Scene:
    date = datetime.date.fromisoformat(draw(st.sampled_from(ODD_DAYS[zone])))
    midnight = datetime.datetime.combine(date - DAY, datetime.time(), datetime.UTC)
    since = slow_access.ms(midnight) + draw(st.sampled_from((-720, 0, 137, 540))) * MINUTE
    near = st.integers(-2, 3).map(lambda days: date + days * DAY)
    known = st.builds(
        lambda days, before, after: Known(frozenset(days), date - before * DAY, date + after * DAY),
        st.sets(near, max_size=3),
        st.sampled_from((1, 400)),
        st.sampled_from((2, 400)),
    )
    return Scene(zone, date, since, draw(st.none() | known))


@st.composite
def _spans(draw: st.DrawFn) -> tuple[int, int]:
    starts = draw(MINUTES | st.integers(0, 1439))
    ends = draw((MINUTES | st.integers(1, 1440)).filter(lambda minute: minute not in (0, starts)))
    return starts, ends


SPANS = st.lists(_spans().map(lambda ends: Span(*ends)), max_size=2).map(tuple)
SOME_SPANS = st.lists(_spans().map(lambda ends: Span(*ends)), min_size=1, max_size=2).map(tuple)
WEEKDAYS = st.just(tuple(range(7))) | st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))
WINDOWS = st.builds(lambda days, ends: Window(days, *ends), WEEKDAYS, _spans())


@st.composite
def hours(draw: st.DrawFn, date: datetime.date) -> Hours:
    """Rules in which something happens around this date."""
    near = st.integers(-3, 4).map(lambda days: (date + days * DAY).isoformat())
    dates = draw(st.lists(near, unique=True, max_size=3))
    split = draw(st.integers(0, len(dates)))
    holidays = draw(st.sampled_from(("usual", "usual", "open", "closed", "own")))
    return Hours(
        draw(st.lists(WINDOWS, min_size=1, max_size=3).map(tuple) | st.sampled_from((None, ()))),
        tuple(Day(each, draw(SPANS)) for each in dates[:split]),
        tuple(dates[split:]),
        holidays,
        draw(SOME_SPANS) if holidays == "own" else (),
    )


@st.composite
def grants(draw: st.DrawFn, name: str, scene: Scene) -> Grant:
    holder = draw(st.sampled_from(("ana", "ana", "ana", "hugo", *GROUPS)))
    moments = st.integers(-100, 3000).map(lambda minute: scene.since + minute * MINUTE)
    near = st.none() | st.none() | moments
    guest = holder != "hugo" and draw(st.integers(0, 3)) == 3
    return Grant(
        name,
        "home",
        None if holder in GROUPS else holder,
        holder if holder in GROUPS else None,
        draw(st.sampled_from(((), ("gate",), ("gate", "lobby"), (), ("lobby",)))),
        draw(hours(scene.date)),
        draw(near),
        draw(near),
        draw(st.sampled_from((None, None, None, None, None, 0, 1))),
        draw(st.integers(0, 19)) == 19,
        "hugo" if guest else None,
    )


@st.composite
def places(draw: st.DrawFn, scene: Scene) -> list[Place | Door | Person | Member | Group | GroupMember | Grant]:
    """Everything of one place."""
    found: list[Place | Door | Person | Member | Group | GroupMember | Grant] = [Place("home", "Home", scene.zone, 1)]
    found += DOORS
    found += [Group(group, "home", group) for group in GROUPS]
    for person in PEOPLE:
        found.append(Person(person, person.title(), "en"))
        role = draw(st.sampled_from(("member", "member", "admin")))
        suspended = draw(st.integers(0, 19)) == 19
        may_invite = draw(st.integers(0, 3)) < 3
        host = "hugo" if person == "pau" and draw(st.booleans()) else None
        member = Member("home", person, role, person.title(), None, suspended, may_invite, host)
        found.append(msgspec.structs.replace(member, may_hold=draw(st.booleans())))
        found += [GroupMember(group, person, "home") for group in GROUPS if person != "pau" and draw(st.booleans())]
    return found + [draw(grants(f"grant {number}", scene)) for number in range(draw(st.sampled_from((3, 4, 2, 1, 0))))]


def removed(thing: Thing) -> Edit:
    return Edit(thing, None)
