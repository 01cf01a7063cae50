"""What the calls about a place's door boxes take and give: how each is connected, what it uses, what is wrong with it.

Only shapes. The words of `why` stand in `unit_facts`.
"""

from typing import Annotated, Literal

import msgspec

from cloud.api_types import Body

PlanMb = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Signal = Literal["good", "fair", "weak", "none"]


class Outage(msgspec.Struct, frozen=True):
    """The last time that the box was without a connection, as it told itself. `until` None: it is not told yet.
    `why`: the reason, in one word."""

    since: int
    until: int | None
    seconds: int | None
    why: str


class CauseUse(msgspec.Struct, frozen=True):
    """Bytes that one kind of thing has cost."""

    cause: str
    up: int
    down: int


class DayUse(msgspec.Struct, frozen=True):
    """YYYY-MM-DD (UTC)."""

    day: str
    causes: list[CauseUse]


class DataView(msgspec.Struct, frozen=True):
    """What a box has used in a month (UTC), by its own count. `share`: of the plan, 1.0 is all of it, None: its plan
    is not known. `probably_out`: nearly all of it is used, and the box is silent."""

    month: str
    total: int
    causes: list[CauseUse]
    days: list[DayUse]
    plan_mb: int | None
    share: float | None
    probably_out: bool


class SelfTestView(msgspec.Struct, frozen=True):
    """How the last try of the whole way went; `why` when it failed."""

    at: int
    ok: bool
    ms: int | None
    why: str | None


class UpdateView(msgspec.Struct, frozen=True):
    """How its last update ended. `away_s`: how long it was away for its restart, None: not known. `reason`: why it did
    not go well, in one word; None: it did."""

    at: int
    release: int
    version: str
    away_s: int | None
    reason: str | None


class BoxView(msgspec.Struct, frozen=True):
    """One door box and what it last told of itself; None: it has not told. `doors`: those of this place. `away_since`:
    last heard, while it is away. `signal` in words, `falling`: weaker than it used to be. `keepalive_s`: how long a
    silent connection lives in this network. `journal_fault`: its memory takes no records."""

    unit: str
    doors: tuple[str, ...]
    link: Literal["online", "away", "never"]
    heard: int | None
    away_since: int | None
    told: int | None
    network: Literal["wired", "wifi", "modem"] | None
    signal: Signal | None
    dbm: int | None
    falling: bool
    rat: str | None
    roaming: bool
    operator: str | None
    iccid: str | None
    imei: str | None
    firmware: int | None
    keepalive_s: int | None
    heap_kb: int | None
    unsent: int | None
    journal_fault: bool
    power_lost: bool
    tampered: bool
    outage: Outage | None
    data: DataView
    test: SelfTestView | None
    update: UpdateView | None


class EditBox(Body, frozen=True):
    """`plan_mb`: what its mobile contract allows in a month, in millions of bytes; null: not known."""

    plan_mb: PlanMb | None
