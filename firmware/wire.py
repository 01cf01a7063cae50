# Every message between the cloud and a unit: layout, sign, verify, limits. docs/protocol.md tells the same in words.
# Only functions and constants live here (the file is imported under two names, firmware.wire and wire), nothing that
# waits, reads a clock or holds state. All numbers are big-endian; times are seconds.
#
# Version rule: a layout never changes within a version. A unit speaks exactly VERSION; the cloud speaks every version
# still in the fleet and answers in the one the unit used. A frame of another version is counted and dropped.
#
#   down  head4 | unit4 | ...                    | tag16      up  head4 | epoch8 | up_count4 | ... | tag16
#   head  version1 type1 key1 flags1 (flags are 0 in version 1)
import hashlib
import struct

VERSION = 1

WELCOME = 0x01
ASK = 0x02
COMMAND = 0x03
EVENTS_ACK = 0x04
CONFIG = 0x05
OFFER = 0x06
BLOCK = 0x07
HELLO = 0x81
HEARTBEAT = 0x82
ANSWER = 0x83
EVENTS = 0x84
CONFIG_ACK = 0x85
BLOCK_WANTED = 0x86
UPDATE_STATE = 0x87
STATUS = 0x88

HEAD = ">BBBB"
WELCOME_BODY = ">BBBB4s8s"  # head unit nonce
ASK_BODY = ">BBBB4s8s8s"  # head unit epoch nonce
COMMAND_BODY = ">BBBB4s8sI8sBBHI"  # head unit epoch not_after op_id action door pulse_ms arg
HELLO_BODY = ">BBBB8sI8sIBB4sHHHHII"  # head epoch up_count nonce unit_s cause faults doors ago*4 firmware config
HEARTBEAT_BODY = ">BBBB8sI8sIBB4sHHHHII"  # head epoch up_count echo unit_s why faults doors ago*4 bytes_in bytes_out
ANSWER_BODY = ">BBBB8sI8sIBBI"  # head epoch up_count op_id unit_s result door journal_seq; its tag covers the command's
CONFIG_BODY = ">BBBB4sI"  # head unit number, then settings (settings_wire.py)
CONFIG_ACK_BODY = ">BBBB8sIIB"  # head epoch up_count number result
EVENTS_BODY = ">BBBB8sI8sIH8s"  # head epoch up_count journal_id first_seq lost boot, then records of EVENT
EVENT = ">IBBH8s"  # unit_ds kind door detail arg8; unit_ds: tenths of a second since that boot
EVENTS_ACK_BODY = ">BBBB4s8sI"  # head unit journal_id seq: all up to it are in the log
STATUS_BODY = ">BBBB8sIIBBbBHHH"  # head epoch up_count unit_s network roaming dbm rat keepalive_s heap_kb unsent
LEDGER = ">10I"  # of a STATUS: bytes up and down of each cause since boot; then len1 operator, len1 ICCID, len1 IMEI
OFFER_BODY = (
    ">BBBB4sIII"  # head unit release size key_set: a release, its manifest's bytes, the newest key set there is
)
BLOCK_WANTED_BODY = ">BBBB8sIBIIH"  # head epoch up_count part of offset length
BLOCK_BODY = (
    ">BBBB4sBIII"  # head unit part of offset size, then bytes; size: of the whole part, 0: there is no such part
)
UPDATE_STATE_BODY = ">BBBB8sIIBBI"  # head epoch up_count release state reason have

TAG_BYTES = 16  # HMAC-SHA256 cut to 128 bits: nothing shorter is worth forging once
SECRET_BYTES = 32
MAX_FRAME = 2624  # bytes: the largest CONFIG has 2,566; what a unit's one buffer holds
DOORS = 4  # doors of one unit
KEY_SLOTS = 2  # the key in use and the one that follows it

EXACT = {
    WELCOME: struct.calcsize(WELCOME_BODY) + TAG_BYTES,
    ASK: struct.calcsize(ASK_BODY) + TAG_BYTES,
    COMMAND: struct.calcsize(COMMAND_BODY) + TAG_BYTES,
    EVENTS_ACK: struct.calcsize(EVENTS_ACK_BODY) + TAG_BYTES,
    HELLO: struct.calcsize(HELLO_BODY) + TAG_BYTES,
    HEARTBEAT: struct.calcsize(HEARTBEAT_BODY) + TAG_BYTES,
    ANSWER: struct.calcsize(ANSWER_BODY) + TAG_BYTES,
    CONFIG_ACK: struct.calcsize(CONFIG_ACK_BODY) + TAG_BYTES,
    OFFER: struct.calcsize(OFFER_BODY) + TAG_BYTES,
    BLOCK_WANTED: struct.calcsize(BLOCK_WANTED_BODY) + TAG_BYTES,
    UPDATE_STATE: struct.calcsize(UPDATE_STATE_BODY) + TAG_BYTES,
}
AT_LEAST = {
    CONFIG: struct.calcsize(CONFIG_BODY) + 4 + TAG_BYTES,
    EVENTS: struct.calcsize(EVENTS_BODY) + struct.calcsize(EVENT) + TAG_BYTES,
    STATUS: struct.calcsize(STATUS_BODY) + struct.calcsize(LEDGER) + 3 + TAG_BYTES,
    BLOCK: struct.calcsize(BLOCK_BODY) + TAG_BYTES,
}

# action of a COMMAND
OPEN = 1
CLOSE = 2
PRESS = 3  # the one contact of a toggle, whatever it will do
HOLD = 4  # keep an `open` drive's coil on for `arg` seconds; again: for so long from now on
RELEASE = 5  # end that
TEST = 6  # the whole way without the coil: door NO_DOOR; DONE when every coil is off and well

DRIVES = ("open", "toggle", "open_close")

# result of an ANSWER: under 16 it is as asked, from 16 on the unit declined
DONE = 0
ALREADY = 1
LATE = 16
BUSY = 17
MOVING = 18
UPDATING = 19
FAULT = 20
FULL = 21
UNSUPPORTED = 22
UNSURE = 23

# result of a CONFIG_ACK
IN_USE = 0
REFUSED = 1

# state of a door: low nibble of its byte in HELLO and HEARTBEAT
UNKNOWN = 0
CLOSED = 1
OPENED = 2
OPENING = 3
CLOSING = 4
STATE_BITS = 0x0F
HELD_BIT = 0x10  # its coil is kept on by HOLD
SENSOR_BIT = 0x20  # this door has a sensor
FAULT_BIT = 0x40  # its coil did not read back as driven
NO_DOOR = 0xFF
LONG_AGO = 0xFFFF  # of an `ago`: 65,535 s or more, or not known

# why a HEARTBEAT was sent
TIMER = 0
CHANGED = 1
ASKED = 2

# faults of a unit, bits
COIL_FAULT = 1
SENSOR_FAULT = 2
JOURNAL_FAULT = 4  # its flash does not take records
POWER_LOST = 8  # its power input says so
TAMPERED = 16  # its tamper input says so

HOLD_MAX_S = 43200  # half a day: longer is a door that somebody forgot

MAX_TEXT = 32  # bytes of an operator's name, an ICCID, an IMEI
EVENTS_AT_ONCE = 32  # records in a frame: it must fit what the unit's transport gathers

# part of an update that a block is of; `of` is a release, of a key set its number
MANIFEST = 1  # with its signatures
BUNDLE = 2
KEY_SET = 3  # with its signatures
BLOCK_MAX = 1024  # bytes of a part in one BLOCK: an open never waits longer behind it than a second of the link's rate

NO_NONCE = bytes(8)  # in a HELLO: "I am here, welcome me"; never adopted


def hmac_pads(secret):
    # The two padded keys of HMAC (RFC 2104) for a secret of at most 64 bytes: made once, then a tag costs two hashes.
    block = secret + bytes(64 - len(secret))
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


def hmac_sha256(pads, data):
    inner = hashlib.sha256(pads[0])
    inner.update(data)
    outer = hashlib.sha256(pads[1])
    outer.update(inner.digest())
    return outer.digest()


def direction_pads(secret, unit):
    # (down, up): one key per direction, so that a frame sent back to its sender is worth nothing.
    if len(secret) != SECRET_BYTES or len(unit) != 4:
        raise ValueError("a command key has 32 bytes and a unit id 4")
    pads = hmac_pads(secret)
    return hmac_pads(hmac_sha256(pads, b"iomando down" + unit)), hmac_pads(hmac_sha256(pads, b"iomando up" + unit))


def seal(body, pads, bound=b""):
    # body and its tag; `bound` lies under the tag without being sent (an ANSWER is bound to its command's tag).
    return body + hmac_sha256(pads, body + bound)[:TAG_BYTES]


def genuine(frame, pads, bound=b""):
    # Constant time: every byte is compared whatever the first one says.
    body = bytes(frame[:-TAG_BYTES])
    due = hmac_sha256(pads, body + bound)
    wrong = 0
    for i in range(TAG_BYTES):
        wrong |= due[i] ^ frame[len(body) + i]
    return wrong == 0


def shape(frame):
    # The fields (type, key slot) of a frame of this version and of a length right for its type, else None.
    # Authenticates nothing.
    size = len(frame)
    if size < 4 or size > MAX_FRAME or frame[0] != VERSION or frame[2] >= KEY_SLOTS or frame[3] != 0:
        return None
    kind = frame[1]
    if kind in EXACT:
        return (kind, frame[2]) if size == EXACT[kind] else None
    if kind in AT_LEAST and size >= AT_LEAST[kind]:
        return (kind, frame[2])
    return None


def _sealed(layout, kind, slot, pads, fields, tail=b"", bound=b""):
    return seal(struct.pack(layout, VERSION, kind, slot, 0, *fields) + tail, pads, bound)


def _fields(layout, frame):
    # After the head.
    return struct.unpack(layout, frame[:-TAG_BYTES])[4:]


def tag_of(frame):
    return bytes(frame[-TAG_BYTES:])


def welcome(pads, slot, unit, nonce):
    return _sealed(WELCOME_BODY, WELCOME, slot, pads, (unit, nonce))


def welcome_fields(frame):
    # The fields (unit, nonce)
    return _fields(WELCOME_BODY, frame)


def ask(pads, slot, unit, epoch, nonce):
    return _sealed(ASK_BODY, ASK, slot, pads, (unit, epoch, nonce))


def ask_fields(frame):
    # The fields (unit, epoch, nonce)
    return _fields(ASK_BODY, frame)


def command(pads, slot, unit, epoch, not_after, op_id, action, door, pulse_ms, arg=0):
    return _sealed(COMMAND_BODY, COMMAND, slot, pads, (unit, epoch, not_after, op_id, action, door, pulse_ms, arg))


def command_fields(frame):
    # The fields (unit, epoch, not_after, op_id, action, door, pulse_ms, arg)
    return _fields(COMMAND_BODY, frame)


def answer(pads, slot, epoch, up_count, op_id, unit_s, result, door, journal_seq, command_tag):
    fields = (epoch, up_count, op_id, unit_s, result, door, journal_seq)
    return _sealed(ANSWER_BODY, ANSWER, slot, pads, fields, b"", command_tag)


def answer_fields(frame):
    # The fields (epoch, up_count, op_id, unit_s, result, door, journal_seq)
    return _fields(ANSWER_BODY, frame)


def hello(pads, slot, epoch, up_count, nonce, unit_s, cause, faults, doors, ago, firmware, config):
    # doors: 4 bytes, one a door; ago: four numbers, seconds since each door's state changed.
    fields = (epoch, up_count, nonce, unit_s, cause, faults, doors) + tuple(ago) + (firmware, config)
    return _sealed(HELLO_BODY, HELLO, slot, pads, fields)


def hello_fields(frame):
    # The fields (epoch, up_count, nonce, unit_s, cause, faults, doors, (ago, ago, ago, ago), firmware, config)
    f = _fields(HELLO_BODY, frame)
    return f[:7] + (f[7:11],) + f[11:]


def heartbeat(pads, slot, epoch, up_count, echo, unit_s, why, faults, doors, ago, bytes_in, bytes_out):
    fields = (epoch, up_count, echo, unit_s, why, faults, doors) + tuple(ago) + (bytes_in, bytes_out)
    return _sealed(HEARTBEAT_BODY, HEARTBEAT, slot, pads, fields)


def heartbeat_fields(frame):
    # The fields (epoch, up_count, echo, unit_s, why, faults, doors, (ago, ago, ago, ago), bytes_in, bytes_out)
    f = _fields(HEARTBEAT_BODY, frame)
    return f[:7] + (f[7:11],) + f[11:]


def events(pads, slot, epoch, up_count, journal_id, first_seq, lost, boot, records):
    # boot: the epoch in which the first record was made; records: 1 to EVENTS_AT_ONCE of EVENT, as bytes.
    fields = (epoch, up_count, journal_id, first_seq, lost, boot)
    return _sealed(EVENTS_BODY, EVENTS, slot, pads, fields, records)


def events_fields(frame):
    # The fields (epoch, up_count, journal_id, first_seq, lost, boot, [(unit_ds, kind, door, detail, arg8)]); ValueError
    # when the records do not fit the frame exactly.
    start = struct.calcsize(EVENTS_BODY)
    size = struct.calcsize(EVENT)
    records = bytes(frame[start:-TAG_BYTES])
    if not records or len(records) % size or len(records) > size * EVENTS_AT_ONCE:
        raise ValueError("EVENTS whose records do not fit it")
    told = [struct.unpack(EVENT, records[at : at + size]) for at in range(0, len(records), size)]
    return struct.unpack(EVENTS_BODY, frame[:start])[4:] + (told,)


def events_ack(pads, slot, unit, journal_id, seq):
    return _sealed(EVENTS_ACK_BODY, EVENTS_ACK, slot, pads, (unit, journal_id, seq))


def events_ack_fields(frame):
    # The fields (unit, journal_id, seq)
    return _fields(EVENTS_ACK_BODY, frame)


def status(
    pads, slot, epoch, up_count, unit_s, network, roaming, dbm, rat, keepalive_s, heap_kb, unsent, ledger, texts
):
    # ledger: ten numbers, bytes up and down of each of events.CAUSES; texts: operator, ICCID, IMEI, cut to MAX_TEXT.
    fields = (epoch, up_count, unit_s, network, roaming, dbm, rat, keepalive_s, heap_kb, unsent)
    tail = struct.pack(LEDGER, *ledger)
    for text in texts:
        raw = text.encode()[:MAX_TEXT]
        tail += bytes([len(raw)]) + raw
    return _sealed(STATUS_BODY, STATUS, slot, pads, fields, tail)


def status_fields(frame):
    # The fields (epoch, up_count, unit_s, network, roaming, dbm, rat, keepalive_s, heap_kb, unsent, (ten numbers),
    # [operator, ICCID, IMEI as bytes]); ValueError when the texts do not fit the frame exactly.
    start = struct.calcsize(STATUS_BODY)
    at = start + struct.calcsize(LEDGER)
    end = len(frame) - TAG_BYTES
    ledger = struct.unpack(LEDGER, frame[start:at])
    texts = []
    for _ in range(3):
        size = frame[at] if at < end else MAX_TEXT + 1
        if size > MAX_TEXT or at + 1 + size > end:
            raise ValueError("a STATUS whose texts do not fit it")
        texts.append(bytes(frame[at + 1 : at + 1 + size]))
        at += 1 + size
    if at != end:
        raise ValueError("a STATUS whose texts do not fit it")
    return struct.unpack(STATUS_BODY, frame[:start])[4:] + (ledger, texts)


def config(pads, slot, unit, number, settings):
    # settings: bytes of settings_wire.packed().
    return _sealed(CONFIG_BODY, CONFIG, slot, pads, (unit, number), settings)


def config_fields(frame):
    # The fields (unit, number, bytes for settings_wire.unpacked())
    start = struct.calcsize(CONFIG_BODY)
    return struct.unpack(CONFIG_BODY, frame[:start])[4:] + (bytes(frame[start:-TAG_BYTES]),)


def config_ack(pads, slot, epoch, up_count, number, result):
    return _sealed(CONFIG_ACK_BODY, CONFIG_ACK, slot, pads, (epoch, up_count, number, result))


def config_ack_fields(frame):
    # The fields (epoch, up_count, number, result)
    return _fields(CONFIG_ACK_BODY, frame)


def offer(pads, slot, unit, release, size, key_set):
    return _sealed(OFFER_BODY, OFFER, slot, pads, (unit, release, size, key_set))


def offer_fields(frame):
    # The fields (unit, release, size, key_set)
    return _fields(OFFER_BODY, frame)


def block_wanted(pads, slot, epoch, up_count, part, of, offset, length):
    return _sealed(BLOCK_WANTED_BODY, BLOCK_WANTED, slot, pads, (epoch, up_count, part, of, offset, length))


def block_wanted_fields(frame):
    # The fields (epoch, up_count, part, of, offset, length)
    return _fields(BLOCK_WANTED_BODY, frame)


def block(pads, slot, unit, part, of, offset, size, data):
    return _sealed(BLOCK_BODY, BLOCK, slot, pads, (unit, part, of, offset, size), data)


def block_fields(frame):
    # The fields (unit, part, of, offset, size, bytes)
    start = struct.calcsize(BLOCK_BODY)
    return struct.unpack(BLOCK_BODY, frame[:start])[4:] + (bytes(frame[start:-TAG_BYTES]),)


def update_state(pads, slot, epoch, up_count, release, state, reason, have):
    # state, reason: of update_words.py; have: bytes of the bundle.
    return _sealed(UPDATE_STATE_BODY, UPDATE_STATE, slot, pads, (epoch, up_count, release, state, reason, have))


def update_state_fields(frame):
    # The fields (epoch, up_count, release, state, reason, have)
    return _fields(UPDATE_STATE_BODY, frame)


def topics(unit_hex):
    # (down, up) topics of a unit; the shard is the first byte of its id.
    return "d/" + unit_hex[:2] + "/" + unit_hex, "u/" + unit_hex[:2] + "/" + unit_hex
