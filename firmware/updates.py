# Updates as the unit sees them all its life: is this start a trial, has the last one failed, who takes the next offer.
# The rest is loaded when there is one. Never here: the dialogue (updating.py), flash (slots.py), rules (ota.py).
import gc
import sys

import events
import update_words as words
import wire
from release import RELEASE

DAY_S = 86400
_LOADED_FOR_ONE = ("updating", "proving", "installing", "slots", "ota", "manifest", "signatures", "ed25519")


class Updates:
    # board: its name in a manifest; slot: "a" or "b", which runs; say: voice.say; write: into the journal, as unit
    # does; ill(): what a TEST finds; resting(): no coil works; restart(): as soon as the doors let it; safe(): no timer
    # of boot.py ends a trial any more; seconds(): unit time.
    def __init__(self, board, slot, say, write, ill, resting, restart, safe, seconds):
        self._board = board
        self._slot = slot
        self._say = say
        self._write = write
        self._ill = ill
        self._resting = resting
        self._restart = restart
        self._safe = safe
        self._seconds = seconds
        self._trial = None
        self._at_work = None
        self._day = 0
        self._loaded = 0  # bytes of blocks on that day
        self.leaving = False  # for the new slot: from now on no press is begun
        self._running = (RELEASE, bytes(8))
        self._wake_up()

    def _wake_up(self):
        store = self._store()
        state, _, why = store.record()
        self._running = store.release_of(self._slot) or self._running
        if state == "t":
            from ota import Trial

            self._trial = Trial()
            print("release %d is on trial" % self._running[0])
        if why:
            failed = store.release_of(store.idle)
            self._note(words.REVERTED, why, failed[0] if failed else 0)
            store.told()
            print("a release was taken back: reason %d" % why)
        self._let_go()

    def hear(self, kind, frame):
        # An OFFER or a BLOCK, genuine and ours. False: of no use.
        if kind == wire.BLOCK:
            return self._at_work is not None and self._at_work.on_block(frame)
        _, release, size, key_set = wire.offer_fields(frame)
        if self._trial or self.leaving:
            self._say(wire.update_state, release, words.REFUSED, words.BUSY, 0)
        elif self._at_work is None:
            from updating import Updating

            self._at_work = Updating(self._store(), self._facts, self._say, self._resting, self._leave, self._over)
            self._at_work.offered(release, size, key_set)
        return True

    def welcomed(self):
        if self._trial:
            self._say(wire.update_state, self._running[0], words.TRIAL, words.NONE, 0)

    def asked(self):
        # By the cloud, for this very boot: nobody can have kept that from before.
        if self._trial:
            self._trial.answered = True

    def look(self):
        # Now and then.
        if self._trial is None:
            return
        self._trial.well = not self._ill()
        verdict = self._trial.verdict(self._seconds())
        if verdict == words.CONFIRMED:
            self._store().confirm()
            self._safe()
            self._trial = None
            self._note(words.CONFIRMED, words.NONE, self._running[0])
            self._say(wire.update_state, self._running[0], words.CONFIRMED, words.NONE, 0)
            print("release %d is confirmed" % self._running[0])
            self._let_go()
        elif verdict == words.REVERTED:
            print("release %d is not confirmed in time: back to the one before" % self._running[0])
            self._store().revert(self._trial.reason())
            self._trial = None
            self.leaving = True
            self._restart()

    def _leave(self):
        self.leaving = True
        self._restart()

    def _over(self, loaded):
        # What was loaded for one update is let go, its code too.
        self._today(loaded)
        self._at_work = None
        self._let_go()

    def _today(self, loaded):
        day = self._seconds() // DAY_S
        if day != self._day:
            self._day, self._loaded = day, 0
        self._loaded += loaded
        return self._loaded

    def _facts(self):
        from ota import Facts

        store = self._store()
        floor, identity, tried = store.floor()
        mpy = sys.implementation._mpy
        about = ((mpy & 0xFF, mpy >> 8 & 3), sys.implementation.version[:2])
        return Facts(self._board, self._running, (floor, identity), tried, *about, store.free(), self._today(0))

    def _note(self, state, reason, release):
        numbers = release.to_bytes(4, "big") + self._running[0].to_bytes(4, "big")
        self._write(events.UPDATE, 0, state | reason << 8, numbers)

    def _store(self):
        from slots import Slots

        return Slots(self._slot)

    def _let_go(self):
        for name in _LOADED_FOR_ONE:
            if name in sys.modules:
                del sys.modules[name]
        gc.collect()
