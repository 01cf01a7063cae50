"""One call of the table, from the request to the answer: session, rate, role, body; then its handler; then JSON.

Decides nothing itself: who may call stands in `callers`, what a call does in the handlers (`api_*.py`).
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import web

from cloud import callers, devices, forwarded
from cloud.access import Snapshot
from cloud.addresses import Address, Addresses
from cloud.api_types import Problem
from cloud.app_socket import Bucket
from cloud.clock import Clock
from cloud.messages import encode
from cloud.policy import Policy
from cloud.routes import BODY_BYTES, COOKIE, PREFIX, ROUTES, Rate, Route, longest
from cloud.sessions import LIFE_MS, Session, Sessions
from cloud.slow_hash import Busy
from cloud.verbs import NotPossible

log = logging.getLogger("iomando.api")

LONG_BYTES = 32 * 1024  # a place of 5,000 people is 2 MB: 11 s of a slow line, and longer than the app waits
BODY_S = 30  # 64 KiB on a bad line; whoever sends nothing more keeps a connection of ours
BODY_RATE = 16 * 1024  # bytes a second that a larger body, a release, comes with at least: an image is 2.4 MB in base64
BUCKETS = 10_000  # addresses and people remembered for their rates; the oldest are forgotten together
RATES: dict[Rate, tuple[float, float]] = {  # in a burst, and a second after that
    "changes": (60, 5),  # an admin who taps through a long list; a machine is held up before it fills a place
    "reads": (120, 20),  # screens that load several things at once
    "exports": (5, 0.05),  # all of a log: seconds of work each
    "public": (30, 0.5),  # of one address: a house behind one router; codes are hashed slowly
    "links": (10, 0.2),  # that were refused: a link's secret has 192 bits, this only keeps the log quiet
}
STATUS = {
    "malformed": 400,
    "session": 401,
    **dict.fromkeys(("origin", "role", "scope", "link", "code", "passkey", "bound", "pin"), 403),
    "unknown": 404,
    "method": 405,
    **dict.fromkeys(("conflict", "last_owner", "member", "decided", "full", "allowed", "unavailable"), 409),
    "large": 413,
    "type": 415,
    **dict.fromkeys(("invalid", "holidays"), 422),
    **dict.fromkeys(("busy", "pin_paused"), 429),
    "disk": 507,
}
SAID = {
    "session": "nobody is signed in here, or no longer",
    "scope": "this session was begun by a link of one place and is good for that place only: sign in with a code",
    "role": "this is not for you to do here",
    "unknown": "there is nothing like that that you manage",
    "busy": "too much at once; wait a minute",
    "large": "this is too long",
    "type": "say Content-Type: application/json",
}


class Call(msgspec.Struct, frozen=True):
    """What a handler gets. `device`: what the browser calls itself; `had`: the session it has, where the call needs
    none."""

    session: Session | None
    path: Mapping[str, str]
    body: Any
    query: Any
    address: Address
    device: str
    # raises NotPossible when the caller may no longer: what waits for its turn asks again
    still: Callable[[Snapshot], None]
    had: Session | None = None

    @property
    def actor(self) -> Session:
        assert self.session is not None
        return self.session


class SignedIn(msgspec.Struct, frozen=True):
    """The answer of a call that begins a session: its token becomes the cookie."""

    token: str


class SignedOut(msgspec.Struct, frozen=True):
    pass


class File(msgspec.Struct, frozen=True):
    """An answer that is sent while it is made. The first part is made before anything is sent."""

    name: str
    media: str
    parts: AsyncIterator[bytes]


Handler = Callable[[Call], Awaitable[object]]


class Api:
    def __init__(
        self,
        sessions: Sessions,
        policy: Policy,
        clock: Clock,
        addresses: Addresses,
        proxies: Sequence[forwarded.Network],
        topics: Iterable[object],
        *,
        secure: bool,
    ) -> None:
        self._sessions, self._policy, self._clock = sessions, policy, clock
        self._addresses, self._proxies, self._secure = addresses, proxies, secure
        self._buckets: dict[Rate, defaultdict[str, Bucket]] = {
            rate: defaultdict(lambda how=how: Bucket(*how)) for rate, how in RATES.items()
        }
        self.routes: list[web.RouteDef] = []
        for route, handler in handlers(topics):
            no_head = {"allow_head": False} if route.method == "GET" else {}
            serve = self._serve(route, handler)
            self.routes.append(web.route(route.method, PREFIX + _pattern(route), serve, **no_head))

    def _serve(self, route: Route, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        body, query = msgspec.json.Decoder(route.takes) if route.takes else None, route.query

        async def serve(request: web.Request) -> web.StreamResponse:
            address = self._addresses.hashed(self.remote(request))
            caller = await self.caller(request) if route.role != "public" else None
            path = dict(request.match_info)

            def still(snapshot: Snapshot) -> None:
                ended = caller is not None and not self._sessions.alive(caller)
                if reason := callers.refused(route, path, None if ended else caller, snapshot):
                    raise NotPossible(reason, SAID[reason])

            still(self._policy.snapshot)
            self._take(route.rate, caller.person if caller else address)
            call = Call(
                caller,
                path,
                await _body(request, body, route.body_bytes) if body else None,
                _query(request, query),
                address,
                devices.named(request.headers.get("User-Agent", "")),
                still,
                await self.caller(request) if route.role == "public" else None,
            )
            still(self._policy.snapshot)  # a body may come as late as whoever sends it wants
            try:
                return await self._answer(request, route, await handler(call))
            except NotPossible:
                if route.rate == "links" and not self._bucket("links", address).take(self._clock.mono()):
                    raise NotPossible("busy", SAID["busy"]) from None
                raise

        return serve

    async def caller(self, request: web.Request) -> Session | None:
        return await self._sessions.who(request.cookies.get(COOKIE, ""))

    def remote(self, request: web.Request) -> str:
        return forwarded.client(request.remote, request.headers.getall("X-Forwarded-For", ()), self._proxies)

    def reads(self, person: str) -> bool:
        """One more read of hers, of what is in no row of the table. False: too many."""
        return self._bucket("reads", person).take(self._clock.mono())

    def _take(self, rate: Rate, key: str) -> None:
        """Of links only what was refused counts: behind a proxy everybody may have one address, and a good link is
        nobody's guess."""
        if rate in ("free", "presses", "links"):
            return
        if not self._bucket(rate, key).take(self._clock.mono()):
            raise NotPossible("busy", SAID["busy"])

    def _bucket(self, rate: Rate, key: str) -> Bucket:
        buckets = self._buckets[rate]
        if len(buckets) > BUCKETS:
            buckets.clear()
        return buckets[key]

    def keep(self, response: web.StreamResponse, token: str) -> None:
        """Have the browser keep its session for as long as a browser may, from now on."""
        flags: Any = {"httponly": True, "samesite": "Strict", "secure": self._secure, "path": "/"}
        response.set_cookie(COOKIE, token, max_age=LIFE_MS // 1000, **flags)

    async def _answer(self, request: web.Request, route: Route, value: object) -> web.StreamResponse:
        match value:
            case SignedIn(token):
                response = web.Response(status=route.status)
                self.keep(response, token)
                return response
            case SignedOut():
                response = web.Response(status=route.status)
                response.del_cookie(COOKIE, path="/")
                return response
            case File():
                return await _sent(request, value)
            case None:
                return web.Response(status=route.status)
            case _:
                body = encode(value)
                response = web.Response(status=route.status, body=body, content_type="application/json")
                if len(body) > LONG_BYTES:
                    response.enable_compression()  # where the browser takes it; in a thread
                return response


def handlers(topics: Iterable[object]) -> list[tuple[Route, Handler]]:
    """Each route with the one method that serves it. Raises LookupError when there is not exactly one."""
    found: list[tuple[Route, Handler]] = []
    every = list(topics)
    for route in ROUTES:
        named = [getattr(topic, route.handler) for topic in every if hasattr(topic, route.handler)]
        if len(named) != 1:
            raise LookupError(f"{route.handler}: {len(named)} handlers")
        found.append((route, named[0]))
    return found


def problem(reason: str, detail: str, current: object = None) -> web.Response:
    body = encode(Problem(reason, detail, current))
    return web.Response(status=STATUS.get(reason, 409), body=body, content_type="application/json")


def answered(error: Exception) -> web.Response | None:
    """What a caller is told of this error; None: it is a defect of ours."""
    match error:
        case NotPossible():
            return problem(error.reason, error.detail, error.current)
        case Busy():
            return problem("busy", str(error))
        case msgspec.MsgspecError():
            return problem("malformed", str(error))
        case web.HTTPNotFound():
            return problem("unknown", "there is no such call")
        case web.HTTPMethodNotAllowed():
            response = problem("method", "this cannot be done to it")
            response.headers["Allow"] = error.headers["Allow"]
            return response
        case _:
            return None


def _pattern(route: Route) -> str:
    """Ids are `messages.Id`; what is anything else is no call of ours."""
    path = route.path
    for name in route.parameters:
        path = path.replace(f"{{{name}}}", f"{{{name}:[A-Za-z0-9_-]{{1,{longest(name)}}}}}")
    return path


async def _body(request: web.Request, decoder: "msgspec.json.Decoder[Any]", most: int) -> Any:
    if request.content_type != "application/json":
        raise NotPossible("type", SAID["type"])
    if (request.content_length or 0) > most:
        raise NotPossible("large", SAID["large"])
    raw = b""
    try:
        async with asyncio.timeout(BODY_S if most <= BODY_BYTES else most / BODY_RATE):
            async for part in request.content.iter_any():
                raw += part
                if len(raw) > most:
                    raise NotPossible("large", SAID["large"])
    except TimeoutError:
        raise NotPossible("malformed", "the rest of this did not come") from None
    try:
        value = decoder.decode(raw)
        json.loads(raw, object_pairs_hook=_once)
    except RecursionError:
        raise NotPossible("malformed", "this is nested too deeply") from None
    except (UnicodeError, ValueError) as error:
        raise NotPossible("malformed", str(error)) from error
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of a name that is said twice one program believes the first and another the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is said twice in one object")
    return found


def _query(request: web.Request, kind: type[msgspec.Struct] | None) -> Any:
    asked = request.query
    if kind is None:
        if asked:
            raise NotPossible("malformed", "nothing is asked behind the ? here")
        return None
    lists = {f.name for f in msgspec.structs.fields(kind) if f.default == ()}
    if wrong := [name for name in asked if name not in lists and len(asked.getall(name)) > 1]:
        raise NotPossible("malformed", f"{wrong[0][:40]} is said twice")
    if wrong := [name for name in asked if "null" in map(str.lower, asked.getall(name))]:
        raise NotPossible("malformed", f"{wrong[0][:40]} is null: leave it out")
    values = {name: tuple(asked.getall(name)) if name in lists else asked[name] for name in asked}
    return msgspec.convert(values, kind, strict=False)


async def _sent(request: web.Request, file: File) -> web.StreamResponse:
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Content-Type": file.media}
    response = web.StreamResponse(headers=headers)
    parts = aiter(file.parts)
    first = await anext(parts, b"")
    await response.prepare(request)
    await response.write(first)
    async for part in parts:
        await response.write(part)
    await response.write_eof()
    return response
