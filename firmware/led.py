# The light: on while the unit is online, blinking slowly while it looks for a network or a server, fast when a person
# has to do something. Which reasons are whose is a table; docs/hardware.md tells the same. Never here: which pin it is.
import asyncio

import events

SLOW_MS = 1000
FAST_MS = 100

STEADY = 0
LOOKING = SLOW_MS
PERSON = FAST_MS

_FOR_A_PERSON = (
    events.NET_REFUSED,
    events.NET_SIM_MISSING,
    events.NET_SIM_BUSY,
    events.NET_PIN_MISSING,
    events.NET_PIN_WRONG,
    events.NET_PUK,
    events.NET_DENIED,
    events.NET_APN,
    events.NET_AUTH,
    events.NET_WIFI_MISSING,
    events.NET_WIFI_PASSWORD,
)


def pattern(reason):
    # Half a period of the blinking while this is why there is no session.
    return PERSON if reason in _FOR_A_PERSON else LOOKING


class Led:
    # pin: an output, or None where there is no light; on: the level that lights it.
    def __init__(self, pin, on=1):
        self._pin = pin
        self._on = on
        self._pattern = LOOKING
        self._wake = asyncio.Event()

    def show(self, pattern):
        if pattern != self._pattern:
            self._pattern = pattern
            self._wake.set()

    async def shine(self):
        # Runs for ever; while the light is steady nothing wakes.
        if self._pin is None:
            return
        lit = True
        while True:
            lit = self._pattern == STEADY or not lit
            self._pin.value(self._on if lit else 1 - self._on)
            self._wake.clear()
            if self._pattern == STEADY:
                await self._wake.wait()
                continue
            try:
                await asyncio.wait_for_ms(self._wake.wait(), self._pattern)
            except asyncio.TimeoutError:
                pass
