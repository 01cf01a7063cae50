"""When hours are open: what docs/hours.md says, line by line, and against the slow model in zones with odd days."""

import datetime
import re
import zoneinfo
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud import calendars
from cloud.hours import (
    DATES,
    WINDOWS,
    Calendar,
    Day,
    Hours,
    Span,
    Timeline,
    Window,
    day_number,
    problem,
)
from tests import access_worlds, slow_access
from tests.slow_access import MINUTE

DOCUMENT = Path(__file__).resolve().parent.parent / "docs/hours.md"
DAY_MINUTES = 1440
SEEN = 12 * DAY_MINUTES  # a week and what an overnight window reaches into: nothing weekly is further
CHECKED = 2 * DAY_MINUTES
MADRID = Calendar(calendars.zone("Europe/Madrid"))


def at(text: str) -> int:
    """2026-03-29 03:30 +02:00"""
    return slow_access.ms(datetime.datetime.strptime(text, "%Y-%m-%d %H:%M %z"))


def daily(starts: int, ends: int, *more: tuple[int, int]) -> Hours:
    days = tuple(range(7))
    return Hours(tuple(Window(days, *each) for each in ((starts, ends), *more)))


# -- the page

EXAMPLES = re.findall(r"^\| `(\{.*\})` \| ([^|]+) \| (open|closed) \| ([^|]+) \|$", DOCUMENT.read_text(), re.MULTILINE)


@pytest.mark.parametrize(("rule", "when", "state", "turns"), EXAMPLES)
def test_every_worked_example_of_the_page_is_so(rule: str, when: str, state: str, turns: str) -> None:
    calendar = calendars.calendar("Europe/Madrid", "ES", "CT", 2026)
    hours = msgspec.json.decode(rule, type=Hours)

    assert problem(hours) is None
    assert Timeline(hours, calendar).at(at(when)) == (state == "open", None if turns == "never" else at(turns))


def test_the_page_has_examples_and_speaks_of_madrid_as_the_tz_database_does() -> None:
    madrid = zoneinfo.ZoneInfo("Europe/Madrid")
    told = [text for _, when, _, turns in EXAMPLES for text in (when, turns) if text != "never"]

    assert len(EXAMPLES) > 20
    for text in told:
        moment = datetime.datetime.strptime(text, "%Y-%m-%d %H:%M %z")
        assert moment.astimezone(madrid).utcoffset() == moment.utcoffset(), text


# -- against the slow model


def agree(hours: Hours, scene: access_worlds.Scene, minutes: int) -> None:
    seen = slow_access.walls(scene.zone, scene.since, SEEN)
    opens = slow_access.open_minutes(hours, seen, scene.known)
    end = scene.since + SEEN * MINUTE
    timeline = Timeline(hours, scene.calendar)
    changes = [minute for minute in range(1, SEEN) if opens[minute] != opens[minute - 1]]
    for minute in range(minutes):
        if changes and changes[0] == minute:
            changes.pop(0)
        is_open, told = timeline.at(scene.since + minute * MINUTE)
        assert is_open == opens[minute], seen[minute]
        if changes:
            assert told == scene.since + changes[0] * MINUTE, seen[minute]
        else:
            assert told is None or told >= end, seen[minute]


@pytest.mark.parametrize("zone", access_worlds.ODD_DAYS)
@settings(max_examples=50)
@given(data=st.data())
def test_hours_are_open_minute_by_minute_as_the_slow_model_says(zone: str, data: st.DataObject) -> None:
    scene = data.draw(access_worlds.scenes(zone))

    agree(data.draw(access_worlds.hours(scene.date)), scene, CHECKED)


@pytest.mark.long
@pytest.mark.parametrize("zone", access_worlds.ODD_DAYS)
@settings(max_examples=500)
@given(data=st.data())
def test_hours_are_open_as_the_slow_model_says_in_a_deep_run(zone: str, data: st.DataObject) -> None:
    scene = data.draw(access_worlds.scenes(zone))

    agree(data.draw(access_worlds.hours(scene.date)), scene, 3 * DAY_MINUTES)


@settings(max_examples=150)
@given(data=st.data())
def test_what_was_asked_before_changes_no_answer(data: st.DataObject) -> None:
    scene = data.draw(access_worlds.scenes(data.draw(st.sampled_from(list(access_worlds.ODD_DAYS)))))
    hours = data.draw(access_worlds.hours(scene.date))
    timeline = Timeline(hours, scene.calendar)
    moments = st.integers(-5 * DAY_MINUTES, 5 * DAY_MINUTES).map(lambda minute: scene.since + minute * MINUTE)

    for moment in data.draw(st.lists(moments, min_size=2, max_size=12)):
        assert timeline.at(moment) == Timeline(hours, scene.calendar).at(moment)


@pytest.mark.parametrize("later", range(12, 20))
def test_a_look_at_an_earlier_day_is_not_answered_from_a_later_one(later: int) -> None:
    """The night of the 10th is open until noon; a look from later sees only the short window of the 11th."""
    night, short = Day("2026-02-10", (Span(1200, 720),)), Day("2026-02-11", (Span(60, 120),))
    timeline = Timeline(Hours((), (night, short, Day("2026-02-20"))), MADRID)
    next_one = at("2026-02-20 00:00 +01:00")

    assert timeline.at(at(f"2026-02-{later} 13:00 +01:00")) == (False, next_one)
    assert timeline.at(at("2026-02-11 05:00 +01:00")) == (True, at("2026-02-11 12:00 +01:00"))
    assert timeline.at(at(f"2026-02-{later} 12:30 +01:00")) == (False, next_one)


@pytest.mark.parametrize("date", [f"2011-12-{day}" for day in range(15, 32)])
def test_a_day_that_a_zone_leaves_out_is_neither_open_nor_in_the_way(date: str) -> None:
    apia = Calendar(calendars.zone("Pacific/Apia"))
    noon = at(f"{date} 12:00 +00:00")
    only_that_day = Hours((), (Day("2011-12-30"),))

    assert Timeline(only_that_day, apia).at(noon) == (False, None)
    assert Timeline(daily(540, 600), apia).at(noon)[1] is not None


# -- how far it looks


def test_a_turn_within_two_years_is_told_and_a_later_one_when_it_comes_nearer() -> None:
    timeline = Timeline(Hours((), (Day("2030-06-15"),)), MADRID)

    assert timeline.at(at("2026-01-01 00:00 +01:00")) == (False, None)
    assert timeline.at(at("2028-06-15 00:00 +02:00")) == (False, at("2030-06-15 00:00 +02:00"))


def test_hours_that_cover_every_minute_never_turn() -> None:
    moment = at("2026-03-28 23:59 +01:00")

    assert Timeline(daily(0, 1440), MADRID).at(moment) == (True, None)
    assert Timeline(daily(600, 540, (500, 620)), MADRID).at(moment) == (True, None)
    assert Timeline(Hours((), holidays="usual"), MADRID).at(moment) == (False, None)


def test_a_window_is_open_to_the_millisecond() -> None:
    timeline, nine, ten = (
        Timeline(daily(540, 600), MADRID),
        at("2026-07-15 09:00 +02:00"),
        at("2026-07-15 10:00 +02:00"),
    )

    assert [timeline.at(moment)[0] for moment in (nine - 1, nine, ten - 1, ten)] == [False, True, True, False]


# -- holidays


@pytest.mark.parametrize("holidays", ["open", "closed", "own"])
def test_where_nobody_knows_the_holidays_what_depends_on_them_is_closed(holidays: str) -> None:
    own = (Span(0, 1440),) if holidays == "own" else ()
    hours = msgspec.convert({"windows": daily(0, 1440).windows, "holidays": holidays, "holiday_spans": own}, Hours)
    moment = at("2026-07-15 09:00 +02:00")
    known = Calendar(MADRID.zone, frozenset(), day_number("2026-07-15"), day_number("2026-07-16"))

    assert Timeline(hours, MADRID).at(moment) == (False, None)
    assert Timeline(hours, known).at(moment) == (True, at("2026-07-16 00:00 +02:00"))


def test_what_is_open_holiday_or_not_needs_to_know_of_none() -> None:
    moment = at("2026-07-15 09:00 +02:00")

    assert Timeline(Hours(holidays="open"), MADRID).at(moment) == (True, None)
    taken_out = Hours(removed=("2026-07-20",), holidays="open")
    assert Timeline(taken_out, MADRID).at(moment) == (True, at("2026-07-20 00:00 +02:00"))


# -- what is no hours


def test_a_date_is_numbered_as_the_calendar_does() -> None:
    epoch = datetime.date(1970, 1, 1).toordinal()
    for number in range(1, datetime.date.max.toordinal(), 37):
        assert day_number(datetime.date.fromordinal(number).isoformat()) == number - epoch


@pytest.mark.parametrize(
    "date",
    [
        *("2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01-00"),
        *("", "2026-1-1", "20260101", "2026-01-01T", "+026-01-01", "2026-01-0¹", "２０２６-01-01", "2026/01/01"),
        *("2026-01-1\n", "2026-01-\ud800", "9" * 10_000),
    ],
)
def test_what_is_no_date_is_refused_with_words(date: str) -> None:
    assert "date" in str(problem(Hours(removed=(date,)))) or "does not exist" in str(problem(Hours(removed=(date,))))
    assert len(str(problem(Hours(added=(Day(date),))))) < 100


GOOD = (Window((0,), 540, 600),)


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (Hours(GOOD * (WINDOWS + 1)), "more than 60 weekly windows"),
        (Hours(removed=("2026-01-01",) * (DATES + 1)), "more than 800 dates"),
        (Hours(added=(Day("2026-01-01", (Span(0, 1),) * (WINDOWS + DATES + 1)),)), "more than 860 spans"),
        (Hours((Window((), 540, 600),)), "needs days"),
        (Hours((Window((0, 0), 540, 600),)), "needs days"),
        (Hours((Window((7,), 540, 600),)), "needs days"),
        (Hours((Window((-1,), 540, 600),)), "needs days"),
        (Hours((Window((0,), 1440, 600),)), "a span starts"),
        (Hours((Window((0,), -1, 600),)), "a span starts"),
        (Hours((Window((0,), 540, 0),)), "a span starts"),
        (Hours((Window((0,), 540, 1441),)), "a span starts"),
        (Hours((Window((0,), 540, 540),)), "a span starts"),
        (Hours((Window((0,), 1 << 70, 540),)), "a span starts"),
        (Hours(added=(Day("2026-01-01", (Span(5, 5),)),)), "a span starts"),
        (Hours(holidays="own", holiday_spans=(Span(5, 1500),)), "a span starts"),
        (Hours(holidays="own"), "own hours on holidays need spans"),
        (Hours(holidays="closed", holiday_spans=(Span(5, 6),)), "own hours on holidays need spans"),
        (Hours(added=(Day("2026-01-01"),), removed=("2026-01-01",)), "stands twice"),
        (Hours(removed=("2026-01-01", "2026-01-01")), "stands twice"),
    ],
)
def test_hours_out_of_range_are_refused_with_words(hours: Hours, words: str) -> None:
    assert words in str(problem(hours))


@pytest.mark.parametrize(
    "text",
    [
        '{"windows": [{"days": [0], "starts": 540.5, "ends": 600}]}',
        '{"windows": [{"days": [0], "starts": 540.0, "ends": 600}]}',
        '{"windows": [{"days": [0], "starts": NaN, "ends": 600}]}',
        '{"windows": [{"days": [0], "starts": Infinity, "ends": 600}]}',
        '{"windows": [{"days": [0], "starts": 1e999, "ends": 600}]}',
        '{"windows": [{"days": [true], "starts": 540, "ends": 600}]}',
        '{"windows": [{"days": [0], "starts": true, "ends": 600}]}',
        '{"windows": [{"days": [0], "starts": "540", "ends": 600}]}',
        '{"windows": [{"days": [0], "starts": null, "ends": 600}]}',
        '{"windows": [{"days": 0, "starts": 540, "ends": 600}]}',
        '{"windows": [{"days": [0], "starts": 540}]}',
        '{"windows": {"0": 1}}',
        '{"removed": [20260101]}',
        '{"removed": null}',
        '{"holidays": "never"}',
        '{"holidays": null}',
        '{"closed": true}',
        "[]",
        "null",
    ],
)
def test_what_is_not_made_of_whole_numbers_and_known_names_is_not_even_decoded(text: str) -> None:
    with pytest.raises(msgspec.MsgspecError):
        msgspec.json.decode(text, type=Hours)


def test_hours_survive_being_written_and_read() -> None:
    hours = Hours(GOOD, (Day("2026-01-01", (Span(0, 1440),)),), ("2026-01-02",), "own", (Span(1, 2),))

    assert msgspec.json.decode(msgspec.json.encode(hours), type=Hours) == hours
    assert msgspec.json.encode(Hours()) == b"{}"


ANY = st.integers(-2, 1442)
ANY_SPANS = st.lists(st.builds(Span, ANY, ANY), max_size=2).map(tuple)
ANY_DATES = st.dates().map(str) | st.sampled_from(("0000-01-01", "9999-12-31", "2026-02-30"))
ANY_DAYS = st.lists(st.integers(-1, 7), max_size=3).map(tuple)
ANY_HOURS = st.builds(
    Hours,
    st.none() | st.lists(st.builds(Window, ANY_DAYS, ANY, ANY), max_size=2).map(tuple),
    st.lists(st.builds(Day, ANY_DATES, ANY_SPANS), max_size=2).map(tuple),
    st.lists(ANY_DATES, max_size=2).map(tuple),
    st.sampled_from(("usual", "open", "closed", "own")),
    ANY_SPANS,
)


@settings(max_examples=200)
@given(ANY_HOURS, st.sampled_from(list(access_worlds.ODD_DAYS)), st.integers(-(1 << 45), 1 << 48))
def test_whatever_is_not_refused_has_an_answer_at_any_time(hours: Hours, zone: str, now: int) -> None:
    if problem(hours) is not None:
        return
    is_open, turns = Timeline(hours, Calendar(calendars.zone(zone))).at(now)

    assert is_open in (True, False)
    assert turns is None or turns > now
