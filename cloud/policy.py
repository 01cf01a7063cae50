"""The snapshot in memory of who may open what, and who sees which door. A copy: refreshed after every commit that
changes it, place by place, so that a change costs as much as its place is big, not the service.

A door never changes its place; a person, once known, stays until everything is read again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

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

    async def refresh(self, place: str | None = None) -> None:
        """Read again what belongs to one place, or everything."""
        async with self._refreshing:  # one after the other: what was read last is what stays
            part = await self._store.snapshot(place)
            if place is None:
                self._forget_everything()
            else:
                self._forget(place)
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

    def _forget(self, place: str) -> None:
        old, doors = self.snapshot, self._doors_in.pop(place, [])
        viewers = {door.id: self._viewers.pop(door.id) for door in doors}
        for person in old.admins.get(place, frozenset()).union(*viewers.values()):
            self._places_of[person].discard(place)
        for door in doors:
            self.doors_of_unit[door.unit].pop(door.number, None)
        self.snapshot = access.Snapshot(
            _without(old.places, [place]),
            _without(old.doors, viewers),
            old.people,
            _without(old.grants, [(person, door) for door, people in viewers.items() for person in people]),
            _without(old.admins, [place]),
            old.revoked - {door.unit for door in doors},
        )

    def _add(self, part: access.Snapshot) -> None:
        old = self.snapshot
        self.snapshot = access.Snapshot(
            old.places | part.places,
            old.doors | part.doors,
            old.people | part.people,
            old.grants | part.grants,
            old.admins | part.admins,
            old.revoked | part.revoked,
        )
        granted: defaultdict[str, set[str]] = defaultdict(set)
        for person, door in part.grants:
            granted[door].add(person)
        for door in part.doors.values():
            self.doors_of_unit[door.unit][door.number] = door
            self._doors_in[door.place].append(door)
            self._viewers[door.id] = viewers = part.admins.get(door.place, frozenset()) | granted[door.id]
            for person in viewers:
                self._places_of[person].add(door.place)
        for place, admins in part.admins.items():
            for person in admins:
                self._places_of[person].add(place)


def _without(mapping: dict[Key, Value], keys: Iterable[Key]) -> dict[Key, Value]:
    rest = dict(mapping)
    for key in keys:
        rest.pop(key, None)
    return rest
