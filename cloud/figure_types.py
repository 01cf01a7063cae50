"""What the calls for figures and for whoever runs the service take and give. Only shapes."""

from typing import Annotated, Literal

import msgspec

from cloud.api_queries import Query
from cloud.messages import Id

DAYS = 28  # four of each weekday: enough that one party does not look like a habit
MOST_DAYS = 84
UNITS, MOST_UNITS = 100, 500  # of a list; who runs more looks for one by its number or place

Find = Annotated[str, msgspec.Meta(max_length=60)]
Trouble = Literal["away", "never", "tamper", "power", "coil", "sensor", "journal", "test", "data", "signal", "settings"]
Wrong = Literal["disk_full", "disk", "reserve", "broker", "clock", "certificate"]


class OpensQuery(Query, frozen=True):
    """`days`: that end with today, whole weeks read best; `door`: of one only."""

    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)] = DAYS
    door: Id | None = None


class OpensView(msgspec.Struct, frozen=True):
    """Opens that switched a door, since `since`, on the clock of `zone`. `cells`: seven days from Monday, each of 24
    hours."""

    zone: str
    days: int
    since: int
    cells: list[list[int]]
    total: int


class HostUnitsQuery(Query, frozen=True):
    """`find`: in a unit's number or the name of a place; `wrong`: only those with which something is."""

    find: Find = ""
    wrong: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_UNITS)] = UNITS


class HostPlace(msgspec.Struct, frozen=True):
    id: str
    name: str


class HostUnit(msgspec.Struct, frozen=True):
    """A door box as whoever runs the service sees it. `data`: bytes this month; `share`: of its plan, 1.0 is all of
    it; `faults`: the worst first."""

    unit: str
    places: tuple[HostPlace, ...]
    link: Literal["online", "away", "never"]
    heard: int | None
    firmware: int | None
    network: Literal["wired", "wifi", "modem"] | None
    signal: Literal["good", "fair", "weak", "none"] | None
    dbm: int | None
    data: int
    share: float | None
    faults: tuple[Trouble, ...]


class HostUnits(msgspec.Struct, frozen=True):
    """What is wrong stands first. `found`: how many there are of what was asked; `wrong`: how many of all need
    looking after."""

    now: int
    units: list[HostUnit]
    found: int
    total: int
    wrong: int


class CertificateView(msgspec.Struct, frozen=True):
    name: Literal["authority", "broker", "cloud"]
    until: int
    days: int


class PressesView(msgspec.Struct, frozen=True):
    """What became of the presses of the last 24 hours. `half_ms`, `most_ms`: from the finger to the coil, of one half
    and of nine tenths of them."""

    asked: int
    opened: int
    refused: int
    failed: int
    unknown: int
    half_ms: int | None
    most_ms: int | None


class HealthView(msgspec.Struct, frozen=True):
    """How the service is. `wrong`: the worst first; `restarts`: of the broker, None: it is not ours to start;
    `stepped_s`: by how much the host's clock was set since the start."""

    now: int
    since: int
    version: str
    python: str
    sqlite: str
    wrong: tuple[Wrong, ...]
    disk_used: float
    disk_reserved: bool
    broker_up: bool
    restarts: int | None
    stepped_s: float
    memory: int
    apps: int
    online: int
    away: int
    never: int
    places: int
    people: int
    certificates: list[CertificateView]
    presses: PressesView
