"""Who comes to the API by another way than the app: odd spellings of paths, other origins. Nothing is shown, nothing
is changed.
"""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import pytest_asyncio

from cloud.routes import ROUTES
from tests.api_calls import body_of, path_of
from tests.api_side import ORIGIN, ApiSide
from tests.api_town import DOORS, PEOPLE, token

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def side(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ApiSide]:
    async with ApiSide(tmp_path_factory.mktemp("api")) as side:
        yield side


@pytest.fixture
def unchanged(side: ApiSide) -> Iterator[None]:
    """Nothing is; and what was called before is not in the way."""
    side.forget_rates()
    before = side.dump()
    yield
    assert side.dump() == before


# -- odd spellings of a path that only an admin may read


ENDS = [
    *(
        "/",
        "//",
        "/.",
        "/..",
        "/%2e",
        ".json",
        ";",
        ";.css",
        "%00",
        "%0a",
        "%0d%0a",
        "%20",
        "?",
        "??",
        "#",
        "%3f",
        "%23",
    ),
    *("\\", "/%2e%2e/home", "?place=home", "%c0%af", "/..;/home", ".", "..", "~", "%09"),
]


def _odd(path: str) -> Iterator[str]:
    """Spellings that some proxy, server or framework takes for this path."""
    parts = path.strip("/").split("/")
    for n in range(len(parts)):
        head, tail = "/" + "/".join(parts[:n]), "/".join(parts[n:])
        for between in ("//", "/./", "/%2e/", "/x/../", "/x/%2e%2e/", "/%2f/", "/\\", "/%5c", "/;/", "/%00/", "/.;/"):
            yield head.rstrip("/") + between + tail
    for n, part in enumerate(parts):
        encoded = part.replace(part[0], f"%{ord(part[0]):02x}", 1)
        for other in (part.upper(), encoded, encoded.replace("%", "%25"), f"{part}.", f"{part};a=b", f"{part}%20"):
            yield "/" + "/".join([*parts[:n], other, *parts[n + 1 :]])
    for end in ENDS:
        yield path + end
    for start in ("/app/..", "/lib/lit/../..", "/app/%2e%2e", "/app/..%2f", "/static/..;", "//doors.example", "/."):
        yield start + path


ODD = sorted({odd for path in ("/api/v1/places/home", "/api/v1/places/home/log.csv") for odd in _odd(path)})
SECRETS = [*DOORS, *(name.title() for name in PEOPLE), "mia-gate", "cleaners-home"]


async def test_no_spelling_of_a_path_shows_anything_to_nobody(side: ApiSide, unchanged: None) -> None:
    assert len(ODD) >= 200
    wrong = []
    for path in ODD:
        answer = await side.raw(f"GET {path} HTTP/1.1\r\nHost: doors.example\r\nConnection: close\r\n\r\n".encode())
        status = int(answer.split(b" ", 2)[1])
        if status not in (400, 401, 403, 404) or any(secret.encode() in answer for secret in SECRETS):
            wrong.append((path, status, answer[:200]))

    assert wrong == []


async def test_no_spelling_of_a_path_lets_a_stranger_do_anything(side: ApiSide, unchanged: None) -> None:
    """With the right origin and another person's session."""
    wrong = []
    for path in sorted(set(_odd("/api/v1/places/home/grants/tom-gate"))):
        answer = await side.raw(_delete(path, "eve"))
        if int(answer.split(b" ", 2)[1]) not in (400, 404, 405):
            wrong.append((path, answer[:200]))

    assert wrong == []


@pytest.mark.parametrize(
    "encoded", ["adm%0a", "%0aadm", "a%20b", "%00", "..", "é", "a" * 41, "%F0%9F%94%91", "a%2fb", "a%27--"]
)
async def test_what_is_no_id_names_nothing(side: ApiSide, unchanged: None, encoded: str) -> None:
    answer = await side.raw(_delete(f"/api/v1/sessions/{encoded}", "adm"))

    assert int(answer.split(b" ", 2)[1]) in (400, 404)


def _delete(path: str, who: str) -> bytes:
    lines = [f"DELETE {path} HTTP/1.1", "Host: doors.example", f"Origin: {ORIGIN}", "Connection: close"]
    return ("\r\n".join([*lines, f"Cookie: iomando={token(who)}"]) + "\r\n\r\n").encode()


# -- other origins

ORIGINS = [
    None,
    "null",
    "https://evil.example",
    "http://doors.example",
    "https://www.doors.example",
    "https://doors.example.evil.example",
    "https://doors.example.",
    "https://doors.example:443",
    "https://doors.example:8443",
    "https://DOORS.example",
    "https://doors.example/",
    "https://doors.example, https://evil.example",
]
CHANGING = [route for route in ROUTES if route.method != "GET"]


@pytest.mark.parametrize("origin", ORIGINS)
async def test_a_change_from_another_origin_is_refused_whoever_is_signed_in(
    side: ApiSide, unchanged: None, origin: str | None
) -> None:
    for route in CHANGING:
        who = "hos" if route.role in ("host", "installer") else "own"
        path = path_of(route, "home", who)
        answer = await side.call(who, route.method, path, body_of(route, "home"), origin=origin)
        assert (answer.status, answer.reason) == (403, "origin"), route
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("origin", ORIGINS)
async def test_a_websocket_from_another_origin_is_refused(side: ApiSide, origin: str | None) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await side.socket("adm", origin)

    assert refused.value.status == 403


async def test_no_answer_may_be_kept_read_or_framed_by_other_pages(side: ApiSide) -> None:
    for who, path in (
        (None, "openapi.json"),
        ("adm", "places/home"),
        (None, "places/home"),
        ("adm", "places/home/log.csv"),
    ):
        answer = await side.call(who, "GET", path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in answer.headers
