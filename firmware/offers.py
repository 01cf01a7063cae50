# An offer has come: an update begins, unless this is no time for one; and what this unit is, for the rules. Loaded for
# as long as either takes. Never here: the update itself (updating.py).
import sys

import update_words
import wire
from release import RELEASE

DAY_S = 86400


def take(updates, frame):
    _, release, size, key_set = wire.offer_fields(frame)
    if updates.trial or updates.switching:
        updates.voice.say(wire.update_state, release, update_words.REFUSED, update_words.BUSY, 0)
    elif updates.at_work is None:
        from landing import Landing
        from updating import Updating

        store = Landing(updates.slot)
        about = (updates.voice.say, updates.resting, updates.switch, updates.over, updates.chip)
        updates.at_work = Updating(store, updates.facts, *about)
        updates.at_work.offered(release, size, key_set)


def facts(updates):
    from ota import Facts
    from slots import Slots

    store = Slots(updates.slot)
    running = store.release_of(updates.slot) or (RELEASE, bytes(8))
    floor, identity, tried = store.floor()
    mpy = sys.implementation._mpy
    about = ((mpy & 0xFF, mpy >> 8 & 3), sys.implementation.version[:2])
    return Facts(updates.board, running, (floor, identity), tried, *about, store.free(), loaded_today(updates)[1])


def loaded_today(updates):
    day = updates.seconds() // DAY_S
    return updates.loaded if updates.loaded[0] == day else (day, 0)
