# Updates as the unit sees them all its life, in as little room as can be: is this a trial, who takes the next offer.
# All else is loaded when it is wanted. Never here: the dialogue (updating.py), a trial and its end (trial.py).
import gc
import sys

import wire

_FOR_A_WHILE = ("offers", "updating", "proving", "installing", "trial", "slots", "ota", "manifest", "signatures")


class Updates:
    # board: its name in a manifest; slot: "a" or "b", which runs; unit: unit.Unit; voice: voice.Voice; resting(): no
    # coil works; safe(): no timer of boot.py ends a trial any more; seconds(): unit time.
    def __init__(self, board, slot, unit, voice, resting, safe, seconds):
        self.board = board
        self.slot = slot
        self.unit = unit
        self.voice = voice
        self.resting = resting
        self.safe = safe
        self.seconds = seconds
        self.trial = None  # trial.Trial
        self.at_work = None  # updating.Updating
        self.leaving = False  # for the other slot: from now on no press is begun
        self.loaded = (0, 0)  # a day, and the bytes of blocks on it

    def wake(self):
        # Once, when all is joined. Most starts are no trial, and load nothing for it: names stay in memory for ever.
        try:
            with open("/active", "rb") as file:
                said = file.read(40).split()
        except OSError:
            said = ()
        if len(said) == 5 and (said[1] == b"t" or said[4] != b"0"):
            import trial

            self.trial = trial.wake(self)
            self.let_go()

    def hear(self, kind, frame):
        # An OFFER or a BLOCK, genuine and ours. False: of no use.
        if kind == wire.BLOCK:
            return self.at_work is not None and self.at_work.on_block(frame)
        import offers

        offers.take(self, frame)
        return True

    def look(self):
        # Now and then.
        if self.trial:
            self.trial.look()

    def leave(self):
        self.leaving = True
        self.unit.restart()

    def let_go(self):
        for name in _FOR_A_WHILE:
            if name in sys.modules:
                del sys.modules[name]
        gc.collect()
