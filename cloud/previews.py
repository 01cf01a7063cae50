"""Which edits a change consists of that is only looked at: by the very verbs that would make it, so that what could not
be made cannot be looked at either.

Pure. What the edits would do stands in `what_if`; what is never looked at: a contact, a name, a phone that is lost.
"""

import msgspec

from cloud import grant_verbs, verbs
from cloud.access import Grant, Snapshot
from cloud.api_types import given
from cloud.changes import Edit, Request
from cloud.verbs import NotPossible
from cloud.what_if_types import GroupChange, PersonChange, Preview

MATTERS = frozenset({"zone", "country", "region"})  # of a place's fields: the others let nobody in or out


def edits_of(
    wanted: Preview,
    place: str,
    snapshot: Snapshot,
    by: str,
    new: Grant | None,
    *,
    has_holidays: bool,
    request: Request | None = None,
    now: int = 0,
) -> list[Edit]:
    """`new`: the access that `wanted.new` describes, or what is given to whom asks; `has_holidays`: whether the place
    would know public holidays; `request`: the one that `wanted.request` names."""
    asked = (wanted.grant, wanted.new, wanted.person, wanted.group, wanted.place, wanted.door, wanted.request)
    if sum(each is not None for each in asked) != 1:
        what = "a grant, a new one, a person, a group, the place, a door, or a request"
        raise NotPossible("invalid", f"ask about one thing: {what}")
    if wanted.request is not None:
        if request is None or request.place != place:
            raise NotPossible("unknown", "there is no such request for you to decide")
        return grant_verbs.grant_request(snapshot, request, new, by, now)
    if new is not None:
        return grant_verbs.new_grant(snapshot, new)
    if wanted.grant is not None:
        return _grant(wanted, place, snapshot)
    if wanted.person is not None:
        return _person(wanted, place, wanted.person, snapshot, by)
    if wanted.group is not None:
        return _group(wanted.group, place, snapshot)
    if wanted.place is not None:
        fields = {name: value for name, value in given(wanted.place).items() if name in MATTERS}
        return verbs.edit_place(snapshot, place, wanted.place.version, has_holidays, **fields)
    return _door(wanted.door or "", place, snapshot)


def _grant(wanted: Preview, place: str, snapshot: Snapshot) -> list[Edit]:
    grant, change = wanted.grant or "", wanted.change
    if change is None:
        return grant_verbs.remove_grant(snapshot, place, grant)
    return grant_verbs.edit_grant(snapshot, place, grant, change.version, **given(change))


def _person(wanted: Preview, place: str, person: str, snapshot: Snapshot, by: str) -> list[Edit]:
    change = wanted.becomes or PersonChange()
    if wanted.suspended is not None:
        change = msgspec.structs.replace(change, suspended=wanted.suspended)
    fields = given(change)
    if not fields:
        return verbs.remove_member(snapshot, place, person, by)
    if len(fields) != 1:
        raise NotPossible("invalid", "ask about one thing: suspended, may invite, or a role")
    if change.role is not msgspec.UNSET:
        return verbs.set_role(snapshot, place, person, change.role, by)
    member = verbs.member_of(snapshot, place, person)
    return verbs.edit_member(snapshot, place, person, member.version, by, **fields)


def _group(change: GroupChange, place: str, snapshot: Snapshot) -> list[Edit]:
    if change.joins is not None and change.leaves is not None:
        raise NotPossible("invalid", "ask about one thing: who joins, or who leaves")
    if change.joins is not None:
        return grant_verbs.join_group(snapshot, place, change.id, change.joins)
    if change.leaves is not None:
        return grant_verbs.leave_group(snapshot, place, change.id, change.leaves)
    return grant_verbs.remove_group(snapshot, place, change.id, None)


def _door(door: str, place: str, snapshot: Snapshot) -> list[Edit]:
    if snapshot.place_of.get(door) != place:
        raise NotPossible("unknown", "there is no such door at this place")
    return verbs.remove_door(snapshot, door, None)
