"""What the cloud sees of doors and door boxes, as signs for `alarms`: it remembers what only the course of time tells
(since when a door is open, since when a box is silent). Writes and tells nothing.
"""

from collections.abc import Iterable

import msgspec

from cloud import alarm_signs, data_use, unit_facts
from cloud.access import Door
from cloud.alarm_signs import DoorNow, Signs, Silence
from cloud.alarms import Book, Trouble
from cloud.boxes import day_of, month_of
from cloud.clock import Clock
from cloud.policy import Policy
from cloud.unit_facts import Facts
from cloud.unit_link import UnitLink
from cloud.unit_news import troubles
from cloud.unit_store import UnitStore
from cloud.units import Units

Found = tuple[str, str, Signs]  # place, door or unit, what is wrong with it


class Levels(msgspec.Struct, frozen=True):
    """What a box last told, as it stands on disk."""

    facts: Facts
    share: float | None
    plan_mb: int | None


class Watch:
    def __init__(self, boxes: UnitStore, policy: Policy, units: Units, clock: Clock, book: Book) -> None:
        self._boxes, self._policy, self._units, self._clock, self._book = boxes, policy, units, clock, book
        self._open: dict[str, int] = {}  # door → since when it is counted as open
        self._gap: set[str] = set()  # doors that could not be seen for a while
        self._held: set[str] = set()  # doors that are held open, by their box
        self._looked: set[str] = set()  # doors that this process has seen, or knows of by an earlier one
        self._failed: set[str] = set()  # doors that did not move when they were asked to
        self._levels: dict[str, Levels] = {}
        self._tests: dict[str, str | None] = {}  # unit → why its last self-test failed; None: it is good again
        self._listening: int | None = None  # since when units can be heard

    def begin(self) -> None:
        """With what an earlier process knew."""
        for alarm in self._book:
            if alarm.kind == "left_open" and alarm.door:
                self._open[alarm.door] = alarm.since
                self._gap.add(alarm.door)
                self._looked.add(alarm.door)
            elif alarm.kind == "door" and alarm.door and "movement" in alarm.detail.get("faults", ()):
                self._failed.add(alarm.door)

    def moved(self, door: str, *, failed: bool) -> None:
        if failed:
            self._failed.add(door)
        else:
            self._failed.discard(door)

    def tested(self, unit: str, why: str | None) -> None:
        self._tests[unit] = why

    async def read(self, unit: str) -> None:
        """What it has told of itself lately."""
        row = await self._boxes.row(unit)
        if row is None:
            self._levels.pop(unit, None)
            return
        used = data_use.total(await self._boxes.month(unit, month_of(day_of(self._clock.now()))))
        self._levels[unit] = Levels(unit_facts.read(row.facts), data_use.share(used, row.plan_mb), row.plan_mb)

    def knows(self, unit: str) -> bool:
        return unit in self._levels

    def look(self, unit: str) -> list[Found]:
        """What is wrong with it and its doors now; what nobody can know now is left out."""
        now, link = self._clock.now(), self._units.of(unit)
        self._listen(now)
        doors = self._policy.doors_of_unit.get(unit, {})
        there = link is not None and link.link == "online" and self._listening is not None
        found: list[Found] = []
        for number, door in doors.items():
            if there and link is not None and link.epoch is not None:
                found.append((door.place, door.id, self._door(door, number, link, now)))
            else:
                self._gap.add(door.id)
        places = sorted({door.place for door in doors.values()})
        return found + [(p, unit, self._box(p, unit, link, doors.values(), now, there=there)) for p in places]

    def _listen(self, now: int) -> None:
        if not self._units.broker_up:
            self._listening = None
        elif self._listening is None:
            self._listening = now

    def _door(self, door: Door, number: int, link: UnitLink, now: int) -> Signs:
        seen = self._units.seen(link.id, number)
        if seen.state == "closed":
            self._open.pop(door.id, None)
        elif seen.state != "unknown":
            # an earlier process has left a word of a door that it counted as open: held, or opened meanwhile
            told = seen.since if door.id in self._looked else None
            gap, let_go = door.id in self._gap, door.id in self._held and not seen.held
            before = now if let_go else self._open.get(door.id)
            self._open[door.id] = alarm_signs.counted(before, told, now, door.travel_s, gap=gap and not let_go)
        (self._held.add if seen.held else self._held.discard)(door.id)
        self._looked.add(door.id)
        self._gap.discard(door.id)
        broken = link.sensor_fault and door.sensor
        how = DoorNow(self._open.get(door.id), seen.held, seen.fault, broken, door.id in self._failed)
        return alarm_signs.of_door(door, how, now)

    def _box(
        self, place: str, unit: str, link: UnitLink | None, doors: Iterable[Door], now: int, *, there: bool
    ) -> Signs:
        site, levels, signs = self._policy.snapshot.sites[place], self._levels.get(unit), Signs()
        if there and link is not None and link.epoch is not None:
            pending = self._book.of((place, "power", unit))
            since = pending.since if pending else now
            signs |= alarm_signs.of_box(place, unit, troubles(link.faults), since, now)
        share = levels.share if levels else None
        is_away = link is not None and link.link == "away"
        if levels is not None:
            signs |= alarm_signs.signal(place, unit, now, levels.facts)
            signs |= alarm_signs.data(place, unit, now, share, levels.plan_mb, away=is_away)
        if unit in self._tests:
            why = self._tests[unit]
            signs["test"] = Trouble(place, "test", unit, now, now, {"why": why}) if why else None
        if self._listening is not None or link is None:
            silence = self._silence(place, unit, now) if is_away else None
            last_open = [door.id for door in doors if door.id in self._open and door.place == place and door.sensor]
            out = alarm_signs.out(share, away=is_away)
            heard = link.heard if link else None
            signs["away"] = alarm_signs.away(site.place, unit, silence, heard, last_open, out=out)
        return signs

    def _silence(self, place: str, unit: str, now: int) -> Silence:
        """Not since its last word: a box that is well says nothing for minutes, and would be told at its first
        breath."""
        known = self._book.of((place, "away", unit))
        return Silence(known.since if known else now, self._listening or now)
