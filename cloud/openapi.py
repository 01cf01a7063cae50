"""The OpenAPI 3.1 document of /api/v1, made from the table of routes and the types. What stands there is not written
here by hand."""

import http
from typing import Any

import msgspec

from cloud.api_types import Problem
from cloud.routes import COOKIE, PREFIX, ROUTES, Route, longest

REFS = "#/components/schemas/{name}"
TEXT = {
    "title": "iomando",
    "version": "1",
    "description": (
        "Every call of the app. Times are milliseconds since 1970 by the cloud's clock, ids opaque texts. What changes "
        "something needs an Origin of ours. What is pushed on the websocket stands in docs/protocol.md."
    ),
}
REFUSALS = {
    400: "malformed: not of this shape",
    401: "session: nobody is signed in, or no longer",
    403: "origin, role, scope, or a proof that is not good",
    404: "unknown: not there, or nobody of yours",
    409: "conflict, last_owner, member, decided, full, …: it cannot be done as things are",
    413: "large: too many bytes",
    415: "type: not application/json",
    422: "invalid, holidays: of the right shape, but it means nothing",
    429: "busy: too many; wait a minute",
    507: "disk: nearly full; doors still open",
}


def document() -> dict[str, Any]:
    types = {_name(kind): kind for route in ROUTES for kind in (route.takes, route.gives, route.query) if kind}
    schemas, components = msgspec.json.schema_components([*types.values(), Problem], ref_template=REFS)
    of = dict(zip([*types, _name(Problem)], schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault("/" + route.path, {})[route.method.lower()] = _operation(route, of, components)
    asked = {route.query.__name__ for route in ROUTES if route.query}
    return {
        "openapi": "3.1.0",
        "info": TEXT,
        "servers": [{"url": PREFIX.rstrip("/")}],
        "paths": paths,
        "components": {
            "schemas": {name: _portable(schema) for name, schema in components.items() if name not in asked},
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": COOKIE}},
        },
    }


def refusals(route: Route) -> list[int]:
    """The statuses that this call may be refused with."""
    found = {400, 409, 422}
    if route.role != "public":
        found |= {401, 403, 404}
    if route.rate != "free":
        found.add(429)
    if route.parameters or route.rate == "links":
        found.add(404)
    if route.takes:
        found |= {413, 415}
    if route.method != "GET":
        found |= {403, 507}
    return sorted(found)


def _name(kind: Any) -> str:
    return getattr(kind, "__name__", "") + repr(kind)


def _operation(route: Route, of: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    asked = components[route.query.__name__]["properties"] if route.query else {}
    needed = components[route.query.__name__].get("required", ()) if route.query else ()
    found: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "description": f"For: {route.role.replace('_', ' ')}.",
        "tags": [route.path.partition("/")[0]],
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": _id(name)} for name in route.parameters),
            *(
                {"name": name, "in": "query", "required": name in needed, "schema": _asked(schema)}
                for name, schema in asked.items()
            ),
        ],
        "security": [] if route.role == "public" else [{"session": []}],
        "responses": {
            str(route.status): _answer(route, of),
            **{str(status): _problem(status) for status in refusals(route)},
        },
    }
    if route.takes:
        content = {"application/json": {"schema": _portable(of[_name(route.takes)])}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _operation_id(route: Route) -> str:
    return route.handler if route.path != "grants/{grant}" else f"{route.handler}_by_id"


def _id(name: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^[A-Za-z0-9_-]{{1,{longest(name)}}}$"}


def _asked(schema: dict[str, Any]) -> dict[str, Any]:
    """What is left out is left out: no query says null."""
    rest = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    plain = rest[0] if len(rest) == 1 else schema
    return _portable({key: value for key, value in plain.items() if key != "default"})


def _answer(route: Route, of: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {"description": http.HTTPStatus(route.status).phrase}
    if route.gives is not None:
        said["content"] = {route.media: {"schema": _portable(of[_name(route.gives)])}}
    elif route.media != "application/json":
        said["content"] = {route.media: {"schema": {"type": "string"}}}
    return said


def _problem(status: int) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": REFS.format(name="Problem")}}}
    return {"description": REFUSALS[status], "content": content}


def _portable(schema: Any) -> Any:
    r"""Patterns as ECMAScript writes them, with ^ and $ for our \A and \Z."""
    if isinstance(schema, list):
        return [_portable(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _portable(value) for key, value in schema.items()}
    if isinstance(pattern := schema.get("pattern"), str):
        found["pattern"] = pattern.replace("\\A", "^").replace("\\Z", "$")
    if isinstance(said := schema.get("description"), str):
        found["description"] = " ".join(said.split())
    return found


class DescriptionCalls:
    def __init__(self) -> None:
        self._document: msgspec.Raw | None = None

    async def openapi(self, _call: object) -> msgspec.Raw:
        if self._document is None:
            self._document = msgspec.Raw(msgspec.json.encode(document()))
        return self._document
