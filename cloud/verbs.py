"""What an admin can do to a place, each as the edits it consists of: checked against a snapshot, refused with words.

Pure: no clock, no chance, no disk; ids and times come in. What an edit does stands in `changes`, who may call which
verb at all in the table of routes, what only an owner may do here.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from cloud import hours, naming
from cloud.access import MANAGING, Door, Grant, GroupMember, Member, Person, Place, Role, Site, Snapshot
from cloud.changes import Edit

MEMBERS = 5_000  # of a place
DOORS = 200
USES = 10_000
FAREST = 4_102_444_800_000  # 2100: beyond it nobody knows the zones


class NotPossible(Exception):
    """It cannot be done; nothing was. `reason` is for the app, `detail` for whoever reads; `current`: how the thing
    that she meant to change is now."""

    def __init__(self, reason: str, detail: str, current: object = None) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.current = reason, detail, current


def site_of(snapshot: Snapshot, place: str) -> Site:
    site = snapshot.sites.get(place)
    if site is None:
        raise NotPossible("unknown", "there is no such place")
    return site


def same(thing: Any, version: int | None) -> None:
    """Two people edit one thing: the second is told."""
    if version is not None and thing.version != version:
        raise NotPossible("conflict", "somebody else has changed this meanwhile", thing)


def next_version(thing: Any, **changes: Any) -> Edit:
    return Edit(thing, msgspec.structs.replace(thing, version=thing.version + 1, **changes))


def named(text: str) -> str:
    try:
        return naming.named(text)
    except naming.BadText as error:
        raise NotPossible("invalid", f"the name: {error}") from error


def line(what: str, text: str | None, most: int = naming.LINE, *, lines: bool = False) -> str | None:
    try:
        return naming.maybe(text, most, lines=lines)
    except naming.BadText as error:
        raise NotPossible("invalid", f"{what}: {error}") from error


# -- place and doors


def new_place(place: Place, owner: Person, grant: Grant, contact: str, *, known: bool, name: str) -> list[Edit]:
    """A place begins with an owner, who may open what will be there: it always keeps one. `known`: the service knew
    her before."""
    checked = msgspec.structs.replace(place, **place_texts(place), policy=1)
    first = [] if known else [Edit(None, owner)]
    member = Member(place.id, owner.id, "owner", named(name), contact=contact)
    return [Edit(None, checked), *first, Edit(None, member), Edit(None, grant)]


def place_texts(place: Place) -> dict[str, str | None]:
    return {
        "name": named(place.name),
        "address": line("the address", place.address),
        "organisation": line("the organisation", place.organisation),
        "help_name": line("the help contact's name", place.help_name),
        "help_contact": line("the help contact", place.help_contact),
        "other_way": line("the other way in", place.other_way, naming.TEXT, lines=True),
    }


def edit_place(snapshot: Snapshot, place: str, version: int, has_holidays: bool, **changes: Any) -> list[Edit]:
    """`has_holidays`: whether the calendar it will have knows public holidays."""
    site = site_of(snapshot, place)
    same(site.place, version)
    wanted = msgspec.structs.replace(site.place, **changes)
    if not has_holidays and any(grant.hours.holidays != "usual" for grant in site.grants.values()):
        raise NotPossible("holidays", "some people's hours depend on public holidays: change those first")
    return [next_version(site.place, **changes | place_texts(wanted))]


def new_door(snapshot: Snapshot, door: Door) -> list[Edit]:
    site = site_of(snapshot, door.place)
    if len(site.doors) >= DOORS:
        raise NotPossible("full", f"a place has at most {DOORS} doors")
    others = (other for site in snapshot.sites.values() for other in site.doors.values())
    if any((other.unit, other.number) == (door.unit, door.number) for other in others):
        raise NotPossible("invalid", "that door box drives another door with this number already")
    return [Edit(None, msgspec.structs.replace(door, name=named(door.name)))]


def edit_door(snapshot: Snapshot, door: str, version: int, **changes: Any) -> list[Edit]:
    found = snapshot.door(door)
    if found is None:
        raise NotPossible("unknown", "there is no such door")
    same(found, version)
    if "name" in changes:
        changes["name"] = named(changes["name"])
    return [next_version(found, **changes)]


def remove_door(snapshot: Snapshot, door: str, version: int | None) -> list[Edit]:
    """With it goes what opens nothing else."""
    found = snapshot.door(door)
    if found is None:
        raise NotPossible("unknown", "there is no such door")
    same(found, version)
    edits: list[Edit] = []
    for grant in site_of(snapshot, found.place).grants.values():
        if door in grant.doors:
            rest = tuple(each for each in grant.doors if each != door)
            edits.append(next_version(grant, doors=rest) if rest else Edit(grant, None))
    return [*edits, Edit(found, None)]


# -- people of a place


def edit_person(snapshot: Snapshot, person: str, **changes: Any) -> list[Edit]:
    """What she says of herself. Places that know her by the number she leaves know her by the new one."""
    her = snapshot.people.get(person)
    if her is None:
        raise NotPossible("unknown", "there is no such person")
    if "name" in changes:
        changes["name"] = named(changes["name"])
    left = {
        getattr(her, kind): changes[kind] for kind in ("phone", "email") if changes.get(kind) and getattr(her, kind)
    }
    members = [site_of(snapshot, place).members[person] for place in sorted(snapshot.places_of.get(person, ()))]
    moved = [next_version(m, contact=left[m.contact]) for m in members if m.contact in left]
    return [next_version(her, **changes), *moved]


def add_member(
    snapshot: Snapshot, member: Member, person: Person | None, grant: Grant | None, by: Role = "owner"
) -> list[Edit]:
    """`person`: when she is new to the service; `grant`: what she gets along."""
    site = site_of(snapshot, member.place)
    if member.person in site.members:
        raise NotPossible("member", "she is here already", _as_known(site, member.person, member.contact))
    if len(site.members) >= MEMBERS:
        raise NotPossible("full", f"a place has at most {MEMBERS} people")
    _may_appoint(by, member.role)
    checked = msgspec.structs.replace(member, name=named(member.name), flat=line("the flat", member.flat, naming.NAME))
    edits = [Edit(None, person)] if person else []
    edits.append(Edit(None, checked))
    if grant is not None:
        check_grant(site, grant, new_people={member.person})
        edits.append(Edit(None, grant))
    return edits


def _as_known(site: Site, person: str, contact: str | None) -> Member | None:
    """Who she is, to who knows her by this contact; whose another one is, nobody learns by trying."""
    member = site.members[person]
    return member if member.contact == contact else None


def edit_member(snapshot: Snapshot, place: str, person: str, version: int, by: str, **changes: Any) -> list[Edit]:
    member = member_of(snapshot, place, person)
    same(member, version)
    _may_touch(snapshot, by, member)
    if "name" in changes:
        changes["name"] = named(changes["name"])
    if "flat" in changes:
        changes["flat"] = line("the flat", changes["flat"], naming.NAME)
    if changes.get("may_invite") and member.role == "guest":
        raise NotPossible("role", "a guest invites nobody: add her as a person of the place")
    if changes.get("may_hold") and member.role == "guest":
        raise NotPossible("role", "a guest holds no door open: add her as a person of the place")
    if changes.get("suspended"):
        _keeps_an_owner(site_of(snapshot, place), person)
    return [next_version(member, **changes)]


def set_role(snapshot: Snapshot, place: str, person: str, role: Role, by: str | None) -> list[Edit]:
    """`by` None: the host."""
    site, member = site_of(snapshot, place), member_of(snapshot, place, person)
    if member.role == "guest" or role == "guest":
        raise NotPossible("role", "a guest stays a guest: add her as a person of the place")
    actor = site.members.get(by) if by else None
    for each in (member.role, role):
        _may_appoint(actor.role if actor else "member" if by else "owner", each)
    if role != "owner":
        _keeps_an_owner(site, person)
    if member.role == role:
        return []
    guests = {each.person for each in site.members.values() if each.host == person}
    # whom she let in as an admin comes in only while she may herself, from here on
    bound = [g for g in site.grants.values() if g.person in guests and g.within is None and role not in MANAGING]
    return [next_version(member, role=role), *(next_version(grant, within=person) for grant in bound)]


def remove_member(snapshot: Snapshot, place: str, person: str, by: str) -> list[Edit]:
    """All she has at the place goes, and the guests she invited."""
    site, member = site_of(snapshot, place), member_of(snapshot, place, person)
    if by != person:
        _may_touch(snapshot, by, member)
    _keeps_an_owner(site, person)
    guests = [each for each in site.members.values() if each.role == "guest" and each.host == person]
    return [edit for each in (*guests, member) for edit in everything_of(site, each)]


def move_member(
    snapshot: Snapshot, place: str, person: str, to: Person, contact: str, *, known: bool, by: str
) -> list[Edit]:
    """A change of number as the place sees it: all she has here goes to whoever has the new one."""
    site, member = site_of(snapshot, place), member_of(snapshot, place, person)
    _may_touch(snapshot, by, member)
    if to.id in site.members:
        raise NotPossible("member", "that number is here already", _as_known(site, to.id, contact))
    edits = [] if known else [Edit(None, to)]
    edits.append(Edit(None, msgspec.structs.replace(member, person=to.id, contact=contact, version=1)))
    for group in site.groups_of.get(person, ()):
        edits += [
            Edit(GroupMember(group, person, place), None),
            Edit(None, GroupMember(group, to.id, place)),
        ]
    for grant in site.grants.values():
        if grant.person == person:
            edits.append(next_version(grant, person=to.id))
        elif grant.within == person:
            edits.append(next_version(grant, within=to.id))
    guests = [g for g in site.members.values() if g.host == person]
    return [*edits, *(next_version(guest, host=to.id) for guest in guests), Edit(member, None)]


def everything_of(site: Site, member: Member) -> list[Edit]:
    edits = [Edit(grant, None) for grant in site.grants.values() if grant.person == member.person]
    groups = site.groups_of.get(member.person, ())
    edits += [Edit(GroupMember(group, member.person, member.place), None) for group in groups]
    return [*edits, Edit(member, None)]


def member_of(snapshot: Snapshot, place: str, person: str) -> Member:
    member = site_of(snapshot, place).members.get(person)
    if member is None:
        raise NotPossible("unknown", "there is no such person at this place")
    return member


def _may_appoint(by: Role, role: Role) -> None:
    if role in MANAGING and by != "owner":
        raise NotPossible("role", "only an owner makes or unmakes owners and admins")


def _may_touch(snapshot: Snapshot, by: str, member: Member) -> None:
    """An admin does not lock out an owner."""
    actor = site_of(snapshot, member.place).members.get(by)
    if member.role == "owner" and (actor is None or actor.role != "owner"):
        raise NotPossible("role", "only an owner changes what an owner is or has")


def _keeps_an_owner(site: Site, without: str) -> None:
    owners = [m.person for m in site.members.values() if m.role == "owner" and not m.suspended]
    if owners == [without]:
        raise NotPossible("last_owner", "a place always keeps an owner: make somebody else one first")


def check_grant(site: Site, grant: Grant, new_people: Iterable[str] = ()) -> None:
    if (grant.person is None) == (grant.group is None):
        raise NotPossible("invalid", "an access is for a person or for a group")
    if grant.person is not None and grant.person not in site.members and grant.person not in new_people:
        raise NotPossible("unknown", "there is no such person at this place")
    if grant.group is not None and grant.group not in site.groups:
        raise NotPossible("unknown", "there is no such group at this place")
    if not set(grant.doors) <= site.doors.keys() or len(set(grant.doors)) != len(grant.doors):
        raise NotPossible("unknown", "there is no such door at this place")
    if wrong := hours.problem(grant.hours):
        raise NotPossible("invalid", f"the hours: {wrong}")
    if grant.hours.holidays != "usual" and site.calendar.holidays is None:
        raise NotPossible("holidays", "nobody has told this place's country and region: its holidays are not known")
    if grant.starts is not None and grant.ends is not None and grant.ends <= grant.starts:
        raise NotPossible("invalid", "it ends before it begins")
    if any(moment is not None and not 0 <= moment <= FAREST for moment in (grant.starts, grant.ends)):
        raise NotPossible("invalid", "from and until lie between 1970 and 2100")
    if grant.uses is not None and not 0 <= grant.uses <= USES:
        raise NotPossible("invalid", f"uses are 0 to {USES}")
    line("the note", grant.note)
