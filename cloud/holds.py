"""Which doors are held open, by whom, until when; and whose holder may no longer. Pure: operations and snapshots in.

That a door is held only its unit says. Whose hold that is follows from what was sent to it. What was sent may be
obeyed as long as it lives, in any order: a hold is forgotten when what came after it certainly found it begun.
"""

from collections.abc import Container

from cloud import operations, rules
from cloud.access import Snapshot
from cloud.operations import Operation, State

OVER_MS = 30_000  # a unit's clock may be behind ours by some seconds at the end of half a day
MAY_HOLD = (State.DONE, State.SENT, State.UNKNOWN)  # the last two: on its way, or without an answer


class Holds:
    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Operation]] = {}  # by door and id: what may keep it open
        self._released: dict[str, int] = {}  # by door: when the latest release was recorded
        self._let_go: dict[str, int] = {}  # likewise, of those that the unit has answered

    def put(self, operation: Operation) -> None:
        """A hold or release as it is now."""
        door, state = operation.door, operation.state
        if operation.action == "release":
            _later(self._released, operation)
            if state in (State.DONE, State.ALREADY):
                _later(self._let_go, operation)
                self._drop(door, operation.recorded)
        elif state in MAY_HOLD:
            if state is State.DONE:
                self._drop(door, operation.recorded)
            self._kept.setdefault(door, {})[operation.id] = operation
        else:
            self._kept.get(door, {}).pop(operation.id, None)

    def over(self, door: str, now: int) -> None:
        """Its unit says that it is no longer held. What was sent just now may be obeyed yet."""
        done = [hold.id for hold in self._kept.get(door, {}).values() if hold.state is State.DONE]
        for op_id in done:
            del self._kept[door][op_id]
        self._drop(door, now)

    def overtaken(self, hold: Operation) -> bool:
        """Somebody has ended it meanwhile, or said anew how long: to send it again would begin it anew."""
        newer = any(other.recorded > hold.recorded for other in self._kept.get(hold.door, {}).values())
        return newer or hold.recorded < self._released.get(hold.door, 0)

    def of(self, door: str) -> Operation | None:
        """By which hold it is held, where its unit says that it is: the latest that was done, else the one that may
        have been. It may have ended by itself meanwhile."""
        return max(self._kept.get(door, {}).values(), key=_likely, default=None)

    def forget(self, now: int) -> None:
        """What has ended by itself in any case."""
        for holds in self._kept.values():
            for op_id in [op_id for op_id, hold in holds.items() if has_ended(hold, now)]:
                del holds[op_id]
        self._kept = {door: holds for door, holds in self._kept.items() if holds}

    def forbidden(self, snapshot: Snapshot, now: int, held: Container[str]) -> list[Operation]:
        """Holds that may keep a door open for somebody who may no longer, or after its end. `held`: doors of which the
        unit says so. One for each door."""
        found: dict[str, Operation] = {}
        for door, holds in self._kept.items():
            for hold in holds.values():
                sure = hold.state is State.DONE
                if now >= operations.hold_ends(hold) or not (sure or door in held):
                    continue
                late = door in held and hold.recorded < self._let_go.get(door, 0)
                if late or not rules.allows(hold, snapshot, now).allowed:
                    found[door] = hold
        return list(found.values())

    def _drop(self, door: str, before: int) -> None:
        """What certainly began, or died, before this moment."""
        holds = self._kept.get(door, {})
        for op_id in [op_id for op_id, hold in holds.items() if operations.hold_began(hold) < before]:
            del holds[op_id]


def has_ended(hold: Operation, now: int) -> bool:
    return now > operations.hold_ends(hold) + OVER_MS


def _likely(hold: Operation) -> tuple[bool, int, int]:
    """A unit's answers come in the order in which it obeyed."""
    done = hold.state is State.DONE
    return done, operations.hold_began(hold) if done else hold.recorded, hold.recorded


def _later(latest: dict[str, int], release: Operation) -> None:
    latest[release.door] = max(release.recorded, latest.get(release.door, 0))
