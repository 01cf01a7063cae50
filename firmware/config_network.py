# The part of unit.json that says by what the unit reaches the network: what is there by itself ("wired"), Wi-Fi or a
# modem. Secrets are never told, only that they are wrong. Never here: how a network is brought up.
from access_point import is_apn, is_text
from checks import or_null, want
from settings_wire import AUTHS, MAX_TEXT

KINDS = ("wired", "wifi", "modem")

MAX_SSID = 32  # bytes, as in every beacon
WPA_KEY = (8, 63)  # characters of WPA
PIN = (4, 8)  # digits of a SIM's


def check(problems, fields, used):
    # fields: unit.json's "network", an object; used: what each GPIO serves, gets those of the board.
    where = "network."
    if not want(problems, fields, "kind", lambda v: v in KINDS, '"wired", "wifi" or "modem"', where):
        return
    if fields["kind"] == "wifi":
        _check_wifi(problems, where, fields)
    elif fields["kind"] == "modem":
        _check_modem(problems, where, fields, used)


def _check_wifi(problems, where, fields):
    key = "null for an open network, or its password, 8 to 63 characters"
    want(problems, fields, "ssid", _is_ssid, "the name of the Wi-Fi, 1 to 32 bytes", where)
    want(problems, fields, "password", or_null(is_text(*WPA_KEY)), key, where, secret=True)


def _check_modem(problems, where, fields, used):
    from boards import BOARDS, reserved

    boards = "the board that the modem is on, one of " + ", ".join(sorted(BOARDS))
    if want(problems, fields, "board", lambda v: isinstance(v, str) and v in BOARDS, boards, where):
        for pin in reserved(fields["board"]):
            used[pin] = "the %s's own" % fields["board"]
    want(problems, fields, "apn", is_apn, "the access point name of the SIM's contract, 1 to 63 characters", where)
    want(problems, fields, "auth", lambda v: v in AUTHS, '"none", "pap" or "chap"', where)
    pin = "null, or the SIM's PIN, 4 to 8 digits, as a text"
    want(problems, fields, "pin", or_null(_is_sim_pin), pin, where, secret=True)
    if fields.get("auth") == "none":
        good, expected = or_null(lambda v: False), 'null, because auth is "none"'
    else:
        good, expected = is_text(1, MAX_TEXT), "a text of 1 to 63 plain characters, because auth is not none"
    want(problems, fields, "user", good, expected, where)
    want(problems, fields, "password", good, expected, where, secret=True)


def _is_ssid(value):
    return isinstance(value, str) and 1 <= len(value.encode()) <= MAX_SSID


def _is_sim_pin(value):
    return isinstance(value, str) and PIN[0] <= len(value) <= PIN[1] and all(c in "0123456789" for c in value)
