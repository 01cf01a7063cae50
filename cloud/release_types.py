"""What the calls about releases and roll-outs take and give. Only shapes."""

from typing import Annotated, Literal

import msgspec

from cloud.api_types import Body
from cloud.messages import Id
from cloud.rollout import FIRST, GROWTH, IN_FLIGHT, NIGHT, SOAK_S

BASE64 = r"\A[A-Za-z0-9+/]+={0,2}\Z"
KEY_SET_TEXT, MANIFEST_TEXT, BUNDLE_TEXT = 1368, 10_924, 2_359_296  # characters for 1 kB, 8 kB and 1.7 MB in base64
PUBLISH_BYTES = MANIFEST_TEXT + BUNDLE_TEXT + 1024
CANARIES = 50  # by hand: more of them are a wave

Counter = Annotated[int, msgspec.Meta(ge=1, le=0xFFFFFFFE)]
Minute = Annotated[int, msgspec.Meta(ge=0, le=1440)]
RolloutState = Literal["running", "paused", "halted", "aborted", "done"]
UnitState = Literal["waiting", "offered", "loading", "written", "trial", "soaking", "good", "failed", "out"]


class AddKeySet(Body, frozen=True):
    """A signed set of release keys, in base64."""

    signed: Annotated[str, msgspec.Meta(pattern=BASE64, max_length=KEY_SET_TEXT)]


class KeySetView(msgspec.Struct, frozen=True):
    """`threshold` of the `keys` must sign. `demo`: its secret keys are known to everybody."""

    number: int
    threshold: int
    keys: int
    demo: bool


class Publish(Body, frozen=True):
    """A signed manifest and its bundle, in base64."""

    manifest: Annotated[str, msgspec.Meta(pattern=BASE64, max_length=MANIFEST_TEXT)]
    bundle: Annotated[str, msgspec.Meta(pattern=BASE64, max_length=BUNDLE_TEXT)]


class ReleaseView(msgspec.Struct, frozen=True):
    """`counter` only rises; `version` is for people. `by`: who published it, with her name; None: on the command line.
    `packed`: bytes of its bundle; `boards`: that it is for, none: for every one. `running`: units that run it now, of
    those that are here; `units`: that ever ran it; `crash_free`: the share of those without a crash, None: nobody ran
    it; `opens`: good ones while it was rolled out."""

    counter: int
    version: str
    key_set: int
    replaces: int
    notes: str
    published: int
    by: str | None
    by_name: str | None
    packed: int
    boards: tuple[str, ...]
    running: int
    units: int
    crash_free: float | None
    opens: int


class StartRollout(Body, frozen=True):
    """`canaries`: the first wave by hand, else the first wave has `first` units; each next one is `growth` times as
    large. `hours`: minutes of the day at the units' places between which it is offered, null: always. A unit is good
    after `soak_s` seconds with a heartbeat and so many good `opens`; its self-test is one."""

    release: Counter
    canaries: Annotated[tuple[Id, ...], msgspec.Meta(max_length=CANARIES)] = ()
    first: Annotated[int, msgspec.Meta(ge=1, le=1000)] = FIRST
    growth: Annotated[int, msgspec.Meta(ge=2, le=100)] = GROWTH
    in_flight: Annotated[int, msgspec.Meta(ge=1, le=1000)] = IN_FLIGHT
    hours: tuple[Minute, Minute] | None = NIGHT
    soak_s: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = SOAK_S
    opens: Annotated[int, msgspec.Meta(ge=0, le=100)] = 1


class RolloutView(msgspec.Struct, frozen=True):
    """`waves`: how many units each has; `wave`: the one it is at, from 1. `units`: how many are in which state. `why`
    it is halted; `limit`: failures of this wave that halt it, of which `counted` are known that nobody has forgiven by
    resuming. `hours`: as it was begun with."""

    id: int
    release: int
    version: str
    state: RolloutState
    wave: int
    waves: list[int]
    limit: int
    counted: int
    why: str | None
    hours: tuple[int, int] | None
    started: int
    units: dict[UnitState, int]
    failures: int


class RolloutUnit(msgspec.Struct, frozen=True):
    """`reason` in one word: why it failed or is left out, or what it waits for. `have` of `size` bytes are there;
    `away_s`: how long it was away for its restart."""

    unit: str
    places: tuple[str, ...]
    online: bool
    firmware: int | None
    wave: int | None
    state: UnitState
    reason: str | None
    offered: int | None
    moved: int | None
    ended: int | None
    away_s: int | None
    tries: int
    have: int
    size: int


class RolloutDetail(RolloutView, frozen=True):
    """With each unit, in the order in which they are offered it."""

    each: list[RolloutUnit] = []


class FleetUnit(msgspec.Struct, frozen=True):
    """`takes`: it does not have the release, nor a later one. `reason` in one word: why it would not be offered it this
    minute, None: it would. Of its board nothing is known: a unit of another one says so when it is offered it."""

    unit: str
    places: tuple[str, ...]
    online: bool
    firmware: int | None
    takes: bool
    reason: str | None


class RolloutPreview(msgspec.Struct, frozen=True):
    """What a roll-out would be: `waves`, how many units each has, and how many failures of each would halt it; `first`:
    no more than so many may be first."""

    waves: list[int]
    limits: list[int]
    first: int
    each: list[FleetUnit]


class WireUnit(msgspec.Struct, frozen=True):
    """`wire`: the version that it was last heard to speak, None: never since that is asked."""

    unit: str
    places: tuple[str, ...]
    wire: int | None


class WireView(msgspec.Struct, frozen=True):
    """`wire`: the newest version that this service speaks; `units`: how many there are, `each`: those that do not speak
    it, as far as is known. A service that speaks only newer ones would never hear these again."""

    wire: int
    units: int
    each: list[WireUnit]
