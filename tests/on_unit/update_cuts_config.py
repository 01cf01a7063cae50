# The same of a CONFIG: servers, authorities, doors and the access point are the old ones or the new ones, all of them
# together. Never here: where the power goes (update_cuts.py).
import os

from update_unit import DOWN, UNIT, mount

import servers
import settings_wire
import wire

CA = b"\x30\x03of the installer"
DOOR = {
    "drive": "toggle",
    "relay": 18,
    "close_relay": None,
    "sense": None,
    "pulse_ms": 300,
    "closed_contact": 32,
    "open_contact": 33,
    "exit_button": None,
    "travel_s": 2,
}
OLD, NEW = 1, 2  # as in update_cuts.py
NETWORK = {
    "kind": "modem",
    "board": "T-A7670",
    "apn": "installer.example",
    "auth": "none",
    "user": None,
    "password": None,
    "pin": None,
}


class Settings:
    servers = [["installer.example", 8883]]
    cas = [CA]
    cert = key = b""
    doors = [DOOR]
    network = NETWORK


class Lists(servers.Lists):
    def _make(self, lists):
        return "TLS that trusts %s" % lists[2]


def frame(number):
    # Everything in it tells its number.
    ca = bytes([0x30, number]) * 250
    settings = settings_wire.packed(
        [("server-%d.example" % number, 8000 + number)],
        [ca],
        [(0, 1, 20 + number, 300 + number)],
        ("apn-%d.example" % number, "pap", "user", "secret"),
    )
    return wire.config(DOWN, 0, UNIT, number, settings)


def numbers_in(lists):
    # The numbers that what is in use now tells of; 0 is the installer.
    host, port = lists.servers()[0]
    pulse_ms, apn = lists.doors()[0]["pulse_ms"], lists.network()["apn"]
    if host == "installer.example":
        return {0, port - 8883, pulse_ms - 300, 0 if apn == host else 99}
    named = int(host[7:].split(".")[0])
    return {named, port - 8000, pulse_ms - 300, int(apn[4:].split(".")[0])}


def prepare(given, chip):
    # Number 1 is in use.
    with open("/network", "wb") as file:
        file.write(frame(1))
    return []


def change(given, run):
    # Number 2 comes, is tried, the cloud welcomes it.
    mount(run.chip)
    lists = Lists(Settings)
    assert lists.take(frame(2)) == servers.TO_BE_TRIED
    lists = Lists(Settings)
    assert lists.welcomed() == 2
    run.holds(NEW)
    return None if numbers_in(Lists(Settings)) == {2} else "2 is not in use"


def back(given, run):
    # Nobody welcomes it: it is given up, and the one before is back; another one comes later.
    mount(run.chip)
    lists = Lists(Settings)
    assert lists.take(frame(2)) == servers.TO_BE_TRIED
    assert Lists(Settings).overdue(servers.TRIAL_S)
    run.holds(OLD)
    lists = Lists(Settings)
    assert lists.take(frame(2)) == servers.REFUSED
    return None if numbers_in(lists) == {1} else "1 is not in use"


def wrong_with(given, chip, known, sure):
    mount(chip)
    tried = []
    for _ in range(3):
        lists = Lists(Settings)
        found = numbers_in(lists)
        if len(found) != 1:
            return "a mix of %s" % sorted(found)
        tried.append(found.pop())
    if tried[0] not in (1, 2) or tried[1] != tried[2]:
        return "what is in use goes from %s" % tried
    if tried[1] != (2 if sure == NEW else 1) and not (tried[1] == 2 and sure != OLD and lists.number() == 2):
        return "%d is in use" % tried[1]
    if (sure == NEW and tried[0] != 2) or (sure == OLD and tried[0] != 1):
        return "%d is in use, and it is known that it should not" % tried[0]
    for name, data in given.identity.items():
        with open("/" + name.replace("!", "/"), "rb") as file:
            if file.read() != data:
                return name + " is not what it was"
    later = frame(7)
    if lists.take(later) != servers.TO_BE_TRIED or Lists(Settings).welcomed() != 7:
        return "no other one can follow"
    return None if "network.try" not in os.listdir("/") else "something is left"
