"""What the screens said of a press beside what really happened at the door, and whether the two agree.

Pure: operations as they were pushed, edges as the bench saw them. Never here: what should have happened.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sim.edges import Edge

PENDING = ("awaited", "moving")
NOTHING_SENT = ("REFUSED", "NOT_SENT", "DECLINED", "ALREADY")
ACTIONS = {"open": ("Open", "open_contact"), "close": ("Close", "closed_contact"), "press": ("Press", None)}
REFUSED = {
    "hours": "Refused: not in her hours",
    "access": "Refused: no access",
    "suspended": "Refused: access suspended",
    "late": "Refused: the press came too late",
}
NOT_SENT = {
    "away": "Nothing sent: the door box is silent",
    "broker": "Nothing sent: no way to the door box",
    "late": "Nothing sent: the service was held up",
}


class Seen(msgspec.Struct, frozen=True):
    """Milliseconds after the coil went on; None: it did not come to that."""

    coil_on: bool = False
    pulse_ms: int | None = None
    left_ms: int | None = None
    arrived_ms: int | None = None


class Row(msgspec.Struct, frozen=True):
    """One press, as the page shows it. `agree`: None while it is not over."""

    id: str
    who: str
    door: str
    action: str
    screen: str
    bench: str
    agree: bool | None


def seen(operation: Mapping[str, Any], edges: Sequence[Edge]) -> Seen:
    """What the bench has seen of this operation, up to the next time that a coil of its door goes on."""
    start = next((i for i, e in enumerate(edges) if e.kind == "coil" and e.value and e.op == operation["id"]), None)
    if start is None:
        return Seen()
    on = edges[start]
    after = [edge for edge in edges[start + 1 :] if (edge.unit, edge.door) == (on.unit, on.door)]
    end = next((i for i, edge in enumerate(after) if edge.kind == "coil" and edge.value), len(after))
    ms = {}
    for edge in after[:end]:
        what = "pulse" if edge.kind == "coil" else "arrived" if _is_goal(operation, edge) else "left"
        if bool(edge.value) == (
            what == "arrived"
        ):  # a coil that goes off, a contact that breaks, the goal that is made
            ms.setdefault(what, round((edge.t_ns - on.t_ns) / 1e6))
    return Seen(True, ms.get("pulse"), ms.get("left"), ms.get("arrived"))


def _is_goal(operation: Mapping[str, Any], edge: Edge) -> bool:
    return edge.name == ACTIONS.get(operation["action"], ("", None))[1]


def agree(operation: Mapping[str, Any], fact: Seen) -> bool | None:
    """False: the screen said what was not so. To say that nobody can know is no lie; None: not over yet."""
    state, movement = operation["state"], operation["movement"]
    if state == "SENT" or movement in PENDING:
        return None
    if state in NOTHING_SENT:
        return not fact.coil_on
    if state != "DONE":
        return True
    moved = {"moved": fact.left_ms is not None or fact.arrived_ms is not None, "did_not_move": fact.left_ms is None}
    moved["did_not_finish"] = fact.arrived_ms is None
    return fact.coil_on and moved.get(movement, True)


def row(operation: Mapping[str, Any], door: str, edges: Sequence[Edge]) -> Row:
    fact = seen(operation, edges)
    action = ACTIONS.get(operation["action"], (operation["action"].capitalize(), None))[0]
    who = operation["person"]["name"]
    return Row(operation["id"], who, door, action, _screen(operation), _bench(fact), agree(operation, fact))


def _screen(operation: Mapping[str, Any]) -> str:
    state, movement, reason = operation["state"], operation["movement"], operation["reason"]
    opened = {"open": "Open", "close": "Closed"}.get(operation["action"], "Moved")
    if state == "SENT":
        return "Sent, waiting for an answer …"
    if state == "DONE":
        took = operation["stops"]["done"]
        done = f"{opened} · {took / 1000:.1f} s" if took is not None else opened
        words = {"moved": done, "did_not_move": "The door did not move", "did_not_finish": "It did not arrive"}
        words["unseen"] = "Switched, then silent: nobody can know"
        return words.get(movement, "Switched, moving …" if movement in PENDING else "The box has switched")
    if state == "UNKNOWN":
        return "No answer: nobody can know, look"
    if state == "ALREADY":
        return f"It is already {opened.lower()}"
    if state == "NOT_SENT":
        return NOT_SENT.get(reason, REFUSED.get(reason, "Nothing sent"))
    if state == "REFUSED":
        return REFUSED.get(reason, "Refused")
    return f"The box declined ({reason})"


def _bench(fact: Seen) -> str:
    if not fact.coil_on:
        return "The coil stayed off"
    parts = [f"Coil on for {fact.pulse_ms / 1000:.1f} s" if fact.pulse_ms is not None else "Coil on"]
    if fact.left_ms is None and fact.arrived_ms is None:
        parts.append("the door stood still")
    elif fact.arrived_ms is not None:
        parts.append(f"door there after {fact.arrived_ms / 1000:.1f} s")
    else:
        parts.append("the door left its place")
    return ", ".join(parts)
