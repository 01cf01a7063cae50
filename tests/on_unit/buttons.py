# A contact to ground, debounced, and the exit button and the inputs over it.
import asyncio

import exit_button
import inputs
from contact import Contact
from exit_button import ExitButton
from inputs import Input

ONLY_ON_UNIT = True
EDGES = 3
STANDS_MS = 20
CHATTER_MS = 200


class Pin:
    def __init__(self, made):
        self.level = 0 if made else 1
        self.handler = None

    def irq(self, handler, trigger):
        assert trigger == EDGES
        self.handler = handler

    def value(self):
        return self.level

    def set(self, made, edge=True):
        self.level = 0 if made else 1
        if edge:
            self.handler(self)


def contact(pin):
    return Contact(pin, EDGES, STANDS_MS, CHATTER_MS)


async def test_a_contact_is_told_when_it_has_stood():
    pin = Pin(False)
    one = contact(pin)
    waits = asyncio.create_task(one.change())
    await asyncio.sleep_ms(5)
    for made in (True, False, True, False, True):
        pin.set(made)
        await asyncio.sleep_ms(2)
    assert not waits.done()
    await asyncio.sleep_ms(STANDS_MS * 2 + 15)
    assert waits.done() and await waits is True and one.made


async def test_what_is_shorter_than_it_must_stand_is_nothing():
    pin = Pin(False)
    waits = asyncio.create_task(contact(pin).change())
    await asyncio.sleep_ms(5)
    pin.set(True)
    await asyncio.sleep_ms(5)
    pin.set(False)
    await asyncio.sleep_ms(STANDS_MS * 4)
    assert not waits.done()
    waits.cancel()


async def test_what_never_settles_is_open():
    pin = Pin(True)
    one = contact(pin)
    waits = asyncio.create_task(one.change())
    made = True
    for _ in range(CHATTER_MS // 8):
        await asyncio.sleep_ms(10)
        made = not made
        pin.set(made)
    assert waits.done() and await waits is False


async def test_an_edge_that_was_lost_is_found_by_the_look():
    pin = Pin(False)
    one = contact(pin)
    waits = asyncio.create_task(one.change())
    await asyncio.sleep_ms(5)
    pin.set(True, edge=False)
    one.look()
    await asyncio.sleep_ms(STANDS_MS + 15)
    assert waits.done() and await waits


async def test_a_button_opens_once_a_press_and_not_when_it_was_pressed_from_the_start():
    opened = []

    async def opens():
        opened.append(1)

    for at_first, expected in ((False, 1), (True, 0)):
        opened.clear()
        pin = Pin(at_first)
        watch = asyncio.create_task(ExitButton(contact(pin), opens).watch())
        await asyncio.sleep_ms(5)
        pin.set(True)
        await asyncio.sleep_ms(STANDS_MS * 5)
        assert len(opened) == expected
        await asyncio.sleep_ms(exit_button.GAP_MS)
        pin.set(False)
        await asyncio.sleep_ms(STANDS_MS * 5)
        assert len(opened) == expected, "to let it go is no press"
        watch.cancel()


async def test_an_input_tells_an_alarm_at_the_start_and_no_wellness():
    told = []
    for made in (True, False):
        one = Input(1, contact(Pin(made)), lambda number, alarm: told.append((number, alarm)))
        watch = asyncio.create_task(one.watch())
        await asyncio.sleep_ms(5)
        assert one.alarm() is not made
        watch.cancel()
    assert told == [(1, True)]


async def test_a_lid_in_the_wind_is_told_ever_more_rarely_and_how_it_is_in_the_end():
    told = []
    pin = Pin(True)
    inputs.GAP_MS, inputs.MOST_MS = 50, 400
    watch = asyncio.create_task(Input(1, contact(pin), lambda number, alarm: told.append(alarm)).watch())
    await asyncio.sleep_ms(5)
    for made in (False, True) * 10:  # for 2 s
        pin.set(made)
        await asyncio.sleep_ms(100)
    assert 3 <= len(told) <= 8
    pin.set(False)
    await asyncio.sleep_ms(500)
    assert told[-1] is True
    await asyncio.sleep_ms(900)
    many = len(told)
    for made in (True, False):  # after a calm it is told as before
        pin.set(made)
        await asyncio.sleep_ms(150)
    assert len(told) == many + 2
    watch.cancel()
