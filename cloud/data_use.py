"""How much of its plan a door box has used: from the counts it tells to days, months, an alarm and a guess. Pure.

A unit counts since its boot, by cause, up and down; what it counted after its last word before a reset nobody learns.
"""

from collections.abc import Iterable, Sequence

import msgspec

MB = 1_000_000  # as mobile contracts count
COUNTER = 1 << 32  # a count begins anew after so many bytes
ALARM_SHARE = 0.8  # of the plan: time to look, while doors still open
OUT_SHARE = 0.98  # what the operator counts and what the unit counts are seldom closer


class Use(msgspec.Struct, frozen=True):
    """Bytes that one kind of thing has cost."""

    cause: str
    up: int
    down: int


def since(before: Sequence[int], counts: Sequence[int], causes: Sequence[str], *, same_boot: bool) -> list[Use]:
    """What was used between two words of a unit. `counts`: up and down of each of `causes`, since its boot; `before`:
    the same as told last, of this boot or of another one. What has cost nothing is left out."""
    goes_on = same_boot and len(before) == len(counts)
    used = [_since(then, now) for then, now in zip(before, counts, strict=True)] if goes_on else counts
    found = [Use(cause, used[2 * i], used[2 * i + 1]) for i, cause in enumerate(causes)]
    return [use for use in found if use.up or use.down]


def _since(then: int, now: int) -> int:
    """A count that went back, and not round, began anew."""
    used = (now - then) % COUNTER
    return used if used < COUNTER // 2 else now


def total(uses: Iterable[Use]) -> int:
    return sum(use.up + use.down for use in uses)


def by_cause(days: Iterable[Sequence[Use]]) -> list[Use]:
    """What so many days have cost together."""
    found: dict[str, Use] = {}
    for use in (use for day in days for use in day):
        so_far = found.get(use.cause, Use(use.cause, 0, 0))
        found[use.cause] = Use(use.cause, so_far.up + use.up, so_far.down + use.down)
    return [found[cause] for cause in sorted(found)]


def share(used: int, plan_mb: int | None) -> float | None:
    """Of the plan, 1.0 is all of it; None: nobody knows the plan."""
    return None if plan_mb is None else used / (plan_mb * MB)


def alarming(used_share: float | None, of: str, alarmed: str | None) -> bool:
    """Whether this is to be told now: once `of` a month and plan; `alarmed`: of which it was told last."""
    return used_share is not None and used_share >= ALARM_SHARE and alarmed != of


def probably_out(used_share: float | None, link: str) -> bool:
    """A box that falls silent with its plan nearly used has most likely no data left."""
    return used_share is not None and used_share >= OUT_SHARE and link == "away"
