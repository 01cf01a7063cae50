"""What a change is to each person: how her doors look now, what is gone, and what the app should say about it.

Pure: two snapshots in, plain data out. Who is connected, and how it gets there, is `live`'s business.
"""

from collections.abc import Iterable

from cloud import access
from cloud.access import Door, Grant, Member, Site, Snapshot
from cloud.changes import Edit, Request
from cloud.messages import GrantView, News


def doors_of(
    person: str, place: str, before: Snapshot, after: Snapshot
) -> tuple[list[tuple[Door, Door | None]], list[str]]:
    """The doors of this place that she sees now, each as she saw it before (None: she did not), and the ids of those
    that she sees no longer."""
    new, old = _seen(person, place, after), _seen(person, place, before)
    return [(door, old.get(key)) for key, door in new.items()], [key for key in old if key not in new]


def _seen(person: str, place: str, snapshot: Snapshot) -> dict[str, Door]:
    site = snapshot.sites.get(place)
    doors = site.doors.values() if site else ()
    return {door.id: door for door in doors if access.may_see(person, door, snapshot)}


def grants_of(person: str, place: str, before: Snapshot, after: Snapshot) -> tuple[list[GrantView], list[str]]:
    """The accesses of hers that are new or look other than they did, and the ids of those that are gone."""
    new, old = _held(person, place, after), _held(person, place, before)
    shown = [grant_view(grant, after.sites[place]) for grant in new.values()]
    were = {key: grant_view(grant, before.sites[place]) for key, grant in old.items()}
    return [view for view in shown if were.get(view.id) != view], sorted(old.keys() - new.keys())


def grant_view(grant: Grant, site: Site) -> GrantView:
    group = site.groups.get(grant.group) if grant.group else None
    values = {name: getattr(grant, name) for name in Grant.__struct_fields__}
    return GrantView(**values, group_name=group.name if group else None)


def _held(person: str, place: str, snapshot: Snapshot) -> dict[str, Grant]:
    site = snapshot.sites.get(place)
    return {held.grant.id: held.grant for held in site.held_by(person)} if site else {}


def news(person: str, place: str, edits: Iterable[Edit], before: Snapshot, after: Snapshot) -> list[News]:
    """What she should be told, in the order it was done."""
    told = [*_of_access(person, place, before, after)]
    for edit in edits:
        match edit:
            case Edit(Member() as old, Member() as new) if new.person == person and new.place == place:
                if old.suspended != new.suspended:
                    told.append(News("suspended" if new.suspended else "resumed", place))
                if old.role != new.role:
                    told.append(News("role", place, role=new.role))
            case Edit(_, Request() as new) if new.person == person and new.place == place and new.state == "declined":
                told.append(News("declined", place, (new.door,) if new.door else ()))
            case _:
                pass
    return told


def _of_access(person: str, place: str, before: Snapshot, after: Snapshot) -> Iterable[News]:
    new, old = _held(person, place, after), _held(person, place, before)
    for key, grant in new.items():
        was = old.get(key)
        if was is None:
            yield News("given", place, grant.doors, key)
        elif grant.suspended != was.suspended:
            yield News("suspended" if grant.suspended else "resumed", place, grant.doors, key)
        elif grant.version != was.version and _rule(grant) != _rule(was):  # a use that was taken is no news
            yield News("changed", place, grant.doors, key)
    for key, grant in old.items():
        if key not in new:
            yield News("ended", place, grant.doors)


def _rule(grant: Grant) -> tuple[object, ...]:
    return grant.hours, grant.starts, grant.ends, grant.uses, grant.doors
