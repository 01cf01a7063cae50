"""May this person open this door now? Allowed, or refused with the reason, the rule and the next time. The only place
that decides it: for the app, a guest, the API, the command line, and for every "what if".

Pure: a snapshot of plain data and the time in, a verdict out.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from cloud.hours import ALWAYS, Calendar, Hours, Timeline

Role = Literal["owner", "admin", "member", "guest"]
MANAGING = ("owner", "admin")


class Place(msgspec.Struct, frozen=True):
    id: str
    name: str
    zone: str
    policy: int
    help_name: str | None = None
    help_contact: str | None = None
    other_way: str | None = None
    organisation: str | None = None
    address: str | None = None
    country: str | None = None
    region: str | None = None
    version: int = 1
    away_after_s: int = 300
    again_s: int = 1800
    installer_name: str | None = None
    installer_contact: str | None = None


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
    left_open_s: int | None = None
    version: int = 1


class Person(msgspec.Struct, frozen=True):
    id: str
    name: str
    language: str
    phone: str | None = None
    email: str | None = None
    guest: bool = False
    version: int = 1


class Member(msgspec.Struct, frozen=True):
    """A person at a place. `name` and `contact` are by what the place knows her; `host` made a guest's link;
    `may_hold`: keep a door open for a while."""

    place: str
    person: str
    role: Role
    name: str
    flat: str | None = None
    suspended: bool = False
    may_invite: bool = False
    host: str | None = None
    version: int = 1
    contact: str | None = None
    may_hold: bool = False


class Group(msgspec.Struct, frozen=True):
    id: str
    place: str
    name: str
    version: int = 1


class GroupMember(msgspec.Struct, frozen=True):
    group: str
    person: str
    place: str


class Grant(msgspec.Struct, frozen=True):
    """A person or a group × doors (none: every door of the place) × hours. `starts` and `ends` in ms since 1970, `ends`
    is the first moment without; `uses` left; `within`: only while that person may open the door herself."""

    id: str
    place: str
    person: str | None = None
    group: str | None = None
    doors: tuple[str, ...] = ()
    hours: Hours = ALWAYS
    starts: int | None = None
    ends: int | None = None
    uses: int | None = None
    suspended: bool = False
    within: str | None = None
    note: str = ""
    version: int = 1


class Held(msgspec.Struct, frozen=True):
    """A grant, and its hours in its place's calendar."""

    grant: Grant
    hours: Timeline


class Site(msgspec.Struct, frozen=True):
    """One place with all that decides who may enter. `held`: by person id or group id; `groups_of`: by person;
    `managers`: those of the members who manage it."""

    place: Place
    calendar: Calendar
    doors: dict[str, Door] = {}
    members: dict[str, Member] = {}
    groups: dict[str, Group] = {}
    groups_of: dict[str, tuple[str, ...]] = {}
    grants: dict[str, Grant] = {}
    held: dict[str, tuple[Held, ...]] = {}
    managers: frozenset[str] = frozenset()

    def held_by(self, person: str) -> tuple[Held, ...]:
        own = self.held.get(person, ())
        for group in self.groups_of.get(person, ()):
            own += self.held.get(group, ())
        return own

    def manages(self, person: str) -> bool:
        return person in self.managers


class Snapshot(msgspec.Struct, frozen=True):
    """Who may open what, as last committed. `place_of`: door → place; `places_of`: person → places; `revoked`: unit
    ids; `staff`: role of the service → people."""

    sites: dict[str, Site] = {}
    people: dict[str, Person] = {}
    place_of: dict[str, str] = {}
    places_of: dict[str, frozenset[str]] = {}
    revoked: frozenset[str] = frozenset()
    staff: dict[str, frozenset[str]] = {}

    def door(self, door: str) -> Door | None:
        place = self.place_of.get(door)
        return self.sites[place].doors.get(door) if place else None

    def manages(self, person: str, place: str) -> bool:
        site = self.sites.get(place)
        return site is not None and site.manages(person)

    def managers(self, place: str) -> frozenset[str]:
        site = self.sites.get(place)
        return site.managers if site else frozenset()


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """`reason` is None when allowed, else one of REASONS; `rule`: the grant that allows or refuses; `next`: when it
    would be allowed; `until`: the first moment it would no longer be, None: no end in sight."""

    allowed: bool
    reason: str | None = None
    rule: str | None = None
    next: int | None = None
    until: int | None = None


REASONS = ("access", "unit", "suspended", "hours", "uses", "ended", "hold")
NO_ACCESS = Verdict(False, "access")
SUSPENDED = Verdict(False, "suspended")
STEPS = 50  # of looking for a moment at which two rules agree; each is at least one edge further


def may_open(person: str, door: str, snapshot: Snapshot, now: int, spent: str | None = None) -> Verdict:
    """Decide for `person` and `door` (ids) at `now` (ms since 1970). `spent`: a grant of which this very press has
    taken its use already."""
    site = snapshot.sites.get(snapshot.place_of.get(door, ""))
    member = site.members.get(person) if site else None
    if site is None or member is None:
        return NO_ACCESS
    held = [each for each in site.held_by(person) if not each.grant.doors or door in each.grant.doors]
    if not held:
        return NO_ACCESS
    if site.doors[door].unit in snapshot.revoked:
        return Verdict(False, "unit")
    if is_suspended(member, site):
        return SUSPENDED
    return _decide(held, door, site, now, spent)


def may_hold(person: str, door: str, snapshot: Snapshot, now: int, ends: int, spent: str | None = None) -> Verdict:
    """May she keep this door open from `now` until `ends`? Who manages the place may, and whom they let; and nobody
    longer than she may open it herself."""
    verdict = may_open(person, door, snapshot, now, spent)
    if not verdict.allowed:
        return verdict
    site = snapshot.sites[snapshot.place_of[door]]
    beyond = verdict.until is not None and ends > verdict.until
    if beyond or site.doors[door].drive != "open" or not _holds(person, site):
        return Verdict(False, "hold", verdict.rule)
    return verdict


def may_release(person: str, door: str, snapshot: Snapshot, holder: str | None) -> Verdict:
    """May she end what `holder` began? Whoever may hold, and the holder herself, at any hour: it only shuts."""
    site = snapshot.sites.get(snapshot.place_of.get(door, ""))
    if site is None or not seen_by(person, site, (site.doors[door],)):
        return NO_ACCESS
    if site.doors[door].unit in snapshot.revoked:
        return Verdict(False, "unit")
    if is_suspended(site.members[person], site):
        return SUSPENDED
    return Verdict(True) if person == holder or _holds(person, site) else Verdict(False, "hold")


def _holds(person: str, site: Site) -> bool:
    return site.members[person].may_hold or site.manages(person)


def is_suspended(member: Member, site: Site) -> bool:
    """A guest is while whoever invited her is: it may be herself, with another phone."""
    host = site.members.get(member.host) if member.host else None
    return member.suspended or (host is not None and host.suspended)


def _decide(held: list[Held], door: str, site: Site, now: int, spent: str | None = None) -> Verdict:
    allowing: Held | None = None
    until: int | None = 0
    refused: list[Verdict] = []
    for each in held:
        verdict = _by(each, door, site, now, spent)
        if not verdict.allowed:
            refused.append(verdict)
            continue
        if allowing is None or (allowing.grant.uses is not None and each.grant.uses is None):
            allowing = each  # what is limited is spent last
        if verdict.until is None or (until is not None and verdict.until > until):
            until = verdict.until
    if allowing is None:
        return min(refused, key=_helpful)
    return Verdict(True, rule=allowing.grant.id, until=_beyond(held, door, site, until))


def _beyond(held: list[Held], door: str, site: Site, until: int | None) -> int | None:
    """The end of an allowance that another grant takes over where the first one ends."""
    for _ in range(STEPS):
        if until is None or len(held) == 1:
            return until
        latest = until
        for each in held:
            verdict = _by(each, door, site, until)
            if verdict.allowed and verdict.until is None:
                return None
            if verdict.allowed and verdict.until is not None and verdict.until > latest:
                latest = verdict.until
        if latest == until:
            return until
        until = latest
    return until


def _helpful(verdict: Verdict) -> tuple[float, int]:
    """What opens first says most; of rules that never open again the last one that could."""
    return verdict.next if verdict.next is not None else float("inf"), REASONS.index(verdict.reason or "access")


def _by(held: Held, door: str, site: Site, now: int, spent: str | None = None) -> Verdict:
    """What this one grant says."""
    grant = held.grant
    if grant.suspended:
        return Verdict(False, "suspended", grant.id)
    verdict = _alone(held, now)
    if grant.within is not None:
        verdict = _both(held, door, site, now, verdict)
    if grant.uses is not None and grant.uses <= 0 and grant.id != spent and verdict.reason != "ended":
        return Verdict(False, "uses", grant.id)
    return verdict


def _alone(held: Held, now: int) -> Verdict:
    grant = held.grant
    starts, ends = grant.starts, grant.ends
    if ends is not None and (now >= ends or (starts is not None and starts >= ends)):
        return Verdict(False, "ended", grant.id)
    moment = now if starts is None or now >= starts else starts
    is_open, turns = held.hours.at(moment)
    if is_open and moment == now:
        if ends is not None and (turns is None or ends < turns):
            turns = ends
        return Verdict(True, None, grant.id, None, turns)
    opens = moment if is_open else turns
    if opens is not None and ends is not None and opens >= ends:
        return Verdict(False, "ended", grant.id)
    return Verdict(False, "hours", grant.id, opens)


def _both(held: Held, door: str, site: Site, now: int, alone: Verdict) -> Verdict:
    """A guest's grant holds only while whoever made it may open the door herself."""
    host = held.grant.within or ""
    member = site.members.get(host)
    own = [h for h in site.held_by(host) if h.grant.within is None and (not h.grant.doors or door in h.grant.doors)]
    may_invite = member is not None and not member.suspended and (member.may_invite or member.role in MANAGING)
    if not own or not may_invite:
        return Verdict(False, "access", held.grant.id)
    theirs, moment = _decide(own, door, site, now), now
    if alone.allowed and theirs.allowed:
        ends = [end for end in (alone.until, theirs.until) if end is not None]
        return msgspec.structs.replace(alone, until=min(ends) if ends else None)
    refusing = theirs if alone.allowed else alone
    for _ in range(STEPS):
        waits = [verdict.next for verdict in (alone, theirs) if not verdict.allowed]
        if not waits:
            return Verdict(False, "hours", held.grant.id, moment)
        if None in waits:
            break
        moment = max(wait for wait in waits if wait is not None)
        alone, theirs = _alone(held, moment), _decide(own, door, site, moment)
    return Verdict(False, refusing.reason if refusing.next is None else "hours", held.grant.id)


def is_limited(snapshot: Snapshot, place: str, grant: str | None) -> bool:
    """Whether an open by this grant takes a use of it."""
    found = snapshot.sites[place].grants.get(grant or "")
    return found is not None and found.uses is not None


def turns(person: str, door: str, snapshot: Snapshot, now: int) -> int | None:
    """When the verdict may be another one without anybody's doing."""
    verdict = may_open(person, door, snapshot, now)
    return verdict.until if verdict.allowed else verdict.next


def openings(person: str, door: str, snapshot: Snapshot, since: int, until: int) -> Iterator[tuple[int, int]]:
    """The times from `since` to before `until` at which she may open it."""
    now = since
    while now < until:
        verdict = may_open(person, door, snapshot, now)
        if verdict.allowed:
            ends = until if verdict.until is None else min(verdict.until, until)
            yield now, ends
            now = ends
        elif verdict.next is None:
            return
        else:
            now = verdict.next


def who_may(door: str, snapshot: Snapshot, now: int) -> Iterator[tuple[str, Verdict]]:
    """Everybody who can open this door at this minute."""
    site = snapshot.sites.get(snapshot.place_of.get(door, ""))
    for person in site.members if site else ():
        verdict = may_open(person, door, snapshot, now)
        if verdict.allowed:
            yield person, verdict


def may_see(person: str, door: Door, snapshot: Snapshot) -> bool:
    site = snapshot.sites.get(door.place)
    return site is not None and bool(seen_by(person, site, (door,)))


def seen_by(person: str, site: Site, doors: Iterable[Door]) -> list[Door]:
    """A member sees the doors she has any grant for; whoever manages the place sees them all; a guest none that her
    host has not."""
    if person not in site.members:
        return []
    if site.manages(person):
        return list(doors)
    held = site.held_by(person)
    return [door for door in doors if any(_opens(each.grant, door.id, site) for each in held)]


def _opens(grant: Grant, door: str, site: Site) -> bool:
    """Whether it is for this door at all."""
    if grant.doors and door not in grant.doors:
        return False
    hosts = (held.grant for held in site.held_by(grant.within)) if grant.within else ()
    return not grant.within or any(h.within is None and (not h.doors or door in h.doors) for h in hosts)
