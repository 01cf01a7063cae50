"""HTTP and websockets: origin, size, disk, headers, the app's files, the socket. The calls stand in `routes`.

Nothing is decided here. docs/protocol.md section 2 is what this file speaks.
"""

import base64
import dataclasses
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from aiohttp import WSMsgType, web

from cloud import messages
from cloud.api import COOKIE, SAID, Api, answered, problem
from cloud.api_doors import Presses
from cloud.app_socket import AppSocket
from cloud.clock import Clock
from cloud.disk import Disk
from cloud.live import Live
from cloud.manifests import Manifests
from cloud.routes import BODY_BYTES, PREFIX
from cloud.sessions import Session, Sessions
from cloud.settings import Settings
from cloud.shell import PAGE, WORKER, Shell

log = logging.getLogger("iomando.web")

MESSAGE_BYTES = 2048  # of a websocket message from an app
FIRST_MESSAGE_S = 10
# on a full disk: doors open, and whoever must not come in is kept out
NEVER_SHED = (PREFIX + "presses", PREFIX + "sign-out")
PWA = Path(__file__).parent / "pwa"
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Web:
    def __init__(
        self,
        settings: Settings,
        lit: Path,
        manifests: Manifests,
        api: Api,
        presses: Presses,
        sessions: Sessions,
        live: Live,
        clock: Clock,
        disk: Disk,
    ) -> None:
        self._settings, self._origins, self._disk = settings, settings.origins, disk
        self._api, self._presses, self._sessions = api, presses, sessions
        self._live, self._clock = live, clock
        self._lit, self._manifests = lit, manifests
        self._shell: Shell | None = None
        self._headers = headers_of((PWA / "index.html").read_text())
        self.app = app = web.Application(middlewares=[self._guard], client_max_size=BODY_BYTES)
        app.on_response_prepare.append(self._prepare)
        for path in (PAGE, WORKER, r"/{folder:app|lib}/{path:.+}"):
            app.router.add_get(path, self.file)
        app.router.add_get("/manifest.webmanifest", self.manifest)
        app.router.add_get(PREFIX + "live", self.live, allow_head=False)
        app.add_routes(api.routes)

    def read_files(self) -> Shell:
        """The app's files, from disk once: at the start where somebody is served."""
        self._shell = self._shell or Shell(PWA, self._lit)
        return self._shell

    def served_on(self, port: int) -> None:
        """The port that was asked for may have been any free one: only now it is known where the app is at home."""
        self._origins = dataclasses.replace(self._settings, port=port).origins

    # -- every request

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in ("GET", "HEAD") and request.headers.get("Origin") not in self._origins:
            return problem("origin", "this request does not come from the app")
        if request.method not in ("GET", "HEAD", "DELETE") and self._sheds(request.path):
            return problem("disk", "the service's disk is nearly full; doors still open, this must wait")
        try:
            return await handler(request)
        except Exception as error:
            said = answered(error) if request.path.startswith("/api/") else None
            if said is None:
                raise
            return said

    def _sheds(self, path: str) -> bool:
        return path not in NEVER_SHED and self._disk.sheds()

    async def _prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        if not isinstance(response, web.WebSocketResponse):
            response.headers.update(self._headers)
            fresh = "no-store" if request.path.startswith("/api/") else "no-cache"
            response.headers.setdefault("Cache-Control", fresh)

    # -- the app's files

    async def file(self, request: web.Request) -> web.Response:
        asset = self.read_files().files.get(request.path)
        if asset is None:
            raise web.HTTPNotFound
        zipped = asset.zipped if _GZIP.search(request.headers.get("Accept-Encoding", "")) else None
        headers = {"ETag": f'"{asset.digest}{"-gz" if zipped else ""}"', "Vary": "Accept-Encoding"}
        if request.path == WORKER:
            headers["Service-Worker-Allowed"] = "/"
        if headers["ETag"] in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        if zipped:
            headers["Content-Encoding"] = "gzip"
        charset = "utf-8" if asset.media.startswith("text/") else None
        return web.Response(body=zipped or asset.body, content_type=asset.media, charset=charset, headers=headers)

    async def manifest(self, request: web.Request) -> web.Response:
        """Hers where she is signed in, so it is kept nowhere."""
        session = await self._api.caller(request)
        if session and not self._api.reads(session.person):
            return problem("busy", SAID["busy"])
        body = await self._manifests.of(session)
        return web.Response(body=body, content_type="application/manifest+json", headers={"Cache-Control": "no-store"})

    # -- the websocket

    async def live(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Origin") not in self._origins:
            return problem("origin", "this request does not come from the app")
        session = await self._api.caller(request)
        if session is None:
            return problem("session", "nobody is signed in here, or no longer")
        ws = web.WebSocketResponse(heartbeat=None, compress=False, max_msg_size=MESSAGE_BYTES, autoping=True)
        self._api.keep(ws, request.cookies[COOKIE])  # it slides with use: who opens her door stays signed in
        await ws.prepare(request)
        if request.transport is None:
            return ws
        socket = AppSocket(session.person, session.id, session.place, ws, request.transport)
        try:
            if await self._first(ws, socket):
                async for message in ws:
                    if socket.dropped or not self._sessions.alive(session):
                        break
                    if message.type is not WSMsgType.TEXT or not socket.may_speak(self._clock.mono()):
                        code = 4400 if message.type is not WSMsgType.TEXT else 4429
                        socket.drop(code, "too many messages")
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
        except (TimeoutError, msgspec.MsgspecError, RecursionError, UnicodeError):
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
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            socket.write(messages.encode(messages.Error("malformed", str(error))))
            if socket.malformed():
                log.warning("too much malformed", extra={"session": session.id})
                socket.drop(4400, "malformed")
            return
        if isinstance(message, messages.Press):
            reply = await self._presses.pressed(session, message, "websocket")
            socket.write(messages.encode(reply))
        else:
            socket.write(messages.encode(messages.Error("malformed", "watch is said once, first")))


def headers_of(page: str) -> dict[str, str]:
    """Those that let the app's one page run its import map and nothing else from inside the page. One policy may make
    the address of a script: that of the service worker (pwa/worker.js)."""
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.+?)</script>", page, re.DOTALL)
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in inline)
    policy = (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types lit-html iomando-worker"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
