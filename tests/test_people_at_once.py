"""Two who change one thing: the second is told how it is now, and nothing is overwritten. A place keeps an owner."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cloud import schema
from cloud.access import Door, Grant, Group, Member, Place
from cloud.change_desk import COMMAND_LINE, Actor
from cloud.changes import Request
from cloud.hours import Hours, Window
from cloud.people import People
from cloud.policy import Policy
from cloud.verbs import NotPossible
from tests.changing_side import assembled
from tests.given import ADM, SESSIONS, inhabited_database, plain, read_afresh, whole_log
from tests.unit_side import UNIT

PAU = Actor("pau", SESSIONS["pau"])
EVENING = Hours(windows=(Window((2,), 1080, 1200),))
Process = tuple[Policy, People]


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Process]:
    policy, people = await assembled(inhabited_database(tmp_path))
    await people.set_role(ADM, "home", "pau", "owner")
    yield policy, people
    await people._store.close()


@pytest.fixture
async def other(one: Process) -> AsyncIterator[Process]:
    """Another process on the same database."""
    policy, people = await assembled(one[1]._store.path)
    yield policy, people
    await people._store.close()


def changes_in(people: People) -> list[dict[str, Any]]:
    return [json.loads(entry.detail) for entry in whole_log(people._store.path) if entry.kind == "change"]


EDITS = {
    "grant": (
        lambda people, by, n: people.edit_grant(by, "home", "ana-gate", 1, {"note": f"note {n}"}),
        lambda policy: policy.snapshot.sites["home"].grants["ana-gate"],
    ),
    "member": (
        lambda people, by, n: people.edit_member(by, "home", "ana", 1, {"name": f"name {n}"}),
        lambda policy: policy.snapshot.sites["home"].members["ana"],
    ),
    "door": (
        lambda people, by, n: people.edit_door(by, "gate", 1, {"name": f"name {n}"}),
        lambda policy: policy.snapshot.door("gate"),
    ),
    "place": (
        lambda people, by, n: people.edit_place(by, "home", 1, {"name": f"name {n}"}),
        lambda policy: policy.snapshot.sites["home"].place,
    ),
}


@pytest.mark.parametrize("what", EDITS)
@pytest.mark.parametrize("elsewhere", [False, True], ids=["in one process", "in two"])
async def test_the_second_of_two_who_edit_one_thing_is_told_how_it_is_now(
    one: Process, other: Process, what: str, elsewhere: bool
) -> None:
    edit, now = EDITS[what]
    await other[0].refresh()
    second = other if elsewhere else one

    done = await asyncio.gather(edit(one[1], ADM, 1), edit(second[1], PAU, 2), return_exceptions=True)

    (refused,) = (each for each in done if each is not None)
    assert isinstance(refused, NotPossible)
    winner = 1 + done.index(None)
    assert refused.reason == "conflict"
    disk = await read_afresh(one[1]._store)
    assert refused.current is not None
    assert now(disk).version == getattr(refused.current, "version") == 2  # noqa: B009
    assert str(winner) in str(now(disk))
    assert str(winner) in str(refused.current)
    made = [change for change in changes_in(one[1]) if change["what"] != "role_changed"]
    assert len(made) == 1


async def test_of_fifty_edits_at_once_of_one_version_one_is_made(one: Process) -> None:
    edits = (one[1].edit_grant(ADM, "home", "ana-gate", 1, {"note": str(n)}) for n in range(50))
    done = await asyncio.gather(*edits, return_exceptions=True)

    assert sum(each is None for each in done) == 1
    assert one[0].snapshot.sites["home"].grants["ana-gate"].version == 2


async def test_two_who_edit_different_things_both_succeed(one: Process, other: Process) -> None:
    await other[0].refresh()

    await asyncio.gather(
        one[1].edit_grant(ADM, "home", "ana-gate", 1, {"hours": EVENING}),
        other[1].edit_grant(PAU, "home", "ana-lobby", 1, {"hours": EVENING}),
    )

    grants = (await read_afresh(one[1]._store)).snapshot.sites["home"].grants
    assert grants["ana-gate"].hours == grants["ana-lobby"].hours == EVENING


async def test_what_one_removes_the_other_cannot_change_back(one: Process, other: Process) -> None:
    await other[0].refresh()
    await one[1].remove_grant(ADM, "home", "ana-gate")

    with pytest.raises(NotPossible, match="no such access"):
        await other[1].edit_grant(PAU, "home", "ana-gate", 1, {"hours": EVENING})
    assert "ana-gate" not in (await read_afresh(one[1]._store)).snapshot.sites["home"].grants


# -- a place keeps an owner


LOSING = {
    "made members": lambda people, who, by: people.set_role(by, "home", who, "member"),
    "made admins": lambda people, who, by: people.set_role(by, "home", who, "admin"),
    "removed": lambda people, who, by: people.remove_member(by, "home", who),
    "suspended": lambda people, who, by: people.edit_member(
        by, "home", who, 1 if who == "adm" else 2, {"suspended": True}
    ),
}


@pytest.mark.parametrize("how", LOSING)
@pytest.mark.parametrize("each_other", [False, True], ids=["themselves", "each other"])
@pytest.mark.parametrize("elsewhere", [False, True], ids=["in one process", "in two"])
async def test_of_two_owners_at_once_one_stays(
    one: Process, other: Process, how: str, each_other: bool, elsewhere: bool
) -> None:
    await other[0].refresh()
    second = other if elsewhere else one
    actors = (PAU, ADM) if each_other else (ADM, PAU)

    done = await asyncio.gather(
        LOSING[how](one[1], "adm", actors[0]), LOSING[how](second[1], "pau", actors[1]), return_exceptions=True
    )

    disk = (await read_afresh(one[1]._store)).snapshot.sites["home"]
    owners = [m.person for m in disk.members.values() if m.role == "owner" and not m.suspended]
    assert len(owners) == 1
    (refused,) = (each for each in done if each is not None)
    assert isinstance(refused, NotPossible)
    assert refused.reason in ("last_owner", "role"), refused.detail


@pytest.mark.parametrize("how", LOSING)
async def test_the_last_owner_stays_whatever_she_tries(one: Process, how: str) -> None:
    await one[1].set_role(ADM, "home", "pau", "admin")
    before = len(changes_in(one[1]))

    with pytest.raises(NotPossible) as refused:
        await LOSING[how](one[1], "adm", ADM)

    assert refused.value.reason == "last_owner"
    assert one[0].snapshot.sites["home"].members["adm"].role == "owner"
    assert len(changes_in(one[1])) == before


async def test_an_admin_makes_no_admins_and_touches_no_owner(one: Process) -> None:
    await one[1].set_role(ADM, "home", "pau", "admin")
    tries = (
        one[1].set_role(PAU, "home", "ana", "admin"),
        one[1].set_role(PAU, "home", "pau", "owner"),
        one[1].set_role(PAU, "home", "adm", "member"),
        one[1].remove_member(PAU, "home", "adm"),
        one[1].edit_member(PAU, "home", "adm", 1, {"suspended": True}),
        one[1].move_member(PAU, "home", "adm", "+34600000000"),
        one[1].add_person(PAU, Member("home", "", "admin", "X"), "x@example.com", "en", None),
    )

    for each in tries:
        with pytest.raises(NotPossible) as refused:
            await each
        assert refused.value.reason == "role"


# -- what was planned on one snapshot is committed on that one or planned again


async def test_a_plan_that_waits_is_planned_again_when_the_place_has_changed_meanwhile(
    one: Process, other: Process
) -> None:
    """Else a grant could be given to a group that is gone, under a version that knows it is gone."""
    policy, people = one
    await people.add_group(ADM, Group("crew", "home", "Crew"))
    await other[0].refresh()
    known = people._changes.store.person_of

    async def meanwhile(contact: str) -> object:
        people._changes.store.person_of = known
        await other[1].remove_grant(PAU, "home", "pau-lobby")
        await policy.refresh("home")
        return await known(contact)

    people._changes.store.person_of = meanwhile  # pyright: ignore[reportAttributeAccessIssue]
    grant = Grant("new", "home", doors=("gate",))
    await people.add_person(ADM, Member("home", "", "member", "New"), "new@example.com", "en", grant)

    disk = await read_afresh(people._store)
    assert policy.snapshot.sites["home"].grants == disk.snapshot.sites["home"].grants
    assert "pau-lobby" not in disk.snapshot.sites["home"].grants
    assert policy.version("home") == disk.version("home")


async def test_what_goes_while_a_plan_waits_is_not_given_any_more(one: Process, other: Process) -> None:
    """The copy in memory knows of it by the commit; the edits were made before."""
    policy, people = one
    await other[0].refresh()
    known = people._changes.store.person_of

    async def meanwhile(contact: str) -> object:
        people._changes.store.person_of = known
        await other[1].remove_door(PAU, "gate", 1)
        await policy.refresh("home")
        return await known(contact)

    people._changes.store.person_of = meanwhile  # pyright: ignore[reportAttributeAccessIssue]
    grant = Grant("new", "home", doors=("gate",))
    with pytest.raises(NotPossible, match="no such door"):
        await people.add_person(ADM, Member("home", "", "member", "New"), "new@example.com", "en", grant)

    disk = await read_afresh(people._store)
    assert "new" not in disk.snapshot.sites["home"].grants
    assert plain(policy.snapshot) == plain(disk.snapshot)


async def test_two_who_add_one_number_at_once_to_two_places_add_one_person(one: Process, other: Process) -> None:
    await one[1].add_place(COMMAND_LINE, Place("yard", "Yard", "Europe/Madrid", 1), "adm@example.com", "Adm")
    await other[0].refresh()

    one_id, other_id = await asyncio.gather(
        one[1].add_person(ADM, Member("home", "", "member", "Noa"), "+34600111222", "en", None),
        other[1].add_person(COMMAND_LINE, Member("yard", "", "member", "Noa"), "+34 600 111 222", "en", None),
    )

    assert one_id[0] == other_id[0]
    disk = (await read_afresh(one[1]._store)).snapshot
    assert disk.places_of[one_id[0]] == {"home", "yard"}


async def test_a_number_of_a_door_box_that_is_taken_is_refused_in_words(one: Process) -> None:
    with pytest.raises(NotPossible, match="this number already") as refused:
        await one[1].add_door(ADM, Door("new", "home", "New", UNIT, 0, "open", False, 1, 500))
    assert refused.value.reason == "invalid"


async def test_a_person_of_no_place_is_changed_with_a_line_in_the_installations_log(one: Process) -> None:
    await one[1]._store.add(schema.people, id="eva", name="Eva", language="en")
    await one[0].refresh()

    await one[1].edit_person(Actor("eva", "s"), "eva", {"language": "ca"})

    (line,) = whole_log(one[1]._store.path, "")
    assert json.loads(line.detail)["edits"][0]["after"]["language"] == "ca"
    assert one[0].snapshot.people["eva"].language == "ca"


# -- requests


async def test_of_fifty_decisions_at_once_one_counts(one: Process, other: Process) -> None:
    await other[0].refresh()
    request = Request("ask", "home", "ana", "entry", "Ana", 1, door="gate")
    await one[1].ask(Actor("ana", "s"), request)

    async def decide(n: int) -> Request:
        people, by = (one, other)[n % 2][1], (ADM, PAU)[n % 2]
        return await people.decide(by, "ask", Grant(f"once-{n}", "home"), granted=n % 3 != 0)

    done = await asyncio.gather(*(decide(n) for n in range(50)), return_exceptions=True)

    made = [each for each in done if isinstance(each, Request)]
    assert len(made) == 1
    assert {each.reason for each in done if isinstance(each, NotPossible)} == {"decided"}
    grants = (await read_afresh(one[1]._store)).snapshot.sites["home"].grants
    assert sum(key.startswith("once-") for key in grants) <= 1


async def test_who_was_removed_after_she_asked_is_not_let_back_in(one: Process) -> None:
    await one[1].ask(Actor("ana", "s"), Request("ask", "home", "ana", "entry", "Ana", 1, door="gate"))
    await one[1].remove_member(ADM, "home", "ana")

    with pytest.raises(NotPossible):
        await one[1].decide(ADM, "ask", Grant("once", "home"), granted=True)

    site = one[0].snapshot.sites["home"]
    assert "ana" not in site.members
    assert "once" not in site.grants


async def test_who_asks_twice_at_once_has_asked_once(one: Process) -> None:
    ids = await asyncio.gather(
        *(
            one[1].ask(Actor("ana", "s"), Request(f"ask-{n}", "home", "ana", "entry", "Ana", 1, "gate"))
            for n in range(9)
        )
    )

    assert len(set(ids)) == 1
    assert len(await one[1].requests("home")) == 1
