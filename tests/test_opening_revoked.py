"""Promise 6: once a removal is acknowledged nothing leaves for it, whatever was being decided. On the real store."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from cloud import access
from cloud.access import Grant, Group, GroupMember, Member, Person
from cloud.changes import Edit
from cloud.hours import Hours, Window
from cloud.messages import Reply
from cloud.operations import State
from cloud.sessions import Session
from cloud.verbs import next_version
from firmware import wire
from tests.given import ADM, change_elsewhere, inhabited_database, read_afresh
from tests.unit_side import UNIT
from tests.world import World

RACES = [pytest.param(300, id="sample"), pytest.param(1000, id="all", marks=pytest.mark.long)]  # of all kinds together
NEVER = Hours(windows=(Window((0,), 0, 1),))  # a minute on Mondays: ASKED is another time


async def edits(world: World, *made: Edit) -> None:
    await world.people._apply(ADM, "given", lambda _: list(made))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """`gus` may open the gate by his group; `guest` by what `host` gave, while she may herself."""
    async with World(inhabited_database(tmp_path)) as world:
        people = [Person(each, each, "en") for each in ("gus", "host", "guest")]
        members = [
            Member("home", "gus", "member", "Gus"),
            Member("home", "host", "member", "Host", may_invite=True),
            Member("home", "guest", "guest", "Guest", host="host"),
        ]
        things = [
            *people,
            *members,
            Group("crew", "home", "Crew"),
            GroupMember("crew", "gus", "home"),
            GroupMember("crew", "host", "home"),
            Grant("crew", "home", group="crew", doors=("gate",)),
            Grant("visit", "home", "guest", doors=("gate",), within="host"),
        ]
        await edits(world, *(Edit(None, thing) for thing in things))
        for person in ("gus", "guest"):
            await sign_in(world, person)
        yield world


async def sign_in(world: World, person: str) -> Session:
    session = await world.sessions.who(await world.sessions.begin(person, "code", "a phone"))
    assert session is not None
    return session


def site(world: World) -> access.Site:
    return world.policy.snapshot.sites["home"]


async def remove_grant(world: World) -> None:
    await world.people.remove_grant(ADM, "home", "crew")


async def give_grant(world: World) -> None:
    await world.people.add_grant(ADM, Grant("crew", "home", group="crew", doors=("gate",)))


async def suspend(world: World, *, so: bool = True) -> None:
    version = site(world).members["gus"].version
    await world.people.edit_member(ADM, "home", "gus", version, {"suspended": so})


async def hours(world: World, hours: Hours = NEVER) -> None:
    await world.people.edit_grant(ADM, "home", "crew", site(world).grants["crew"].version, {"hours": hours})


async def remove_member(world: World) -> None:
    await world.people.remove_member(ADM, "home", "gus")


async def give_member(world: World) -> None:
    member, group = Member("home", "gus", "member", "Gus"), GroupMember("crew", "gus", "home")
    await edits(world, Edit(None, member), Edit(None, group))


async def nothing(_: World) -> None:
    """A session is begun for each race anyway."""


TAKEN: dict[str, tuple[Callable[[World], Awaitable[None]], Callable[[World], Awaitable[None]], str]] = {
    "grant": (remove_grant, give_grant, "access"),
    "member suspended": (suspend, lambda world: suspend(world, so=False), "suspended"),
    "member removed": (remove_member, give_member, "access"),
    "left the group": (
        lambda world: world.people.leave_group(ADM, "home", "crew", "gus"),
        lambda world: world.people.join_group(ADM, "home", "crew", "gus"),
        "access",
    ),
    "hours": (hours, lambda world: hours(world, Hours()), "hours"),
    "session": (
        lambda world: world.people.end_session(world.sessions.of("gus")[-1].id),
        nothing,
        "session",
    ),
}


@pytest.mark.parametrize("races", RACES)
@pytest.mark.parametrize("what", TAKEN)
async def test_in_a_thousand_races_nothing_leaves_after_the_removal_is_acknowledged(
    world: World, what: str, races: int
) -> None:
    """The press begins before, while or after the change is committed; its command leaves before the acknowledgement
    or not at all."""
    take, give, reason = TAKEN[what]
    chance = random.Random(what)
    won, late = Counter[str](), 0
    world.unit.judge = lambda *_: (0,)  # pyright: ignore[reportAttributeAccessIssue] - obeys nothing, answers nothing
    for _ in range(races // len(TAKEN) + 1):
        session = await sign_in(world, "gus")
        over = asyncio.Event()
        sent_after: list[bytes] = []

        def look(frame: bytes, over: asyncio.Event = over, sent_after: list[bytes] = sent_after) -> None:
            if frame[1] == wire.COMMAND and over.is_set():
                sent_after.append(frame)

        world.broker.before_publish = look

        async def removal(over: asyncio.Event = over) -> None:
            for _ in range(chance.randrange(12)):
                await asyncio.sleep(0)
            await take(world)
            over.set()

        async def press(session: Session = session) -> Reply:
            for _ in range(chance.randrange(40)):
                await asyncio.sleep(0)
            return await world.opening.press(session, world.a_press(), "socket")

        replies = await asyncio.gather(*(press() for _ in range(3)), removal())
        world.opening.unit_came(UNIT)  # what was sent and not answered would leave again
        await asyncio.sleep(0)
        late += len(sent_after)
        won.update(reply.refused.reason if reply.refused else "sent" for reply in replies if reply is not None)
        await give(world)

    assert late == 0
    assert {"sent", reason} <= set(won), "each side won some races"
    assert set(won) <= {"sent", reason, "access"}, "access: decided three times, and each time it was another moment"


async def test_in_races_with_a_revoked_unit_nothing_leaves_after_the_acknowledgement(tmp_path: Path) -> None:
    for n in range(20):
        folder = tmp_path / str(n)
        folder.mkdir()
        async with World(inhabited_database(folder)) as world:
            over, late = asyncio.Event(), []
            world.broker.before_publish = lambda frame, over=over, late=late: late.extend([frame] * over.is_set())

            async def removal(world: World = world, over: asyncio.Event = over, n: int = n) -> None:
                for _ in range(n):
                    await asyncio.sleep(0)
                await world.people.revoke_unit(UNIT, "adm")
                over.set()

            await asyncio.gather(*(world.press(person=p) for p in ("ana", "pau") for _ in range(10)), removal())
            await world.passes(6)

            assert late == []
            assert (await world.press()).refused is not None


# -- what was sent before, or waits


CASES = {
    **TAKEN,
    "member of a removed group": (lambda w: w.people.remove_group(ADM, "home", "crew", 1), None, "access"),
}


@pytest.mark.parametrize("what", CASES)
async def test_what_was_sent_is_not_sent_again_and_what_waits_never_leaves(world: World, what: str) -> None:
    take, _, reason = CASES[what]
    session = await sign_in(world, "gus")
    world.broker.lossy = True
    sent = await world.opening.press(session, world.a_press(), "socket")
    assert len(world.broker.commands()) == 1
    world.broker_goes()
    waits = await world.opening.press(session, world.a_press(), "socket")

    await take(world)
    await world.quiet()

    assert sent.operation
    assert waits.operation
    found = await world.store.press("gus", waits.press_id)
    assert found is not None
    assert (found.state, found.reason) == (State.NOT_SENT, reason)
    world.broker_comes()
    await world.passes(13)
    assert len(world.broker.commands()) == 1
    found = await world.store.press("gus", sent.press_id)
    assert found is not None
    assert found.state is State.UNKNOWN


# -- the guest of a member


GUEST = {
    "the host leaves the group": lambda w: w.people.leave_group(ADM, "home", "crew", "host"),
    "the host is suspended": lambda w: w.people.edit_member(ADM, "home", "host", 1, {"suspended": True}),
    "the host may invite no more": lambda w: w.people.edit_member(ADM, "home", "host", 1, {"may_invite": False}),
    "the host's group has other hours": hours,
    "the group's access is removed": remove_grant,
    "the host is removed": lambda w: w.people.remove_member(ADM, "home", "host"),
    "the guest is ended": lambda w: w.people.end_guest(ADM, "home", "guest"),
    "the guest's access is suspended": lambda w: w.people.edit_grant(ADM, "home", "visit", 1, {"suspended": True}),
}


@pytest.mark.parametrize("what", GUEST)
async def test_the_guest_of_a_member_is_shut_out_with_her(world: World, what: str) -> None:
    (row,) = world.sessions.of("guest")
    session = Session(row.id, "guest")
    world.broker.lossy = True
    sent = await world.opening.press(session, world.a_press(), "socket")
    world.broker_goes()
    waits = await world.opening.press(session, world.a_press(), "socket")
    assert sent.refused is waits.refused is None

    await GUEST[what](world)

    again = await world.opening.press(session, world.a_press(), "socket")
    assert again.refused is not None
    world.broker_comes()
    await world.passes(13)
    assert len(world.broker.commands()) == 1
    found = await world.store.press("guest", waits.press_id)
    assert found is not None
    assert found.state is State.NOT_SENT


async def test_a_guest_whose_host_comes_back_may_enter_again(world: World) -> None:
    (row,) = world.sessions.of("guest")
    session = Session(row.id, "guest")
    await world.people.leave_group(ADM, "home", "crew", "host")
    await world.people.join_group(ADM, "home", "crew", "host")

    assert (await world.opening.press(session, world.a_press(), "socket")).refused is None


# -- changed by another process: only the record can tell


@pytest.mark.parametrize("what", ["grant", "group", "host", "suspended"])
async def test_what_another_process_has_taken_is_refused_at_the_record(world: World, what: str) -> None:
    def taken(snapshot: access.Snapshot) -> list[Edit]:
        home = snapshot.sites["home"]
        match what:
            case "grant":
                return [Edit(home.grants["crew"], None)]
            case "suspended":
                return [next_version(home.members[each], suspended=True) for each in ("gus", "host")]
            case _:
                belonging = [GroupMember("crew", each, "home") for each in ("gus", "host")]
                return [Edit(each, None) for each in belonging]

    await change_elsewhere(world.store, taken)

    for person in ("gus", "guest"):
        (row,) = world.sessions.of(person)
        reply = await world.opening.press(Session(row.id, person), world.a_press(), "socket")
        assert reply.refused is not None
    assert world.broker.commands() == []
    assert world.policy.version("home") == (await read_afresh(world.store)).version("home")


async def test_a_session_of_another_place_opens_nothing_here(world: World) -> None:
    (row,) = world.sessions.of("gus")

    reply = await world.opening.press(Session(row.id, "gus", place="elsewhere"), world.a_press(), "socket")

    assert reply.refused is not None
    assert reply.refused.reason == "access"
    found = await world.store.press("gus", reply.press_id)
    assert found is not None
    assert (found.state, found.grant) == (State.REFUSED, None)
    assert world.broker.commands() == []
