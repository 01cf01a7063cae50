# A part of a release from the cloud, block by block: asked for by the unit, one at a time, again when none comes, from
# where it was cut. Never here: which part, and what it is good for (updating.py).
import asyncio
import time

import update_words
import wire
from no import No

WAIT_MS = 20000  # for a block; at 300 B/s and round trips of a second it takes five
UNSAID_MS = 1000  # while there is no session to ask in
PATIENCE_MS = 300000  # for one block, asked for again and again: the cloud offers again when there is a reason
QUIET_MS = 200  # between two looks whether the doors rest
MAX_KEYS_BYTES = 1024  # of a signed key set
LEAST = 128  # bytes of a block
FIRST = 512  # before the rate is known


def length(rate, most, left):
    # Bytes to ask for: no more than a second of the measured rate (bytes a second, 0: not measured yet).
    return min(max(LEAST, rate or FIRST), most, left)


def measured(rate, count, ms):
    # The rate after a block of so many bytes took so long: the newest counts half.
    now = count * 1000 // max(ms, 1)
    return now if not rate else (rate + now) // 2


class Blocks:
    # say(build, *fields): voice.say; resting(): no coil works.
    def __init__(self, store, say, resting):
        self._store = store
        self._say = say
        self._resting = resting
        self._came = asyncio.Event()
        self._wanted = None  # (part, of, offset, length) that is awaited
        self._block = None  # (size, bytes) that came for it
        self._rate = 0  # bytes a second
        self.loaded = 0  # bytes, whatever became of them

    def take(self, frame):
        # Whether it is the one that is awaited.
        _, part, of, offset, size, data = wire.block_fields(frame)
        if self._wanted is None or (part, of, offset) != self._wanted[:3] or self._block is not None:
            return False  # late, doubled, of another release
        if len(data) != max(0, min(self._wanted[3], size - offset)) or (size and not data):
            return False  # neither what was asked for nor the end of it: drop by drop it would wear the flash
        self._block = (size, data)
        self._came.set()
        return True

    async def part(self, part, of, file, size, into=None):
        # Until the file has all of it; what it has is not asked for again. into: what stands for the flash's files.
        store = into or self._store
        have = store.have(file)
        while have < size:
            total, data = await self._ask(part, of, have, size - have)
            if total != size:
                raise No(update_words.GONE if not total else update_words.MALFORMED)
            await self.quiet()
            store.add(file, data)
            have = store.have(file)
        if have > size:
            raise No(update_words.CONTENT)  # left by another that had its number

    async def keys(self, number):
        # The signed key set with that number, as the cloud has it: not kept before it is checked.
        found = b""
        size = 1
        while len(found) < size:
            size, data = await self._ask(wire.KEY_SET, number, len(found), MAX_KEYS_BYTES)
            if not 0 < size <= MAX_KEYS_BYTES:
                raise No(update_words.KEYS)
            found += data
        return found

    async def _ask(self, part, of, offset, left):
        # (bytes of the whole part, those from offset on) as the cloud gives them.
        first = time.ticks_ms()
        while time.ticks_diff(time.ticks_ms(), first) < PATIENCE_MS:
            await self.quiet()
            size = length(self._rate, wire.BLOCK_MAX, left)
            self._block = None
            self._came.clear()
            self._wanted = (part, of, offset, size)
            asked = time.ticks_ms()
            said = self._say(wire.block_wanted, part, of, offset, size)
            try:
                await asyncio.wait_for_ms(self._came.wait(), WAIT_MS if said else UNSAID_MS)
            except asyncio.TimeoutError:
                if said:
                    self._rate = (self._rate or FIRST) // 2
                continue
            self._wanted = None
            total, data = self._block
            self._block = None
            self.loaded += len(data)
            self._rate = measured(self._rate, len(data), time.ticks_diff(time.ticks_ms(), asked))
            return total, data
        self._wanted = None
        raise No(update_words.NONE)

    async def quiet(self):
        # Others have their turn; and while a door works, it has all turns.
        await asyncio.sleep_ms(0)
        while not self._resting():
            await asyncio.sleep_ms(QUIET_MS)
