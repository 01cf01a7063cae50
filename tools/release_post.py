"""Handing a release to the service, as the maintainer whom a sign-in link names. The service checks everything again.

    POST /api/v1/sign-in   {"secret"}              the cookie of a session, which is ended afterwards
    GET  /api/v1/key-sets  [{"number", …}]         those that it has
    POST /api/v1/key-sets  {"signed"}              each that it lacks, in order
    POST /api/v1/releases  {"manifest", "bundle"}  bytes in base64

Redirects are not followed: the link is for the service that it names. Never here: whether the release is good.
"""

import base64
import contextlib
import http.client
import ipaddress
import json
import ssl
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tools import keys
from tools.release_files import BadRelease, ReleaseFolder

PREFIX = "/api/v1/"
TIMEOUT_S = 180  # an image is 2.4 MB in base64: longer than the service waits for the rest of it (cloud/api.py)
ANSWER_BYTES = 1 << 20


class Service:
    """`link`: as a maintainer gets it, https://…/#sign-in=…; plain http only to this very machine."""

    def __init__(self, link: str, context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(link.strip())
        secret = parse_qs(parts.fragment).get("sign-in", [""])[0]
        if not secret or not parts.hostname or parts.scheme not in ("https", "http"):
            raise BadRelease("this is no sign-in link: it looks like https://…/#sign-in=…")
        if parts.scheme == "http" and not _is_here(parts.hostname):
            raise BadRelease("the link leads to a service without TLS: anybody on the way could take the session")
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._secret, self._cookie = secret, ""
        if parts.scheme == "https":
            context = context or ssl.create_default_context()
            self._line = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT_S, context=context)
        else:
            self._line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)

    @contextlib.contextmanager
    def signed_in(self) -> Iterator[None]:
        with contextlib.closing(self._line):
            self.call("POST", "sign-in", {"secret": self._secret})
            try:
                yield
            finally:
                with contextlib.suppress(BadRelease):  # what went wrong is told; a session ends by itself, too
                    self.call("POST", "sign-out")

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer; BadRelease with the service's own words when it refuses."""
        headers = {"Origin": self.origin, "User-Agent": "iomando-release", "Cookie": self._cookie}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        try:
            self._line.request(method, PREFIX + path, data, headers)
            answer = self._line.getresponse()
            said = answer.read(ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise BadRelease(f"{self.origin} does not answer: {error}") from None
        for name, morsel in SimpleCookie(answer.getheader("Set-Cookie") or "").items():
            self._cookie = f"{name}={morsel.value}"
        if not 200 <= answer.status < 300:
            raise BadRelease(f"{self.origin} refuses ({answer.status}): {_detail(said)}")
        try:
            return json.loads(said) if said else None
        except ValueError:
            raise BadRelease(f"{self.origin} answers what is no JSON: is this the service?") from None


def publish(service: Service, it: ReleaseFolder, sets: keys.Sets) -> Iterator[str]:
    """Yields what has been done. What the service has already, it is not sent again."""
    with service.signed_in():
        has = {int(one["number"]) for one in service.call("GET", "key-sets")}
        for number in sets.numbers():
            if number not in has and number <= it.manifest.key_set:
                service.call("POST", "key-sets", {"signed": _text(sets.read(number).packed())})
                yield f"key set {number} is there"
        service.call("POST", "releases", {"manifest": _text(it.signed), "bundle": _text(it.bundle)})
        yield f"release {it.manifest.counter} is there"


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _detail(said: bytes) -> str:
    try:
        return str(json.loads(said)["detail"])
    except (ValueError, KeyError, TypeError):
        return "without a reason"
