# The button beside a door that lets people out: each press opens the door, whatever the cloud says and without it. One
# that is stuck opens once, and one that is stuck at the start never. Never here: what an opening is (door.py).
import asyncio

STANDS_MS = 50  # a finger stays longer; what a long wire picks up does not
CHATTER_MS = 2000  # a button that never settles is none that is pressed
GAP_MS = 1000  # between two openings


class ExitButton:
    # opens(): async, lets people out.
    def __init__(self, contact, opens):
        self.contact = contact
        self._opens = opens

    async def watch(self):
        # Runs for ever.
        while True:
            if await self.contact.change():
                await self._opens()
                await asyncio.sleep_ms(GAP_MS)
