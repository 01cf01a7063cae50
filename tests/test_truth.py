"""The demo page's judge: when a screen agrees with the door, when it lies, and when it honestly cannot know."""

from typing import Any

import pytest

from sim.edges import Edge
from sim.truth import agree, row, seen

OP, OTHER = "00000000000000aa", "00000000000000bb"
MS = 1_000_000


def operation(**fields: Any) -> dict[str, Any]:
    plain = {"id": OP, "action": "open", "state": "DONE", "movement": "moved", "reason": None}
    plain |= {"person": {"name": "Anna"}, "door": "d", "stops": {"done": 3100}}
    return plain | fields


def edge(ms: int, kind: str, name: str, value: int, op: str | None = None) -> Edge:
    return Edge(ms * MS, "u", 0, kind, name, value, op)


ON, OFF = edge(1000, "coil", "relay", 1, OP), edge(1500, "coil", "relay", 0, OP)
LEFT, THERE = edge(1070, "sensor", "closed_contact", 0), edge(4050, "sensor", "open_contact", 1)


def test_what_was_seen_is_counted_from_the_coil_and_ends_with_the_next_press() -> None:
    later = [edge(9000, "coil", "relay", 1, OTHER), edge(9070, "sensor", "open_contact", 0)]

    fact = seen(operation(), [ON, LEFT, OFF, THERE, *later])

    assert (fact.coil_on, fact.left_ms, fact.pulse_ms, fact.arrived_ms) == (True, 70, 500, 3050)
    assert seen(operation(action="close", id=OTHER), [ON, OFF, THERE, *later]).left_ms == 70


@pytest.mark.parametrize(
    ("said", "edges", "verdict"),
    [
        ({}, [ON, LEFT, OFF, THERE], True),
        ({}, [ON, OFF], False),  # "open", and the door stood still
        ({}, [], False),  # "open", and no coil was ever on
        ({"movement": "did_not_move"}, [ON, OFF], True),
        ({"movement": "did_not_move"}, [ON, LEFT, OFF], False),
        ({"movement": "did_not_finish"}, [ON, LEFT, OFF], True),
        ({"movement": "did_not_finish"}, [ON, LEFT, OFF, THERE], False),
        ({"state": "NOT_SENT", "movement": None}, [], True),
        ({"state": "NOT_SENT", "movement": None}, [ON, OFF], False),  # "nothing was opened"
        ({"state": "REFUSED", "movement": None}, [ON], False),
        ({"state": "UNKNOWN", "movement": None}, [ON, LEFT], True),
        ({"state": "UNKNOWN", "movement": None}, [], True),
        ({"state": "SENT", "movement": None}, [ON], None),
        ({"movement": "moving"}, [ON, LEFT], None),
    ],
)
def test_a_screen_lies_when_it_says_what_was_not_so(said: dict[str, Any], edges: list[Edge], verdict: object) -> None:
    told = operation(**said)

    assert agree(told, seen(told, edges)) is verdict


def test_a_row_says_both_in_words() -> None:
    shown = row(operation(), "Garage", [ON, LEFT, OFF, THERE])

    assert (shown.who, shown.action, shown.door) == ("Anna", "Open", "Garage")
    assert shown.screen == "Open · 3.1 s"
    assert shown.bench == "Coil on for 0.5 s, door there after 3.0 s"
