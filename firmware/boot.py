# First of all: every coil off, the watchdog armed, the slot to run put first on sys.path. Runs before main.py at each
# start and is never updated over the air: it imports nothing of ours and survives any damage of the files it reads.
#
#   /active    "slot state boots crashes why": state k is kept for good, w watched (the other slot is whole and takes
#              over after three crashes in two hours), t on trial; crashes: seconds since each, or -; why: the reason
#              of the last revert, for the program to tell, or 0. slots.py writes it, too.
#   /a/files   what must be in slot a: see manifest.py. A slot that is not so to the byte never runs.
import hashlib
import os
import struct
import sys

import machine

WATCHDOG_MS = 60000  # longer than any one step of the program, name resolution and a TLS handshake included
SAFE = (4, 13, 14, 18, 19, 21, 22, 23, 25, 26, 27, 32, 33)  # what config.py lets a relay be on: not flash, not console
MODEM_SUPPLY = 12  # of the board T-A7670: boards.py
TRIAL_BOOTS = 3  # a power cut during the trial is not the release's fault
CRASHES = 3
CRASHES_S = 7200  # so many in this time
TRIAL_TIMER = 3
TRIAL_MS = 660000  # the program gives up after ten minutes, and can say why; this one only when it does not
CRASHED = 21  # as in update_words.py
DEADLINE = 20
DAMAGED = 22
TABLE = 8192  # bytes: more than any


def read(name):
    try:
        with open(name, "rb") as file:  # not as text, which one damaged byte can make unreadable
            return file.read(TABLE)
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


def whole(slot):
    # Whether every file of the slot's table is there as it was written.
    try:
        table = read("/" + slot + "/files")
        if table[:4] != b"IOSL" or hashlib.sha256(table[:-32]).digest() != table[-32:]:
            return False
        at = 17
        buffer = bytearray(1024)
        for _ in range(table[16]):
            name = str(table[at + 1 : at + 1 + table[at]], "utf-8")
            at += 1 + table[at]
            size = struct.unpack(">I", table[at : at + 4])[0]
            digest = hashlib.sha256(b"")
            with open("/" + slot + "/" + name, "rb") as file:
                count = file.readinto(buffer)
                while count:
                    size -= count
                    digest.update(memoryview(buffer)[:count])
                    count = file.readinto(buffer)
            if size or digest.digest() != table[at + 4 : at + 36]:
                return False
            at += 36
        return at == len(table) - 32
    except Exception:
        return False


def runs(slot):
    # Whether there is a program at all: for a slot that somebody filled by hand.
    for program in ("main.mpy", "main.py"):
        try:
            os.stat("/" + slot + "/" + program)
            return True
        except Exception:
            pass
    return False


def record():
    # (slot, state, boots, crashes, why) of /active; what cannot be read is taken for a kept slot a.
    try:
        slot, state, boots, crashes, why = read("/active").decode().split()
        ages = [] if crashes == "-" else [int(age) for age in crashes.split(",")]
        if slot in "ab" and state in "kwt":
            return slot, state, int(boots), ages, int(why)
    except Exception:
        pass
    return ("b" if read("/active").strip() == b"b" else "a"), "k", 0, [], 0


def before():
    # Of the run before: seconds it lived, whether its end was a crash. RTC memory says so: main.py writes it.
    cause = machine.reset_cause()
    lived = planned = 0
    try:
        kept = bytes(machine.RTC().memory())
        if len(kept) == 8 and kept[:2] == b"IO" and sum(kept[:7]) & 0xFF == kept[7]:
            planned = kept[2]
            lived = struct.unpack(">I", kept[3:7])[0]
        machine.RTC().memory(b"")
    except Exception:
        pass
    return lived, cause not in (machine.PWRON_RESET, machine.DEEPSLEEP_RESET) and not planned


def decide(record, lived, crashed):
    # The record as this start makes it. The other slot takes over when this one fails its trial, or crashes again and
    # again. How long the power was away nobody knows: crashes only grow old while the unit runs.
    slot, state, boots, ages, why = record
    other = "b" if slot == "a" else "a"
    reason = 0
    if state == "t":
        boots += 1
        if crashed and boots > 1:
            reason = CRASHED
        elif boots > TRIAL_BOOTS:
            reason = DEADLINE
    elif state == "w":
        ages = [age + lived for age in ages if age + lived < CRASHES_S] + ([0] if crashed else [])
        if len(ages) >= CRASHES:
            reason = CRASHED
    if reason and whole(other):
        return other, "k", 0, [], reason
    if whole(slot):
        return slot, state, boots, ages, why
    if whole(other):
        return other, "k", 0, [], DAMAGED
    return (other if runs(other) and not runs(slot) else slot), state, boots, ages, why


def keep(record):
    slot, state, boots, ages, why = record
    text = "%s %s %d %s %d" % (slot, state, boots, ",".join([str(age) for age in ages]) or "-", why)
    try:
        with open("/active.new", "wb") as file:
            file.write(text.encode())
        os.rename("/active.new", "/active")
    except Exception as error:
        print("boot: what is to run cannot be written down:", error)


def start():
    found = record()
    now = decide(found, *before())
    if now != found:
        if now[0] != found[0]:
            print("boot: slot", found[0], "is left for slot", now[0], "reason", now[4])
        keep(now)
    sys.path.insert(0, "/" + now[0])
    if now[1] == "t":
        machine.Timer(TRIAL_TIMER).init(
            mode=machine.Timer.ONE_SHOT, period=TRIAL_MS, callback=lambda timer: machine.reset()
        )


for number in relays(read("/unit.json")):
    try:
        machine.Pin(number, machine.Pin.OUT, value=0)
    except Exception as error:
        print("boot: relay pin", number, "cannot be driven low:", error)
if feeds_modem(read("/unit.json")):
    machine.Pin(MODEM_SUPPLY, machine.Pin.OUT, value=1)
machine.WDT(timeout=WATCHDOG_MS)
try:
    start()
except Exception as error:
    print("boot:", error)
    sys.path.insert(0, "/a")
# the program needs their room
del read, relays, feeds_modem, whole, runs, record, before, decide, keep, start, SAFE, hashlib, os, struct
