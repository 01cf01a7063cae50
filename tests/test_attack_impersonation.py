"""An admin opens a link that she has made for another admin: the one she plays must hear of it, too."""

import aiohttp

from tests.api_side import ApiSide, town

__all__ = ["town"]


async def _news(ws: aiohttp.ClientWebSocketResponse) -> list[dict[str, object]]:
    """Of the first change that has some."""
    while True:
        message = await ws.receive_json(timeout=5)
        if message.get("news"):
            return message["news"]


async def test_whom_somebody_else_has_made_a_link_for_is_told_of_its_device(town: ApiSide) -> None:
    async with await town.socket("own2") as ws:
        await ws.send_json({"type": "watch", "stream": None, "seen": 0})
        assert (await ws.receive_json(timeout=5))["type"] == "snapshot"
        made = await town.call("own", "POST", "places/home/people/own2/link")
        assert (await town.follow("thief", made.body["link"])).status == 204
        (news,) = await _news(ws)
    assert (news["kind"], news["place"], news["who"]) == ("new_device", "home", "Own2")
