"""A verdict that turns by itself is pushed at that moment: hours begin and end, accesses end, hosts' hours too."""

import asyncio
import datetime
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cloud.access import Grant, Member, Person
from cloud.changes import Edit
from cloud.hours import Hours, Window
from tests.given import ADM, ASKED, inhabited_database
from tests.world import Phone, World

START = datetime.datetime.fromtimestamp(ASKED / 1000, datetime.UTC)
MINUTE_MS = 60_000


def window(begins_in: int, ends_in: int) -> Hours:
    """Minutes after the minute in which a test begins, on the wall of Madrid (two hours ahead in September)."""
    minutes = START.hour * 60 + START.minute + 120
    return Hours(windows=(Window((0, 1, 2, 3, 4, 5, 6), (minutes + begins_in) % 1440, (minutes + ends_in) % 1440),))


def boundary(minutes: int) -> int:
    return ASKED // MINUTE_MS * MINUTE_MS + minutes * MINUTE_MS


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


def gates(phone: Phone) -> list[tuple[int, dict[str, Any]]]:
    """When the gate was pushed, and what she may."""
    changes = [message for message in phone.told if message["type"] == "change"]
    return [(m["now"], door["may"]) for m in changes for door in m.get("doors", []) if door["id"] == "gate"]


async def given(world: World, **fields: object) -> None:
    version = world.policy.snapshot.sites["home"].grants["ana-gate"].version
    await world.people.edit_grant(ADM, "home", "ana-gate", version, fields)
    for phone in (world.ana, world.pau, world.adm):
        phone.told.clear()


async def test_hours_that_begin_and_end_are_pushed_at_their_minute_to_her_alone(world: World) -> None:
    await given(world, hours=window(2, 4))

    await world.passes(270)

    (began, may), (ended, may_not) = gates(world.ana)
    assert 0 <= began - boundary(2) < 300
    assert may == {"allowed": True, "reason": None, "next": None, "until": boundary(4)}
    assert 0 <= ended - boundary(4) < 300
    assert (may_not["allowed"], may_not["reason"], may_not["next"]) == (False, "hours", boundary(2) + 86_400_000)
    assert gates(world.pau) == gates(world.adm) == []


@pytest.mark.parametrize("ends_in_ms", [1, 777, 60_000, 61_003])
async def test_an_access_that_ends_is_pushed_at_its_millisecond(world: World, ends_in_ms: int) -> None:
    ends = world.time.now() + ends_in_ms
    version = world.policy.snapshot.sites["home"].grants["ana-gate"].version
    await world.people.edit_grant(ADM, "home", "ana-gate", version, {"ends": ends})  # it may be over when this is

    await world.passes(65)

    (when, may) = gates(world.ana)[-1]
    assert 0 <= when - ends < 300
    assert may == {"allowed": False, "reason": "ended", "next": None, "until": None}


async def test_an_access_that_begins_is_pushed(world: World) -> None:
    starts = world.time.now() + 5000
    await given(world, starts=starts)

    await world.passes(6)

    ((when, may),) = gates(world.ana)
    assert 0 <= when - starts < 300
    assert may["allowed"]


async def test_several_doors_that_turn_within_a_moment_are_all_pushed(world: World) -> None:
    now = world.time.now()
    for n, door in enumerate(("gate", "lobby", "garage")):
        await world.people.edit_grant(ADM, "home", f"ana-{door}", 1, {"ends": now + 3000 + n})
    world.ana.told.clear()

    await world.passes(4)

    shown = {d["id"]: d["may"]["reason"] for m in world.ana.told for d in m.get("doors", [])}
    assert shown == {"gate": "ended", "lobby": "ended", "garage": "ended"}


async def test_a_guests_door_turns_with_her_hosts_hours(world: World) -> None:
    things = [
        Person("vic", "Vic", "en"),
        Member("home", "vic", "guest", "Vic", host="ana"),
        Grant("visit", "home", "vic", doors=("gate",), within="ana"),
    ]
    await world.people._apply(ADM, "given", lambda _: [Edit(None, thing) for thing in things])
    await world.people.edit_member(ADM, "home", "ana", 1, {"may_invite": True})
    await given(world, hours=window(0, 2))
    vic = Phone("ana")
    vic.person = "vic"
    await world.live.join(vic, None, 0)
    assert vic.told[0]["doors"][0]["may"]["until"] == boundary(2)

    await world.passes(150)

    assert [may["reason"] for _, may in gates(vic)] == ["hours"]


async def test_hours_that_are_changed_are_waited_for_anew(world: World) -> None:
    await given(world, hours=window(1, 3))
    await given(world, hours=window(2, 5))

    await world.passes(150)

    assert [0 <= when - boundary(2) < 300 for when, _ in gates(world.ana)] == [True]


async def test_a_turn_that_falls_just_before_a_change_is_not_lost(world: World) -> None:
    """The change comes before the timer rings: what had turned by then is told with it."""
    ends = world.time.now() + 2000
    await given(world, ends=ends)
    world.live._agenda.close()
    world.time.jump(2.1)

    await world.people.edit_grant(ADM, "home", "ana-lobby", 1, {"note": "x"})

    assert [may["reason"] for _, may in gates(world.ana)] == ["ended"]


async def test_a_turn_while_she_is_away_makes_her_picture_anew(world: World) -> None:
    await given(world, ends=world.time.now() + 2000)
    seen = world.live._n
    world.live.leave(world.ana)
    await world.passes(3)

    await world.live.join(world.ana, world.live.stream, seen)

    assert world.ana.told[0]["type"] == "snapshot"
    (may,) = [door["may"] for door in world.ana.told[0]["doors"] if door["id"] == "gate"]
    assert may["reason"] == "ended"


async def test_a_turn_just_before_she_comes_back_makes_her_picture_anew(world: World) -> None:
    await given(world, ends=world.time.now() + 2000)
    seen = world.live._n
    world.live.leave(world.ana)
    world.live._agenda.close()
    world.time.jump(2.1)

    await world.live.join(world.ana, world.live.stream, seen)

    assert world.ana.told[0]["type"] == "snapshot"


async def test_a_turn_while_her_picture_is_made_is_pushed_after_it(world: World) -> None:
    await given(world, ends=world.time.now() + 500)
    recent = world.store.recent

    async def slowly(*how: Any) -> list:
        found = await recent(*how)
        world.time.jump(0.6)
        await asyncio.sleep(0)
        return found

    world.live.leave(world.ana)
    world.live.leave(world.pau)
    world.store.recent = slowly  # pyright: ignore[reportAttributeAccessIssue]
    late = Phone("ana")
    await world.live.join(late, None, 0)
    world.store.recent = recent
    await world.passes(1)

    pictures = [message for message in late.told if message["type"] == "snapshot"]
    shown = [d["may"] for d in pictures[-1]["doors"] if d["id"] == "gate"] + [may for _, may in gates(late)]
    assert shown[-1]["reason"] == "ended"


async def test_nobody_who_left_is_waited_for_twice(world: World) -> None:
    await given(world, ends=world.time.now() + 1000)
    for phone in (world.ana, world.pau, world.adm):
        world.live.leave(phone)
    await world.passes(2)

    assert world.live._turns == {}


# -- ticks


async def test_a_tick_says_how_many_changes_were_sent(world: World) -> None:
    before = {phone: phone.sent for phone in (world.ana, world.pau, world.adm)}
    world.live.start()
    for n in range(3):
        await world.people.edit_grant(ADM, "home", "ana-gate", 1 + n, {"ends": world.time.now() + 10_000_000 + n})
    await world.passes(1.5)
    await world.live.close()

    for phone in (world.ana, world.pau, world.adm):
        kinds = [message["type"] for message in phone.told]
        changes = [message for message in phone.told if message["type"] == "change"]
        (tick, *_) = [message for message in phone.told if message["type"] == "tick"]
        assert tick["sent"] - before[phone] == len(changes) == (0 if phone is world.pau else 3)
        assert kinds.index("tick") >= len(changes)


async def test_after_a_resume_it_counts_from_there(world: World) -> None:
    world.live.leave(world.ana)
    stays = Phone("ana")
    await world.live.join(stays, None, 0)
    seen = world.live._n
    await world.people.edit_grant(ADM, "home", "ana-gate", 1, {"ends": world.time.now() + 10_000_000})
    back = Phone("ana")

    await world.live.join(back, world.live.stream, seen)

    assert [message["type"] for message in back.told] == ["change"]
    assert back.sent == 1
