# How each rung of the recovery ladder is climbed: by which command, wire or power. Each is bounded. Never here: which
# one is next (ladder.py), what was wrong (modem.py).
import asyncio

import ladder
import modems
import radio
from at import Silent
from ladder import AT, BOARD, CFUN, DTR, ESCAPE, KEY, RESET

ESCAPES = 2  # a modem may have been in the middle of something the first time
GOING_MS = 3000  # from the command to start again until it does
BOARD_EVERY_S = 3600  # the board starts again no more often: it would forget how long to rest


class Rungs:
    # family: a row of modems.py; restart(): of the board, as soon as no door is busy; seconds(): unit time.
    def __init__(self, at, power, family, restart, seconds, console):
        self._at = at
        self._power = power
        self._restart = restart
        self._seconds = seconds
        self._console = console
        self.family = family
        dtr = (DTR,) if power.has_dtr else ()
        self.has = (AT, ESCAPE, CFUN, RESET, KEY, BOARD) + dtr
        self._without_words = dtr + (AT, ESCAPE, KEY, BOARD) + ((RESET,) if power.has_reset else ())

    async def reach(self, trouble, climbed):
        # Until it answers, by every rung that can do that: True, it does. climbed(rung) is told.
        rung = ladder.above(trouble, ladder.NONE, self._without_words)
        while rung != ladder.NONE:
            if rung > AT:
                climbed(rung)
            if await self.climb(rung, trouble):
                return True
            rung = ladder.above(trouble, rung, self._without_words)
        return False

    async def climb(self, rung, trouble):
        # True: it answers afterwards.
        try:
            return await asyncio.wait_for(_CLIMBS[rung](self, trouble), ladder.BOUND_S[rung])
        except (Silent, asyncio.TimeoutError):
            return False

    async def _ask(self, trouble):
        return await radio.answers_at(self._at)

    async def _escape(self, trouble):
        for _ in range(ESCAPES):
            if await self._at.escape():
                try:
                    await self._at.ask("ATH", radio.ANSWER_MS)
                except Silent:
                    pass
            if await radio.answers_at(self._at, 2):  # one that was listening takes the first for the end of its +++
                return True
        return False

    async def _drop_dtr(self, trouble):
        await self._power.drop_dtr()
        return await radio.answers_at(self._at)

    async def _restart_radio(self, trouble):
        await radio.restart_radio(self._at)
        return True

    async def _reset(self, trouble):
        if self._power.has_reset:
            await self._power.reset()
        else:
            await self._at.ask(self.family.reset, radio.ANSWER_MS)
            await self._at.quiet(GOING_MS)
        return await radio.wakes(self._at, self.family.boot_s)

    async def _press_key(self, trouble):
        # A press turns on what is off, and off what is on and only mute: so each is followed by a look.
        on_ms, off_ms = self.family.on_ms, self.family.off_ms
        boot_s = self.family.boot_s
        if trouble == ladder.OFF and await self._press(on_ms, boot_s):
            return True
        if await self._power.cut_supply():
            return await self._press(on_ms, modems.SLOWEST_S)
        if await self._press(off_ms, boot_s):
            return True
        return (trouble != ladder.OFF and await self._press(on_ms, boot_s)) or await self._press(
            on_ms, modems.SLOWEST_S
        )

    async def _press(self, ms, wait_s):
        await self._power.press_key(ms)
        return await radio.wakes(self._at, wait_s)

    async def _restart_board(self, trouble):
        if self._seconds() >= BOARD_EVERY_S:
            self._console.news("the modem does not come back: the board starts again")
            self._restart()
        return False


_CLIMBS = {
    AT: Rungs._ask,
    ESCAPE: Rungs._escape,
    DTR: Rungs._drop_dtr,
    CFUN: Rungs._restart_radio,
    RESET: Rungs._reset,
    KEY: Rungs._press_key,
    BOARD: Rungs._restart_board,
}
