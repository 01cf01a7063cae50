"""What a unit tells by itself, in words: the records of its journal, and how it is connected. Pure: frames come in.

The numbers stand in `firmware.events`. Never here: whether a frame is believed, and what becomes of it.
"""

from collections.abc import Callable

import msgspec

from firmware import events, update_words, wire

RESULTS = {
    wire.LATE: "late",
    wire.BUSY: "busy",
    wire.MOVING: "moving",
    wire.UPDATING: "updating",
    wire.FAULT: "fault",
    wire.FULL: "full",
    wire.UNSUPPORTED: "unsupported",
    wire.UNSURE: "unsure",
}
CAUSES = {1: "power", 2: "reset", 3: "watchdog", 4: "deep_sleep", 5: "soft"}  # of a boot, as machine.reset_cause()
WHY = {
    events.NET_LOST: "lost",
    events.NET_SILENT: "silent",
    events.NET_SERVER: "server",
    events.NET_REFUSED: "refused",
    events.NET_TIME: "time",
    events.NET_NAME: "name",
    events.NET_MODEM: "modem",
    events.NET_SIM_MISSING: "sim_missing",
    events.NET_SIM_BUSY: "sim_busy",
    events.NET_PIN_MISSING: "pin_missing",
    events.NET_PIN_WRONG: "pin_wrong",
    events.NET_PUK: "puk",
    events.NET_SEARCHING: "searching",
    events.NET_DENIED: "denied",
    events.NET_APN: "apn",
    events.NET_AUTH: "auth",
    events.NET_PPP: "ppp",
    events.NET_WIFI_MISSING: "wifi_missing",
    events.NET_WIFI_PASSWORD: "wifi_password",
    events.NET_WIFI: "wifi",
}
UPDATES = {
    update_words.REFUSED: "refused",
    update_words.LOADING: "loading",
    update_words.WRITTEN: "written",
    update_words.TRIAL: "trial",
    update_words.CONFIRMED: "confirmed",
    update_words.REVERTED: "reverted",
}
UPDATE_REASONS = {
    update_words.SIGNATURE: "signature",
    update_words.MALFORMED: "malformed",
    update_words.PRODUCT: "product",
    update_words.BOARD: "board",
    update_words.OLD: "old",
    update_words.ABI: "abi",
    update_words.PRECURSOR: "precursor",
    update_words.SPACE: "space",
    update_words.BUDGET: "budget",
    update_words.FAILED_TWICE: "failed_twice",
    update_words.CONTENT: "content",
    update_words.FLASH: "flash",
    update_words.GONE: "gone",
    update_words.BUSY: "busy",
    update_words.MEMORY: "memory",
    update_words.DEADLINE: "deadline",
    update_words.CRASHED: "crashed",
    update_words.DAMAGED: "damaged",
    update_words.RELAY: "relay",
    update_words.NO_CLOUD: "no_cloud",
    update_words.KEYS: "keys",
}
OTHER = "other"  # of newer firmware than this cloud knows
NETWORKS = {events.WIRED: "wired", events.WIFI: "wifi", events.MODEM: "modem"}
INPUTS = {0: "power", 1: "tamper"}
HELD = {0: "end", 1: "began", 2: "released"}
WENT = {wire.OPENED: "opened", wire.CLOSED: "closed"}
TROUBLES = {wire.JOURNAL_FAULT: "journal", wire.POWER_LOST: "power", wire.TAMPERED: "tamper"}
LEDGER_CAUSES = events.CAUSES


class Boot(msgspec.Struct, frozen=True):
    """Another boot begins here; `ds` of every record: tenths of a second since its boot."""

    ds: int
    epoch: bytes
    cause: str


class Coil(msgspec.Struct, frozen=True):
    """It was driven for an operation; `reason` when it did not come on."""

    ds: int
    door: int
    operation: str
    reason: str | None


class Declined(msgspec.Struct, frozen=True):
    ds: int
    door: int
    operation: str
    reason: str


class Moved(msgspec.Struct, frozen=True):
    """The door went there without anything of ours."""

    ds: int
    door: int
    state: str


class Exit(msgspec.Struct, frozen=True):
    """Somebody pressed the button inside; `reason` when the door did not open."""

    ds: int
    door: int
    reason: str | None


class Holding(msgspec.Struct, frozen=True):
    """`what`: `began`, `end` (its end came), `released`."""

    ds: int
    door: int
    operation: str
    what: str


class Input(msgspec.Struct, frozen=True):
    ds: int
    name: str
    alarm: bool


class Offline(msgspec.Struct, frozen=True):
    ds: int
    why: str


class Online(msgspec.Struct, frozen=True):
    """Back after so many seconds; `rung`: how far it had to climb for it."""

    ds: int
    why: str
    seconds: int
    rung: int


class TimeTold(msgspec.Struct, frozen=True):
    """What its own clock was set to: milliseconds since 1970."""

    ds: int
    wall: int


class Keepalive(msgspec.Struct, frozen=True):
    ds: int
    seconds: int


class Update(msgspec.Struct, frozen=True):
    """What became of a release, when its journal tells it; `running`: the release that runs now."""

    ds: int
    state: str
    reason: str | None
    release: int
    running: int


class Strange(msgspec.Struct, frozen=True):
    """A record of a kind, or with a content, that this cloud does not know: it keeps its number."""

    ds: int


Record = (
    Boot | Coil | Declined | Moved | Exit | Holding | Input | Offline | Online | TimeTold | Keepalive | Update | Strange
)  # of a journal


class Events(msgspec.Struct, frozen=True):
    """A piece of a journal: consecutive records from number `first` on. `boot`: the epoch that the first was made in;
    `lost`: how many before it the unit had to drop."""

    journal: bytes
    first: int
    lost: int
    boot: bytes
    records: tuple[Record, ...]

    @property
    def last(self) -> int:
        return self.first + len(self.records) - 1


class UpdateTold(msgspec.Struct, frozen=True):
    """How far an update has come; `have`: bytes of the bundle."""

    release: int
    state: str
    reason: str | None
    have: int


class BlockWanted(msgspec.Struct, frozen=True):
    """`of`: a release, of a key set its number."""

    part: int
    of: int
    offset: int
    length: int


class Status(msgspec.Struct, frozen=True):
    """How a unit is connected. `dbm` None: not known; `ledger`: bytes up and down of each cause since its boot;
    `epoch`: that boot."""

    epoch: bytes
    network: str | None
    roaming: bool
    dbm: int | None
    rat: str | None
    keepalive_s: int
    heap_kb: int
    unsent: int
    ledger: tuple[int, ...]
    operator: str
    iccid: str
    imei: str


def events_of(frame: bytes) -> tuple[bytes, int, Events]:
    """(epoch, up_count, what it tells); ValueError when its records do not fit it."""
    epoch, up_count, journal, first, lost, boot, records = wire.events_fields(frame)
    return epoch, up_count, Events(journal, first, lost, boot, tuple(record(*each) for each in records))


def record(ds: int, kind: int, door: int, detail: int, arg: bytes) -> Record:
    """In words; `Strange` where there are none."""
    try:
        return _READ[kind](ds, door, detail, arg)
    except KeyError:
        return Strange(ds)


_READ: dict[int, Callable[[int, int, int, bytes], Record]] = {
    events.BOOT: lambda ds, _, cause, epoch: Boot(ds, epoch, CAUSES.get(cause, OTHER)),
    events.COIL: lambda ds, door, result, op: Coil(ds, door, op.hex(), _refusal(result & 0xFF)),  # above it: which leg
    events.DECLINED: lambda ds, door, result, op: Declined(ds, door, op.hex(), RESULTS[result]),
    events.MOVED: lambda ds, door, state, _: Moved(ds, door, WENT[state]),
    events.EXIT: lambda ds, door, result, _: Exit(ds, door, _refusal(result)),
    events.HOLDING: lambda ds, door, what, op: Holding(ds, door, op.hex(), HELD[what]),
    events.INPUT: lambda ds, which, alarm, _: Input(ds, INPUTS[which], bool(alarm)),
    events.OFFLINE: lambda ds, _, why, __: Offline(ds, WHY.get(why, OTHER)),
    events.ONLINE: lambda ds, _, why, arg: Online(ds, WHY.get(why, OTHER), int.from_bytes(arg[:4], "big"), arg[4]),
    events.TIME: lambda ds, _, __, arg: TimeTold(ds, int.from_bytes(arg, "big")),
    events.KEEPALIVE: lambda ds, _, seconds, __: Keepalive(ds, seconds),
    events.UPDATE: lambda ds, _, what, arg: Update(
        ds, UPDATES[what & 0xFF], update_reason(what >> 8), *(int.from_bytes(arg[at : at + 4], "big") for at in (0, 4))
    ),
}


def update_reason(number: int) -> str | None:
    return UPDATE_REASONS.get(number, OTHER) if number != update_words.NONE else None


def _refusal(result: int) -> str | None:
    return None if result in (wire.DONE, wire.ALREADY) else RESULTS.get(result, OTHER)


def status_of(frame: bytes) -> tuple[bytes, int, Status]:
    """(epoch, up_count, what it tells); ValueError when its texts do not fit it."""
    epoch, up_count, _unit_s, network, roaming, dbm, rat, keepalive_s, heap_kb, unsent, ledger, texts = (
        wire.status_fields(frame)
    )
    told = Status(
        epoch,
        NETWORKS.get(network),
        bool(roaming),
        None if dbm == events.NO_SIGNAL else dbm,
        events.RATS[rat] if rat < len(events.RATS) else None,
        keepalive_s,
        heap_kb,
        unsent,
        tuple(ledger),
        *(printable(text) for text in texts),
    )
    return epoch, up_count, told


def update_of(frame: bytes) -> tuple[bytes, int, UpdateTold]:
    """(epoch, up_count, what it tells)."""
    epoch, up_count, release, state, reason, have = wire.update_state_fields(frame)
    return epoch, up_count, UpdateTold(release, UPDATES.get(state, OTHER), update_reason(reason), have)


def block_wanted_of(frame: bytes) -> tuple[bytes, int, BlockWanted]:
    epoch, up_count, *wanted = wire.block_wanted_fields(frame)
    return epoch, up_count, BlockWanted(*wanted)


def troubles(faults: int) -> tuple[str, ...]:
    """Of the faults of a HELLO or HEARTBEAT those that are the box's own."""
    return tuple(name for bit, name in TROUBLES.items() if faults & bit)


def printable(text: bytes) -> str:
    """What a modem calls a network may be anything."""
    return "".join(c for c in text.decode(errors="replace") if c.isprintable()).strip()
