"""docs/protocol.md says what the code does: every reason with its status, every message with its fields."""

import re
from pathlib import Path

import msgspec
import pytest

from cloud import messages
from cloud.api import STATUS
from cloud.routes import ROUTES
from firmware import events, wire

UNIT, _, SECTION = (Path(__file__).parent.parent / "docs" / "protocol.md").read_text().partition("## 2. Cloud and app")
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


def numbers(said: str) -> set[int]:
    """Each that something is said of."""
    return {int(number) for number in re.findall(r"(?:^|[\s;,:])(\d+) (?=[a-zA-Z])", said)}


def test_every_frame_stands_in_the_table_with_its_length() -> None:
    rows = re.findall(r"^\| ([0-9a-f]{2}) \| (\w+) \|([^|]*)\|", UNIT, re.MULTILINE)

    assert {name: int(number, 16) for number, name, _ in rows} == {
        name: getattr(wire, name) for _, name, _ in rows if hasattr(wire, name)
    }
    assert {int(number, 16) for number, _, _ in rows} == wire.EXACT.keys() | wire.AT_LEAST.keys()
    exact = {int(number, 16): int(size) for number, _, size in rows if size.strip().isdigit()}
    assert exact == {kind: wire.EXACT[kind] for kind in exact}
    assert exact.keys() == wire.EXACT.keys()


def test_every_kind_of_record_stands_in_the_table() -> None:
    table = UNIT.partition("| kind | | `detail` | `arg` |")[2].partition("\n\n")[0]
    kinds = [*range(events.BOOT, events.UPDATE + 1)]

    assert [int(number) for number in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == kinds


def test_every_reason_of_an_outage_is_told() -> None:
    told = numbers(UNIT.partition("`why` of an outage:")[2].partition(".\n")[0])

    assert told == {number for name, number in vars(events).items() if name.startswith("NET_")} - {events.NET_OK}


def test_every_way_to_a_network_is_told() -> None:
    status = UNIT.partition("STATUS tells how the unit is connected")[2].partition("\n\n")[0]

    assert numbers(status.partition("`network`")[2].partition(";")[0]) == {events.WIRED, events.WIFI, events.MODEM}
    rats = status.partition("`rat`")[2].partition(";")[0]
    assert [name for number, name in enumerate(events.RATS) if f"{number} {name}" not in rats] == []


def test_every_action_and_result_is_told() -> None:
    actions = UNIT.partition("`action`:")[2].partition("`result`:")
    results = actions[2].partition("A byte of")[0]

    assert {wire.OPEN, wire.CLOSE, wire.PRESS, wire.HOLD, wire.RELEASE, wire.TEST} <= numbers(actions[0])
    declined = {wire.LATE, wire.BUSY, wire.MOVING, wire.UPDATING, wire.FAULT, wire.FULL, wire.UNSUPPORTED, wire.UNSURE}
    assert numbers(results) == {wire.DONE, wire.ALREADY} | declined
