"""The snapshot in memory of who may open what, and who sees which door. A copy: brought forward with every commit that
changes it; read again, place by place, when somebody else's commit is in between.

Decides nothing: what an edit makes of a snapshot stands in `changes`.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from cloud import access, calendars, changes
from cloud.change_store import ChangeStore
from cloud.changes import Edit, Thing
from cloud.hours import Calendar
from cloud.store import Store

log = logging.getLogger("iomando.policy")


def calendar_of(place: access.Place) -> Calendar:
    """A place's calendar as of this year. What cannot be had any more closes what depends on it, and is logged."""
    try:
        return calendars.calendar(place.zone, place.country, place.region, calendars.this_year())
    except calendars.UnknownRegion:
        log.exception("no holidays any more: hours that depend on them are closed", extra={"place": place.id})
        return Calendar(calendars.zone(place.zone))


class Policy:
    """`snapshot` is never changed, only replaced. `doors_of_unit`: unit → number → door."""

    def __init__(self, store: Store) -> None:
        self._changes = ChangeStore(store)
        self.changing = asyncio.Lock()  # what is read and what is committed come here one after the other
        self.snapshot = access.Snapshot()
        self.doors_of_unit: defaultdict[str, dict[int, access.Door]] = defaultdict(dict)
        self._viewers: dict[str, frozenset[str]] = {}

    async def refresh(self, place: str | None = None) -> None:
        """Read one place again, or everything."""
        async with self.changing:
            things = await self._changes.things(place)
            revoked, staff = await self._changes.revoked_and_staff()
            old = self.snapshot if place else access.Snapshot()
            gone = [Edit(thing, None) for thing in _all_of(old.sites[place])] if place in old.sites and place else []
            after = changes.applied(old, gone, calendar_of)
            after = changes.built(things, calendar_of, after)
            self._put(msgspec.structs.replace(after, revoked=revoked, staff=staff), [place] if place else None)

    async def refresh_people(self) -> None:
        """Who works for the service, and which units are revoked."""
        revoked, staff = await self._changes.revoked_and_staff()
        self.snapshot = msgspec.structs.replace(self.snapshot, revoked=revoked, staff=staff)

    def apply(self, edits: Iterable[Edit], policies: Mapping[str, int]) -> None:
        """What was just committed on top of what is here."""
        edits = list(edits)
        before = self.snapshot
        after = self._at(changes.applied(before, edits, calendar_of), policies)
        doors = any(isinstance(edit.thing, access.Door) for edit in edits)
        for place, people in changes.concerned(edits, before, after).items():
            if doors or place not in before.sites:
                continue
            for door in after.sites[place].doors.values():
                now = {person for person in people if access.may_see(person, door, after)}
                self._viewers[door.id] = (self._viewers.get(door.id, frozenset()) - people) | now
        if doors or before.sites.keys() != after.sites.keys():
            self._put(after, list(policies))
        else:
            self.snapshot = after

    async def recount(self, place: str, grant: str) -> tuple[access.Snapshot, list[Edit]]:
        """A use was taken or given back on disk: how many are left is read, not reckoned, for a refresh may have seen
        it already. No change of policy: everybody's decisions stay what they were. What was here before, and the
        edit."""
        async with self.changing:
            left = await self._changes.uses(grant)
            before = self.snapshot
            site = before.sites.get(place)
            old = site.grants.get(grant) if site else None
            if old is None or left is None or old.uses in (None, left):
                return before, []
            edits = [Edit(old, msgspec.structs.replace(old, uses=left))]
            self.snapshot = changes.applied(before, edits, calendar_of)
            return before, edits

    def preview(self, edits: Iterable[Edit]) -> access.Snapshot:
        """What the snapshot would be."""
        return changes.applied(self.snapshot, edits, calendar_of)

    def version(self, place: str) -> int:
        return self.snapshot.sites[place].place.policy

    def viewers(self, door: str) -> frozenset[str]:
        """Who sees this door: whoever has a grant for it, and those who manage its place."""
        return self._viewers.get(door, frozenset())

    def sees(self, person: str, scope: str | None = None) -> list[access.Door]:
        """In one place, or everywhere."""
        places = [place for place in self.places(person) if scope in (None, place)]
        doors = [door for place in places for door in self.snapshot.sites[place].doors.values()]
        return [door for door in doors if person in self.viewers(door.id)]

    def places(self, person: str) -> list[str]:
        return sorted(self.snapshot.places_of.get(person, ()))

    def admin_places(self, person: str, scope: str | None = None) -> list[str]:
        return [p for p in self.places(person) if self.snapshot.sites[p].manages(person) and scope in (None, p)]

    @staticmethod
    def _at(snapshot: access.Snapshot, policies: Mapping[str, int]) -> access.Snapshot:
        """The snapshot with the policy versions that are on disk now."""
        sites = dict(snapshot.sites)
        for place, policy in policies.items():
            site = sites[place]
            sites[place] = msgspec.structs.replace(site, place=msgspec.structs.replace(site.place, policy=policy))
        return msgspec.structs.replace(snapshot, sites=sites)

    def _put(self, snapshot: access.Snapshot, places: list[str] | None) -> None:
        self.snapshot = snapshot
        every = list(snapshot.sites) if places is None else places
        self._viewers = {door: seeing for door, seeing in self._viewers.items() if door in snapshot.place_of}
        for place in every:
            site = snapshot.sites.get(place)
            for door in site.doors.values() if site else ():
                seeing = (person for person in site.members if access.may_see(person, door, snapshot)) if site else ()
                self._viewers[door.id] = frozenset(seeing)
        self._name_doors(places)

    def _name_doors(self, places: list[str] | None) -> None:
        if places is None:
            self.doors_of_unit.clear()
        for doors in list(self.doors_of_unit.values()):
            for number, door in list(doors.items()):
                if places is None or door.place in places:
                    del doors[number]
        for place in self.snapshot.sites if places is None else places:
            site = self.snapshot.sites.get(place)
            for door in site.doors.values() if site else ():
                self.doors_of_unit[door.unit][door.number] = door


def _all_of(site: access.Site) -> list[Thing]:
    """Everything of a place but the place and its people, so that what is gone on disk goes here, too."""
    belonging = [
        access.GroupMember(group, person, site.place.id) for person, of in site.groups_of.items() for group in of
    ]
    return [*site.grants.values(), *belonging, *site.groups.values(), *site.members.values(), *site.doors.values()]
