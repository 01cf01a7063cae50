"""Who may open what, to the millisecond."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud import calendars
from cloud.access import (
    NO_ACCESS,
    SUSPENDED,
    Door,
    Grant,
    GroupMember,
    Member,
    Place,
    Role,
    Snapshot,
    Verdict,
    may_hold,
    may_open,
    may_release,
    may_see,
    turns,
)
from cloud.changes import Thing, built
from cloud.hours import Calendar, Hours, Window

NOW = 1_790_000_000_000
HOUR = 3_600_000
GATE = Door("gate", "home", "Gate", "3fa2b81c", 0, "open", sensor=True, travel_s=12, pulse_ms=500)
LOBBY = Door("lobby", "home", "Lobby", "3fa2b81d", 0, "open", sensor=True, travel_s=12, pulse_ms=500)
UTC = Calendar(calendars.zone("UTC"))


def member(person: str, role: Role = "member", **how: object) -> Member:
    return msgspec.structs.replace(Member("home", person, role, person.title()), **how)


def snapshot(*things: Thing, revoked: str | None = None) -> Snapshot:
    """Ana, Hugo and an admin at home, with these grants and whatever takes another's place."""
    members = {one.person: one for one in (member("ana"), member("hugo"), member("adm", "admin"))}
    members |= {one.person: one for one in things if isinstance(one, Member)}
    rest = [thing for thing in things if not isinstance(thing, Member)]
    place = Place("home", "Home", "UTC", 1)
    start = Snapshot(revoked=frozenset({revoked} if revoked else ()))
    return built([place, GATE, LOBBY, *members.values(), *rest], lambda _place: UTC, start)


def grant(name: str = "1", person: str | None = "ana", **how: object) -> Grant:
    return msgspec.structs.replace(Grant(name, "home", person, doors=("gate",)), **how)


def bounded(*ends: tuple[int | None, int | None]) -> Snapshot:
    """Ana with these grants (starts, ends) for the gate."""
    return snapshot(*(grant(str(n), starts=first, ends=last) for n, (first, last) in enumerate(ends)))


def hours(starts: int, ends: int) -> Hours:
    """Every day, from so many hours after NOW's to before so many."""
    now = NOW // 60_000 % 1440
    first, last = ((now + shift * 60) % 1440 for shift in (starts, ends))
    return Hours((Window(tuple(range(7)), first, last or 1440),))


TURN = NOW // 60_000 * 60_000  # NOW's minute: what `hours` counts from


def test_a_grant_without_bounds_always_opens() -> None:
    for now in (0, NOW, 1 << 53):
        assert may_open("ana", "gate", bounded((None, None)), now) == Verdict(True, rule="0")


@pytest.mark.parametrize(
    ("starts", "ends", "verdict"),
    [
        pytest.param(NOW, None, Verdict(True, rule="0"), id="from this moment"),
        pytest.param(NOW + 1, None, Verdict(False, "hours", "0", NOW + 1), id="from the next moment"),
        pytest.param(None, NOW + 1, Verdict(True, rule="0", until=NOW + 1), id="until the next moment"),
        pytest.param(None, NOW, Verdict(False, "ended", "0"), id="until this moment"),
        pytest.param(NOW, NOW + 1, Verdict(True, rule="0", until=NOW + 1), id="for this moment"),
        pytest.param(NOW, NOW, Verdict(False, "ended", "0"), id="for no moment"),
        pytest.param(NOW + 5, NOW + 5, Verdict(False, "ended", "0"), id="for no moment to come"),
        pytest.param(NOW + 9, NOW + 5, Verdict(False, "ended", "0"), id="ending before it starts"),
        pytest.param(NOW - 9, NOW - 5, Verdict(False, "ended", "0"), id="over"),
    ],
)
def test_a_grant_opens_from_its_start_to_before_its_end(starts: int | None, ends: int | None, verdict: Verdict) -> None:
    assert may_open("ana", "gate", bounded((starts, ends)), NOW) == verdict


def test_of_several_grants_one_that_holds_is_enough() -> None:
    over, holds, later = (None, NOW - 1), (NOW - 1, NOW + 1), (NOW + 500, None)

    assert may_open("ana", "gate", bounded(over, later, holds), NOW) == Verdict(True, rule="2", until=NOW + 1)
    assert may_open("ana", "gate", bounded(over, over), NOW) == Verdict(False, "ended", "0")


def test_of_several_grants_to_come_the_next_one_is_told() -> None:
    later = bounded((NOW + 500, None), (NOW + 20, NOW + 30), (None, NOW - 1))

    assert may_open("ana", "gate", later, NOW) == Verdict(False, "hours", "1", NOW + 20)


@given(st.lists(st.tuples(*[st.none() | st.integers(NOW - 5, NOW + 5)] * 2), max_size=4), st.integers(NOW - 6, NOW + 6))
def test_the_times_that_are_told_are_the_first_at_which_it_turns(grants: list, now: int) -> None:
    access = bounded(*grants)
    opens = {at: may_open("ana", "gate", access, at).allowed for at in range(now, NOW + 7)}
    verdict = may_open("ana", "gate", access, now)
    other = next((at for at, allowed in opens.items() if allowed != opens[now]), None)

    assert turns("ana", "gate", access, now) == other
    assert (verdict.next, verdict.until) == ((None, other) if verdict.allowed else (other, None))
    assert verdict.reason == (
        None if verdict.allowed else "access" if not grants else "ended" if other is None else "hours"
    )


@pytest.mark.parametrize(
    ("person", "door", "things"),
    [
        pytest.param("pau", "gate", (grant(),), id="another person"),
        pytest.param("adm", "gate", (grant(),), id="the admin of the place"),
        pytest.param("ana", "garage", (grant(doors=()),), id="a door that is not there"),
        pytest.param("zoe", "gate", (grant(person="zoe"),), id="somebody who is no member"),
        pytest.param("ana", "gate", (), id="no grant"),
        pytest.param("ana", "lobby", (grant(),), id="another door"),
        pytest.param("ana", "gate", (grant(person=None, group="g"),), id="a group she is not in"),
        pytest.param("", "", (grant(),), id="nobody and nothing"),
    ],
)
def test_without_a_grant_for_just_this_nothing_opens(person: str, door: str, things: tuple[Thing, ...]) -> None:
    assert may_open(person, door, snapshot(*things), NOW) == NO_ACCESS


def test_a_grant_that_names_no_door_opens_every_door_of_its_place_and_of_no_other() -> None:
    office = (Place("office", "Office", "UTC", 1), msgspec.structs.replace(GATE, id="desk", place="office"))
    access = snapshot(*office, Member("office", "ana", "member", "Ana"), member("ana"), grant(doors=()))

    assert [may_open("ana", door, access, NOW).allowed for door in ("gate", "lobby", "desk")] == [True, True, False]


def test_a_door_of_a_revoked_unit_does_not_open_and_says_why_to_whom_it_concerns() -> None:
    access = snapshot(grant(), grant("2", "hugo", doors=("lobby",)), revoked=GATE.unit)

    assert may_open("ana", "gate", access, NOW) == Verdict(False, "unit")
    assert may_open("hugo", "lobby", access, NOW).allowed
    assert may_open("hugo", "gate", access, NOW) == NO_ACCESS


def test_a_suspended_member_opens_nothing_and_a_suspended_grant_allows_nothing() -> None:
    assert may_open("ana", "gate", snapshot(grant(), member("ana", suspended=True)), NOW) == SUSPENDED
    assert may_open("ana", "gate", snapshot(grant(suspended=True)), NOW) == Verdict(False, "suspended", "1")
    assert may_open("ana", "gate", snapshot(grant(suspended=True), grant("2")), NOW) == Verdict(True, rule="2")


def test_what_is_given_to_a_group_is_given_to_whoever_is_in_it() -> None:
    access = snapshot(GroupMember("g", "ana", "home"), grant(person=None, group="g"))

    assert may_open("ana", "gate", access, NOW) == Verdict(True, rule="1")
    assert may_open("hugo", "gate", access, NOW) == NO_ACCESS


# -- uses


def test_what_is_limited_is_taken_last_and_refuses_when_there_is_none_left() -> None:
    assert may_open("ana", "gate", snapshot(grant(uses=1), grant("2")), NOW).rule == "2"
    assert may_open("ana", "gate", snapshot(grant(uses=1)), NOW) == Verdict(True, rule="1")
    assert may_open("ana", "gate", snapshot(grant(uses=0)), NOW) == Verdict(False, "uses", "1")
    assert may_open("ana", "gate", snapshot(grant(uses=0, ends=NOW)), NOW) == Verdict(False, "ended", "1")


def test_a_press_that_took_the_last_use_may_go_on_and_no_other() -> None:
    access = snapshot(grant(uses=0), grant("2", uses=0, hours=Hours(())))

    assert may_open("ana", "gate", access, NOW, spent="1") == Verdict(True, rule="1")
    assert not may_open("ana", "gate", access, NOW, spent="2").allowed
    ended = snapshot(grant(uses=0, ends=NOW), member("ana"))
    assert may_open("ana", "gate", ended, NOW, spent="1") == Verdict(False, "ended", "1")
    assert not may_open("ana", "gate", snapshot(grant(uses=0, suspended=True)), NOW, spent="1").allowed


# -- one grant after the other


def test_an_end_that_another_grant_takes_over_is_no_end() -> None:
    first, second = grant(hours=hours(-1, 1)), grant("2", hours=hours(1, 3))

    assert may_open("ana", "gate", snapshot(first, second), NOW) == Verdict(True, rule="1", until=TURN + 3 * HOUR)
    gap = grant("2", hours=hours(2, 3))
    assert may_open("ana", "gate", snapshot(first, gap), NOW) == Verdict(True, rule="1", until=TURN + HOUR)
    for_ever = grant("2", starts=TURN + HOUR)
    assert may_open("ana", "gate", snapshot(first, for_ever), NOW) == Verdict(True, rule="1")


@pytest.mark.parametrize(
    ("grants", "verdict"),
    [
        ((grant(suspended=True), grant("2", uses=0), grant("3", ends=NOW)), Verdict(False, "suspended", "1")),
        ((grant(ends=NOW), grant("2", uses=0)), Verdict(False, "uses", "2")),
        ((grant(suspended=True), grant("2", hours=hours(2, 3))), Verdict(False, "hours", "2", TURN + 2 * HOUR)),
        ((grant(hours=hours(2, 3), ends=TURN + 2 * HOUR),), Verdict(False, "ended", "1")),
        ((grant(hours=hours(2, 3), starts=TURN + 3 * HOUR),), Verdict(False, "hours", "1", TURN + 26 * HOUR)),
    ],
)
def test_of_several_refusals_the_one_that_helps_most_is_told(grants: tuple[Grant, ...], verdict: Verdict) -> None:
    assert may_open("ana", "gate", snapshot(*grants), NOW) == verdict


# -- guests

GUEST = grant("guest", within="hugo")
HOST = member("hugo", may_invite=True)


@pytest.mark.parametrize(
    ("things", "verdict"),
    [
        pytest.param((HOST, grant("h", "hugo")), Verdict(True, rule="guest"), id="who may"),
        pytest.param((HOST,), Verdict(False, "access", "guest"), id="who has no access"),
        pytest.param((grant("h", "hugo"),), Verdict(False, "access", "guest"), id="who may not invite"),
        pytest.param((member("hugo", "owner"), grant("h", "hugo")), Verdict(True, rule="guest"), id="who manages"),
        pytest.param(
            (member("hugo", "owner", suspended=True, may_invite=True), grant("h", "hugo")),
            Verdict(False, "access", "guest"),
            id="who is suspended",
        ),
        pytest.param(
            (HOST, grant("h", "hugo", doors=("lobby",))), Verdict(False, "access", "guest"), id="of another door"
        ),
        pytest.param((HOST, grant("h", "hugo", uses=0)), Verdict(False, "uses", "guest"), id="who has no uses left"),
        pytest.param((HOST, grant("h", "hugo", within="adm")), Verdict(False, "access", "guest"), id="who is a guest"),
        pytest.param(
            (HOST, grant("h", "hugo", hours=hours(-1, 2))),
            Verdict(True, rule="guest", until=TURN + 2 * HOUR),
            id="until her own end",
        ),
        pytest.param(
            (HOST, grant("h", "hugo", hours=hours(1, 2))),
            Verdict(False, "hours", "guest", TURN + HOUR),
            id="from her own start",
        ),
    ],
)
def test_a_guest_comes_in_only_while_the_host_may(things: tuple[Thing, ...], verdict: Verdict) -> None:
    assert may_open("ana", "gate", snapshot(GUEST, *things), NOW) == verdict


def test_a_guest_is_told_the_first_time_at_which_both_may() -> None:
    evening, late = hours(2, 5), hours(4, 9)
    access = snapshot(HOST, grant("h", "hugo", hours=evening), msgspec.structs.replace(GUEST, hours=late))

    assert may_open("ana", "gate", access, NOW) == Verdict(False, "hours", "guest", TURN + 4 * HOUR)
    both = may_open("ana", "gate", access, TURN + 4 * HOUR)
    assert both == Verdict(True, rule="guest", until=TURN + 5 * HOUR)
    never = snapshot(HOST, grant("h", "hugo", hours=hours(2, 4)), msgspec.structs.replace(GUEST, hours=late))
    assert may_open("ana", "gate", never, NOW) == Verdict(False, "hours", "guest")


def test_somebody_who_is_her_own_host_gets_nothing_by_it() -> None:
    access = snapshot(member("ana", "owner"), grant(within="ana"))

    assert may_open("ana", "gate", access, NOW) == Verdict(False, "access", "1")


def test_one_sees_what_one_has_a_grant_for_and_an_admin_what_is_in_the_place() -> None:
    access = snapshot(grant(ends=NOW - 1))

    assert may_see("ana", GATE, access)
    assert not may_see("ana", LOBBY, access)
    assert may_see("adm", LOBBY, access)
    assert not may_see("hugo", GATE, access)
    assert not may_see("zoe", GATE, snapshot(grant(person="zoe")))
    assert not may_see("adm", GATE, snapshot(member("adm", "admin", suspended=True)))
    assert not may_see("adm", msgspec.structs.replace(GATE, place="office"), access)


# -- holding it open

HOLDERS = [
    pytest.param({}, None, id="not without the permission"),
    pytest.param({"may_hold": True}, "ana", id="with it"),
    pytest.param({"role": "admin"}, "ana", id="who manages the place"),
    pytest.param({"role": "admin", "suspended": True}, None, id="not while suspended"),
    pytest.param({"may_hold": True, "suspended": True}, None, id="nor with the permission"),
]


@pytest.mark.parametrize(("how", "allowed"), HOLDERS)
def test_who_may_hold_a_door_open(how: dict[str, Any], allowed: str | None) -> None:
    there = snapshot(member("ana", **how), grant())
    verdict = may_hold("ana", "gate", there, NOW, NOW + HOUR)

    assert verdict == (Verdict(True, rule="1") if allowed else verdict)
    assert verdict.reason == (None if allowed else "suspended" if how.get("suspended") else "hold")
    assert not may_hold("ana", "lobby", there, NOW, NOW + HOUR).allowed  # no access to that one
    assert may_hold("zoe", "gate", there, NOW, NOW + HOUR) == NO_ACCESS


def test_a_hold_ends_when_she_may_no_longer_open_and_not_a_moment_later() -> None:
    there = snapshot(member("ana", may_hold=True), grant(ends=NOW + HOUR))

    assert may_hold("ana", "gate", there, NOW, NOW + HOUR).allowed
    assert may_hold("ana", "gate", there, NOW, NOW + HOUR + 1) == Verdict(False, "hold", "1")


@pytest.mark.parametrize("drive", ["toggle", "open_close"])
def test_what_moves_by_itself_is_not_held(drive: str) -> None:
    gate = msgspec.structs.replace(GATE, drive=drive)

    assert may_hold("ana", "gate", snapshot(gate, member("ana", may_hold=True), grant()), NOW, NOW + 1).reason == "hold"


def test_a_hold_that_has_taken_the_last_use_goes_on() -> None:
    there = snapshot(member("ana", may_hold=True), grant(uses=0))

    assert may_hold("ana", "gate", there, NOW, NOW + HOUR).reason == "uses"
    assert may_hold("ana", "gate", there, NOW, NOW + HOUR, spent="1").allowed


def test_whoever_may_hold_and_the_holder_end_it_at_any_hour() -> None:
    over = grant(ends=NOW)
    there = snapshot(over, grant("2", "hugo"), member("zoe", may_hold=True), grant("3", "zoe"))

    assert may_release("ana", "gate", there, "ana").allowed
    assert may_release("ana", "gate", there, "hugo").reason == "hold"
    assert may_release("ana", "gate", there, None).reason == "hold"
    assert may_release("zoe", "gate", there, "ana").allowed
    assert may_release("adm", "gate", there, "ana").allowed  # though she may not open it
    assert may_release("eve", "gate", there, "eve") == NO_ACCESS
    assert may_release("hugo", "gate", snapshot(), "hugo") == NO_ACCESS  # her access is gone
    assert may_release("adm", "attic", there, "ana") == NO_ACCESS
    assert may_release("ana", "gate", snapshot(over, member("ana", suspended=True)), "ana") == SUSPENDED
    assert may_release("ana", "gate", snapshot(over, revoked="3fa2b81c"), "ana").reason == "unit"
