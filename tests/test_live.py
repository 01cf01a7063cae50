"""Every app gets every change that concerns it, in order and once; one that cannot keep up holds up nobody."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cloud import live as module
from cloud import schema
from cloud.live import HISTORY, KEPT_CHANGES, SLOW_BYTES
from firmware import wire
from tests.given import ADM, DOORS, SESSIONS, grant_row, inhabited_database, operation, removed_elsewhere
from tests.world import Phone, World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


async def joined(world: World, person: str = "ana", stream: str | None = None, seen: int = 0) -> Phone:
    phone = Phone(person)
    await world.live.join(phone, stream, seen)
    return phone


async def happens(world: World, times: int = 1, person: str = "ana") -> None:
    for n in range(times):
        world.live.operation(operation(id=f"{n:016x}", person=person, session=SESSIONS[person]))


def numbers(phone: Phone) -> list[int]:
    return [message["n"] for message in phone.told if "n" in message]


# -- the picture


async def test_a_first_picture_is_everything_that_concerns_her(world: World) -> None:
    (picture,) = (await joined(world, "ana")).told

    assert picture["type"] == "snapshot"
    assert picture["stream"] == world.live.stream
    assert picture["you"] == {
        "id": "ana",
        "name": "Ana",
        "language": "en",
        "admin": False,
        "guest": False,
        "scope": None,
        "manages": [],
        "invites": [],
        "pin": False,
        "holds": [],
    }
    assert {door["id"] for door in picture["doors"]} == set(DOORS)
    assert [place["id"] for place in picture["places"]] == ["home"]
    assert abs(picture["now"] - world.time.now()) < 100


async def test_a_picture_holds_no_door_that_is_not_hers(world: World) -> None:
    await world.people.remove_grant(ADM, "home", "ana-gate")

    (ana,) = (await joined(world, "ana")).told
    (adm,) = (await joined(world, "adm")).told

    assert {door["id"] for door in ana["doors"]} == {"lobby", "garage"}
    assert {door["id"] for door in adm["doors"]} == set(DOORS)
    assert {door["may"]["allowed"] for door in adm["doors"]} == {False}


async def test_a_picture_tells_what_became_of_her_own_presses_and_of_all_in_an_admins_place(world: World) -> None:
    for person in ("ana", "pau"):
        await world.opens("lobby", person=person)
        await world.passes(0.25)

    pictures = {person: (await joined(world, person)).told[0]["operations"] for person in ("ana", "pau", "adm")}

    assert [o["person"]["id"] for o in pictures["ana"]] == ["ana"]
    assert [o["person"]["id"] for o in pictures["pau"]] == ["pau"]
    assert [o["person"]["id"] for o in pictures["adm"]] == ["pau", "ana"]


async def test_a_picture_goes_back_a_day_and_no_further_than_the_newest(world: World) -> None:
    now, day = world.time.now(), 24 * 3600 * 1000
    for n in range(HISTORY + 5):
        await world.store.record_anyway(operation(id=str(n), press_id=str(n), recorded=now - day + 1000 * n))

    (picture,) = (await joined(world)).told

    assert [o["id"] for o in picture["operations"]] == [str(n) for n in range(HISTORY + 4, 4, -1)]
    world.time.slept += 20
    (later,) = (await joined(world)).told
    assert min(int(o["id"]) for o in later["operations"]) >= 20


# -- numbered changes


async def test_changes_are_numbered_one_by_one_after_the_picture(world: World) -> None:
    phone = await joined(world)
    await happens(world, 3)

    first = phone.told[0]["n"]
    assert numbers(phone) == [first, first + 1, first + 2, first + 3]


async def test_an_app_that_was_away_gets_just_what_it_missed(world: World) -> None:
    stays, leaves = await joined(world), await joined(world)
    await happens(world, 2)
    world.live.leave(leaves)
    await happens(world, 3)
    await happens(world, 1, person="pau")

    back = await joined(world, "ana", world.live.stream, numbers(leaves)[-1])

    assert back.told == stays.told[-3:]
    await happens(world)
    assert back.told[-1] == stays.told[-1]


async def test_an_app_that_missed_nothing_gets_nothing(world: World) -> None:
    await happens(world, 2)

    assert (await joined(world, "ana", world.live.stream, world.live._n)).told == []
    assert (await joined(world, "pau", world.live.stream, world.live._n - 2)).told == []


@pytest.mark.parametrize("stream", ["another", "", None])
async def test_an_app_from_another_stream_gets_a_picture(world: World, stream: str | None) -> None:
    await happens(world, 2)

    (picture,) = (await joined(world, "ana", stream, world.live._n - 1)).told
    assert picture["type"] == "snapshot"


async def test_a_number_that_was_never_given_gets_a_picture(world: World) -> None:
    (picture,) = (await joined(world, "ana", world.live.stream, world.live._n + 1)).told

    assert picture["type"] == "snapshot"


@pytest.mark.parametrize(("missed", "kind"), [(KEPT_CHANGES, "change"), (KEPT_CHANGES + 1, "snapshot")])
async def test_changes_are_kept_so_far_back_and_then_a_picture_takes_their_place(
    world: World, missed: int, kind: str
) -> None:
    await happens(world)
    seen = world.live._n
    await happens(world, missed)

    back = await joined(world, "ana", world.live.stream, seen)

    assert {message["type"] for message in back.told} == {kind}
    assert len(back.told) == (missed if kind == "change" else 1)


async def test_a_change_that_comes_while_the_picture_is_made_is_not_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    recent = world.store.recent

    async def slowly(*how: Any) -> list:
        found = await recent(*how)
        await happens(world)
        return found

    monkeypatch.setattr(world.store, "recent", slowly)

    phone = await joined(world)

    picture, change = phone.told
    assert (picture["type"], change["type"]) == ("snapshot", "change")
    assert change["n"] == picture["n"] + 1


# -- exactly the people concerned


async def test_an_operation_concerns_who_pressed_and_the_admins_of_the_place(world: World) -> None:
    await happens(world, 1, person="pau")

    assert len(world.pau.told) == len(world.adm.told) == 1
    assert world.ana.told == []


async def test_a_door_concerns_whoever_sees_it(world: World) -> None:
    await removed_elsewhere(world.store, "ana-gate")
    await world.policy.refresh()

    world.unit.moves(0, wire.OPENED)
    await world.quiet()

    assert world.ana.told == []
    for phone in (world.pau, world.adm):
        (change,) = (message for message in phone.told if message["type"] == "change")
        assert [(door["id"], door["state"]) for door in change["doors"]] == [("gate", "open")]


async def test_each_sees_a_door_with_her_own_permission(world: World) -> None:
    await removed_elsewhere(world.store, "ana-gate")
    later = world.time.now() + 60_000
    await world.store.add(schema.grants, **grant_row("ana", "gate", id="later", starts=later))
    await world.policy.refresh()

    world.live.doors([world.policy.snapshot.sites["home"].doors["gate"]])

    may = {phone.person: phone.told[-1]["doors"][0]["may"] for phone in (world.ana, world.pau, world.adm)}
    assert may["ana"] == {"allowed": False, "reason": "hours", "next": later, "until": None}
    assert may["pau"] == {"allowed": True, "reason": None, "next": None, "until": None}
    assert may["adm"] == {"allowed": False, "reason": "access", "next": None, "until": None}


async def test_a_door_that_is_no_longer_hers_is_gone_from_her_screen_only(world: World) -> None:
    await world.people.remove_grant(ADM, "home", "ana-gate")

    assert [message["gone"] for message in world.ana.told] == [["gate"]]
    assert world.pau.told == []


async def test_two_apps_of_one_person_see_the_same(world: World) -> None:
    one, other = await joined(world), await joined(world)
    await happens(world, 3)

    assert one.told[1:] == other.told[1:]
    assert len(one.told) == 4


async def test_an_app_that_left_gets_nothing(world: World) -> None:
    world.live.leave(world.ana)
    before = len(world.live)
    world.live.leave(world.ana)

    await happens(world)

    assert world.ana.told == []
    assert len(world.live) == before == 2


# -- who cannot keep up, and who has to go


async def test_an_app_that_cannot_keep_up_is_dropped_and_the_others_get_everything(world: World) -> None:
    slow = await joined(world)
    slow.backlog = SLOW_BYTES + 1

    await happens(world, 3)

    assert slow.dropped is not None
    assert slow.dropped[0] == 4408
    assert len(slow.told) == 1
    assert world.live.slow == 1
    assert len(world.ana.told) == len(world.adm.told) == 3
    assert world.ana.dropped is None


async def test_an_app_that_is_a_little_behind_is_not_dropped(world: World) -> None:
    world.ana.backlog = SLOW_BYTES

    await happens(world)

    assert world.ana.dropped is None
    assert len(world.ana.told) == 1


async def test_a_slow_app_is_noticed_by_the_tick_too(world: World) -> None:
    world.live.start()
    world.ana.backlog = SLOW_BYTES + 1
    await world.passes(1.5)
    await world.live.close()

    assert world.ana.dropped is not None
    assert world.ana.dropped[0] == 4408


async def test_every_second_everybody_hears_what_time_it_is(world: World) -> None:
    world.live.start()
    await world.passes(5.75)

    for phone in (world.ana, world.pau, world.adm):
        ticks = [message["now"] for message in phone.told if message["type"] == "tick"]
        assert len(ticks) in (5, 6)  # not all in the same moment: each app has its own in the second
        assert all(900 <= after - before <= 1500 for before, after in pairwise(ticks))
    await world.live.close()


async def test_with_a_session_its_sockets_end_and_no_others(world: World) -> None:
    second = await joined(world)

    await world.people.end_session(SESSIONS["ana"])

    for phone in (world.ana, second):
        assert phone.dropped is not None
        assert phone.dropped[0] == 4401
    assert world.pau.dropped is world.adm.dropped is None


async def test_when_the_service_stops_everybody_is_told(world: World) -> None:
    world.live.start()
    await world.live.close()

    assert [phone.dropped and phone.dropped[0] for phone in (world.ana, world.pau, world.adm)] == [1001] * 3


def test_a_tick_that_is_missed_shows_before_the_app_says_so() -> None:
    assert module.TICK_S < 1.5
