"""A cloud that speaks the app's half of docs/protocol.md and does exactly as told: any screen can be brought about.

It serves the real app from cloud/pwa/. It has no rules, no store and no units: a test says what is pushed, and when.
"""

import asyncio
import copy
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import WSCloseCode, WSMsgType, web

from cloud.web import headers_of
from tests import app_scenes, fake_doors
from tools.parts import lit

PWA = Path(__file__).resolve().parent.parent / "cloud" / "pwa"
STARTS_AT_MS = int(
    datetime(2026, 11, 18, 9, 32, 7, tzinfo=UTC).timestamp() * 1000
)  # a Wednesday, 10:32:07 in Barcelona
TICK_S = 1.0
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}

Press = dict[str, Any]


class Asked(NamedTuple):
    """One call of the API. `path` without the query."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


class FakeCloud:
    """One cloud with one person. Times on the screen come from its own clock, which starts at STARTS_AT_MS."""

    def __init__(self, scene: app_scenes.Scene | None = None) -> None:
        scene = scene or app_scenes.one_door(STARTS_AT_MS)
        self.you, self.places, self.operations = scene.you, scene.places, scene.operations
        self.doors = {door["id"]: door for door in scene.doors}
        self.grants = {grant["id"]: grant for grant in scene.grants}
        self.heads = dict(scene.heads)
        self.alarms = {alarm["id"]: alarm for alarm in scene.alarms}
        self.answers = {("GET", "me"): app_scenes.me(self.you), **scene.answers}
        self.asked: list[Asked] = []  # calls that `answers` is for, as they came
        self.stream, self.n = "s1", 1
        self.signed_in = True
        self.good_secrets = {"GOOD"}
        self.ticking = True
        self.answering = True  # False: takes every message and says nothing
        self.presses: list[Press] = []  # as they came, with `via`
        self.watches: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.on_press: Callable[[FakeCloud, Press], Awaitable[dict[str, Any]]] = fake_doors.moves
        self.sessions = app_scenes.sessions(STARTS_AT_MS)
        self.sockets: set[web.WebSocketResponse] = set()
        self._sent: dict[web.WebSocketResponse, int] = {}
        self.pretended = 0  # changes that it says to have sent, and has not
        self.arrived = asyncio.Condition()
        self.port = 0
        self._history: list[dict[str, Any]] = []
        self._began = time.monotonic()
        self._runner: web.AppRunner | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._scripts: set[asyncio.Task[Any]] = set()

    @property
    def now(self) -> int:
        return STARTS_AT_MS + int((time.monotonic() - self._began) * 1000)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/app/{path:.+}", self._file),
                web.get("/lib/{path:.+}", self._library),
                web.get("/api/v1/live", self._live),
                web.get("/api/v1/tick", self._told_the_time),
                web.post("/api/v1/presses", self._post_press),
                web.post("/api/v1/sign-in", self._sign_in),
                web.post("/api/v1/sign-out", self._sign_out),
                web.get("/api/v1/sessions", self._sessions),
                web.delete("/api/v1/sessions/{id}", self._end_session),
                web.route("*", "/api/v1/{path:.+}", self._answer),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._ticker = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Nobody listens any more: connections are refused. start() comes back on the same port."""
        for task in (self._ticker, *self._scripts):
            if task:
                task.cancel()
        await self.drop()
        if self._runner:
            await self._runner.cleanup()

    async def drop(self, code: int = WSCloseCode.GOING_AWAY) -> None:
        for socket in list(self.sockets):
            await socket.close(code=code)

    async def push(
        self,
        *,
        doors: tuple[Any, ...] = (),
        operations: tuple[Any, ...] = (),
        gone: tuple[str, ...] = (),
        grants: tuple[Any, ...] = (),
        **more: Any,
    ) -> None:
        """A change: whole objects. Kept as the truth, so that a snapshot says the same. `more`: you, places, news,
        edits, gone_grants."""
        for door in doors:
            self.doors[door["id"]] = door
        for operation in operations:
            self.operations = [operation, *(one for one in self.operations if one["id"] != operation["id"])]
        for door_id in gone:
            self.doors.pop(door_id, None)
        for grant in grants:
            self.grants[grant["id"]] = grant
        for grant_id in more.get("gone_grants", ()):
            self.grants.pop(grant_id, None)
        for edit in more.get("edits", ()):
            if edit["kind"] == "alarm" and edit["thing"]:
                self.alarms[edit["key"]] = edit["thing"]
            elif edit["kind"] == "alarm":
                self.alarms.pop(edit["key"], None)
        self.you = more.get("you", self.you)
        self.n += 1
        change = {
            "type": "change",
            "n": self.n,
            "doors": list(doors),
            "operations": list(operations),
            "gone": list(gone),
            "grants": list(grants),
            **more,
        }
        change = copy.deepcopy(change)
        self._history.append(change)
        await self.say(change)

    async def say(self, message: dict[str, Any]) -> None:
        for socket in list(self.sockets):
            await self._say_to(socket, message)

    async def door(self, door_id: str, **fields: Any) -> None:
        """Push one door with these fields changed."""
        await self.push(doors=({**self.doors[door_id], "since": self.now, **fields},))

    async def operation(
        self, operation: dict[str, Any], stops: dict[str, int] | None = None, **fields: Any
    ) -> dict[str, Any]:
        """Push this operation with these fields changed; returns it as it now is."""
        operation = {**operation, **fields, "stops": {**operation["stops"], **(stops or {})}}
        await self.push(operations=(operation,))
        return operation

    async def until(self, what: Callable[[], Any], seconds: float = 10) -> None:
        """Wait until something has arrived here that makes `what` true."""
        async with asyncio.timeout(seconds), self.arrived:
            await self.arrived.wait_for(what)

    def run(self, script: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(script)
        self._scripts.add(task)
        task.add_done_callback(self._scripts.discard)

    async def _note(self) -> None:
        async with self.arrived:
            self.arrived.notify_all()

    async def _say_to(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        if message["type"] == "change":
            self._sent[socket] = self._sent.get(socket, 0) + 1
        if message["type"] == "tick":
            message = {**message, "sent": self._sent.get(socket, 0) + self.pretended}
        if message["type"] != "reply":
            message = {**message, "now": self.now}
        if not socket.closed:
            await socket.send_json(message)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if self.ticking:
                await self.say({"type": "tick"})

    def _snapshot(self) -> dict[str, Any]:
        return {
            "type": "snapshot",
            "stream": self.stream,
            "n": self.n,
            "you": self.you,
            "places": self.places,
            "doors": list(self.doors.values()),
            "operations": self.operations,
            "grants": list(self.grants.values()),
            "heads": self.heads,
            "alarms": list(self.alarms.values()),
        }

    async def _live(self, request: web.Request) -> web.StreamResponse:
        self.calls.append("live")
        if not self.signed_in:
            return web.json_response({"reason": "session"}, status=401)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._heard(socket, json.loads(message.data))
        finally:
            self.sockets.discard(socket)
            await self._note()
        return socket

    async def _heard(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        if message["type"] == "watch":
            self.watches.append(message)
            await self._watch(socket, message)
        elif message["type"] == "press":
            self.presses.append({**message, "via": "socket"})
            if self.answering:
                reply = await self.on_press(self, message)
                await self._say_to(socket, {"type": "reply", "press_id": message["press_id"], **reply})
        await self._note()

    async def _watch(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        if not self.answering:
            return
        if message["stream"] == self.stream:
            for change in self._history:
                if change["n"] > message["seen"]:
                    await self._say_to(socket, change)
            await self._say_to(socket, {"type": "tick"})
        else:
            await self._say_to(socket, self._snapshot())
        self.sockets.add(socket)

    async def _post_press(self, request: web.Request) -> web.Response:
        message = await request.json()
        self.presses.append({**message, "via": "post"})
        await self._note()
        if not self.signed_in:
            return web.json_response({"reason": "session"}, status=401)
        return web.json_response(
            {"type": "reply", "press_id": message["press_id"], **await self.on_press(self, message)}
        )

    async def _sign_in(self, request: web.Request) -> web.Response:
        self.calls.append("sign-in")
        secret = (await request.json())["secret"]
        await self._note()
        if secret not in self.good_secrets:
            return web.json_response({"reason": "link"}, status=403)
        self.good_secrets.remove(secret)
        self.signed_in = True
        return web.Response(status=204)

    async def _sign_out(self, _: web.Request) -> web.Response:
        self.signed_in = False
        return web.Response(status=204)

    async def _told_the_time(self, _: web.Request) -> web.Response:
        self.calls.append("tick")
        await self._note()
        if not self.signed_in:
            return web.json_response({"reason": "session"}, status=401)
        if not self.answering:
            return web.Response(status=503)
        return web.json_response({"now": self.now, "person": self.you["id"]})

    async def _sessions(self, _: web.Request) -> web.Response:
        self.calls.append("sessions")
        if not self.signed_in:
            return web.json_response({"reason": "session"}, status=401)
        return web.json_response(self.sessions)

    async def _end_session(self, request: web.Request) -> web.Response:
        self.sessions = [one for one in self.sessions if one["id"] != request.match_info["id"]]
        return web.Response(status=204)

    async def _answer(self, request: web.Request) -> web.Response:
        """What the test has said this call answers: a value, None (204), (status, value), or a function of the call."""
        path = request.match_info["path"]
        body = await request.json() if request.can_read_body else None
        asked = Asked(request.method, path, dict(request.query), body)
        self.asked.append(asked)
        await self._note()
        if path.split("/")[0] == "me" and not self.signed_in:
            return web.json_response({"reason": "session", "detail": "nobody is signed in here"}, status=401)
        if (request.method, path) not in self.answers:
            return web.json_response({"reason": "unknown", "detail": f"no answer to {asked}"}, status=404)
        answer = self.answers[request.method, path]
        if callable(answer):
            answer = answer(asked)
        status, value = answer if isinstance(answer, tuple) else (200, answer)
        if value is None:
            return web.Response(status=204 if status == 200 else status)
        return web.json_response(value, status=status)

    async def _page(self, _: web.Request) -> web.Response:
        text = (PWA / "index.html").read_text()
        return web.Response(text=text, content_type="text/html", headers=headers_of(text))

    async def _file(self, request: web.Request) -> web.Response:
        return _served(PWA, request.match_info["path"])

    async def _library(self, request: web.Request) -> web.Response:
        return _served(lit(), request.match_info["path"])


def _served(folder: Path, path: str) -> web.Response:
    file = (folder / path).resolve()
    if not file.is_relative_to(folder.resolve()) or not file.is_file():
        raise web.HTTPNotFound
    kind = TYPES.get(file.suffix, "application/octet-stream")
    return web.Response(body=file.read_bytes(), content_type=kind, headers={"Cache-Control": "no-store"})
