"""HTTP and websockets: shape, origin, size, rate and session are checked here; nothing is decided here.

docs/protocol.md section 2 is what this file speaks.
"""

import base64
import dataclasses
import hashlib
import logging
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from aiohttp import WSMsgType, web

from cloud import messages
from cloud.app_socket import AppSocket, Bucket
from cloud.clock import Clock
from cloud.disk import Disk
from cloud.live import Live
from cloud.opening import Opening
from cloud.people import People
from cloud.sessions import LIFE_MS, Session, Sessions
from cloud.settings import Settings

log = logging.getLogger("iomando.web")

COOKIE = "iomando"
BODY_BYTES = 4096  # of a request: the largest is a press
MESSAGE_BYTES = 2048  # of a websocket message from an app
PRESSES = 10  # presses of one person in a burst: four doors, each twice, and then some
PRESSES_A_SECOND = 1.0
SIGN_INS = 10  # tries from one address in a burst: a link's secret has 192 bits, this only keeps the log quiet
SIGN_INS_A_SECOND = 0.2
FIRST_MESSAGE_S = 10
BUCKETS = 10_000  # addresses and people remembered for their rates; the oldest are forgotten together
PRESSES_PATH = "/api/v1/presses"
SIGN_OUT_PATH = "/api/v1/sign-out"
NEVER_SHED = (PRESSES_PATH, SIGN_OUT_PATH)  # on a full disk: doors open, and whoever must not come in is kept out
PWA = Path(__file__).parent / "pwa"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Web:
    def __init__(
        self,
        settings: Settings,
        lit: Path,
        sessions: Sessions,
        opening: Opening,
        people: People,
        live: Live,
        clock: Clock,
        disk: Disk,
    ) -> None:
        self._settings, self._origins, self._disk = settings, settings.origins, disk
        self._sessions, self._opening, self._people = sessions, opening, people
        self._live, self._clock = live, clock
        self._presses: defaultdict[str, Bucket] = defaultdict(lambda: Bucket(PRESSES, PRESSES_A_SECOND))
        self._sign_ins: defaultdict[str, Bucket] = defaultdict(lambda: Bucket(SIGN_INS, SIGN_INS_A_SECOND))
        self._page, self._headers = _page(PWA / "index.html")
        self.app = app = web.Application(middlewares=[self._guard], client_max_size=BODY_BYTES)
        app.router.add_get("/", self.page)
        app.router.add_get("/api/v1/live", self.live)
        app.router.add_post("/api/v1/sign-in", self.sign_in)
        app.router.add_post(SIGN_OUT_PATH, self.sign_out)
        app.router.add_get("/api/v1/sessions", self.list_sessions)
        app.router.add_delete("/api/v1/sessions/{id}", self.end_session)
        app.router.add_post(PRESSES_PATH, self.press)
        app.router.add_get("/api/v1/places/{id}/grants", self.list_grants)
        app.router.add_delete("/api/v1/grants/{id}", self.remove_grant)
        for package in ("lit", "lit-html", "lit-element", "@lit/reactive-element"):
            app.router.add_static(f"/lib/{package}/", lit / package)
        app.router.add_static("/app/", PWA)

    def served_on(self, port: int) -> None:
        """The port that was asked for may have been any free one: only now it is known where the app is at home."""
        self._origins = dataclasses.replace(self._settings, port=port).origins

    # -- every request

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in ("GET", "HEAD") and request.headers.get("Origin") not in self._origins:
            return _problem(403, "origin", "this request does not come from the app")
        if request.method == "POST" and request.path not in NEVER_SHED and self._disk.sheds():
            return _problem(507, "full", "the service's disk is nearly full; doors still open, this must wait")
        try:
            response = await handler(request)
        except msgspec.MsgspecError as error:
            return _problem(400, "malformed", str(error))
        except web.HTTPException as error:
            error.headers.update(self._headers)
            raise
        if not response.prepared:
            response.headers.update(self._headers)
            response.headers.setdefault(
                "Cache-Control",
                "no-store" if request.path.startswith("/api/") else "no-cache",
            )
        return response

    async def _session(self, request: web.Request) -> Session:
        session = await self._sessions.who(request.cookies.get(COOKIE, ""))
        if session is None:
            raise web.HTTPUnauthorized(text='{"reason":"session"}', content_type="application/json")
        return session

    async def page(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._page, content_type="text/html")

    # -- who you are

    async def sign_in(self, request: web.Request) -> web.Response:
        secret = messages.read_sign_in(await request.read()).secret
        token = await self._sessions.sign_in(secret, request.headers.get("User-Agent", ""))
        if token is None:
            # Only what failed counts: behind a proxy everybody has one address, and a good link is nobody's guess.
            if not self._allow(self._sign_ins, request.remote or ""):
                return _problem(429, "busy", "too many tries; wait a minute")
            return _problem(403, "link", "this link was used, has expired, or is not one of ours")
        response = web.Response(status=204)
        age = LIFE_MS // 1000
        response.set_cookie(
            COOKIE,
            token,
            max_age=age,
            httponly=True,
            samesite="Strict",
            secure=self._settings.secure,
            path="/",
        )
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        await self._people.end_session(session.id)
        response = web.Response(status=204)
        response.del_cookie(COOKIE, path="/")
        return response

    async def list_sessions(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        rows = self._sessions.of(session.person)
        views = [messages.SessionView(r.id, r.device, r.created, r.used, r.id == session.id) for r in rows]
        return _json(views)

    async def end_session(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        wanted = request.match_info["id"]
        if wanted not in {row.id for row in self._sessions.of(session.person)}:
            return _problem(404, "session", "there is no such session of yours")
        await self._people.end_session(wanted)
        return web.Response(status=204)

    # -- who may open what

    async def list_grants(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        if not self._people.may_manage(session, request.match_info["id"]):
            return _problem(404, "place", "there is no such place of yours")
        return _json(self._people.grants(request.match_info["id"]))

    async def remove_grant(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        place = self._people.place_of_grant(request.match_info["id"])
        if place is None or not self._people.may_manage(session, place):
            return _problem(404, "grant", "there is no such access at a place of yours")
        await self._people.remove_grant(request.match_info["id"], by=session.person)
        return web.Response(status=204)

    # -- doors

    async def press(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        press = messages.read_posted_press(await request.read())
        return _json(await self._press(session, press, "post"))

    async def _press(self, session: Session, press: messages.Press | messages.PostedPress, way: str) -> messages.Reply:
        if not self._allow(self._presses, session.person):
            return messages.Reply(press.press_id, refused=messages.Refused("busy"))
        return await self._opening.press(session, press, way)

    async def live(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Origin") not in self._origins:
            return _problem(403, "origin", "this request does not come from the app")
        session = await self._session(request)
        ws = web.WebSocketResponse(heartbeat=None, compress=False, max_msg_size=MESSAGE_BYTES, autoping=True)
        await ws.prepare(request)
        if request.transport is None:
            return ws
        socket = AppSocket(session.person, session.id, ws, request.transport)
        try:
            if await self._first(ws, socket):
                async for message in ws:
                    if socket.dropped or not self._sessions.alive(session):
                        break
                    if message.type is not WSMsgType.TEXT or not socket.may_speak(self._clock.mono()):
                        socket.drop(
                            4400 if message.type is not WSMsgType.TEXT else 4429,
                            "too many messages",
                        )
                        break
                    await self._hear(socket, session, message.data)
        finally:
            self._live.leave(socket)
            await socket.gone()
        return ws

    async def _first(self, ws: web.WebSocketResponse, socket: AppSocket) -> bool:
        """The client speaks first, and says what it has seen."""
        try:
            message = await ws.receive(timeout=FIRST_MESSAGE_S)
            watch = messages.read_from_app(message.data) if message.type is WSMsgType.TEXT else None
        except (TimeoutError, msgspec.MsgspecError):
            watch = None
        if not isinstance(watch, messages.Watch):
            socket.drop(4400, "the first message must be a watch")
            return False
        await self._live.join(socket, watch.stream, watch.seen)
        if not self._sessions.alive_id(socket.session):
            socket.drop(4401, "this session has ended")
            return False
        return True

    async def _hear(self, socket: AppSocket, session: Session, text: str) -> None:
        try:
            message = messages.read_from_app(text)
        except (msgspec.MsgspecError, UnicodeError) as error:
            socket.write(messages.encode(messages.Error("malformed", str(error))))
            if socket.malformed():
                log.warning("too much malformed", extra={"session": session.id})
                socket.drop(4400, "malformed")
            return
        if isinstance(message, messages.Press):
            reply = await self._press(session, message, "websocket")
            socket.write(messages.encode(reply))
        else:
            socket.write(messages.encode(messages.Error("malformed", "watch is said once, first")))

    def _allow(self, buckets: defaultdict[str, Bucket], key: str) -> bool:
        if len(buckets) > BUCKETS:
            buckets.clear()
        return buckets[key].take(self._clock.mono())


def _page(path: Path) -> tuple[str, dict[str, str]]:
    """The app's one page, and the headers that let it run its import map and nothing else from inside the page."""
    page = path.read_text()
    inline = re.findall(r"<script[^>]*>(.+?)</script>", page, re.DOTALL)
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in inline)
    policy = (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types lit-html"
    )
    return page, {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def _json(value: object) -> web.Response:
    return web.Response(body=messages.encode(value), content_type="application/json")


def _problem(status: int, reason: str, detail: str) -> web.Response:
    body = messages.encode({"reason": reason, "detail": detail})
    return web.Response(status=status, body=body, content_type="application/json")
