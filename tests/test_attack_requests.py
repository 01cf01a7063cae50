"""Requests and offers that outlive those who made them, or those who may decide them."""

from tests.api_side import ApiSide, town

__all__ = ["town"]
YES, NO = {"granted": True}, {"granted": False}


async def test_a_person_who_was_removed_does_not_come_back_by_what_she_had_asked(town: ApiSide) -> None:
    assert (await town.call("own", "DELETE", "places/home/people/tom")).status == 204
    assert (await town.call("adm", "POST", "requests/asked-home", YES)).status == 409
    assert town.rows("SELECT 1 FROM members WHERE person = 'tom' AND place = 'home'") == []


async def test_an_offer_ends_with_the_membership_of_whom_it_was_made_to(town: ApiSide) -> None:
    assert (await town.call("own", "DELETE", "places/home/people/mia")).status == 204
    again = {"contact": "+34612345604", "name": "Mia"}
    phone = town.rows("SELECT phone FROM people WHERE id = 'mia'")[0][0]
    assert (await town.call("adm", "POST", "places/home/people", {**again, "contact": phone})).status == 201
    assert (await town.call("mia", "POST", "requests/offered-home", YES)).status == 409
    assert town.rows("SELECT role FROM members WHERE person = 'mia'") == [("member",)]


async def test_an_owner_who_was_removed_leaves_no_offer_behind(town: ApiSide) -> None:
    """She would go on ruling the place by whom she had chosen."""
    assert (await town.call("own", "DELETE", "places/home/people/own2")).status == 204
    assert (await town.call("mia", "POST", "requests/offered-home", YES)).status == 409
    assert town.rows("SELECT role FROM members WHERE person = 'mia'") == [("member",)]


async def test_an_owner_who_was_made_a_member_leaves_no_offer_behind(town: ApiSide) -> None:
    assert (await town.call("own", "PUT", "places/home/people/own2/role", {"role": "member"})).status == 204
    assert (await town.call("mia", "POST", "requests/offered-home", YES)).status == 409


async def test_somebody_suspended_does_not_become_an_owner(town: ApiSide) -> None:
    assert (await town.call("adm", "PATCH", "places/home/people/mia", {"version": 1, "suspended": True})).status == 204
    before = town.rows("SELECT * FROM requests")
    assert (await town.call("mia", "POST", "requests/offered-home", YES)).status == 403
    assert town.rows("SELECT role FROM members WHERE person = 'mia'") == [("member",)]
    assert town.rows("SELECT * FROM requests") == before


async def test_an_owner_takes_an_offer_back_and_an_admin_does_not(town: ApiSide) -> None:
    assert (await town.call("adm", "POST", "requests/offered-home", NO)).status == 404
    assert (await town.call("own", "POST", "requests/offered-home", YES)).status == 404
    assert (await town.call("own", "POST", "requests/offered-home", NO)).status == 204
    assert (await town.call("mia", "POST", "requests/offered-home", YES)).status == 409
