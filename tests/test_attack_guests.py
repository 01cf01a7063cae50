"""A guest's link as a way to see, keep or hand on more than its maker has."""

import pytest

from tests.api_side import ApiSide, town

__all__ = ["town"]


async def test_a_guest_sees_no_door_that_whoever_invited_her_does_not_see(town: ApiSide) -> None:
    """tom sees the gate and the attic; the garage is not his."""
    garage = {"name": "Garage", "unit": "0000beef", "number": 0, "drive": "open", "sensor": False}
    door = (await town.call("ins", "POST", "places/home/doors", garage)).body["id"]
    assert (await town.call("adm", "PATCH", "places/home/people/tom", {"version": 1, "may_invite": True})).status == 204
    assert door not in await town.doors_of("tom")

    asked = await town.call("tom", "POST", "places/home/guests", {"name": "Spy", "doors": [door]})
    assert (asked.status, asked.reason) == (404, "unknown")
    made = await town.call("tom", "POST", "places/home/guests", {"name": "Spy"})
    await town.follow("spy", made.body["link"])
    assert set(await town.doors_of("spy")) == {"gate", "attic"}


async def test_an_admin_who_is_one_no_longer_keeps_no_way_in_by_a_guest(town: ApiSide) -> None:
    made = await town.call("adm", "POST", "places/home/guests", {"name": "Myself"})
    await town.follow("myself", made.body["link"])
    assert await town.press("myself", "gate") is None
    assert (await town.call("own", "PUT", "places/home/people/adm/role", {"role": "member"})).status == 204
    assert await town.press("myself", "gate") == "access"
    assert (await town.call("adm", "POST", "places/home/guests", {"name": "Another"})).status == 403


@pytest.mark.parametrize("who", ["own2", "adm"])
async def test_an_admin_who_is_suspended_keeps_no_way_in_by_a_guest(town: ApiSide, who: str) -> None:
    made = await town.call(who, "POST", "places/home/guests", {"name": "Myself"})
    await town.follow("myself", made.body["link"])
    assert await town.press("myself", "gate") is None
    body = {"version": 1, "suspended": True}
    assert (await town.call("own", "PATCH", f"places/home/people/{who}", body)).status == 204
    assert await town.press("myself", "gate") == "suspended"
    moved = await town.call(who, "POST", f"places/home/guests/{made.body['person']}/move")
    assert (await town.follow("myself", moved.body["link"])).status == 403


async def test_a_guest_invites_nobody(town: ApiSide) -> None:
    """Guests of guests would stay when the one who began it goes."""
    answer = await town.call("adm", "PATCH", "places/home/people/gus", {"version": 1, "may_invite": True})
    assert (answer.status, answer.reason) == (403, "role")
    assert town.rows("SELECT may_invite FROM members WHERE person = 'gus'") == [(0,)]
