"""What is known of a door box besides its doors: network, SIM, modem, signal, its last outage; and which changes of it
an admin should hear of. Pure: what it tells comes in, lines for the log come out.
"""

import statistics
from collections.abc import Mapping
from typing import Any

import msgspec

from cloud.unit_news import Status

DAYS = 14  # of the signal that are looked at
ENOUGH_DAYS = 10  # before that a trend is weather
LATEST, EARLIEST = 3, 7  # days whose medians are compared
FELL_DB = 6  # a quarter of what used to arrive
BACK_DB = 3
SEEN_A_DAY = 48  # samples of one day: a unit tells every six hours, and when something changed
GOOD_DBM, FAIR_DBM, NO_DBM = -85, -99, -113  # what modems call a signal; the last is what they tell without any
WIFI_GOOD_DBM, WIFI_FAIR_DBM = -67, -77

Line = tuple[str, Mapping[str, Any]]  # kind and detail of a line of the log


class Outage(msgspec.Struct, frozen=True):
    """Times in ms since 1970; `until` None: not told yet."""

    since: int
    until: int | None
    seconds: int | None
    why: str


class Signal(msgspec.Struct, frozen=True):
    """`seen`: the samples of `day`; `medians`: of the days before, the oldest first."""

    day: str = ""
    seen: tuple[int, ...] = ()
    medians: tuple[int, ...] = ()
    falling: bool = False


class Facts(msgspec.Struct, frozen=True):
    """What stands in the column `facts`. `told`: when its last STATUS came; `ledger`: what that said, of the boot
    `boot`; `alarmed`: of which month and plan an alarm was told last; `operator_told`: the day on which a change of
    operator was; `journal_at`: the time of the last record of its journal that is in the log; `troubles`: `journal`,
    `power`, `tamper`."""

    told: int | None = None
    network: str | None = None
    roaming: bool = False
    dbm: int | None = None
    rat: str | None = None
    keepalive_s: int | None = None
    heap_kb: int | None = None
    unsent: int | None = None
    operator: str = ""
    iccid: str = ""
    imei: str = ""
    firmware: int | None = None
    troubles: tuple[str, ...] = ()
    outage: Outage | None = None
    signal: Signal = Signal()
    ledger: tuple[int, ...] = ()
    boot: str = ""
    alarmed: str | None = None
    operator_told: str | None = None
    journal_at: int | None = None


def read(text: str | None) -> Facts:
    """As it was kept; nothing is known where that cannot be read."""
    try:
        return msgspec.json.decode(text, type=Facts) if text else Facts()
    except msgspec.MsgspecError:
        return Facts()


def kept(facts: Facts) -> str:
    return msgspec.json.encode(facts).decode()


def told(facts: Facts, status: Status, now: int, day: str) -> tuple[Facts, list[Line]]:
    """After a STATUS that came `now`, on this day: what is known, and what is to be told of it."""
    lines: list[Line] = []
    for kind, before, after in (
        ("sim_changed", facts.iccid, status.iccid),
        ("modem_changed", facts.imei, status.imei),
    ):
        if before and after and before != after:
            lines.append((kind, {"before": before, "after": after}))
    operator_told = facts.operator_told
    moved = facts.operator and status.operator and facts.operator != status.operator
    if moved and operator_told != day:  # between two countries a box may go to and fro all day
        lines.append(("operator_changed", {"before": facts.operator, "after": status.operator}))
        operator_told = day
    signal = watched(facts.signal, status.dbm, day)
    if signal.falling and not facts.signal.falling:
        lines.append(("signal_falling", {"dbm": latest(signal), "before": earliest(signal)}))
    known = msgspec.structs.replace(
        facts,
        told=now,
        network=status.network,
        roaming=status.roaming,
        dbm=status.dbm,
        rat=status.rat,
        keepalive_s=status.keepalive_s,
        heap_kb=status.heap_kb,
        unsent=status.unsent,
        operator=status.operator or facts.operator,
        iccid=status.iccid or facts.iccid,
        imei=status.imei or facts.imei,
        operator_told=operator_told,
        signal=signal,
        ledger=status.ledger,
        boot=status.epoch.hex(),
    )
    return known, lines


def watched(signal: Signal, dbm: int | None, day: str) -> Signal:
    """After a sample of this day."""
    seen, medians = signal.seen, signal.medians
    if day != signal.day and seen:
        medians = (*medians, round(statistics.median(seen)))[-DAYS:]
        seen = ()
    if dbm is not None:
        seen = (*seen, dbm)[-SEEN_A_DAY:]
    after = Signal(day, seen, medians, signal.falling)
    if len(medians) < ENOUGH_DAYS:
        return after
    fell = earliest(after) - latest(after)
    falling = fell > BACK_DB if signal.falling else fell >= FELL_DB
    return msgspec.structs.replace(after, falling=falling)


def latest(signal: Signal) -> int:
    return round(statistics.median(signal.medians[-LATEST:]))


def earliest(signal: Signal) -> int:
    return round(statistics.median(signal.medians[:EARLIEST]))


def word(network: str | None, dbm: int | None) -> str | None:
    """The signal as people say it; None: there is none to speak of, or nobody told."""
    if dbm is None or network not in ("modem", "wifi"):
        return None
    if network == "modem" and dbm <= NO_DBM:
        return "none"
    good, fair = (GOOD_DBM, FAIR_DBM) if network == "modem" else (WIFI_GOOD_DBM, WIFI_FAIR_DBM)
    return "good" if dbm >= good else "fair" if dbm >= fair else "weak"
