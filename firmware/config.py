# unit.json, the certificates and the keys: read once, checked field by field. What is wrong is told in an installer's
# words: which file, which field, what is expected, what is there; never a secret. Never here: a default for anything,
# or what others keep: this file and what it needs are let go when their work is done.
import json
import sys

import wire
from checks import is_host, is_object, is_pin, list_of, numbers, or_null, shown, take_pin, want, whole
from unit_settings import Settings, is_address

UNIT = "unit.json"
MAX_FILE = 4096  # bytes; the real one has about 700

RELAY_PINS = (4, 13, 14, 18, 19, 21, 22, 23, 25, 26, 27, 32, 33)  # outputs that neither start-up nor flash uses
SENSE_PINS = RELAY_PINS + (34, 35, 36, 39)  # those four can only be read, and have no pull-up
INPUTS = ("power", "tamper")  # contacts to ground while all is well

_RELAY = "the number of a GPIO that can drive a relay, one of " + numbers(RELAY_PINS)
_CONTACT = "null, or the number of a GPIO with a pull-up, one of " + numbers(RELAY_PINS)


class Wrong(Exception):
    # args[0]: the problems, a list of sentences
    pass


def let_go():
    # Their room in the heap, 11 kB, is worth more than the moment that loading them again takes.
    for name in ("config", "config_network", "access_point", "checks", "settings_wire"):
        if name in sys.modules:
            del sys.modules[name]


def read(root="/"):
    # Settings, or Wrong with everything that has to be put right.
    problems = []
    fields = _fields(root, problems)
    cas = [_der(root, "ca/0.der", problems, 1024)]
    if _bytes(root, "ca/1.der") is not None:
        cas.append(_der(root, "ca/1.der", problems, 1024))
    cert = _der(root, "tls.crt", problems, 2048)
    key = _der(root, "tls.key", problems, 2048)
    keys = _bytes(root, "command.key") or b""
    if len(keys) not in (32, 64):
        problems.append("command.key has %d bytes: expected 32, or 64 with a second key" % len(keys))
    if problems:
        raise Wrong(problems)
    return Settings(fields, cas, cert, key, [keys[:32], keys[32:] or None])


def check(fields):
    # The problems of what unit.json holds; none: an empty list.
    problems = []
    if not is_object(fields):
        return ["unit.json: expected an object { ... }; it is " + shown(fields)]
    want(problems, fields, "unit", _is_unit, "the unit's id, 8 digits of 0-9 a-f, as a text")
    want(problems, fields, "servers", list_of(_is_server, 4), '1 to 4 servers, each ["host.name", port]')
    want(problems, fields, "dns", list_of(is_address, 4), '1 to 4 name servers, each an address like "10.0.0.1"')
    want(problems, fields, "time_servers", list_of(is_host, 4), '1 to 4 time servers, each like "time.example"')
    want(problems, fields, "keepalive_s", whole(30, 1200), "a whole number of seconds, 30 to 1200")
    used = {}
    if want(problems, fields, "network", is_object, 'what it is connected by, { "kind": ... }'):
        import config_network

        config_network.check(problems, fields["network"], used)
    if want(problems, fields, "doors", list_of(is_object, 4), "1 to 4 doors, each { ... }"):
        for i, door in enumerate(fields["doors"]):
            _check_door(problems, "doors[%d]." % i, door, used)
    if want(problems, fields, "inputs", is_object, '{ "power": ..., "tamper": ... }'):
        for name in INPUTS:
            _check_pin(problems, "inputs.", fields["inputs"], name, True, _CONTACT, RELAY_PINS, used)
    return problems


def with_settings(doors, told):
    # The doors of unit.json with what a CONFIG tells of some: [(door, drive, travel_ds, pulse_ms)]; no pin changes.
    # ValueError when a door cannot be so: its values are held to the same bounds as unit.json's.
    changed = [dict(door) for door in doors]
    if len({number for number, _, _, _ in told}) < len(told):
        raise ValueError("a door is told of twice")
    for number, drive, travel_ds, pulse_ms in told:
        if number >= len(changed) or drive >= len(wire.DRIVES):
            raise ValueError("there is no door %d, or no drive %d" % (number, drive))
        door = changed[number]
        door.update({"drive": wire.DRIVES[drive], "travel_s": travel_ds / 10, "pulse_ms": pulse_ms})
        problems = []
        _check_door(problems, "doors[%d]." % number, door, {})
        if problems:
            raise ValueError(problems[0])
    return changed


def _check_door(problems, where, door, used):
    want(problems, door, "drive", lambda v: v in wire.DRIVES, '"open", "toggle" or "open_close"', where)
    want(problems, door, "pulse_ms", whole(100, 5000), "a whole number of milliseconds, 100 to 5000", where)
    want(problems, door, "travel_s", _is_travel, "a number of seconds, 0.5 to 300", where)
    second = door.get("drive") == "open_close"
    close = _RELAY if second else "null, because only the drive open_close has one"
    for name, may_be_null, expected, pins in (
        ("relay", False, _RELAY, RELAY_PINS),
        ("close_relay", not second, close, RELAY_PINS if second else ()),
        ("sense", True, "null, or the number of a GPIO, one of " + numbers(SENSE_PINS), SENSE_PINS),
        ("closed_contact", True, _CONTACT, RELAY_PINS),
        ("open_contact", True, _CONTACT, RELAY_PINS),
        ("exit_button", True, _CONTACT, RELAY_PINS),
    ):
        _check_pin(problems, where, door, name, may_be_null, expected, pins, used)


def _check_pin(problems, where, fields, name, may_be_null, expected, pins, used):
    good = or_null(is_pin(pins)) if may_be_null else is_pin(pins)
    if want(problems, fields, name, good, expected, where) and fields[name] is not None:
        take_pin(problems, used, fields[name], where + name)


def _fields(root, problems):
    raw = _bytes(root, UNIT)
    if raw is None:
        problems.append("unit.json is missing: expected the file that the installer's tool writes")
        return None
    if len(raw) > MAX_FILE:
        problems.append("unit.json has more than %d bytes: expected about 700" % MAX_FILE)
        return None
    try:
        fields = json.loads(str(raw, "utf-8"))
    except Exception:
        problems.append("unit.json is damaged: expected JSON, { ... } with every quote and comma in place")
        return None
    problems.extend(check(fields))
    return fields


def _der(root, name, problems, most):
    raw = _bytes(root, name)
    if raw is None:
        problems.append(name + " is missing: expected a file in DER form, from the installer's tool")
    elif not raw or raw[0] != 0x30 or len(raw) > most:
        problems.append("%s has %d bytes that are no DER: expected DER, at most %d bytes" % (name, len(raw), most))
    return raw


def _bytes(root, name):
    try:
        with open(root + name, "rb") as file:
            return file.read(MAX_FILE + 1)
    except OSError:
        return None


def _is_unit(value):
    return isinstance(value, str) and len(value) == 8 and all(c in "0123456789abcdef" for c in value)


def _is_server(value):
    return isinstance(value, list) and len(value) == 2 and is_host(value[0]) and whole(1, 65535)(value[1])


def _is_travel(value):
    return type(value) in (int, float) and 0.5 <= value <= 300
