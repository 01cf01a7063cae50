"""The next person signs in on a computer where somebody else still is: what was hers ends, and nothing of hers comes up
on the screen any more. Who signs in again as herself loses nothing."""

from tests.api_side import ApiSide, town
from tests.api_town import link, token
from tests.push_side import Side, side

__all__ = ["side", "town"]


async def over(town: ApiSide, who: str, path: str, secret: str) -> str:
    """A sign-in in the browser that has the session of `who`: the new token."""
    answer = await town.call(who, "POST", path, {"secret": secret})
    assert answer.status == 204
    assert answer.cookie
    return answer.cookie


async def test_nothing_of_who_was_there_before_is_pushed_to_the_next_ones_screen(side: Side) -> None:
    shared = await side.browser("adm")
    side.town.tokens["tom"] = await over(side.town, "adm", "sign-in", link("tom"))

    side.alarm("tamper", "1", "adm")
    await side.out.settled()

    assert side.service.to(shared) == []


async def test_the_session_of_who_was_there_before_ends_with_its_windows(town: ApiSide) -> None:
    """Its token is in no cookie any more: only somebody who has copied it would go on with it."""
    async with await town.socket("adm") as window:
        await window.send_json({"type": "watch", "stream": None, "seen": 0})
        assert (await window.receive_json(timeout=5))["type"] == "snapshot"
        tom = await over(town, "adm", "sign-in", link("tom"))
        while not window.closed:
            await window.receive(timeout=5)
    assert window.close_code == 4401
    assert (await town.call("adm", "GET", "me")).status == 401
    assert (await town.call("adm-other", "GET", "me")).status == 200, "her own phone is not this computer"

    guest = await over(town, "tom-other", "guest", link("gus"))
    town.tokens |= {"new tom": tom, "new gus": guest}
    assert [(await town.call(who, "GET", "me")).status for who in ("tom-other", "new tom", "new gus")] == [
        401,
        200,
        200,
    ]


async def test_a_link_that_is_refused_ends_nothing(town: ApiSide) -> None:
    assert (await town.call("adm", "POST", "sign-in", {"secret": "x" * 32})).reason == "link"
    assert (await town.call("adm", "GET", "me")).status == 200


async def test_who_signs_in_again_as_herself_is_still_told(side: Side) -> None:
    hers = await side.browser("adm")
    side.town.tokens["again"] = await over(side.town, "adm", "sign-in", link("adm"))
    assert side.town.tokens["again"] != token("adm")

    side.alarm("tamper", "1", "adm")
    await side.out.settled()

    assert len(side.service.to(hers)) == 1
