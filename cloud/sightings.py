"""What the sensors saw that no press of ours did: a door that leaves its place by hand, by a remote, by whatever.

Remembers where each door was last seen, and until when a movement of it is one that we asked for. No clock of its own.
"""

from cloud import operations
from cloud.access import Door

_LEAVES = {  # where it was → what it is seen as now: which way it went
    ("closed", "opening"): "opened",
    ("closed", "open"): "opened",
    ("open", "closing"): "closed",
    ("open", "closed"): "closed",
}


class Sightings:
    """`mono` is the steady clock in seconds."""

    def __init__(self) -> None:
        self._rest: dict[str, str] = {}
        self._asked: dict[str, dict[str, float]] = {}  # door → operation → until when

    def asked(self, door: Door, operation: str, mono: float) -> None:
        """A command for it has left: what it does from now on until it should be at rest again is ours."""
        window = operations.DEADLINE_S + operations.MOVE_START_S + 1.5 * door.travel_s + 5
        lately = self._asked.setdefault(door.id, {})
        lately[operation] = mono + window
        while lately[first := next(iter(lately))] <= mono:
            del lately[first]

    def not_asked(self, door: str, operation: str) -> None:
        """Certainly this command moved nothing; another one may have."""
        self._asked.get(door, {}).pop(operation, None)

    def see(self, door: Door, state: str, mono: float) -> str | None:
        """`opened` or `closed` when it left its place and nobody had asked; None: nothing of the kind."""
        went = _LEAVES.get((self._rest.get(door.id, ""), state))
        if state in ("open", "closed", "unknown"):
            self._rest[door.id] = state
        elif went:
            self._rest[door.id] = ""  # said once; where it comes to rest begins anew
        if went is None or any(mono < until for until in self._asked.get(door.id, {}).values()):
            return None
        closes_itself = door.drive == "open" and went == "closed"
        return None if closes_itself else went
