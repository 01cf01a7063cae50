"""docs/protocol.md says what the code does: every reason with its status, every message with its fields."""

import re
from pathlib import Path

import msgspec
import pytest

from cloud import messages
from cloud.api import STATUS
from cloud.routes import ROUTES

SECTION = (Path(__file__).parent.parent / "docs" / "protocol.md").read_text().partition("## 2. Cloud and app")[2]
PUSHED = [messages.Snapshot, messages.Change, messages.Tick, messages.Log, messages.Heads, messages.Error]
SHOWN = {
    "you": messages.You,
    "place": messages.PlaceView,
    "door": messages.DoorView,
    "operation": messages.OperationView,
    "grant": messages.GrantView,
    "news": messages.News,
    "edit": messages.EditView,
    "line": messages.LogLine,
}


def test_every_reason_stands_beside_its_status() -> None:
    rows = re.findall(r"^\| ((?:\d{3} ?)+) \| (.*) \|$", SECTION, re.MULTILINE)
    told = {reason: statuses.split() for statuses, said in rows for reason in re.findall(r"`([a-z_]+)`", said)}

    assert told.keys() - {"version"} == STATUS.keys()
    assert {reason: str(status) for reason, status in STATUS.items() if str(status) not in told[reason]} == {}


@pytest.mark.parametrize("kind", PUSHED, ids=lambda kind: kind.__name__)
def test_every_message_is_shown_with_all_its_fields(kind: type[msgspec.Struct]) -> None:
    shown = SECTION.partition(f'"type":"{kind.__struct_config__.tag}"')[2].partition('{"type"')[0]

    assert shown, "it is there"
    assert [name for name in kind.__struct_fields__ if f'"{name}"' not in shown] == []


@pytest.mark.parametrize("name", SHOWN)
def test_every_thing_that_is_shown_is_told_with_all_its_fields(name: str) -> None:
    told = re.search(rf"^    {name} +(\{{.*?)(?=^    \w|\n\n)", SECTION, re.MULTILINE | re.DOTALL)

    assert told
    assert [field for field in SHOWN[name].__struct_fields__ if f'"{field}"' not in told[1]] == []


def test_the_calls_that_are_told_are_served() -> None:
    table = SECTION.partition("| call | who | does |")[2].partition("\n\n")[0]
    served = {f"{route.method} {route.path}" for route in ROUTES} | {"GET live"}
    told = {call.split(" `")[0] for call in re.findall(r"`((?:GET|POST|DELETE) [^`…\s]+)", table)}

    assert told <= served
    assert len(told) > 15
