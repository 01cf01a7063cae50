"""A small service of the test's own that takes releases as the contract says; the real one's side is not there yet.
Never here: a test."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET, COOKIE = "a-link-that-works-once", "iomando=token-of-a-session"


class Publishing:
    """`has`: key sets by number. `refusal`: (status, detail) of the next release; `elsewhere`: redirects to there."""

    def __init__(self) -> None:
        self.has: dict[int, bytes] = {}
        self.releases: list[tuple[bytes, bytes]] = []
        self.seen: list[tuple[str, str]] = []
        self.refusal: tuple[int, str] | None = None
        self.elsewhere = ""
        self.signed_in = False
        self.origin = ""

    def answer(self, method: str, path: str, headers: dict[str, str], body: dict[str, str]) -> tuple[int, object]:
        self.seen.append((method, path))
        if method != "GET" and headers.get("Origin") != self.origin:
            return 403, {"reason": "origin", "detail": "this request does not come from the app"}
        if path == "/api/v1/sign-in":
            self.signed_in = body == {"secret": SECRET}
            return (204, None) if self.signed_in else (403, {"reason": "link", "detail": "this link is spent"})
        if not self.signed_in or headers.get("Cookie") != COOKIE:
            return 401, {"reason": "session", "detail": "nobody is signed in here"}
        match method, path:
            case "POST", "/api/v1/sign-out":
                self.signed_in = False
            case "GET", "/api/v1/key-sets":
                return 200, [{"number": number} for number in self.has]
            case "POST", "/api/v1/key-sets":
                self.has[max(self.has, default=0) + 1] = base64.b64decode(body["signed"], validate=True)
            case "POST", "/api/v1/releases" if self.refusal:
                return self.refusal[0], {"reason": "invalid", "detail": self.refusal[1]}
            case "POST", "/api/v1/releases":
                self.releases.append((base64.b64decode(body["manifest"]), base64.b64decode(body["bundle"])))
            case _:
                return 404, None
        return 204, None


@contextmanager
def publishing() -> Iterator[Publishing]:
    """Serves on this machine, at `origin`."""
    desk = Publishing()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if desk.elsewhere:
                status, value = 307, None
            else:
                status, value = desk.answer(self.command, self.path, dict(self.headers), json.loads(body or b"{}"))
            data = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            if desk.elsewhere:
                self.send_header("Location", desk.elsewhere + self.path)
            if self.path == "/api/v1/sign-in" and status == 204:
                self.send_header("Set-Cookie", f"{COOKIE}; HttpOnly; Max-Age=34560000; Path=/; SameSite=Strict")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    desk.origin = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield desk
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
