"""What a change makes of who may open what: edits of plain data, and the snapshot with them. The same function serves
the change itself and the look at what it would do.

Pure. Which edits a verb of an admin consists of stands in `people`, how they are written in `change_store`.
"""

from collections.abc import Callable, Iterable
from typing import Literal, TypeVar

import msgspec

from cloud.access import MANAGING, Door, Grant, Group, GroupMember, Held, Member, Person, Place, Site, Snapshot
from cloud.hours import Calendar, Timeline


class Request(msgspec.Struct, frozen=True):
    """Somebody asks: for `access` (to become a member; `contact` is what she has proven), `entry` (to be let in once),
    or is offered `ownership`."""

    id: str
    place: str
    person: str
    kind: Literal["access", "entry", "ownership"]
    name: str
    created: int
    door: str | None = None
    flat: str | None = None
    state: Literal["open", "granted", "declined"] = "open"
    decided_by: str | None = None
    decided: int | None = None
    contact: str | None = None


Thing = Place | Door | Person | Member | Group | GroupMember | Grant | Request
KINDS: dict[type, str] = {
    Place: "place",
    Door: "door",
    Person: "person",
    Member: "member",
    Group: "group",
    GroupMember: "group_member",
    Grant: "grant",
    Request: "request",
}


class Edit(msgspec.Struct, frozen=True):
    """`before` None: it is new; `after` None: it is gone."""

    before: Thing | None
    after: Thing | None

    @property
    def thing(self) -> Thing:
        thing = self.after if self.after is not None else self.before
        if thing is None:
            raise ValueError("an edit of nothing")
        return thing

    @property
    def kind(self) -> str:
        return KINDS[type(self.thing)]


Value = TypeVar("Value")
CalendarOf = Callable[[Place], Calendar]


def key(thing: Thing) -> str:
    """What tells it from others of its kind, within its place."""
    if isinstance(thing, Member):
        return thing.person
    return f"{thing.group} {thing.person}" if isinstance(thing, GroupMember) else thing.id


def place_of(thing: Thing) -> str | None:
    """The place it belongs to; a person belongs to none."""
    if isinstance(thing, Place):
        return thing.id
    return None if isinstance(thing, Person) else thing.place


def places_of(edits: Iterable[Edit], snapshot: Snapshot) -> list[str]:
    """The places whose policy these edits change: a person's are all she belongs to."""
    found: dict[str, None] = {}
    for edit in edits:
        thing = edit.thing
        place = place_of(thing)
        found |= dict.fromkeys([place] if place else sorted(snapshot.places_of.get(key(thing), ())))
    return list(found)


def built(things: Iterable[Thing], calendar_of: CalendarOf, snapshot: Snapshot | None = None) -> Snapshot:
    """A snapshot of all these, put into the given one."""
    return applied(snapshot or Snapshot(), [Edit(None, thing) for thing in things], calendar_of)


def applied(snapshot: Snapshot, edits: Iterable[Edit], calendar_of: CalendarOf) -> Snapshot:
    """The snapshot after these edits; the one given stays as it is. Calendars come from `calendar_of(place)`."""
    change = _Change(snapshot, calendar_of)
    for edit in edits:
        change.put(edit)
    return change.done()


class _Change:
    """Copies what is changed, once, and puts one edit after the other into the copies."""

    def __init__(self, snapshot: Snapshot, calendar_of: CalendarOf) -> None:
        self._calendar_of = calendar_of
        self._old = snapshot
        self._sites = dict(snapshot.sites)
        self._people = dict(snapshot.people)
        self._place_of = snapshot.place_of
        self._places_of = snapshot.places_of
        self._own: set[str] = set()

    def done(self) -> Snapshot:
        return msgspec.structs.replace(
            self._old,
            sites=self._sites,
            people=self._people,
            place_of=self._place_of,
            places_of=self._places_of,
        )

    def put(self, edit: Edit) -> None:
        thing, gone = edit.thing, edit.after is None
        match thing:
            case Place():
                self._place(thing, gone)
            case Person():
                _set(self._people, thing.id, thing, gone)
            case Door():
                _set(self._site(thing.place).doors, thing.id, thing, gone)
                if self._place_of is self._old.place_of:
                    self._place_of = dict(self._place_of)
                _set(self._place_of, thing.id, thing.place, gone)
            case Member():
                self._member(thing, gone)
            case Group():
                _set(self._site(thing.place).groups, thing.id, thing, gone)
            case GroupMember():
                groups = self._site(thing.place).groups_of
                rest = {group for group in groups.get(thing.person, ()) if group != thing.group}
                now = tuple(sorted(rest if gone else {*rest, thing.group}))
                _set(groups, thing.person, now, not now)
            case Grant():
                self._grant(edit)
            case Request():
                pass  # opens nothing by itself

    def _site(self, place: str) -> Site:
        """A copy of this place that is ours to change, made the first time."""
        site = self._sites[place]
        if place not in self._own:
            self._own.add(place)
            names = ("doors", "members", "groups", "groups_of", "grants", "held")
            site = msgspec.structs.replace(site, **{name: dict(getattr(site, name)) for name in names})
            self._sites[place] = site
        return site

    def _place(self, place: Place, gone: bool) -> None:
        if gone:
            raise ValueError("a place does not go: its log stays")
        calendar, known = self._calendar_of(place), self._sites.get(place.id)
        if known is None:
            self._sites[place.id] = Site(place, calendar, {}, {}, {}, {}, {}, {})
            self._own.add(place.id)
            return
        site = msgspec.structs.replace(self._site(place.id), place=place, calendar=calendar)
        self._sites[place.id] = site
        if calendar != known.calendar:
            for holder, held in site.held.items():
                site.held[holder] = tuple(Held(h.grant, Timeline(h.grant.hours, calendar)) for h in held)

    def _member(self, member: Member, gone: bool) -> None:
        site = self._site(member.place)
        _set(site.members, member.person, member, gone)
        manages = not gone and member.role in MANAGING and not member.suspended
        if manages != (member.person in site.managers):
            managers = site.managers ^ {member.person}
            self._sites[member.place] = msgspec.structs.replace(site, managers=managers)
        if self._places_of is self._old.places_of:
            self._places_of = dict(self._places_of)
        places = self._places_of.get(member.person, frozenset()) - {member.place}
        now = places if gone else places | {member.place}
        _set(self._places_of, member.person, now, not now)

    def _grant(self, edit: Edit) -> None:
        for grant, gone in ((edit.before, True), (edit.after, False)):
            if not isinstance(grant, Grant):
                continue
            site = self._site(grant.place)
            _set(site.grants, grant.id, grant, gone)
            holder = grant.person or grant.group or ""
            held = [each for each in site.held.get(holder, ()) if each.grant.id != grant.id]
            if not gone:
                held.append(Held(grant, Timeline(grant.hours, site.calendar)))
            held.sort(key=lambda each: each.grant.id)  # the same rule decides, whatever was edited since the start
            _set(site.held, holder, tuple(held), not held)


def _set(mapping: dict[str, Value], at: str, value: Value, gone: bool) -> None:
    if gone:
        mapping.pop(at, None)
    else:
        mapping[at] = value


def concerned(edits: Iterable[Edit], before: Snapshot, after: Snapshot) -> dict[str, set[str]]:
    """Whom these edits may concern, by place: person ids; of a group all who are in it, of a door or place all."""
    found: dict[str, set[str]] = {}
    things = [thing for edit in edits for thing in (edit.before, edit.after) if thing is not None]
    for thing in things:  # as it was too: a grant may have gone from one person to another
        for place in [place_of(thing)] if place_of(thing) else sorted(after.places_of.get(key(thing), ())):
            people = found.setdefault(place or "", set())
            for snapshot in (before, after):
                site = snapshot.sites.get(place or "")
                if site is not None:
                    people |= _people(thing, site)
    return found


def _people(thing: Thing, site: Site) -> set[str]:
    match thing:
        case Person():
            return {thing.id}
        case Member() | GroupMember() | Request():
            return _with_guests({thing.person}, site)
        case Grant() if thing.person is not None:
            return _with_guests({thing.person}, site)
        case Grant():
            return _in_group(thing.group or "", site)
        case Group():
            return _in_group(thing.id, site)
        case Place() | Door():
            return set(site.members)


def _in_group(group: str, site: Site) -> set[str]:
    return _with_guests({person for person, groups in site.groups_of.items() if group in groups}, site)


def _with_guests(people: set[str], site: Site) -> set[str]:
    grants = [grant for grant in site.grants.values() if grant.within in people]
    groups = {grant.group for grant in grants if grant.group}
    found = people | {grant.person for grant in grants if grant.person}
    found |= {member.person for member in site.members.values() if member.host in people}
    return found | {person for person, of in site.groups_of.items() if groups & set(of)} if groups else found
