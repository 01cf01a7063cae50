# When records and the unit's condition go up. Pure: times come in, in whole seconds of unit time; what is sent is the
# unit's business (unit.py). One frame of records is on its way at a time; what is urgent leaves at once, the rest in
# company. Nothing leaves before the cloud has welcomed this boot: it would not be believed.
import events
from moved import Bucket

URGENT = (events.MOVED, events.EXIT, events.HOLDING, events.INPUT, events.ONLINE, events.UPDATE)
BURST = 30  # records that may be urgent at once: a button or contact that is loose shall not use up the contract
REFILL_S = 300  # and then one in this time
LINGER_S = 60  # the oldest record waits so long for company: each frame costs as much as ten records
RESEND_S = 30  # without an acknowledgement
SETTLE_S = 3  # after a session stands, before a STATUS: the cloud may have a WELCOME to say first
STATUS_S = 21600
SIGNAL_DB = 10  # a signal that changed by so much is news

_DBM = 2  # place in what `condition` is: (network, roaming, dbm, rat, keepalive_s, operator, ICCID, IMEI)


class Telling:
    def __init__(self):
        self._welcomed = False
        self._away = True  # no session stands
        self._urgent = Bucket(BURST, REFILL_S)
        self._events_at = None  # when records leave, unless they are on their way
        self._sent_at = None  # since when a frame is on its way
        self._last = (b"", 0)  # the journal's id and the number of the last record in it
        self._more = False  # there were more records than it could take
        self._status_at = None
        self._told = ()  # the condition in the last STATUS
        self._told_at = 0

    def session(self, unsent, now):
        # Another connection: what was on its way on the one before may be lost.
        self._away = False
        self._sent_at = None
        self._events_at = now if unsent else None
        self._status_at = now + SETTLE_S

    def lost(self):
        self._away = True

    def welcomed(self, unsent, now):
        self._welcomed = True
        self.session(unsent, now)

    def wrote(self, kind, now):
        due = now if kind in URGENT and self._urgent.take(now) else now + LINGER_S
        if self._events_at is None or due < self._events_at:
            self._events_at = due

    def changed(self, now):
        # The condition may be another one.
        self._status_at = now

    def events_due(self, now):
        at = self._next_events()
        return at is not None and at <= now

    def sent(self, journal_id, last, more, now):
        # A frame of records left; or it could not, and is tried again as if it were lost.
        self._sent_at = now
        self._events_at = None
        self._last = (journal_id, last)
        self._more = more

    def nothing_to_send(self):
        self._events_at = None

    def acked(self, journal_id, seq, now):
        if self._sent_at is None or journal_id != self._last[0] or seq < self._last[1]:
            return
        self._sent_at = None
        if self._more:
            self._events_at = now

    def status_due(self, condition, now):
        # Asked when its time has come; says no when all is as it was told.
        if self._next_status() is None or now < self._status_at:
            return False
        if not self._told or now - self._told_at >= STATUS_S or self._news(condition):
            return True
        self._status_at = self._told_at + STATUS_S
        return False

    def status_sent(self, condition, sent, now):
        if sent:
            self._told = condition
            self._told_at = now
        self._status_at = now + (STATUS_S if sent else RESEND_S)

    def wait_s(self, now):
        # Until something is due; None: until somebody calls.
        due = [at for at in (self._next_events(), self._next_status()) if at is not None]
        return max(0, min(due) - now) if due else None

    def _next_events(self):
        if self._away or not self._welcomed:
            return None
        return self._events_at if self._sent_at is None else self._sent_at + RESEND_S

    def _next_status(self):
        return None if self._away or not self._welcomed else self._status_at

    def _news(self, condition):
        for i, (told, is_) in enumerate(zip(self._told, condition)):
            if told != is_ and (i != _DBM or abs(told - is_) >= SIGNAL_DB):
                return True
        return False
