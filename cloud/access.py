"""May this person open this door now? Allowed, or refused with the reason and the next time. The only place that
decides it.

Pure: a snapshot of plain data and the time in, a verdict out.
"""

import msgspec


class Grant(msgspec.Struct, frozen=True):
    """One person, one door; `starts` and `ends` in milliseconds since 1970, None: unbounded. `ends` is the first
    moment without."""

    id: str
    person: str
    door: str
    starts: int | None = None
    ends: int | None = None


class Door(msgspec.Struct, frozen=True):
    id: str
    place: str
    name: str
    unit: str
    number: int
    drive: str
    sensor: bool
    travel_s: float
    pulse_ms: int


class Place(msgspec.Struct, frozen=True):
    id: str
    name: str
    zone: str
    policy: int
    help_name: str | None = None
    help_contact: str | None = None
    other_way: str | None = None


class Person(msgspec.Struct, frozen=True):
    id: str
    name: str
    language: str


class Snapshot(msgspec.Struct, frozen=True):
    """Who may open what, as last committed. `admins`: place id → person ids. `revoked`: unit ids."""

    places: dict[str, Place]
    doors: dict[str, Door]
    people: dict[str, Person]
    grants: dict[tuple[str, str], tuple[Grant, ...]]
    admins: dict[str, frozenset[str]]
    revoked: frozenset[str] = frozenset()


class Verdict(msgspec.Struct, frozen=True):
    """`reason` is None when allowed, else `access`, `hours` or `unit`; `next` is when it would be allowed, if known."""

    allowed: bool
    reason: str | None = None
    next: int | None = None


ALLOWED = Verdict(True)
NO_ACCESS = Verdict(False, "access")
UNIT_REVOKED = Verdict(False, "unit")


def may_open(person: str, door: str, snapshot: Snapshot, now: int) -> Verdict:
    """Decide for `person` and `door` (ids) at `now` (ms since 1970)."""
    found = snapshot.doors.get(door)
    grants = snapshot.grants.get((person, door), ())
    if found is None or person not in snapshot.people or not grants:
        return NO_ACCESS
    if found.unit in snapshot.revoked:
        return UNIT_REVOKED
    upcoming: list[int] = []
    for grant in grants:
        started = grant.starts is None or grant.starts <= now
        if started and (grant.ends is None or now < grant.ends):
            return ALLOWED
        if not started and grant.starts is not None and (grant.ends is None or grant.starts < grant.ends):
            upcoming.append(grant.starts)
    return Verdict(False, "hours", min(upcoming)) if upcoming else NO_ACCESS


def may_see(person: str, door: Door, snapshot: Snapshot) -> bool:
    """A person sees the doors she has any grant for; an admin those of the place."""
    return (person, door.id) in snapshot.grants or person in snapshot.admins.get(door.place, frozenset())


ACTIONS = {
    "open": ("open",),
    "toggle": ("open", "close", "press"),
    "open_close": ("open", "close"),
}


def offer(drive: str, sensor: bool, state: str) -> str | None:
    """What the door's one button asks for in this state: `open`, `close`, `press`, or None while its unit would
    decline it."""
    if drive == "open":
        return "open"
    if drive == "toggle" and (not sensor or state == "unknown"):
        return "press"
    if state == "opening" or (drive == "toggle" and state == "closing"):
        return None
    return "close" if state == "open" else "open"
