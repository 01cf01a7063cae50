"""The whole API against its own description, by a machine that makes up calls: no server error, no answer of another
shape than is described, nothing taken that is described as wrong.

The same calls in every run, about things that are there; `long` makes more of them. Each operation has a town of its
own.
"""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from cloud.openapi import document
from cloud.routes import COOKIE, PREFIX, ROUTES, Route
from tests.api_calls import path_of
from tests.api_side import ORIGIN, ApiSide
from tests.api_town import token

EXAMPLES = 8  # of an operation, of what is right and of what is wrong: about 30 s for all
MANY = 150
CALLERS = {"host": "hos", "installer": "ins", "maintainer": "mai"}
SHAPES = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
PATIENCE_S = 30
HOW: dict[str, Any] = {
    "derandomize": True,
    "database": None,
    "deadline": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


def _without_cookie() -> dict[str, Any]:
    """The cookie is the tests' own: what is made up is everything else."""
    found = document()
    del found["components"]["securitySchemes"]
    for item in found["paths"].values():
        for operation in item.values():
            del operation["security"]
    return found


schema = schemathesis.openapi.from_dict(_without_cookie())
schema.config.checks.negative_data_rejection.expected_statuses = [*map(str, range(400, 430)), "507"]
_found: list[Any] = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
OPERATIONS = {operation.label: operation for operation in _found}


class Loop:
    """An event loop in a thread of its own: the machine that makes up calls waits for each answer."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def side(loop: Loop, tmp_path: Path) -> Iterator[ApiSide]:
    side = ApiSide(tmp_path / "town")
    loop.run(side.__aenter__())
    yield side
    loop.run(side.__aexit__(None, None, None))


def _there(route: Route, who: str) -> dict[str, str]:
    """The path's parameters, of things that are there."""
    said = zip(route.path.split("/"), path_of(route, "home", who).split("/"), strict=True)
    return {part[1:-1]: value for part, value in said if part.startswith("{")}


def _label(route: Route) -> str:
    return f"{route.method} /{route.path}"


def _try(side: ApiSide, route: Route, examples: int, mode: GenerationMode) -> None:
    operation, who = OPERATIONS[_label(route)], CALLERS.get(route.role, "own")
    fixed = _there(route, who) if mode is GenerationMode.POSITIVE or route.takes or route.query else {}
    strategy = operation.as_strategy(generation_mode=mode, path_parameters=fixed or None)
    checks = SHAPES if mode is GenerationMode.POSITIVE else [*SHAPES, negative_data_rejection]

    @settings(max_examples=examples, **HOW)
    @given(st.data())
    def calls(data: st.DataObject) -> None:
        case = data.draw(strategy)
        side.forget_rates()
        response = case.call(
            base_url=f"http://127.0.0.1:{side.port}{PREFIX.rstrip('/')}",
            headers={"Origin": ORIGIN},
            cookies={COOKIE: token(who)},
            timeout=PATIENCE_S,
        )
        case.validate_response(response, checks=checks)

    calls()


TRIED = [(route, GenerationMode.POSITIVE) for route in ROUTES]
# nothing can be wrong about a call that takes nothing
TRIED += [(route, GenerationMode.NEGATIVE) for route in ROUTES if route.takes or route.query or route.parameters]
EVERY = pytest.mark.parametrize(("route", "mode"), TRIED, ids=lambda one: getattr(one, "value", None) or _label(one))


def test_all_of_the_table_is_tried() -> None:
    assert OPERATIONS.keys() == {_label(route) for route in ROUTES}


@EVERY
def test_the_api_is_as_it_is_described(side: ApiSide, route: Route, mode: GenerationMode) -> None:
    _try(side, route, EXAMPLES, mode)


@pytest.mark.long
@EVERY
def test_the_api_is_as_it_is_described_at_length(side: ApiSide, route: Route, mode: GenerationMode) -> None:
    _try(side, route, MANY, mode)
