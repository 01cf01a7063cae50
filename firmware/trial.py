# The trial of a release, from the start of the slot to its confirmation or its end; and what is to be told of one that
# boot.py took back. Loaded for that. Never here: what makes a trial good (probation.py), the flash (slots.py).
import events
import update_words
import wire
from release import RELEASE

TRIAL_TIMER = 3  # of the chip's: boot.py ends a trial with it that nobody else does


def wake(updates):
    # What this start is: a Trial, or None. What was taken back is told once. A flash that takes nothing ends no start:
    # boot.py's timer ends a trial that nobody watches.
    try:
        return _wake(updates)
    except OSError as error:
        print("what became of an update cannot be written down:", error)
        return None


def _wake(updates):
    from slots import IMAGE, Slots

    store = Slots(updates.slot)
    state, _, why = store.record()
    running = store.release_of(updates.slot) or (RELEASE, bytes(8))
    if why == IMAGE:
        return _of_image(updates, store, running[0])
    if why:
        failed = store.release_of(store.idle)
        note(updates, update_words.REVERTED, why, failed[0] if failed else 0, running[0])
        store.told()
        print("a release was taken back: reason %d" % why)
    if state != "t":
        return None
    print("release %d is on trial" % running[0])
    return Trial(updates, running[0], store)


def _of_image(updates, slots, running):
    import image

    record = image.Record(slots, updates.chip()[1].Partition)
    if record.runs():
        return Trial(updates, record.release, record)
    note(updates, update_words.REVERTED, record.why or update_words.CRASHED, record.release, running)
    record.remove()
    return None


def note(updates, state, reason, release, running):
    updates.unit.write(events.UPDATE, 0, state | reason << 8, release.to_bytes(4, "big") + running.to_bytes(4, "big"))


class Trial:
    # store: what confirms it or takes it back.
    def __init__(self, updates, release, store):
        import probation

        self._updates = updates
        self._release = release
        self._store = store
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
        updates.trial = None
        if verdict == update_words.CONFIRMED:
            self._store.confirm()
            updates.chip()[0].Timer(TRIAL_TIMER).deinit()
            note(updates, update_words.CONFIRMED, update_words.NONE, self._release, self._release)
            self._say(update_words.CONFIRMED)
            print("release %d is confirmed" % self._release)
        else:
            print("release %d is not confirmed in time: back to the one before" % self._release)
            self._store.revert(self._is.reason())
            updates.leave()
        updates.let_go(("image",))
        updates.let_go()

    def _say(self, state):
        self._updates.voice.say(wire.update_state, self._release, state, update_words.NONE, 0)
