"""A phone of the demo page: the app in a frame, on a port of its own, through a proxy that is signed in for it.

The service itself cannot be framed and never will be: only here, on this machine, its page is let into a frame of this
machine's own pages. What other pages of the browser send here is refused, as the service does.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp import WSMsgType, web

from sim.local import guarded

ASKED = ("Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "If-None-Match", "If-Modified-Since")
NOT_ANSWERED = {"connection", "content-length", "date", "keep-alive", "server", "set-cookie", "transfer-encoding"}
FRAMEABLE = "frame-ancestors http://127.0.0.1:* http://localhost:*"
CALL_S = 15
CLOSED_BY_ITS_END = 1001
BODY_BYTES = 1 << 20


class Framed:
    """`signed_in(http)` signs the session in with a new link, when it is over or never was."""

    def __init__(self, url: str, signed_in: Callable[[aiohttp.ClientSession], Awaitable[None]]) -> None:
        self._url, self._signed_in = url, signed_in
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # an address is no name that a cookie could belong to
            timeout=aiohttp.ClientTimeout(CALL_S),
            auto_decompress=False,
            headers={"Origin": url},
        )
        self._signing_in = asyncio.Lock()
        self.app = guarded(web.Application(client_max_size=BODY_BYTES))
        self.app.router.add_route("*", "/{path:.*}", self._any)

    async def close(self) -> None:
        """The session ends with the page."""
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            await self._http.post(f"{self._url}/api/v1/sign-out", json={})
        await self._http.close()

    async def _any(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/sw.js":  # a worker would outlive this demo on a port that another may be given
            raise web.HTTPNotFound
        try:
            if request.headers.get("Upgrade", "").lower() == "websocket":
                return await self._live(request)
            if request.path == "/":
                await self._sign_in()
            return await self._pass(request)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise web.HTTPBadGateway from error

    async def _sign_in(self) -> None:
        async with self._signing_in:
            async with self._http.get(f"{self._url}/api/v1/me") as response:
                if response.status != 401:
                    return
            await self._signed_in(self._http)

    async def _pass(self, request: web.Request) -> web.Response:
        headers = {name: request.headers[name] for name in ASKED if name in request.headers}
        body = await request.read()
        address = f"{self._url}{request.path_qs}"
        async with self._http.request(request.method, address, headers=headers, data=body or None) as response:
            content = await response.read()
            answer = web.Response(status=response.status, body=content)
            for name, value in response.headers.items():
                if name.lower() not in NOT_ANSWERED:
                    answer.headers[name] = value.replace("frame-ancestors 'none'", FRAMEABLE)
            return answer

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        near = web.WebSocketResponse(compress=False)
        async with self._http.ws_connect(f"{self._url}{request.path_qs}") as far:
            await near.prepare(request)
            ways = {asyncio.create_task(_relay(near, far)), asyncio.create_task(_relay(far, near))}
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            if not near.closed:
                code = far.close_code or CLOSED_BY_ITS_END
                await near.close(code=code if 1000 <= code < 5000 and code not in (1005, 1006) else CLOSED_BY_ITS_END)
        return near


Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def _relay(one: Socket, other: Socket) -> None:
    async for message in one:
        if message.type is not WSMsgType.TEXT:
            return
        await other.send_str(message.data)
