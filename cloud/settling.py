"""What has become of an operation: onto the disk with its line of the log, then onto the screens; and the background
work that goes with it. Decides nothing: the step itself is made in `opening`.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from cloud.chain import Draft
from cloud.commit import NotWritten
from cloud.flights import Flight
from cloud.live import Live
from cloud.operations import HOLDING, Operation
from cloud.policy import Policy
from cloud.store import Store

log = logging.getLogger("iomando.opening")

SETTLE_AGAIN_S = 2  # a result that could not be written (disk full, file locked) is tried again at this pace
CLOSE_S = 5  # at the end results that cannot be written are left to the next start, which finds them unsettled


class Settling:
    def __init__(self, store: Store, policy: Policy, live: Live) -> None:
        self._store, self._policy, self._live = store, policy, live
        self.tasks: set[asyncio.Task[None]] = set()
        self.held: Callable[[Operation], None] = lambda _operation: None  # a hold, or the end of one

    async def close(self) -> None:
        if self.tasks:
            _, unwritten = await asyncio.wait(self.tasks, timeout=CLOSE_S)
            for task in unwritten:
                task.cancel()

    async def written(self) -> None:
        """Until what is on its way to the disk by now is there."""
        if self.tasks:
            await asyncio.wait(set(self.tasks))

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def keep(self, flight: Flight, entry: Draft, give_back: str | None = None) -> None:
        """`give_back`: a grant whose use comes back with it."""
        flight.settling = self.spawn(self._settle(flight.settling, flight.operation, entry, give_back))

    async def _settle(
        self, earlier: asyncio.Task[None] | None, operation: Operation, entry: Draft, give_back: str | None
    ) -> None:
        """On disk with its line of the log, then on the screens; one step after the other, also when there was no room
        for a while: each has its line, and what it gives back."""
        if earlier is not None and not earlier.done():
            await asyncio.wait((earlier,))
        while True:
            try:
                await self._store.settle(operation, entry, give_back)
                break
            except NotWritten:
                log.exception("not settled", extra={"op": operation.id})
                await asyncio.sleep(SETTLE_AGAIN_S)
        if give_back:  # by this commit, or by the one that took her access away
            await self.recount(operation.place, give_back)
        outcome = {"state": operation.state, "reason": operation.reason, "movement": operation.movement}
        log.info("settled", extra={"op": operation.id, **outcome})
        self._live.operation(operation)
        if operation.action in HOLDING:
            self.held(operation)

    async def recount(self, place: str, grant: str) -> None:
        """Bring the copy in memory, and who sees it, to what a commit has made of a limited access."""
        before, edits = await self._policy.recount(place, grant)
        if edits:
            self._live.changed(edits, before)
