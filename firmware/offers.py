# An offer has come: an update begins, unless this is no time for one. Loaded for that. Never here: the update itself
# (updating.py).
import sys

import update_words
import wire
from ota import Facts
from release import RELEASE
from slots import Slots
from updating import Updating

DAY_S = 86400


def take(updates, frame):
    _, release, size, key_set = wire.offer_fields(frame)
    if updates.trial or updates.leaving:
        updates.voice.say(wire.update_state, release, update_words.REFUSED, update_words.BUSY, 0)
    elif updates.at_work is None:
        store = Slots(updates.slot)

        def over(loaded):
            # What was loaded for one update is let go, its code too.
            updates.loaded = (_today(updates)[0], _today(updates)[1] + loaded)
            updates.at_work = None
            updates.let_go()

        updates.at_work = Updating(
            store, lambda: facts(updates, store), updates.voice.say, updates.resting, updates.leave, over
        )
        updates.at_work.offered(release, size, key_set)


def facts(updates, store):
    running = store.release_of(updates.slot) or (RELEASE, bytes(8))
    floor, identity, tried = store.floor()
    mpy = sys.implementation._mpy
    about = ((mpy & 0xFF, mpy >> 8 & 3), sys.implementation.version[:2])
    return Facts(updates.board, running, (floor, identity), tried, *about, store.free(), _today(updates)[1])


def _today(updates):
    day = updates.seconds() // DAY_S
    return updates.loaded if updates.loaded[0] == day else (day, 0)
