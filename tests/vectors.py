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
    "CONFIG": (0x05, "down", (("unit", "4s"), ("number", "I"))),
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
}
VERSION = 1
TAG = 16

# Values that no test's own data has by chance; a secret and a unit of each kind.
SECRETS = {
    "plain": (bytes(range(32)), bytes.fromhex("3fa2b81c")),
    "zero": (bytes(32), bytes(4)),
    "ones": (b"\xff" * 32, b"\xff" * 4),
}
LARGEST = {"B": 0xFF, "H": 0xFFFF, "I": 0xFFFFFFFF}
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
}
SERVERS = [["doors.example", 8883], ["192.0.2.7", 8884]]
# each: door, drive, travel in tenths of a second, pulse in milliseconds
DOOR_SETTINGS = [[0, 1, 125, 500], [1, 0, 5, 5000]]
SMALLEST_LISTS = {"servers": [["a", 1]], "cas": ["30"], "door_settings": []}
LARGEST_LISTS = {
    "servers": [[letter * 63, 65_535] for letter in "abcd"],
    "cas": [bytes((7 * i + n) & 0xFF for i in range(1024)).hex() for n in (0, 1)],
    "door_settings": [[0xFF, 0xFF, 0xFFFF, 0xFFFF]] * 4,
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
    if name == "CONFIG":
        frame += struct.pack(">B", len(fields["servers"]))
        for host, port in fields["servers"]:
            frame += struct.pack(">B", len(host.encode())) + host.encode() + struct.pack(">H", port)
        frame += struct.pack(">B", len(fields["cas"]))
        for der in fields["cas"]:
            frame += struct.pack(">H", len(der) // 2) + bytes.fromhex(der)
        frame += struct.pack(">B", len(fields["door_settings"]))
        for door in fields["door_settings"]:
            frame += struct.pack(">BBHH", *door)
    return frame


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
    if name == "CONFIG":
        fields |= LARGEST_LISTS if large else SMALLEST_LISTS
    return fields


def vectors() -> list[dict]:
    found = []
    for name, (_, _, layout) in LAYOUTS.items():
        typical = {field: TYPICAL[field] for field, _ in layout if field != "unit"}
        if name == "ANSWER":
            typical["command_tag"] = COMMAND_TAG
        if name == "CONFIG":
            lists = {"servers": SERVERS, "cas": ["3082aabbcc", "3082ddeeff00"]}
            typical |= lists | {"door_settings": DOOR_SETTINGS}
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
