# Updates as the unit sees them all its life, in as little room as can be: is this a trial, who takes the next offer.
# All else is loaded when it is wanted. Whatever goes wrong with an offer or a block, the unit goes on as it was.
# Never here: what becomes of an offer (offers.py), a trial and its end (trial.py).
import gc
import sys

import update_words
import wire

ROOM = 44 * 1024  # bytes of heap without which nothing is loaded for an offer: what one takes at its most, and some
STOOD_S = 7800  # after a start, and nothing crashed: two hours after the latest moment of a confirmation
_FOR_AN_OFFER = ("offers", "slots", "ota")
_FOR_A_WHILE = _FOR_AN_OFFER + (
    "updating",
    "blocks",
    "landing",
    "no",
    "proving",
    "ed25519",
    "installing",
    "trial",
    "probation",
    "manifest",
    "signatures",
)


class Updates:
    # board: its name in a manifest; slot: "a" or "b", which runs; unit: unit.Unit; voice: voice.Voice; resting(): no
    # coil works; free(): none is held either; chip(): the modules (machine, esp32), for a trial; seconds(): unit time.
    def __init__(self, board, slot, unit, voice, resting, free, chip, seconds):
        self.board = board
        self.slot = slot
        self.unit = unit
        self.voice = voice
        self.resting = resting
        self.free = free
        self.chip = chip
        self.seconds = seconds
        self.trial = None  # trial.Trial
        self.watched = False  # what runs is confirmed, but not for long: the other slot is still to fall back to
        self.at_work = None  # updating.Updating
        self.switching = None  # the task that leaves for the new slot as soon as no door is in use
        self.leaving = False  # for the other slot: from now on no press is begun
        self.loaded = (0, 0)  # a day, and the bytes of blocks on it

    def wake(self):
        # Once, when all is joined. Most starts are no trial, and load nothing for it: names stay in memory for ever.
        try:
            with open("/active", "rb") as file:
                said = file.read(40).split()
            self.watched = said[1:3] == [b"w", b"0"]
            if len(said) == 5 and (said[1] == b"t" or said[4] != b"0"):
                import trial

                trial.wake(self)
                self.let_go()
        except (OSError, MemoryError) as error:  # who is on trial and does not know it is taken back by boot.py
            print("what became of an update cannot be said:", error)

    def hear(self, kind, frame):
        # An OFFER or a BLOCK, genuine and ours. False: of no use.
        reason = update_words.NONE
        try:
            if kind == wire.BLOCK:
                return self.at_work is not None and self.at_work.on_block(frame)
            gc.collect()
            reason = update_words.MEMORY
            if self.trial or self.switching or self.watched:
                reason = update_words.BUSY
            elif self.at_work or gc.mem_free() >= ROOM:
                import offers

                reason = offers.heard(self, frame)
        except MemoryError:
            pass  # a block is asked for again
        except Exception as error:
            sys.print_exception(error)
            reason = update_words.FLASH
        if kind == wire.OFFER:
            self.let_go(_FOR_AN_OFFER if self.at_work else _FOR_A_WHILE)
        if reason:
            self.voice.say(wire.update_state, wire.offer_fields(frame)[1], update_words.REFUSED, reason, 0)
        return True

    def look(self):
        # Now and then.
        try:
            if self.trial:
                self.trial.look()
            elif self.watched and self.seconds() >= STOOD_S:
                import trial

                trial.stood(self)
                self.let_go()
        except (OSError, MemoryError) as error:
            print("what became of an update cannot be written down:", error)

    def leave(self):
        self.leaving = True
        self.unit.restart()

    def let_go(self, names=_FOR_A_WHILE):
        for name in names:
            if name in sys.modules:
                del sys.modules[name]
        gc.collect()
