"""What the cloud and an app say to each other: the types, their limits, and how they are read. docs/protocol.md
section 2.

Only shapes. Nothing here decides or sends.
"""

from typing import Annotated, Literal

import msgspec

from cloud.access import Verdict
from cloud.operations import Stops

PressId = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{22,36}\Z")]
Id = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,40}\Z")]
Secret = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{20,80}\Z")]
Millis = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]  # a JavaScript number's exact range
Action = Literal["open", "close", "press"]


class Press(
    msgspec.Struct,
    tag="press",
    tag_field="type",
    frozen=True,
    forbid_unknown_fields=True,
):
    press_id: PressId
    door: Id
    action: Action
    at: Millis


class Watch(
    msgspec.Struct,
    tag="watch",
    tag_field="type",
    frozen=True,
    forbid_unknown_fields=True,
):
    stream: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    seen: Millis = 0


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    secret: Secret


class PostedPress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    press_id: PressId
    door: Id
    action: Action
    at: Millis


class Refused(msgspec.Struct, frozen=True):
    reason: str
    next: int | None = None


class Reply(msgspec.Struct, tag="reply", tag_field="type", frozen=True, omit_defaults=True):
    press_id: str
    operation: str | None = None
    refused: Refused | None = None


class Error(msgspec.Struct, tag="error", tag_field="type", frozen=True):
    reason: str
    detail: str


class You(msgspec.Struct, frozen=True):
    id: str
    name: str
    language: str
    admin: bool


class Help(msgspec.Struct, frozen=True):
    name: str
    contact: str


class PlaceView(msgspec.Struct, frozen=True):
    id: str
    name: str
    zone: str
    help: Help | None
    other_way: str | None


class DoorView(msgspec.Struct, frozen=True):
    id: str
    place: str
    name: str
    drive: str
    sensor: bool
    travel_s: float
    state: str
    since: int | None
    link: Literal["online", "away", "never"]
    heard: int | None
    faults: tuple[str, ...]
    may: Verdict
    action: str | None


class Who(msgspec.Struct, frozen=True):
    id: str
    name: str


class OperationView(msgspec.Struct, frozen=True):
    id: str
    press_id: str
    door: str
    action: str
    state: str
    reason: str | None
    asked: int
    waiting: bool
    heard: int | None
    stops: Stops
    movement: str | None
    person: Who


class Snapshot(msgspec.Struct, tag="snapshot", tag_field="type", frozen=True):
    stream: str
    n: int
    now: int
    you: You
    places: list[PlaceView]
    doors: list[DoorView]
    operations: list[OperationView]


class Change(msgspec.Struct, tag="change", tag_field="type", frozen=True):
    n: int
    now: int
    doors: list[DoorView] = []
    operations: list[OperationView] = []
    gone: list[str] = []
    places: list[PlaceView] = []


class Tick(msgspec.Struct, tag="tick", tag_field="type", frozen=True):
    now: int


class SessionView(msgspec.Struct, frozen=True):
    id: str
    device: str
    created: int
    used: int
    current: bool


encode = msgspec.json.Encoder().encode
read_from_app = msgspec.json.Decoder(Press | Watch).decode
read_sign_in = msgspec.json.Decoder(SignIn).decode
read_posted_press = msgspec.json.Decoder(PostedPress).decode
