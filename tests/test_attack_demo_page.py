"""A page of the world, open beside the demo, reaches for what this machine serves to itself: pictures and scripts need
no permission of ours, and each look at the QR code makes a link that signs in."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sim.local import guarded

FRAME = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}, 403),
        (FRAME, 200),  # the phones, where the page is called localhost; for others its policy leaves it blank
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, 200),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 200),  # a phone
        ({"Host": "evil.example"}, 403),
        ({}, 200),
    ],
)
async def test_what_another_site_embeds_of_the_demo_is_refused(sent: dict[str, str], status: int) -> None:
    made: list[str] = []

    async def qr(request: web.Request) -> web.Response:
        made.append(request.path)
        return web.Response()

    app = guarded(web.Application())
    app.router.add_get("/qr.svg", qr)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession() as http,
        http.get(server.make_url("/qr.svg"), headers=sent) as answer,
    ):
        assert answer.status == status
    assert len(made) == (status == 200)
