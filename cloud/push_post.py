"""One message to one push service: encrypted for that browser, signed as from this installation, posted once. Decides
nothing; whom, what and whether again stands in `pushing`.

Whom it reaches is shown by TLS; no redirect is followed; of an answer only its status and one header are read; and
names are asked and texts encrypted in threads that nobody else waits for.
"""

import asyncio
import base64
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from cloud.push_rules import Urgency
from cloud.push_store import Subscription
from cloud.vapid import Vapid

TIMEOUT_S = 10  # of one post, from its name's look-up to the head of the answer: services answer within one
THREADS = 4  # for encryption (1 ms) and for looking up names
SIGNED_FOR_S = 12 * 3600  # a day at most by RFC 8292; clocks differ
HEADER_BYTES = 8190  # of one line of an answer, as anywhere else here


class Sealed(msgspec.Struct, frozen=True):
    body: bytes
    headers: dict[str, str]


class Answer(msgspec.Struct, frozen=True):
    """`status` None: no answer. `wait_s`: the service asks to be left alone for so long."""

    status: int | None
    wait_s: int | None = None
    why: str | None = None


class Post:
    def __init__(self, vapid: Vapid, app_url: str, timeout_s: float = TIMEOUT_S) -> None:
        self.key = vapid.public
        self._vapid, self._subject = vapid, subject(app_url)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="push")
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._http:
            await self._http.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def send(
        self, to: Subscription, message: bytes, ttl_s: int, urgency: Urgency, topic: str, now: int
    ) -> Answer:
        loop = asyncio.get_running_loop()
        sealed = await loop.run_in_executor(
            self._threads, _seal, self._vapid, self._subject, to, message, now // 1000 + SIGNED_FOR_S
        )
        headers = {**sealed.headers, "TTL": str(ttl_s), "Urgency": urgency, "Topic": topic, "User-Agent": "iomando"}
        try:
            async with self._session().post(
                URL(to.endpoint, encoded=True),
                data=sealed.body,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                return Answer(answer.status, _seconds(answer.headers.get("Retry-After", "")))
        except TimeoutError:
            return Answer(None, why="no answer in time")
        except (aiohttp.ClientError, OSError, ValueError) as error:  # not its text: that holds the address
            return Answer(None, why=type(error).__name__)

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=_Resolver(self._threads), ttl_dns_cache=60),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                max_line_size=HEADER_BYTES,
                max_field_size=HEADER_BYTES,
            )
        return self._http


class _Resolver(AbstractResolver):
    """Names in threads of our own: five services that cannot be found must not hold up anybody else's look-up."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        )
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=0)
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        pass


def subject(app_url: str) -> str:
    """Whom a service may turn to: the app's own address, where it is one that others reach."""
    parts = urlsplit(app_url)
    return f"https://{parts.hostname}" if parts.scheme == "https" else "mailto:nobody@localhost"


def _seal(vapid: Vapid, subject: str, to: Subscription, message: bytes, until_s: int) -> Sealed:
    """In a thread."""
    from py_vapid import Vapid02  # with its like 8 MiB, for those only who push
    from pywebpush import WebPusher

    keys = {"p256dh": _text(to.p256dh), "auth": _text(to.auth)}
    body = WebPusher({"endpoint": to.endpoint, "keys": keys}).encode(message)["body"]
    url = URL(to.endpoint, encoded=True)
    claims: dict[str, Any] = {"aud": str(url.origin()), "sub": subject, "exp": until_s}
    signed = Vapid02(vapid.private, {"no-strict": True}).sign(claims)
    return Sealed(body, {**signed, "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream"})


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _seconds(header: str) -> int | None:
    return int(header) if header.isascii() and header.isdigit() and len(header) < 8 else None
