"""Where what is wrong becomes an alarm: on disk with its line of the log, then on the screens of those who manage the
place, then told to them. Deadlines are on disk, too, and go on after a restart.

What is an alarm, and when it is told, stands in `alarms`; what is seen in `alarm_watch`.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import msgspec

from cloud import alarms
from cloud.agenda import Agenda
from cloud.alarm_lines import BY_ITSELF, By, entry_of
from cloud.alarm_signs import IN_A_ROW
from cloud.alarm_store import AlarmStore
from cloud.alarm_watch import Watch
from cloud.alarms import Alarm, Book, Habits, Key, Plan, Trouble
from cloud.chain import Entry
from cloud.change_desk import Actor, to_its_end
from cloud.clock import Clock
from cloud.commit import NotWritten
from cloud.hours import DAY_MS
from cloud.live import Live
from cloud.messages import AlarmView, EditView
from cloud.policy import Policy
from cloud.unit_link import News, UnitLink
from cloud.unit_store import UnitStore
from cloud.units import Units
from cloud.verbs import NotPossible
from cloud.views import Views

log = logging.getLogger("iomando.alarms")

ID_BYTES = 12
AGAIN_S = 5  # after something could not be read or written
AT_ONCE = 200  # units looked at in one go: a fleet that comes back must not hold up an open
FAILED = ("did_not_move", "did_not_finish")
NO_FAULT = ("busy", "updating", "away", "broker")  # of a self-test: it could not be made, or is told otherwise
OTHERWISE = ("moved_otherwise", "opened_unrecorded")

# (place, alarm, those who manage it, whether for the first time)
Tell = Callable[[str, AlarmView, frozenset[str], bool], None]


class AlarmDesk:
    """Hears `seen`, `told`, `noted`, `logged`; whatever one of them missed, the next look finds. `tell`: called once
    for each telling, on disk by then, never waiting; `tell_members(place, door, since, first)`: a door is left open,
    for those who may open it."""

    def __init__(
        self,
        store: AlarmStore,
        boxes: UnitStore,
        policy: Policy,
        units: Units,
        views: Views,
        live: Live,
        clock: Clock,
    ) -> None:
        self._store, self._policy, self._units = store, policy, units
        self._views, self._live, self._clock = views, live, clock
        self._book = Book()
        self._watch = Watch(boxes, policy, units, clock, self._book)
        self._dirty: dict[str, None] = {}  # units to look at
        self._stale: set[str] = set()  # units of which something new is on disk
        self._moves: set[str] = set()  # doors whose movement has ended
        self._happened: list[Trouble] = []  # what was over as soon as it was
        self._faults: dict[str, int] = {}
        self._agenda: Agenda[Key | None] = Agenda(self._turns)
        self._due: set[Key] = set()
        self._later: list[Callable[[], object]] = []  # what could not be written, to be looked at again
        self._wake, self._rest = asyncio.Event(), asyncio.Event()
        self._one_by_one = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._hears: dict[str, Callable[[Entry, dict[str, Any]], None]] = {
            **dict.fromkeys(OTHERWISE, self._moved_otherwise),
            "box_input": self._input,
            "movement": self._movement,
            "self_test": self._tested,
            "change": self._changed,
        }
        self.tell: list[Tell] = []
        self.tell_members: Callable[[str, str, int, bool], None] = lambda _place, _door, _since, _first: None

    async def start(self) -> None:
        """Before the first unit is heard."""
        for key, at in (await self._store.told(self._clock.now() - DAY_MS)).items():
            self._book.told(key, at)
        for alarm in await self._store.live():
            self._book.put(None, alarm)
        self._watch.begin()
        self._task = asyncio.create_task(self._work(), name="alarms")
        for alarm in self._book:
            self._expect(alarm)
        self.look_again()

    async def close(self) -> None:
        self._agenda.close()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def settled(self) -> None:
        """Until all that was heard so far is on disk, or waits for its next try."""
        await self._rest.wait()

    # -- what it hears

    def seen(self, unit: str, _doors: list[int] | None = None) -> None:
        """Something of it has changed: its doors, its link, whether it can be heard at all."""
        self._dirty[unit] = None
        self._run()

    def told(self, link: UnitLink, _news: News) -> None:
        if self._faults.get(link.id, 0) != link.faults:
            self._faults[link.id] = link.faults
            self.seen(link.id)

    def noted(self, unit: str) -> None:
        """What it told of network and data is on disk."""
        self._stale.add(unit)
        self.seen(unit)

    def logged(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.kind in self._hears and entry.place in self._policy.snapshot.sites:
                self._hears[entry.kind](entry, msgspec.json.decode(entry.detail))

    def look_again(self) -> None:
        """At everything: somebody else has changed what is on disk, or a process begins."""
        for unit in [unit.id for unit in self._units]:
            self._dirty[unit] = None
        self._run()

    def _moved_otherwise(self, entry: Entry, detail: dict[str, Any]) -> None:
        recent = entry.at > self._clock.now() - alarms.LATCHED_MS
        if entry.door and recent and (entry.kind != "moved_otherwise" or detail.get("state") == "opened"):
            how = {"unrecorded": True} if entry.kind == "opened_unrecorded" else {}
            self._happened.append(Trouble(entry.place, "opened_otherwise", entry.door, entry.at, entry.at, how))
            self._run()

    def _input(self, entry: Entry, detail: dict[str, Any]) -> None:
        """That its box was open while nobody could hear it."""
        recent = entry.at > self._clock.now() - alarms.LATCHED_MS
        if detail.get("input") == "tamper" and detail.get("alarm") and recent:
            self._happened.append(Trouble(entry.place, "tamper", detail["unit"], entry.at, entry.at))
            self._run()

    def _movement(self, entry: Entry, detail: dict[str, Any]) -> None:
        door = self._policy.snapshot.door(entry.door or "")
        if door is not None and detail.get("movement") == "moved":
            self._watch.moved(door.id, failed=False)
            self.seen(door.unit)
        elif door is not None and detail.get("movement") in FAILED:
            self._moves.add(door.id)
            self._run()

    def _tested(self, entry: Entry, detail: dict[str, Any]) -> None:
        """What somebody asked for herself she has seen; that it works again is good to know, whoever asked."""
        if detail["ok"] or (entry.who is None and detail.get("why") not in NO_FAULT):
            self._watch.tested(detail["unit"], None if detail["ok"] else detail.get("why") or "silent")
            self.seen(detail["unit"])

    def _changed(self, entry: Entry, detail: dict[str, Any]) -> None:
        """An admin changed something: deadlines, doors, a plan."""
        if detail.get("what") == "box_plan":
            self._stale.add(detail["unit"])
        if detail.get("what") == "unit_revoked":  # its line is there before it is known here
            self._later.append(partial(self._changed, entry, {}))
            self._agenda.add(AGAIN_S, None)
        for door in self._policy.snapshot.sites[entry.place].doors.values():
            self._dirty[door.unit] = None
        self._due.update(alarm.key for alarm in self._book if alarm.place == entry.place)
        self._run()

    # -- what is asked of it

    def shown(self, places: Iterable[str]) -> list[AlarmView]:
        """What is wrong now, the oldest first."""
        wanted = set(places)
        found = [alarm for alarm in self._book if alarm.place in wanted and alarm.shown]
        return [self._views.alarm(alarm) for alarm in sorted(found, key=lambda alarm: (alarm.since, alarm.id))]

    async def latest(self, place: str) -> list[Alarm]:
        return await self._store.latest(place)

    async def acknowledge(self, place: str, alarm: str, actor: Actor) -> None:
        """Whoever is first has done it; it is not told again. Raises NotPossible."""
        await to_its_end(self._acknowledge(place, alarm, actor))

    async def _acknowledge(self, place: str, alarm: str, actor: Actor) -> None:
        async with self._one_by_one:
            actor.still(self._policy.snapshot)
            before = next((each for each in self._book if each.id == alarm and each.place == place), None)
            if before is None or not before.shown:
                if all(each.id != alarm for each in await self._store.latest(place)):
                    raise NotPossible("unknown", "there is no such alarm at this place")
                return
            after = alarms.acknowledged(before, actor.person or "", self._clock.now())
            if after != before and not await self._keep(before, after, (actor.person, actor.session, actor.way)):
                raise NotPossible("disk", "this could not be written: there is no room")

    # -- one thing after the other

    def _run(self) -> None:
        self._rest.clear()
        self._wake.set()

    def _turns(self, key: Key | None) -> None:
        """Something has come to its time; None: what could not be written is tried again."""
        if key is not None:
            self._due.add(key)
        else:
            later, self._later = self._later, []
            for again in later:
                again()
        self._run()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            more = False
            async with self._one_by_one:
                try:
                    await self._one_round()
                    more = bool(self._dirty or self._happened or self._moves or self._due)
                except Exception:
                    log.exception("alarms")
                    self._later.append(self._run)
            if more:
                self._wake.set()  # the rest of a fleet
            elif not self._wake.is_set():
                self._rest.set()
            if self._later:
                self._agenda.add(AGAIN_S, None)

    async def _one_round(self) -> None:
        """Read, decide, write, tell. What could not be written is put off, and decided anew then."""
        for door in list(self._moves):
            await self._count(door)
        units = list(self._dirty)[:AT_ONCE]
        for unit in units:
            if unit in self._stale or self._is_silent(unit):
                await self._watch.read(unit)
                self._stale.discard(unit)
        happened, self._happened = self._happened, []
        due, self._due = self._due, set()
        plan, now = Plan(self._book), self._clock.now()
        for unit in units:
            del self._dirty[unit]
            _alone(self._look, plan, unit, now)
        for trouble in happened:
            _alone(self._it_was, plan, trouble, now)
        for key in due:
            _alone(self._turn, plan, key, now)
        steps = plan.steps()
        kept = await asyncio.gather(*(self._keep(before, after) for before, after, _ in steps))
        for (_, _, again), is_kept in zip(steps, kept, strict=True):
            self._later += [] if is_kept else again

    def _is_silent(self, unit: str) -> bool:
        link = self._units.of(unit)
        return link is not None and link.link == "away" and not self._watch.knows(unit)

    async def _count(self, door: str) -> None:
        last = await self._store.movements(door, IN_A_ROW)
        self._moves.discard(door)
        self._watch.moved(door, failed=len(last) == IN_A_ROW and all(each in FAILED for each in last))
        if found := self._policy.snapshot.door(door):
            self._dirty[found.unit] = None

    def _look(self, plan: Plan, unit: str, now: int) -> None:
        """What is seen of a unit and its doors, against what is known."""
        for place, of, signs in self._watch.look(unit):
            for kind, trouble in signs.items():
                key = (place, kind, of)
                before, after = plan.of(key), None
                if trouble is not None and (before is None or not alarms.is_another(before, trouble)):
                    after = self._wrong(before, trouble, now)
                elif before is not None:
                    after = alarms.passed(before, now)
                    if trouble is not None:
                        self._dirty[unit] = None  # that one has ended, this one begins
                plan.put(key, after, partial(self.seen, unit))

    def _wrong(self, before: Alarm | None, trouble: Trouble, now: int) -> Alarm:
        habits = self._habits(trouble.key)
        fresh = before or alarms.begun(secrets.token_urlsafe(ID_BYTES), trouble)
        return alarms.turned(alarms.seen(fresh, trouble, now, habits), now, habits)

    def _it_was(self, plan: Plan, trouble: Trouble, now: int) -> None:
        """It was over as soon as it was; what was told already is not told by another word of it."""
        before = plan.of(trouble.key)
        if trouble.kind == "tamper" and (before is not None or self._book.told_at(trouble.key) >= trouble.since):
            return
        wrong = alarms.counted(before, trouble)
        after = alarms.passed(self._wrong(before, wrong, now), now)
        plan.put(trouble.key, after, partial(self._happens, trouble))

    def _happens(self, trouble: Trouble) -> None:
        self._happened.append(trouble)
        self._run()

    def _turn(self, plan: Plan, key: Key, now: int) -> None:
        """What its time has made of an alarm. What nobody knows of yet begins only if it is still seen to be so."""
        before = plan.of(key)
        if before is None:
            return
        unit = self._unit_of(before)
        if unit is None:
            plan.put(key, alarms.gone(before, now), partial(self._turns, key))
        elif before.shown:
            plan.put(key, alarms.turned(before, now, self._habits(key)), partial(self._turns, key))
        elif now >= before.due:
            self._look(plan, unit, now)

    def _unit_of(self, alarm: Alarm) -> str | None:
        """None: what it is about is not there any more."""
        snapshot, site = self._policy.snapshot, self._policy.snapshot.sites.get(alarm.place)
        doors = site.doors if site else {}
        if alarm.door is not None:
            unit = doors[alarm.door].unit if alarm.door in doors else None
        else:
            unit = alarm.unit if any(door.unit == alarm.unit for door in doors.values()) else None
        return None if unit in snapshot.revoked else unit

    def _habits(self, key: Key) -> Habits:
        site = self._policy.snapshot.sites[key[0]]
        return Habits(site.place.again_s, site.calendar.zone, self._book.quiet_until(key, site.place.again_s))

    async def _keep(self, before: Alarm | None, after: Alarm | None, by: By = BY_ITSELF) -> bool:
        """On disk, then on the screens, then told. Whether it could be written."""
        try:
            if after is not None:
                await self._store.put(after, entry_of(before, after, self._clock.now(), by))
            elif before is not None:
                await self._store.forget(before)
        except NotWritten:
            log.exception("an alarm was not written")
            return False
        self._book.put(before, after)
        if after is None:
            return True
        if after.shown:
            self._show(after)
        self._expect(after)
        if after.times > (before.times if before else 0):
            self._tell(after)
        return True

    def _expect(self, alarm: Alarm) -> None:
        at = alarms.next_at(alarm)
        if at is not None:
            self._agenda.add((at - self._clock.now()) / 1000, alarm.key)

    def _show(self, alarm: Alarm) -> None:
        thing = self._views.alarm(alarm) if alarm.live else None
        self._live.edits(alarm.place, [EditView("alarm", alarm.place, alarm.id, thing)])

    def _tell(self, alarm: Alarm) -> None:
        people, first = self._policy.snapshot.managers(alarm.place), alarm.times == 1
        log.info("alarm", extra={"place": alarm.place, "alarm": alarm.id, "kind": alarm.kind, "times": alarm.times})
        for tell in self.tell:
            try:
                tell(alarm.place, self._views.alarm(alarm), people, first)
            except Exception:  # one way must not be in the other's way
                log.exception("an alarm was not told")
        if alarm.kind == "left_open" and alarm.door:
            self.tell_members(alarm.place, alarm.door, alarm.since, first)


def _alone(work: Callable[[Plan, Any, int], None], plan: Plan, what: object, now: int) -> None:
    """What fails for one thing is in no other's way."""
    try:
        work(plan, what, now)
    except Exception:
        log.exception("alarms", extra={"of": str(what)})
