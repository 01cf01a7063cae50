# The frames of docs/protocol-vectors.json: built again to the byte, taken apart again to the field, genuine.
import json
import struct

import settings_wire
import wire

FILE = __file__.rsplit("/", 3)[0] + "/docs/protocol-vectors.json"
NAMES = {
    "WELCOME": (wire.WELCOME, wire.welcome, wire.welcome_fields, ("unit", "nonce")),
    "ASK": (wire.ASK, wire.ask, wire.ask_fields, ("unit", "epoch", "nonce")),
    "COMMAND": (
        wire.COMMAND,
        wire.command,
        wire.command_fields,
        ("unit", "epoch", "not_after", "op_id", "action", "door", "pulse_ms", "arg"),
    ),
    "EVENTS_ACK": (wire.EVENTS_ACK, wire.events_ack, wire.events_ack_fields, ("unit", "journal_id", "seq")),
    "CONFIG": (
        wire.CONFIG,
        lambda pads, slot, unit, number, *lists: wire.config(pads, slot, unit, number, settings_wire.packed(*lists)),
        lambda frame: wire.config_fields(frame)[:2] + settings_wire.unpacked(wire.config_fields(frame)[2]),
        ("unit", "number", "servers", "cas", "door_settings", "access_point"),
    ),
    "OFFER": (wire.OFFER, wire.offer, wire.offer_fields, ("unit", "release", "size", "key_set")),
    "BLOCK": (wire.BLOCK, wire.block, wire.block_fields, ("unit", "part", "of", "offset", "size", "data")),
    "BLOCK_WANTED": (
        wire.BLOCK_WANTED,
        wire.block_wanted,
        wire.block_wanted_fields,
        ("epoch", "up_count", "part", "of", "offset", "length"),
    ),
    "UPDATE_STATE": (
        wire.UPDATE_STATE,
        wire.update_state,
        wire.update_state_fields,
        ("epoch", "up_count", "release", "state", "reason", "have"),
    ),
    "HELLO": (
        wire.HELLO,
        wire.hello,
        wire.hello_fields,
        ("epoch", "up_count", "nonce", "unit_s", "cause", "faults", "doors", "ago", "firmware", "config"),
    ),
    "HEARTBEAT": (
        wire.HEARTBEAT,
        wire.heartbeat,
        wire.heartbeat_fields,
        ("epoch", "up_count", "echo", "unit_s", "why", "faults", "doors", "ago", "bytes_in", "bytes_out"),
    ),
    "ANSWER": (
        wire.ANSWER,
        wire.answer,
        wire.answer_fields,
        ("epoch", "up_count", "op_id", "unit_s", "result", "door", "journal_seq"),
    ),
    "EVENTS": (
        wire.EVENTS,
        lambda pads, slot, *fields: wire.events(pads, slot, *fields[:-1], packed(fields[-1])),
        wire.events_fields,
        ("epoch", "up_count", "journal_id", "first_seq", "lost", "boot", "records"),
    ),
    "STATUS": (
        wire.STATUS,
        lambda pads, slot, *fields: wire.status(pads, slot, *fields[:-1], [str(text, "utf-8") for text in fields[-1]]),
        wire.status_fields,
        ("epoch", "up_count", "unit_s", "network", "roaming", "dbm", "rat", "keepalive_s", "heap_kb", "unsent")
        + ("ledger", "texts"),
    ),
}


def packed(records):
    return b"".join(struct.pack(wire.EVENT, *record) for record in records)


def vectors():
    with open(FILE) as file:
        return json.load(file)


def field(name, value):
    if name == "cas":
        return [bytes.fromhex(der) for der in value]
    if name in ("servers", "door_settings"):
        return [tuple(entry) for entry in value]
    if name == "records":
        return [tuple(record[:-1]) + (bytes.fromhex(record[-1]),) for record in value]
    if name == "texts":
        return [text.encode() for text in value]
    if name in ("ago", "ledger", "access_point"):
        return value and tuple(value)
    return bytes.fromhex(value) if isinstance(value, str) else value


def each():
    # (what, type, build, parse, pads of its direction, pads of the other, slot, fields, bound, frame)
    for v in vectors():
        kind, build, parse, names = NAMES[v["type"]]
        down, up = wire.direction_pads(bytes.fromhex(v["secret"]), bytes.fromhex(v["unit"]))
        pads, other = (down, up) if v["direction"] == "down" else (up, down)
        fields = tuple(field(name, v["fields"][name]) for name in names)
        bound = bytes.fromhex(v["fields"].get("command_tag", ""))
        what = v["type"] + ", " + v["what"]
        yield what, kind, build, parse, pads, other, v["slot"], fields, bound, bytes.fromhex(v["frame"])


def test_every_built_type_has_vectors_in_both_key_slots():
    seen = {(kind, slot) for _, kind, _, _, _, _, slot, _, _, _ in each()}
    for kind, _, _, _ in NAMES.values():
        assert (kind, 0) in seen and (kind, 1) in seen


def test_a_frame_is_built_to_the_byte():
    for what, _, build, _, pads, _, slot, fields, bound, frame in each():
        made = build(pads, slot, *fields, bound) if bound else build(pads, slot, *fields)
        assert made == frame, what


def test_a_frame_has_the_shape_of_its_type():
    for what, kind, _, _, _, _, slot, _, _, frame in each():
        assert wire.shape(frame) == (kind, slot), what


def test_a_frame_is_taken_apart_to_the_field():
    for what, _, _, parse, _, _, _, fields, _, frame in each():
        assert parse(frame) == fields, what


def test_a_frame_is_genuine_in_its_own_direction_only():
    for what, _, _, _, pads, other, _, _, bound, frame in each():
        assert wire.genuine(frame, pads, bound), what
        assert not wire.genuine(frame, other, bound), what


def test_an_answer_is_genuine_under_its_own_command_only():
    for what, kind, _, _, pads, _, _, _, bound, frame in each():
        if kind == wire.ANSWER:
            assert not wire.genuine(frame, pads), what
            assert not wire.genuine(frame, pads, bytes([bound[0] ^ 1]) + bound[1:]), what
