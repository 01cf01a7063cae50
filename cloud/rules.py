"""What the rules of who may enter say of an operation, by what it asks: to open, to hold open, to end a hold. Pure.

Each rule stands in `access`; here only which of them is asked.
"""

from cloud import access, operations
from cloud.access import Snapshot, Verdict
from cloud.operations import Operation


def asks(
    action: str, person: str, door: str, snapshot: Snapshot, now: int, seconds: int | None, holder: str | None
) -> Verdict:
    """Of a press that is not recorded yet. `holder`: who holds that door open."""
    if action == "hold":
        return access.may_hold(person, door, snapshot, now, now + (seconds or 0) * 1000)
    if action == "release":
        return access.may_release(person, door, snapshot, holder)
    return access.may_open(person, door, snapshot, now)


def allows(operation: Operation, snapshot: Snapshot, now: int, holder: str | None = None) -> Verdict:
    """Of one that is on disk: may it still?"""
    o, spent = operation, operation.grant if operation.spent else None
    if o.action == "hold":
        return access.may_hold(o.person, o.door, snapshot, now, operations.hold_ends(o), spent)
    if o.action == "release":
        return access.may_release(o.person, o.door, snapshot, holder)
    return access.may_open(o.person, o.door, snapshot, now, spent)


def within(seconds: int, now: int, until: int | None) -> int:
    """For how long a unit is told to hold: its command may be obeyed as late as it lives, and even then the hold ends
    before she may no longer."""
    return seconds if until is None else min(seconds, (until - now - operations.LATEST_MS) // 1000)
