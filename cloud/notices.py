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
    return {door.id: door for door in access.seen_by(person, site, site.doors.values())} if site else {}


def held(person: str, place: str, snapshot: Snapshot) -> dict[str, Grant]:
    """Her accesses at this place, by id."""
    site = snapshot.sites.get(place)
    return {held.grant.id: held.grant for held in site.held_by(person)} if site else {}


def grants_of(
    old: dict[str, Grant], new: dict[str, Grant], before: Site | None, after: Site | None
) -> tuple[list[GrantView], list[str]]:
    """Of the accesses that somebody had and has, those that are new or look other than they did, and the ids of those
    that are gone."""
    shown: list[GrantView] = []
    for key, grant in new.items():
        same = old.get(key) == grant and _group(grant, before) == _group(grant, after)
        if after is not None and not same:
            shown.append(grant_view(grant, after))
    return shown, sorted(old.keys() - new.keys())


def _group(grant: Grant, site: Site | None) -> str | None:
    group = site.groups.get(grant.group) if site and grant.group else None
    return group.name if group else None


def grant_view(grant: Grant, site: Site) -> GrantView:
    values = {name: getattr(grant, name) for name in Grant.__struct_fields__}
    return GrantView(**values, group_name=_group(grant, site))


def news(person: str, place: str, edits: Iterable[Edit], old: dict[str, Grant], new: dict[str, Grant]) -> list[News]:
    """What she should be told, whose accesses were `old` and are `new`."""
    told = [*_of_access(place, old, new)]
    for edit in edits:
        match edit:
            case Edit(Member() as was, Member() as now) if now.person == person and now.place == place:
                if was.suspended != now.suspended:
                    told.append(News("suspended" if now.suspended else "resumed", place))
                if was.role != now.role:
                    told.append(News("role", place, role=now.role))
            case Edit(_, Request() as now) if now.person == person and now.place == place and now.state == "declined":
                told.append(News("declined", place, (now.door,) if now.door else ()))
            case _:
                pass
    return told


def _of_access(place: str, old: dict[str, Grant], new: dict[str, Grant]) -> Iterable[News]:
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
