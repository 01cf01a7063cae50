# A peer that never stops sending: whatever it sends, and whenever, everybody else in the program gets a turn.
import asyncio
import socket

import session
from ledger import Ledger
from packets import CONNACK, SUBACK

ONLY_ON_UNIT = True
ECONNRESET = 104
READS = 1000  # of the stream, then it is reset
MOST_READS = 20  # between two turns of the others; a whole packet takes five
DOWN, UP = "d/3f/3fa2b81c", "u/3f/3fa2b81c"
TOPIC = b"\x00\x0d" + DOWN.encode()
PACKETS = (
    b"\x31\x05\x00\x01tAB",  # retained
    b"\x33\x07\x00\x01t\x00\x01AB",  # QoS 1, retained
    b"\x31\x00",  # empty
    b"\x40\x02\x00\x01",  # of a type that no broker sends us
    b"\x30\x80\x20" + TOPIC + bytes(4096 - len(TOPIC)),  # longer than any frame
    b"\x30\x04\x00\x09tA",  # a topic longer than its packet
    b"\x30\x05\x00\x01tAB",  # on another topic
    b"\xd0\x00",  # an answer to a ping
    b"\x30\x11" + TOPIC + b"AB",  # a frame
)
ENDLESS = b"\x30\xff\xff\xff\x7f"  # the first bytes of a packet of 256 MB


class Flood:
    # Always more: once `first`, then `again` for ever.
    def __init__(self, first, again):
        self.left = first
        self.again = again
        self.at = 0
        self.reads = 0

    def readinto(self, view):
        self.reads += 1
        if self.reads > READS:
            raise OSError(ECONNRESET)
        if self.left:
            count = min(len(view), len(self.left))
            view[:count] = self.left[:count]
            self.left = self.left[count:]
            return count
        size = len(view)
        start = self.at % len(self.again)
        self.at += size
        view[:] = (self.again * (size // len(self.again) + 2))[start : start + size]
        return size

    def write(self, data):
        return len(data)

    def close(self):
        pass


async def _nothing(frame):
    pass


async def _lives(made):
    await made.live()


async def _connects(made):
    await made._ask(made._mqtt.connect, CONNACK, None)


async def _subscribes(made):
    await made._ask(made._subscribe, SUBACK, None)


async def _most_reads(step, stream):
    # How often the stream was read, at most, between two turns of another task, until the step ended with the stream.
    made = session.Session("3fa2b81c", (DOWN, UP), 120, lambda: None, lambda ms: None, Ledger(), lambda: 0)
    made._transport.attach(stream)
    made._mqtt.sock = made._transport
    made._raw = socket.socket()
    made.on_frame, made.on_up = _nothing, lambda: None
    gaps = []

    async def other():
        while True:
            before = stream.reads
            await asyncio.sleep_ms(0)
            gaps.append(stream.reads - before)

    others = asyncio.create_task(other())
    await asyncio.sleep_ms(0)  # it begins
    try:
        await step(made)
    except OSError:
        await asyncio.sleep_ms(0)  # the last gap ends, too
    finally:
        others.cancel()
        made._raw.close()
    assert stream.reads > READS, "it was not read to its end"
    return max(gaps)


def _all_get_their_turn(step):
    for stream in [Flood(b"", packet) for packet in PACKETS] + [Flood(ENDLESS, b"\x00")]:
        most = asyncio.run(_most_reads(step, stream))
        assert most <= MOST_READS, "%s... was read %d times in one go" % (stream.again[:4], most)


def test_a_flood_in_a_session_leaves_the_others_their_turn():
    _all_get_their_turn(_lives)


def test_a_flood_instead_of_the_answer_to_the_greeting_leaves_the_others_their_turn():
    _all_get_their_turn(_connects)


def test_a_flood_instead_of_the_answer_to_the_subscription_leaves_the_others_their_turn():
    _all_get_their_turn(_subscribes)
