# What each cause costs on the air, in bytes since boot: what the provider counts and the plan is measured by. Pure.
# An estimate: a unit sees what it hands to TLS, so what TLS, TCP and IP add is reckoned with the constants below, which
# the bench measures (tests/test_ledger.py). Never here: days, months and plans, which the cloud knows.
import events
import wire

KEEPALIVE = 0  # places in events.CAUSES
OPENS = 1
JOURNAL = 2
UPDATE = 3
HANDSHAKES = 4

RECORD = 29  # bytes around what is in a TLS 1.2 record with AES-GCM: header 5, nonce 8, tag 16
PACKET = 40  # headers of IPv4 and TCP; an acknowledgement is nothing else
DATAGRAM = 28  # headers of IPv4 and UDP
SYN = 20  # options in the packets that begin a connection
MASK = 0xFFFFFFFF  # a number of the ledger has four bytes

# A TLS handshake with certificates of both sides, packets and acknowledgements included.
GREETING_UP = 1600
GREETING_DOWN = 2450

_OF_FRAME = {
    wire.WELCOME: HANDSHAKES,
    wire.HELLO: HANDSHAKES,
    wire.COMMAND: OPENS,
    wire.ANSWER: OPENS,
    wire.EVENTS: JOURNAL,
    wire.EVENTS_ACK: JOURNAL,
    wire.STATUS: JOURNAL,
    wire.CONFIG: UPDATE,
    wire.CONFIG_ACK: UPDATE,
    wire.OFFER: UPDATE,
    wire.BLOCK_WANTED: UPDATE,
    wire.BLOCK: UPDATE,
    wire.UPDATE_STATE: UPDATE,
}
_ANSWERED = (wire.COMMAND, wire.WELCOME, wire.ASK, wire.EVENTS)  # at once, by a packet that acknowledges it as well


def cause(kind):
    # Of a frame; heartbeats and what asks for them are for staying in touch.
    return _OF_FRAME.get(kind, KEEPALIVE)


def answered(kind):
    return kind in _ANSWERED


class Ledger:
    def __init__(self):
        self._up = [0] * len(events.CAUSES)
        self._down = [0] * len(events.CAUSES)

    def count(self, cause, up, down):
        self._up[cause] = (self._up[cause] + up) & MASK
        self._down[cause] = (self._down[cause] + down) & MASK

    def totals(self):
        # Bytes up and down of each cause, in their order.
        return [n for pair in zip(self._up, self._down) for n in pair]

    def sent(self, cause, size, answered=False):
        # A record of so many bytes; answered: what comes back acknowledges it, else a packet does that alone.
        self.count(cause, size + RECORD + PACKET, 0 if answered else PACKET)

    def received(self, cause, size, answered=False):
        self.count(cause, 0 if answered else PACKET, size + RECORD + PACKET)

    def datagrams(self, sent, received):
        # A question about a name or the time, and its answer; 0: none came.
        self.count(HANDSHAKES, sent + DATAGRAM, received and received + DATAGRAM)

    def knocked(self):
        # A connection was asked for.
        self.count(HANDSHAKES, PACKET + SYN, 0)

    def greeted(self):
        # It was there, and TLS was agreed on.
        self.count(HANDSHAKES, PACKET + GREETING_UP, PACKET + SYN + GREETING_DOWN)

    def closed(self):
        self.count(HANDSHAKES, 2 * PACKET + RECORD + 2, 2 * PACKET)
