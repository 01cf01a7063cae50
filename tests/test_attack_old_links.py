"""Links are made, kept, and used when their maker, or she for whom they are, is no longer what she was."""

from cloud import verbs
from cloud.access import Snapshot
from cloud.change_desk import Actor
from cloud.changes import Edit
from tests.api_side import ApiSide, town

__all__ = ["town"]


async def _link_for(town: ApiSide, maker: str, person: str) -> str:
    made = await town.call(maker, "POST", f"places/home/people/{person}/link")
    assert made.status == 201, made.body
    return made.body["link"]


async def test_an_admin_who_was_removed_does_not_come_back_by_a_link_that_she_made(town: ApiSide) -> None:
    link = await _link_for(town, "adm", "tom")
    assert (await town.call("own", "DELETE", "places/home/people/adm")).status == 204
    assert (await town.follow("thief", link)).status == 403
    assert town.rows("SELECT count(*) FROM sessions WHERE person = 'tom' AND way = 'link'") == [(0,)]


async def test_an_admin_who_was_suspended_does_not_either(town: ApiSide) -> None:
    link = await _link_for(town, "adm", "tom")
    suspended = await town.call("own", "PATCH", "places/home/people/adm", {"version": 1, "suspended": True})
    assert suspended.status == 204
    assert (await town.follow("thief", link)).status == 403


async def test_an_admin_does_not_become_owner_by_a_link_made_before_its_person_was_one(town: ApiSide) -> None:
    link = await _link_for(town, "adm", "tom")
    assert (await town.call("own", "PUT", "places/home/people/tom/role", {"role": "owner"})).status == 204
    assert (await town.follow("thief", link)).status == 403


async def test_a_link_of_somebody_who_was_removed_begins_nothing(town: ApiSide) -> None:
    """Also where it is spent between her removal and the end of her links."""
    link = await _link_for(town, "adm", "tom")
    await town.wired.people._changes.apply(Actor("own", "s-own"), "person_removed", _removal)
    assert (await town.follow("tom again", link)).status == 403


def _removal(snapshot: Snapshot) -> list[Edit]:
    return verbs.remove_member(snapshot, "home", "tom", "own")


async def test_links_of_whoever_still_manages_and_of_the_host_go_on(town: ApiSide) -> None:
    assert (await town.follow("tom anew", await _link_for(town, "adm", "tom"))).status == 204
    assert (await town.follow("owner anew", await _link_for(town, "own", "own2"))).status == 204
    guest = await town.call("mia", "POST", "places/home/guests", {"name": "Gil"})
    assert (await town.follow("gil", guest.body["link"])).status == 204
