# The splitter of MQTT packets: every cut of the stream, and what an honest broker never sends.
import packets
from packets import CONNACK, PINGRESP, PUBLISH, SUBACK, Packets


def publish(payload, topic=b"d/3f/3fa2b81c", first=PUBLISH):
    body = len(topic).to_bytes(2, "big") + topic + payload
    return bytes([first]) + length(len(body)) + body


def length(size):
    out = b""
    while True:
        out += bytes([size % 128 | (0x80 if size > 127 else 0)])
        size //= 128
        if not size:
            return out


def fed(splitter, chunks):
    # The whole packets that come out when the stream arrives in these chunks.
    out = []
    for chunk in chunks:
        left = chunk
        while left:
            room = splitter.want()
            count = min(len(room), len(left))
            room[:count] = left[:count]
            left = left[count:]
            if splitter.took(count):
                out.append(bytes(splitter.buffer[: splitter.end]))
                splitter.release()
    return out


def test_every_split_of_a_stream_gives_the_same_packets():
    good = [publish(b"x" * 52), bytes([PINGRESP, 0]), publish(b""), publish(bytes(300))]
    bad = [publish(b"no", first=0x31), publish(b"no" * 80, first=0x33)]
    wanted = [good[0], good[1], good[2], good[3]]
    stream = good[0] + bad[0] + good[1] + good[2] + bad[1] + good[3]
    for cut in range(len(stream) + 1):
        assert fed(Packets(), [stream[:cut], stream[cut:]]) == wanted, cut
    assert fed(Packets(), [stream[i : i + 1] for i in range(len(stream))]) == wanted


def test_retained_duplicate_and_qos_packets_are_dropped_and_counted():
    splitter = Packets()
    for flags in range(1, 16):
        assert fed(splitter, [publish(b"open!", first=PUBLISH | flags)]) == []
    assert splitter.dropped == 15
    assert fed(splitter, [publish(b"open!")]) == [publish(b"open!")]


def test_a_packet_over_the_limit_is_skipped_without_memory_and_the_next_one_is_read():
    splitter = Packets()
    size = len(splitter.buffer)
    big = publish(bytes(200000))
    assert fed(splitter, [big + publish(b"after")]) == [publish(b"after")]
    assert splitter.dropped == 1 and len(splitter.buffer) == size


def test_the_longest_packet_fits_and_one_byte_more_does_not():
    room = packets.LIMIT - 2 - 13
    assert fed(Packets(), [publish(bytes(room))]) == [publish(bytes(room))]
    assert fed(Packets(), [publish(bytes(room + 1)) + publish(b"!")]) == [publish(b"!")]


def test_an_answer_that_was_not_asked_for_is_dropped():
    splitter = Packets()
    connack, suback = bytes([CONNACK, 2, 0, 0]), bytes([SUBACK, 3, 0, 1, 0])
    assert fed(splitter, [connack + suback]) == []
    splitter.expect = CONNACK
    assert fed(splitter, [connack]) == [connack]
    assert fed(splitter, [suback]) == []
    splitter.expect = SUBACK
    assert fed(splitter, [connack + suback]) == [suback]


def test_an_answer_of_the_wrong_size_is_dropped():
    splitter = Packets()
    splitter.expect = CONNACK
    for size in (0, 1, 3, 100):
        assert fed(splitter, [bytes([CONNACK, size]) + bytes(size)]) == []


def test_every_other_type_of_packet_is_dropped():
    for first in range(256):
        splitter = Packets()
        out = fed(splitter, [bytes([first, 5]) + b"\x00\x01t\x00\x00"])
        assert (len(out) == 1) == (first == PUBLISH), first
        assert splitter.dropped == (0 if out else 1)


def test_a_length_without_end_is_malformed():
    try:
        fed(Packets(), [b"\x30\xff\xff\xff\xff\x01"])
    except packets.Malformed:
        return
    raise AssertionError("accepted")


def test_a_topic_that_is_longer_than_its_packet_is_dropped():
    splitter = Packets()
    assert fed(splitter, [b"\x30\x05\x00\x04abc" + publish(b"after")]) == [publish(b"after")]
    assert splitter.dropped == 1


def test_halfway_is_said_until_the_packet_is_whole():
    splitter = Packets()
    whole = publish(b"abc")
    for i in range(len(whole) - 1):
        assert splitter.halfway() == (i > 0)
        fed(splitter, [whole[i : i + 1]])
    assert splitter.halfway()
    fed(splitter, [whole[-1:]])
    assert not splitter.halfway()
    fed(splitter, [publish(bytes(5000))[:4000]])
    assert splitter.halfway()
