"""The copy in memory is what is on disk, however it was refreshed, and says who sees what."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud import access, database, grant_verbs, schema, verbs
from cloud.changes import Edit, Thing
from cloud.policy import Policy
from cloud.store import Store
from tests.given import change_elsewhere, plain, read_afresh

PLACES, PEOPLE = ("attic", "barn"), ("ana", "bea", "carl")
DOORS = {"attic hatch": ("attic", "u1", 0), "barn gate": ("barn", "u1", 1), "barn door": ("barn", "u2", 0)}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    database.migrate(tmp_path / "iomando.db")
    store = Store(tmp_path / "iomando.db")
    for unit in ("u1", "u2"):
        await store.add(schema.units, id=unit)
    for person in (*PEOPLE, "own"):
        await store.add(schema.people, id=person, name=person, language="en")
    for place in PLACES:
        await store.add(schema.places, id=place, name=place, zone="UTC")
        for person in (*PEOPLE, "own"):
            role = "owner" if person == "own" else "member"
            await store.add(schema.members, place=place, person=person, role=role, name=person)
    for door, (place, unit, number) in DOORS.items():
        wiring = {"unit": unit, "number": number, "drive": "open", "sensor": False, "travel_s": 1, "pulse_ms": 500}
        await store.add(schema.doors, id=door, place=place, name=door, **wiring)
    yield store
    await store.close()


async def grant(store: Store, person: str, door: str, **how: object) -> str:
    """By another process: no policy here has heard of it."""
    key = f"{person} {door}"
    given = access.Grant(key, DOORS[door][0], person, doors=(door,))
    await elsewhere(store, Edit(None, msgspec.structs.replace(given, **how)))
    return key


async def elsewhere(store: Store, *edits: Edit) -> None:
    await change_elsewhere(store, lambda _: list(edits))


async def remove(store: Store, key: str) -> None:
    place = DOORS[key.partition(" ")[2]][0]
    await change_elsewhere(store, lambda snapshot: grant_verbs.remove_grant(snapshot, place, key))


async def manage(store: Store, person: str, place: str) -> None:
    def appointed(snapshot: access.Snapshot) -> list[Edit]:
        return [verbs.next_version(snapshot.sites[place].members[person], role="owner")]

    await change_elsewhere(store, appointed)


def said(policy: Policy) -> dict[str, object]:
    """Everything it can be asked."""
    return {
        "snapshot": plain(policy.snapshot),
        "viewers": {door: policy.viewers(door) for door in DOORS},
        "sees": {person: policy.sees(person) for person in (*PEOPLE, "own")},
        "manages": {person: policy.admin_places(person) for person in (*PEOPLE, "own")},
        "units": {unit: dict(policy.doors_of_unit.get(unit, {})) for unit in ("u1", "u2")},
    }


async def test_whoever_has_a_grant_or_manages_the_place_sees_a_door(store: Store) -> None:
    await grant(store, "ana", "barn gate")
    await manage(store, "bea", "barn")

    policy = await read_afresh(store)

    assert policy.viewers("barn gate") == {"ana", "bea", "own"}
    assert policy.viewers("barn door") == {"bea", "own"}
    assert [door.id for door in policy.sees("bea")] == ["barn gate", "barn door"]
    assert [door.id for door in policy.sees("ana")] == ["barn gate"]
    assert policy.sees("bea", "attic") == policy.sees("carl") == policy.sees("nobody we know") == []
    assert (policy.admin_places("bea"), policy.admin_places("ana")) == (["barn"], [])
    assert (policy.admin_places("bea", "barn"), policy.admin_places("bea", "attic")) == (["barn"], [])


async def test_a_group_and_an_access_to_all_doors_show_them(store: Store) -> None:
    await elsewhere(store, Edit(None, access.Group("crew", "barn", "Crew")))
    await elsewhere(store, Edit(None, access.GroupMember("crew", "carl", "barn")))
    await elsewhere(store, Edit(None, access.Grant("crew", "barn", group="crew")))

    policy = await read_afresh(store)

    assert [door.id for door in policy.sees("carl")] == ["barn gate", "barn door"]
    assert policy.viewers("attic hatch") == {"own"}


async def test_a_refresh_of_one_place_leaves_the_others_as_they_were(store: Store) -> None:
    policy = await read_afresh(store)
    await grant(store, "ana", "barn gate")
    await grant(store, "ana", "attic hatch")

    await policy.refresh("barn")

    assert policy.viewers("barn gate") == {"ana", "own"}
    assert policy.viewers("attic hatch") == {"own"}
    assert (policy.version("barn"), policy.version("attic")) == (2, 1)


async def test_whoever_knows_the_newest_version_knows_every_change_up_to_it(store: Store) -> None:
    """A press is recorded when the version decided on is the one on disk: no unknown removal may hide behind it."""
    for person in PEOPLE:
        await grant(store, person, "barn gate")
    policy = await read_afresh(store)
    await remove(store, "ana barn gate")
    await remove(store, "bea barn gate")

    await policy.refresh("barn")

    assert policy.version("barn") == 6
    assert policy.viewers("barn gate") == {"carl", "own"}


async def test_a_snapshot_that_was_taken_does_not_change(store: Store) -> None:
    key = await grant(store, "ana", "barn gate")
    policy = await read_afresh(store)
    taken = policy.snapshot
    await remove(store, key)

    await policy.refresh("barn")

    assert access.may_open("ana", "barn gate", taken, 0).allowed
    assert not access.may_open("ana", "barn gate", policy.snapshot, 0).allowed


async def test_a_door_that_is_gone_is_seen_by_nobody(store: Store) -> None:
    await grant(store, "ana", "barn gate")
    policy = await read_afresh(store)
    here = policy.snapshot
    await change_elsewhere(store, lambda snapshot: verbs.remove_door(snapshot, "barn gate", 1))

    await policy.refresh("barn")

    assert policy.viewers("barn gate") == frozenset()
    assert [door.id for door in policy.doors_of_unit["u1"].values()] == ["attic hatch"]
    policy.snapshot = here
    policy.apply(verbs.remove_door(here, "barn gate", 1), {"barn": 2})
    assert policy.viewers("barn gate") == frozenset()


async def test_a_revoked_unit_stays_revoked_whatever_is_refreshed(store: Store) -> None:
    await grant(store, "ana", "barn door")
    policy = await read_afresh(store)
    await store.revoke_unit("u2", now=1)

    for place in ("barn", "attic", "barn"):
        await policy.refresh(place)
        assert access.may_open("ana", "barn door", policy.snapshot, 0).reason == "unit"


async def test_of_two_refreshes_the_later_one_stays(store: Store) -> None:
    """The slow reader was asked first, and would bring back what has been removed since."""
    key = await grant(store, "ana", "barn gate")
    policy, has_read, go = await read_afresh(store), asyncio.Event(), asyncio.Event()
    read = policy._changes.things

    async def slowly(place: str | None = None) -> list[Thing]:
        found = await read(place)
        has_read.set()
        await go.wait()
        return found

    policy._changes.things = slowly
    first = asyncio.create_task(policy.refresh("barn"))
    await has_read.wait()
    policy._changes.things = read
    await remove(store, key)
    second = asyncio.create_task(policy.refresh("barn"))
    await asyncio.wait([second], timeout=0.3)
    go.set()
    await asyncio.gather(first, second)

    assert policy.viewers("barn gate") == {"own"}


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(("grant", "remove", "manage", "join", "leave", "group", "ungroup", "rename", "leaves")),
        st.sampled_from(PEOPLE),
        st.sampled_from(sorted(DOORS)),
        st.booleans(),
    ),
    max_size=12,
)


def edits_of(what: str, person: str, door: str, snapshot: access.Snapshot) -> list[Edit]:  # noqa: C901 - a table
    """What one of these changes consists of, where it is possible."""
    place, key = DOORS[door][0], f"{person} {door}"
    site, crew = snapshot.sites[place], f"crew of {DOORS[door][0]}"
    try:
        match what:
            case "grant":
                new = access.Grant(key, place, person, doors=(door,))
                return [] if key in site.grants else grant_verbs.new_grant(snapshot, new)
            case "remove":
                return grant_verbs.remove_grant(snapshot, place, key)
            case "manage":
                return verbs.set_role(snapshot, place, person, "admin", "own")
            case "join":
                return grant_verbs.join_group(snapshot, place, crew, person)
            case "leave":
                return grant_verbs.leave_group(snapshot, place, crew, person)
            case "group":
                if crew in site.groups:
                    return []
                group = access.Group(crew, place, crew)
                return [*grant_verbs.new_group(snapshot, group), Edit(None, access.Grant(crew, place, group=crew))]
            case "ungroup":
                return grant_verbs.remove_group(snapshot, place, crew, 1)
            case "rename":
                found = site.doors[door]
                return verbs.edit_door(snapshot, door, found.version, name=f"{door} {found.version}")
            case _:
                return verbs.remove_member(snapshot, place, person, "own")
    except verbs.NotPossible:
        return []


@given(CHANGES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_brought_forward_or_refreshed_it_is_what_a_new_start_would_read(store: Store, changes: list) -> None:
    """Some changes are made here, some by another process."""
    policy = await read_afresh(store)
    for what, person, door, here in changes:
        place = DOORS[door][0]
        edits = edits_of(what, person, door, policy.snapshot)
        if not edits:
            continue
        committed = await policy._changes.commit(edits, {place: policy.version(place)}, lambda *_: None, [], 1)
        if here:
            policy.apply(edits, committed.policies)
        else:
            await policy.refresh(place)

        assert said(policy) == said(await read_afresh(store))
