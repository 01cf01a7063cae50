# Where a door stands, from one or two contacts: `step` and `later` are the rules (pure), Sensor watches the pins.
# Never a guess: without a contact that says so a door is unknown. A contact connects its pin to ground when it is made.
import asyncio
import time

import wire

DEBOUNCE_MS = 30  # contacts bounce for some ms; a reading counts when it has stood this long
CHATTER_MS = 600  # a contact that never settles is read as it is after this
SLOW = 1.5  # a door may take this much longer than its travel time
GRACE_S = 5  # and this much more, before "moving" becomes "unknown"

# What (closed contact, open contact) say by themselves; None of a pair: there is no such contact. MOVED: it depends on
# where the door came from.
_MOVED = -1
_SAYS = {
    (True, False): wire.CLOSED,
    (False, True): wire.OPENED,
    (True, True): wire.UNKNOWN,
    (False, False): _MOVED,
    (True, None): wire.CLOSED,
    (False, None): _MOVED,
    (None, True): wire.OPENED,
    (None, False): wire.UNKNOWN,
    (None, None): wire.UNKNOWN,
}
_LEFT_AN_END = {wire.CLOSED: wire.OPENING, wire.OPENED: wire.CLOSING}
_LEFT_CLOSED = {wire.CLOSED: wire.OPENING}  # with a closed contact only, "open" means "not closed"


def step(state, closed, opened):
    # (state, fault) after the contacts read so. A movement reversed midway keeps its name until an end is reached.
    said = _SAYS[(closed, opened)]
    if said == _MOVED:
        said = (_LEFT_CLOSED if opened is None else _LEFT_AN_END).get(state, state)
    return said, closed is True and opened is True


def later(state, closed, opened, travel_s):
    # (seconds, state): what the state becomes when the contacts stay as they are for so long; (0, state) for ever.
    if closed is False and opened is None and state in (wire.OPENING, wire.UNKNOWN):
        return travel_s, wire.OPENED
    if state in (wire.OPENING, wire.CLOSING):
        return travel_s * SLOW + GRACE_S, wire.UNKNOWN
    return 0, state


class Sensor:
    # closed and opened are pins or None; edges is the trigger for both edges; seconds() is unit time.
    def __init__(self, closed, opened, edges, travel_s, seconds):
        self._closed = closed
        self._opened = opened
        self._travel_s = travel_s
        self._seconds = seconds
        self._flag = asyncio.ThreadSafeFlag()
        self._edges = 0
        self.present = closed is not None or opened is not None
        self.fault = False
        self.since = None  # unit seconds; not known before the first change
        for pin in (closed, opened):
            if pin is not None:
                pin.irq(handler=self._edge, trigger=edges)
        self._read = self._contacts()
        self.state, self.fault = step(wire.UNKNOWN, *self._read)
        self._moved_at = time.ticks_ms()

    def look(self):
        # In case an edge was lost.
        if self._contacts() != self._read:
            self._flag.set()

    async def watch(self, changed):
        # Calls changed() after each change of state or fault. Runs for ever.
        while True:
            due_s, then = later(self.state, *self._read, self._travel_s)
            if due_s == 0:
                await self._flag.wait()
            else:
                left = int(due_s * 1000) - time.ticks_diff(time.ticks_ms(), self._moved_at)
                try:
                    await asyncio.wait_for_ms(self._flag.wait(), max(1, left))
                except asyncio.TimeoutError:
                    self._become(then, self.fault, changed)
                    continue
            self._read = await self._settled()
            self._become(*step(self.state, *self._read), changed)

    async def _settled(self):
        started = time.ticks_ms()
        read = self._contacts()
        while time.ticks_diff(time.ticks_ms(), started) < CHATTER_MS:
            edges = self._edges
            await asyncio.sleep_ms(DEBOUNCE_MS)
            self._flag.clear()  # before the reading: an edge after it wakes us again
            again = self._contacts()
            if again == read and edges == self._edges:
                break
            read = again
        return read

    def _become(self, state, fault, changed):
        if (state, fault) == (self.state, self.fault):
            return
        if state != self.state:
            self.since = self._seconds()
            self._moved_at = time.ticks_ms()
        self.state = state
        self.fault = fault
        changed()

    def _contacts(self):
        return self._made(self._closed), self._made(self._opened)

    def _made(self, pin):
        return None if pin is None else pin.value() == 0

    def _edge(self, pin):
        self._edges += 1
        self._flag.set()
