# When a release on trial is good, when it is given up. Pure: what is known comes in, a verdict comes out. Never here:
# what becomes of it then (trial.py).
import update_words

TRIAL_S = 600  # from boot to a confirmation, whatever happens meanwhile


class Trial:
    # Of the release that runs. Good with a fresh answer of the cloud and a relay self-check, both in time.
    def __init__(self):
        self.answered = False  # an ASK for this very boot came
        self.well = None  # what the self-check said last

    def verdict(self, seconds):
        # CONFIRMED, REVERTED or TRIAL; seconds since boot.
        if self.answered and self.well:
            return update_words.CONFIRMED
        return update_words.REVERTED if seconds >= TRIAL_S else update_words.TRIAL

    def reason(self):
        # Of a revert.
        if not self.answered:
            return update_words.NO_CLOUD
        return update_words.DEADLINE if self.well is None else update_words.RELAY
