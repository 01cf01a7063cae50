"""A push service on this machine and browsers that subscribe to it: what is pushed is kept, and decrypted as a browser
does. Never here: what should have been pushed.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import http_ece
import msgspec
import pytest_asyncio
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from cloud.messages import AlarmView
from cloud.pushing import Pushing
from tests.api_side import Answer, ApiSide
from tests.given import ASKED

WAIT_S = 5
MINUTE = 60_000
EVERYTHING = ["guest_came", "access_changed", "left_open", "alarms"]


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Pushed(msgspec.Struct, frozen=True):
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def claims(self) -> dict[str, Any]:
        """Of a signature that is good."""
        assert Vapid02.verify(self.headers["Authorization"])
        token = self.headers["Authorization"].split("t=")[1].split(",")[0]
        return json.loads(raw(token.split(".")[1]))


class PushService:
    """`status` and `headers` are how it answers, once `go_on` is set; by path where `by_path` says."""

    def __init__(self) -> None:
        self.pushed: list[Pushed] = []
        self.status, self.headers = 201, dict[str, str]()
        self.by_path: dict[str, int] = {}
        self.came, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()
        self.endless = False
        self.address = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.pushed.append(Pushed(request.path, dict(request.headers), await request.read()))
        self.came.set()
        await self.go_on.wait()
        if self.endless:
            return await self._without_end(request)
        return web.Response(status=self.by_path.get(request.path, self.status), headers=self.headers)

    async def _without_end(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=201)
        await response.prepare(request)
        while True:
            await response.write(bytes(1 << 16))

    def to(self, browser: "Browser") -> list[dict[str, Any]]:
        return [browser.read(each.body) for each in self.pushed if each.path == browser.path]


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    service = PushService()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield service
    service.go_on.set()
    await runner.cleanup()


class Browser:
    """What a browser makes when somebody says yes: an address at its push service, and two keys."""

    def __init__(self, service: PushService, name: str) -> None:
        self.path = f"/push/{name}"
        self.endpoint = service.address + self.path
        self._key, self._auth = ec.generate_private_key(ec.SECP256R1()), name.encode().ljust(16, b"-")[:16]

    @property
    def keys(self) -> dict[str, str]:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": text(point), "auth": text(self._auth)}

    def read(self, body: bytes) -> dict[str, Any]:
        return json.loads(http_ece.decrypt(body, private_key=self._key, auth_secret=self._auth, version="aes128gcm"))

    async def subscribe(self, side: ApiSide, who: str, wants: list[str]) -> Answer:
        body = {"endpoint": self.endpoint, **self.keys, "wants": wants}
        return await side.call(who, "PUT", "me/push", body)


async def browser(side: ApiSide, service: PushService, who: str, *wants: str, name: str = "") -> Browser:
    """One that takes pushes for her: of everything, or of these."""
    made = Browser(service, name or who)
    answer = await made.subscribe(side, who, list(wants) or EVERYTHING)
    assert answer.status == 204, answer.body
    return made


class Side(msgspec.Struct):
    town: ApiSide
    services: tuple[PushService, ...]

    @property
    def service(self) -> PushService:
        return self.services[0]

    @property
    def out(self) -> Pushing:
        return self.town.wired.pushing

    async def browser(self, who: str, *wants: str, name: str = "") -> Browser:
        return await browser(self.town, self.service, who, *wants, name=name)

    def subscribed(self) -> list[tuple[str, str]]:
        found = self.town.rows("SELECT person, endpoint FROM subscriptions ORDER BY person, endpoint")
        return [(person, endpoint.rpartition("/")[2]) for person, endpoint in found]

    def alarm(self, kind: str = "away", id_: str = "1", *people: str, first: bool = True, place: str = "home") -> None:
        view = AlarmView(id_, place, kind, "gate", None, ASKED - 5 * MINUTE)
        self.out.alarm(place, view, people or ("own", "adm", "tom", "mia", "ada"), first)


@pytest_asyncio.fixture
async def side(tmp_path: Path) -> AsyncIterator[Side]:
    async with AsyncExitStack() as stack:
        services = (await stack.enter_async_context(push_service()), await stack.enter_async_context(push_service()))
        hosts = " ".join(service.address for service in services)
        town = await stack.enter_async_context(ApiSide(tmp_path / "town", push_hosts=hosts))
        town.wired.pushing.start()
        yield Side(town, services)
        for service in services:
            service.go_on.set()


async def until(service: PushService, count: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while len(service.pushed) < count:
            service.came.clear()
            await service.came.wait()
