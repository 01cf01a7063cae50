"""An admin tries to learn what the service knows of a number beyond what her place was told."""

import json

from cloud.change_desk import Actor
from tests.api_side import ApiSide, town
from tests.api_town import PHONES

__all__ = ["town"]
STRANGER = "+34699111222"


async def _told_of(town: ApiSide, contact: str) -> tuple[object, ...]:
    """All that an admin can see of whoever has this number, having added her and opened her link herself."""
    made = await town.call("adm", "POST", "places/home/people", {"contact": contact, "name": "Nora", "language": "en"})
    assert made.status == 201, made.body
    her, secret = made.body["person"], made.body["link"].partition("=")[2]
    looked = await town.call("adm", "POST", "links/look", {"secret": secret})
    await town.follow("her", made.body["link"])
    me = (await town.call("her", "GET", "me")).body
    (line,) = town.rows(
        "SELECT detail FROM log WHERE place = 'home' AND kind = 'change' ORDER BY n DESC LIMIT 1 OFFSET 1"
    )
    told = json.loads(line[0])
    kinds = [edit["kind"] for edit in told["edits"]]
    shown = [me["name"], me["phone"], me["email"], me["staff"], me["passkeys"]]
    return looked.body["name"], *shown, told["what"], kinds, her in json.dumps(told)


async def test_adding_and_becoming_somebody_tells_nothing_that_the_place_was_not_told(town: ApiSide) -> None:
    known = await _told_of(town, PHONES["boss"])
    town.forget_rates()
    unknown = await _told_of(town, STRANGER)
    assert known[0] == "Nora" and known[1] == "Nora"
    assert tuple(str(each).replace(PHONES["boss"][-2:], "NN") for each in known) == tuple(
        str(each).replace(STRANGER[-2:], "NN") for each in unknown
    )


async def test_what_somebody_changes_of_herself_stays_out_of_the_logs_of_her_places(town: ApiSide) -> None:
    """Work knows sco by whatever it was given; her mail and her new number are not its to read."""
    people = town.wired.people
    await people.prove_contact(Actor("sco", "s-sco"), "sco", "private@example.com")
    await people.edit_person(Actor("sco", "s-sco"), "sco", {"name": "Secret Name"})
    for place in ("home", "shop"):
        lines = town.rows("SELECT detail FROM log WHERE place = ?", place)
        text = "".join(detail for (detail,) in lines)
        assert "person_changed" in text
        for private in ("private@example.com", "Secret Name", PHONES["sco"]):
            assert private not in text
    (host,) = town.rows("SELECT group_concat(detail) FROM log WHERE place = ''")
    assert "private@example.com" in host[0]  # the service keeps what was before and after


async def test_a_session_for_another_place_does_not_show_as_signed_in_here(town: ApiSide) -> None:
    made = await town.call("ada", "POST", "places/shop/people", {"contact": STRANGER, "name": "Nora"})
    await town.follow("nora", made.body["link"])
    here = await town.call("adm", "POST", "places/home/people", {"contact": STRANGER, "name": "Nora"})
    shown = {person["member"]["person"]: person["signed_in"] for person in (await town.place("adm"))["people"]}
    assert shown[here.body["person"]] is False
    await town.follow("nora here", here.body["link"])
    shown = {person["member"]["person"]: person["signed_in"] for person in (await town.place("adm"))["people"]}
    assert shown[here.body["person"]] is True


async def test_a_link_of_one_place_renames_nobody_elsewhere(town: ApiSide) -> None:
    """sco's session is good for the shop only; home is not touched by it, not even its log."""
    before = town.dump()
    for body in ({"name": "Not Sco"}, {"language": "ca"}):
        answer = await town.call("sco", "PATCH", "me", body)
        assert (answer.status, answer.reason) == (403, "scope")
    assert town.dump() == before


async def test_trying_numbers_does_not_tell_whose_they_are(town: ApiSide) -> None:
    """The place knows tom by one contact; that another is his, too, is not its to learn."""
    await town.wired.people.prove_contact(Actor("tom", "s-tom"), "tom", "private@example.com")
    body = {"contact": "private@example.com", "name": "Whoever"}
    added = await town.call("adm", "POST", "places/home/people", body)
    moved = await town.call("adm", "PUT", "places/home/people/mia/contact", {"contact": "private@example.com"})
    for answer in (added, moved):
        assert (answer.status, answer.body["current"]) == (409, None)
