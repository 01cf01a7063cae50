"""What an admin does with the people of a place, through HTTP, and what each may then do herself."""

import pytest

from tests.api_side import Answer, ApiSide, town
from tests.api_town import PHONES

__all__ = ["town"]
NORA = {"contact": "+34 612 999 001", "name": "Nora", "flat": "2B"}


async def added(town: ApiSide, by: str = "adm", **how: object) -> Answer:
    answer = await town.call(by, "POST", "places/home/people", {**NORA, **how})
    assert answer.status == 201, answer.body
    return answer


async def test_who_is_added_signs_in_by_her_link_and_opens_every_door(town: ApiSide) -> None:
    made = await added(town)

    assert (await town.follow("nora", made.body["link"])).status == 204
    assert set(await town.doors_of("nora")) == {"gate", "attic"}
    assert await town.press("nora", "gate") is None
    assert made.body["qr"].startswith("data:image/svg+xml;base64,")
    (her,) = [p for p in (await town.place())["people"] if p["member"]["person"] == made.body["person"]]
    assert (her["member"]["name"], her["member"]["flat"], her["signed_in"]) == ("Nora", "2B", True)
    assert town.told() == ["person_added", "link_made"]


async def test_a_link_of_one_place_shows_nothing_of_another(town: ApiSide) -> None:
    """Wes is of the shop already: whoever manages home does not become him there."""
    made = await added(town, contact=PHONES["wes"], name="Mr Wes")

    assert made.body["person"] == "wes"
    await town.follow("wes at home", made.body["link"])
    assert set(await town.doors_of("wes at home")) == {"gate", "attic"}
    assert await town.press("wes at home", "dock") == "access"
    me = (await town.call("wes at home", "GET", "me")).body
    assert (me["scope"], me["phone"], me["passkeys"]) == ("home", "+34 ••• " + PHONES["wes"][-2:], [])
    assert (await town.call("wes at home", "POST", "me/contact", {"contact": "+34612999002"})).status == 403
    assert [s["place"] for s in (await town.call("wes at home", "GET", "sessions")).body] == ["home"]
    assert (await town.call("wes at home", "DELETE", "sessions")).status == 204
    assert (await town.call("wes", "GET", "me")).status == 200, "his own session lives"


async def test_who_is_added_twice_is_there_once(town: ApiSide) -> None:
    await added(town)

    again = await town.call("adm", "POST", "places/home/people", NORA)

    assert (again.status, again.reason, again.body["current"]["name"]) == (409, "member", "Nora")
    assert town.told() == ["person_added", "link_made"]


@pytest.mark.parametrize("doors", [[], ["gate"]])
async def test_access_is_what_was_said_and_none_is_none(town: ApiSide, doors: list[str]) -> None:
    made = await added(town, access={"doors": doors, "uses": 1} if doors else None)
    await town.follow("nora", made.body["link"])

    assert set(await town.doors_of("nora")) == set(doors)
    assert [await town.press("nora", "gate") for _ in range(2)] == ([None, "uses"] if doors else ["access", "access"])


async def test_only_an_owner_makes_owners_and_admins(town: ApiSide) -> None:
    for role in ("owner", "admin"):
        refused = await town.call("adm", "POST", "places/home/people", {**NORA, "role": role})
        assert (refused.status, refused.reason) == (403, "role")
        assert (await town.call("adm", "PUT", "places/home/people/tom/role", {"role": role})).status == 403
    assert town.told() == []

    assert (await town.call("own", "PUT", "places/home/people/tom/role", {"role": "admin"})).status == 204
    assert (await town.call("tom", "GET", "places/home")).status == 200
    assert (await town.call("own", "PUT", "places/home/people/tom/role", {"role": "member"})).status == 204
    assert (await town.call("tom", "GET", "places/home")).status == 403


async def test_an_admin_makes_no_link_by_which_she_would_be_an_owner(town: ApiSide) -> None:
    before = town.dump()
    for method, what, body in (
        ("POST", "link", None),
        ("POST", "lost", None),
        ("PUT", "contact", {"contact": "+34612999003"}),
        ("PUT", "role", {"role": "member"}),
    ):
        refused = await town.call("adm", method, f"places/home/people/own/{what}", body)
        assert (refused.status, refused.reason) == (403, "role"), what
    assert (await town.call("adm", "DELETE", "places/home/people/own")).status == 403
    suspended = {"version": 1, "suspended": True}
    assert (await town.call("adm", "PATCH", "places/home/people/own", suspended)).status == 403
    assert town.dump() == before

    assert (await town.call("own2", "POST", "places/home/people/own/link")).status == 201


async def test_a_new_link_ends_the_one_that_was_not_used(town: ApiSide) -> None:
    first = (await town.call("adm", "POST", "places/home/people/tom/link")).body["link"]
    second = (await town.call("adm", "POST", "places/home/people/tom/link")).body["link"]

    assert (await town.follow("tom's", first)).reason == "link"
    assert (await town.follow("tom's", second)).status == 204


async def test_a_lost_phone_is_out_at_once_and_her_rights_stay(town: ApiSide) -> None:
    async with await town.socket("tom") as ws:
        await ws.send_json({"type": "watch", "stream": None, "seen": 0})
        await ws.receive_json(timeout=5)
        made = await town.call("adm", "POST", "places/home/people/tom/lost")
        while not (said := await ws.receive(timeout=5)).type.name.startswith("CLOS"):
            pass
        assert said.data == 4401

    assert (await town.call("tom", "GET", "me")).status == 401
    assert (await town.follow("tom's new", made.body["link"])).status == 204
    assert await town.press("tom's new", "gate") is None


async def test_another_number_takes_all_she_has_here_and_the_old_one_is_out(town: ApiSide) -> None:
    made = await town.call("adm", "PUT", "places/home/people/tom/contact", {"contact": "+34612999004"})

    assert made.status == 201
    await town.follow("tom2", made.body["link"])
    assert await town.press("tom2", "gate") is None
    assert await town.press("tom", "gate") == "access"
    people = {p["member"]["person"]: p for p in (await town.place())["people"]}
    assert "tom" not in people
    assert people[made.body["person"]]["member"]["name"] == "Tom"


async def test_who_is_suspended_opens_nothing_until_she_is_resumed(town: ApiSide) -> None:
    path = "places/home/people/tom"
    assert (await town.call("adm", "PATCH", path, {"version": 1, "suspended": True})).status == 204
    assert await town.press("tom", "gate") == "suspended"
    assert (await town.doors_of("tom"))["gate"]["may"]["reason"] == "suspended"

    assert (await town.call("adm", "PATCH", path, {"version": 2, "suspended": False})).status == 204
    assert await town.press("tom", "gate") is None


async def test_who_changes_what_somebody_else_has_changed_is_told_how_it_is(town: ApiSide) -> None:
    path = "places/home/people/tom"
    await town.call("adm", "PATCH", path, {"version": 1, "name": "Tomás"})

    late = await town.call("own", "PATCH", path, {"version": 1, "flat": "9"})

    assert (late.status, late.reason, late.body["current"]["name"]) == (409, "conflict", "Tomás")
    assert late.body["current"]["version"] == 2
    assert (await town.place())["people"][0]["member"]["flat"] != "9"


async def test_a_place_keeps_an_owner_whatever_is_tried(town: ApiSide) -> None:
    for method, path, body in (
        ("DELETE", "places/shop/people/boss", None),
        ("PUT", "places/shop/people/boss/role", {"role": "member"}),
        ("PATCH", "places/shop/people/boss", {"version": 1, "suspended": True}),
    ):
        refused = await town.call("boss", method, path, body)
        assert (refused.status, refused.reason) == (409, "last_owner"), path
    assert town.told("shop") == []


async def test_who_leaves_by_herself_takes_her_guests_along(town: ApiSide) -> None:
    assert (await town.call("mia", "DELETE", "places/home/people/mia")).status == 204

    assert await town.press("mia", "gate") == "access"
    assert (await town.call("gus", "GET", "me")).status == 401
    assert not {"mia", "gus"} & {p["member"]["person"] for p in (await town.place())["people"]}
    assert (await town.call("mia", "GET", "me")).status == 200, "she is still somebody"


async def test_ownership_is_offered_and_taken_by_whom_it_is_offered_to(town: ApiSide) -> None:
    offer = await town.call("own", "POST", "places/home/ownership", {"person": "tom"})
    request = f"requests/{offer.body['id']}"

    for who in ("adm", "own", "mia", "eve"):
        assert (await town.call(who, "POST", request, {"granted": True})).status == 404
    assert (await town.call("tom", "POST", request, {"granted": True})).status == 204
    assert (await town.call("tom", "PUT", "places/home/people/adm/role", {"role": "member"})).status == 204
    assert (await town.call("tom", "POST", request, {"granted": False})).reason == "decided"


async def test_a_group_gives_and_takes_what_it_may_open(town: ApiSide) -> None:
    group = (await town.call("adm", "POST", "places/home/groups", {"name": "Gardeners"})).body["id"]
    made = await added(town, access=None)
    await town.follow("nora", made.body["link"])
    await town.call("adm", "POST", "places/home/grants", {"group": group, "doors": ["gate"]})
    member = f"places/home/groups/{group}/people/{made.body['person']}"
    assert await town.press("nora", "gate") == "access"

    assert (await town.call("adm", "PUT", member)).status == 204
    assert await town.press("nora", "gate") is None
    assert (await town.call("adm", "DELETE", member)).status == 204
    assert await town.press("nora", "gate") == "access"

    await town.call("adm", "PUT", member)
    assert (await town.call("adm", "DELETE", f"places/home/groups/{group}", {"version": 1})).status == 204
    assert await town.press("nora", "gate") == "access"
    assert group not in {g["group"] for g in (await town.place())["grants"]}
