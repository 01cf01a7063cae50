"""A change reaches exactly the apps whose view it changes, with what it is to each, and in words that are right."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cloud import schema
from cloud.access import Grant, Group, Member
from cloud.change_desk import Actor
from cloud.changes import Request
from cloud.lines import AGAIN_S
from tests.given import ADM, ASKED, SESSIONS, inhabited_database
from tests.live_side import NEVER, YARD, Town, Watching, applied, fresh, picture


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with Town(inhabited_database(tmp_path)) as town:
        await town.inhabited()
        yield town


ADMINS = {"adm", "mod"}
ANA = {"ana", "ana at home"}
ALL_OF_HOME = ADMINS | ANA | {"pau", "gus", "mia", "vic"}
Change = Callable[[Town], Awaitable[object]]


def grant(town: Town, key: str) -> Grant:
    return town.policy.snapshot.sites["home"].grants[key]


MATRIX: dict[str, tuple[Change, set[str], dict[str, list[str]]]] = {
    "her hours": (
        lambda t: t.people.edit_grant(ADM, "home", "ana-gate", 1, {"hours": NEVER}),
        ADMINS | ANA,
        {"ana": ["changed"], "ana at home": ["changed"]},
    ),
    "a note on her access": (
        lambda t: t.people.edit_grant(ADM, "home", "ana-gate", 1, {"note": "for the bins"}),
        ADMINS | ANA,
        {},
    ),
    "her access is suspended": (
        lambda t: t.people.edit_grant(ADM, "home", "ana-gate", 1, {"suspended": True}),
        ADMINS | ANA,
        {"ana": ["suspended"], "ana at home": ["suspended"]},
    ),
    "her access goes": (
        lambda t: t.people.remove_grant(ADM, "home", "ana-gate"),
        ADMINS | ANA,
        {"ana": ["ended"], "ana at home": ["ended"]},
    ),
    "she gets another": (
        lambda t: t.people.add_grant(ADM, Grant("new", "home", "ana", doors=("garage",), hours=NEVER)),
        ADMINS | ANA,
        {"ana": ["given"], "ana at home": ["given"]},
    ),
    "a group's hours": (
        lambda t: t.people.edit_grant(ADM, "home", "crew", 1, {"hours": NEVER}),
        ADMINS | {"gus", "mia", "vic"},
        {"gus": ["changed"], "mia": ["changed"]},
    ),
    "a group's name": (
        lambda t: t.people.edit_group(ADM, "home", "crew", 1, "The crew"),
        ADMINS | {"gus", "mia"},
        {},
    ),
    "somebody leaves a group": (
        lambda t: t.people.leave_group(ADM, "home", "crew", "gus"),
        ADMINS | {"gus", "vic"},
        {"gus": ["ended"]},
    ),
    "somebody without anything in it joins a group": (
        lambda t: t.people.join_group(ADM, "home", "crew", "pau"),
        ADMINS | {"pau"},
        {"pau": ["given"]},
    ),
    "a group goes": (
        lambda t: t.people.remove_group(ADM, "home", "crew", 1),
        ADMINS | {"gus", "mia", "vic"},
        {"gus": ["ended"], "mia": ["ended"]},
    ),
    "a host is suspended": (
        lambda t: t.people.edit_member(ADM, "home", "gus", 1, {"suspended": True}),
        ADMINS | {"gus", "vic"},
        {"gus": ["suspended"]},
    ),
    "a flat": (lambda t: t.people.edit_member(ADM, "home", "pau", 1, {"flat": "3-2"}), ADMINS, {}),
    "a guest ends": (lambda t: t.people.end_guest(ADM, "home", "vic"), ADMINS | {"vic"}, {"vic": ["ended"]}),
    "a role": (
        lambda t: t.people.set_role(ADM, "home", "pau", "admin"),
        ADMINS | {"pau"},
        {"pau": ["role"]},
    ),
    "a door's name": (
        lambda t: t.people.edit_door(ADM, "lobby", 1, {"name": "Front door"}),
        ADMINS | ANA | {"pau"},
        {},
    ),
    "a door goes": (
        lambda t: t.people.remove_door(ADM, "lobby", 1),
        ADMINS | ANA | {"pau"},
        {"ana": ["ended"], "ana at home": ["ended"], "pau": ["ended"]},
    ),
    "a place's help": (
        lambda t: t.people.edit_place(ADM, "home", 1, {"other_way": "Ring at 3-2"}),
        ALL_OF_HOME,
        {},
    ),
    "a place's internal address": (
        lambda t: t.people.edit_place(ADM, "home", 1, {"address": "Street 1"}),
        ADMINS,
        {},
    ),
    "a new person": (
        lambda t: t.people.add_person(ADM, Member("home", "", "member", "Noa"), "noa@example.com", "en", None),
        ADMINS,
        {},
    ),
    "another place's help": (
        lambda t: t.people.edit_place(YARD, "yard", 1, {"other_way": "Shout"}),
        {"yan"},
        {},
    ),
    "another place's group": (
        lambda t: t.people.add_group(YARD, Group("gang", "yard", "Gang")),
        {"yan"},
        {},
    ),
    "she asks to be let in": (
        lambda t: t.people.ask(Actor("mia"), Request("ask", "home", "mia", "entry", "Mia", ASKED, door="lobby")),
        ADMINS,
        {},
    ),
    "a number and name of somebody in two places": (
        lambda t: t.people.edit_person(Actor("ana"), "ana", {"phone": "+34600111222"}),
        ADMINS | {"yan"},
        {},
    ),
}


@pytest.mark.parametrize("what", MATRIX)
async def test_a_change_reaches_exactly_those_whose_view_it_changes(town: Town, what: str) -> None:
    change, reached, news = MATRIX[what]

    await change(town)
    await town.quiet()

    assert town.changed() == reached
    assert {name: watching.news() for name, watching in town.watching.items() if watching.news()} == news
    for watching in town.watching.values():
        if watching.name not in ADMINS | {"yan"} and news.get(watching.name) != ["role"]:
            assert not watching.said("edits"), watching.name
            assert not any(message["type"] == "log" for message in watching.told)


@pytest.mark.parametrize("what", MATRIX)
async def test_what_was_pushed_is_what_a_fresh_picture_shows(town: Town, what: str) -> None:
    before = {name: await fresh(town, watching) for name, watching in town.watching.items()}
    await MATRIX[what][0](town)
    await town.quiet()

    for name, watching in town.watching.items():
        shown = applied(before[name], watching.told)
        assert shown == picture(await fresh(town, watching)), name


# -- who somebody is


@pytest.mark.parametrize(
    ("change", "who"),
    [
        (lambda t: t.people.set_role(ADM, "home", "pau", "admin"), {"pau"}),
        (lambda t: t.people.set_role(ADM, "home", "mod", "member"), {"mod"}),
        (lambda t: t.people.edit_member(ADM, "home", "mia", 1, {"may_invite": True}), {"mia"}),
        (lambda t: t.people.edit_member(ADM, "home", "mia", 1, {"may_hold": True}), {"mia"}),
        (lambda t: t.people.edit_member(ADM, "home", "ana", 1, {"name": "Ana M."}), {*ANA, "ana in the yard"}),
        (lambda t: t.people.edit_person(Actor("mia"), "mia", {"language": "ca"}), {"mia"}),
        (lambda t: t.people.edit_member(ADM, "home", "mia", 1, {"flat": "1"}), set()),
    ],
    ids=["admin", "admin no more", "may invite", "may hold", "name", "language", "flat"],
)
async def test_who_has_become_somebody_else_is_drawn_anew(town: Town, change: Change, who: set[str]) -> None:
    await change(town)
    await town.quiet()

    assert town.redrawn() == who


async def test_an_admin_no_more_gets_no_line_of_the_log_that_made_her_so(town: Town) -> None:
    await town.people.set_role(ADM, "home", "mod", "member")
    await town.passes(AGAIN_S)

    assert not any(message["type"] == "log" for message in town.watching["mod"].told)
    assert not town.watching["mod"].said("edits")
    assert any(message["type"] == "log" for message in town.watching["adm"].told)


async def test_lines_of_the_log_go_to_who_manages_that_place_and_nobody_else(town: Town) -> None:
    await town.opens("gate")
    await town.people.edit_place(YARD, "yard", 1, {"name": "The yard"})
    await town.passes(AGAIN_S)

    told = {
        name: {line["place"] for m in watching.told if m["type"] == "log" for line in m["lines"]}
        for name, watching in town.watching.items()
    }
    assert {name: places for name, places in told.items() if places} == {
        "adm": {"home"},
        "mod": {"home"},
        "yan": {"yard"},
    }


async def test_the_admins_see_that_somebody_has_signed_in(town: Town) -> None:
    town.live._views.signed_in = lambda person, _place: bool(town.sessions.of(person))

    await town.sessions.begin("mia", "code", "a phone")
    await town.passes(AGAIN_S)

    shown = [edit for edit in town.watching["adm"].said("edits") if edit["key"] == "mia"]
    assert [edit["thing"]["signed_in"] for edit in shown] == [True]


# -- a session that is good for one place


async def test_a_scoped_session_never_hears_of_another_place(town: Town) -> None:
    home, yard = town.watching["ana at home"], town.watching["ana in the yard"]
    yard_door = {"id": "shed", "place": "yard", "name": "Shed", "unit": "yard-unit", "number": 0, "drive": "open"}
    await town.store.add(schema.units, id="yard-unit")
    await town.store.add(schema.doors, **yard_door, sensor=False, travel_s=1, pulse_ms=500)
    await town.policy.refresh()
    await town.people.add_grant(YARD, Grant("shed", "yard", "ana"))
    await town.people.edit_grant(ADM, "home", "ana-gate", 1, {"hours": NEVER})
    await town.opens("lobby")
    await town.people.edit_member(ADM, "home", "ana", 1, {"name": "Ana M."})
    await town.quiet()
    town.live.doors([town.policy.snapshot.sites["yard"].doors["shed"]])

    for watching, other in ((home, "yard"), (yard, "home")):
        told = str([*watching.told, await fresh(town, watching)])
        assert f"'place': '{other}'" not in told
        assert f"'id': '{other}'" not in told
    assert {door["id"] for door in (await fresh(town, yard))["doors"]} == {"shed"}
    assert (await fresh(town, home))["you"]["name"] == "Ana M."
    assert (await fresh(town, yard))["you"]["name"] == "Ana of the yard"
    assert town.watching["adm in the yard"].told == []
    assert (await fresh(town, town.watching["adm in the yard"]))["you"]["manages"] == []


# -- away


async def test_whoever_was_away_catches_up_or_gets_a_picture(town: Town) -> None:
    ana = town.watching["ana"]
    for name in ANA | {"ana in the yard"}:
        town.live.leave(town.watching[name])
    seen = town.live._n

    await town.people.edit_grant(ADM, "home", "pau-gate", 1, {"hours": NEVER})
    await town.live.join(ana, town.live.stream, seen)
    assert ana.told == [], "nothing of that was hers"

    town.live.leave(ana)
    await town.people.edit_grant(ADM, "home", "ana-gate", 1, {"hours": NEVER})
    await town.live.join(ana, town.live.stream, seen)

    assert ana.told[0]["type"] == "snapshot"
    assert picture(ana.told[0]) == picture(await fresh(town, ana))


async def test_two_phones_of_hers_one_away_the_other_not(town: Town) -> None:
    home = town.watching["ana at home"]
    seen = town.live._n
    town.live.leave(home)
    await town.people.edit_grant(ADM, "home", "ana-gate", 1, {"hours": NEVER})
    await town.live.join(home, town.live.stream, seen)

    assert home.changes() == town.watching["ana"].changes()
    assert town.watching["ana in the yard"].told == []


async def test_a_change_during_a_redraw_is_shown_after_it(town: Town) -> None:
    """The picture's history was read before the press; the press must not go missing from the screen."""
    recent, go, read = town.store.recent, asyncio.Event(), asyncio.Event()

    async def slowly(*how: Any) -> list:
        found = await recent(*how)
        read.set()
        await go.wait()
        return found

    town.store.recent, town.waits_for_pictures = slowly, False  # pyright: ignore[reportAttributeAccessIssue]
    await town.people.edit_person(Actor("pau"), "pau", {"language": "ca"})
    await read.wait()
    op = await town.opens("lobby", person="pau")
    go.set()
    town.store.recent, town.waits_for_pictures = recent, True
    await town.quiet()

    pau = town.watching["pau"]
    kinds = [message["type"] for message in pau.told]
    after = pau.told[kinds.index("snapshot") :]
    assert any(o["id"] == op for message in after for o in message.get("operations", []))
    assert pau.sent == len(pau.changes())


async def test_an_ended_session_hears_nothing_more(town: Town) -> None:
    await town.live.join(mine := Watching("ana", "ana"), None, 0)
    mine.session = SESSIONS["ana"]
    mine.told.clear()

    await town.people.end_session(SESSIONS["ana"])
    await town.people.edit_grant(ADM, "home", "ana-gate", 1, {"hours": NEVER})

    assert mine.dropped is not None
    assert mine.told == []
    assert town.watching["ana"].news() == ["changed"]


async def test_those_of_one_group_who_have_other_accesses_besides_see_other_things(town: Town) -> None:
    """What is drawn once for many is drawn for those only to whom it looks the same."""
    await town.people.add_grant(ADM, Grant("gus too", "home", "gus", doors=("gate",)))
    await town.people.add_grant(ADM, Grant("mia too", "home", "mia", doors=("lobby",)))
    town.forget()

    await town.people.edit_grant(ADM, "home", "crew", 1, {"hours": NEVER})
    await town.quiet()

    gates = {name: [d["may"]["reason"] for d in town.watching[name].said("doors")] for name in ("gus", "mia")}
    assert gates == {"gus": [], "mia": ["hours"]}
    for name in ("gus", "mia"):
        assert [g["id"] for g in town.watching[name].said("grants")] == ["crew"]
