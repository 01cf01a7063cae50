# One contact to ground on an input with a pull-up, debounced: an exit button's, the power's or the lid's. Never here:
# what it means when it is made.
import asyncio
import time


class Contact:
    # stands_ms: a reading counts when it has stood so long; chatter_ms: what does not settle in this time is open.
    def __init__(self, pin, edges, stands_ms, chatter_ms):
        self._pin = pin
        self._stands_ms = stands_ms
        self._chatter_ms = chatter_ms
        self._flag = asyncio.ThreadSafeFlag()
        self._edges = 0
        pin.irq(handler=self._edge, trigger=edges)
        self.made = self._reads()

    def look(self):
        # In case an edge was lost.
        if self._reads() != self.made:
            self._flag.set()

    async def change(self):
        # Whether it is made, once that is another than before.
        while True:
            await self._flag.wait()
            made = await self._settled()
            if made != self.made:
                self.made = made
                return made

    async def _settled(self):
        started = time.ticks_ms()
        while time.ticks_diff(time.ticks_ms(), started) < self._chatter_ms:
            made, edges = self._reads(), self._edges
            await asyncio.sleep_ms(self._stands_ms)
            self._flag.clear()  # before the reading: an edge after it wakes us again
            if self._reads() == made and self._edges == edges:
                return made
        return False

    def _reads(self):
        return self._pin.value() == 0

    def _edge(self, pin):
        self._edges += 1
        self._flag.set()
