# What happened while nobody listened: numbered, on flash, until the cloud has it in its log. Never here: how records
# lie on flash (segments.py), when they are sent and what they mean (unit.py).
#
# The rule of numbers: only what is on flash is sent, and a number is given to a record when it is written, one above
# all that the files have room taken for, good or damaged. So a number that was ever sent is on flash, and is never
# another record's. A gap in the numbers, and nothing else, means that records were lost.
# What was acknowledged costs hardly a write of its own: each record carries the number acknowledged by then. After a
# power cut the last few are sent again, and the cloud, which knows its numbers, drops them.
import struct

import events
import wire
from segments import Segments

FOLDER = "journal"
IN_RAM = 32  # records kept, the newest, while flash takes none; 1 kB
NO_ROOM = 28  # of an OSError; MicroPython's errno does not have it
MOST_AGAIN = 64  # records that are sent again after a power cut, at most
MOST_LOST = 0xFFFF  # what an EVENTS can say


class Journal:
    # `tenths` tells the unit's time in tenths of a second; `fault` that flash does not take records.
    def __init__(self, root, tenths, epoch, cause):
        self.fault = False
        self._tenths = tenths
        self._epoch = epoch
        self._segments = Segments(root + FOLDER)
        self._known = False  # what is on flash; not so after a failure
        self._acked = 0
        self._acked_on_flash = 0
        self._waiting = []  # EVENTs that are not on flash, oldest first
        self._dropped = 0  # how many were lost right before them: their numbers are left out
        self._tried = 0  # the number of the first of them at a try that failed; 0: there was none
        self.write(events.BOOT, wire.NO_DOOR, cause, epoch)

    @property
    def next_seq(self):
        return self._segments.next + self._dropped + len(self._waiting)

    def write(self, kind, door, detail, arg8=bytes(8)):
        # On flash when it returns, unless `fault`. -> its number
        self._waiting.append(struct.pack(wire.EVENT, self._tenths() & 0xFFFFFFFF, kind, door, detail & 0xFFFF, arg8))
        if len(self._waiting) > IN_RAM:
            del self._waiting[0]
            self._dropped += 1
            self._tried += 1 if self._tried else 0
        self._to_flash()
        return self.next_seq - 1

    def batch(self):
        # The oldest records not acknowledged, at most EVENTS_AT_ONCE that follow each other: (journal_id, number of the
        # first, how many before it are lost, epoch of the first, EVENTs); None when there are none.
        if self._waiting:
            self._to_flash()
        try:
            if not self._known:
                self._look()
            found = self._segments.after(self._acked, wire.EVENTS_AT_ONCE)
        except (OSError, MemoryError):
            return None
        if found is None:
            return None
        first, epoch, told = found
        return self._segments.id, first, min(first - 1 - self._acked, MOST_LOST), epoch, told

    def acked(self, journal_id, seq):
        # All up to this one are in the log.
        if journal_id == self._segments.id and self._acked < seq < self._segments.next:
            self._acked = seq
            if seq - self._acked_on_flash >= MOST_AGAIN:
                try:
                    self._segments.remember(seq)
                    self._acked_on_flash = seq
                except (OSError, MemoryError):
                    pass  # the records that follow will tell it

    def unsent(self):
        return self._segments.unread(self._acked) + len(self._waiting)

    def _to_flash(self):
        try:
            while self._waiting:
                try:
                    if not self._known:
                        self._look()
                    self._write_waiting()
                except OSError as error:
                    self._known = False
                    if error.args[0] != NO_ROOM or not self._make_room():
                        raise
            self.fault = False
        except (OSError, MemoryError):
            self._known = False
            self.fault = True

    def _write_waiting(self):
        if self._waiting:
            self._tried = self._segments.next + self._dropped
            taken = self._segments.add(self._tried, self._acked, self._epoch, self._waiting)
            del self._waiting[:taken]
            self._dropped = 0
            self._tried = 0
            self._acked_on_flash = self._acked

    def _make_room(self):
        # Full: new records are worth more than old ones, so the oldest file goes; the last one only when all of it was
        # acknowledged.
        if self._segments.files() > 1 or (self._segments.files() and not self._segments.unread(self._acked)):
            self._segments.drop_oldest()
            return True
        return False

    def _look(self):
        # After a failure some of those that wait may be on flash nevertheless: they are good there, in their own place.
        self._acked_on_flash = self._segments.look()
        self._acked = max(self._acked, self._acked_on_flash)
        while self._tried and self._waiting:
            there = self._segments.read(self._tried)
            if there is None or there[0] != self._waiting[0]:
                break
            del self._waiting[0]
            self._dropped = 0
            self._tried += 1
        self._tried = 0
        self._known = True
