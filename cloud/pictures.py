"""What a change looks like to each whom it concerns: her doors, her accesses and the news, only where they are others
than before. Made once for all to whom it looks the same.

Pure: two snapshots and a moment in, plain data out. Who is connected, and how it gets there, is `live`'s business.
"""

from collections.abc import Sequence

import msgspec

from cloud import access, notices
from cloud.access import Door, Grant, GroupMember, Member, Site, Snapshot
from cloud.changes import Edit, Request
from cloud.messages import GrantView, May, News

NOWHERE = ((), False, False, False)  # how somebody is who does not belong to the place


class Picture(msgspec.Struct, frozen=True):
    """What one place looks like to somebody after a change. `place`: what is shown of the place itself is new, too."""

    doors: tuple[tuple[str, May], ...] = ()
    gone: tuple[str, ...] = ()
    grants: tuple[GrantView, ...] = ()
    gone_grants: tuple[str, ...] = ()
    news: tuple[News, ...] = ()
    place: bool = False


EMPTY = Picture()


class Pictures:
    """`place_changed`: what is shown of the place is another than before."""

    def __init__(
        self, place: str, edits: Sequence[Edit], before: Snapshot, after: Snapshot, now: int, *, place_changed: bool
    ) -> None:
        self._place, self._edits, self._before, self._after, self._now = place, edits, before, after, now
        self._place_changed = place_changed
        self._old, self._new = before.sites.get(place), after.sites.get(place)
        self._rights = self._may_differ()
        self._singled = {edit.thing.person for edit in edits if isinstance(edit.thing, Member | Request)}
        self._same: dict[object, Picture] = {}

    def of(self, person: str) -> Picture:
        """People in the same groups, whose own accesses stay and are alike, see the same."""
        old, new = self._old, self._new
        was, own = (site.held.get(person, ()) if site else () for site in (old, new))
        if own is not was or person in self._singled:
            return self._look(person)
        key = (_kind(person, old), _kind(person, new), tuple(_alike(each.grant) for each in own))
        if key not in self._same:
            self._same[key] = self._look(person)
        return self._same[key]

    def _may_differ(self) -> bool:
        """Whether anybody's verdict on a door that was there before can be another one."""
        old, new = self._old, self._new
        if old is None or new is None or old.calendar != new.calendar or self._before.revoked != self._after.revoked:
            return True
        if any(isinstance(edit.thing, Member | GroupMember | Grant) for edit in self._edits):
            return True
        units = {door.id: door.unit for door in old.doors.values()}
        return any(units.get(door.id, door.unit) != door.unit for door in new.doors.values())

    def _look(self, person: str) -> Picture:
        seen, were = notices.doors_of(person, self._place, self._before, self._after)
        old, new = (notices.held(person, self._place, snapshot) for snapshot in (self._before, self._after))
        grants, gone_grants = notices.grants_of(old, new, self._old, self._new)
        doors = tuple((door.id, may) for door, was in seen if (may := self._new_may(person, door, was)) is not None)
        strange = bool(doors) and all(was is None for _, was in seen)
        return Picture(
            doors,
            tuple(were),
            tuple(grants),
            tuple(gone_grants),
            tuple(notices.news(person, self._place, self._edits, old, new)),
            strange or (self._place_changed and (bool(seen) or self._after.manages(person, self._place))),
        )

    def _new_may(self, person: str, door: Door, was: Door | None) -> May | None:
        """What she may with a door that looks other than before to her; None: it does not."""
        if was == door and not self._rights:
            return None
        may = _may(person, door, self._after, self._now)
        same = was == door and may == _may(person, door, self._before, self._now)
        return None if same else may


def _may(person: str, door: Door, snapshot: Snapshot, now: int) -> May:
    verdict = access.may_open(person, door.id, snapshot, now)
    return May(verdict.allowed, verdict.reason, verdict.next, verdict.until)


def _alike(grant: Grant) -> tuple[object, ...]:
    """All of an access that decides about her who has it."""
    g = grant
    return g.doors, g.hours, g.starts, g.ends, g.uses, g.suspended, g.within


def _kind(person: str, site: Site | None) -> object:
    """All that decides about somebody beside the accesses of her own."""
    member = site.members.get(person) if site else None
    if site is None or member is None:
        return NOWHERE
    return site.groups_of.get(person, ()), member.suspended, site.manages(person), True


def redrawn(edits: Sequence[Edit]) -> set[str]:
    """Who has become somebody else: by name, by what she manages, by whom she may invite, by what she may hold open."""
    found: set[str] = set()
    for edit in edits:
        thing = edit.thing
        if isinstance(thing, access.Person) and edit.before is not None and _self(edit.before) != _self(edit.after):
            found.add(thing.id)
        elif isinstance(thing, Member):
            renamed = edit.before is not None and edit.after is not None and edit.before.name != edit.after.name  # pyright: ignore[reportAttributeAccessIssue]
            if renamed or _powers(edit.before) != _powers(edit.after):
                found.add(thing.person)
    return found


def _self(person: object) -> tuple[object, ...]:
    return (person.name, person.language, person.guest) if isinstance(person, access.Person) else ()


def _powers(member: object) -> tuple[bool, bool, bool]:
    if not isinstance(member, Member) or member.suspended:
        return False, False, False
    return member.role in access.MANAGING, member.may_invite, member.may_hold
