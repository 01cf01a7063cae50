"""Whatever a broker does to a frame, it is refused; whatever was put into one comes out of it again."""

import hashlib
import hmac
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware import wire
from tests import configs, vectors

UNIT = bytes.fromhex("3fa2b81c")
DOWN, UP = wire.direction_pads(bytes(range(32)), UNIT)
VECTORS = {f"{v['type']}, {v['what']}": v for v in vectors.vectors()}
FIXED = {name: v for name, v in VECTORS.items() if v["type"] not in vectors.TAILS}
LISTS = {name: v for name, v in VECTORS.items() if v["type"] in vectors.TAILS}

word = st.integers(0, 0xFFFFFFFF)
half = st.integers(0, 0xFFFF)
byte = st.integers(0, 0xFF)
slots = st.integers(0, 1)
eight = st.binary(min_size=8, max_size=8)
four = st.binary(min_size=4, max_size=4)
agos = st.tuples(half, half, half, half)


def pads_of(vector: dict) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
    """(of its own direction, of the other one)"""
    down, up = wire.direction_pads(bytes.fromhex(vector["secret"]), bytes.fromhex(vector["unit"]))
    return (down, up) if vector["direction"] == "down" else (up, down)


def bound_of(vector: dict) -> bytes:
    return bytes.fromhex(vector["fields"].get("command_tag", ""))


def believed(frame: bytes, pads: tuple[bytes, bytes], bound: bytes = b"") -> bool:
    return wire.shape(frame) is not None and wire.genuine(frame, pads, bound)


def flipped(frame: bytes) -> Iterator[bytes]:
    for bit in range(len(frame) * 8):
        wrong = bytearray(frame)
        wrong[bit // 8] ^= 1 << bit % 8
        yield bytes(wrong)


# -- what a broker can do to a frame


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_any_bit_flipped_makes_a_frame_worthless(vector: dict) -> None:
    pads, _ = pads_of(vector)
    frame, bound = bytes.fromhex(vector["frame"]), bound_of(vector)

    assert believed(frame, pads, bound)
    assert not any(believed(wrong, pads, bound) for wrong in flipped(frame))


def test_an_answer_under_a_command_tag_with_any_bit_flipped_is_worthless() -> None:
    tag = bytes(range(16))
    answer = wire.answer(UP, 0, bytes(8), 1, bytes(8), 5, wire.DONE, 0, 0, tag)

    assert believed(answer, UP, tag)
    assert not any(believed(answer, UP, wrong) for wrong in flipped(tag))


@pytest.mark.parametrize("vector", FIXED.values(), ids=FIXED)
def test_a_frame_of_a_fixed_type_has_one_length(vector: dict) -> None:
    frame = bytes.fromhex(vector["frame"])

    assert not any(wire.shape(frame[:size]) for size in range(len(frame)))
    assert not any(wire.shape(frame + bytes(more)) for more in range(1, 65))
    assert not any(wire.shape(frame + frame[:more]) for more in range(1, 65))


@pytest.mark.parametrize("vector", LISTS.values(), ids=LISTS)
def test_a_frame_with_lists_that_is_cut_or_extended_is_refused(vector: dict) -> None:
    pads, _ = pads_of(vector)
    frame = bytes.fromhex(vector["frame"])

    assert not any(believed(frame[:size], pads) for size in range(len(frame)))
    assert not any(believed(frame + bytes(more), pads) for more in range(1, 65))


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_a_frame_sent_back_to_its_sender_is_worthless(vector: dict) -> None:
    _, other = pads_of(vector)

    assert not wire.genuine(bytes.fromhex(vector["frame"]), other, bound_of(vector))


@given(secret=st.binary(min_size=32, max_size=32), unit=four)
def test_the_keys_of_the_two_directions_differ(secret: bytes, unit: bytes) -> None:
    down, up = wire.direction_pads(secret, unit)

    assert down != up
    assert hmac.digest(secret, b"iomando down" + unit, hashlib.sha256) != secret


@given(secret=st.binary(min_size=32, max_size=32), one=four, other=four)
def test_two_units_never_share_a_key_even_with_one_secret(secret: bytes, one: bytes, other: bytes) -> None:
    if one != other:
        assert not set(wire.direction_pads(secret, one)) & set(wire.direction_pads(secret, other))


@given(key=st.binary(max_size=64), data=st.binary(max_size=300))
def test_the_tag_is_hmac_sha256(key: bytes, data: bytes) -> None:
    assert wire.hmac_sha256(wire.hmac_pads(key), data) == hmac.digest(key, data, hashlib.sha256)


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33), bytes(64)])
def test_a_command_key_of_another_length_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        wire.direction_pads(secret, UNIT)


@given(st.binary(max_size=80) | st.binary(min_size=2540, max_size=2600))
def test_random_bytes_are_never_genuine_and_never_raise(frame: bytes) -> None:
    assert not believed(frame, DOWN)
    assert not believed(frame, UP)


# -- versions, flags, slots, sizes


@pytest.mark.parametrize("position", [0, 2, 3], ids=["version", "key slot", "flags"])
def test_a_head_of_another_version_slot_or_flags_has_no_shape(position: int) -> None:
    good = wire.ask(DOWN, 0, UNIT, bytes(8), bytes(8))
    allowed = {0: {1}, 2: {0, 1}, 3: {0}}[position]

    for value in range(256):
        frame = good[:position] + bytes([value]) + good[position + 1 :]
        assert (wire.shape(frame) is not None) == (value in allowed)


def test_a_type_that_is_not_in_the_table_has_no_shape() -> None:
    types = {*range(0x01, 0x08), *range(0x81, 0x89)}

    found = {kind for kind in range(256) for size in range(2640) if wire.shape(bytes([1, kind, 0, 0]) + bytes(size))}

    assert found == types


def test_the_longest_frame_is_2624_bytes() -> None:
    head = bytes([1, wire.CONFIG, 0, 0])

    assert wire.shape(head + bytes(2620)) == (wire.CONFIG, 0)
    assert wire.shape(head + bytes(2621)) is None


# -- what goes in comes out


@given(slot=slots, unit=four, nonce=eight)
def test_welcome_carries_its_fields(slot: int, unit: bytes, nonce: bytes) -> None:
    assert wire.welcome_fields(wire.welcome(DOWN, slot, unit, nonce)) == (unit, nonce)


@given(slot=slots, unit=four, epoch=eight, nonce=eight)
def test_ask_carries_its_fields(slot: int, unit: bytes, epoch: bytes, nonce: bytes) -> None:
    assert wire.ask_fields(wire.ask(DOWN, slot, unit, epoch, nonce)) == (unit, epoch, nonce)


@given(slots, st.tuples(four, eight, word, eight, byte, byte, half, word))
def test_command_carries_its_fields(slot: int, fields: tuple) -> None:
    frame = wire.command(DOWN, slot, *fields)

    assert wire.shape(frame) == (wire.COMMAND, slot)
    assert wire.command_fields(frame) == fields


@given(slots, st.tuples(eight, word, eight, word, byte, byte, word), st.binary(min_size=16, max_size=16))
def test_answer_carries_its_fields(slot: int, fields: tuple, tag: bytes) -> None:
    frame = wire.answer(UP, slot, *fields, command_tag=tag)

    assert wire.shape(frame) == (wire.ANSWER, slot)
    assert wire.answer_fields(frame) == fields


@given(slots, st.tuples(eight, word, eight, word, byte, byte, four, agos, word, word))
def test_hello_and_heartbeat_carry_their_fields(slot: int, fields: tuple) -> None:
    assert wire.hello_fields(wire.hello(UP, slot, *fields)) == fields
    assert wire.heartbeat_fields(wire.heartbeat(UP, slot, *fields)) == fields


@given(slots, st.tuples(eight, word, word, byte))
def test_config_ack_carries_its_fields(slot: int, fields: tuple) -> None:
    frame = wire.config_ack(UP, slot, *fields)

    assert wire.shape(frame) == (wire.CONFIG_ACK, slot)
    assert wire.config_ack_fields(frame) == fields


hosts = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=63)
servers = st.lists(st.tuples(hosts, st.integers(1, 65535)), min_size=1, max_size=4)
cas = st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=2)


doors = st.lists(st.tuples(byte, byte, half, half), max_size=4)


texts = st.text(max_size=15)  # up to 60 bytes
access_points = st.none() | st.tuples(texts, st.sampled_from(["none", "pap", "chap"]), texts, texts)


@given(slots, st.tuples(four, word, servers, cas, doors, access_points))
def test_config_carries_its_lists(slot: int, fields: tuple) -> None:
    frame = configs.config(DOWN, slot, *fields)

    assert wire.shape(frame) == (wire.CONFIG, slot)
    assert configs.config_fields(frame) == fields


# -- a CONFIG that lies: genuine, but its lists do not fit it


def config(settings: bytes) -> bytes:
    """A genuine CONFIG with these bytes for lists."""
    return wire.seal(struct.pack(">4B4sI", 1, wire.CONFIG, 0, 0, UNIT, 7) + settings, DOWN)


def server(host: bytes, port: int = 8883) -> bytes:
    return bytes([len(host)]) + host + struct.pack(">H", port)


def ca(der: bytes) -> bytes:
    return struct.pack(">H", len(der)) + der


def lists(*every: list[bytes]) -> bytes:
    """Servers, certificates, doors: as many lists as are given; after all three, no access point."""
    end = b"\0" if len(every) == 3 else b""
    return b"".join(bytes([len(entries)]) + b"".join(entries) for entries in every) + end


ONE = server(b"doors.example")
DER = ca(b"\x30\x82")
DOOR = struct.pack(">BBHH", 1, 2, 125, 500)


@given(
    st.binary(max_size=60)
    | st.binary(max_size=12).map(lambda tail: lists([ONE], [DER]) + tail)
    | st.binary(max_size=32).map(lambda tail: lists([ONE], [DER], [DOOR])[: -len(DOOR) - 2] + tail)
    | st.tuples(st.integers(0, 6), st.binary(max_size=32)).map(
        lambda told: lists([ONE], [DER]) + bytes([told[0]]) + told[1]
    )
)
def test_lists_of_random_bytes_are_refused_or_mean_exactly_those_bytes(settings: bytes) -> None:
    try:
        fields = configs.config_fields(config(settings))
    except ValueError:
        return
    assert configs.config(DOWN, 0, *fields) == config(settings)


@given(st.data())
def test_a_good_config_with_one_byte_changed_is_refused_or_means_exactly_those_bytes(data: st.DataObject) -> None:
    good = lists([ONE, server(b"192.0.2.7")], [DER, DER], [DOOR, DOOR])
    at = data.draw(st.integers(0, len(good) - 1))
    settings = good[:at] + bytes([data.draw(byte)]) + good[at + 1 :]
    try:
        fields = configs.config_fields(config(settings))
    except ValueError:
        return
    assert configs.config(DOWN, 0, *fields) == config(settings)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(b"", id="no lists"),
        pytest.param(lists([], [DER], []), id="no server"),
        pytest.param(lists([ONE], [], []), id="no certificate"),
        pytest.param(lists([ONE] * 5, [DER], []), id="5 servers"),
        pytest.param(lists([ONE], [DER] * 3, []), id="3 certificates"),
        pytest.param(lists([server(b"")], [DER], []), id="a host of no bytes"),
        pytest.param(lists([server(b"h" * 64)], [DER], []), id="a host of 64 bytes"),
        pytest.param(lists([server(b"h" * 255)], [DER], []), id="a host of 255 bytes"),
        pytest.param(lists([server(b"\xff\xfe")], [DER], []), id="a host that is no text"),
        pytest.param(lists([server(b"a", 0)], [DER], []), id="port 0"),
        pytest.param(lists([ONE], [ca(b"")], []), id="a certificate of no bytes"),
        pytest.param(lists([ONE], [ca(bytes(1025))], []), id="a certificate of 1,025 bytes"),
        pytest.param(lists([ONE], [DER], []) + b"\0", id="a byte too many"),
        pytest.param(lists([ONE], [DER], [])[:-1], id="a byte too few"),
        pytest.param(b"\x02" + ONE + b"\x01" + DER + b"\0\0", id="a server more announced than there is"),
        pytest.param(b"\x01" + ONE + ONE + b"\x01" + DER + b"\0\0", id="a server less announced than there is"),
        pytest.param(b"\x01" + ONE + b"\x02" + DER + b"\0", id="a certificate more announced than there is"),
        pytest.param(b"\x01" + ONE + b"\x01\xff\xff" + DER[2:] + b"\0\0", id="a certificate longer than the frame"),
        pytest.param(b"\x01\xff" + ONE[1:] + b"\x01" + DER + b"\0\0", id="a host longer than the frame"),
        pytest.param(lists([ONE], [DER]), id="no list of doors"),
        pytest.param(lists([ONE], [DER], [DOOR] * 5), id="5 doors"),
        pytest.param(lists([ONE], [DER]) + b"\x02" + DOOR + b"\0", id="a door more announced than there is"),
        pytest.param(lists([ONE], [DER]) + b"\x01" + DOOR + DOOR + b"\0", id="a door less announced than there is"),
        pytest.param(lists([ONE], [DER], [DOOR[:-1]]), id="a door of 5 bytes"),
        pytest.param(lists([ONE], [DER], [DOOR]) + b"\0", id="a byte after the last"),
        pytest.param(lists([ONE], [DER], [DOOR])[:-1], id="nothing of an access point"),
        pytest.param(lists([ONE], [DER], [])[:-1] + b"\1", id="an access point announced and not there"),
        pytest.param(lists([ONE], [DER], [])[:-1] + b"\2\0\1a\0\0", id="two access points"),
        pytest.param(lists([ONE], [DER], [])[:-1] + b"\1\3\1a\0\0", id="a way to sign in that there is not"),
        pytest.param(lists([ONE], [DER], [])[:-1] + b"\1\0\x40" + b"a" * 64 + b"\0\0", id="a name of 64 bytes"),
        pytest.param(lists([ONE], [DER], [])[:-1] + b"\1\0\2\xff\xfe\0\0", id="a name that is no text"),
    ],
)
def test_a_config_that_lies_about_its_lists_is_refused(settings: bytes) -> None:
    with pytest.raises(ValueError):
        configs.config_fields(config(settings))


@pytest.mark.parametrize(
    "every",
    [
        (
            *([("h" * 63, 65535)] * 4, [bytes(1024)] * 2, [(255, 255, 65535, 65535)] * 4),
            ("a" * 63, "chap", "u" * 63, "p" * 63),
        ),
        ([("h", 1)], [b"\0"], [], None),
    ],
    ids=["the largest", "the smallest"],
)
def test_a_config_at_its_limits_is_a_frame_and_comes_back(every: tuple) -> None:
    frame = configs.config(DOWN, 1, UNIT, 0xFFFFFFFF, *every)

    assert wire.shape(frame) == (wire.CONFIG, 1)
    assert configs.config_fields(frame)[2:] == every


@pytest.mark.parametrize(
    "every",
    [
        ([], [b"1"]),
        ([("h", 1)] * 5, [b"1"]),
        ([("h", 1)], []),
        ([("h", 1)], [b"1"] * 3),
        ([("", 1)], [b"1"]),
        ([("h" * 64, 1)], [b"1"]),
        ([("é" * 32, 1)], [b"1"]),
        ([("h", 0)], [b"1"]),
        ([("h", 65536)], [b"1"]),
        ([("h", 1)], [b""]),
        ([("h", 1)], [bytes(1025)]),
        ([("h", 1)], [b"1"], [(0, 0, 5, 100)] * 5),
        ([("h", 1)], [b"1"], [(256, 0, 5, 100)]),
        ([("h", 1)], [b"1"], [(0, 256, 5, 100)]),
        ([("h", 1)], [b"1"], [(0, 0, 65536, 100)]),
        ([("h", 1)], [b"1"], [(0, 0, 5, 65536)]),
        ([("h", 1)], [b"1"], [(0, 0, -1, 100)]),
        ([("h", 1)], [b"1"], [], ("a" * 64, "none", "", "")),
        ([("h", 1)], [b"1"], [], ("a", "pap", "é" * 32, "")),
        ([("h", 1)], [b"1"], [], ("a", "mschap", "", "")),
    ],
)
def test_a_config_beyond_its_limits_is_not_made(every: tuple) -> None:
    with pytest.raises(ValueError):
        configs.config(DOWN, 0, UNIT, 1, *every)


def test_topics_carry_the_shard_of_the_unit() -> None:
    assert wire.topics("3fa2b81c") == ("d/3f/3fa2b81c", "u/3f/3fa2b81c")
