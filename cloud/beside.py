"""Beside a running service: the command line reads and changes the same database, and has the service read it again.

The same plans, the same commit and the same log as in the service; only nobody is watching here.
"""

import logging
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec

from cloud import access, changes, database, rules
from cloud.chain import Draft
from cloud.change_store import ChangeStore, Stale, chains_of, described
from cloud.changes import Edit
from cloud.clock import Clock
from cloud.health import REFRESH_HEADER
from cloud.home import Home
from cloud.operations import Operation
from cloud.policy import Policy
from cloud.sessions import Sessions
from cloud.settings import Settings
from cloud.store import Store

log = logging.getLogger("iomando.beside")

TRIES = 5
REFRESH_S = 5  # the service reads everything again: a second for ten thousand people
WAY = "command line"


class NotThere(Exception):
    """There is no database that this program could change; the message says what to do."""


class Beside(msgspec.Struct, frozen=True):
    settings: Settings
    store: Store
    policy: Policy
    changes: ChangeStore
    sessions: Sessions
    clock: Clock

    async def change(self, what: str, plan: Callable[[access.Snapshot], Awaitable[list[Edit]]]) -> list[Edit]:
        """Raises NotPossible, and then nothing is changed."""
        for _ in range(TRIES):
            await self.policy.refresh()
            before, now = self.policy.snapshot, self.clock.now()
            edits = await plan(before)
            if not edits:
                return []
            after = self.policy.preview(edits)
            places = changes.places_of(edits, after)
            seen = {place: self.policy.version(place) if place in before.sites else 0 for place in places}
            drafts = [
                Draft(place, now, "change", way=WAY, detail={"what": what, "edits": described(edits, place)})
                for place in chains_of(edits, places)
            ]

            def refuses(operation: Operation, after: access.Snapshot = after, now: int = now) -> str | None:
                """Whose hold a release would end only the service knows: that one it judges itself, on its way."""
                holder = operation.person if operation.action == "release" else None
                return rules.allows(operation, after, now, holder).reason

            try:
                await self.changes.commit(edits, seen, refuses, drafts, now)
            except Stale:
                continue
            await self.policy.refresh()
            return edits
        raise Stale

    async def appoint(self, person: str, role: str) -> bool:
        """Somebody works for the service. False: she did already."""
        now = self.clock.now()
        detail = {"what": "staff_added", "person": person, "role": role}
        return await self.changes.appoint(person, role, Draft("", now, "change", way=WAY, detail=detail), now)

    def tell_service(self) -> bool:
        """Have a running service read again; False: none is running here."""
        address = f"http://127.0.0.1:{self.settings.admin_port}/refresh"
        request = urllib.request.Request(address, method="POST", headers={REFRESH_HEADER: "1"})
        try:
            with urllib.request.urlopen(request, timeout=REFRESH_S):  # noqa: S310 - our own loopback port
                return True
        except (urllib.error.URLError, OSError):
            return False


@asynccontextmanager
async def beside(settings: Settings) -> AsyncIterator[Beside]:
    """Raises NotThere."""
    home = Home(settings.home)
    if not home.database.exists():
        raise NotThere(f"there is no service in {home.path} yet: start `iomando serve` once, or set IOMANDO_HOME")
    if not database.is_current(home.database):
        raise NotThere("the database is of another version: start this version's `iomando serve` once, then try again")
    clock = Clock()
    store = Store(home.database, now=clock.now)
    try:
        policy = Policy(store)
        await policy.refresh()
        yield Beside(settings, store, policy, ChangeStore(store), Sessions(store, clock), clock)
    finally:
        await store.close()
