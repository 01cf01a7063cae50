"""A preview is compared with what then happens: whatever the change, it says of everybody at the place what the same
change does to her, and leaves nobody out."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud import previews, what_if
from cloud.access import Grant, Snapshot, may_open
from cloud.api_types import EditGrant, EditPlace
from cloud.changes import applied, built, concerned
from cloud.hours import Calendar
from cloud.verbs import NotPossible
from cloud.what_if_types import GroupChange, PersonChange, Preview
from tests import access_worlds
from tests.access_worlds import DOORS, GROUPS, ODD_DAYS, PEOPLE, Scene
from tests.slow_access import MINUTE

WIDE = 14 * 1440
STEP = 360  # minutes between two moments that are looked at; the windows begin at any
# beside what is drawn at random, which rarely opens anything: a host, her guest, a group of guests, two who are alike
PLAIN = (
    Grant("host", "home", "hugo"),
    Grant("guest", "home", "pau", doors=("gate",), within="hugo"),
    Grant("guests", "home", group="players", doors=("lobby",), within="hugo"),
    Grant("cleaners", "home", group="cleaners"),
    Grant("ana", "home", "ana", doors=("gate",)),
    Grant("pau", "home", "pau", doors=("gate",)),
)


@st.composite
def changes(draw: st.DrawFn, scene: Scene, snapshot: Snapshot) -> Preview:
    """One change that an admin could look at."""
    site, person = snapshot.sites["home"], draw(st.sampled_from(("hugo", *PEOPLE)))
    group = st.sampled_from(GROUPS)
    role = st.sampled_from(("owner", "admin", "member"))
    zone = st.sampled_from(list(ODD_DAYS))
    ways = [
        st.builds(lambda is_on: Preview(person=person, suspended=is_on), st.booleans()),
        st.builds(lambda is_on: Preview(person=person, becomes=PersonChange(may_invite=is_on)), st.booleans()),
        st.builds(lambda to: Preview(person=person, becomes=PersonChange(role=to)), role),
        st.just(Preview(person=person)),
        st.builds(lambda g: Preview(group=GroupChange(g, joins=person)), group),
        st.builds(lambda g: Preview(group=GroupChange(g, leaves=person)), group),
        st.builds(lambda g: Preview(group=GroupChange(g)), group),
        st.builds(lambda d: Preview(door=d.id), st.sampled_from(DOORS)),
        st.builds(lambda z: Preview(place=EditPlace(version=site.place.version, zone=z)), zone),
    ]
    if site.grants:
        grant = draw(st.sampled_from(sorted(site.grants)))
        hours = access_worlds.hours(scene.date)
        edit = st.builds(lambda h: EditGrant(version=site.grants[grant].version, hours=h), hours)
        ways += [st.just(Preview(grant=grant)), edit.map(lambda change: Preview(grant=grant, change=change))]
    return draw(st.one_of(ways))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_preview_says_what_then_happens_to_everybody(data: st.DataObject) -> None:
    scene = data.draw(access_worlds.scenes(data.draw(st.sampled_from(list(ODD_DAYS)))))
    left_out = data.draw(st.sets(st.sampled_from(PLAIN), max_size=2))
    things = [*data.draw(access_worlds.places(scene)), *(grant for grant in PLAIN if grant not in left_out)]

    def calendar_of(place: object) -> Calendar:
        zone = getattr(place, "zone", scene.zone)
        moved = msgspec.structs.replace(scene, zone=zone)
        return moved.calendar

    before = built(things, calendar_of)
    wanted = data.draw(changes(scene, before))
    try:
        edits = previews.edits_of(wanted, "home", before, "hugo", None, has_holidays=True)
    except NotPossible:
        return
    after = applied(before, edits, calendar_of)
    now = scene.since
    view = what_if.preview(concerned(edits, before, after).get("home", set()), "home", before, after, now)

    gains, loses = ({e.person: set(e.doors) for e in each} for each in (view.lets_in, view.shuts_out))
    for person in PEOPLE:
        for door in (door.id for door in DOORS):
            could, can = (may_open(person, door, each, now).allowed for each in (before, after))
            assert (can and not could) <= (person in view.now_in)
            assert (could and not can) <= (person in view.now_out)
            for minute in range(0, WIDE, STEP):
                at = now + minute * MINUTE
                could, can = (may_open(person, door, each, at).allowed for each in (before, after))
                assert could >= can or door in gains.get(person, ())
                assert can >= could or door in loses.get(person, ())
            direct = what_if.gains_and_loses(person, [door], before, after, now, now + WIDE * MINUTE)
            assert direct == ([door] * (door in gains.get(person, ())), [door] * (door in loses.get(person, ())))
