"""The snapshot in memory of who may open what, and who sees which door. A copy: refreshed after every commit that
changes it."""

from functools import lru_cache

from cloud import access
from cloud.store import Store

_EMPTY = access.Snapshot({}, {}, {}, {}, {})


class Policy:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.snapshot = _EMPTY
        self._viewers = lru_cache(maxsize=None)(self._find_viewers)
        self.doors_of_unit: dict[str, dict[int, access.Door]] = {}

    async def refresh(self) -> None:
        self.snapshot = await self._store.snapshot()
        self._viewers.cache_clear()
        self.doors_of_unit = {}
        for door in self.snapshot.doors.values():
            self.doors_of_unit.setdefault(door.unit, {})[door.number] = door

    def version(self, place: str) -> int:
        return self.snapshot.places[place].policy

    def viewers(self, door: str) -> frozenset[str]:
        """Who sees this door: whoever has a grant for it, and the admins of its place."""
        return self._viewers(door)

    def sees(self, person: str) -> list[access.Door]:
        return [door for door in self.snapshot.doors.values() if access.may_see(person, door, self.snapshot)]

    def admin_places(self, person: str) -> list[str]:
        return [place for place, admins in self.snapshot.admins.items() if person in admins]

    def _find_viewers(self, door: str) -> frozenset[str]:
        found = self.snapshot.doors.get(door)
        if found is None:
            return frozenset()
        granted = frozenset(person for person, of in self.snapshot.grants if of == door)
        return granted | self.snapshot.admins.get(found.place, frozenset())
