# The coil: off from the start, one pulse at a time, never beyond its hard limit, read back. The pulse is ended by
# hardware (RMT, "remote control": plays a list of levels without the processor); the program only checks that it did,
# and forces the pin low if it did not. A hold is a level on the pin, longer than any such list: the program ends it,
# the supervisor's look does if that task does not, and the watchdog's reset if all of it hangs.
# Never here: whether a door may be opened (commands.py).
import asyncio
import time

import wire

MIN_MS = 100
MAX_MS = 5000
PAUSE_MS = 1000  # between two pulses of a coil
TOGGLE_PAUSE_MS = 3000  # of a toggle: a second person's press would stop the door that the first one started
ON_TRIES = 5  # ms a driver may take until its read-back pin follows
OFF_TRIES = 30  # ms a relay may take to let go
END_SLACK_MS = 15  # the hardware's clock and ours differ by less over 5 s
OVERDUE_MS = 5000  # an end that nobody checked for this long: the program hangs

PULSE_MAX = 32767  # ticks, the most that one entry of the RMT holds
TICK_NS_1_26 = 3187.5  # clock_div=255 of 80 MHz
RESOLUTION_HZ = 312500  # 3,200 ns a tick: 5 s are 48 entries of the 126 that play without the processor

IDLE = 0
PULSING = 1
PAUSING = 2
HELD = 3


def rmt(RMT, channel, pin):
    # (RMT, ns of a tick) on MicroPython from 1.27 on, else with the signature of 1.26.
    try:
        return RMT(pin=pin, resolution_hz=RESOLUTION_HZ), 1e9 / RESOLUTION_HZ
    except TypeError:
        return RMT(channel, pin=pin, clock_div=255, idle_level=False), TICK_NS_1_26


def entries(ms, tick_ns):
    # The durations of the RMT's entries for a level that lasts so long.
    full, rest = divmod(int(ms * 1000000 / tick_ns), PULSE_MAX)
    return [PULSE_MAX] * full + ([rest] if rest else [])


class Coil:
    # pin: an output that is low; sense: a pin that reads the driver back, or None to read the output itself;
    # make_rmt(pin) gives (rmt, ns of a tick); changed() is called when a fault comes or goes. Given later, by whoever
    # holds: on_end() is called when a hold ends that nobody released.
    def __init__(self, pin, sense, make_rmt, pause_ms, changed):
        self._pin = pin
        self._sense = sense
        self._make_rmt = make_rmt
        self._pause_ms = pause_ms
        self._changed = changed
        self._state = IDLE
        self._rmt = None  # kept for as long as the coil is used: a collected RMT would cut the pulse
        self._cut_off = False  # the pin was taken from the RMT
        self._tick_ns = 0
        self._ends = 0
        self._end = None
        self.on_end = None
        self.stuck_on = False
        self.dead = False  # the last pulse or hold did not read back
        self.off()
        self.stuck_on = self.reads()

    def busy(self):
        return self._state in (PULSING, PAUSING)

    def held(self):
        return self._state == HELD

    def as_meant(self):
        # Whether it reads as it should; while a pulse plays, hardware decides.
        return self._state == PULSING or self.reads() == self.held()

    def fault(self):
        return self.stuck_on or self.dead

    def healthy(self, now_ms):
        # False when the end of a pulse was not checked in time, or a hold is past its end: let the watchdog bite.
        return self._state not in (PULSING, HELD) or time.ticks_diff(now_ms, self._ends) < OVERDUE_MS

    def reads(self):
        return bool((self._sense or self._pin).value())

    async def pulse(self, ms):
        # True when the coil is on and reads so. The pulse ends by itself; False: it was called off, or never began.
        if not MIN_MS <= ms <= MAX_MS or self._state != IDLE:
            raise ValueError("a pulse has 100 to 5,000 ms and begins after the pause")
        if self.stuck_on:
            return False
        self._state = PULSING
        self._ends = time.ticks_add(time.ticks_ms(), ms)
        on = True  # as far as is known when the caller is cancelled meanwhile: it ends as every pulse does
        try:
            if self._rmt is None:
                self._rmt, self._tick_ns = self._make_rmt(self._pin)
                self._cut_off = False
            durations = entries(ms, self._tick_ns)
            self._rmt.write_pulses(durations, [1] * len(durations))
            on = await self._follows(True, ON_TRIES)
        except Exception as error:
            print("coil: no pulse:", error)
            on = False
        finally:
            if not on:
                self.off()
            self._end = asyncio.create_task(self._finish(ms))
        self._judge(self.stuck_on, not on)
        return on

    async def hold(self, seconds):
        # True when the coil is on and reads so; it stays on for so long from now, also when it is held already. False:
        # it does not follow, and is off.
        if not 1 <= seconds <= wire.HOLD_MAX_S or self.busy():
            raise ValueError("a hold has 1 to 43,200 s and begins after the pause")
        if self.stuck_on:
            return False
        before = self._state == HELD
        if before:
            self._end.cancel()
        else:
            self._pin.init(self._pin.OUT, value=1)
            self._cut_off = True
        self._state = HELD
        self._ends = time.ticks_add(time.ticks_ms(), seconds * 1000)
        on = True
        try:
            on = await self._follows(True, ON_TRIES)
        finally:
            if self._state != HELD:  # a look has ended it meanwhile
                on = False
            elif on:
                self._end = asyncio.create_task(self._end_of_hold())
            else:
                self._let_go()
                if before:
                    self._ended()
        self._judge(self.stuck_on, not on)
        return on

    def release(self):
        # A hold ends now.
        if self._state == HELD:
            self._end.cancel()
            self._let_go()

    def check(self):
        # The supervisor's look at a coil that should be off, or held and not past its end.
        if self._state == HELD:
            dead = not self.reads()
            if dead or time.ticks_diff(time.ticks_ms(), self._ends) >= 0:
                self.release()
                self._ended()
            self._judge(self.stuck_on, dead)
        elif self._state != PULSING:
            self._judge(self.reads(), self.dead)

    async def _end_of_hold(self):
        while self._state == HELD:
            left = time.ticks_diff(self._ends, time.ticks_ms())
            if left <= 0:
                self._let_go()
                self._ended()
            else:
                await asyncio.sleep_ms(left)

    def _let_go(self):
        self.off()
        self._state = PAUSING
        self._end = asyncio.create_task(self._rest())

    def _ended(self):
        if self.on_end is not None:
            self.on_end()

    async def _finish(self, ms):
        await asyncio.sleep_ms(ms + END_SLACK_MS)
        if not await self._follows(False, OFF_TRIES):
            self.off()
            print("coil: the pulse did not end by itself; forced off")
        await self._rest()

    async def _rest(self):
        # It has been told to be off: look whether it is, and pause.
        off = await self._follows(False, OFF_TRIES)
        if not off:
            print("coil: still on")
        self._close()
        self._state = PAUSING
        self._judge(not off, self.dead)
        await asyncio.sleep_ms(self._pause_ms)
        self._state = IDLE

    async def _follows(self, level, tries):
        for _ in range(tries):
            if self.reads() == level:
                return True
            await asyncio.sleep_ms(1)
        return self.reads() == level

    def off(self):
        # Now, whatever it was doing: the pin is taken back, the RMT plays on unheard.
        self._pin.init(self._pin.OUT, value=0)
        self._cut_off = True

    def _close(self):
        # An RMT that has lost its pin goes, and the next pulse makes a new one. Not before its time is over: stopped
        # with more than 300 ms to play it trips the chip's interrupt watchdog (IDF 5). It leaves the pin floating.
        if self._cut_off and self._rmt is not None:
            self._rmt.deinit()
            self._rmt = None
            self._pin.init(self._pin.OUT, value=0)
        self._cut_off = False

    def _judge(self, stuck_on, dead):
        if (stuck_on, dead) != (self.stuck_on, self.dead):
            self.stuck_on = stuck_on
            self.dead = dead
            self._changed()
