"""The description of the API says what is served: every call, nothing else, in a form that other programs take."""

import json
import re
from pathlib import Path

import msgspec

from cloud.api import STATUS
from cloud.openapi import document, refusals
from cloud.routes import COOKIE, PREFIX, ROUTES
from tests.api_side import ApiSide


def described() -> set[tuple[str, str]]:
    found = document()
    return {(method.upper(), path.lstrip("/")) for path, item in found["paths"].items() for method in item}


def test_every_row_of_the_table_is_described_and_nothing_else() -> None:
    assert described() == {(route.method, route.path) for route in ROUTES}
    assert len(described()) == len(ROUTES), "no row twice"


async def test_every_call_that_is_served_is_described_and_nothing_else(tmp_path: Path) -> None:
    """All that the server itself answers under /api, but the websocket."""
    async with ApiSide(tmp_path / "town") as side:
        routes = [route for route in side.web.app.router.routes() if route.resource is not None]
        served = {(route.method, _plain(route.resource.canonical)) for route in routes if route.resource}
        given = await side.call(None, "GET", "openapi.json")
    under = {(method, path.removeprefix(PREFIX)) for method, path in served if path.startswith("/api/")}

    assert under - {("GET", "live")} == described()
    assert (given.status, given.body) == (200, json.loads(msgspec.json.encode(document())))


def _plain(canonical: str) -> str:
    return re.sub(r"\{(\w+):[^/]*\}", r"{\1}", canonical)


def test_every_reference_leads_somewhere_and_every_type_is_used() -> None:
    found = document()
    text = msgspec.json.encode(found).decode()
    names = found["components"]["schemas"].keys()
    used = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert used == set(names)


def test_patterns_are_written_for_other_languages_than_ours() -> None:
    text = msgspec.json.encode(document()).decode()

    assert "\\\\A" not in text
    assert "\\\\Z" not in text


def test_each_says_who_may_and_how_it_is_refused() -> None:
    found = document()
    for route in ROUTES:
        operation = found["paths"][f"/{route.path}"][route.method.lower()]
        assert operation["security"] == ([] if route.role == "public" else [{"session": []}])
        assert {str(route.status), *map(str, refusals(route))} == operation["responses"].keys()
        assert all("Problem" in str(operation["responses"][str(status)]) for status in refusals(route))
        assert [p["name"] for p in operation["parameters"] if p["in"] == "path"] == list(route.parameters)
        assert ("requestBody" in operation) == (route.takes is not None)
    assert found["components"]["securitySchemes"]["session"]["name"] == COOKIE


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for item in document()["paths"].values() for operation in item.values()]

    assert len(set(names)) == len(names)


def test_every_reason_that_is_given_has_a_status() -> None:
    """NotPossible("…") anywhere in the cloud."""
    given: set[str] = set()
    for file in sorted((Path(__file__).parent.parent / "cloud").glob("*.py")):
        for part in file.read_text().split('NotPossible("')[1:]:
            given.add(part.split('"')[0])

    assert given <= STATUS.keys()
    assert {"unknown", "conflict", "role", "last_owner"} <= given, "they were found"
