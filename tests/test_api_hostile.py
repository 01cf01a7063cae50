"""Bodies, names, numbers and questions of nobody who means well. Refused in words, and nothing is changed."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from cloud.routes import BODY_BYTES, PRESS_BYTES
from tests.api_side import ApiSide
from tests.api_town import PHONES, POSTERS, token
from tests.given import ASKED

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


PERSON = {"contact": "+34612345690", "name": "Nora"}
NAMES = {
    "turned": "Nora\u202egate",
    "isolated": "\u2066Nora",
    "marked": "Nora\u200f",
    "newline": "Nora\nAdmin",
    "control": "Nora\x07",
    "escape": "\x1b[31mNora",
    "nothing": "\u200b",
    "blank": "   ",
    "empty": "",
    "filler": "\u3164",
    "private": "\ue000",
    "half": "\ud800",
    "long": "N" * 10_000,
    "tall": "N\u0301" * 90,
    "separator": "Nora\u2028Admin",
}


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_that_hides_or_turns_is_refused_in_words(side: ApiSide, unchanged: None, name: str) -> None:
    calls = [
        ("POST", "places/home/people", {**PERSON, "name": NAMES[name]}),
        ("POST", "places/home/groups", {"name": NAMES[name]}),
        ("POST", "places/home/guests", {"name": NAMES[name]}),
        ("PATCH", "places/home", {"version": 1, "name": NAMES[name]}),
        ("PATCH", "doors/gate", {"version": 1, "name": NAMES[name]}),
        ("PATCH", "places/home/people/tom", {"version": 1, "name": NAMES[name]}),
        ("PATCH", "me", {"name": NAMES[name]}),
    ]
    for method, path, body in calls:
        answer = await side.call("own", method, path, body)
        assert answer.status in (400, 422), (path, answer.body)
        assert answer.reason in ("malformed", "invalid")
        assert len(answer.body["detail"]) < 200


@pytest.mark.parametrize(
    "contact",
    [
        "+34612345б90",
        "аdmin@example.com",  # the first letter is Cyrillic
        "admin@exаmple.com",
        "tom@example.com\nBcc: eve@example.com",
        "+34 612 345 690; DROP TABLE people",
        "+" + "9" * 10_000,
        "",
        "@",
        "+34²12345690",
    ],
)
async def test_a_contact_that_looks_like_another_is_refused(side: ApiSide, unchanged: None, contact: str) -> None:
    for who, path, body in (
        (None, "sign-in/code", {"contact": contact}),
        ("own", "places/home/people", {"name": "Nora", "contact": contact}),
        ("own", "me/contact", {"contact": contact}),
    ):
        answer = await side.call(who, "POST", path, body, address="198.51.100.9")
        assert answer.status in (400, 422), (path, answer.body)


async def test_look_alike_digits_of_a_number_are_one_number(side: ApiSide, unchanged: None) -> None:
    typed = "+34 ٦١٢ ٣٤٥ ٦" + PHONES["tom"][-2:]

    answer = await side.call("own", "POST", "places/home/people", {"name": "Tom", "contact": typed})

    assert (answer.status, answer.reason) == (409, "member")


RAW: dict[str, bytes] = {
    "nothing": b"",
    "no json": b"hello",
    "cut": b'{"name": "No',
    "two": b'{"name": "A"} {"name": "B"}',
    "twice": b'{"name": "A", "name": "B"}',
    "twice within": b'{"name": "A", "access": {"uses": 1, "uses": 2}, "contact": "+34612345690"}',
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "unknown": b'{"name": "A", "admin": true}',
    "not a number": b'{"name": NaN}',
    "infinite": b'{"name": "A", "x": Infinity}',
    "byte order mark": b'\xef\xbb\xbf{"name": "A"}',
    "latin": '{"name": "Núria"}'.encode("latin-1"),
    "utf-16": '{"name": "A"}'.encode("utf-16"),
    "deep": b'{"name": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "deep objects": b'{"name": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
    "half a character": b'{"name": "\\ud83d"}',
    "comment": b'{"name": "A" /* */}',
    "single quotes": b"{'name': 'A'}",
}


@pytest.mark.parametrize("raw", RAW)
async def test_a_body_that_is_none_is_malformed_and_changes_nothing(side: ApiSide, unchanged: None, raw: str) -> None:
    for method, path in (("POST", "places/home/groups"), ("POST", "places/home/people"), ("PATCH", "me")):
        answer = await side.call("adm", method, path, raw=RAW[raw])
        assert (answer.status, answer.reason) == (400, "malformed"), (path, answer.body)


async def test_a_deep_answer_of_a_passkey_is_malformed(side: ApiSide, unchanged: None) -> None:
    deep = b'{"ticket": "' + b"t" * 32 + b'", "credential": {"a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}}"

    answer = await side.call(None, "POST", "sign-in/passkey", raw=deep)

    assert (answer.status, answer.reason) == (400, "malformed")


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e400", "-1", "1.5", '"1"', "true", "9" * 400, "0x10"]
)
async def test_a_number_that_is_none_is_malformed(side: ApiSide, unchanged: None, number: str) -> None:
    for method, path, field in (
        ("PATCH", "places/home/grants/tom-gate", "uses"),
        ("PATCH", "places/home/grants/tom-gate", "ends"),
        ("PATCH", "places/home", "version"),
    ):
        raw = f'{{"version": 1, "{field}": {number}}}' if field != "version" else f'{{"version": {number}}}'
        answer = await side.call("adm", method, path, raw=raw.encode())
        assert (answer.status, answer.reason) == (400, "malformed"), (field, answer.body)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "text/json",
        "",
    ],
)
async def test_a_form_of_another_page_is_no_body(side: ApiSide, unchanged: None, kind: str) -> None:
    answer = await side.call("adm", "POST", "places/home/groups", raw=b'{"name": "A"}', Content_Type=kind)

    assert (answer.status, answer.reason) == (415, "type")


async def test_bodies_beyond_their_size_are_refused_whether_they_say_it_or_not(side: ApiSide, unchanged: None) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b" " * 1024

    press = {"press_id": "p" * 22, "door": "gate", "action": "open", "at": ASKED, "pin": "0" * PRESS_BYTES}
    assert (await side.call("mia", "POST", "presses", press)).status == 413
    assert (await side.call("adm", "POST", "places/home/groups", raw=b" " * (BODY_BYTES + 1))).status == 413
    chunked: Any = parts()
    assert (await side.call("adm", "POST", "places/home/groups", raw=chunked)).status == 413


async def test_hours_as_long_as_they_may_be_fit_into_a_body(tmp_path: Path) -> None:
    days = [
        f"20{year}-{month:02}-{day:02}"
        for year, month, day in itertools.product((26, 27, 28), range(1, 13), range(1, 29))
    ]
    hours = {"added": [{"date": day, "spans": [{"starts": 0, "ends": 60}]} for day in days[:800]]}
    async with ApiSide(tmp_path / "town") as side:
        answer = await side.call("adm", "PATCH", "places/home/grants/tom-gate", {"version": 1, "hours": hours})

    assert answer.status == 204, answer.body


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "many"},
        {"before": "-1"},
        {"since": "NaN"},
        {"since": str(1 << 64)},
        {"person": "'; DROP TABLE log; --"},
        {"person": "a\nb"},
        {"kind": "press' OR '1'='1"},
        {"all": "true"},
        {"until": "null"},
        {"person": "Null"},
        [("person", "mia"), ("person", "tom")],
    ],
    ids=str,
)
async def test_a_question_that_is_none_is_malformed(side: ApiSide, unchanged: None, query: object) -> None:
    answer = await side.call("adm", "GET", "places/home/log", query=query)

    assert (answer.status, answer.reason) == (400, "malformed"), answer.body


async def test_a_call_of_no_such_kind_says_which_there_are(side: ApiSide, unchanged: None) -> None:
    assert (await side.call("adm", "PUT", "places/home", {})).reason == "method"
    assert (await side.call("adm", "TRACE", "places/home")).status == 405
    assert (await side.call("adm", "GET", "places/home/nothing")).reason == "unknown"


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "x",
        "iomando",
        "é",
        "\x7f",
        token("adm")[:-1],
        token("adm") + " ",
        token("adm").upper(),
        "null",
        '"' + "a" * 4000,
    ],
)
async def test_a_token_that_is_nearly_one_is_none(side: ApiSide, unchanged: None, cookie: str) -> None:
    answer = await side.call(None, "GET", "places/home", Cookie=f"iomando={quote(cookie)}")

    assert answer.status == 401


async def test_a_poster_is_no_link(side: ApiSide, unchanged: None) -> None:
    for path in ("sign-in", "guest"):
        answer = await side.call(None, "POST", path, {"secret": POSTERS["home"]}, address="198.51.100.77")
        assert (answer.status, answer.reason) == (403, "link")
