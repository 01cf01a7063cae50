# What the box feels of itself: mains power, and its lid. Each is a contact to ground while all is well, so that a cut
# wire is an alarm. Never here: who is told (unit.py).
import asyncio
import time

STANDS_MS = 500  # a flicker of the mains is no power cut
CHATTER_MS = 3000  # a contact that never settles is open: an alarm
GAP_MS = 10000  # between two changes that are told; twice as long each time, while there is no rest between them
MOST_MS = 640000  # a lid in the wind shall not use up the contract, nor fill the log


class Input:
    # number: 0 power, 1 tamper; told(number, alarm) after each change, and at the start when it is an alarm.
    def __init__(self, number, contact, told):
        self._number = number
        self._told = told
        self.contact = contact

    def alarm(self):
        return not self.contact.made

    async def watch(self):
        # Runs for ever.
        if self.alarm():
            self._told(self._number, True)
        gap_ms = GAP_MS
        while True:
            since = time.ticks_ms()
            made = await self.contact.change()
            restless = 0 <= time.ticks_diff(time.ticks_ms(), since) < gap_ms
            gap_ms = min(2 * gap_ms, MOST_MS) if restless else GAP_MS
            self._told(self._number, not made)
            await asyncio.sleep_ms(gap_ms)
