"""The one way by which a change of an admin is made: planned on the snapshot, on disk with its line of the log, then in
memory, then unsent commands ended, then pushed.

Knows no verb: the plan comes in. Decides nothing.
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

import msgspec

from cloud import changes, rules
from cloud.access import Snapshot
from cloud.chain import Draft
from cloud.change_store import ChangeStore, Stale, chains_of, described
from cloud.changes import Edit
from cloud.clock import Clock
from cloud.live import Live
from cloud.opening import Opening
from cloud.operations import Operation
from cloud.policy import Policy, calendar_of
from cloud.sessions import Session
from cloud.store import Store
from cloud.verbs import NotPossible

log = logging.getLogger("iomando.people")

NAMED = 10  # things of one change that are named in the service's own log; the place's log has them all
TRIES = 5  # another process that changes the same place more often than this is not a race any more
_RUNNING: set[asyncio.Task[Any]] = set()
Done = TypeVar("Done")
Plan = Callable[[Snapshot], "list[Edit] | Awaitable[list[Edit]]"]
Told = Callable[[Sequence[Edit], Snapshot, Snapshot, str | None], None]  # edits, before, after, by whom


class Actor(msgspec.Struct, frozen=True):
    """Who changes something: a person in a session, or the command line. `way`: app, command line. `still` raises
    NotPossible when she may no longer."""

    person: str | None
    session: str | None = None
    way: str = "app"
    still: Callable[[Snapshot], None] = lambda _: None

    @classmethod
    def of(cls, session: Session, still: Callable[[Snapshot], None] = lambda _: None) -> "Actor":
        return cls(session.person, session.id, still=still)


COMMAND_LINE = Actor(None, None, "command line")


class ChangeDesk:
    """One change after the other, each the same way. `apply(actor, what, plan)`: `plan` makes the edits from the
    snapshot, again when somebody else was faster."""

    def __init__(self, store: Store, policy: Policy, opening: Opening, live: Live, clock: Clock) -> None:
        self.store = ChangeStore(store)
        self._policy, self._opening, self._live, self._clock = policy, opening, live, clock
        self._one_by_one = asyncio.Lock()
        self.told: Told = lambda _edits, _before, _after, _by: None

    async def apply(self, actor: Actor, what: str, plan: Plan, **more: Any) -> list[Edit]:
        """Raises NotPossible, and then nothing is changed. `more` goes into the log beside the edits."""
        return await to_its_end(self._apply(actor, what, plan, more))

    async def _apply(self, actor: Actor, what: str, plan: Plan, more: dict[str, Any]) -> list[Edit]:
        async with self._one_by_one:
            for _ in range(TRIES):
                before = self._policy.snapshot
                actor.still(before)  # whoever was removed while she waited for her turn changes nothing
                made = plan(before)
                edits = await made if inspect.isawaitable(made) else made
                if not edits:
                    return []
                if await self._commit(actor, what, edits, before, more):
                    return edits
        raise NotPossible("conflict", "somebody else is changing this at the same time: try again")

    async def _commit(self, actor: Actor, what: str, edits: list[Edit], before: Snapshot, more: dict[str, Any]) -> bool:
        """`before`: what the edits were planned on. Whether that is still so on disk counts, not what is here now."""
        after, now = changes.applied(before, edits, calendar_of), self._clock.now()
        places = changes.places_of(edits, before) or changes.places_of(edits, after)
        seen = {place: before.sites[place].place.policy if place in before.sites else 0 for place in places}
        drafts = [_draft(place, actor, what, edits, now, more) for place in chains_of(edits, places)]

        def refuses(operation: Operation) -> str | None:
            return rules.allows(operation, after, now, self._opening.holder(operation.door)).reason

        async with self._policy.changing:
            try:
                committed = await self.store.commit(edits, seen, refuses, drafts, now)
            except Stale:
                committed = None
            else:
                before = self._policy.snapshot
                self._policy.apply(edits, committed.policies)
        if committed is None:
            for place in places or [None]:
                await self._policy.refresh(place)
            return False
        self._opening.recheck()
        self._live.changed(edits, before)
        self.told(edits, before, self._policy.snapshot, actor.person)
        self.store.tell(committed.entries)
        things = [f"{edit.kind} {changes.key(edit.thing)}" for edit in edits[:NAMED]]
        log.info("changed", extra={"what_changed": what, "things": things, "places": places, "by": actor.person})
        return True


async def to_its_end(work: Coroutine[Any, Any, Done]) -> Done:
    """Also when whoever asked for it has gone: what is on disk by then must be known here, too."""
    task = asyncio.get_running_loop().create_task(work)
    _RUNNING.add(task)
    task.add_done_callback(_RUNNING.discard)
    return await asyncio.shield(task)


def _draft(place: str, actor: Actor, what: str, edits: Sequence[Edit], now: int, more: dict[str, Any]) -> Draft:
    detail = {"what": what, "edits": described(edits, place), **more}
    return Draft(place, now, "change", actor.person, actor.session, actor.way, detail=detail)
