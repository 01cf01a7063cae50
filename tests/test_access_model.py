"""Every verdict against the slow model: people, groups, guests, several grants, in zones with odd days."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.access import Snapshot, Verdict, may_hold, may_open, openings, who_may
from cloud.changes import applied, built
from cloud.what_if import gains_and_loses
from tests import access_worlds
from tests.access_worlds import PEOPLE, Scene
from tests.slow_access import MINUTE, Told, World

DAY_MINUTES = 1440
SEEN = 12 * DAY_MINUTES
CHECKED = 2 * DAY_MINUTES
ZONES = list(access_worlds.ODD_DAYS)


def snapshot_of(things: list, scene: Scene, revoked: bool = False) -> Snapshot:
    calendar = scene.calendar
    start = Snapshot(revoked=frozenset({access_worlds.DOORS[0].unit} if revoked else ()))
    return built(things, lambda _place: calendar, start)


def check(verdict: Verdict, told: Told, end: int) -> None:
    """`end` of what the slow model sees."""
    assert verdict.allowed == told.allowed
    turns, other = (verdict.until, verdict.next) if told.allowed else (verdict.next, verdict.until)
    assert other is None
    assert turns == told.turns if told.turns is not None else turns is None or turns >= end
    if told.allowed:
        assert verdict.reason is None
        assert verdict.rule in told.rules
        return
    assert verdict.reason in (told.reasons if turns is None or turns < end else {"hours"})
    assert verdict.rule in told.rules if told.rules else verdict.rule is None


def agree(data: st.DataObject, zone: str, minutes: int) -> None:
    scene = data.draw(access_worlds.scenes(zone))
    things = data.draw(access_worlds.places(scene))
    revoked = data.draw(st.integers(0, 19)) == 19
    snapshot = snapshot_of(things, scene, revoked)
    world = World(zone, scene.known, things, "gate", scene.since, SEEN, revoked)
    for person in ("ana", "hugo"):
        for minute in range(minutes):
            verdict = may_open(person, "gate", snapshot, world.times[minute])
            told = world.tell(person, minute)
            check(verdict, told, world.end)


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=20)
@given(data=st.data())
def test_a_verdict_is_what_the_slow_model_says_minute_by_minute(zone: str, data: st.DataObject) -> None:
    agree(data, zone, CHECKED)


@pytest.mark.long
@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=300)
@given(data=st.data())
def test_a_verdict_is_what_the_slow_model_says_in_a_deep_run(zone: str, data: st.DataObject) -> None:
    agree(data, zone, 3 * DAY_MINUTES)


def runs(allowed: list[bool], since: int) -> list[tuple[int, int]]:
    """From when to when, of minutes."""
    edges = [n for n in range(len(allowed) + 1) if allowed[n - 1 : n] != allowed[n : n + 1] or n in (0, len(allowed))]
    spans = [(a, b) for a, b in itertools.pairwise(edges) if allowed[a]]
    return [(since + a * MINUTE, since + b * MINUTE) for a, b in spans]


@settings(max_examples=60)
@given(data=st.data())
def test_who_may_hold_a_door_open_may_open_it_at_every_minute_until_then(data: st.DataObject) -> None:
    scene = data.draw(access_worlds.scenes(data.draw(st.sampled_from(ZONES))))
    things = data.draw(access_worlds.places(scene))
    snapshot = snapshot_of(things, scene)
    world = World(scene.zone, scene.known, things, "gate", scene.since, SEEN)
    for person in (*PEOPLE, "nobody"):
        member = world.members.get(person)
        may = member is not None and (member.may_hold or (member.role == "admin" and not member.suspended))
        for minute in range(0, CHECKED, 97):
            now, told = world.times[minute], world.tell(person, minute)
            length = data.draw(st.sampled_from((1, 60, 720))) if told.turns is None else (told.turns - now) // MINUTE
            for minutes in {length - 1, length, length + 1} - {0}:
                open_until = all(world.tell(person, each).allowed for each in range(minute, minute + minutes))
                verdict = may_hold(person, "gate", snapshot, now, now + minutes * MINUTE)

                assert verdict.allowed == (may and open_until)
                assert verdict.reason == "hold" or verdict.allowed or not told.allowed


@settings(max_examples=40)
@given(data=st.data())
def test_openings_are_the_minutes_at_which_she_may_open(data: st.DataObject) -> None:
    scene = data.draw(access_worlds.scenes(data.draw(st.sampled_from(ZONES))))
    snapshot = snapshot_of(data.draw(access_worlds.places(scene)), scene)
    for person in ("ana", "hugo"):
        allowed = [
            may_open(person, "gate", snapshot, scene.since + minute * MINUTE).allowed for minute in range(CHECKED)
        ]
        found = list(openings(person, "gate", snapshot, scene.since, scene.since + CHECKED * MINUTE))

        assert found == runs(allowed, scene.since)


@settings(max_examples=40)
@given(data=st.data())
def test_who_may_open_at_this_minute_is_whoever_a_press_would_open_for(data: st.DataObject) -> None:
    scene = data.draw(access_worlds.scenes(data.draw(st.sampled_from(ZONES))))
    snapshot = snapshot_of(data.draw(access_worlds.places(scene)), scene)
    for minute in range(0, CHECKED, 60):
        now = scene.since + minute * MINUTE
        each = {person: may_open(person, "gate", snapshot, now) for person in (*PEOPLE, "nobody")}

        assert dict(who_may("gate", snapshot, now)) == {who: what for who, what in each.items() if what.allowed}
        assert list(who_may("no door", snapshot, now)) == []


@settings(max_examples=40)
@given(data=st.data())
def test_a_change_gains_and_loses_the_doors_at_which_some_minute_differs(data: st.DataObject) -> None:
    scene = data.draw(access_worlds.scenes(data.draw(st.sampled_from(ZONES))))
    before = snapshot_of(data.draw(access_worlds.places(scene)), scene)
    after = snapshot_of(data.draw(access_worlds.places(scene)), scene)
    if data.draw(st.booleans()):  # or a small change
        grants = list(before.sites["home"].grants.values())
        edits = [access_worlds.removed(grant) for grant in grants[:1]]
        after = applied(before, edits, lambda place: before.sites[place.id].calendar)
    minutes = range(scene.since, scene.since + CHECKED * MINUTE, MINUTE)
    for person in ("ana", "hugo"):
        gains, loses = set(), set()
        for door in ("gate", "lobby"):
            for now in minutes:
                could = may_open(person, door, before, now).allowed
                can = may_open(person, door, after, now).allowed
                (gains if can else loses).update({door} if could != can else ())

        found = gains_and_loses(person, ("gate", "lobby"), before, after, minutes[0], minutes[-1] + MINUTE)
        assert tuple(map(set, found)) == (gains, loses)
