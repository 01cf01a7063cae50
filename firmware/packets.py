# MQTT packets out of a stream of bytes, one at a time, in one buffer for life; umqtt is shown nothing else. What no
# honest broker sends us is dropped here, before anything parses it: retained, QoS above 0, DUP, too long, not asked
# for. Pure: bytes in, packets out.
import wire

LIMIT = wire.MAX_FRAME  # bytes after the fixed header
_FIXED = 5  # type, and up to four bytes of length

CONNACK = 0x20
PUBLISH = 0x30
SUBACK = 0x90
PINGRESP = 0xD0
_EXACT = {CONNACK: 2, SUBACK: 3, PINGRESP: 0}


class Malformed(Exception):
    pass


class Packets:
    def __init__(self):
        self.buffer = bytearray(_FIXED + LIMIT)
        self._view = memoryview(self.buffer)
        self.expect = 0  # the one answer that is awaited now: CONNACK, SUBACK or 0
        self.dropped = 0
        self.release()

    def release(self):
        # The packet in the buffer has been used: the next one may come.
        self.end = 0  # of the whole packet; 0: there is none yet
        self._have = 0
        self._need = 2
        self._skip = 0  # bytes still to come of a packet that is dropped

    def want(self):
        # Where the next bytes go. Never more than this packet's: what follows waits in the TLS layer.
        if self._skip:
            return self._view[: min(self._skip, len(self.buffer))]
        return self._view[self._have : self._need]

    def halfway(self):
        # A packet has begun and not ended.
        return self._have > 0 or self._skip > 0

    def took(self, count):
        # count bytes were read to where want() said. The type of the packet that is whole now, else 0.
        if self._skip:
            self._skip -= count
            if self._skip == 0:
                self.release()
            return 0
        self._have += count
        if self._have < self._need:
            return 0
        if self.end:
            return self._whole()
        size = 0
        for i in range(1, self._have):
            size |= (self.buffer[i] & 0x7F) << (7 * (i - 1))
        if self.buffer[self._have - 1] & 0x80:
            if self._have == _FIXED:
                raise Malformed("a packet's length has more than four bytes")
            self._need += 1
            return 0
        if not self._wanted(self.buffer[0], size):
            self.dropped += 1
            self.release()
            self._skip = size
            return 0
        self.body = self._have
        self.end = self._need = self._have + size
        return self._whole() if size == 0 else 0

    def _wanted(self, first, size):
        if first == PUBLISH:
            return 2 < size <= LIMIT
        return _EXACT.get(first) == size and first in (self.expect, PINGRESP)

    def _whole(self):
        at = self.body
        if self.buffer[0] == PUBLISH and 2 + (self.buffer[at] << 8 | self.buffer[at + 1]) > self.end - at:
            self.dropped += 1
            self.release()
            return 0
        return self.buffer[0]
