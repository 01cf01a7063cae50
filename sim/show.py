"""The demo page: what really happens at the door, pushed as it happens, between two phones and the buttons that break
things. A server for this machine's browser.

It shows what `sim` has seen with its own eyes, never what the service believes; what the screens said stands beside it.
Never here: how a thing is broken (breaking.py), what a phone in a frame is (framed.py), who is right (truth.py).
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from sim import town, truth
from sim.breaking import ACTS, Breaking
from sim.framed import Framed
from sim.local import LOOPBACK, guarded, serve
from sim.phone import Phone
from sim.proxy import Proxy
from sim.street import Street
from sim.wiretap import Wiretap

PAGE_PORT = 8090
PAGE = Path(__file__).parent / "page"
TOKENS = Path(__file__).parent.parent / "cloud" / "pwa" / "tokens.css"
ROWS = 4  # presses that the page shows
FIRST_S = 10  # for the page's own phones to have their first picture
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src http://127.0.0.1:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Line:
    """What lies between the unit and its broker: a network that can be cut, and somebody who listens."""

    def __init__(self, home: Path, unit: str, broker_port: int) -> None:
        self.tap = Wiretap(home, unit, broker_port)
        self.network = Proxy(LOOPBACK, 0)

    async def start(self) -> None:
        await self.tap.start()
        self.network = await Proxy(LOOPBACK, self.tap.port).start()

    async def stop(self) -> None:
        await self.network.stop()
        await self.tap.stop()


class Show:
    """`url`: where the page is once it is started; `frames`: the phones' ports; `lan`: where other machines find it."""

    def __init__(
        self, home: Path, cloud: town.Cloud, made: town.Made, street: Street, line: Line, lan: str | None
    ) -> None:
        self.url = ""
        self._home, self.cloud, self.made, self.street, self._line, self._lan = home, cloud, made, street, line, lan
        self._stack = AsyncExitStack()
        self._sockets: set[web.WebSocketResponse] = set()
        self.frames: dict[str, int] = {}
        self._due = asyncio.Event()
        self._since = int(time.time() * 1000)  # of what was pressed before, the bench has seen nothing
        self.anna, self.marta = Phone(cloud.url), Phone(cloud.url)
        self.breaking = Breaking(cloud, made, street, line.network, line.tap, self.anna, self.marta)
        self.app = guarded(web.Application())
        self.app.router.add_get("/", self._page)
        self.app.router.add_get("/live", self._live)
        self.app.router.add_get("/qr.svg", self._qr)
        self.app.router.add_get("/tokens.css", self._tokens)
        self.app.router.add_get("/page/{name}", self._part)
        self.app.router.add_post("/acts/{name}", self._act)
        self.app.on_response_prepare.append(_prepare)

    async def start(self, wanted: int = PAGE_PORT) -> None:
        for phone, person in ((self.anna, self.made.user), (self.marta, self.made.admin)):
            self._stack.push_async_callback(phone.close)
            await phone.sign_in(await town.new_link(self._home, person))
            await phone.watch()
            phone.heard = self.push
        for name, person in (("anna", self.made.user), ("marta", self.made.admin)):
            framed = Framed(self.cloud.url, lambda http, person=person: self._sign_in(http, person))
            runner, self.frames[name] = await serve(framed.app, wanted + 1 + len(self.frames))
            self._stack.push_async_callback(framed.close)
            self._stack.push_async_callback(runner.cleanup)
        runner, port = await serve(self.app, wanted)
        self.url = f"http://{LOOPBACK}:{port}"
        self._stack.push_async_callback(runner.cleanup)
        self._stack.push_async_callback(self._hang_up)
        for door in self.street.board.doors:
            door.moved = self.push
        self._line.tap.passed = lambda way: self._spread({"type": "packet", "way": way})
        self._line.tap.changed, self.breaking.changed = self._line_changed, self.push
        pushing = asyncio.create_task(self._pushing(), name="demo page")
        self._stack.callback(pushing.cancel)

    async def stop(self) -> None:
        await self.breaking.undo_all()
        await self._stack.aclose()

    def push(self) -> None:
        """Something has changed: everybody who looks is sent the picture, once for all that changes in one turn."""
        self._due.set()

    def _line_changed(self) -> None:
        if self._line.tap.connected:
            self.breaking.online()
        self.push()

    # --- what is sent

    def picture(self) -> dict[str, Any]:
        board, breaking, edges = self.street.board, self.breaking, self.street.edges()
        names = {door: name for name, door in self.made.doors.items()}
        operations = sorted(self.marta.operations.values(), key=lambda each: each["asked"])
        ours = [each for each in operations if each["door"] in names and each["asked"] >= self._since]
        rows = [truth.row(each, names[each["door"]], edges) for each in ours]
        told = [row.agree for row in rows if row.agree is not None]
        return {
            "type": "picture",
            "doors": [
                {"name": name, "at": door.now_at, "motion": door.motion, "travel_s": door.travel_s}
                | {"coil": door.coil_on, "jammed": door.jammed}
                for name, door in zip(self.made.doors, board.doors, strict=True)
            ],
            "box": {
                "power": "power" not in breaking.on,
                "runs": board.program is not None,
                "linked": self._line.tap.connected and "network" not in breaking.on,
            },
            "acts": {act.name: {"on": act.name in breaking.on, "said": breaking.said.get(act.name)} for act in ACTS},
            "rows": [msgspec.to_builtins(row) for row in rows[: -ROWS - 1 : -1]],
            "agreed": sum(told),
            "lies": len(told) - sum(told),
        }

    async def _pushing(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            self._spread(self.picture())

    def _spread(self, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        for socket in list(self._sockets):
            task = asyncio.ensure_future(_said(socket, text))
            task.add_done_callback(lambda _: None)

    async def _hang_up(self) -> None:
        for socket in list(self._sockets):
            with suppress(TimeoutError, ConnectionError):
                await asyncio.wait_for(socket.close(), 0.5)

    # --- what is asked

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return _file(PAGE / "index.html")

    async def _tokens(self, _: web.Request) -> web.StreamResponse:
        return _file(TOKENS)

    async def _part(self, request: web.Request) -> web.StreamResponse:
        """A file of the page, by its plain name."""
        known = {path.name: path for path in PAGE.iterdir() if path.is_file()}
        if request.match_info["name"] not in known:
            raise web.HTTPNotFound
        return _file(known[request.match_info["name"]])

    async def _live(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        start = {"type": "start", "phones": self.frames, "acts": [msgspec.to_builtins(act) for act in ACTS]}
        await _said(socket, json.dumps(start | {"lan": self._lan}))
        await _said(socket, json.dumps(self.picture()))
        self._sockets.add(socket)
        try:
            async for _ in socket:
                pass
        finally:
            self._sockets.discard(socket)
        return socket

    async def _act(self, request: web.Request) -> web.StreamResponse:
        try:
            await self.breaking.press(request.match_info["name"])
        except KeyError as error:
            raise web.HTTPNotFound from error
        except (aiohttp.ClientError, TimeoutError) as error:  # the service itself is away just now
            raise web.HTTPServiceUnavailable from error
        return web.Response(status=204)

    async def _qr(self, _: web.Request) -> web.StreamResponse:
        """A link that signs a phone of this network in as Anna, new each time: each is good once."""
        import io

        import segno

        if self._lan is None:
            raise web.HTTPNotFound
        out = io.BytesIO()
        link = f"{self._lan}/#sign-in={await town.new_link(self._home, self.made.user)}"
        segno.make(link).save(out, kind="svg", border=2, svgclass=None, lineclass=None)
        return web.Response(body=out.getvalue(), content_type="image/svg+xml")

    async def _sign_in(self, http: aiohttp.ClientSession, person: str) -> None:
        link = await town.new_link(self._home, person)
        async with http.post(f"{self.cloud.url}/api/v1/sign-in", json={"secret": link}):
            pass


async def _said(socket: web.WebSocketResponse, text: str) -> None:
    with suppress(ConnectionError, RuntimeError):
        await socket.send_str(text)


def _file(path: Path) -> web.FileResponse:
    return web.FileResponse(path)


async def _prepare(_: web.Request, response: web.StreamResponse) -> None:
    if not isinstance(response, web.WebSocketResponse):
        response.headers.update(HEADERS | {"Content-Security-Policy": POLICY})


@asynccontextmanager
async def showing(
    home: Path, cloud: town.Cloud, made: town.Made, street: Street, line: Line, *, lan: str | None = None
) -> AsyncIterator[Show]:
    """The page, served until the end; then everything that was broken is mended."""
    show = Show(home, cloud, made, street, line, lan)
    try:
        await show.start()
        yield show
    finally:
        await show.stop()
