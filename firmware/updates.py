# Updates as the unit sees them all its life, in as little room as can be: is this a trial, who takes the next offer.
# All else is loaded when it is wanted. Never here: the dialogue (updating.py), a trial and its end (trial.py).
import asyncio
import gc
import sys

import update_words
import wire

ROOM = 20 * 1024  # bytes of heap without which no update is begun: what one takes at its most, and some
QUIET_MS = 200  # between two looks whether the doors rest
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
        self.chip = chip
        self.seconds = seconds
        self.trial = None  # trial.Trial
        self.at_work = None  # updating.Updating
        self.switching = None  # the task that leaves for the new slot as soon as no door is in use
        self.leaving = False  # for the other slot: from now on no press is begun
        self.loaded = (0, 0)  # a day, and the bytes of blocks on it
        self._free = free

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
        if self.at_work is not None:
            return True
        gc.collect()
        try:
            if gc.mem_free() < ROOM:
                raise MemoryError
            import offers

            offers.take(self, frame)
            self.let_go(_FOR_AN_OFFER)
        except MemoryError:
            self.at_work = None
            self.let_go()
            release = wire.offer_fields(frame)[1]
            self.voice.say(wire.update_state, release, update_words.REFUSED, update_words.MEMORY, 0)
        return True

    def facts(self):
        # What this unit is, for the rules: ota.Facts.
        import offers

        try:
            return offers.facts(self)
        finally:
            self.let_go(_FOR_AN_OFFER)

    def over(self, loaded):
        # The update at work is; what was loaded for it is let go, its code too.
        import offers

        day, before = offers.loaded_today(self)
        self.loaded = (day, before + loaded)
        self.at_work = None
        self.let_go()

    def look(self):
        # Now and then.
        if self.trial:
            self.trial.look()

    def switch(self):
        # For the new slot, once no door is in use: what is kept open does not fall shut for that, and until then every
        # press is answered.
        self.switching = self.switching or asyncio.create_task(self._switch())

    async def _switch(self):
        while not self._free():
            await asyncio.sleep_ms(QUIET_MS)
        self.leave()

    def leave(self):
        self.leaving = True
        self.unit.restart()

    def let_go(self, names=()):
        for name in names or _FOR_A_WHILE:
            if name in sys.modules:
                del sys.modules[name]
        gc.collect()
