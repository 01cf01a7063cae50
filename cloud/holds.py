"""Which doors are held open, by whom, until when; and whose holder may no longer. Pure: operations and snapshots in.

That a door is held only its unit says. Whose hold that is follows from what was sent to it.
"""

from collections.abc import Container

from cloud import operations, rules
from cloud.access import Snapshot
from cloud.operations import Operation, State

OVER_MS = 30_000  # a unit's clock may be behind ours by some seconds at the end of half a day


class Holds:
    def __init__(self) -> None:
        self._done: dict[str, Operation] = {}  # by door
        self._sent: dict[str, Operation] = {}  # on its way, or without an answer: the door may be held by it
        self._released: dict[str, int] = {}  # by door: when the latest release was recorded

    def put(self, operation: Operation) -> None:
        """A hold or release as it is now."""
        door, state = operation.door, operation.state
        if operation.action == "release":
            self._released[door] = max(operation.recorded, self._released.get(door, 0))
            done = self._done.get(door)
            if state in (State.DONE, State.ALREADY) and done and done.recorded < operation.recorded:
                del self._done[door]
        elif state is State.DONE:
            _newer(self._done, operation)
            if self._sent.get(door, operation).recorded <= operation.recorded:
                self._sent.pop(door, None)
        elif state in (State.SENT, State.UNKNOWN):
            _newer(self._sent, operation)
        elif door in self._sent and self._sent[door].id == operation.id:
            del self._sent[door]

    def over(self, door: str, now: int) -> None:
        """Its unit says that it is no longer held. What was sent just now may be obeyed yet."""
        self._done.pop(door, None)
        if door in self._sent and now > self._sent[door].recorded + operations.LATEST_MS:
            del self._sent[door]

    def overtaken(self, hold: Operation) -> bool:
        """Somebody has ended it meanwhile: to send it again would begin it anew."""
        return hold.recorded < self._released.get(hold.door, 0)

    def of(self, door: str) -> Operation | None:
        """By which hold it is held, where its unit says that it is: the latest that was done, else the one that may
        have been. It may have ended by itself meanwhile."""
        return self._done.get(door) or self._sent.get(door)

    def forget(self, now: int) -> None:
        """What has ended by itself in any case."""
        for kept in (self._done, self._sent):
            for door in [door for door, hold in kept.items() if has_ended(hold, now)]:
                del kept[door]

    def forbidden(self, snapshot: Snapshot, now: int, held: Container[str]) -> list[Operation]:
        """Holds that may keep a door open for somebody who may no longer. `held`: doors of which the unit says so."""
        found = {
            door: hold
            for kept, sure in ((self._sent, False), (self._done, True))
            for door, hold in kept.items()
            if now < operations.hold_ends(hold) and (sure or door in held)
            if not rules.allows(hold, snapshot, now).allowed
        }
        return list(found.values())


def has_ended(hold: Operation, now: int) -> bool:
    return now > operations.hold_ends(hold) + OVER_MS


def _newer(kept: dict[str, Operation], operation: Operation) -> None:
    there = kept.get(operation.door)
    if there is None or there.recorded <= operation.recorded:
        kept[operation.door] = operation
