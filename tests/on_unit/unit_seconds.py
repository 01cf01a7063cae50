# Seconds since boot over the wrap of the tick counter.
from clock import Seconds

PERIOD = 1 << 30


class Ticks:
    def __init__(self, ms):
        self.ms = ms

    def now(self):
        return self.ms % PERIOD

    def diff(self, a, b):
        return (a - b + PERIOD // 2) % PERIOD - PERIOD // 2


def test_seconds_go_on_over_the_wrap():
    for start in (0, 5, PERIOD - 1, PERIOD - 1500, PERIOD // 2 - 100):
        ticks = Ticks(start)
        seconds = Seconds(ticks.now, ticks.diff)
        passed = 0
        for step in (1, 999, 1, 1000, 20000, 86400000, 500000000, 400, 400, 400):
            ticks.ms += step
            passed += step
            assert seconds.now() == passed // 1000


def test_a_year_in_rounds_of_twenty_seconds_loses_nothing():
    ticks = Ticks(PERIOD - 7)
    seconds = Seconds(ticks.now, ticks.diff)
    for _ in range(365):
        for _ in range(24):
            ticks.ms += 3600007
            seconds.now()
    assert seconds.now() == 365 * 24 * 3600007 // 1000


def test_asked_twice_at_once_nothing_is_counted_twice():
    ticks = Ticks(PERIOD - 500)
    seconds = Seconds(ticks.now, ticks.diff)
    for _ in range(4000):
        ticks.ms += 1
        seconds.now()
        last = seconds.now()
    assert last == 4


def test_tenths_go_on_over_the_wrap_and_agree_with_the_seconds():
    for start in (0, PERIOD - 250, PERIOD - 1500):
        ticks = Ticks(start)
        seconds = Seconds(ticks.now, ticks.diff)
        for passed in range(0, 3000, 7):
            ticks.ms = start + passed
            assert seconds.tenths() == passed // 100
            assert seconds.now() == passed // 1000
