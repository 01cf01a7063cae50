"""What is there once is taken once, however many come for it at the same moment."""

import asyncio
from pathlib import Path

from tests.api_side import ApiSide
from tests.api_town import PHONES, link

AT_ONCE = 50


async def _all_at_once(side: ApiSide, path: str, body: object) -> list[int]:
    calls = [side.call(None, "POST", path, body, address=f"198.51.100.{n}") for n in range(AT_ONCE)]
    return sorted(answer.status for answer in await asyncio.gather(*calls))


def _sessions_of(side: ApiSide, who: str) -> int:
    return side.rows("SELECT count(*) FROM sessions WHERE person = ? AND ended IS NULL", who)[0][0]


ONCE = [204, *[403] * (AT_ONCE - 1)]


async def test_fifty_at_once_with_one_link_begin_one_session(tmp_path: Path) -> None:
    async with ApiSide(tmp_path / "town") as side:
        before = _sessions_of(side, "eve")
        assert await _all_at_once(side, "sign-in", {"secret": link("eve")}) == ONCE
        assert _sessions_of(side, "eve") == before + 1


async def test_fifty_at_once_with_one_guest_link_bind_one_phone(tmp_path: Path) -> None:
    async with ApiSide(tmp_path / "town") as side:
        before = _sessions_of(side, "gus")
        assert await _all_at_once(side, "guest", {"secret": link("gus")}) == ONCE
        assert _sessions_of(side, "gus") == before + 1


async def test_fifty_at_once_with_one_invitation_begin_one_session(tmp_path: Path) -> None:
    async with ApiSide(tmp_path / "town") as side:
        made = await side.call("adm", "POST", "places/home/people", {"contact": "+34612345690", "name": "Nora"})
        secret = made.body["link"].partition("#sign-in=")[2]
        assert await _all_at_once(side, "sign-in", {"secret": secret}) == ONCE
        assert _sessions_of(side, made.body["person"]) == 1


async def test_fifty_at_once_with_one_code_begin_one_session(tmp_path: Path) -> None:
    """Five tries of a ticket count: whichever comes first is right, and the ticket is spent."""
    async with ApiSide(tmp_path / "town") as side:
        before = _sessions_of(side, "eve")
        asked = await side.call(None, "POST", "sign-in/code", {"contact": PHONES["eve"]})
        await side.wired.codes.recorded()
        ((_, code),) = side.carrier.codes
        body = {"ticket": asked.body["ticket"], "code": code}
        assert await _all_at_once(side, "sign-in/verify", body) == ONCE
        assert _sessions_of(side, "eve") == before + 1


async def test_fifty_decisions_at_once_decide_once(tmp_path: Path) -> None:
    async with ApiSide(tmp_path / "town") as side:
        body = {"granted": True}
        calls = [side.call("adm", "POST", "requests/asked-home", body) for _ in range(AT_ONCE)]
        statuses = sorted(answer.status for answer in await asyncio.gather(*calls))
        grants = side.rows("SELECT id FROM grants WHERE person = 'tom' AND uses = 1")

    assert statuses == [204, *[409] * (AT_ONCE - 1)]
    assert len(grants) == 1
