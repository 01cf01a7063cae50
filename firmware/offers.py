# An offer that this is a time for: an update begins. And what this unit is, for the rules. Loaded for that. Never here:
# the update itself (updating.py), the rules (ota.py).
import asyncio
import sys

import update_words
import wire
from release import RELEASE

DAY_S = 86400
QUIET_MS = 200  # between two looks whether the doors rest


def heard(updates, frame):
    # Why not, or NONE.
    _, release, size, _ = wire.offer_fields(frame)
    if updates.at_work:
        return update_words.NONE if updates.at_work.release == release else update_words.BUSY
    from landing import Landing
    from updating import Updating

    def over(loaded):
        # What was loaded for it is let go, its code too.
        updates.loaded = (updates.seconds() // DAY_S, _loaded_today(updates) + loaded)
        updates.at_work = None
        updates.let_go()

    def switch():
        updates.switching = asyncio.create_task(_switch(updates))

    about = (updates.voice.say, updates.resting, switch, over, updates.chip)
    updates.at_work = Updating(Landing(updates.slot), lambda: _facts(updates), *about).begun(release, size)
    return update_words.NONE


async def _switch(updates):
    # For the new slot, once no door is in use: what is kept open does not fall shut for that, and until then every
    # press is answered.
    while not updates.free():
        await asyncio.sleep_ms(QUIET_MS)
    updates.leave()


def _facts(updates):
    from ota import Facts
    from slots import Slots

    try:
        store = Slots(updates.slot)
        running = store.release_of(updates.slot) or (RELEASE, bytes(8))
        floor, identity, tried = store.floor()
        mpy = sys.implementation._mpy
        about = ((mpy & 0xFF, mpy >> 8 & 3), sys.implementation.version[:2])
        return Facts(updates.board, running, (floor, identity), tried, *about, store.free(), _loaded_today(updates))
    finally:
        updates.let_go(("slots", "ota"))


def _loaded_today(updates):
    # Bytes of blocks.
    day, count = updates.loaded
    return count if day == updates.seconds() // DAY_S else 0
