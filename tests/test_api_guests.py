"""Guests and those who ask, through HTTP: what a link shows, binds and gives; who lets whom in."""

from typing import Any

import aiohttp
import pytest

from cloud import schema
from tests.api_side import ApiSide, town
from tests.api_town import PHONES, POSTERS
from tests.given import ASKED

__all__ = ["town"]
HOUR = 3600 * 1000


async def invited(town: ApiSide, by: str = "mia", **how: object) -> str:
    answer = await town.call(by, "POST", "places/home/guests", {"name": "Gil", "doors": ["gate"], **how})
    assert answer.status == 201, answer.body
    return answer.body["link"]


def secret(link: str) -> dict[str, str]:
    return {"secret": link.rpartition("=")[2]}


async def test_looking_at_a_link_tells_what_it_is_for_and_spends_nothing(town: ApiSide) -> None:
    link = await invited(town, starts=ASKED + HOUR, ends=ASKED + 2 * HOUR, uses=2)

    looks = [await town.call(None, "POST", "links/look", secret(link)) for _ in range(3)]

    assert looks[0].body == looks[2].body
    view = looks[0].body
    assert (view["kind"], view["state"], view["place"], view["doors"]) == ("guest", "new", "Home", ["Gate"])
    assert (view["name"], view["host"], view["allowed"], view["next"]) == ("Gil", "Mia", False, ASKED + HOUR)
    assert (view["ends"], view["uses"], view["zone"]) == (ASKED + 2 * HOUR, 2, "Europe/Madrid")
    assert (await town.follow("gil", link)).status == 204


async def test_a_guest_link_is_good_on_one_phone(town: ApiSide) -> None:
    link = await invited(town)
    await town.follow("gil", link)

    second = await town.follow("another phone", link)

    assert (second.status, second.reason) == (403, "bound")
    assert (await town.call(None, "POST", "links/look", secret(link))).body["state"] == "bound"
    assert await town.press("gil", "gate") is None
    assert await town.press("gil", "attic") == "access"


async def test_a_guest_link_is_no_sign_in_and_a_sign_in_no_guest_link(town: ApiSide) -> None:
    guest = secret(await invited(town))
    person = secret((await town.call("adm", "POST", "places/home/people/tom/link")).body["link"])

    assert (await town.call(None, "POST", "sign-in", guest)).reason == "link"
    assert (await town.call(None, "POST", "guest", person)).reason == "link"
    assert (await town.call(None, "POST", "guest", guest)).status == 204, "none of it was spent"
    assert (await town.call(None, "POST", "sign-in", person)).status == 204


async def test_a_guest_moves_to_another_phone_and_the_first_is_out(town: ApiSide) -> None:
    await town.follow("gil", await invited(town))
    guest = await gil(town)
    assert guest["state"] == "bound"

    moved = await town.call("mia", "POST", f"places/home/guests/{guest['person']}/move")

    assert (await town.call("gil", "GET", "me")).status == 401
    await town.follow("gil2", moved.body["link"])
    assert await town.press("gil2", "gate") is None


async def opened(town: ApiSide, guest: str, recorded: int, state: str, door: str = "gate") -> None:
    """A press of a guest's that came to this end."""
    names = ("id", "press_id", "session", "unit")
    values = dict.fromkeys(names, f"{guest}-{recorded}")
    values |= {"person": guest, "place": "home", "door": door, "action": "open", "way": "guest", "state": state}
    await town.wired.store.add(schema.operations, **values, asked=recorded, recorded=recorded)


async def news_until_an_operation(socket: aiohttp.ClientWebSocketResponse) -> list[tuple[str, str]]:
    """All that was told before the next press is shown."""
    told: list[tuple[str, str]] = []
    while True:
        message = await socket.receive_json(timeout=10)
        told += [(news["kind"], news["who"]) for news in message.get("news", ())]
        if message["type"] == "change" and message.get("operations"):
            return told


async def gil(town: ApiSide, host: str = "mia") -> dict[str, Any]:
    (guest,) = [g for g in (await town.call(host, "GET", "me/guests")).body if g["name"] == "Gil"]
    return guest


async def test_a_host_sees_when_her_guest_came_how_often_and_is_told_without_asking(town: ApiSide) -> None:
    link = await invited(town)
    before = await gil(town)
    assert (before["bound"], before["opened"], before["last"], before["door"]) == (None, 0, None, None)
    async with await town.socket("mia") as hers, await town.socket("tom") as his:
        for socket in (hers, his):
            await socket.send_json({"type": "watch"})
            assert (await socket.receive_json(timeout=10))["type"] == "snapshot"
        await town.follow("gil", link)
        for who in ("mia", "tom"):
            await town.press(who, "gate")
        assert await news_until_an_operation(hers) == [("guest", "Gil")]
        assert await news_until_an_operation(his) == []  # who is no host of his

    guest = before["person"]
    await opened(town, guest, ASKED + 1, "DONE")
    await opened(town, guest, ASKED + 3, "DONE", "attic")
    await opened(town, guest, ASKED + 2, "DONE")
    await opened(town, guest, ASKED + 4, "UNKNOWN")
    after = await gil(town)
    assert (after["opened"], after["last"], after["door"]) == (3, ASKED + 3, "attic")
    assert after["bound"] >= ASKED
    assert guest not in str((await town.call("tom", "GET", "me/guests")).body)


async def test_a_guest_is_ended_by_her_host_and_by_nobody_else_who_is_no_admin(town: ApiSide) -> None:
    await town.follow("gil", await invited(town))
    guest = (await gil(town))["person"]

    for who in ("tom", "gus", "sue", "ada", "eve"):
        assert (await town.call(who, "DELETE", f"places/home/guests/{guest}")).status == 404
    assert await town.press("gil", "gate") is None
    assert (await town.call("mia", "DELETE", f"places/home/guests/{guest}")).status == 204
    assert (await town.call("gil", "GET", "me")).status == 401
    assert guest not in str(await town.place())


async def test_a_guest_of_a_member_may_enter_only_while_she_may_herself(town: ApiSide) -> None:
    await town.follow("gil", await invited(town))
    assert await town.press("gil", "gate") is None

    await town.call("adm", "PATCH", "places/home/people/mia", {"version": 1, "suspended": True})
    assert await town.press("gil", "gate") is not None
    await town.call("adm", "PATCH", "places/home/people/mia", {"version": 2, "suspended": False})
    assert await town.press("gil", "gate") is None
    await town.call("adm", "DELETE", "places/home/grants/mia-gate")
    assert await town.press("gil", "gate") is not None


async def test_a_guest_has_as_many_uses_as_were_said(town: ApiSide) -> None:
    await town.follow("gil", await invited(town, by="adm", uses=1))

    assert [await town.press("gil", "gate") for _ in range(2)] == [None, "uses"]


async def test_a_member_who_may_not_invite_makes_no_guests(town: ApiSide) -> None:
    refused = await town.call("tom", "POST", "places/home/guests", {"name": "Gil"})

    assert (refused.status, refused.reason) == (403, "role")
    assert town.told() == []


# -- asking


async def test_a_stranger_at_a_poster_proves_her_number_asks_and_is_let_in(town: ApiSide) -> None:
    poster = POSTERS["home"]
    assert (await town.call(None, "POST", "links/look", {"secret": poster})).body["place"] == "Home"
    asked = await town.call(None, "POST", "sign-in/code", {"contact": "+34612999010", "poster": poster})
    await town.wired.codes.recorded()
    ((contact, code),) = town.carrier.codes
    assert contact == "+34612999010"
    typed = {"ticket": asked.body["ticket"], "code": code, "poster": poster, "language": "ca"}
    assert (await town.sign_in("zoe", "sign-in/verify", typed)).status == 204
    assert (await town.call("zoe", "GET", "me")).body["language"] == "ca", "as her phone speaks"

    request = await town.call("zoe", "POST", "asks", {"poster": poster, "name": "Zoe", "flat": "3A"})
    again = await town.call("zoe", "POST", "asks", {"poster": poster, "name": "Zoe", "flat": "3A"})
    assert again.body == request.body, "one request is enough"
    assert await town.doors_of("zoe") == {}
    (shown,) = [r for r in (await town.place("adm"))["requests"] if r["id"] == request.body["id"]]
    proven = "+34612999010"
    assert (shown["name"], shown["flat"], shown["kind"], shown["contact"]) == ("Zoe", "3A", "access", proven)
    granted = {"granted": True, "access": {"doors": ["gate"]}}
    assert (await town.call("adm", "POST", f"requests/{shown['id']}", granted)).status == 204
    assert await town.press("zoe", "gate") is None
    (member,) = [p for p in (await town.place("adm"))["people"] if p["member"]["name"] == "Zoe"]
    assert member["contact"] == proven


async def test_a_stranger_without_a_poster_is_sent_no_code_and_is_told_the_same(town: ApiSide) -> None:
    contacts = ("+34612999011", PHONES["tom"])
    answers = [await town.call(None, "POST", "sign-in/code", {"contact": contact}) for contact in contacts]
    await town.wired.codes.recorded()

    assert {answer.status for answer in answers} == {202}
    assert {len(answer.body["ticket"]) for answer in answers} == {32}
    assert [contact for contact, _ in town.carrier.codes] == [PHONES["tom"]]


async def test_a_new_poster_ends_the_old_one(town: ApiSide) -> None:
    made = await town.call("adm", "POST", "places/home/poster")
    new = made.body["link"].partition("#ask=")[2]

    assert (await town.call("eve", "POST", "asks", {"poster": POSTERS["home"], "name": "Eve"})).reason == "link"
    assert (await town.call("eve", "POST", "asks", {"poster": new, "name": "Eve"})).status == 201
    assert "poster_made" in town.told()
    assert new not in "".join(town.dump())


async def test_who_is_refused_asks_to_be_let_in_and_is_once(town: ApiSide) -> None:
    assert (await town.call("tom", "POST", "doors/gate/ask")).reason == "allowed"
    assert (await town.call("tom", "POST", "doors/dock/ask")).status == 404
    assert await town.press("sue", "gate") == "suspended"
    asked = await town.call("mia", "POST", "doors/attic/ask")
    assert await town.press("mia", "attic") == "suspended"

    assert (await town.call("adm", "POST", f"requests/{asked.body['id']}", {"granted": True})).status == 204
    assert [await town.press("mia", "attic") for _ in range(2)] == [None, "suspended"]


@pytest.mark.parametrize("granted", [True, False])
async def test_what_is_decided_stays_decided(town: ApiSide, granted: bool) -> None:
    assert (await town.call("adm", "POST", "requests/asked-home", {"granted": granted})).status == 204

    again = await town.call("own", "POST", "requests/asked-home", {"granted": not granted})

    assert (again.status, again.reason) == (409, "decided")
    assert (await town.press("tom", "attic") is None) == granted
