"""Who watches what: pushes each change to exactly the apps that show it, and drops who cannot keep up.

Every message is encoded once and written to many. Changes are numbered within this process's stream; the last ones are
kept, so that an app that was away gets what it missed. Decides nothing about doors.
"""

import asyncio
import secrets
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Protocol

import msgspec

from cloud import access, messages
from cloud.agenda import Agenda
from cloud.chain import Entry
from cloud.changes import Edit, concerned
from cloud.clock import Clock
from cloud.lines import Lines
from cloud.log_store import LogStore
from cloud.messages import AlarmView, Change, DoorView, EditView, Heads, Log, May, News, PlaceView, Snapshot, encode
from cloud.operations import Operation
from cloud.pictures import EMPTY, Picture, Pictures, redrawn
from cloud.policy import Policy
from cloud.store import Store
from cloud.views import Views

TICK_S = 1  # the app says "not live" 1.5 s after a tick that should have come
TICK_PARTS = 20  # each app has its moment in the second: a thousand writes at once hold up an open for 10 ms
KEPT_CHANGES = 2000  # what an app that was away for a minute may have missed; beyond that it gets a snapshot
SLOW_BYTES = 128 * 1024  # unsent, at which an app is dropped: it comes back to a snapshot, and holds up nobody
SOCKETS = 20  # of one person: phones, tabs and some that are not known to be dead; each may hold SLOW_BYTES
HISTORY_MS = 24 * 3600 * 1000
HISTORY = 20  # operations in a snapshot: what became of the presses of the last day
TURN_S = 0.002  # a verdict that turns by itself is looked at this long after its moment, not just before it


class Watcher(Protocol):
    """One websocket. `place`: the only one its session is good for; `sent`: changes written so far; `write` never
    waits; `unsent` is how many bytes the other side has not taken yet."""

    person: str
    session: str
    place: str | None
    sent: int

    def write(self, message: bytes) -> None: ...
    def unsent(self) -> int: ...
    def drop(self, code: int, why: str) -> None: ...


class Kept(msgspec.Struct, frozen=True):
    """A change that was pushed, and whom it concerned. `place` None: wherever her session is good for."""

    n: int
    people: frozenset[str]
    place: str | None
    message: bytes


class Live:
    def __init__(self, policy: Policy, views: Views, store: Store, clock: Clock) -> None:
        self._policy, self._views, self._store, self._clock = policy, views, store, clock
        self._logs = LogStore(store.reads)
        self._watchers: dict[str, dict[Watcher, None]] = {}  # the oldest first
        self._kept: deque[Kept] = deque(maxlen=KEPT_CHANGES)
        self._n = 0
        self._past: dict[str, int] = {}  # person → a change that she can only be told as a new picture
        self._turns: dict[str, tuple[int, int]] = {}  # person → when something turns, and the moment she knows of
        self._agenda: Agenda[tuple[str, int]] = Agenda(self._turned)
        self._lines = Lines(self._tell_lines)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticking: asyncio.Task[None] | None = None
        self.watched: Callable[[Iterable[str]], None] = lambda _units: None  # somebody has come to look at these
        self.needs_pin: Callable[[str], bool] = lambda _person: False
        self.alarms: Callable[[Iterable[str]], list[AlarmView]] = lambda _places: []  # of the places that she manages
        self.stream = secrets.token_urlsafe(9)
        self.slow = 0

    def start(self) -> None:
        self._ticking = asyncio.create_task(self._tick(), name="tick")

    async def close(self) -> None:
        self._agenda.close()
        if self._ticking:
            self._ticking.cancel()
            with suppress(asyncio.CancelledError):
                await self._ticking
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for watcher in self._all():
            watcher.drop(1001, "the service stops")

    def __len__(self) -> int:
        return sum(len(of) for of in self._watchers.values())

    # -- who watches

    async def join(self, watcher: Watcher, stream: str | None, seen: int) -> None:
        """From here on the watcher gets every change; first what it missed, or a whole picture."""
        now = self._clock.now()
        self._turn_now(watcher.person, now, self._policy.snapshot)
        if watcher.person not in self._policy.snapshot.people:
            await self._policy.refresh()  # another process has made her
        missed = self._missed(watcher, seen) if stream == self.stream else None
        if missed is None:
            missed = await self._picture(watcher)
        for message in missed:
            watcher.sent += 1
            watcher.write(message)
        of = self._watchers.setdefault(watcher.person, {})
        of[watcher] = None
        self._expect(watcher.person, now)
        self.watched({door.unit for door in self._policy.sees(watcher.person, watcher.place)})
        if len(of) > SOCKETS:
            oldest = next(iter(of))
            self.leave(oldest)
            oldest.drop(4429, "too many windows of one person")

    async def _picture(self, watcher: Watcher) -> list[bytes]:
        """Write a whole picture; what was pushed while its history was read follows: some of it twice, none lost."""
        while True:
            before = self._n
            places = self._policy.admin_places(watcher.person, watcher.place)
            since = self._clock.now() - HISTORY_MS
            history = await self._store.recent([watcher.person], places, since, HISTORY)
            heads = await self._logs.heads(places)
            history = [o for o in history if watcher.place in (None, o.place)]
            watcher.write(encode(self._whole(watcher, history, before, {p: str(h) for p, h in heads.items()})))
            missed = self._missed(watcher, before)
            if missed is not None:
                return missed

    def leave(self, watcher: Watcher) -> None:
        of = self._watchers.get(watcher.person, {})
        of.pop(watcher, None)
        if not of:
            self._watchers.pop(watcher.person, None)

    def end(self, session: str) -> None:
        """Close the websockets of a session that has ended."""
        for watcher in self._all():
            if watcher.session == session:
                self.leave(watcher)
                watcher.drop(4401, "this session has ended")

    # -- what has changed

    def operation(self, operation: Operation) -> None:
        change = Change(self._next(), self._clock.now(), operations=[self._views.operation(operation)])
        people = self._policy.snapshot.managers(operation.place) | {operation.person}
        self._push(people, operation.place, encode(change))

    def doors(self, doors: Iterable[access.Door]) -> None:
        for door in doors:
            alike: dict[tuple[May, bool], set[str]] = {}
            viewers = self._policy.viewers(door.id)
            for person in viewers:
                what = self._views.may(person, door.id), self._views.knows(person, door.place)
                alike.setdefault(what, set()).add(person)
            for (may, named), people in alike.items():
                change = Change(self._next(), self._clock.now(), doors=[self._views.door(door, may, named=named)])
                # What is kept of a push refers to the one set of viewers, where all of them see the same.
                same = len(people) == len(viewers)
                self._push(viewers if same else frozenset(people), door.place, encode(change))

    def settings(self, doors: Iterable[access.Door]) -> None:
        """Their door box has taken, or refused, what is wanted of it: shown to those who manage the place."""
        for door in doors:
            self.edits(door.place, self._views.edits([Edit(door, door)], door.place))

    def edits(self, place: str, shown: list[EditView]) -> None:
        """To those who manage the place."""
        change = Change(self._next(), self._clock.now(), edits=shown)
        self._push(self._policy.snapshot.managers(place), place, encode(change))

    def changed(self, edits: Sequence[Edit], before: access.Snapshot) -> None:
        """An admin's change: to each whom it concerns what it is to her, to those who manage the place the edits."""
        after, now, told = self._policy.snapshot, self._clock.now(), set[str]()
        for place, people in concerned(edits, before, after).items():
            here = people & self._watchers.keys()
            self._past |= dict.fromkeys(people - here, self._next())
            self._tell_people(place, here, edits, before, now)
            told |= here
            shown = self._views.edits(edits, place)
            if shown:
                self.edits(place, shown)
        for person in told:  # when all have it: looking ahead takes as long again
            self._expect(person, now)
        for person in redrawn(edits):
            self.redraw(person)

    def logged(self, entries: Sequence[Entry]) -> None:
        """New lines of the log, to those who manage the place and are there; whoever was away asks for the page."""
        self._lines.add(entries)

    def _tell_lines(self, place: str, lines: Sequence[Entry]) -> None:
        managers = self._policy.snapshot.managers(place)
        self._tell_all(managers, place, lambda: Log(self._clock.now(), [self._views.line(line) for line in lines]))
        # whether somebody has signed in is shown beside her name
        people = {line.who for line in lines if line.kind in ("sign_in", "session_ended", "sign_out")}
        shown = [view for person in people if person and (view := self._views.member(place, person))]
        if shown:
            self.edits(place, shown)

    def rollouts(self) -> None:
        """Releases or a roll-out are not as they were: maintainers ask for what they show of it."""
        maintainers = self._policy.snapshot.staff.get("maintainer", ())
        self._tell_all(maintainers, None, lambda: messages.Rollouts(self._clock.now()))

    def tell(self, people: Iterable[str], place: str, news: News) -> None:
        """Something that these people should read, and that changes no picture."""
        self._next()
        self._push(frozenset(people), place, encode(Change(self._n, self._clock.now(), news=[news])))

    def redraw_all(self) -> None:
        """Something was changed that nobody told us the edits of."""
        for person in list(self._watchers):
            self.redraw(person)

    async def heads(self) -> None:
        """The heads of the logs, to the apps of those who manage the places: for them to keep."""
        watching = [w for w in self._all() if self._policy.admin_places(w.person, w.place)]
        places = {p for w in watching for p in self._policy.admin_places(w.person, w.place)}
        heads = await self._logs.heads(places)
        for watcher in watching:
            hers = self._policy.admin_places(watcher.person, watcher.place)
            self._write(watcher, encode(Heads(self._clock.now(), {p: str(heads[p]) for p in hers if p in heads})))

    def _tell_people(
        self, place: str, here: set[str], edits: Sequence[Edit], before: access.Snapshot, now: int
    ) -> None:
        after, by_picture = self._policy.snapshot, dict[tuple[Picture, bool], set[str]]()
        for person in here:
            self._turn_now(person, now, before)
        views = [self._views.place(s.sites[place].place) for s in (before, after) if place in s.sites]
        pictures = Pictures(place, edits, before, after, now, place_changed=views[0] != views[-1])
        for person in here:
            picture = pictures.of(person)
            if picture != EMPTY:
                named = not picture.doors or self._views.knows(person, place)
                by_picture.setdefault((picture, named), set()).add(person)
        doors: dict[tuple[str, May, bool], DoorView] = {}
        for (picture, named), whom in by_picture.items():
            for door, may in picture.doors:
                if (door, may, named) not in doors:
                    doors[door, may, named] = self._views.door(after.sites[place].doors[door], may, named=named)
            change = Change(
                self._next(),
                now,
                doors=[doors[*key, named] for key in picture.doors],
                gone=list(picture.gone),
                places=views[-1:] if picture.place else [],
                grants=list(picture.grants),
                gone_grants=list(picture.gone_grants),
                news=list(picture.news),
            )
            self._push(frozenset(whom), place, encode(change))

    def _place_view(self, place: str) -> list[PlaceView]:
        site = self._policy.snapshot.sites.get(place)
        return [self._views.place(site.place)] if site else []

    def redraw(self, person: str) -> None:
        """What she is has changed: a whole new picture for each of her windows."""
        self._past[person] = self._next()
        if person in self._watchers:
            self._expect(person, self._clock.now())
        for watcher in list(self._watchers.get(person, ())):
            task = asyncio.get_running_loop().create_task(self._draw(watcher))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _draw(self, watcher: Watcher) -> None:
        for message in await self._picture(watcher):  # it had these already, and the picture does not know of them
            watcher.sent += 1
            self._write(watcher, message)

    def _whole(self, watcher: Watcher, history: list[Operation], n: int, heads: dict[str, str]) -> Snapshot:
        person, scope = watcher.person, watcher.place
        who = self._policy.snapshot.people[person]
        doors = self._policy.sees(person, scope)
        places = {door.place for door in doors} | set(self._policy.admin_places(person, scope))
        return Snapshot(
            stream=self.stream,
            n=n,
            now=self._clock.now(),
            you=self._views.you(who, scope, pin=self.needs_pin(person)),
            places=sorted(
                (view for place in places for view in self._place_view(place)),
                key=lambda view: (view.name.casefold(), view.id),
            ),
            doors=[self._views.door_for(person, door) for door in doors],
            operations=[self._views.operation(o) for o in history],
            grants=self._views.grants_of(person, scope),
            heads=heads,
            alarms=self.alarms(self._policy.admin_places(person, scope)),
        )

    # -- what turns by itself

    def _expect(self, person: str, now: int) -> None:
        """Look again when one of the verdicts that she was told, as they were at `now`, turns without anybody's
        doing."""
        snapshot = self._policy.snapshot
        turning = (access.turns(person, door.id, snapshot, now) for door in self._policy.sees(person))
        at = min((moment for moment in turning if moment is not None), default=None)
        if at is None:
            self._turns.pop(person, None)
            return
        if self._turns.get(person, (None,))[0] != at:
            self._agenda.add((at - self._clock.now()) / 1000 + TURN_S, (person, at))
        self._turns[person] = at, now

    def _turned(self, what: tuple[str, int]) -> None:
        (person, at), now = what, self._clock.now()
        if self._turns.get(person, (None,))[0] != at:
            return
        if now < at:  # the loop's clock is a little ahead of ours
            self._agenda.add((at - now) / 1000 + TURN_S, what)
        else:
            self._turn_now(person, now, self._policy.snapshot)

    def _turn_now(self, person: str, now: int, snapshot: access.Snapshot) -> None:
        """Tell her which of her verdicts have turned by themselves; whoever is away gets a new picture."""
        at, since = self._turns.get(person, (now + 1, now))
        if at > now:
            return
        del self._turns[person]
        if person not in self._watchers:
            self._past[person] = self._next()
            return
        turned: defaultdict[str, list[access.Door]] = defaultdict(list)
        for door in self._policy.sees(person):
            were = access.may_open(person, door.id, snapshot, since)
            if were != access.may_open(person, door.id, snapshot, now):
                turned[door.place].append(door)
        for place, doors in turned.items():
            views = [self._views.door_for(person, door) for door in doors]
            self._push(frozenset({person}), place, encode(Change(self._next(), now, views)))
        self._expect(person, now)

    # -- to the sockets

    def _missed(self, watcher: Watcher, seen: int) -> list[bytes] | None:
        if seen > self._n or (self._kept and self._kept[0].n > seen + 1) or (not self._kept and seen != self._n):
            return None
        if self._past.get(watcher.person, 0) > seen:
            return None
        return [kept.message for kept in self._kept if kept.n > seen and _concerns(kept, watcher)]

    def _next(self) -> int:
        self._n += 1
        return self._n

    def _push(self, people: frozenset[str], place: str | None, message: bytes) -> None:
        kept = Kept(self._n, people, place, message)
        self._kept.append(kept)
        smaller, larger = (people, self._watchers) if len(people) < len(self._watchers) else (self._watchers, people)
        for person in [p for p in smaller if p in larger]:
            for watcher in list(self._watchers[person]):
                if _concerns(kept, watcher):
                    watcher.sent += 1
                    self._write(watcher, message)

    def _tell_all(self, people: Iterable[str], place: str | None, said: Callable[[], object]) -> None:
        there = [w for person in people for w in self._watchers.get(person, ()) if w.place in (None, place)]
        message = encode(said()) if there else b""
        for watcher in there:
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
            told, now = due, self._clock.now()
            for watcher in self._all():
                if hash(watcher) % TICK_PARTS in parts:
                    self._write(watcher, b'{"type":"tick","now":%d,"sent":%d}' % (now, watcher.sent))

    def _all(self) -> list[Watcher]:
        return [watcher for of in self._watchers.values() for watcher in of]


def _concerns(kept: Kept, watcher: Watcher) -> bool:
    return watcher.person in kept.people and (kept.place is None or watcher.place in (None, kept.place))
