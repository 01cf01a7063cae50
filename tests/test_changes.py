"""What edits make of a snapshot: the same as building it anew, no earlier one touched, nobody concerned forgotten."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.access import Door, Grant, Group, GroupMember, Member, Person, Place, Site, Snapshot, may_open
from cloud.changes import Edit, Request, Thing, applied, built, concerned, key, place_of, places_of
from cloud.hours import Calendar, Hours, Timeline, Window
from tests import access_worlds
from tests.access_worlds import GROUPS, PEOPLE, Scene
from tests.slow_access import MINUTE

ZONES = ("Europe/Madrid", "Pacific/Chatham")
STRANGER = "zoe"  # at no place
Things = dict[tuple[type, str], Thing]


def calendar_of(scene: Scene):
    """The scene's calendar for its zone, a plain one for a place that moves to another."""
    own, moved = scene.calendar, Calendar(access_worlds.calendars.zone("UTC"))
    return lambda place: own if place.zone == scene.zone else moved


def plain(snapshot: Snapshot) -> object:
    """All of a snapshot that decides, comparable: a timeline is what it was made from."""
    for site in snapshot.sites.values():
        for held in site.held.values():
            for each in held:
                assert isinstance(each.hours, Timeline)
                assert each.hours._calendar == site.calendar
                assert each.hours._hours == each.grant.hours
    sites = {
        name: {
            field: getattr(site, field)
            if field != "held"
            else {holder: [each.grant for each in held] for holder, held in site.held.items()}
            for field in Site.__struct_fields__
        }
        for name, site in snapshot.sites.items()
    }
    return sites, snapshot.people, snapshot.place_of, snapshot.places_of, snapshot.revoked, snapshot.staff


def copied(snapshot: Snapshot) -> object:
    """`plain` with containers of its own, which no later change of the snapshot's would reach."""

    def copy(value: object) -> object:
        if isinstance(value, dict):
            return {name: copy(each) for name, each in value.items()}
        return [*map(copy, value)] if isinstance(value, list) else value

    found = plain(snapshot)
    assert isinstance(found, tuple)
    return tuple(copy(each) for each in found)


@st.composite
def edits(draw: st.DrawFn, things: Things, scene: Scene) -> Edit:
    """One change of what there is: something new, changed or gone."""
    kind = draw(st.sampled_from((Grant, Grant, Grant, Member, GroupMember, GroupMember, Group, Door, Person, Place)))
    after: Thing
    match kind.__name__:
        case "Grant":
            after = draw(access_worlds.grants(f"grant {draw(st.integers(0, 6))}", scene))
        case "Member":
            role = draw(st.sampled_from(("member", "admin", "guest")))
            suspended, may_invite = draw(st.booleans()), draw(st.booleans())
            person = draw(st.sampled_from(PEOPLE))
            after = Member("home", person, role, "New", suspended=suspended, may_invite=may_invite)
        case "GroupMember":
            after = GroupMember(draw(st.sampled_from(GROUPS)), draw(st.sampled_from(PEOPLE)), "home")
        case "Group":
            after = Group(draw(st.sampled_from(GROUPS)), "home", draw(st.sampled_from(("Old", "New"))))
        case "Door":
            door = draw(st.sampled_from(access_worlds.DOORS))
            after = msgspec.structs.replace(door, name=draw(st.sampled_from(("Old", "New"))))
        case "Person":
            after = Person(draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(("Old", "New"))), "es")
        case _:
            zone = draw(st.sampled_from((scene.zone, "UTC")))
            after = Place("home", draw(st.sampled_from(("Old", "New"))), zone, draw(st.integers(1, 9)))
    before = things.get((kind, key(after)))
    if before is not None and kind is not Place and draw(st.integers(0, 2)) == 0:
        return Edit(before, None)
    return Edit(before, after)


def put(things: Things, edit: Edit) -> None:
    if edit.after is None:
        del things[type(edit.thing), key(edit.thing)]
    else:
        things[type(edit.thing), key(edit.thing)] = edit.after


@settings(max_examples=60)
@given(data=st.data())
def test_after_any_edits_the_snapshot_is_the_one_built_anew_and_none_before_has_changed(data: st.DataObject) -> None:
    scene = data.draw(access_worlds.scenes(data.draw(st.sampled_from(ZONES))))
    start = data.draw(access_worlds.places(scene))
    things: Things = {(type(thing), key(thing)): thing for thing in start}
    snapshot = built(start, calendar_of(scene), Snapshot(revoked=frozenset({"u"}), staff={"host": frozenset({"ana"})}))
    seen = [(snapshot, copied(snapshot))]
    for _ in range(data.draw(st.integers(1, 6))):
        batch = []
        for _ in range(data.draw(st.integers(1, 3))):
            batch.append(data.draw(edits(things, scene)))
            put(things, batch[-1])
        snapshot = applied(snapshot, batch, calendar_of(scene))
        seen.append((snapshot, copied(snapshot)))

        others = data.draw(st.permutations([thing for thing in things.values() if not isinstance(thing, Place)]))
        places = [thing for thing in things.values() if isinstance(thing, Place)]
        anew = built([*places, *others], calendar_of(scene), Snapshot(revoked=snapshot.revoked, staff=snapshot.staff))
        assert plain(snapshot) == plain(anew)
    for each, as_it_was in seen:
        assert copied(each) == as_it_was


@settings(max_examples=60)
@given(data=st.data())
def test_everybody_whose_verdict_changes_is_concerned(data: st.DataObject) -> None:
    scene = data.draw(access_worlds.scenes(data.draw(st.sampled_from(ZONES))))
    start = data.draw(access_worlds.places(scene))
    things: Things = {(type(thing), key(thing)): thing for thing in start}
    before = built(start, calendar_of(scene))
    batch = []
    for _ in range(data.draw(st.integers(1, 2))):
        batch.append(data.draw(edits(things, scene)))
        put(things, batch[-1])

    after = applied(before, batch, calendar_of(scene))
    found = concerned(batch, before, after)

    assert set(found) <= {"home"}
    moments = [scene.since + minute * MINUTE for minute in range(0, 3 * 1440, 97)]
    changed = {
        person
        for person in (*PEOPLE, STRANGER)
        for door in ("gate", "lobby")
        if any(may_open(person, door, before, now) != may_open(person, door, after, now) for now in moments)
    }
    assert changed <= found.get("home", set())
    assert STRANGER not in found.get("home", set())


# -- facts that chance may miss

HOME = Place("home", "Home", "UTC", 1)
UTC = Calendar(access_worlds.calendars.zone("UTC"))
BASIS = (
    HOME,
    *access_worlds.DOORS,
    *(Member("home", person, "member", person, may_invite=True) for person in PEOPLE),
    Group("cleaners", "home", "Cleaners"),
    GroupMember("cleaners", "pau", "home"),
)


def of(*things: Thing) -> Snapshot:
    return built((*BASIS, *things), lambda _place: UTC)


def whom(edit: Edit, before: Snapshot) -> set[str]:
    return concerned([edit], before, applied(before, [edit], lambda _place: UTC))["home"]


def test_a_grant_that_goes_to_another_concerns_both() -> None:
    grant = Grant("1", "home", "ana")

    assert whom(Edit(grant, msgspec.structs.replace(grant, person="hugo")), of(grant)) == {"ana", "hugo"}
    assert whom(Edit(grant, Grant("1", "home", group="cleaners")), of(grant)) == {"ana", "pau"}


@pytest.mark.parametrize("guest", [Grant("2", "home", "ana", within="hugo"), Grant("2", "home", None, "cleaners")])
def test_what_is_taken_from_a_host_concerns_the_guests(guest: Grant) -> None:
    guest = msgspec.structs.replace(guest, within="hugo")
    own = Grant("1", "home", "hugo")
    guests = {"ana"} if guest.person else {"pau"}
    host = of().sites["home"].members["hugo"]

    assert whom(Edit(own, None), of(own, guest)) == {"hugo"} | guests
    assert whom(Edit(host, msgspec.structs.replace(host, suspended=True)), of(own, guest)) == {"hugo"} | guests


def test_somebody_taken_out_of_a_group_is_concerned_by_it() -> None:
    inside = GroupMember("cleaners", "pau", "home")

    assert whom(Edit(inside, None), of(Grant("1", "home", group="cleaners"))) == {"pau"}


def test_a_persons_edit_concerns_every_place_she_belongs_to_and_no_other() -> None:
    ana = Person("ana", "Ana", "en")
    office, member = Place("office", "Office", "UTC", 1), Member("office", "ana", "member", "Ana")
    before = of(ana, office, member, Place("barn", "Barn", "UTC", 1))
    edit = Edit(ana, msgspec.structs.replace(ana, name="Anna"))

    assert sorted(places_of([edit], before)) == ["home", "office"]
    assert concerned([edit], before, before) == {"home": {"ana"}, "office": {"ana"}}
    assert place_of(ana) is None


def test_a_place_that_moves_to_another_zone_is_opened_by_its_new_clock() -> None:
    grant = Grant("1", "home", "ana", hours=Hours((Window((0, 1, 2, 3, 4, 5, 6), 600, 660),)))
    before, ten_utc = of(grant), 1_790_000_000_000 // 86_400_000 * 86_400_000 + 600 * MINUTE
    moved = msgspec.structs.replace(HOME, zone="Asia/Kathmandu")
    kathmandu = Calendar(access_worlds.calendars.zone("Asia/Kathmandu"))

    after = applied(before, [Edit(HOME, moved)], lambda _place: kathmandu)

    assert may_open("ana", "gate", before, ten_utc).allowed
    assert not may_open("ana", "gate", after, ten_utc).allowed
    assert may_open("ana", "gate", after, ten_utc - 345 * MINUTE).allowed


def test_a_place_does_not_go_and_an_edit_of_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="a place does not go"):
        applied(of(), [Edit(HOME, None)], lambda _place: UTC)
    with pytest.raises(ValueError, match="an edit of nothing"):
        applied(of(), [Edit(None, None)], lambda _place: UTC)


def test_a_request_opens_nothing() -> None:
    before = of()
    asks = Request("r", "home", "ana", "entry", "Ana", 1)

    after = applied(before, [Edit(None, asks)], lambda _place: UTC)

    assert plain(after) == plain(before)
    assert concerned([Edit(None, asks)], before, after) == {"home": {"ana"}}
