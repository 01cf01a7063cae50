"""The snapshot in memory of who may open what, and who sees which door. A copy: refreshed after every commit that
changes it, place by place, so that a change costs as much as its place is big, not the service.

A door never changes its place, and a person or a door, once known, is known until everything is read again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from cloud import access
from cloud.store import Store

Key = TypeVar("Key")
Value = TypeVar("Value")


class Policy:
    """`snapshot` is never changed, only replaced. `doors_of_unit`: unit → number → door."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._refreshing = asyncio.Lock()
        self._forget_everything()

    async def refresh(self, place: str | None = None, person: str | None = None) -> None:
        """Read again what one person may at one place, or all of the place, or everything."""
        async with self._refreshing:  # one after the other: what was read last is what stays
            part = await self._store.snapshot(place, person)
            if place and person and part.places[place].policy != self.version(place) + 1:
                # Somebody else's change is in it too: with this version in memory that one must be as well.
                part, person = await self._store.snapshot(place), None
            if place is None:
                self._forget_everything()
            elif person is None:
                self._forget_people(place, self._people_at(place))
                self._forget_doors(place)
            else:
                self._forget_people(place, frozenset({person}))
            self._add(part)

    def version(self, place: str) -> int:
        return self.snapshot.places[place].policy

    def viewers(self, door: str) -> frozenset[str]:
        """Who sees this door: whoever has a grant for it, and the admins of its place."""
        return self._viewers.get(door, frozenset())

    def sees(self, person: str) -> list[access.Door]:
        places = sorted(self._places_of.get(person, ()))
        doors = [door for place in places for door in self._doors_in.get(place, ())]
        return [door for door in doors if access.may_see(person, door, self.snapshot)]

    def admin_places(self, person: str) -> list[str]:
        admins = self.snapshot.admins
        return [place for place in sorted(self._places_of.get(person, ())) if person in admins.get(place, ())]

    def _forget_everything(self) -> None:
        self.snapshot = access.Snapshot({}, {}, {}, {}, {})
        self.doors_of_unit: defaultdict[str, dict[int, access.Door]] = defaultdict(dict)
        self._doors_in: defaultdict[str, list[access.Door]] = defaultdict(list)
        self._viewers: dict[str, frozenset[str]] = {}
        self._places_of: defaultdict[str, set[str]] = defaultdict(set)

    def _people_at(self, place: str) -> frozenset[str]:
        admins = self.snapshot.admins.get(place, frozenset())
        return admins.union(*(self._viewers.get(door.id, ()) for door in self._doors_in[place]))

    def _forget_people(self, place: str, people: frozenset[str]) -> None:
        """What they may at this place."""
        old, doors = self.snapshot, [door.id for door in self._doors_in[place]]
        for door in doors:
            self._viewers[door] = self._viewers.get(door, frozenset()) - people
        for person in people:
            self._places_of[person].discard(place)
        self.snapshot = msgspec.structs.replace(
            old,
            grants=_without(old.grants, [(person, door) for person in people for door in doors]),
            admins=old.admins | {place: old.admins.get(place, frozenset()) - people},
        )

    def _forget_doors(self, place: str) -> None:
        old, doors = self.snapshot, self._doors_in.pop(place, [])
        for door in doors:
            self.doors_of_unit[door.unit].pop(door.number, None)
        self.snapshot = msgspec.structs.replace(
            old,
            doors=_without(old.doors, [door.id for door in doors]),
            revoked=old.revoked - {door.unit for door in doors},
        )

    def _add(self, part: access.Snapshot) -> None:
        old = self.snapshot
        admins = {
            place: old.admins.get(place, frozenset()) | part.admins.get(place, frozenset()) for place in part.places
        }
        self.snapshot = access.Snapshot(
            old.places | part.places,
            old.doors | part.doors,
            old.people | part.people,
            old.grants | part.grants,
            old.admins | admins,
            old.revoked | part.revoked,
        )
        for door in part.doors.values():
            self.doors_of_unit[door.unit][door.number] = door
            self._doors_in[door.place].append(door)
        seeing: defaultdict[str, set[str]] = defaultdict(set)
        for person, door in part.grants:
            seeing[door].add(person)
            self._places_of[person].add(self.snapshot.doors[door].place)
        for place, managing in part.admins.items():
            for door in self._doors_in[place]:
                seeing[door.id] |= managing
            for person in managing:
                self._places_of[person].add(place)
        for door, people in seeing.items():
            self._viewers[door] = self._viewers.get(door, frozenset()) | people


def _without(mapping: dict[Key, Value], keys: Iterable[Key]) -> dict[Key, Value]:
    rest = dict(mapping)
    for key in keys:
        rest.pop(key, None)
    return rest
