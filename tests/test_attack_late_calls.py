"""A call that was begun while it was allowed and is finished when it is no longer: its body comes late, or it waits for
other changes."""

import asyncio
import json
from typing import Any

import pytest

from cloud import api
from cloud.routes import COOKIE, PREFIX
from tests.api_side import ORIGIN, ApiSide, town
from tests.api_town import token

__all__ = ["town"]
GRANT = {"person": "tom", "doors": ["attic"]}


class Slow:
    """A call whose body is held back."""

    def __init__(self, town: ApiSide, who: str, method: str, path: str, body: object) -> None:
        self._town, self._raw = town, json.dumps(body).encode()
        self._head = (
            f"{method} {PREFIX}{path} HTTP/1.1\r\nHost: x\r\nOrigin: {ORIGIN}\r\nCookie: {COOKIE}={token(who)}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self._raw)}\r\nExpect: 100-continue\r\n"
            "Connection: close\r\n\r\n"
        )

    async def begin(self) -> None:
        """The service waits for the body when this returns."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._town.port)
        self._writer.write(self._head.encode())
        assert b"100 Continue" in await self._reader.readuntil(b"\r\n\r\n")

    async def finish(self) -> int:
        self._writer.write(self._raw)
        return await self.wait()

    async def wait(self) -> int:
        answer = await self._reader.read()
        self._writer.close()
        return int(answer.split()[1])


CALLS: dict[str, tuple[str, str, Any]] = {
    "access": ("POST", "places/home/grants", GRANT),
    "a person": ("POST", "places/home/people", {"contact": "+34699111222", "name": "Accomplice"}),
    "a group": ("POST", "places/home/groups", {"name": "Mine"}),
    "a decision": ("POST", "requests/asked-home", {"granted": True}),
    "a guest": ("POST", "places/home/guests", {"name": "Gil"}),
}


@pytest.mark.parametrize("what", CALLS)
async def test_a_body_that_comes_after_its_sender_was_removed_changes_nothing(town: ApiSide, what: str) -> None:
    slow = Slow(town, "adm", *CALLS[what])
    await slow.begin()
    assert (await town.call("own", "DELETE", "places/home/people/adm")).status == 204
    before = town.dump()
    assert await slow.finish() == 404
    assert town.dump() == before


@pytest.mark.parametrize("what", CALLS)
async def test_a_body_that_comes_after_its_session_has_ended_changes_nothing(town: ApiSide, what: str) -> None:
    slow = Slow(town, "adm", *CALLS[what])
    await slow.begin()
    assert (await town.call("adm", "POST", "sign-out")).status == 204
    before = town.dump()
    assert await slow.finish() == 401
    assert town.dump() == before


async def test_a_name_that_comes_after_a_lost_phone_changes_nothing(town: ApiSide) -> None:
    slow = Slow(town, "tom", "PATCH", "me", {"name": "Thief"})
    await slow.begin()
    assert (await town.call("adm", "POST", "places/home/people/tom/lost")).status == 201
    before = town.dump()
    assert await slow.finish() == 401
    assert town.dump() == before


async def _one_after_the_other(town: ApiSide, *calls: tuple[str, str, str, Any]) -> list[int]:
    """Both are on their way before the first is made."""
    turn = town.wired.people._changes._one_by_one
    await turn.acquire()
    tasks = []
    for number, call in enumerate(calls, 1):
        tasks.append(asyncio.create_task(town.call(*call)))
        while len(turn._waiters or ()) < number:  # noqa: ASYNC110 - a lock tells nobody who waits for it
            await asyncio.sleep(0)
    turn.release()
    return [answer.status for answer in await asyncio.gather(*tasks)]


@pytest.mark.parametrize("what", CALLS)
async def test_a_change_that_waits_behind_its_makers_removal_is_not_made(town: ApiSide, what: str) -> None:
    removal: tuple[str, str, str, Any] = ("own", "DELETE", "places/home/people/adm", None)
    assert await _one_after_the_other(town, removal, ("adm", *CALLS[what])) == [204, 404]
    mine = "SELECT count(*) FROM log WHERE who = 'adm' AND kind = 'change'"
    assert town.rows(mine) == [(0,)]


async def test_an_owner_who_is_an_admin_by_then_appoints_nobody(town: ApiSide) -> None:
    demotion = ("own", "PUT", "places/home/people/own2/role", {"role": "admin"})
    owner = {"contact": "+34699111222", "name": "Accomplice", "role": "owner"}
    assert await _one_after_the_other(town, demotion, ("own2", "POST", "places/home/people", owner)) == [204, 403]
    assert town.rows("SELECT 1 FROM people WHERE phone = '+34699111222'") == []


async def test_a_body_that_never_comes_does_not_hold_its_connection(
    town: ApiSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody need be signed in for it: each would keep a file of the service open for good."""
    monkeypatch.setattr(api, "BODY_S", 0.05)
    slow = Slow(town, "eve", "POST", "sign-in/code", {"contact": "+34699111222"})
    await slow.begin()
    assert await slow.wait() == 400
