# First of all: every coil off, the watchdog armed, the slot to run put first on sys.path. Runs before main.py at each
# start and is never updated over the air: it imports nothing of ours and survives any damage of the files it reads.
import sys

import machine

WATCHDOG_MS = 60000  # longer than any one step of the program, name resolution and a TLS handshake included
SAFE = (4, 13, 14, 18, 19, 21, 22, 23, 25, 26, 27, 32, 33)  # what config.py lets a relay be on: not flash, not console
MODEM_SUPPLY = 12  # of the board T-A7670: boards.py


def read(name):
    try:
        with open(name, "rb") as file:  # not as text, which one damaged byte can make unreadable
            return file.read(4096)
    except Exception:
        return b""


def relays(data):
    # The numbers after "relay": and "close_relay":, found without a JSON parser, which would give up on a damaged file.
    found = []
    at = data.find(b'relay"')
    while at >= 0:
        digits = ""
        for c in map(chr, data[at + 6 : at + 16]):
            if c.isdigit():
                digits += c
            elif digits or c not in ": \t\r\n":
                break
        if digits and int(digits) in SAFE:
            found.append(int(digits))
        at = data.find(b'relay"', at + 6)
    return found


def feeds_modem(data):
    # On this board GPIO12 feeds the modem while it is high; on battery the board goes down with it.
    at = data.find(b'"board"')
    return at >= 0 and data[at + 7 : at + 40].strip(b": \t\r\n").startswith(b'"T-A7670"')


def slot():
    named = "b" if read("/active").strip() == b"b" else "a"
    for name in (named, "a", "b"):
        for program in ("main.mpy", "main.py"):
            try:
                open("/" + name + "/" + program).close()
                return name
            except Exception:
                pass
    return "a"


for number in relays(read("/unit.json")):
    try:
        machine.Pin(number, machine.Pin.OUT, value=0)
    except Exception as error:
        print("boot: relay pin", number, "cannot be driven low:", error)
if feeds_modem(read("/unit.json")):
    machine.Pin(MODEM_SUPPLY, machine.Pin.OUT, value=1)
machine.WDT(timeout=WATCHDOG_MS)
sys.path.insert(0, "/" + slot())
del read, relays, feeds_modem, slot, SAFE  # the program needs their room
