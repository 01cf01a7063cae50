"""Frames made a second time, from docs/protocol.md alone: Python's hmac and struct, nothing of firmware/.

`python -m tests.vectors` writes docs/protocol-vectors.json. Never here: an import of the code that the vectors are for.
"""

import hashlib
import hmac
import json
import struct
from pathlib import Path

FILE = Path(__file__).parent.parent / "docs" / "protocol-vectors.json"

# name: type byte, direction, (field, layout) after the head; layouts: digits are bytes, the rest is struct's
LAYOUTS = {
    "WELCOME": (0x01, "down", (("unit", "4s"), ("nonce", "8s"))),
    "ASK": (0x02, "down", (("unit", "4s"), ("epoch", "8s"), ("nonce", "8s"))),
    "COMMAND": (
        0x03,
        "down",
        (
            ("unit", "4s"),
            ("epoch", "8s"),
            ("not_after", "I"),
            ("op_id", "8s"),
            ("action", "B"),
            ("door", "B"),
            ("pulse_ms", "H"),
            ("arg", "I"),
        ),
    ),
    "EVENTS_ACK": (0x04, "down", (("unit", "4s"), ("journal_id", "8s"), ("seq", "I"))),
    "CONFIG": (0x05, "down", (("unit", "4s"), ("number", "I"))),
    "OFFER": (0x06, "down", (("unit", "4s"), ("release", "I"), ("size", "I"), ("key_set", "I"))),
    "BLOCK": (0x07, "down", (("unit", "4s"), ("part", "B"), ("of", "I"), ("offset", "I"), ("size", "I"))),
    "HELLO": (
        0x81,
        "up",
        (
            ("epoch", "8s"),
            ("up_count", "I"),
            ("nonce", "8s"),
            ("unit_s", "I"),
            ("cause", "B"),
            ("faults", "B"),
            ("doors", "4s"),
            ("ago", "4H"),
            ("firmware", "I"),
            ("config", "I"),
        ),
    ),
    "HEARTBEAT": (
        0x82,
        "up",
        (
            ("epoch", "8s"),
            ("up_count", "I"),
            ("echo", "8s"),
            ("unit_s", "I"),
            ("why", "B"),
            ("faults", "B"),
            ("doors", "4s"),
            ("ago", "4H"),
            ("bytes_in", "I"),
            ("bytes_out", "I"),
        ),
    ),
    "ANSWER": (
        0x83,
        "up",
        (
            ("epoch", "8s"),
            ("up_count", "I"),
            ("op_id", "8s"),
            ("unit_s", "I"),
            ("result", "B"),
            ("door", "B"),
            ("journal_seq", "I"),
        ),
    ),
    "EVENTS": (
        0x84,
        "up",
        (
            ("epoch", "8s"),
            ("up_count", "I"),
            ("journal_id", "8s"),
            ("first_seq", "I"),
            ("lost", "H"),
            ("boot", "8s"),
        ),
    ),
    "BLOCK_WANTED": (
        0x86,
        "up",
        (("epoch", "8s"), ("up_count", "I"), ("part", "B"), ("of", "I"), ("offset", "I"), ("length", "H")),
    ),
    "UPDATE_STATE": (
        0x87,
        "up",
        (("epoch", "8s"), ("up_count", "I"), ("release", "I"), ("state", "B"), ("reason", "B"), ("have", "I")),
    ),
    "STATUS": (
        0x88,
        "up",
        (
            ("epoch", "8s"),
            ("up_count", "I"),
            ("unit_s", "I"),
            ("network", "B"),
            ("roaming", "B"),
            ("dbm", "b"),
            ("rat", "B"),
            ("keepalive_s", "H"),
            ("heap_kb", "H"),
            ("unsent", "H"),
        ),
    ),
}
VERSION = 1
TAG = 16

# Values that no test's own data has by chance; a secret and a unit of each kind.
SECRETS = {
    "plain": (bytes(range(32)), bytes.fromhex("3fa2b81c")),
    "zero": (bytes(32), bytes(4)),
    "ones": (b"\xff" * 32, b"\xff" * 4),
}
LARGEST = {"B": 0xFF, "b": 0x7F, "H": 0xFFFF, "I": 0xFFFFFFFF}
TYPICAL = {
    "nonce": "a1b2c3d4e5f60718",
    "echo": "a1b2c3d4e5f60718",
    "epoch": "0f1e2d3c4b5a6978",
    "op_id": "5566778899aabbcc",
    "not_after": 86_409,
    "action": 1,
    "door": 0,
    "pulse_ms": 500,
    "arg": 0,
    "up_count": 17,
    "unit_s": 86_400,
    "cause": 1,
    "why": 2,
    "faults": 0,
    "doors": "21622444",
    "ago": [12, 0, 65_535, 3],
    "firmware": 100,
    "config": 3,
    "bytes_in": 10_240,
    "bytes_out": 20_480,
    "result": 16,
    "journal_seq": 0,
    "number": 4,
    "release": 12,
    "size": 45_000,
    "key_set": 2,
    "part": 2,
    "of": 12,
    "offset": 3_072,
    "length": 1_024,
    "state": 6,
    "reason": 21,
    "have": 3_072,
    "journal_id": "c0ffee0102030405",
    "seq": 1_042,
    "first_seq": 1_041,
    "lost": 2,
    "boot": "1122334455667788",
    "network": 2,
    "roaming": 0,
    "dbm": -87,
    "rat": 2,
    "keepalive_s": 120,
    "heap_kb": 61,
    "unsent": 2,
}
# What follows the fields. CONFIG's doors: door, drive, travel in tenths of a second, pulse in milliseconds; EVENTS'
# records: tenths of a second, kind, door, detail, 8 bytes; STATUS' ledger: bytes up and down of each of five causes.
TYPICAL_TAIL = {
    "BLOCK": {"data": bytes(range(200, 256)).hex()},
    "CONFIG": {
        "servers": [["doors.example", 8883], ["192.0.2.7", 8884]],
        "cas": ["3082aabbcc", "3082ddeeff00"],
        "door_settings": [[0, 1, 125, 500], [1, 0, 5, 5000]],
        "access_point": ["internet.example", "pap", "user", "word"],
    },
    "EVENTS": {
        "records": [
            [0, 1, 0, 3, "0f1e2d3c4b5a6978"],
            [36_123, 2, 1, 0x0100, "5566778899aabbcc"],
            [36_999, 9, 0, 18, "0000012c03000000"],
        ]
    },
    "STATUS": {
        "ledger": [1_200, 1_300, 20_000, 14_000, 900, 100, 0, 0, 6_400, 9_800],
        "texts": ["Movistar", "8934071234567890123", "867394041234567"],
    },
}
SMALLEST_TAIL = {
    "BLOCK": {"data": ""},
    "CONFIG": {"servers": [["a", 1]], "cas": ["30"], "door_settings": [], "access_point": None},
    "EVENTS": {"records": [[0, 0, 0, 0, "00" * 8]]},
    "STATUS": {"ledger": [0] * 10, "texts": ["", "", ""]},
}
LARGEST_TAIL = {
    "BLOCK": {"data": "ff" * 1024},
    "CONFIG": {
        "servers": [[letter * 63, 65_535] for letter in "abcd"],
        "cas": [bytes((7 * i + n) & 0xFF for i in range(1024)).hex() for n in (0, 1)],
        "door_settings": [[0xFF, 0xFF, 0xFFFF, 0xFFFF]] * 4,
        "access_point": ["a" * 63, "chap", "u" * 63, "p" * 63],
    },
    "EVENTS": {"records": [[0xFFFFFFFF, 0xFF, 0xFF, 0xFFFF, "ff" * 8]] * 32},
    "STATUS": {"ledger": [0xFFFFFFFF] * 10, "texts": ["O" * 32, "8" * 32, "9" * 32]},
}
COMMAND_TAG = "00112233445566778899aabbccddeeff"


def key(secret: bytes, direction: str, unit: bytes) -> bytes:
    return hmac.digest(secret, b"iomando " + direction.encode() + unit, hashlib.sha256)


def body(name: str, slot: int, fields: dict) -> bytes:
    kind, _, layout = LAYOUTS[name]
    frame = struct.pack(">4B", VERSION, kind, slot, 0)
    for field, how in layout:
        value = fields[field]
        if how.endswith("s"):
            frame += bytes.fromhex(value)
        elif how == "4H":
            frame += struct.pack(">4H", *value)
        else:
            frame += struct.pack(">" + how, value)
    return frame + TAILS[name](fields) if name in TAILS else frame


def lists(fields: dict) -> bytes:
    tail = struct.pack(">B", len(fields["servers"]))
    for host, port in fields["servers"]:
        tail += struct.pack(">B", len(host.encode())) + host.encode() + struct.pack(">H", port)
    tail += struct.pack(">B", len(fields["cas"]))
    for der in fields["cas"]:
        tail += struct.pack(">H", len(der) // 2) + bytes.fromhex(der)
    tail += struct.pack(">B", len(fields["door_settings"]))
    tail += b"".join(struct.pack(">BBHH", *door) for door in fields["door_settings"])
    if fields["access_point"] is None:
        return tail + b"\0"
    apn, auth, *account = fields["access_point"]
    tail += struct.pack(">BB", 1, ["none", "pap", "chap"].index(auth))
    return tail + b"".join(struct.pack(">B", len(text)) + text.encode() for text in (apn, *account))


def records(fields: dict) -> bytes:
    return b"".join(struct.pack(">IBBH", *numbers) + bytes.fromhex(arg) for *numbers, arg in fields["records"])


def condition(fields: dict) -> bytes:
    texts = [text.encode() for text in fields["texts"]]
    return struct.pack(">10I", *fields["ledger"]) + b"".join(struct.pack(">B", len(text)) + text for text in texts)


TAILS = {"BLOCK": lambda fields: bytes.fromhex(fields["data"]), "CONFIG": lists, "EVENTS": records, "STATUS": condition}


def made(name: str, what: str, slot: int, which: str, fields: dict) -> dict:
    """One vector: all that is needed to build the frame and to check it."""
    secret, unit = SECRETS[which]
    fields = {"unit": unit.hex(), **fields} if LAYOUTS[name][1] == "down" else fields
    bound = bytes.fromhex(fields["command_tag"]) if name == "ANSWER" else b""
    frame = body(name, slot, fields)
    tag = hmac.digest(key(secret, LAYOUTS[name][1], unit), frame + bound, hashlib.sha256)[:TAG]
    return {
        "type": name,
        "what": what,
        "direction": LAYOUTS[name][1],
        "secret": secret.hex(),
        "unit": unit.hex(),
        "slot": slot,
        "fields": fields,
        "frame": (frame + tag).hex(),
    }


def extreme(name: str, *, large: bool) -> dict:
    fields: dict = {}
    for field, how in LAYOUTS[name][2]:
        if how.endswith("s"):
            fields[field] = ("ff" if large else "00") * int(how[:-1])
        elif how == "4H":
            fields[field] = [LARGEST["H"] if large else 0] * 4
        else:
            fields[field] = LARGEST[how] if large else 0
    fields.pop("unit", None)
    if name == "ANSWER":
        fields["command_tag"] = ("ff" if large else "00") * TAG
    return fields | (LARGEST_TAIL if large else SMALLEST_TAIL).get(name, {})


def vectors() -> list[dict]:
    found = []
    for name, (_, _, layout) in LAYOUTS.items():
        typical = {field: TYPICAL[field] for field, _ in layout if field != "unit"}
        if name == "ANSWER":
            typical["command_tag"] = COMMAND_TAG
        typical |= TYPICAL_TAIL.get(name, {})
        found += [made(name, f"slot {slot}", slot, "plain", typical) for slot in (0, 1)]
        found.append(made(name, "every field 0", 0, "zero", extreme(name, large=False)))
        found.append(made(name, "every field at its largest", 1, "ones", extreme(name, large=True)))
    return found


def text() -> str:
    """The file: one vector a line, so that a change shows as the lines it changes."""
    lines = ",\n".join("  " + json.dumps(vector) for vector in vectors())
    return f"[\n{lines}\n]\n"


if __name__ == "__main__":
    FILE.write_text(text())
