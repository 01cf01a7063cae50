"""Web push: who is told what on her lock screen, how often, and when it is tried again.

Nobody waits for a push: `guest_came`, `access_changed`, `left_open` and `alarm` put it in a line and return. Each push
service has a line of its own, so a slow one holds up only itself. Whether she may still be told is looked at right
before each post: her session, what she asked for, and her rights then.
"""

import asyncio
import hashlib
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

import msgspec

from cloud import access, notices, push_rules, push_texts
from cloud.access import Snapshot
from cloud.agenda import Agenda
from cloud.app_socket import Bucket
from cloud.chain import Entry
from cloud.changes import Edit, concerned
from cloud.clock import Clock
from cloud.hours import DAY_MS, wall
from cloud.policy import Policy
from cloud.push_line import Line
from cloud.push_post import Post
from cloud.push_rules import HOW, Kind, Service
from cloud.push_store import PushStore, Subscription

log = logging.getLogger("iomando.push")

HAPPENINGS = 1000  # that wait to be looked at, as many urgent ones beside them: each takes milliseconds
BREATH = 50  # people looked at in one go: a place with thousands must not hold up an open
WAITING = 1000  # messages for one service, as many urgent ones beside them
AT_ONCE = 4  # posts to one service
BUCKETS = 10_000  # phones and kinds whose rates are remembered; then all are forgotten together
ACCESS_NEWS = ("ended", "suspended", "given", "resumed", "changed")  # of several at once the first is told


class Told(Protocol):
    """What is needed of an alarm: `messages.AlarmView` has it."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def door(self) -> str | None: ...
    @property
    def since(self) -> int: ...


class Message(msgspec.Struct, frozen=True):
    """One thing for one phone. `what`: the text's name; `at`: the time it names; `tag`: what replaces each other."""

    kind: Kind
    what: str
    to: str
    person: str
    place: str
    tag: str
    url: str
    at: int
    made: int
    door: str | None = None
    again: bool = False
    tries: int = 0


Look = Callable[[], Awaitable[None]]


class Pushing:
    def __init__(
        self, store: PushStore, policy: Policy, clock: Clock, post: Post, services: Sequence[Service] = ()
    ) -> None:
        """`services`: beside those of the browsers' makers. `key`: what apps subscribe with."""
        self.services, self.subscriptions, self.key = (*push_rules.SERVICES, *services), store, post.key
        self._store, self._policy, self._clock, self._post = store, policy, clock, post
        self._happened: Line[Look] = Line(HAPPENINGS)
        self._lines: dict[Service, Line[Message]] = {}
        self._later: Agenda[tuple[Service, Message]] = Agenda(lambda due: self._try_again(*due))
        self._put_off: dict[tuple[str, str], Message] = {}  # for another try; a newer one takes its place
        self._buckets: defaultdict[tuple[str, Kind], Bucket] = defaultdict(lambda: Bucket(0, 0))
        self._tasks: set[asyncio.Task[None]] = set()
        self._started = False
        self._open = 0  # looked at, in a line or under way
        self._settled = asyncio.Event()
        self._settled.set()

    def start(self) -> None:
        self._started = True
        self._spawn(self._work())

    async def close(self) -> None:
        self._later.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._post.close()

    async def settled(self) -> None:
        """Until everything so far was posted, dropped or put off."""
        await self._settled.wait()

    # -- what has happened

    def guest_came(self, place: str, door: str, guest: str, operation: str, at: int) -> None:
        """A guest has opened a door: told to her host, once a day."""
        self._look(partial(self._guest_came, place, door, guest, operation, at))

    def access_changed(self, edits: Sequence[Edit], before: Snapshot, after: Snapshot, by: str | None) -> None:
        """A change that was committed; who made it knows."""
        self._look(partial(self._access_changed, list(edits), before, after, by))

    def left_open(self, place: str, door: str, since: int, *, first: bool = True) -> None:
        """To those who may open it now and asked to be told; who manages the place has the alarm."""
        self._look(partial(self._left_open, place, door, since, first), urgent=True)

    def alarm(self, place: str, alarm: Told, people: Iterable[str], first: bool) -> None:
        """To these people, as far as they manage the place then and asked for it. `first` False: told again."""
        self._look(partial(self._alarm, place, alarm, frozenset(people), first), urgent=True)

    def logged(self, entries: Sequence[Entry]) -> None:
        """A guest's press that has opened is a line of the log as any other."""
        for entry in entries:
            if entry.kind != "answer" or not (entry.who and entry.door and entry.operation):
                continue
            site = self._policy.snapshot.sites.get(entry.place)
            member = site.members.get(entry.who) if site else None
            is_guest = member is not None and member.role == "guest" and member.host is not None
            if is_guest and msgspec.json.decode(entry.detail).get("state") == "DONE":
                self.guest_came(entry.place, entry.door, entry.who, entry.operation, entry.at)

    def _look(self, look: Look, *, urgent: bool = False) -> None:
        if not self._started:
            return
        self._count(+1)
        if self._happened.put(object(), look, urgent=urgent) is not None:
            self._count(-1)
            log.warning("not pushed: too much is happening")

    async def _work(self) -> None:
        while True:
            look = await self._happened.get()
            try:
                await look()
            except Exception:
                log.exception("whom to push to could not be found")
            finally:
                self._count(-1)

    # -- who is told

    async def _guest_came(self, place: str, door: str, guest: str, operation: str, at: int) -> None:
        site = self._policy.snapshot.sites.get(place)
        member = site.members.get(guest) if site else None
        if site is None or member is None or member.host is None:
            return
        since = at - wall(site.calendar.zone, at) % DAY_MS  # an hour off on the two days of the year is no harm
        if not await self._store.opened_before(guest, place, since, operation):
            tag = f"guest {guest}"
            await self._tell([member.host], "guest_came", "guest_came", place, tag, f"/#door={door}", at, door=door)

    async def _access_changed(self, edits: Sequence[Edit], before: Snapshot, after: Snapshot, by: str | None) -> None:
        now = self._clock.now()
        for place, people in concerned(edits, before, after).items():
            theirs: defaultdict[str, list[Subscription]] = defaultdict(list)
            for one in await self._store.wanting(people - {by}, "access_changed", place, now):
                theirs[one.person].append(one)
            for number, (person, hers) in enumerate(theirs.items()):
                if number % BREATH == BREATH - 1:
                    await asyncio.sleep(0)
                old, new = (notices.held(person, place, snapshot) for snapshot in (before, after))
                kinds = {news.kind for news in notices.news(person, place, edits, old, new)}
                what = next((kind for kind in ACCESS_NEWS if kind in kinds), None)
                if what:
                    tag = f"access {place}"
                    await self._put(hers, Message("access_changed", what, "", person, place, tag, "/", now, now))

    async def _left_open(self, place: str, door: str, since: int, first: bool) -> None:
        people = self._policy.viewers(door)
        url, tag = f"/#door={door}", f"left_open {door}"
        await self._tell(people, "left_open", "left_open", place, tag, url, since, door=door, again=not first)

    async def _alarm(self, place: str, alarm: Told, people: frozenset[str], first: bool) -> None:
        what = f"alarm.{alarm.kind}"
        tag = f"left_open {alarm.door}" if alarm.kind == "left_open" else f"alarm {alarm.id}"
        await self._tell(people, "alarms", what, place, tag, "/#alarms", alarm.since, door=alarm.door, again=not first)

    async def _tell(
        self,
        people: Iterable[str],
        kind: Kind,
        what: str,
        place: str,
        tag: str,
        url: str,
        at: int,
        *,
        door: str | None = None,
        again: bool = False,
    ) -> None:
        now = self._clock.now()
        found = await self._store.wanting(people, kind, place, now)
        await self._put(found, Message(kind, what, "", "", place, tag, url, at, now, door, again))

    # -- out

    async def _put(self, to: Iterable[Subscription], message: Message) -> None:
        for number, one in enumerate(to):
            if number % BREATH == BREATH - 1:
                await asyncio.sleep(0)
            service = push_rules.service_of(one.endpoint, self.services)
            mine = msgspec.structs.replace(message, to=one.id, person=one.person)
            if service is None:
                log.warning("not pushed: its service is not allowed (any more)", extra={"person": one.person})
            elif not self._bucket(mine).take(self._clock.mono()):
                log.warning("not pushed: too many for one phone", extra={"person": one.person, "kind": mine.kind})
            elif self._may_know(mine, one):
                self._put_off.pop((mine.to, mine.tag), None)
                self._line_up(service, mine)

    def _try_again(self, service: Service, message: Message) -> None:
        key = (message.to, message.tag)
        if self._put_off.get(key) is message:
            del self._put_off[key]
            self._line_up(service, message)

    def _line_up(self, service: Service, message: Message) -> None:
        line = self._lines.get(service)
        if line is None:
            line = self._lines[service] = Line(WAITING)
            for _ in range(AT_ONCE):
                self._spawn(self._post_all(service, line))
        self._count(+1)
        left = line.put((message.to, message.tag), message, urgent=HOW[message.kind].urgency == "high")
        if left is not None:
            self._count(-1)
        if left is message:
            log.warning("not pushed: too many wait for a slow service", extra={"service": service.host})

    async def _post_all(self, service: Service, line: Line[Message]) -> None:
        while True:
            message = await line.get()
            try:
                await self._deliver(service, message)
            except Exception:
                log.exception("a push failed", extra={"service": service.host})
            finally:
                self._count(-1)

    async def _deliver(self, service: Service, message: Message) -> None:
        now, how = self._clock.now(), HOW[message.kind]
        left_s = how.ttl_s - (now - message.made) // 1000
        one = await self._store.still(message.to, message.place, now) if left_s > 0 else None
        if one is None or not self._may_know(message, one):
            return
        if push_rules.service_of(one.endpoint, (service,)) is None:
            return  # that phone has moved to another one meanwhile; the next push finds it
        text, topic = self._text(message, now), _tag(message)
        answer = await self._post.send(one, text, left_s, how.urgency, topic, now)
        said = {"service": service.host, "kind": message.kind, "status": answer.status, "why": answer.why}
        match push_rules.then(answer.status):
            case "sent":
                log.info("pushed", extra=said)
            case "gone":
                await self._store.gone(one)
                log.info("a browser takes no more pushes", extra={**said, "person": one.person})
            case "never":
                log.warning("a push was refused", extra=said)
            case "again":
                tried = msgspec.structs.replace(message, tries=message.tries + 1)
                wait = push_rules.wait_s(tried.tries, answer.wait_s)
                log.warning("a push did not arrive", extra={**said, "again_in_s": wait})
                if wait is not None:
                    self._put_off[message.to, message.tag] = tried
                    self._later.add(wait, (service, tried))

    def _may_know(self, message: Message, one: Subscription) -> bool:
        snapshot, place, person = self._policy.snapshot, message.place, one.person
        if message.kind not in one.wants or person not in snapshot.people:
            return False
        match message.kind:
            case "alarms":
                return snapshot.manages(person, place)
            case "left_open":
                if snapshot.manages(person, place) and "alarms" in one.wants:
                    return False
                return access.may_open(person, message.door or "", snapshot, self._clock.now()).allowed
            case "guest_came":
                site = snapshot.sites.get(place)
                return site is not None and person in site.members
            case "access_changed":
                return True

    def _text(self, message: Message, now: int) -> bytes:
        snapshot = self._policy.snapshot
        language, site = snapshot.people[message.person].language, snapshot.sites.get(message.place)
        time = push_texts.clock(language, site.calendar.zone, message.at, now) if site else ""
        title, body = push_texts.told(language, message.what, time, again=message.again)
        said = {"kind": message.kind, "title": title, "body": body, "url": message.url, "at": message.at}
        return msgspec.json.encode({**said, "tag": _tag(message)}).ljust(push_rules.PADDED_BYTES)

    def _bucket(self, message: Message) -> Bucket:
        if len(self._buckets) > BUCKETS:
            self._buckets.clear()
        how = HOW[message.kind]
        key: tuple[str, Kind] = message.to, message.kind
        if key not in self._buckets:
            self._buckets[key] = Bucket(how.burst, how.an_hour / 3600)
        return self._buckets[key]

    def _count(self, by: int) -> None:
        self._open += by
        if self._open:
            self._settled.clear()
        else:
            self._settled.set()

    def _spawn(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _tag(message: Message) -> str:
    """What replaces each other, as phone and push service are told: another one for each phone, so that nobody can tell
    by it who is told of the same."""
    return hashlib.sha256(f"{message.to} {message.tag}".encode()).hexdigest()[:32]
