"""Every row of the table of routes as everybody, about things of a place, of another one, and that are not there. What
is refused changes nothing; what is not there looks like what is somebody else's. The same on the websocket.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from cloud.openapi import refusals
from cloud.routes import ROUTES, Route
from tests.api_calls import BODIES, PERSON, body_of, path_of, query_of
from tests.api_side import Answer, ApiSide
from tests.given import ASKED

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOBODY = "-"
ENDED = "adm-ended"  # the token of a session of the admin's that has ended
CALLERS = [NOBODY, ENDED, "eve", "rex", "mia", "sue", "gus", "tom", "sco", "ada", "adm", "own", "hos", "ins", "hob"]
CALLERS += ["mai"]
SIGNED_IN = {who for who in CALLERS if who not in (NOBODY, ENDED)}
MEMBERS = {"home": {"mia", "sue", "gus", "tom", "adm", "own"}, "shop": {"ada", "sco"}}
OWN = ("public", "person", "unscoped")  # roles whose calls are about the caller herself
# role of a route → who may, about things of home and of the shop
MAY: dict[str, dict[str, set[str]]] = {
    "public": {"home": {*CALLERS}, "shop": {*CALLERS}},
    "person": {"home": SIGNED_IN, "shop": SIGNED_IN},
    "unscoped": {"home": SIGNED_IN - {"sco", "gus", "hob"}, "shop": SIGNED_IN - {"sco", "gus", "hob"}},
    "member": MEMBERS,
    "admin": {"home": {"adm", "own"}, "shop": {"ada"}},
    "owner": {"home": {"own"}, "shop": set()},
    "admin_or_self": {"home": {"adm", "own", "tom"}, "shop": {"ada"}},
    "inviter": {"home": {"adm", "own", "mia"}, "shop": {"ada"}},
    "decider": {"home": {"adm", "own"}, "shop": {"ada"}},
    "host": {"home": {"hos"}, "shop": {"hos"}},
    "installer": {"home": {"hos", "ins"}, "shop": {"hos", "ins"}},
    "maintainer": {"home": {"mai"}, "shop": {"mai"}},
    "keeper": {"home": {"adm", "own", "hos", "ins"}, "shop": {"ada", "hos", "ins"}},
}
# what those are told who may call: other than the route's own status, at home and at the shop
OTHERWISE: dict[str, int | dict[str, int]] = {
    **dict.fromkeys(("sign_in", "bind_guest", "look", "check_code", "finish_passkey"), 403),
    **dict.fromkeys(("check_contact", "add_passkey"), 403),
    "add_guest": {"sue": 403, "gus": 403, "tom": 403, "sco": 403},
    "ask_entry": {"gus": 404},
    "edit_me": {"sco": 403, "gus": 403, "hob": 403},  # a link of one place does not rename her, there or elsewhere
    "set_pin": {"sco": 403},  # she is of another place, too, and a link of one must not lock her out there
    **dict.fromkeys(("add_key_set", "publish"), 422),
    **dict.fromkeys(("begin_rollout", "resume_rollout"), 409),  # one is on its way
    "ask_access": dict.fromkeys(("mia", "tom", "adm", "own", "sue"), 409),
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def side(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ApiSide]:
    async with ApiSide(tmp_path_factory.mktemp("api")) as side:
        yield side


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


EVERY = pytest.mark.parametrize("route", ROUTES, ids=name)


async def ask(side: ApiSide, route: Route, who: str, place: str, *, absent: bool = False) -> Answer:
    path = path_of(route, place, "adm" if who in (NOBODY, ENDED) else who, absent=absent)
    body, query = body_of(route, place), query_of(route, place)
    return await side.call(
        None if who == NOBODY else who,
        route.method,
        path,
        body,
        query=query,
        address=f"198.51.100.{CALLERS.index(who)}",
    )


def expected(route: Route, who: str, place: str) -> int | None:
    """The status of a refusal; None: she may."""
    if who in MAY[route.role][place]:
        return None
    if who in (NOBODY, ENDED):
        return 401
    if route.role in ("host", "maintainer", "unscoped"):
        return 403
    if "place" in route.parameters and route.role != "inviter" and who in MEMBERS[place]:
        return 403
    if route.role == "installer" and who in MAY["admin"][place]:
        return 403  # she knows the door: she manages it
    return 404


async def test_every_route_has_its_call_and_every_role_its_row() -> None:
    assert BODIES.keys() == {route.handler for route in ROUTES}
    assert MAY.keys() == {route.role for route in ROUTES}


@EVERY
async def test_who_may_not_is_told_so_and_nothing_changes(side: ApiSide, route: Route) -> None:
    before, dump = side.writes(), side.dump()

    wrong = []
    for place in MEMBERS:
        for who in CALLERS:
            status = expected(route, who, place)
            if status is None:
                continue
            answer = await ask(side, route, who, place)
            if answer.status != status or answer.reason not in ("session", "role", "scope", "unknown"):
                wrong.append((who, place, status, answer.status, answer.body))
            if side.writes() != before:
                wrong.append((who, place, "something was written"))
                before = side.writes()

    assert wrong == []
    assert side.dump() == dump


@pytest.mark.parametrize("route", [route for route in ROUTES if route.parameters], ids=name)
async def test_what_is_not_there_looks_like_what_is_somebody_elses(side: ApiSide, route: Route) -> None:
    before, wrong = side.writes(), []
    for who in CALLERS:
        there = expected(route, who, "home")
        answer = await ask(side, route, who, "home", absent=True)
        itself = route.role not in (*OWN, "maintainer") and len(route.parameters) == 1
        wanted = 404 if there is None or (there == 403 and itself) else there
        if route.handler == "leave_group" and there is None:
            wanted = route.status  # who is not in the group has left it
        if route.role == "admin_or_self" and who == PERSON["home"]:
            wanted = 403  # it is not herself whom she names
        if answer.status != wanted:
            wrong.append((who, wanted, answer.status, answer.body))
        if answer.status == 404 and there == 404:
            theirs = await ask(side, route, who, "home")
            if theirs.body != answer.body:
                wrong.append((who, "a difference", theirs.body, answer.body))

    assert wrong == []
    assert side.writes() == before


@EVERY
async def test_who_may_can(route: Route, tmp_path: Path) -> None:
    """What one does to a place would be in the next one's way: each has a town of her own for it."""
    wrong = []
    callers = [(who, place) for place in MEMBERS for who in sorted(MAY[route.role][place])]
    towns = (
        [[(who, place) for who, place in callers if place == "home"]] if route.role in OWN else [[c] for c in callers]
    )
    for number, town in enumerate(towns):
        async with ApiSide(tmp_path / f"{number}") as side:
            for who, place in town:
                if route.handler == "clear_pin":
                    await side.wired.pins.set(who, "2846")
                answer = await ask(side, route, who, place)
                told = OTHERWISE.get(route.handler, route.status)
                status = told.get(who, route.status) if isinstance(told, dict) else told
                if answer.status != status or (status != route.status and status not in refusals(route)):
                    wrong.append((who, place, status, answer.status, answer.body))

    assert wrong == []


# -- the websocket: what each is shown, and what each message does

SHOWN = {  # who is shown a door at all
    **dict.fromkeys(("mia", "tom", "sue", "adm", "own"), "attic gate"),
    "gus": "gate",
    **dict.fromkeys(("sco", "ada"), "dock"),
    **dict.fromkeys(("eve", "rex", "hos", "ins", "hob", "mai"), ""),
}
MANAGED = {"adm": ["home"], "own": ["home"], "ada": ["shop"]}
WATCH = {"type": "watch", "stream": None, "seen": 0}


@pytest.mark.parametrize("who", [NOBODY, ENDED, "no such token"])
async def test_nobody_gets_no_websocket(side: ApiSide, who: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await side.socket(None if who == NOBODY else who)

    assert refused.value.status == 401


@pytest.mark.parametrize("who", sorted(SIGNED_IN))
async def test_everybody_is_shown_her_own_doors_and_nothing_else(side: ApiSide, who: str) -> None:
    before = side.writes()
    async with await side.socket(who) as ws:
        await ws.send_json(WATCH)
        picture = await ws.receive_json(timeout=5)

    places = {door["place"] for door in picture["doors"]}
    assert " ".join(sorted(door["id"] for door in picture["doors"])) == SHOWN[who]
    assert {place["id"] for place in picture["places"]} == places
    assert {grant["person"] for grant in picture["grants"]} <= {who}
    assert {grant["place"] for grant in picture["grants"]} <= places
    assert picture["heads"].keys() <= places
    assert set(picture["you"]["manages"]) == (
        {"home"} if who in ("adm", "own") else {"shop"} if who == "ada" else set()
    )
    assert side.writes() == before


@pytest.mark.parametrize("door", ["gate", "attic", "dock", "nowhere"])
@pytest.mark.parametrize("who", sorted(SIGNED_IN))
async def test_a_press_goes_where_she_may_and_nowhere_else(tmp_path: Path, who: str, door: str) -> None:
    """Only these are let in: mia, tom and gus by the gate."""
    press = {"type": "press", "press_id": "p" * 22, "door": door, "action": "open", "at": ASKED}
    async with ApiSide(tmp_path / "town") as side, await side.socket(who) as ws:
        await ws.send_json(WATCH)
        await ws.receive_json(timeout=5)
        await ws.send_json(press)
        reply = await ws.receive_json(timeout=5)
        while reply["type"] != "reply":
            reply = await ws.receive_json(timeout=5)
        told = side.rows("SELECT state, reason FROM operations")

    allowed = door == "gate" and who in ("mia", "tom", "gus")
    assert ("REFUSED" not in {state for state, _ in told}) == allowed or told == []
    assert (reply.get("refused") is None) == allowed


@pytest.mark.parametrize(
    "message",
    [WATCH, {"type": "snapshot"}, {"type": "change", "n": 1}, {"type": "log", "lines": []}, {"type": "heads"}, {}],
    ids=lambda message: str(message.get("type")),
)
@pytest.mark.parametrize("who", ["mia", "adm", "eve", "sco"])
async def test_what_is_not_a_press_is_an_error_and_changes_nothing(side: ApiSide, who: str, message: object) -> None:
    before = side.writes()
    async with await side.socket(who) as ws:
        await ws.send_json(WATCH)
        await ws.receive_json(timeout=5)
        await ws.send_json(message)
        assert (await ws.receive_json(timeout=5))["type"] == "error"

    assert side.writes() == before


async def test_what_is_not_a_watch_first_is_the_end(side: ApiSide) -> None:
    press = {"type": "press", "press_id": "p" * 22, "door": "gate", "action": "open", "at": ASKED}
    before = side.writes()
    async with await side.socket("mia") as ws:
        await ws.send_json(press)
        assert (await ws.receive(timeout=5)).data == 4400

    assert side.writes() == before
