"""What an admin can do about who may open what: groups, grants, guests, and those who ask. As `verbs`: edits, checked
against a snapshot, refused with words.

Pure: no clock, no chance, no disk; ids and times come in.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from cloud import access
from cloud.access import MANAGING, Grant, Group, GroupMember, Member, Person, Snapshot
from cloud.changes import Edit, Request
from cloud.verbs import (
    NotPossible,
    add_member,
    check_grant,
    everything_of,
    member_of,
    named,
    next_version,
    same,
    site_of,
)

LET_IN_MS = 15 * 60_000  # "let me in once": long enough to reach the door, too short for anything else
GRANTS = 20_000  # of a place
GROUPS = 500  # of a place
GUESTS = 20  # living links of one member


# -- groups


def new_group(snapshot: Snapshot, group: Group) -> list[Edit]:
    if len(site_of(snapshot, group.place).groups) >= GROUPS:
        raise NotPossible("full", f"a place has at most {GROUPS} groups")
    return [Edit(None, msgspec.structs.replace(group, name=named(group.name)))]


def edit_group(snapshot: Snapshot, place: str, group: str, version: int, name: str) -> list[Edit]:
    found = _group(snapshot, place, group)
    same(found, version)
    return [next_version(found, name=named(name))]


def remove_group(snapshot: Snapshot, place: str, group: str, version: int | None) -> list[Edit]:
    """With what it may open; the people stay."""
    site, found = site_of(snapshot, place), _group(snapshot, place, group)
    same(found, version)
    edits = [Edit(grant, None) for grant in site.grants.values() if grant.group == group]
    people = [person for person, groups in site.groups_of.items() if group in groups]
    edits += [Edit(GroupMember(group, person, place), None) for person in people]
    return [*edits, Edit(found, None)]


def join_group(snapshot: Snapshot, place: str, group: str, person: str) -> list[Edit]:
    _group(snapshot, place, group)
    if member_of(snapshot, place, person).role == "guest":
        raise NotPossible("role", "a guest has only what her link says")
    if group in site_of(snapshot, place).groups_of.get(person, ()):
        return []
    return [Edit(None, GroupMember(group, person, place))]


def leave_group(snapshot: Snapshot, place: str, group: str, person: str) -> list[Edit]:
    _group(snapshot, place, group)
    if group not in site_of(snapshot, place).groups_of.get(person, ()):
        return []
    return [Edit(GroupMember(group, person, place), None)]


def _group(snapshot: Snapshot, place: str, group: str) -> Group:
    found = site_of(snapshot, place).groups.get(group)
    if found is None:
        raise NotPossible("unknown", "there is no such group at this place")
    return found


# -- grants


def new_grant(snapshot: Snapshot, grant: Grant) -> list[Edit]:
    site = site_of(snapshot, grant.place)
    if len(site.grants) >= GRANTS:
        raise NotPossible("full", f"a place has at most {GRANTS} accesses")
    check_grant(site, grant)
    return [Edit(None, grant)]


def edit_grant(snapshot: Snapshot, place: str, grant: str, version: int, **changes: Any) -> list[Edit]:
    site = site_of(snapshot, place)
    found = site.grants.get(grant)
    if found is None:
        raise NotPossible("unknown", "there is no such access at this place")
    same(found, version)
    edit = next_version(found, **changes)
    assert isinstance(edit.after, Grant)
    check_grant(site, edit.after)
    return [edit]


def remove_grant(snapshot: Snapshot, place: str, grant: str, version: int | None = None) -> list[Edit]:
    found = site_of(snapshot, place).grants.get(grant)
    if found is None:
        raise NotPossible("unknown", "there is no such access at this place")
    same(found, version)
    return [Edit(found, None)]


# -- guests, and those who ask


def add_guest(snapshot: Snapshot, guest: Person, grant: Grant, by: str) -> list[Edit]:
    """`grant.within` is set when `by` is no admin: then the guest may enter only while she may herself."""
    site = site_of(snapshot, grant.place)
    host = site.members.get(by)
    if host is None or host.suspended or not (host.role in MANAGING or host.may_invite):
        raise NotPossible("role", "an admin of the place has to let you invite first")
    living = [m for m in site.members.values() if m.role == "guest" and m.host == by]
    if len(living) >= GUESTS and host.role not in MANAGING:
        raise NotPossible("full", f"at most {GUESTS} guests of one person at a time: end one first")
    within = None if host.role in MANAGING else by
    grant = msgspec.structs.replace(grant, person=guest.id, within=within)
    check_grant(site, grant, new_people={guest.id})
    if within and not set(grant.doors) <= {door.id for door in access.seen_by(by, site, site.doors.values())}:
        raise NotPossible("unknown", "there is no such door of yours")
    member = Member(grant.place, guest.id, "guest", named(guest.name), host=by)
    return [Edit(None, guest), Edit(None, member), Edit(None, grant)]


def end_guest(snapshot: Snapshot, place: str, person: str, by: str) -> list[Edit]:
    site, member = site_of(snapshot, place), member_of(snapshot, place, person)
    if member.role != "guest" or not (member.host == by or site.manages(by)):
        raise NotPossible("unknown", "there is no such guest of yours")
    return everything_of(site, member)


def may_decide(snapshot: Snapshot, request: Request, by: str, *, granted: bool) -> bool:
    """An offer is taken or declined by whom it was made to; an owner takes it back."""
    site = site_of(snapshot, request.place)
    if request.kind != "ownership":
        return site.manages(by)
    is_owner = site.manages(by) and site.members[by].role == "owner"
    return by == request.person or (is_owner and not granted)


def end_requests(waiting: Iterable[Request], edits: Iterable[Edit], by: str, now: int) -> list[Edit]:
    """What these edits leave nobody to answer for: whatever somebody asked who is gone, and every offer of a place that
    loses an owner, who may have made it."""
    members = [(edit.before, edit.after) for edit in edits if isinstance(edit.before, Member)]
    gone = {old.person for old, new in members if new is None}
    loses = any(
        old.role == "owner" and not (isinstance(new, Member) and new.role == "owner" and not new.suspended)
        for old, new in members
    )
    ended = [r for r in waiting if r.person in gone or (loses and r.kind == "ownership")]
    return [Edit(r, msgspec.structs.replace(r, state="declined", decided_by=by, decided=now)) for r in ended]


def decide_request(
    snapshot: Snapshot, request: Request, grant: Grant | None, by: str, now: int, *, granted: bool
) -> list[Edit]:
    """`grant`: what she gets when it is granted (its id and doors count)."""
    if not may_decide(snapshot, request, by, granted=granted):
        raise NotPossible("unknown", "there is no such request for you to decide")
    if request.state != "open":
        raise NotPossible("decided", "somebody has decided this already", request)
    state = "granted" if granted else "declined"
    done = Edit(request, msgspec.structs.replace(request, state=state, decided_by=by, decided=now))
    if not granted:
        return [done]
    site = site_of(snapshot, request.place)
    if request.kind == "ownership":
        member = member_of(snapshot, request.place, request.person)
        if member.suspended:
            raise NotPossible("role", "somebody suspended does not become an owner")
        return [done, next_version(member, role="owner")]
    if request.kind == "entry" and request.person not in site.members:
        raise NotPossible("decided", "she is no longer a person of this place", request)
    if grant is None:
        raise NotPossible("invalid", "say what she may open")
    grant = msgspec.structs.replace(grant, person=request.person)
    edits = [done]
    if request.person not in site.members:
        if request.kind != "access":
            raise NotPossible("unknown", "she is not of this place any more")
        her = Member(request.place, request.person, "member", request.name, request.flat, contact=request.contact)
        edits += add_member(snapshot, her, None, None)
    check_grant(site, grant, new_people={request.person})
    return [*edits, Edit(None, grant)]


def grant_request(snapshot: Snapshot, request: Request, grant: Grant | None, by: str, now: int) -> list[Edit]:
    """Who only asks to be let in is let in once, whatever else `grant` says."""
    if grant is not None and request.kind == "entry" and request.door:
        grant = let_in_once(grant, request.door, now)
    return decide_request(snapshot, request, grant, by, now, granted=True)


def let_in_once(grant: Grant, door: str, now: int) -> Grant:
    """What "let me in" gives: this door, once, for a quarter of an hour."""
    return msgspec.structs.replace(grant, doors=(door,), uses=1, starts=None, ends=now + LET_IN_MS)
