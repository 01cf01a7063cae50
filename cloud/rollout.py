"""A release on its way through the fleet: who is offered it next, what a unit's words make of it, when it stops itself.

Pure: rows, what is seen of each unit and `now` (ms since 1970) come in, changed rows come out. Never here: frames, SQL,
whether a release is signed (release_rules.py).
"""

import zlib
from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec

FIRST, GROWTH = 5, 5  # units of the first wave, and how much larger each next one is
UNJUDGED = 0.2  # of the fleet: no more may have it without having shown that it is good
LIMIT, LIMIT_PERCENT = 2, 2  # failures that stop it: of a wave, or of all that were offered it
IN_FLIGHT = 10  # units that load or restart at once
SILENT_MS = 30 * 60_000  # without a sign of progress: counts as a failure
SLOW_MS = 24 * 3_600_000  # from the offer to a verdict, whatever trickles
SOAK_S = 1800  # a program that leaks and dies after 20 minutes has died by then
NIGHT = (60, 300)  # 1 to 5 in the morning at the unit's places, minutes of the day
TRIES = 2  # of one unit: what failed is offered once more, when nobody else is left …
RETRY_MS = 30 * 60_000  # … and this much later: whatever was in its way may be gone
BAD_OPENS = 2  # and not one good: its doors do not work with it
OFFER_AGAIN_MS = 60_000  # an OFFER may be lost
PROGRESS_MS = 60_000  # how finely the progress of a load is kept
LOAD_AGAIN_MS = 330_000  # a unit that asks for nothing any more has given up after five minutes

WAITING, OFFERED, LOADING, WRITTEN, TRIAL, SOAKING = "waiting", "offered", "loading", "written", "trial", "soaking"
GOOD, FAILED, OUT = "good", "failed", "out"
FLYING = (OFFERED, LOADING, WRITTEN, TRIAL)
ORDER = (WAITING, *FLYING, SOAKING, GOOD)
RUNNING, PAUSED, HALTED, ABORTED, DONE = "running", "paused", "halted", "aborted", "done"
OPEN = (RUNNING, PAUSED, HALTED)

LATER = {
    "busy": 600_000,
    "memory": 600_000,
    "gone": 300_000,
    "budget": 6 * 3_600_000,
}  # refused for now: ms until again
NOT_ITS = ("board", "old")  # it says so itself, and nothing is wrong with anything
TIMES_OUT = ("silent", "slow")  # failures that its next word takes back
HOPELESS = ("signature", "malformed", "product", "abi", "precursor", "content", "keys", "failed_twice")


class Plan(msgspec.Struct, frozen=True):
    """`canaries`: the first wave, by hand; `hours`: minutes of the day between which it may be offered, None: always;
    `opens`: good ones that a unit needs, its self-test is one."""

    canaries: tuple[str, ...] = ()
    first: int = FIRST
    growth: int = GROWTH
    in_flight: int = IN_FLIGHT
    hours: tuple[int, int] | None = NIGHT
    soak_s: int = SOAK_S
    opens: int = 1


class Row(msgspec.Struct, frozen=True):
    """One unit. `moved`: its last progress; `again`: not before; `failed`: when it did; `tries`: offers that counted;
    `beats`, `opens`, `bad`: since it was confirmed."""

    unit: str
    wave: int | None = None
    state: str = WAITING
    reason: str | None = None
    offered: int | None = None
    moved: int | None = None
    ended: int | None = None
    failed: int | None = None
    away_s: int | None = None
    tries: int = 0
    again: int | None = None
    beats: int = 0
    opens: int = 0
    bad: int = 0


class Rollout(msgspec.Struct, frozen=True):
    """`why` it is halted; `forgiven`: failures up to then were seen by who resumed it."""

    id: int
    release: int
    plan: Plan
    started: int
    state: str = RUNNING
    wave: int = 1
    why: str | None = None
    forgiven: int = 0


class Seen(msgspec.Struct, frozen=True):
    """A unit now. `minutes`: of the day, at each of its places; `room`: its data contract bears the release."""

    online: bool = True
    firmware: int | None = None
    heard: int | None = None
    busy: bool = False
    minutes: tuple[int, ...] = ()
    room: bool = True


class Step(msgspec.Struct, frozen=True):
    """`rows`: those that changed; `offers`: the units among them that are offered it now."""

    rollout: Rollout
    rows: tuple[Row, ...] = ()
    offers: tuple[str, ...] = ()


NOBODY = Seen(online=False)


# -- the fleet


def fleet(units: Iterable[str], release: int, firmware: Callable[[str], int | None]) -> list[Row]:
    """A row for each unit, in another order for each release: not always the same ones are first."""
    ordered = sorted(units, key=lambda unit: (zlib.crc32(f"{release} {unit}".encode()), unit))
    return [Row(unit, None, OUT, "old") if (firmware(unit) or 0) >= release else Row(unit) for unit in ordered]


def quarter(size: int) -> int:
    """As many as are less than a quarter of the fleet; one is always allowed."""
    return max(1, (size - 1) // 4)


def waves(size: int, plan: Plan) -> list[int]:
    """How many units each has. One ends right before a quarter of the fleet: what is bad shows before it goes on."""
    gate = quarter(size)
    wave = len(plan.canaries) or min(plan.first, gate)
    found = [min(wave, size)]
    while (total := sum(found)) < size:
        wave *= plan.growth
        found.append(min(wave, (gate if total < gate else size) - total))
    return found


def limit(of: int) -> int:
    """Failures that stop it."""
    return max(LIMIT, -(-of * LIMIT_PERCENT // 100))


def refusal(plan: Plan, rows: Sequence[Row]) -> str | None:
    """Why a roll-out cannot begin so; None: it can."""
    takers = {row.unit for row in rows if row.state != OUT}
    if not takers:
        return "no unit could take this release"
    if strangers := [unit for unit in plan.canaries if unit not in takers]:
        return f"these could not take it: {', '.join(strangers[:5])}"
    if len(plan.canaries) > quarter(len(takers)):
        return f"no more than {quarter(len(takers))} of these {len(takers)} units may be first"
    return None


# -- one unit


def why_not(row: Row, seen: Seen, rollout: Rollout, replaces: int, now: int) -> str | None:
    """Why it is not offered the release now; None: it may be."""
    if not seen.online:
        return "away"
    if seen.firmware is None:
        return "unknown"
    if seen.firmware < replaces:
        return "precursor"
    if row.again is not None and now < row.again:
        return row.reason or "later"
    if not seen.room:
        return "data"
    if seen.busy:
        return "busy"
    hours = rollout.plan.hours
    if hours is not None and not all(_within(minute, *hours) for minute in seen.minutes or (0,)):
        return "hours"
    return None


def _within(minute: int, start: int, end: int) -> bool:
    return start <= minute < end if start <= end else minute >= start or minute < end


def offer_due(row: Row, sent: int | None, now: int, *, forgot: bool = False) -> bool:
    """Whether the OFFER should leave (again); `sent`: when it last did, by this process; `forgot`: the unit has started
    since, or may have. One that still loads ignores it."""
    if forgot and row.state in (OFFERED, LOADING):
        return True
    if row.state == OFFERED:
        return sent is None or now - sent >= OFFER_AGAIN_MS
    return row.state == LOADING and now - max(row.moved or 0, sent or 0) >= LOAD_AGAIN_MS


def said(row: Row, state: str, reason: str | None, now: int) -> Row:
    """After a word of the unit about this release: refused, loading, written, trial, confirmed, reverted. A word that
    comes late or twice changes nothing."""
    if row.state == OUT:
        return row
    if state == "reverted":
        return row if row.state == FAILED and row.reason not in TIMES_OUT else _failed(row, reason or "reverted", now)
    if state == "refused":
        return _refused(row, reason or "refused", now) if row.state in (OFFERED, LOADING, WRITTEN) else row
    if row.state == FAILED and row.reason not in TIMES_OUT:
        return row
    to = SOAKING if state == "confirmed" else state
    if row.state != FAILED and ORDER.index(to) < ORDER.index(row.state):
        return row
    if to == row.state == SOAKING or row.state == GOOD:
        return row
    back: dict[str, int | None] = {"failed": None} if row.state == FAILED and row.tries <= 1 else {}
    tries = max(row.tries, 1)  # it was put back meanwhile, and went on
    if to == TRIAL != row.state:  # an image's first word: its unit's HELLO tells the application
        back |= {"away_s": (now - (row.moved or now) + 500) // 1000 if row.state == WRITTEN else None}
    return msgspec.structs.replace(row, state=to, reason=None, moved=now, ended=None, tries=tries, **back)


def _refused(row: Row, reason: str, now: int) -> Row:
    if reason in LATER:
        return msgspec.structs.replace(_back(row), reason=reason, again=now + LATER[reason])
    if reason in NOT_ITS:
        return msgspec.structs.replace(row, state=OUT, reason=reason, ended=now)
    return _failed(row, reason, now)


def _back(row: Row) -> Row:
    """As if it had not been offered."""
    return msgspec.structs.replace(row, state=WAITING, tries=max(0, row.tries - 1))


def _failed(row: Row, reason: str, now: int) -> Row:
    first = {"failed": row.failed or now, "tries": max(row.tries, 1), "again": now + RETRY_MS}
    return msgspec.structs.replace(row, state=FAILED, reason=reason, moved=now, ended=now, **first)


def asks(row: Row, now: int) -> Row:
    """It has asked for a block. There are a hundred of them: not each is news."""
    if row.state not in (OFFERED, LOADING) or (row.state == LOADING and now - (row.moved or 0) < PROGRESS_MS):
        return row
    return msgspec.structs.replace(row, state=LOADING, moved=now)


def runs(row: Row, firmware: int, release: int, now: int) -> Row:
    """Its HELLO tells that this firmware runs. What was lost of its words shows in that; who has it without having been
    offered it needs nothing."""
    if row.state == WAITING and not row.tries and firmware >= release:
        return msgspec.structs.replace(row, state=OUT, reason="old", ended=now)
    if firmware != release or row.state not in (OFFERED, LOADING, WRITTEN):
        return row
    return said(row, "trial", None, now)


def crashed(row: Row, now: int) -> Row:
    """A watchdog had to restart it while it was to show that it is well."""
    return _failed(row, "crashed", now) if row.state == SOAKING else row


def _aged(row: Row, seen: Seen, plan: Plan, now: int) -> Row:
    moved = row.moved or row.offered or now
    if row.state in FLYING:
        if now - moved >= SILENT_MS:
            return _failed(row, "silent", now)
        return _failed(row, "slow", now) if now - (row.offered or now) >= SLOW_MS else row
    if row.bad >= BAD_OPENS and not row.opens:
        return _failed(row, "opens", now)
    if now - max(moved, seen.heard or 0) >= SILENT_MS:
        return _failed(row, "silent", now)
    if now - moved >= plan.soak_s * 1000 and row.beats and row.opens >= plan.opens:
        return msgspec.structs.replace(row, state=GOOD, ended=now)
    return row


# -- all of them


def step(rollout: Rollout, rows: Sequence[Row], seen: Callable[[str], Seen], now: int, replaces: int = 0) -> Step:
    """What is to be done now. `rows` in the order in which units are offered it."""
    if rollout.state not in OPEN:
        return Step(rollout)
    after = [_aged(r, seen(r.unit), rollout.plan, now) if r.state in FLYING or r.state == SOAKING else r for r in rows]
    if rollout.state in (RUNNING, PAUSED) and (why := _halts(rollout, after)):
        rollout = msgspec.structs.replace(rollout, state=HALTED, why=why)
    offers: list[str] = []
    if rollout.state == HALTED:
        after = [_back(row) if row.state in (OFFERED, LOADING) else row for row in after]
    elif rollout.state == RUNNING:
        rollout = _next_wave(rollout, after)
        for place in _offered(rollout, after, seen, now, replaces):
            row = after[place]
            after[place] = msgspec.structs.replace(
                row, wave=rollout.wave, state=OFFERED, reason=None, offered=now, moved=now, ended=None, again=None,
                tries=row.tries + 1, beats=0, opens=0, bad=0,
            )  # fmt: skip
            offers.append(row.unit)
        if all(row.state in (GOOD, OUT) or (row.state == FAILED and not _second_chance(row)) for row in after):
            rollout = msgspec.structs.replace(rollout, state=DONE)
    changed = tuple(row for row, before in zip(after, rows, strict=True) if row is not before)
    return Step(rollout, changed, tuple(offers))


def _halts(rollout: Rollout, rows: Sequence[Row]) -> str | None:
    failures = [row for row in rows if row.failed is not None and row.failed > rollout.forgiven]
    if len(failures) < LIMIT:
        return None
    of_wave = sum(row.wave == rollout.wave for row in failures)
    size = _wave_size(rollout, rows)
    if of_wave >= limit(size):
        return f"{of_wave} failures in wave {rollout.wave} of {size}"
    offered = sum(row.tries > 0 for row in rows)
    return f"{len(failures)} failures of {offered}" if len(failures) >= limit(offered) else None


def _wave_size(rollout: Rollout, rows: Sequence[Row]) -> int:
    sizes = waves(sum(row.state != OUT for row in rows), rollout.plan)
    return sizes[min(rollout.wave, len(sizes)) - 1]


def _next_wave(rollout: Rollout, rows: Sequence[Row]) -> Rollout:
    """On to the next one when this one is full and each unit of it has been judged."""
    sizes = waves(sum(row.state != OUT for row in rows), rollout.plan)
    while rollout.wave < len(sizes):
        reached = [row for row in rows if row.wave is not None and row.wave <= rollout.wave]
        started = [row for row in reached if row.state not in (WAITING, OUT)]
        judged = all(row.state in (GOOD, FAILED) for row in started)
        if not judged or len(started) < sum(sizes[: rollout.wave]):
            break
        rollout = msgspec.structs.replace(rollout, wave=rollout.wave + 1)
    return rollout


def _offered(rollout: Rollout, rows: Sequence[Row], seen: Callable[[str], Seen], now: int, replaces: int) -> list[int]:
    """Places of those that are offered it now."""
    size = sum(row.state != OUT for row in rows)
    sizes = waves(size, rollout.plan)
    last = rollout.wave >= len(sizes)
    started = sum(row.state not in (WAITING, OUT) for row in rows)
    flying = sum(row.state in FLYING for row in rows)
    unjudged = flying + sum(row.state == SOAKING for row in rows)
    room = min(max(1, int(size * UNJUDGED)) - unjudged, rollout.plan.in_flight - flying)
    only: Collection[str] = rollout.plan.canaries if rollout.wave == 1 else ()

    def pick(most: int, may: Callable[[Row], bool]) -> list[int]:
        found: list[int] = []
        for place, row in enumerate(rows):
            if len(found) >= most:
                break
            mine = may(row) and (not only or row.unit in only)
            if mine and why_not(row, seen(row.unit), rollout, replaces, now) is None:
                found.append(place)
        return found

    found = pick(min(room, sum(sizes[: rollout.wave]) - started), lambda row: row.state == WAITING)
    if last and not found and not any(row.state == WAITING for row in rows):
        return pick(room, _second_chance)
    return found


def _second_chance(row: Row) -> bool:
    return row.state == FAILED and row.tries < TRIES and row.reason not in HOPELESS


# -- what people do


def told(rollout: Rollout, verb: str, now: int) -> Rollout | None:
    """After pause, resume or abort; None: that is not possible as it stands."""
    to = {
        "pause": {RUNNING: PAUSED},
        "resume": {PAUSED: RUNNING, HALTED: RUNNING},
        "abort": dict.fromkeys(OPEN, ABORTED),
    }[verb].get(rollout.state)
    if to is None:
        return None
    forgiven = now if rollout.state == HALTED and to == RUNNING else rollout.forgiven
    why = None if to == RUNNING else rollout.why
    return msgspec.structs.replace(rollout, state=to, why=why, forgiven=forgiven)


def serves(rollout: Rollout, row: Row) -> bool:
    """Whether the unit is given what it asks for."""
    return rollout.state in (RUNNING, PAUSED) and row.state in (OFFERED, LOADING)


def crash_free(crashes: Iterable[int]) -> float | None:
    """Share of units that never crashed with a release; None: nobody has run it. `crashes`: of each unit."""
    counted = list(crashes)
    return sum(not each for each in counted) / len(counted) if counted else None
