# When the unit may start itself again: never during a pulse, and for the network not while a door is held either.
import asyncio

import main

ONLY_ON_UNIT = True


class Coil:
    def __init__(self):
        self.pulses = self.holds = False

    def busy(self):
        return self.pulses

    def held(self):
        return self.holds


async def _restarts(begin, coils, then):
    # How often it did, before and after `then` happened.
    resets = []
    real, main._reset, main.RESTART_LOOK_MS = main._reset, lambda *_: resets.append(1), 1
    try:
        restart = main._Restart(None, coils)
        begin(restart)
        begin(restart)
        await asyncio.sleep_ms(20)
        before = len(resets)
        then()
        await asyncio.sleep_ms(20)
        return before, len(resets)
    finally:
        main._reset = real


def _lets_go(coil):
    coil.pulses = coil.holds = False


async def test_a_restart_waits_for_the_end_of_a_pulse_and_comes_once():
    for begin in (lambda r: r.soon(), lambda r: r.when_idle()):
        busy = Coil()
        busy.pulses = True
        assert await _restarts(begin, [Coil(), busy], lambda busy=busy: _lets_go(busy)) == (0, 1)


async def test_for_the_networks_sake_it_waits_for_who_holds_a_door_open():
    held = Coil()
    held.holds = True
    assert await _restarts(lambda r: r.when_idle(), [held], lambda: _lets_go(held)) == (0, 1)
    held.holds = True
    assert await _restarts(lambda r: r.soon(), [held], lambda: None) == (1, 1)
