# umqtt.simple over our transport: one record a packet, nothing lost when TLS takes a part only, no read that waits.
import umqtt.simple

from packets import CONNACK, PUBLISH, SUBACK
from transport import OUT_BYTES, NotYet, Transport

ONLY_ON_UNIT = True


class Stream:
    # takes: what write() takes next, each a count or None (nothing now); then everything
    def __init__(self, comes=b"", takes=()):
        self.comes = comes
        self.takes = list(takes)
        self.records = []
        self.offered = []
        self.closed = False

    def write(self, data):
        self.offered.append(bytes(data))
        take = self.takes.pop(0) if self.takes else len(data)
        if take is None:
            return None
        self.records.append(bytes(data[:take]))
        return min(take, len(data))

    def readinto(self, buffer):
        if not self.comes:
            return None
        count = min(len(buffer), len(self.comes))
        buffer[:count] = self.comes[:count]
        self.comes = self.comes[count:]
        return count

    def close(self):
        self.closed = True


def client(transport):
    umqtt.simple.socket = transport
    made = umqtt.simple.MQTTClient("3fa2b81c", "", 8883, keepalive=120)
    made.set_last_will(b"u/3f/3fa2b81c", b"\x00")
    made.set_callback(lambda topic, payload: heard.append((topic, payload)))
    made.sock = transport
    return made


heard = []
CONNECT = (
    b"\x10\x26\x00\x04MQTT\x04\x06\x00\x78\x00\x083fa2b81c"  # clean session, a will of QoS 0, not retained, 120 s
    b"\x00\x0du/3f/3fa2b81c\x00\x01\x00"
)


def gathered(transport, call, *arguments):
    try:
        call(*arguments)
    except NotYet:
        pass
    assert transport.flush()


def test_each_packet_is_one_record():
    transport, stream = Transport(), Stream()
    transport.attach(stream)
    mqtt = client(transport)
    gathered(transport, mqtt.connect)
    gathered(transport, mqtt.subscribe, b"d/3f/3fa2b81c")
    gathered(transport, mqtt.publish, b"u/3f/3fa2b81c", b"x" * 66)
    gathered(transport, mqtt.ping)
    assert stream.records == [
        CONNECT,
        b"\x82\x12\x00\x01\x00\x0dd/3f/3fa2b81c\x00",
        b"\x30\x51\x00\x0du/3f/3fa2b81c" + b"x" * 66,
        b"\xc0\x00",
    ]
    assert transport.bytes_out == sum(len(record) for record in stream.records) and not transport.unsent()


def test_the_second_pass_reads_the_answer_and_sends_nothing():
    transport, stream = Transport(), Stream()
    transport.attach(stream)
    mqtt = client(transport)
    for call, kind, answer in (
        (mqtt.connect, CONNACK, b"\x20\x02\x00\x00"),
        (lambda: mqtt.subscribe(b"d/3f/3fa2b81c"), SUBACK, b"\x90\x03\x00\x01\x00"),
    ):
        gathered(transport, call)
        records = len(stream.records)
        transport.packets.expect = kind
        stream.comes = answer
        assert transport.receive() == kind
        transport.mute = True
        mqtt.pid = 0
        call()
        transport.mute = False
        assert transport.flush() and len(stream.records) == records


def test_a_refused_connection_raises_with_its_code():
    transport, stream = Transport(), Stream(b"\x20\x02\x00\x05")
    transport.attach(stream)
    mqtt = client(transport)
    gathered(transport, mqtt.connect)
    transport.packets.expect = CONNACK
    assert transport.receive() == CONNACK
    transport.mute = True
    code = None
    try:
        mqtt.connect()
    except umqtt.simple.MQTTException as error:
        code = error.args[0]
    assert code == 5


def test_what_tls_did_not_take_is_offered_again_unchanged_before_anything_newer():
    transport, stream = Transport(), Stream(takes=[None, None, None])
    transport.attach(stream)
    mqtt = client(transport)
    mqtt.publish(b"t", b"first")
    assert not transport.flush() and transport.unsent()
    mqtt.publish(b"t", b"second")
    assert not transport.flush()
    assert not transport.flush()
    assert transport.flush()
    first, second = b"\x30\x08\x00\x01tfirst", b"\x30\x09\x00\x01tsecond"
    assert stream.offered == [first, first, first, first, second]
    assert stream.records == [first, second]


def test_what_tls_took_in_part_goes_on_where_it_stopped():
    for part in range(1, 10):
        transport, stream = Transport(), Stream(takes=[part, None, 1])
        transport.attach(stream)
        mqtt = client(transport)
        mqtt.publish(b"t", b"12345")
        while not transport.flush():
            pass
        assert b"".join(stream.records) == b"\x30\x08\x00\x01t12345"


def test_when_nothing_goes_out_a_frame_is_refused_whole():
    transport = Transport()
    transport.attach(Stream(takes=[None] * 1000))
    mqtt = client(transport)
    sent = 0
    while transport.room(66):
        mqtt.publish(b"u/3f/3fa2b81c", bytes(66))
        transport.flush()
        sent += 1
    assert 5 <= sent <= OUT_BYTES // 66
    transport.attach(Stream())
    assert transport.room(66) and not transport.unsent()


def test_a_payload_comes_whole_and_an_empty_one_too():
    heard.clear()
    transport, stream = Transport(), Stream(b"\x30\x06\x00\x01tabc\x30\x03\x00\x01t")
    transport.attach(stream)
    mqtt = client(transport)
    for _ in range(2):
        assert transport.receive() == PUBLISH
        mqtt.wait_msg()
    assert transport.receive() == 0
    assert heard == [(b"t", b"abc"), (b"t", b"")] and transport.bytes_in == 13


def test_half_a_packet_is_kept_and_never_shown():
    transport, stream = Transport(), Stream(b"\x30\x06\x00\x01ta")
    transport.attach(stream)
    client(transport)
    assert transport.receive() == 0 and transport.receive() == 0 and transport.packets.halfway()
    stream.comes = b"bc"
    assert transport.receive() == PUBLISH and not transport.receive()


def test_a_new_connection_knows_nothing_of_the_one_before():
    transport, first = Transport(), Stream(b"\x30\x06\x00", takes=[None])
    transport.attach(first)
    mqtt = client(transport)
    assert transport.receive() == 0
    mqtt.publish(b"t", b"old")
    transport.flush()
    second = Stream(b"\x30\x06\x00\x01tnew")
    transport.attach(second)
    assert first.closed and transport.receive() == PUBLISH and transport.flush() and second.records == []


def test_a_closed_connection_is_an_error():
    class Closed(Stream):
        def readinto(self, buffer):
            return 0

    transport = Transport()
    transport.attach(Closed())
    try:
        transport.receive()
    except OSError:
        return
    raise AssertionError("not noticed")
