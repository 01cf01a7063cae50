# A start after an update on a flash that takes no write: it goes on, tells what it can, and is no trial.
import events
import slots
import trial
import update_words as words


class Slots:
    idle = "b"
    state = "k"
    why = words.CRASHED

    def __init__(self, running):
        self.running = running

    def record(self):
        return self.state, 0, self.why

    def release_of(self, slot):
        return (7 if slot == "a" else 8), bytes(8)

    def told(self):
        raise OSError(28)


class Updates:
    slot = "a"

    def __init__(self):
        self.unit = self
        self.written = []

    def write(self, *record):
        self.written.append(record)


def test_a_revert_that_cannot_be_put_away_ends_no_start_and_is_told():
    real, slots.Slots = slots.Slots, Slots
    try:
        updates = Updates()
        assert trial.wake(updates) is None
    finally:
        slots.Slots = real
    told = (8).to_bytes(4, "big") + (7).to_bytes(4, "big")
    assert updates.written == [(events.UPDATE, 0, words.REVERTED | words.CRASHED << 8, told)]
