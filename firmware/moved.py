# Which movements of a door are worth a record: those that no command, exit button or hold of ours explains. Pure: times
# come in, in tenths of a second of unit time. Never here: how a door's state is known (sensor.py).
import wire

SLOW = 1.5  # a door may take this much longer than its travel time,
START_DS = 60  # begin this much after its coil went on,
GRACE_DS = 50  # and come to rest this much later still: until then what it does is ours
BURST = 10  # records that may come at once: a door that rattles in the wind shall not wear out the flash
REFILL_DS = 600  # and then one in this time

_LEAVES = {  # where it was, what it is seen as now: which way it went
    (wire.CLOSED, wire.OPENING): wire.OPENED,
    (wire.CLOSED, wire.OPENED): wire.OPENED,
    (wire.OPENED, wire.CLOSING): wire.CLOSED,
    (wire.OPENED, wire.CLOSED): wire.CLOSED,
}
_AT_REST = (wire.UNKNOWN, wire.CLOSED, wire.OPENED)
_ON_ITS_WAY = -1


class Bucket:
    # So many at once, then one each time; whether another may be is asked with the time it is now.
    def __init__(self, most, refill):
        self._most = most
        self._refill = refill
        self._left = most
        self._since = 0

    def take(self, now):
        more = (now - self._since) // self._refill
        if more > 0:
            self._left = min(self._most, self._left + more)
            self._since += more * self._refill
        if self._left == 0:
            return False
        self._left -= 1
        return True


class Moved:
    # closes_itself: a door of the drive `open` does, and says nothing by it.
    def __init__(self, state, travel_s, closes_itself):
        self._rest = state
        self._window = START_DS + int(travel_s * 10 * SLOW) + GRACE_DS
        self._closes_itself = closes_itself
        self._ours_until = -1
        self._bucket = Bucket(BURST, REFILL_DS)

    def ours(self, now):
        # A coil of it went on, or a hold ended.
        self._ours_until = now + self._window

    def see(self, state, held, now):
        # OPENED or CLOSED when it left its place and nobody of ours had asked; else None.
        went = _LEAVES.get((self._rest, state))
        if state in _AT_REST:
            self._rest = state
        elif went is not None:
            self._rest = _ON_ITS_WAY  # told once; where it comes to rest begins anew
        if went is None or held or now < self._ours_until:
            return None
        if went == wire.CLOSED and self._closes_itself:
            return None
        return went if self._bucket.take(now) else None
