"""Who watches what: pushes each change to exactly the apps that show it, and drops who cannot keep up.

Every message is encoded once and written to many. Changes are numbered within this process's stream; the last ones are
kept, so that an app that was away gets what it missed. Decides nothing about doors.
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from cloud import access
from cloud.clock import Clock
from cloud.messages import Change, DoorView, Snapshot, Tick, encode
from cloud.operations import Operation
from cloud.policy import Policy
from cloud.store import Store
from cloud.views import Views

log = logging.getLogger("iomando.live")

TICK_S = 1  # the app says "not live" 1.5 s after a tick that should have come
TICK_PARTS = 20  # each app has its moment in the second: a thousand writes at once hold up an open for 10 ms
KEPT_CHANGES = 2000  # what an app that was away for a minute may have missed; beyond that it gets a snapshot
SLOW_BYTES = (
    128 * 1024
)  # unsent bytes at which an app is dropped: it comes back to a snapshot, and holds up nobody meanwhile
SOCKETS = 20  # of one person: phones, tabs and some that are not known to be dead; each may hold SLOW_BYTES
HISTORY_MS = 24 * 3600 * 1000
HISTORY = 20  # operations in a snapshot: what became of the presses of the last day


class Watcher(Protocol):
    """One websocket. `write` never waits; `unsent` is how many bytes the other side has not taken yet."""

    person: str
    session: str

    def write(self, message: bytes) -> None: ...
    def unsent(self) -> int: ...
    def drop(self, code: int, why: str) -> None: ...


class Live:
    def __init__(self, policy: Policy, views: Views, store: Store, clock: Clock) -> None:
        self._policy, self._views, self._store, self._clock = (
            policy,
            views,
            store,
            clock,
        )
        self._watchers: dict[str, dict[Watcher, None]] = {}  # the oldest first
        self._kept: deque[tuple[int, frozenset[str], bytes]] = deque(maxlen=KEPT_CHANGES)
        self._n = 0
        self._ticking: asyncio.Task[None] | None = None
        self.stream = secrets.token_urlsafe(9)
        self.slow = 0

    def start(self) -> None:
        self._ticking = asyncio.create_task(self._tick(), name="tick")

    async def close(self) -> None:
        if self._ticking:
            self._ticking.cancel()
            with suppress(asyncio.CancelledError):
                await self._ticking
        for watcher in self._all():
            watcher.drop(1001, "the service stops")

    def __len__(self) -> int:
        return sum(len(of) for of in self._watchers.values())

    async def join(self, watcher: Watcher, stream: str | None, seen: int) -> None:
        """From here on the watcher gets every change; first what it missed, or a whole picture."""
        missed = self._missed(watcher.person, seen) if stream == self.stream else None
        while missed is None:
            # What is pushed while the history is read follows the picture: some of it twice, none of it lost.
            before = self._n
            places = self._policy.admin_places(watcher.person)
            since = self._clock.now() - HISTORY_MS
            history = await self._store.recent([watcher.person], places, since, HISTORY)
            watcher.write(encode(self._picture(watcher.person, history, before)))
            missed = self._missed(watcher.person, before)
        for message in missed:
            watcher.write(message)
        of = self._watchers.setdefault(watcher.person, {})
        of[watcher] = None
        if len(of) > SOCKETS:
            oldest = next(iter(of))
            self.leave(oldest)
            oldest.drop(4429, "too many windows of one person")

    def leave(self, watcher: Watcher) -> None:
        of = self._watchers.get(watcher.person, {})
        of.pop(watcher, None)
        if not of:
            self._watchers.pop(watcher.person, None)

    def end(self, session: str) -> None:
        """Close the websockets of a session that has ended."""
        for watcher in self._all():
            if watcher.session == session:
                watcher.drop(4401, "this session has ended")

    def operation(self, operation: Operation) -> None:
        admins = self._policy.snapshot.admins.get(operation.place, frozenset())
        change = Change(
            self._next(),
            self._clock.now(),
            operations=[self._views.operation(operation)],
        )
        self._push(admins | {operation.person}, encode(change))

    def doors(self, doors: Iterable[access.Door]) -> None:
        for door in doors:
            by_verdict: dict[access.Verdict, set[str]] = {}
            viewers = self._policy.viewers(door.id)
            for person in viewers:
                by_verdict.setdefault(self._views.verdict(person, door.id), set()).add(person)
            for verdict, people in by_verdict.items():
                change = Change(
                    self._next(),
                    self._clock.now(),
                    doors=[self._views.door(door, verdict)],
                )
                # What is kept of a push refers to the one set of viewers, where all of them see the same.
                self._push(viewers if len(people) == len(viewers) else frozenset(people), encode(change))

    def access_changed(self, person: str, doors: Iterable[str]) -> None:
        """Tell one person how these doors look to her now, or that they are gone."""
        shown: list[DoorView] = []
        gone: list[str] = []
        for door in doors:
            found = self._policy.snapshot.doors.get(door)
            if found and access.may_see(person, found, self._policy.snapshot):
                shown.append(self._views.door(found, self._views.verdict(person, door)))
            else:
                gone.append(door)
        places = [self._views.place(self._policy.snapshot.places[p]) for p in sorted({door.place for door in shown})]
        change = Change(self._next(), self._clock.now(), doors=shown, gone=gone, places=places)
        self._push(frozenset({person}), encode(change))

    def _picture(self, person: str, history: list[Operation], n: int) -> Snapshot:
        who = self._policy.snapshot.people[person]
        doors = self._policy.sees(person)
        places = {door.place for door in doors} | set(self._policy.admin_places(person))
        return Snapshot(
            stream=self.stream,
            n=n,
            now=self._clock.now(),
            you=self._views.you(who),
            places=[self._views.place(self._policy.snapshot.places[p]) for p in sorted(places)],
            doors=[self._views.door(door, self._views.verdict(person, door.id)) for door in doors],
            operations=[self._views.operation(o) for o in history],
        )

    def _missed(self, person: str, seen: int) -> list[bytes] | None:
        if seen > self._n or (self._kept and self._kept[0][0] > seen + 1) or (not self._kept and seen != self._n):
            return None
        return [message for n, people, message in self._kept if n > seen and person in people]

    def _next(self) -> int:
        self._n += 1
        return self._n

    def _push(self, people: frozenset[str], message: bytes) -> None:
        self._kept.append((self._n, people, message))
        smaller, larger = (people, self._watchers) if len(people) < len(self._watchers) else (self._watchers, people)
        for person in [p for p in smaller if p in larger]:
            for watcher in list(self._watchers[person]):
                self._write(watcher, message)

    def _write(self, watcher: Watcher, message: bytes) -> None:
        if watcher.unsent() > SLOW_BYTES:
            self.slow += 1
            self.leave(watcher)
            watcher.drop(4408, "too slow")
        else:
            watcher.write(message)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        began, told = loop.time(), 0
        while True:
            await asyncio.sleep(TICK_S / TICK_PARTS)
            due = int((loop.time() - began) / TICK_S * TICK_PARTS)
            parts = {number % TICK_PARTS for number in range(max(told, due - TICK_PARTS), due)}
            told, message = due, encode(Tick(self._clock.now()))
            for watcher in self._all():
                if hash(watcher) % TICK_PARTS in parts:
                    self._write(watcher, message)

    def _all(self) -> list[Watcher]:
        return [watcher for of in self._watchers.values() for watcher in of]
