# The coil over an RMT that does as told, or does not: every way to fail is noticed, and the pin ends low.
import asyncio
import time

import relay

ONLY_ON_UNIT = True
TICK_NS = 3200


class Pin:
    OUT = 3

    def __init__(self):
        self.latch = 1  # as something left it
        self.rmt = None  # what drives it instead
        self.floats = False
        self.short = None  # what it reads, whatever is driven

    def init(self, mode, value):
        assert mode == Pin.OUT
        self.latch = value
        self.rmt = None
        self.floats = False

    def value(self):
        if self.short is not None:
            return self.short
        return self.rmt.level if self.rmt else self.latch


class Rmt:
    # ends: it ends the pulse by itself, as it should
    def __init__(self, pin, ends=True, starts=True):
        self.pin = pin
        self.ends = ends
        self.starts = starts
        self.level = 0
        self.open = True
        self.ms = []
        self.over = 0
        pin.rmt = self

    def write_pulses(self, durations, levels):
        assert self.open and levels == [1] * len(durations)
        ms = sum(durations) * TICK_NS // 1000000
        self.ms.append(ms)
        self.over = time.ticks_add(time.ticks_ms(), ms)
        self.level = 1 if self.starts else 0
        if self.ends and self.starts:
            self.task = asyncio.create_task(self.play(ms))

    async def play(self, ms):
        await asyncio.sleep_ms(ms)
        self.level = 0

    def deinit(self):
        assert time.ticks_diff(self.over, time.ticks_ms()) <= 300, "the chip panics"
        self.open = False
        self.pin.rmt = None
        self.pin.floats = True


class Bench:
    def __init__(self, sense=None, pause_ms=50, **rmt):
        self.pin = Pin()
        self.sense = sense
        self.rmts = []
        self.changes = 0
        self.rmt = rmt
        self.coil = relay.Coil(self.pin, sense, self.make, pause_ms, self.changed)

    def make(self, pin):
        self.rmts.append(Rmt(pin, **self.rmt))
        return self.rmts[-1], TICK_NS

    def changed(self):
        self.changes += 1

    async def idle(self):
        started = time.ticks_ms()
        while self.coil.busy():
            assert time.ticks_diff(time.ticks_ms(), started) < 3000
            await asyncio.sleep_ms(2)


def test_the_coil_is_off_when_it_is_made():
    assert Bench().pin.value() == 0


def test_entries_last_as_long_as_asked_on_both_releases():
    for tick_ns in (relay.TICK_NS_1_26, 3200):
        for ms in range(relay.MIN_MS, relay.MAX_MS + 1, 7):
            entries = relay.entries(ms, tick_ns)
            lasts = sum(entries) * tick_ns / 1e6
            assert ms - 0.01 < lasts <= ms
            assert len(entries) <= 126 and all(0 < e <= relay.PULSE_MAX for e in entries)


def test_the_rmt_of_each_release_is_made():
    def old(channel, *, pin, clock_div, idle_level):
        return "old %d %s %d %s" % (channel, pin, clock_div, idle_level)

    def new(*, pin, resolution_hz):
        return "new %s %d" % (pin, resolution_hz)

    assert relay.rmt(old, 3, "pin") == ("old 3 pin 255 False", 3187.5)
    assert relay.rmt(new, 3, "pin") == ("new pin 312500", 3200)


async def test_a_pulse_is_on_at_once_and_ends_by_itself():
    bench = Bench()
    assert await bench.coil.pulse(100)
    assert bench.pin.value() == 1 and bench.coil.busy() and bench.coil.healthy(time.ticks_ms())
    await asyncio.sleep_ms(125)
    assert bench.pin.value() == 0 and not bench.coil.fault() and bench.rmts[0].ms in ([99], [100])
    assert bench.rmts[0].open and bench.changes == 0


class Late:
    # The read-back of a driver that takes a few looks to follow its output.
    def __init__(self, looks):
        self.looks = looks
        self.pin = None

    def value(self):
        if self.pin is None or not self.pin.value():
            return 0
        self.looks -= 1
        return 1 if self.looks < 0 else 0


async def test_a_pulse_whose_caller_is_given_up_goes_on_and_ends_and_the_next_is_a_good_one():
    late = Late(looks=3)
    bench = Bench(sense=late)
    late.pin = bench.pin
    caller = asyncio.create_task(bench.coil.pulse(100))
    await asyncio.sleep_ms(0)
    assert late.looks == 2, "it is being read back"
    caller.cancel()
    try:
        await caller
    except asyncio.CancelledError:
        pass
    assert bench.pin.value() == 1 and bench.coil.busy()
    await bench.idle()
    assert bench.pin.value() == 0 and not bench.coil.fault() and bench.rmts[0].open
    assert bench.coil.healthy(time.ticks_add(time.ticks_ms(), 100000))
    assert await bench.coil.pulse(100)
    await bench.idle()


async def test_a_second_pulse_waits_for_the_pause():
    bench = Bench(pause_ms=80)
    assert await bench.coil.pulse(100)
    for _ in range(2):
        try:
            await bench.coil.pulse(100)
        except ValueError:
            await asyncio.sleep_ms(130)
            continue
        raise AssertionError("pulsed while busy")
    await bench.idle()
    assert await bench.coil.pulse(100)
    assert len(bench.rmts) == 1 and len(bench.rmts[0].ms) == 2
    await bench.idle()


async def test_a_length_out_of_bounds_never_reaches_the_hardware():
    bench = Bench()
    for ms in (-1, 0, 99, 5001, 100000):
        try:
            await bench.coil.pulse(ms)
        except ValueError:
            continue
        raise AssertionError(ms)
    assert bench.rmts == [] and not bench.coil.busy()


async def test_a_coil_that_does_not_read_on_is_a_fault_and_called_off():
    bench = Bench(starts=False)
    assert not await bench.coil.pulse(500)
    assert bench.pin.value() == 0 and bench.pin.rmt is None
    assert bench.coil.fault() and bench.changes == 1
    await bench.idle()
    assert not bench.rmts[0].open and not bench.pin.floats
    bench.rmt["starts"] = True
    assert await bench.coil.pulse(100)
    assert not bench.coil.fault() and bench.changes == 2
    await bench.idle()


async def test_a_pulse_that_hardware_does_not_end_is_ended_by_the_program():
    bench = Bench(ends=False)
    assert await bench.coil.pulse(100)
    await bench.idle()
    assert bench.pin.value() == 0 and not bench.rmts[0].open and not bench.coil.fault() and not bench.pin.floats


async def test_a_coil_that_stays_on_is_told_and_refuses_until_it_reads_off():
    bench = Bench()
    assert await bench.coil.pulse(100)
    bench.pin.short = 1
    await bench.idle()
    assert bench.coil.fault() and bench.changes == 1
    assert not await bench.coil.pulse(100)
    assert len(bench.rmts) == 1 and not bench.coil.busy()
    bench.pin.short = None
    bench.coil.check()
    assert not bench.coil.fault() and bench.changes == 2
    assert await bench.coil.pulse(100)
    await bench.idle()


async def test_a_coil_that_comes_on_by_itself_is_told_at_the_next_look():
    bench = Bench()
    bench.pin.short = 1
    bench.coil.check()
    assert bench.coil.fault() and bench.changes == 1
    bench.coil.check()
    assert bench.changes == 1


async def test_the_sense_pin_is_believed_not_the_output():
    sense = Pin()
    sense.latch = 0
    bench = Bench(sense=sense)
    assert not await bench.coil.pulse(100)  # the driver is dead: the output is high, its read-back low
    assert bench.coil.dead and bench.pin.value() == 0
    await bench.idle()


async def test_an_rmt_that_cannot_be_had_is_a_fault():
    bench = Bench()
    bench.coil._make_rmt = lambda pin: 1 // 0
    assert not await bench.coil.pulse(100)
    assert bench.coil.fault() and bench.pin.value() == 0
    await bench.idle()


async def test_an_end_that_nobody_checked_makes_it_unhealthy():
    bench = Bench()
    assert await bench.coil.pulse(100)
    assert bench.coil.healthy(time.ticks_add(time.ticks_ms(), 5000))
    assert not bench.coil.healthy(time.ticks_add(time.ticks_ms(), 5200))
    await bench.idle()
    assert bench.coil.healthy(time.ticks_add(time.ticks_ms(), 100000))


async def test_off_means_now_and_the_next_pulse_is_a_good_one():
    bench = Bench()
    assert await bench.coil.pulse(500)
    bench.coil.off()
    assert bench.pin.value() == 0 and bench.pin.rmt is None
    await bench.idle()
    assert await bench.coil.pulse(100)
    assert bench.pin.value() == 1 and len(bench.rmts) == 2
    await bench.idle()
