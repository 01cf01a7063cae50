# The coil held on: it ends when it should, by whoever notices first, and the pin ends low.
import asyncio
import time

from coil import Bench, Pin

import relay
import wire
from door import Door

ONLY_ON_UNIT = True


class Held(Bench):
    def __init__(self, **how):
        super().__init__(**how)
        self.ends = 0
        self.coil.on_end = self.ended

    def ended(self):
        self.ends += 1


async def test_a_hold_is_a_level_on_the_pin_and_no_pulse_of_the_hardware():
    bench = Held()
    assert await bench.coil.hold(1)
    assert bench.pin.value() == 1 and bench.coil.held() and not bench.coil.busy() and bench.rmts == []
    assert bench.coil.healthy(time.ticks_ms()) and bench.coil.as_meant()
    await asyncio.sleep_ms(1020)
    assert bench.pin.value() == 0 and not bench.coil.held() and bench.ends == 1
    await bench.idle()
    assert await bench.coil.pulse(100)
    await bench.idle()
    assert bench.ends == 1


async def test_a_hold_after_a_pulse_takes_the_pin_from_the_hardware_and_a_pulse_after_it_makes_it_anew():
    bench = Held()
    for n in (1, 2):
        assert await bench.coil.pulse(100)
        await bench.idle()
        assert await bench.coil.hold(10)
        assert bench.pin.rmt is None and bench.pin.value() == 1
        bench.coil.release()
        await bench.idle()
        assert bench.pin.value() == 0 and not bench.pin.floats and len(bench.rmts) == n
        assert not bench.rmts[-1].open


async def test_a_hold_out_of_bounds_or_while_it_pulses_never_begins():
    bench = Held()
    for seconds in (-1, 0, 43201):
        assert await _refused(bench.coil.hold(seconds)), seconds
    assert await bench.coil.pulse(100)
    assert await _refused(bench.coil.hold(10))
    await bench.idle()
    assert bench.pin.value() == 0 and await bench.coil.hold(10)
    assert await _refused(bench.coil.pulse(100))
    bench.coil.release()
    await bench.idle()


async def _refused(doing):
    try:
        await doing
    except ValueError:
        return True
    return False


async def test_a_release_ends_it_at_once_and_is_no_end_by_itself():
    bench = Held()
    bench.coil.release()
    assert not bench.coil.busy()
    assert await bench.coil.hold(3600)
    bench.coil.release()
    assert bench.pin.value() == 0 and bench.coil.busy() and not bench.coil.held()
    await bench.idle()
    assert bench.ends == 0


async def test_a_hold_that_was_made_longer_lasts_longer_and_one_made_shorter_ends_sooner():
    bench = Held()
    assert await bench.coil.hold(1) and await bench.coil.hold(2)
    await asyncio.sleep_ms(1500)
    assert bench.coil.held()
    assert await bench.coil.hold(1)
    await asyncio.sleep_ms(900)
    assert bench.coil.held()
    await asyncio.sleep_ms(150)
    assert not bench.coil.held() and bench.ends == 1
    await bench.idle()
    assert bench.pin.value() == 0 and bench.ends == 1


async def test_a_hold_whose_end_nobody_minds_is_ended_by_the_next_look():
    bench = Held()
    assert await bench.coil.hold(1)
    bench.coil._end.cancel()  # as if it had never come to its turn
    await asyncio.sleep_ms(1100)
    assert bench.pin.value() == 1
    assert not bench.coil.healthy(time.ticks_add(time.ticks_ms(), relay.OVERDUE_MS))
    bench.coil.check()
    assert bench.pin.value() == 0 and not bench.coil.held() and bench.ends == 1
    await bench.idle()
    assert not bench.coil.fault()


async def test_off_means_now_in_a_hold_too_and_the_next_look_ends_it():
    bench = Held()
    assert await bench.coil.hold(3600)
    bench.coil.off()
    assert bench.pin.value() == 0
    bench.coil.check()
    assert not bench.coil.held() and bench.coil.dead and bench.ends == 1
    await bench.idle()


async def test_a_hold_that_does_not_read_on_is_a_fault_and_off_also_when_it_was_held_already():
    for before in (False, True):
        sense = Pin()
        sense.latch = 0
        bench = Held(sense=sense)
        if before:
            sense.short = 1
            bench.coil.stuck_on = False
            bench.coil._judge(False, False)
            assert await bench.coil.hold(3600)
            sense.short = 0
        assert not await bench.coil.hold(3600)
        assert bench.pin.value() == 0 and bench.coil.dead and not bench.coil.held()
        assert bench.ends == (1 if before else 0)  # what was held before is over, and somebody must say so
        await bench.idle()


async def test_a_coil_that_is_stuck_on_is_not_held():
    bench = Held()
    bench.pin.short = 1
    bench.coil.check()
    assert not await bench.coil.hold(10) and not bench.coil.held()


async def test_a_hold_whose_caller_is_given_up_ends_all_the_same():
    sense = Pin()
    sense.latch = 0
    bench = Held(sense=sense)
    caller = asyncio.create_task(bench.coil.hold(1))
    await asyncio.sleep_ms(0)
    caller.cancel()
    try:
        await caller
    except asyncio.CancelledError:
        pass
    assert bench.coil.held() and bench.pin.value() == 1
    await asyncio.sleep_ms(1030)
    assert bench.pin.value() == 0 and not bench.coil.held()
    await bench.idle()


async def test_a_look_in_the_middle_of_a_hold_made_longer_ends_it_once():
    sense = Pin()
    bench = Held(sense=sense)
    sense.short = 1
    bench.coil.stuck_on = False
    assert await bench.coil.hold(3600)
    sense.short = 0
    caller = asyncio.create_task(bench.coil.hold(3600))
    await asyncio.sleep_ms(0)
    bench.coil.check()
    assert bench.pin.value() == 0
    sense.short = 1
    await asyncio.sleep_ms(0)
    sense.short = 0
    assert await caller is False
    assert bench.ends == 1 and bench.pin.value() == 0
    await bench.idle()
    assert not bench.coil.held()


async def test_an_end_is_that_of_the_hold_that_was_and_not_of_one_that_never_began():
    sense = Pin()
    bench = Held(sense=sense)
    sense.short = 1
    bench.coil.stuck_on = False
    told = []
    door = Door(0, "open", [bench.coil], NoSensor(), 500, 0, lambda: 0)
    door.on_end = lambda number: told.append(door.held_by)
    assert await door.hold(3600, b"firsthld")
    sense.short = 0
    assert not await door.hold(3600, b"secondhd")
    assert told == [b"firsthld"]
    await bench.idle()


class NoSensor:
    state = wire.UNKNOWN
