# The sensor over pins that bounce, stop midway or go silent, in real milliseconds.
import asyncio
import time

import sensor
from wire import CLOSED, CLOSING, OPENED, OPENING, UNKNOWN

ONLY_ON_UNIT = True
EDGES = 3


class Pin:
    def __init__(self, made):
        self.level = 0 if made else 1
        self.handler = None

    def irq(self, handler, trigger):
        assert trigger == EDGES
        self.handler = handler

    def value(self):
        return self.level

    def set(self, made):
        self.level = 0 if made else 1
        self.handler(self)


class Bench:
    def __init__(self, closed=None, opened=None, travel_s=0.2):
        self.closed = None if closed is None else Pin(closed)
        self.opened = None if opened is None else Pin(opened)
        self.told = []
        self.second = 0
        self.sensor = sensor.Sensor(self.closed, self.opened, EDGES, travel_s, lambda: self.second)
        self.task = asyncio.create_task(self.sensor.watch(self.changed))

    def changed(self):
        self.told.append((self.sensor.state, self.sensor.fault))

    async def until(self, *told):
        started = time.ticks_ms()
        while self.told != list(told):
            assert time.ticks_diff(time.ticks_ms(), started) < 2000, self.told
            await asyncio.sleep_ms(2)


async def test_a_bouncing_contact_is_told_once():
    bench = Bench(closed=True, opened=False)
    await asyncio.sleep_ms(1)
    assert bench.sensor.state == CLOSED and bench.sensor.since is None
    bench.second = 7
    for made in (False, True, False, True, False):
        bench.closed.set(made)
        await asyncio.sleep_ms(3)
    await bench.until((OPENING, False))
    assert bench.sensor.since == 7
    await asyncio.sleep_ms(60)
    bench.opened.set(True)
    await bench.until((OPENING, False), (OPENED, False))


async def test_a_bounce_that_comes_to_nothing_is_not_told():
    bench = Bench(closed=True, opened=False)
    await asyncio.sleep_ms(1)
    bench.closed.set(False)
    await asyncio.sleep_ms(4)
    bench.closed.set(True)
    await asyncio.sleep_ms(100)
    assert bench.told == []


async def test_a_contact_that_never_settles_is_read_all_the_same():
    bench = Bench(closed=True, opened=False)
    await asyncio.sleep_ms(1)
    for _ in range(80):
        bench.closed.set(False)
        await asyncio.sleep_ms(5)
        bench.closed.set(True)
        await asyncio.sleep_ms(5)
    bench.closed.set(False)
    await asyncio.sleep_ms(700)
    assert bench.sensor.state == OPENING


async def test_both_ends_at_once_are_told_as_a_fault_and_its_end_too():
    bench = Bench(closed=True, opened=False)
    await asyncio.sleep_ms(1)
    bench.opened.set(True)
    await bench.until((UNKNOWN, True))
    bench.opened.set(False)
    await bench.until((UNKNOWN, True), (CLOSED, False))


async def test_a_door_that_stops_midway_becomes_unknown():
    grace, sensor.GRACE_S = sensor.GRACE_S, 0.1
    try:
        bench = Bench(closed=False, opened=True)
        await asyncio.sleep_ms(1)
        bench.opened.set(False)
        await bench.until((CLOSING, False))
        moving = time.ticks_ms()
        await bench.until((CLOSING, False), (UNKNOWN, False))
        assert time.ticks_diff(time.ticks_ms(), moving) >= 260
        bench.closed.set(True)
        await bench.until((CLOSING, False), (UNKNOWN, False), (CLOSED, False))
    finally:
        sensor.GRACE_S = grace


async def test_with_a_closed_contact_only_opening_ends_after_the_travel_time():
    bench = Bench(closed=True)
    await asyncio.sleep_ms(1)
    bench.closed.set(False)
    await bench.until((OPENING, False), (OPENED, False))
    bench.closed.set(True)
    await bench.until((OPENING, False), (OPENED, False), (CLOSED, False))


async def test_an_edge_that_was_lost_is_found_at_the_next_look():
    bench = Bench(closed=True, opened=False)
    await asyncio.sleep_ms(1)
    bench.closed.level = 1
    await asyncio.sleep_ms(60)
    assert bench.told == []
    bench.sensor.look()
    await bench.until((OPENING, False))


async def test_without_contacts_there_is_no_sensor():
    bench = Bench()
    assert not bench.sensor.present and bench.sensor.state == UNKNOWN and not bench.sensor.fault
