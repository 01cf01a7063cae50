"""When a unit's records and its condition go up: nothing is left behind, one frame at a time, none before a welcome."""

from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import tests.unit_side  # noqa: F401 - it makes the unit's own modules known
from firmware import events

import telling  # isort: skip

JOURNAL = b"journal1"
AT_ONCE = 32
QUIET = (events.MODEM, 0, -70, 2, 120, "op", "89", "35")
KINDS = st.sampled_from([events.COIL, events.DECLINED, events.TIME, *telling.URGENT])


class Unit(RuleBasedStateMachine):
    """A unit with a journal of numbers, its cloud, and whatever lies between: frames and acknowledgements get lost."""

    def __init__(self) -> None:
        super().__init__()
        self.telling = telling.Telling()
        self.now, self.written, self.acked = 100, 0, 0
        self.oldest_urgent: int | None = None
        self.oldest: int | None = None
        self.up = self.welcomed = False
        self.in_flight: tuple[int, int, int] | None = None  # when, first, last
        self.lost_acks = 0
        self.statuses: list[int] = []
        self.condition = QUIET

    def unsent(self) -> int:
        return self.written - self.acked

    def turn(self) -> None:
        """As unit.tell_up does."""
        if self.telling.events_due(self.now):
            assert self.up and self.welcomed
            assert self.in_flight is None or self.now - self.in_flight[0] >= telling.RESEND_S
            if not self.unsent():
                self.telling.nothing_to_send()
                return
            last = min(self.acked + AT_ONCE, self.written)
            self.telling.sent(JOURNAL, last, last != self.written, self.now)
            self.in_flight = (self.now, self.acked + 1, last)
        if self.telling.status_due(self.condition, self.now):
            assert self.up and self.welcomed
            self.statuses.append(self.now)
            self.telling.status_sent(self.condition, True, self.now)

    @rule(seconds=st.sampled_from([1, 3, 29, 30, 31, 59, 60, 61, 600, 21600]))
    def time_passes(self, seconds: int) -> None:
        end = self.now + seconds
        while (wait := self.telling.wait_s(self.now)) is not None and self.now + wait <= end:
            self.now += wait
            self.turn()
            if wait == 0 and self.telling.wait_s(self.now) == 0:
                raise AssertionError("it would run without a rest")
        self.now = end

    @rule(kind=KINDS)
    def record(self, kind: int) -> None:
        self.written += 1
        self.telling.wrote(kind, self.now)
        self.turn()

    @rule()
    def session(self) -> None:
        self.up, self.in_flight = True, None
        self.telling.session(self.unsent(), self.now)
        self.turn()

    @rule()
    def welcome(self) -> None:
        if self.up:
            self.welcomed, self.in_flight = True, None
            self.telling.welcomed(self.unsent(), self.now)
            self.turn()

    @rule()
    def loss(self) -> None:
        self.up, self.in_flight = False, None
        self.telling.lost()

    @rule()
    def ack(self) -> None:
        if self.in_flight:
            self.acked = max(self.acked, self.in_flight[2])
            last = self.in_flight[2]
            self.in_flight = None
            self.telling.acked(JOURNAL, last, self.now)
            self.turn()

    @rule(seq=st.integers(0, 5))
    def an_old_acknowledgement(self, seq: int) -> None:
        if seq < self.acked:
            self.telling.acked(JOURNAL, seq, self.now)
            self.telling.acked(b"another1", 10**6, self.now)
            self.turn()

    @invariant()
    def what_is_unsent_will_leave(self) -> None:
        if self.up and self.welcomed and self.unsent():
            wait = self.telling.wait_s(self.now)
            assert wait is not None and wait <= telling.LINGER_S

    @invariant()
    def the_condition_is_told_every_six_hours_at_most_when_it_stays_the_same(self) -> None:
        assert all(b - a >= telling.STATUS_S for a, b in pairwise(self.statuses))


TestUnit = Unit.TestCase
TestUnit.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def standing() -> telling.Telling:
    t = telling.Telling()
    t.session(0, 100)
    t.welcomed(0, 100)
    return t


def test_what_is_urgent_leaves_at_once_and_takes_the_others_along() -> None:
    for kind in (events.COIL, events.TIME, events.OFFLINE, events.KEEPALIVE, events.DECLINED):
        t = standing()
        t.wrote(kind, 200)
        assert not t.events_due(259) and t.events_due(260)
        t.wrote(events.MOVED, 230)
        assert t.events_due(230)


def test_what_did_not_fit_the_frame_follows_as_soon_as_that_is_acknowledged() -> None:
    t = standing()
    t.wrote(events.EXIT, 200)
    t.sent(JOURNAL, 32, True, 200)
    assert not t.events_due(229)
    t.acked(JOURNAL, 32, 210)
    assert t.events_due(210)


def test_a_condition_that_is_another_is_told_and_a_signal_that_wavers_is_not() -> None:
    t = standing()
    assert not t.status_due(QUIET, 102) and t.status_due(QUIET, 103)
    t.status_sent(QUIET, True, 103)
    for at, condition, told in (
        (200, (events.MODEM, 0, -75, 2, 120, "op", "89", "35"), False),
        (300, (events.MODEM, 0, -80, 2, 120, "op", "89", "35"), True),
        (400, (events.MODEM, 1, -70, 2, 120, "op", "89", "35"), True),
        (500, (events.MODEM, 0, -70, 2, 120, "other", "89", "35"), True),
        (600, (events.MODEM, 0, -70, 2, 80, "op", "89", "35"), True),
    ):
        t.session(0, at)
        assert t.status_due(condition, at + telling.SETTLE_S) is told, condition


def test_a_status_that_could_not_leave_is_tried_again() -> None:
    t = standing()
    t.status_sent(QUIET, False, 103)
    assert not t.status_due(QUIET, 103 + telling.RESEND_S - 1) and t.status_due(QUIET, 103 + telling.RESEND_S)


def test_what_would_be_urgent_all_day_goes_in_company_in_the_end() -> None:
    """A wire of the exit button that is shorted again and again: each opening is told, and the contract lasts."""
    t = standing()
    left = 0
    for now in range(200, 200 + 86400, 2):
        t.wrote(events.EXIT, now)
        assert (t.wait_s(now) or 0) <= telling.LINGER_S
        if t.events_due(now):
            left += 1
            t.sent(JOURNAL, now, False, now)
            t.acked(JOURNAL, now, now)
    assert left <= 86400 // telling.LINGER_S + telling.BURST + 86400 // telling.REFILL_S + 1
    assert left < 2000
    t.wrote(events.EXIT, 200 + 2 * 86400)
    assert t.events_due(200 + 2 * 86400)
