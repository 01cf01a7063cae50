"""An alarm begins when what is wrong has lasted, is told again until somebody acknowledges it, and ends; whatever comes
and goes, nobody is told of the same thing too often.
"""

import datetime
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from cloud import alarms, calendars
from cloud.alarms import KINDS, LATCHED_MS, Alarm, Book, Habits, Plan, Trouble
from tests.given import ASKED

MINUTE = 60_000
ZONE = calendars.zone("Europe/Madrid")
HABITS = Habits(1800, ZONE)
KEY = ("home", "left_open", "gate")


def trouble(kind: str = "left_open", since: int = ASKED, wait: int = 5 * MINUTE, **detail: object) -> Trouble:
    return Trouble("home", kind, "gate", since, since + wait, detail)


def raised(kind: str = "left_open", now: int = ASKED, **detail: object) -> Alarm:
    return alarms.turned(alarms.begun("a", trouble(kind, now, 0, **detail)), now, HABITS)


def at(hour: int, minute: int = 0, day: int = 21) -> int:
    """On the wall clock in Madrid."""
    then = datetime.datetime(2026, 9, day, hour, minute, tzinfo=ZoneInfo("Europe/Madrid"))
    return round(then.timestamp() * 1000)


def test_what_passes_in_time_was_never_an_alarm() -> None:
    pending = alarms.begun("a", trouble())

    assert alarms.turned(pending, ASKED + 5 * MINUTE - 1, HABITS) == pending
    assert not pending.shown
    assert alarms.passed(pending, ASKED + 4 * MINUTE) is None


def test_it_is_told_when_it_is_due_and_again_until_it_is_acknowledged() -> None:
    alarm, told = alarms.begun("a", trouble()), []
    for minute in range(0, 100, 5):
        after = alarms.turned(alarm, ASKED + minute * MINUTE, HABITS)
        told += [minute] if after.times > alarm.times else []
        alarm = after
        if minute == 70:
            alarm = alarms.acknowledged(alarm, "adm", ASKED + minute * MINUTE)

    assert told == [5, 35, 65]
    assert (alarm.acknowledged_by, alarm.again, alarm.ended) == ("adm", None, None)


def test_who_acknowledged_first_has_done_it() -> None:
    once = alarms.acknowledged(raised(), "adm", ASKED + 1)

    assert alarms.acknowledged(once, "mod", ASKED + 2) == once


def test_what_has_ended_is_neither_told_nor_acknowledged() -> None:
    ended = alarms.passed(raised(), ASKED + 1)

    assert ended is not None
    assert ended.ended == ASKED + 1
    assert alarms.turned(ended, ASKED + LATCHED_MS, HABITS) == ended
    assert alarms.acknowledged(ended, "adm", ASKED + 2) == ended
    assert alarms.next_at(ended) is None


@pytest.mark.parametrize("kind", [kind for kind, how in KINDS.items() if how.latches])
def test_what_is_over_stays_until_somebody_has_seen_it_or_a_day_has_passed(kind: str) -> None:
    over = alarms.passed(raised(kind), ASKED + 1)

    assert over is not None
    assert over.live
    assert alarms.acknowledged(over, "adm", ASKED + 2).ended == ASKED + 2
    assert alarms.turned(over, ASKED + 1 + LATCHED_MS - 1, HABITS).live
    assert alarms.turned(over, ASKED + 1 + LATCHED_MS, HABITS).ended == ASKED + 1 + LATCHED_MS


def test_what_gets_worse_is_told_again_also_to_who_had_acknowledged_it() -> None:
    alarm = alarms.acknowledged(raised("door", faults=["movement"]), "adm", ASKED + 1)
    later = ASKED + 40 * MINUTE
    same = alarms.seen(alarm, trouble("door", later, 0, faults=["movement"]), later, HABITS)
    worse = alarms.seen(alarm, trouble("door", later, 0, faults=["coil", "movement"]), later, HABITS)

    assert same.acknowledged is not None
    assert alarms.turned(same, later, HABITS).times == 1
    assert worse.acknowledged is None
    assert alarms.turned(worse, later, HABITS).times == 2


@pytest.mark.parametrize("kind", [kind for kind, how in KINDS.items() if how.by_day])
def test_nobody_is_woken_for_what_can_wait(kind: str) -> None:
    night = at(3, 40)
    alarm = raised(kind, night)

    assert (alarm.shown, alarm.times, alarm.again) == (True, 0, at(8))
    assert alarms.turned(alarm, at(8), HABITS).times == 1
    assert raised(kind, at(21)).again == at(8, day=22)
    assert raised(kind, at(20, 59)).times == 1


def test_a_door_that_is_left_open_at_night_is_told_at_night() -> None:
    assert raised("left_open", at(3, 40)).times == 1


@given(st.integers(ASKED, ASKED + 400 * 86_400_000), st.sampled_from(["Europe/Madrid", "Pacific/Apia", "UTC"]))
@settings(max_examples=60, deadline=None)
def test_by_day_is_by_day_on_the_wall_clock_and_within_a_day(now: int, zone: str) -> None:
    found = alarms.by_day(now, calendars.zone(zone))
    hour = datetime.datetime.fromtimestamp(found / 1000, ZoneInfo(zone)).hour

    assert 8 <= hour < 21
    assert now <= found <= now + 12 * 3_600_000 + 3_600_000  # a night that is an hour longer
    assert alarms.by_day(found, calendars.zone(zone)) == found


class Building(RuleBasedStateMachine):
    """One door and one box of a place that come and go as they like, and what an admin is told of them."""

    def __init__(self) -> None:
        super().__init__()
        self.book, self.now, self.made = Book(), ASKED, 0
        self.habits_s = 1800
        self.wrong: dict[str, int] = {}  # kind → since when it is so
        self.told: dict[str, list[tuple[int, str]]] = {}  # kind → when, and of which alarm
        self.seen_to: set[str] = set()

    def habits(self, kind: str) -> Habits:
        return Habits(self.habits_s, ZONE, self.book.quiet_until(("home", kind, "gate"), self.habits_s))

    def keep(self, before: Alarm | None, after: Alarm | None) -> None:
        if before == after:
            return
        if after is not None and after.times > (before.times if before else 0):
            self.told.setdefault(after.kind, []).append((self.now, after.id))
            assert after.id not in self.seen_to, "told after somebody has acknowledged it"
        self.book.put(before, after)

    def looks(self) -> None:
        """As the desk does: at all that is seen, and at all that is due."""
        for kind in KINDS:
            key = ("home", kind, "gate")
            before = self.book.of(key)
            if kind in self.wrong:
                seen = trouble(kind, self.wrong[kind], 5 * MINUTE)
                if before is not None and alarms.is_another(before, seen):
                    self.keep(before, alarms.passed(before, self.now))
                    before = self.book.of(key)
                if before is None:
                    self.made += 1
                fresh = before or alarms.begun(f"{self.made}", seen)
                habits = self.habits(kind)
                self.keep(before, alarms.turned(alarms.seen(fresh, seen, self.now, habits), self.now, habits))
            elif before is not None:
                after = alarms.passed(before, self.now)
                self.keep(before, after and alarms.turned(after, self.now, self.habits(kind)))

    @rule(kind=st.sampled_from(["left_open", "tamper", "test"]))
    def goes_wrong(self, kind: str) -> None:
        self.wrong.setdefault(kind, self.now)
        self.looks()

    @precondition(lambda self: self.wrong)
    @rule(data=st.data())
    def is_well_again(self, data: st.DataObject) -> None:
        del self.wrong[data.draw(st.sampled_from(sorted(self.wrong)))]
        self.looks()

    @rule(minutes=st.sampled_from([1, 2, 4, 5, 11, 29, 30, 31]), times=st.integers(1, 4))
    def time_passes(self, minutes: int, times: int) -> None:
        for _ in range(times):
            self.now += minutes * MINUTE
            self.looks()

    @rule()
    def somebody_acknowledges(self) -> None:
        for alarm in self.book:
            after = alarms.acknowledged(alarm, "adm", self.now)
            if alarm.shown:
                self.seen_to.add(alarm.id)
            self.keep(alarm, after)

    @rule()
    def the_cloud_begins_anew(self) -> None:
        """What is on disk: the live ones, and when each was told last."""
        fresh = Book()
        for alarm in self.book:
            fresh.put(None, alarm)
        for kind, told in self.told.items():
            fresh.told(("home", kind, "gate"), told[-1][0])
        self.book = fresh

    @invariant()
    def nobody_is_told_too_often(self) -> None:
        for told in self.told.values():
            gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(told)]
            assert all(gap >= self.habits_s * 1000 for gap in gaps)

    @invariant()
    def what_has_lasted_is_shown_and_what_matters_was_told(self) -> None:
        for kind, since in self.wrong.items():
            alarm = self.book.of(("home", kind, "gate"))
            assert alarm is not None
            assert alarm.shown or self.now < since + 5 * MINUTE
            quiet = self.now - self.habits_s * 1000 < max((when for when, _ in self.told.get(kind, [])), default=0)
            if alarm.shown and not KINDS[kind].by_day and alarm.acknowledged is None and KINDS[kind].repeats:
                assert quiet, "it lasts, nobody sees to it, and nobody was told lately"

    @invariant()
    def what_is_well_is_shown_to_nobody_unless_it_must_be_seen(self) -> None:
        for alarm in self.book:
            if alarm.kind not in self.wrong:
                assert KINDS[alarm.kind].latches
                assert alarm.over is not None
                assert alarm.acknowledged is None
                assert self.now < alarm.over + LATCHED_MS


Building.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestBuilding = Building.TestCase


def test_a_plan_has_one_step_for_each_thing_and_knows_what_to_do_again() -> None:
    book, again = Book(), []
    book.put(None, alarms.begun("a", trouble()))
    plan = Plan(book)
    first = alarms.turned(book.of(KEY) or raised(), ASKED + 5 * MINUTE, HABITS)
    plan.put(KEY, first, lambda: again.append(1))
    plan.put(KEY, replace(first, detail={"left_open_s": 60}), lambda: again.append(2))
    plan.put(("home", "away", "u"), None, lambda: again.append(3))

    ((before, after, todo),) = plan.steps()
    assert before == book.of(KEY)
    assert (after and after.detail) == {"left_open_s": 60}
    assert [redo() for redo in todo] == [None, None]
    assert again == [1, 2]
