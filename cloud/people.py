"""Every change to who may open what: checked, committed, and then known everywhere. Decides no open.

Order of each change: on disk, then in memory, then unsent commands ended, then pushed; only then is it acknowledged.
"""

import logging
import secrets

from cloud import schema
from cloud.clock import Clock
from cloud.live import Live
from cloud.opening import Opening
from cloud.policy import Policy
from cloud.sessions import Session, Sessions
from cloud.store import Store
from cloud.units import Units

log = logging.getLogger("iomando.people")


class People:
    def __init__(
        self,
        store: Store,
        policy: Policy,
        sessions: Sessions,
        units: Units,
        opening: Opening,
        live: Live,
        clock: Clock,
    ) -> None:
        self._store, self._policy, self._sessions = store, policy, sessions
        self._units, self._opening, self._live, self._clock = (
            units,
            opening,
            live,
            clock,
        )

    def may_manage(self, session: Session, place: str) -> bool:
        return session.person in self._policy.snapshot.admins.get(place, frozenset())

    def grants(self, place: str) -> list[dict[str, object]]:
        snapshot = self._policy.snapshot
        every = [g for of in snapshot.grants.values() for g in of if snapshot.doors[g.door].place == place]
        return [
            {
                "id": g.id,
                "person": g.person,
                "door": g.door,
                "starts": g.starts,
                "ends": g.ends,
            }
            for g in every
        ]

    def place_of_grant(self, grant: str) -> str | None:
        snapshot = self._policy.snapshot
        found = next((g for of in snapshot.grants.values() for g in of if g.id == grant), None)
        return snapshot.doors[found.door].place if found else None

    async def remove_grant(self, grant: str, by: str) -> bool:
        """When this returns True no command leaves for it any more."""
        found = next(
            (g for of in self._policy.snapshot.grants.values() for g in of if g.id == grant),
            None,
        )
        person = await self._store.remove_grant(grant)
        if person is None or found is None:
            return False
        await self._policy.refresh(self._policy.snapshot.doors[found.door].place, person)
        self._opening.recheck()
        self._live.access_changed(person, [found.door])
        log.info("access removed", extra={"grant": grant, "by": by})
        return True

    async def revoke_unit(self, unit: str, by: str) -> bool:
        """When this returns True nothing goes to this unit and nothing of it is believed; its key is gone from the
        store."""
        revoked = await self._store.revoke_unit(unit, self._clock.now())
        self._units.revoke(unit)
        await self._policy.refresh()
        self._opening.recheck()
        self._live.doors(self._policy.doors_of_unit.get(unit, {}).values())
        log.info("unit revoked", extra={"unit": unit, "by": by})
        return revoked

    async def end_session(self, session: str) -> None:
        await self._sessions.end(session)
        self._opening.recheck()
        self._live.end(session)
        log.info("session ended", extra={"session": session})


async def add_grant(
    store: Store,
    person: str,
    door: str,
    starts: int | None = None,
    ends: int | None = None,
) -> str:
    grant = secrets.token_hex(6)
    await store.add(schema.grants, id=grant, person=person, door=door, starts=starts, ends=ends)
    return grant
