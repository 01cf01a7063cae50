"""What the cloud and an app say to each other: the types, their limits, and how they are read. docs/protocol.md
section 2.

Only shapes. Nothing here decides or sends.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from cloud.hours import Hours
from cloud.operations import HOLD_S, Stops

PressId = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{22,36}\Z")]
Id = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,40}\Z")]
Secret = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{20,80}\Z")]
Millis = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]  # a JavaScript number's exact range
Action = Literal["open", "close", "press", "hold", "release"]
Seconds = Annotated[int, msgspec.Meta(ge=HOLD_S[0], le=HOLD_S[1])]
Pin = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}\Z")]


def check_seconds(action: str, seconds: int | None) -> None:
    """A hold says for how long, and nothing else does."""
    if (action == "hold") != (seconds is not None):
        raise ValueError("`seconds` belong to a hold, and to nothing else")


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
    pin: Pin | None = None
    seconds: Seconds | None = None

    def __post_init__(self) -> None:
        check_seconds(self.action, self.seconds)


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
    pin: Pin | None = None
    seconds: Seconds | None = None

    def __post_init__(self) -> None:
        check_seconds(self.action, self.seconds)


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
    """`scope`: the one place this session is good for; `manages`, `invites`, `holds` (doors open for a while): places;
    `pin`: asked for at every open."""

    id: str
    name: str
    language: str
    admin: bool
    guest: bool = False
    scope: str | None = None
    manages: tuple[str, ...] = ()
    invites: tuple[str, ...] = ()
    pin: bool = False
    holds: tuple[str, ...] = ()


class Help(msgspec.Struct, frozen=True):
    name: str
    contact: str


class PlaceView(msgspec.Struct, frozen=True):
    id: str
    name: str
    zone: str
    help: Help | None
    other_way: str | None


class May(msgspec.Struct, frozen=True):
    """What `access.may_open` said, without the rule: that is the same for many, and encoded once for them."""

    allowed: bool
    reason: str | None = None
    next: int | None = None
    until: int | None = None


class GrantView(msgspec.Struct, frozen=True):
    """An access, as who holds it sees it, and as an admin does. `group_name` where it comes with a group."""

    id: str
    place: str
    person: str | None
    group: str | None
    group_name: str | None
    doors: tuple[str, ...]
    hours: Hours
    starts: int | None
    ends: int | None
    uses: int | None
    suspended: bool
    within: str | None
    note: str
    version: int


class News(msgspec.Struct, frozen=True):
    """What changed for her, for the app to say in her words: `given`, `changed`, `ended`, `suspended`, `resumed`,
    `role`, `declined`; `new_device`: `who` has admin rights on one; `guest`: `who`, her guest, has come or gone."""

    kind: str
    place: str
    doors: tuple[str, ...] = ()
    grant: str | None = None
    role: str | None = None
    who: str | None = None


class EditView(msgspec.Struct, frozen=True):
    """For who manages the place: one thing as it is now; None: it is gone. `key` tells it from others of its kind."""

    kind: str
    place: str
    key: str
    thing: Any


class LogLine(msgspec.Struct, frozen=True):
    """One entry of a place's log. `who_name` and `door_name` as they are called now; `detail` is what was hashed."""

    place: str
    n: int
    at: int
    stored: int
    kind: str
    who: str | None
    who_name: str | None
    session: str | None
    way: str | None
    door: str | None
    door_name: str | None
    operation: str | None
    detail: Any
    hash: str


class HoldView(msgspec.Struct, frozen=True):
    """A door that its unit keeps open: by whom, and until when. All None: the unit says so, and no press of ours is
    known that did it. A guest is not told by whom."""

    who: str | None = None
    person: str | None = None
    until: int | None = None


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
    may: May
    action: str | None
    pending: bool = False
    hold: HoldView | None = None


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
    seconds: int | None = None


class AlarmView(msgspec.Struct, frozen=True):
    """Something wrong at a place that she manages. `kind`: `left_open`, `opened_otherwise`, `away`, `signal`, `data`,
    `test`, `power`, `tamper`, `door`; `acknowledged`: when and by whom, while it still is so; `again`: when it is told
    next."""

    id: str
    place: str
    kind: str
    door: str | None
    unit: str | None
    since: int
    detail: Mapping[str, Any] = {}
    acknowledged: int | None = None
    acknowledged_by: str | None = None
    again: int | None = None


class Snapshot(msgspec.Struct, tag="snapshot", tag_field="type", frozen=True):
    stream: str
    n: int
    now: int
    you: You
    places: list[PlaceView]
    doors: list[DoorView]
    operations: list[OperationView]
    grants: list[GrantView] = []
    heads: dict[str, str] = {}
    alarms: list[AlarmView] = []


class Change(msgspec.Struct, tag="change", tag_field="type", frozen=True, omit_defaults=True):
    n: int
    now: int
    doors: list[DoorView] = []
    operations: list[OperationView] = []
    gone: list[str] = []
    places: list[PlaceView] = []
    grants: list[GrantView] = []
    gone_grants: list[str] = []
    news: list[News] = []
    edits: list[EditView] = []


class Tick(msgspec.Struct, tag="tick", tag_field="type", frozen=True):
    """`sent`: how many changes this connection was sent so far: who has another number has lost one."""

    now: int
    sent: int = 0


class Log(msgspec.Struct, tag="log", tag_field="type", frozen=True):
    """New lines of a log, for who manages its place; each line's `n` follows the one before."""

    now: int
    lines: list[LogLine]


class Heads(msgspec.Struct, tag="heads", tag_field="type", frozen=True):
    """The heads of the logs of the places she manages: for her app to keep. place → N:HASH."""

    now: int
    heads: dict[str, str]


class Rollouts(msgspec.Struct, tag="rollouts", tag_field="type", frozen=True):
    """Something of the releases or of how one goes through the fleet has changed, for maintainers: they ask for it."""

    now: int


encode = msgspec.json.Encoder().encode
read_from_app = msgspec.json.Decoder(Press | Watch).decode
read_sign_in = msgspec.json.Decoder(SignIn).decode
read_posted_press = msgspec.json.Decoder(PostedPress).decode
