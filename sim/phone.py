"""A phone without a screen: signs in, watches over the real websocket, presses. Shows what was pushed and nothing else.

For the demo, the tests and the bench.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

import aiohttp

CONNECT_S = 10


class Phone:
    """`doors` and `operations` (by id) hold the last pushed picture; `messages` everything that came."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.doors: dict[str, dict[str, Any]] = {}
        self.operations: dict[str, dict[str, Any]] = {}
        self.replies: dict[str, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self.stream: str | None = None
        self.seen = 0
        self.heard: Callable[[], None] = lambda: None  # called after each message
        self.http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": url}, timeout=aiohttp.ClientTimeout(CONNECT_S)
        )
        self.ws: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self._now: tuple[int, float] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def sign_in(self, secret: str) -> int:
        """The status: 204 when the link was good."""
        async with self.http.post(f"{self.url}/api/v1/sign-in", json={"secret": secret}) as response:
            return response.status

    async def watch(self, *, resume: bool = False) -> None:
        """Connect the websocket and wait for the picture (or, resuming, send what was seen last)."""
        self.close_code = None
        self.ws = await self.http.ws_connect(f"{self.url}/api/v1/live")
        stream, seen = (self.stream, self.seen) if resume else (None, 0)
        await self.ws.send_json({"type": "watch", "stream": stream, "seen": seen})
        self._reader = asyncio.create_task(self._read(self.ws), name="phone")
        if not resume:
            await self.until(lambda: self.stream, "the first picture")

    async def close(self) -> None:
        await self.hang_up()
        await self.http.close()

    async def hang_up(self) -> None:
        if self.ws:
            await self.ws.close()
        if self._reader:
            with suppress(asyncio.CancelledError, aiohttp.ClientError):
                await self._reader
        self.ws = self._reader = None

    def now(self) -> int:
        """The cloud's time, reckoned from the last message that said it."""
        if self._now is None:
            return int(time.time() * 1000)
        said, at = self._now
        return said + int((time.monotonic() - at) * 1000)

    async def press(
        self,
        door: str,
        action: str = "open",
        *,
        press_id: str | None = None,
        at: int | None = None,
        seconds: int | None = None,
    ) -> str:
        """Send a press over the websocket; its press id. What becomes of it comes as a push. `seconds` of a hold."""
        press_id = press_id or secrets.token_urlsafe(18)
        if self.ws is None:
            raise RuntimeError("this phone does not watch")
        body = {"type": "press", "press_id": press_id, "door": door, "action": action, "at": at or self.now()}
        if seconds is not None:
            body["seconds"] = seconds
        await self.ws.send_json(body)
        return press_id

    async def until(self, fact: Callable[[], Any], what: str, timeout_s: float = 20) -> Any:
        """The first true value of `fact`, looked at after each message."""
        try:
            async with asyncio.timeout(timeout_s), self._news:
                while not (value := fact()):
                    await self._news.wait()
                return value
        except TimeoutError:
            last = json.dumps(self.messages[-3:], indent=1)
            raise TimeoutError(f"waited {timeout_s} s for {what}; the last messages were {last}") from None

    async def outcome(self, press_id: str, timeout_s: float = 20) -> dict[str, Any]:
        """The operation of this press once it has come to an end (of its state, not of the door's movement)."""
        return await self.until(
            lambda: next((o for o in self._of(press_id) if o["state"] != "SENT"), None),
            f"the end of {press_id}",
            timeout_s,
        )

    async def moved(self, press_id: str, timeout_s: float = 30) -> dict[str, Any]:
        """The operation once its movement is over, or it ended without one."""
        waiting = ("awaited", "moving")
        return await self.until(
            lambda: next(
                (o for o in self._of(press_id) if o["state"] != "SENT" and o["movement"] not in waiting), None
            ),
            f"the movement of {press_id}",
            timeout_s,
        )

    async def reply(self, press_id: str) -> dict[str, Any]:
        return await self.until(lambda: self.replies.get(press_id), f"the reply to {press_id}")

    def _of(self, press_id: str) -> list[dict[str, Any]]:
        return [o for o in self.operations.values() if o["press_id"] == press_id]

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                async with self._news:
                    self._take(json.loads(message.data))
                    self._news.notify_all()
                self.heard()
        self.close_code = ws.close_code
        async with self._news:
            self._news.notify_all()

    def _take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind != "tick":
            self.messages.append(message)
        if "now" in message:
            self._now = (message["now"], time.monotonic())
        if kind == "snapshot":
            self.stream, self.doors, self.operations = message["stream"], {}, {}
        if kind in ("snapshot", "change"):
            self.seen = message["n"]
            self.doors |= {door["id"]: door for door in message.get("doors", [])}
            self.operations |= {operation["id"]: operation for operation in message.get("operations", [])}
            for door in message.get("gone", []):
                self.doors.pop(door, None)
        if kind == "reply":
            self.replies[message["press_id"]] = message
