"""What an admin can do to a place, each as the edits it consists of: checked against a snapshot, refused with words.

Pure: no clock, no chance, no disk; ids and times come in. What an edit does stands in `changes`, who may call which
verb at all in the table of routes, what only an owner may do here.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from cloud import hours, naming
from cloud.access import MANAGING, Door, Grant, Group, GroupMember, Member, Person, Place, Role, Site, Snapshot
from cloud.changes import Edit, Request

LET_IN_MS = 15 * 60_000  # "let me in once": long enough to reach the door, too short for anything else
MEMBERS = 5_000  # of a place
GRANTS = 20_000  # of a place
GROUPS = 500
DOORS = 200
GUESTS = 20  # living links of one member
USES = 10_000
FAREST = 4_102_444_800_000  # 2100: beyond it nobody knows the zones


class NotPossible(Exception):
    """It cannot be done; nothing was. `reason` is for the app, `detail` for whoever reads; `current`: how the thing that
    she meant to change is now."""

    def __init__(self, reason: str, detail: str, current: object = None) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.current = reason, detail, current


def _site(snapshot: Snapshot, place: str) -> Site:
    site = snapshot.sites.get(place)
    if site is None:
        raise NotPossible("unknown", "there is no such place")
    return site


def _same(thing: Any, version: int | None) -> None:
    """Two people edit one thing: the second is told."""
    if version is not None and thing.version != version:
        raise NotPossible("conflict", "somebody else has changed this meanwhile", thing)


def _next(thing: Any, **changes: Any) -> Edit:
    return Edit(thing, msgspec.structs.replace(thing, version=thing.version + 1, **changes))


def _name(text: str) -> str:
    try:
        return naming.named(text)
    except naming.BadText as error:
        raise NotPossible("invalid", f"the name: {error}") from error


def _line(what: str, text: str | None, most: int = naming.LINE, *, lines: bool = False) -> str | None:
    try:
        return naming.maybe(text, most, lines=lines)
    except naming.BadText as error:
        raise NotPossible("invalid", f"{what}: {error}") from error


# -- place and doors


def new_place(place: Place, owner: Person, *, known: bool, name: str) -> list[Edit]:
    """A place begins with an owner: it always keeps one."""
    checked = msgspec.structs.replace(place, **place_texts(place), policy=1)
    first = [] if known else [Edit(None, owner)]
    return [Edit(None, checked), *first, Edit(None, Member(place.id, owner.id, "owner", _name(name)))]


def place_texts(place: Place) -> dict[str, str | None]:
    return {
        "name": _name(place.name),
        "address": _line("the address", place.address),
        "help_name": _line("the help contact's name", place.help_name),
        "help_contact": _line("the help contact", place.help_contact),
        "other_way": _line("the other way in", place.other_way, naming.TEXT, lines=True),
    }


def edit_place(snapshot: Snapshot, place: str, version: int, has_holidays: bool, **changes: Any) -> list[Edit]:
    """`has_holidays`: whether the calendar it will have knows public holidays."""
    site = _site(snapshot, place)
    _same(site.place, version)
    wanted = msgspec.structs.replace(site.place, **changes)
    if not has_holidays and any(grant.hours.holidays != "usual" for grant in site.grants.values()):
        raise NotPossible("holidays", "some people's hours depend on public holidays: change those first")
    return [_next(site.place, **changes | place_texts(wanted))]


def new_door(snapshot: Snapshot, door: Door) -> list[Edit]:
    site = _site(snapshot, door.place)
    if len(site.doors) >= DOORS:
        raise NotPossible("full", f"a place has at most {DOORS} doors")
    return [Edit(None, msgspec.structs.replace(door, name=_name(door.name)))]


def edit_door(snapshot: Snapshot, door: str, version: int, **changes: Any) -> list[Edit]:
    found = snapshot.door(door)
    if found is None:
        raise NotPossible("unknown", "there is no such door")
    _same(found, version)
    if "name" in changes:
        changes["name"] = _name(changes["name"])
    return [_next(found, **changes)]


def remove_door(snapshot: Snapshot, door: str, version: int) -> list[Edit]:
    """With it goes what opens nothing else."""
    found = snapshot.door(door)
    if found is None:
        raise NotPossible("unknown", "there is no such door")
    _same(found, version)
    edits: list[Edit] = []
    for grant in _site(snapshot, found.place).grants.values():
        if door in grant.doors:
            rest = tuple(each for each in grant.doors if each != door)
            edits.append(_next(grant, doors=rest) if rest else Edit(grant, None))
    return [*edits, Edit(found, None)]


# -- people of a place


def add_member(
    snapshot: Snapshot, member: Member, person: Person | None, grant: Grant | None, by: Role = "owner"
) -> list[Edit]:
    """`person`: when she is new to the service; `grant`: what she gets along."""
    site = _site(snapshot, member.place)
    if member.person in site.members:
        raise NotPossible("member", "she is here already", site.members[member.person])
    if len(site.members) >= MEMBERS:
        raise NotPossible("full", f"a place has at most {MEMBERS} people")
    _may_appoint(by, member.role)
    checked = msgspec.structs.replace(member, name=_name(member.name), flat=_line("the flat", member.flat, naming.NAME))
    edits = [Edit(None, person)] if person else []
    edits.append(Edit(None, checked))
    if grant is not None:
        _check_grant(site, grant, new_people={member.person})
        edits.append(Edit(None, grant))
    return edits


def edit_member(snapshot: Snapshot, place: str, person: str, version: int, by: str, **changes: Any) -> list[Edit]:
    member = _member(snapshot, place, person)
    _same(member, version)
    _may_touch(snapshot, by, member)
    if "name" in changes:
        changes["name"] = _name(changes["name"])
    if "flat" in changes:
        changes["flat"] = _line("the flat", changes["flat"], naming.NAME)
    if changes.get("suspended"):
        _keeps_an_owner(_site(snapshot, place), person)
    return [_next(member, **changes)]


def set_role(snapshot: Snapshot, place: str, person: str, role: Role, by: str) -> list[Edit]:
    site, member = _site(snapshot, place), _member(snapshot, place, person)
    if member.role == "guest" or role == "guest":
        raise NotPossible("role", "a guest stays a guest: add her as a person of the place")
    actor = site.members.get(by)
    for each in (member.role, role):
        _may_appoint(actor.role if actor else "member", each)
    if role != "owner":
        _keeps_an_owner(site, person)
    return [] if member.role == role else [_next(member, role=role)]


def remove_member(snapshot: Snapshot, place: str, person: str, by: str) -> list[Edit]:
    """All she has at the place goes, and the guests she invited."""
    site, member = _site(snapshot, place), _member(snapshot, place, person)
    if by != person:
        _may_touch(snapshot, by, member)
    _keeps_an_owner(site, person)
    guests = [each for each in site.members.values() if each.role == "guest" and each.host == person]
    return [edit for each in (*guests, member) for edit in _everything_of(site, each)]


def move_member(snapshot: Snapshot, place: str, person: str, to: Person, *, known: bool, by: str) -> list[Edit]:
    """A change of number as the place sees it: all she has here goes to whoever has the new one."""
    site, member = _site(snapshot, place), _member(snapshot, place, person)
    _may_touch(snapshot, by, member)
    if to.id in site.members:
        raise NotPossible("member", "that number is here already", site.members[to.id])
    edits = [] if known else [Edit(None, to)]
    edits.append(Edit(None, msgspec.structs.replace(member, person=to.id, version=1)))
    for group in site.groups_of.get(person, ()):
        edits += [
            Edit(GroupMember(group, person, place), None),
            Edit(None, GroupMember(group, to.id, place)),
        ]
    for grant in site.grants.values():
        if grant.person == person:
            edits.append(_next(grant, person=to.id))
        elif grant.within == person:
            edits.append(_next(grant, within=to.id))
    guests = [g for g in site.members.values() if g.host == person]
    return [*edits, *(_next(guest, host=to.id) for guest in guests), Edit(member, None)]


def _everything_of(site: Site, member: Member) -> list[Edit]:
    edits = [Edit(grant, None) for grant in site.grants.values() if grant.person == member.person]
    groups = site.groups_of.get(member.person, ())
    edits += [Edit(GroupMember(group, member.person, member.place), None) for group in groups]
    return [*edits, Edit(member, None)]


def _member(snapshot: Snapshot, place: str, person: str) -> Member:
    member = _site(snapshot, place).members.get(person)
    if member is None:
        raise NotPossible("unknown", "there is no such person at this place")
    return member


def _may_appoint(by: Role, role: Role) -> None:
    if role in MANAGING and by != "owner":
        raise NotPossible("role", "only an owner makes or unmakes owners and admins")


def _may_touch(snapshot: Snapshot, by: str, member: Member) -> None:
    """An admin does not lock out an owner."""
    actor = _site(snapshot, member.place).members.get(by)
    if member.role == "owner" and (actor is None or actor.role != "owner"):
        raise NotPossible("role", "only an owner changes what an owner is or has")


def _keeps_an_owner(site: Site, without: str) -> None:
    owners = [m.person for m in site.members.values() if m.role == "owner" and not m.suspended]
    if owners == [without]:
        raise NotPossible("last_owner", "a place always keeps an owner: make somebody else one first")


# -- groups


def new_group(snapshot: Snapshot, group: Group) -> list[Edit]:
    if len(_site(snapshot, group.place).groups) >= GROUPS:
        raise NotPossible("full", f"a place has at most {GROUPS} groups")
    return [Edit(None, msgspec.structs.replace(group, name=_name(group.name)))]


def edit_group(snapshot: Snapshot, place: str, group: str, version: int, name: str) -> list[Edit]:
    found = _group(snapshot, place, group)
    _same(found, version)
    return [_next(found, name=_name(name))]


def remove_group(snapshot: Snapshot, place: str, group: str, version: int) -> list[Edit]:
    """With what it may open; the people stay."""
    site, found = _site(snapshot, place), _group(snapshot, place, group)
    _same(found, version)
    edits = [Edit(grant, None) for grant in site.grants.values() if grant.group == group]
    people = [person for person, groups in site.groups_of.items() if group in groups]
    edits += [Edit(GroupMember(group, person, place), None) for person in people]
    return [*edits, Edit(found, None)]


def join_group(snapshot: Snapshot, place: str, group: str, person: str) -> list[Edit]:
    _group(snapshot, place, group)
    if _member(snapshot, place, person).role == "guest":
        raise NotPossible("role", "a guest has only what her link says")
    if group in _site(snapshot, place).groups_of.get(person, ()):
        return []
    return [Edit(None, GroupMember(group, person, place))]


def leave_group(snapshot: Snapshot, place: str, group: str, person: str) -> list[Edit]:
    _group(snapshot, place, group)
    if group not in _site(snapshot, place).groups_of.get(person, ()):
        return []
    return [Edit(GroupMember(group, person, place), None)]


def _group(snapshot: Snapshot, place: str, group: str) -> Group:
    found = _site(snapshot, place).groups.get(group)
    if found is None:
        raise NotPossible("unknown", "there is no such group at this place")
    return found


# -- grants


def new_grant(snapshot: Snapshot, grant: Grant) -> list[Edit]:
    site = _site(snapshot, grant.place)
    if len(site.grants) >= GRANTS:
        raise NotPossible("full", f"a place has at most {GRANTS} accesses")
    _check_grant(site, grant)
    return [Edit(None, grant)]


def edit_grant(snapshot: Snapshot, place: str, grant: str, version: int, **changes: Any) -> list[Edit]:
    site = _site(snapshot, place)
    found = site.grants.get(grant)
    if found is None:
        raise NotPossible("unknown", "there is no such access at this place")
    _same(found, version)
    edit = _next(found, **changes)
    assert isinstance(edit.after, Grant)
    _check_grant(site, edit.after)
    return [edit]


def remove_grant(snapshot: Snapshot, place: str, grant: str, version: int | None = None) -> list[Edit]:
    found = _site(snapshot, place).grants.get(grant)
    if found is None:
        raise NotPossible("unknown", "there is no such access at this place")
    _same(found, version)
    return [Edit(found, None)]


def _check_grant(site: Site, grant: Grant, new_people: Iterable[str] = ()) -> None:
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
    _line("the note", grant.note)


# -- guests, and those who ask


def add_guest(snapshot: Snapshot, guest: Person, grant: Grant, by: str) -> list[Edit]:
    """`grant.within` is set when `by` is no admin: then the guest may enter only while she may herself."""
    site = _site(snapshot, grant.place)
    host = site.members.get(by)
    if host is None or host.suspended or not (host.role in MANAGING or host.may_invite):
        raise NotPossible("role", "an admin of the place has to let you invite first")
    living = [m for m in site.members.values() if m.role == "guest" and m.host == by]
    if len(living) >= GUESTS and host.role not in MANAGING:
        raise NotPossible("full", f"at most {GUESTS} guests of one person at a time: end one first")
    within = None if host.role in MANAGING else by
    grant = msgspec.structs.replace(grant, person=guest.id, within=within)
    _check_grant(site, grant, new_people={guest.id})
    member = Member(grant.place, guest.id, "guest", _name(guest.name), host=by)
    return [Edit(None, guest), Edit(None, member), Edit(None, grant)]


def end_guest(snapshot: Snapshot, place: str, person: str, by: str) -> list[Edit]:
    site, member = _site(snapshot, place), _member(snapshot, place, person)
    if member.role != "guest" or not (member.host == by or site.manages(by)):
        raise NotPossible("unknown", "there is no such guest of yours")
    return _everything_of(site, member)


def decide_request(
    snapshot: Snapshot, request: Request, grant: Grant | None, by: str, now: int, *, granted: bool
) -> list[Edit]:
    """`grant`: what she gets when it is granted (its id and doors count)."""
    if request.state != "open":
        raise NotPossible("decided", "somebody has decided this already", request)
    state = "granted" if granted else "declined"
    done = Edit(request, msgspec.structs.replace(request, state=state, decided_by=by, decided=now))
    if not granted:
        return [done]
    site = _site(snapshot, request.place)
    if request.kind == "ownership":
        member = _member(snapshot, request.place, request.person)
        return [done, _next(member, role="owner")]
    if grant is None:
        raise NotPossible("invalid", "say what she may open")
    grant = msgspec.structs.replace(grant, person=request.person)
    edits = [done]
    if request.person not in site.members:
        member = Member(request.place, request.person, "member", request.name, request.flat)
        edits += add_member(snapshot, member, None, None)
    _check_grant(site, grant, new_people={request.person})
    return [*edits, Edit(None, grant)]


def let_in_once(grant: Grant, door: str, now: int) -> Grant:
    """What "let me in" gives: this door, once, for a quarter of an hour."""
    return msgspec.structs.replace(grant, doors=(door,), uses=1, starts=None, ends=now + LET_IN_MS)
