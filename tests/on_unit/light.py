# The light: steady, slow or fast, and asleep while steady; the processor's pace; which reasons need a person.
import asyncio

import events
import led
from pace import FAST_HZ, SLOW_HZ, Pace

ONLY_ON_UNIT = True


class Pin:
    def __init__(self):
        self.levels = []

    def value(self, level):
        self.levels.append(level)


async def _shines(show, ms, on=1):
    pin = Pin()
    light = led.Led(pin, on)
    light.show(show)
    task = asyncio.create_task(light.shine())
    await asyncio.sleep_ms(ms)
    task.cancel()
    return pin.levels


async def test_online_it_is_on_and_is_set_once():
    assert await _shines(led.STEADY, 50) == [1]
    assert await _shines(led.STEADY, 50, on=0) == [0]


async def test_looking_and_waiting_for_a_person_differ():
    fast = await _shines(led.PERSON, 450)
    slow = await _shines(led.LOOKING, 450)
    assert len(fast) >= 3 and fast[:3] in ([0, 1, 0], [1, 0, 1]) and len(slow) == 1


async def test_what_is_shown_changes_at_once():
    pin = Pin()
    light = led.Led(pin)
    task = asyncio.create_task(light.shine())
    await asyncio.sleep_ms(10)
    light.show(led.STEADY)
    await asyncio.sleep_ms(10)
    task.cancel()
    assert pin.levels[-1] == 1 and len(pin.levels) == 2


async def test_a_board_without_a_light_shows_nothing():
    await led.Led(None).shine()


def test_a_wrong_pin_needs_a_person_and_a_search_does_not():
    assert led.pattern(events.NET_PIN_WRONG) == led.PERSON == led.pattern(events.NET_REFUSED)
    assert led.pattern(events.NET_SEARCHING) == led.LOOKING == led.pattern(events.NET_SILENT)


def test_the_pace_is_set_when_it_changes_and_a_board_that_refuses_is_left_alone():
    told = []
    pace = Pace(told.append)
    for fast in (True, True, False, False, True):
        pace.hurry(fast)
    assert told == [FAST_HZ, SLOW_HZ, FAST_HZ]

    def refuses(hz):
        raise ValueError("frequency must be 160MHz")

    Pace(refuses).hurry(True)
