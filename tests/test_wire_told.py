"""What a unit tells by itself comes out of its frames as it went in, or not at all."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware import wire

UNIT = bytes.fromhex("3fa2b81c")
DOWN, UP = wire.direction_pads(bytes(range(32)), UNIT)
byte, half, word = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
eight, slots = st.binary(min_size=8, max_size=8), st.integers(0, 1)
records = st.lists(st.tuples(word, byte, byte, half, eight), min_size=1, max_size=wire.EVENTS_AT_ONCE)
texts = st.lists(st.text(max_size=8), min_size=3, max_size=3)
condition = st.tuples(eight, word, word, byte, byte, st.integers(-128, 127), byte, half, half, half)


def packed(told: list[tuple]) -> bytes:
    return b"".join(struct.pack(wire.EVENT, *record) for record in told)


@given(slots, st.tuples(eight, word, eight, word, half, eight), records)
def test_events_carry_their_fields(slot: int, fields: tuple, told: list[tuple]) -> None:
    frame = wire.events(UP, slot, *fields, records=packed(told))

    assert wire.shape(frame) == (wire.EVENTS, slot)
    assert wire.genuine(frame, UP)
    assert wire.events_fields(frame) == (*fields, told)


@given(slots, eight, word)
def test_their_acknowledgement_carries_its_fields(slot: int, journal: bytes, seq: int) -> None:
    frame = wire.events_ack(DOWN, slot, UNIT, journal, seq)

    assert wire.shape(frame) == (wire.EVENTS_ACK, slot)
    assert wire.events_ack_fields(frame) == (UNIT, journal, seq)


@given(slots, condition, st.tuples(*[word] * 10), texts)
def test_status_carries_its_fields(slot: int, fields: tuple, ledger: tuple, told: list[str]) -> None:
    frame = wire.status(UP, slot, *fields, ledger=ledger, texts=told)

    assert wire.shape(frame) == (wire.STATUS, slot)
    assert wire.status_fields(frame) == (*fields, ledger, [text.encode() for text in told])


@given(st.binary(max_size=600))
def test_records_of_random_bytes_are_refused_or_mean_exactly_those_bytes(raw: bytes) -> None:
    frame = wire.events(UP, 0, bytes(8), 1, bytes(8), 1, 0, bytes(8), raw)
    try:
        told = wire.events_fields(frame)[-1]
    except ValueError:
        assert len(raw) % 16 or not raw or len(raw) > 16 * wire.EVENTS_AT_ONCE
        return
    assert packed(told) == raw


@given(st.binary(max_size=120))
def test_texts_of_random_bytes_are_refused_or_mean_exactly_those_bytes(raw: bytes) -> None:
    start = wire.status(UP, 0, bytes(8), 1, 2, 0, 0, 0, 0, 0, 0, 0, (0,) * 10, ("", "", ""))[: -wire.TAG_BYTES - 3]
    try:
        told = wire.status_fields(wire.seal(start + raw, UP))[-1]
    except ValueError:
        return
    assert b"".join(bytes([len(text)]) + text for text in told) == raw


@pytest.mark.parametrize("count", [0, wire.EVENTS_AT_ONCE + 1])
def test_no_records_and_too_many_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="EVENTS"):
        wire.events_fields(wire.events(UP, 0, bytes(8), 1, bytes(8), 1, 0, bytes(8), bytes(16 * count)))


def test_a_text_that_is_too_long_is_cut_when_it_is_told() -> None:
    frame = wire.status(UP, 0, bytes(8), 1, 2, 0, 0, 0, 0, 0, 0, 0, (0,) * 10, ("O" * 40, "", ""))

    assert wire.status_fields(frame)[-1] == [b"O" * wire.MAX_TEXT, b"", b""]
