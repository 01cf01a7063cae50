# unit.json, field by field: what is wrong is named with its file and field, what is right is taken.
import json

import config
import wire

DOOR = {
    "drive": "toggle",
    "relay": 18,
    "close_relay": None,
    "sense": None,
    "pulse_ms": 500,
    "closed_contact": 32,
    "open_contact": 33,
    "exit_button": None,
    "travel_s": 12,
}
GOOD = {
    "unit": "3fa2b81c",
    "servers": [["broker.example", 8883]],
    "dns": ["10.0.0.1"],
    "time_servers": ["time.example"],
    "keepalive_s": 120,
    "network": {"kind": "wired"},
    "doors": [DOOR],
    "inputs": {"power": None, "tamper": None},
}
BAD_SERVERS = [None, [], {}, [["x", 0]], [["x", 65536]], [["", 1]], [["x"]], [["x", "1"]], [["a b", 1]], [["x", True]]]
BAD_SERVERS += [[["a", 1]] * 5, [["a" * 64, 1]]]
BAD = {
    "unit": (None, 3, "", "3fa2b81", "3FA2B81C", "3fa2b81g", "3fa2b81c0"),
    "servers": BAD_SERVERS,
    "dns": (None, [], ["dns.example"], ["1.2.3"], ["1.2.3.256"], ["1.2.3.-4"], "1.2.3.4", [3], ["1.2.3.4"] * 5),
    "time_servers": (None, [], [""], [3], ["a/b"], ["a"] * 5, [".a"]),
    "keepalive_s": (None, 29, 1201, 120.0, "120", True),
    "network": (None, [], "wired", 3),
    "doors": (None, [], {}, [3], [DOOR] * 5),
    "inputs": (None, [], "none", 3),
}
BAD_DOOR = {
    "drive": (None, "slide", 1),
    "relay": (None, 0, 6, 12, 16, 34, 18.0, "18", True, -1, 99),
    "close_relay": (19,),
    "sense": (0, 6, 37, "34", True),
    "pulse_ms": (None, 99, 5001, 500.0, "500", True),
    "closed_contact": (34, 35, 36, 39, 6, "32", True),
    "open_contact": (34, 0, "33"),
    "exit_button": (34, 6, "27", True),
    "travel_s": (None, 0, 301, 0.4, "12", True),
}


def with_(fields, **changes):
    changed = dict(fields)
    changed.update(changes)
    return changed


def test_a_sound_file_has_no_problem():
    assert config.check(GOOD) == []
    assert config.check(json.loads(json.dumps(GOOD))) == []


def test_every_field_is_missed_by_name():
    for name in GOOD:
        fields = dict(GOOD)
        del fields[name]
        problems = config.check(fields)
        assert len(problems) == 1 and problems[0].startswith("unit.json: %s is missing: expected " % name), problems


def test_every_field_of_a_door_is_missed_by_name():
    for name in DOOR:
        door = dict(DOOR)
        del door[name]
        problems = config.check(with_(GOOD, doors=[door]))
        assert len(problems) == 1, problems
        assert problems[0].startswith("unit.json: doors[0].%s is missing: expected " % name), problems


def test_every_bad_value_is_named_with_what_is_there_and_what_is_expected():
    for name, values in BAD.items():
        for value in values:
            problems = config.check(with_(GOOD, **{name: value}))
            assert len(problems) == 1, (name, value, problems)
            assert problems[0].startswith("unit.json: %s is " % name) and ": expected " in problems[0]


def test_every_bad_value_of_a_door_is_named():
    for name, values in BAD_DOOR.items():
        for value in values:
            problems = config.check(with_(GOOD, doors=[DOOR_2, with_(DOOR, **{name: value})]))
            assert len(problems) == 1, (name, value, problems)
            assert problems[0].startswith("unit.json: doors[1].%s is " % name), problems


DOOR_2 = {
    "drive": "open",
    "relay": 21,
    "close_relay": None,
    "sense": 39,
    "pulse_ms": 500,
    "closed_contact": None,
    "open_contact": None,
    "exit_button": 27,
    "travel_s": 1,
}


def test_all_problems_are_told_at_once():
    problems = config.check({"unit": 3, "doors": [{}]})
    assert len(problems) == 1 + 6 + 9, problems


def test_a_pin_used_twice_is_named_with_its_first_use():
    problems = config.check(with_(GOOD, doors=[DOOR, with_(DOOR_2, relay=32)]))
    assert problems == ["unit.json: doors[1].relay is GPIO 32, which is doors[0].closed_contact already"]


def test_open_close_needs_its_second_relay():
    assert config.check(with_(GOOD, doors=[with_(DOOR, drive="open_close", close_relay=19)])) == []
    problems = config.check(with_(GOOD, doors=[with_(DOOR, drive="open_close")]))
    assert len(problems) == 1 and "close_relay is null" in problems[0]


def test_what_is_no_object_is_told():
    for value in (None, 3, [], "x"):
        problems = config.check(value)
        assert len(problems) == 1 and problems[0].startswith("unit.json: expected an object")


# -- what it is connected by, and its inputs

WIFI = {"kind": "wifi", "ssid": "Casa", "password": "long enough"}
MODEM = {
    "kind": "modem",
    "board": "T-SIM7000G",
    "apn": "internet.example",
    "auth": "chap",
    "user": "me",
    "password": "secret-word",
    "pin": "1234",
}
BAD_WIFI = {
    "ssid": (None, "", 3, "x" * 33),
    "password": ("short", 12345678, "x" * 64, "caf\xe9 caf\xe9"),
}
BAD_MODEM = {
    "board": (None, "T-SIM", 3, []),
    "apn": (None, "", 3, 'a"b', "a,b", "a\rb", "x" * 64),
    "auth": (None, "PAP", 1),
    "user": (None, "", 3, "a\nb", "x" * 64),
    "password": (None, "", 3, "secret-\n", "x" * 64),
    "pin": ("123", "123456789", 1234, "12a4", ""),
}


def test_each_kind_of_network_is_taken():
    for network in (
        WIFI,
        with_(WIFI, password=None),
        MODEM,
        with_(MODEM, pin=None, auth="none", user=None, password=None),
        with_(MODEM, board="T-Call-A7670"),
    ):
        assert config.check(with_(GOOD, network=network)) == [], network


def test_no_door_button_or_input_is_on_a_pin_of_the_modems_board():
    for gpio in (4, 13, 14, 25, 26, 27):
        problems = config.check(with_(GOOD, network=MODEM, doors=[with_(DOOR, relay=gpio)]))
        assert problems == ["unit.json: doors[0].relay is GPIO %d, which is the T-SIM7000G's own already" % gpio]
        assert config.check(with_(GOOD, network=WIFI, doors=[with_(DOOR, relay=gpio)])) == []
    problems = config.check(with_(GOOD, network=MODEM, doors=[with_(DOOR, sense=35, exit_button=27)]))
    assert len(problems) == 2, problems
    problems = config.check(with_(GOOD, network=MODEM, inputs={"power": 25, "tamper": 26}))
    assert len(problems) == 2, problems


def test_a_network_of_no_kind_is_told():
    for kind in (None, "lora", 3, []):
        problems = config.check(with_(GOOD, network={"kind": kind}))
        assert len(problems) == 1 and problems[0].startswith("unit.json: network.kind is "), problems
    assert "network.kind is missing" in config.check(with_(GOOD, network={}))[0]


def test_every_field_of_a_network_is_missed_by_name_and_named_when_it_is_wrong():
    for good, bad in ((WIFI, BAD_WIFI), (MODEM, BAD_MODEM)):
        for name, values in bad.items():
            missing = dict(good)
            del missing[name]
            problems = config.check(with_(GOOD, network=missing))
            assert len(problems) == 1 and "network.%s is missing: expected " % name in problems[0], problems
            for value in values:
                problems = config.check(with_(GOOD, network=with_(good, **{name: value})))
                assert len(problems) == 1, (name, value, problems)
                assert problems[0].startswith("unit.json: network.%s is " % name), problems


def test_what_is_wrong_with_a_secret_is_told_without_the_secret():
    for network in (with_(MODEM, password="secret-\n"), with_(MODEM, pin="secret-"), with_(WIFI, password="secret-")):
        problems = config.check(with_(GOOD, network=network))
        assert len(problems) == 1 and "is not as it should be: expected" in problems[0], problems
        assert "secret-" not in problems[0]


def test_who_needs_no_sign_in_has_no_user_and_no_password():
    problems = config.check(with_(GOOD, network=with_(MODEM, auth="none")))
    assert len(problems) == 2 and all('because auth is "none"' in p for p in problems), problems


def test_inputs_are_missed_by_name_and_share_no_pin_with_a_door():
    problems = config.check(with_(GOOD, inputs={}))
    assert len(problems) == 2 and "inputs.power is missing" in problems[0] and "inputs.tamper" in problems[1]
    assert config.check(with_(GOOD, inputs={"power": 25, "tamper": 26})) == []
    for pins, line in (
        ({"power": 34, "tamper": None}, "unit.json: inputs.power is 34"),
        ({"power": None, "tamper": 18}, "unit.json: inputs.tamper is GPIO 18, which is doors[0].relay already"),
        ({"power": 25, "tamper": 25}, "unit.json: inputs.tamper is GPIO 25, which is inputs.power already"),
    ):
        problems = config.check(with_(GOOD, inputs=pins))
        assert len(problems) == 1 and problems[0].startswith(line), problems


# -- what a CONFIG tells of doors: (door, drive, tenths of a second of travel, pulse_ms)

SLIDING = with_(DOOR, drive="open_close", relay=21, close_relay=19, closed_contact=None, open_contact=None)
OPEN, TOGGLE, OPEN_CLOSE = range(3)


def refused(doors, told):
    before = json.dumps(doors)
    try:
        config.with_settings(doors, told)
    except ValueError:
        return json.dumps(doors) == before
    return False


def test_drives_are_told_by_their_place():
    assert wire.DRIVES == ("open", "toggle", "open_close")


def test_nothing_told_leaves_every_door_as_unit_json_has_it():
    assert config.with_settings([DOOR, SLIDING], []) == [DOOR, SLIDING]


def test_what_is_told_of_a_door_replaces_that_and_no_pin_and_no_other_door():
    before = json.dumps([DOOR, SLIDING])
    changed = config.with_settings([DOOR, SLIDING], [(0, OPEN, 125, 250)])
    assert changed == [with_(DOOR, drive="open", travel_s=12.5, pulse_ms=250), SLIDING]
    assert config.with_settings([DOOR, SLIDING], [(1, OPEN_CLOSE, 5, 100), (0, TOGGLE, 3000, 5000)]) == [
        with_(DOOR, travel_s=300, pulse_ms=5000),
        with_(SLIDING, travel_s=0.5, pulse_ms=100),
    ]
    assert json.dumps([DOOR, SLIDING]) == before


def test_a_drive_that_the_relays_are_not_there_for_is_refused():
    assert refused([DOOR, SLIDING], [(0, OPEN_CLOSE, 120, 500)])
    for drive in (OPEN, TOGGLE):
        assert refused([DOOR, SLIDING], [(1, drive, 120, 500)])


def test_a_door_that_is_not_there_or_told_of_twice_is_refused():
    for number in (1, 2, 4, 255):
        assert refused([DOOR], [(0, TOGGLE, 120, 500), (number, TOGGLE, 120, 500)])
    assert refused([DOOR], [(0, TOGGLE, 120, 500), (0, TOGGLE, 130, 500)])


def test_values_past_the_bounds_of_unit_json_are_refused():
    for told in ((0, 3, 120, 500), (0, 255, 120, 500), (0, OPEN, 4, 500), (0, OPEN, 0, 500), (0, OPEN, 3001, 500)):
        assert refused([DOOR], [told])
    for pulse_ms in (0, 99, 5001, 65535):
        assert refused([DOOR], [(0, OPEN, 120, pulse_ms)])


def test_one_bad_door_refuses_the_good_one_before_it():
    assert refused([DOOR, SLIDING], [(0, OPEN, 125, 250), (1, OPEN_CLOSE, 125, 0)])
