# What the box feels of itself: mains power, and its lid. Each is a contact to ground while all is well, so that a cut
# wire is an alarm. Never here: who is told (unit.py).
import asyncio

STANDS_MS = 500  # a flicker of the mains is no power cut
CHATTER_MS = 3000  # a contact that never settles is open: an alarm
GAP_MS = 10000  # between two changes that are told


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
        while True:
            made = await self.contact.change()
            self._told(self._number, not made)
            await asyncio.sleep_ms(GAP_MS)
