# The trial of a release, from the start of the slot to its confirmation or its end; and what is to be told of one that
# boot.py took back. Loaded for that. Never here: what makes a trial good (probation.py), the flash (slots.py).
import events
import update_words
import wire
from release import RELEASE

TRIAL_TIMER = 3  # of the chip's: boot.py ends a trial with it that nobody else does


def wake(updates):
    # What this start is. What was taken back is told once. A flash that takes nothing ends no start:
    # boot.py's timer ends a trial that nobody watches.
    try:
        _wake(updates)
    except OSError as error:
        print("what became of an update cannot be written down:", error)


def _wake(updates):
    from slots import IMAGE, Slots

    store = Slots(updates.slot)
    state, _, why = store.record()
    running = store.release_of(updates.slot) or (RELEASE, bytes(8))
    if why == IMAGE:
        _of_image(updates, store, running[0])
        return
    if why:
        failed = store.release_of(store.idle)
        note(updates, update_words.REVERTED, why, failed[0] if failed else 0, running[0])
        store.told()
        print("a release was taken back: reason %d" % why)
    if state == "t":
        print("release %d is on trial" % running[0])
        updates.trial = Trial(updates, running[0], store, True)


def _of_image(updates, slots, running):
    import image

    record = image.Record(slots, updates.chip()[1].Partition)
    if record.runs():
        updates.trial = Trial(updates, record.release, record, updates.watched)
        return
    note(updates, update_words.REVERTED, record.why or update_words.CRASHED, record.release, running)
    record.remove()


def stood(updates):
    # For so long that the slot to fall back to may be given up for another release.
    from slots import Slots

    Slots(updates.slot).stood()
    updates.watched = False
    print("this release has stood: from now on another may follow it")


def note(updates, state, reason, release, running):
    updates.unit.write(events.UPDATE, 0, state | reason << 8, release.to_bytes(4, "big") + running.to_bytes(4, "big"))


class Trial:
    # store: what confirms it or takes it back; watched: whether there is a slot to fall back to afterwards.
    def __init__(self, updates, release, store, watched):
        import probation

        self._updates = updates
        self._release = release
        self._store = store
        self._watched = watched
        self._is = probation.Trial()

    def welcomed(self):
        # By the cloud, that does not know yet that it should ask.
        self._say(update_words.TRIAL)

    def asked(self):
        # For this very boot: nobody can have kept that from before.
        self._is.answered = True

    def look(self):
        updates = self._updates
        self._is.well = not updates.unit.ill()
        verdict = self._is.verdict(updates.seconds())
        if verdict == update_words.TRIAL:
            return
        if verdict == update_words.CONFIRMED:
            self._store.confirm()
            updates.trial = None
            updates.watched = self._watched
            updates.chip()[0].Timer(TRIAL_TIMER).deinit()
            note(updates, update_words.CONFIRMED, update_words.NONE, self._release, self._release)
            self._say(update_words.CONFIRMED)
            print("release %d is confirmed" % self._release)
        else:
            print("release %d is not confirmed in time: back to the one before" % self._release)
            self._store.revert(self._is.reason())
            updates.trial = None
            updates.leave()
        updates.let_go(("image",))
        updates.let_go()

    def _say(self, state):
        self._updates.voice.say(wire.update_state, self._release, state, update_words.NONE, 0)
