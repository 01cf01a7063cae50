"""The whole API on a real database, in this process: everything but the broker, with a clock that is set.

`async with ApiSide(folder) as side: answer = await side.call("adm", "GET", "places/home")`. Never here: what should
become of a call.
"""

import asyncio
import datetime
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self, cast

import aiohttp
import msgspec
import pytest_asyncio
from aiohttp.test_utils import TestServer

from cloud import front, slow_hash, wired
from cloud.addresses import Addresses
from cloud.disk import Disk
from cloud.home import Home
from cloud.routes import COOKIE, PREFIX
from cloud.sealing import Sealer
from cloud.settings import Settings
from tests.api_town import token, town_database
from tests.given import SEALING_KEY
from tests.identity_side import Hand

ORIGIN = "https://doors.example"
CHEAP_KIB = 8  # of argon2: the right cost is the business of the tests of codes


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: Any
    headers: Any

    @property
    def reason(self) -> str | None:
        return self.body.get("reason") if isinstance(self.body, dict) else None

    @property
    def cookie(self) -> str | None:
        """The token that this answer signs in with."""
        set_ = self.headers.get("Set-Cookie", "")
        return set_.split(";")[0].removeprefix(f"{COOKIE}=") or None


class Carrier:
    """Takes the codes where a gateway would; reaches everybody."""

    def __init__(self) -> None:
        self.codes: list[tuple[str, str]] = []

    def can_reach(self, contact: str) -> bool:
        return bool(contact)

    def code(self, contact: str, code: str, language: str) -> None:
        self.codes.append((contact, code))


class Room(Disk):
    """A disk with room, until told."""

    full = False

    def sheds(self) -> bool:
        return self.full


class ApiSide:
    def __init__(self, folder: Path, lit: Path | None = None, **settings: Any) -> None:
        """`lit`: for a browser; without it nothing but the API is served."""
        self.folder, self.lit, self.more = folder, lit, settings
        self.clock, self.carrier = Hand(), Carrier()
        self.presses = 0
        self.tokens: dict[str, str] = {}  # of those who signed in during a test

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        home = Home(self.folder)
        home.keys.mkdir(parents=True)
        town_database(self.folder)
        settings = Settings(home=self.folder, **{"public_url": ORIGIN, "trusted_proxy": "127.0.0.1", **self.more})
        self._stack.callback(setattr, slow_hash, "MEMORY_KIB", slow_hash.MEMORY_KIB)
        slow_hash.MEMORY_KIB = CHEAP_KIB
        today = datetime.date(2026, 9, 21)
        parts = (settings, home, Sealer(SEALING_KEY), self.clock, lambda: False, lambda: today, self._stack)
        self.wired = w = await wired.build(*parts)
        w.codes._carrier = self.carrier
        await w.opening.start()
        self._stack.push_async_callback(w.opening.close)
        await w.alarms.start()
        self._stack.push_async_callback(w.live.close)
        self.disk = Room(self.folder, 1)
        lit = self.lit or self.folder / "lit"
        for package in ("lit", "lit-html", "lit-element", "@lit/reactive-element"):
            (lit / package).mkdir(parents=True, exist_ok=True)
        self.web = front.build(settings, w, Addresses(SEALING_KEY), self.clock, self.disk, lit, lambda: ORIGIN)
        server = TestServer(self.web.app)
        await server.start_server()
        self._stack.push_async_callback(server.close)
        assert server.port
        self.port = server.port
        self.web.served_on(self.port)
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        self._stack.push_async_callback(self.http.close)
        self._watching = sqlite3.connect(home.database)
        self._stack.callback(self._watching.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def call(
        self,
        who: str | None,
        method: str,
        path: str,
        body: object = None,
        *,
        query: object = None,
        raw: bytes | None = None,
        origin: str | None = ORIGIN,
        address: str = "203.0.113.1",
        **headers: str,
    ) -> Answer:
        """`who`: whose session, or a whole token."""
        sent = {"X-Forwarded-For": address, "User-Agent": "a test", **self.signed_in(who)}
        sent |= {"Origin": origin} if origin is not None else {}
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        sent |= {"Content-Type": "application/json"} if data is not None else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"http://127.0.0.1:{self.port}{PREFIX}{path}"
        options: Any = {"data": data, "headers": sent, "params": query}
        async with self.http.request(method, url, **options) as response:
            read = await response.read()
            is_json = response.content_type == "application/json" and read
            return Answer(response.status, json.loads(read) if is_json else read, response.headers.copy())

    def signed_in(self, who: str | None) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self.tokens.get(who, token(who))}"} if who else {}

    async def sign_in(self, who: str, path: str, body: object, address: str = "203.0.113.1") -> Answer:
        """From here on `who` is whoever this signs in."""
        answer = await self.call(None, "POST", path, body, address=address)
        if answer.cookie:
            self.tokens[who] = answer.cookie
        return answer

    async def follow(self, who: str, link: str) -> Answer:
        """A tap on the one button behind a link."""
        kind, _, secret = link.partition("#")[2].partition("=")
        return await self.sign_in(who, {"sign-in": "sign-in", "guest": "guest"}[kind], {"secret": secret})

    async def doors_of(self, who: str) -> dict[str, dict[str, Any]]:
        """What her app shows her now."""
        async with await self.socket(who) as ws:
            await ws.send_json({"type": "watch", "stream": None, "seen": 0})
            picture = await ws.receive_json(timeout=5)
        return {door["id"]: door for door in picture["doors"]}

    async def press(self, who: str, door: str) -> str | None:
        """Why not; None: it was recorded."""
        self.presses += 1
        body = {"press_id": f"press-{self.presses:020}", "door": door, "action": "open", "at": self.clock.ms}
        answer = await self.call(who, "POST", "presses", body)
        assert answer.status == 200, answer.body
        return answer.body["refused"]["reason"] if answer.body.get("refused") else None

    async def place(self, who: str = "own", place: str = "home") -> dict[str, Any]:
        answer = await self.call(who, "GET", f"places/{place}")
        assert answer.status == 200, answer.body
        return answer.body

    def told(self, place: str = "home") -> list[str]:
        """What the log of the place says was changed, oldest first."""
        found = self.rows("SELECT detail FROM log WHERE place = ? AND kind = 'change' ORDER BY n", place)
        return [json.loads(detail)["what"] for (detail,) in found]

    async def socket(self, who: str | None, origin: str | None = ORIGIN) -> aiohttp.ClientWebSocketResponse:
        headers = {**self.signed_in(who), **({"Origin": origin} if origin is not None else {})}
        return await self.http.ws_connect(f"http://127.0.0.1:{self.port}{PREFIX}live", headers=headers)

    async def raw(self, request: bytes) -> bytes:
        """What the server answers to these very bytes, until it closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        return answer

    def forget_rates(self) -> None:
        for buckets in self.web._api._buckets.values():
            buckets.clear()

    # -- what is left behind

    def writes(self) -> int:
        """Another number whenever anybody has committed anything since the last look."""
        return cast("int", self._watching.execute("PRAGMA data_version").fetchone()[0])

    def dump(self) -> list[str]:
        return list(self._watching.iterdump())

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self._watching.execute(sql, parameters).fetchall()


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[ApiSide]:
    """To be imported by tests that change it: each has its own."""
    async with ApiSide(tmp_path / "town") as side:
        yield side
