"""The copy in memory is what is on disk, however it was refreshed, and says who sees what."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud import access, database, schema
from cloud.policy import Policy
from cloud.store import Store

PLACES, PEOPLE = ("attic", "barn"), ("ana", "bea", "carl")
DOORS = {"attic hatch": ("attic", "u1", 0), "barn gate": ("barn", "u1", 1), "barn door": ("barn", "u2", 0)}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    database.migrate(tmp_path / "iomando.db")
    store = Store(tmp_path / "iomando.db")
    for unit in ("u1", "u2"):
        await store.add(schema.units, id=unit)
    for person in PEOPLE:
        await store.add(schema.people, id=person, name=person, language="en")
    for place in PLACES:
        await store.add(schema.places, id=place, name=place, zone="UTC")
    for door, (place, unit, number) in DOORS.items():
        wiring = {"unit": unit, "number": number, "drive": "open", "sensor": False, "travel_s": 1, "pulse_ms": 500}
        await store.add(schema.doors, id=door, place=place, name=door, **wiring)
    yield store
    await store.close()


async def grant(store: Store, person: str, door: str) -> str:
    key = f"{person} {door}"
    await store.add(schema.grants, id=key, person=person, door=door)
    return key


async def read_afresh(store: Store) -> Policy:
    policy = Policy(store)
    await policy.refresh()
    return policy


def said(policy: Policy) -> dict[str, object]:
    """Everything it can be asked."""
    return {
        "snapshot": policy.snapshot,
        "viewers": {door: policy.viewers(door) for door in DOORS},
        "sees": {person: policy.sees(person) for person in PEOPLE},
        "manages": {person: policy.admin_places(person) for person in PEOPLE},
        "units": {unit: dict(policy.doors_of_unit.get(unit, {})) for unit in ("u1", "u2")},
    }


async def test_whoever_has_a_grant_or_manages_the_place_sees_a_door(store: Store) -> None:
    await grant(store, "ana", "barn gate")
    await store.add(schema.admins, place="barn", person="bea")

    policy = await read_afresh(store)

    assert policy.viewers("barn gate") == {"ana", "bea"}
    assert policy.viewers("barn door") == {"bea"}
    assert [door.id for door in policy.sees("bea")] == ["barn gate", "barn door"]
    assert [door.id for door in policy.sees("ana")] == ["barn gate"]
    assert policy.sees("carl") == policy.sees("nobody we know") == []
    assert (policy.admin_places("bea"), policy.admin_places("ana")) == (["barn"], [])


async def test_a_refresh_of_one_place_leaves_the_others_as_they_were(store: Store) -> None:
    policy = await read_afresh(store)
    await grant(store, "ana", "barn gate")
    await grant(store, "ana", "attic hatch")

    await policy.refresh("barn")

    assert policy.viewers("barn gate") == {"ana"}
    assert policy.viewers("attic hatch") == frozenset()


async def test_a_refresh_of_one_person_leaves_the_others_as_they_were(store: Store) -> None:
    await grant(store, "ana", "barn gate")
    policy = await read_afresh(store)
    await grant(store, "bea", "barn gate")
    await grant(store, "carl", "barn gate")
    await store.remove_grant("ana barn gate")

    await policy.refresh("barn", "bea")

    assert policy.viewers("barn gate") == {"ana", "bea"}
    assert policy.version("barn") == 2


async def test_whoever_knows_the_newest_version_knows_every_change_up_to_it(store: Store) -> None:
    """A press is recorded when the version decided on is the one on disk: no unknown removal may hide behind it."""
    for person in PEOPLE:
        await grant(store, person, "barn gate")
    policy = await read_afresh(store)
    await store.remove_grant("ana barn gate")
    await store.remove_grant("bea barn gate")

    await policy.refresh("barn", "bea")

    assert policy.version("barn") == 3
    assert policy.viewers("barn gate") == {"carl"}


async def test_a_snapshot_that_was_taken_does_not_change(store: Store) -> None:
    key = await grant(store, "ana", "barn gate")
    policy = await read_afresh(store)
    taken = policy.snapshot
    await store.remove_grant(key)

    await policy.refresh("barn")

    assert access.may_open("ana", "barn gate", taken, 0).allowed
    assert not access.may_open("ana", "barn gate", policy.snapshot, 0).allowed


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
    policy, has_read, go, read = await read_afresh(store), asyncio.Event(), asyncio.Event(), store.snapshot

    async def slowly(place: str | None = None, person: str | None = None) -> access.Snapshot:
        found = await read(place, person)
        has_read.set()
        await go.wait()
        return found

    store.snapshot = slowly
    first = asyncio.create_task(policy.refresh("barn"))
    await has_read.wait()
    store.snapshot = read
    await store.remove_grant(key)
    second = asyncio.create_task(policy.refresh("barn"))
    await asyncio.wait([second], timeout=0.3)
    go.set()
    await asyncio.gather(first, second)

    assert policy.viewers("barn gate") == frozenset()


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(("grant", "remove", "manage")),
        st.sampled_from(PEOPLE),
        st.sampled_from(sorted(DOORS)),
        st.booleans(),
    ),
    max_size=12,
)


@given(CHANGES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_refreshed_piece_by_piece_it_is_what_a_new_start_would_read(store: Store, changes: list) -> None:
    policy = await read_afresh(store)
    for what, person, door, all_of_the_place in changes:
        place = DOORS[door][0]
        if what == "remove":
            await store.remove_grant(f"{person} {door}")
        elif what == "grant" and (person, door) not in policy.snapshot.grants:
            await grant(store, person, door)
        elif what == "manage" and place not in policy.admin_places(person):
            await store.add(schema.admins, place=place, person=person)
        await policy.refresh(place, None if all_of_the_place else person)

    assert said(policy) == said(await read_afresh(store))
