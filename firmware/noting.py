# What of commands is worth a record in the journal: each that moved a coil, and each that was declined, once. Pure.
# Never here: the record's number, the flash (journal.py).
import commands
import events
import wire
from moved import Bucket

REMEMBERED = commands.MEMORY  # operations: a copy of one that was noted is not noted again
BURST = 20  # records of refusals that may come at once: a flood of refused commands shall not wear out the flash
REFILL_S = 10  # and then one in this time

BEGAN = 1  # detail of a HOLDING
END_CAME = 0
RELEASED = 2


class Noting:
    def __init__(self):
        self._ring = bytearray(8 * REMEMBERED)
        self._at = 0
        self._bucket = Bucket(BURST, REFILL_S)

    def record(self, verdict, result, now):
        # (kind, door, detail, op_id), or None: nothing to note. verdict: of commands.judge; result: what was answered.
        does, leg, op_id, number = verdict[:4]
        if does == commands.TEST or not self._first(op_id):
            return None
        if does == commands.PULSE:
            return events.COIL, number, result | leg << 8, op_id
        if does == commands.HOLD:
            if result == wire.DONE:
                return events.HOLDING, number, BEGAN, op_id
            return events.COIL, number, result, op_id
        if does == commands.RELEASE:
            return events.HOLDING, number, RELEASED, op_id
        if result < wire.LATE or number >= wire.DOORS or not self._bucket.take(now):
            return None
        return events.DECLINED, number, result, op_id

    def _first(self, op_id):
        for at in range(0, len(self._ring), 8):
            if self._ring[at] == op_id[0] and self._ring[at : at + 8] == op_id:
                return False
        self._ring[self._at : self._at + 8] = op_id
        self._at = (self._at + 8) % len(self._ring)
        return True
