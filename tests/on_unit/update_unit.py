# A unit reduced to what an update meets: a flash in memory whose operations are written down, boot.py as it is, the
# journal, the real dialogue, and a cloud that gives each block at once. Never here: where the power goes
# (update_cuts.py).
import asyncio
import gc
import os
import struct
import sys

import vfs

import events
import wire
from journal import Journal
from updates import Updates

BLOCK = 4096
EVENT = struct.calcsize(wire.EVENT)
UNIT = b"unit"
DOWN, _ = wire.direction_pads(bytes(32), UNIT)
OFTEN = 9  # a record in so many blocks: doors open all the while
POWER_ON, HARD = 1, 2
BOARD = "ESP32"


class Chip:
    # `trace`: [(address, bytes)] of each operation, while it is a list. `flash`: blocks of the file system, where the
    # bytes hold more than that; `esp32`: what makes that module for a start then.
    flash = None
    esp32 = None

    def __init__(self, data):
        self.data = data
        self.trace = None

    def readblocks(self, block, buffer, offset=0):
        at = block * BLOCK + offset
        buffer[:] = memoryview(self.data)[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        self._change(block * BLOCK + offset, bytes(buffer))

    def ioctl(self, request, block):
        if request == 4:
            return self.flash or len(self.data) // BLOCK
        if request == 5:
            return BLOCK
        if request == 6:
            self._change(block * BLOCK, b"\xff" * BLOCK)
            return 0

    def _change(self, at, new):
        if self.trace is not None:
            self.trace.append((at, new))
        self.data[at : at + len(new)] = new


class Memory:
    # Of the real-time clock, kept over a reset.
    def __init__(self):
        self.kept = b""

    def memory(self, data=None):
        if data is None:
            return self.kept
        self.kept = data


class Pin:
    OUT = 3

    def __init__(self, number, mode, value):
        pass


class Timer:
    ONE_SHOT = 0

    def __init__(self, number):
        pass

    def init(self, mode, period, callback):
        pass

    def deinit(self):
        pass


class Machine:
    # What boot.py needs of a board.
    PWRON_RESET, DEEPSLEEP_RESET = POWER_ON, 4
    Pin, Timer = Pin, Timer

    def __init__(self):
        self.cause = POWER_ON
        self._memory = Memory()

    def WDT(self, timeout):
        pass

    def RTC(self):
        return self._memory

    def reset_cause(self):
        return self.cause


machine = Machine()
sys.modules["machine"] = machine


def mount(chip):
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(chip), "/")


class Given:
    # What the test has made: files of both slots, what the cloud has, what the installer has put there. Read before the
    # flash is mounted.
    def __init__(self, folder):
        def read(name):
            with open(folder + "/" + name, "rb") as file:
                return file.read()

        def all_of(name):
            return {each: read(name + "/" + each) for each in os.listdir(folder + "/" + name)}

        self.old, self.new = all_of("old"), all_of("new")
        self.identity = all_of("identity")
        self.signed, self.bundle = read("signed"), read("bundle")
        self.image = read("image"), read("image_signed")  # micropython.bin, and the release that it is
        self.boot = compile(str(read("boot.py"), "utf-8"), "boot.py", "exec")
        self.release = struct.unpack(">I", self.new["files"][4:8])[0]


class Start:
    # One start of the unit, as far as updates go: `slot` runs.
    def __init__(self, given, chip, epoch, lived=None):
        # lived: seconds of the run before, when it crashed; 0: it was meant to end; None: the power comes.
        self.esp32 = chip.esp32(chip) if chip.esp32 else None
        mount(chip)
        machine.cause = POWER_ON if lived is None else HARD
        kept = b"IO" + bytes([not lived]) + (lived or 0).to_bytes(4, "big")
        machine.RTC().memory(b"" if lived is None else kept + bytes([sum(kept) & 0xFF]))
        before = list(sys.path)
        exec(given.boot, {"__name__": "__main__"})
        self.slot = sys.path[0][1:]
        sys.path[:] = before
        self.given = given
        self.chip = chip
        self.told = []  # (operations by then, number, EVENT) of each record
        self.said = []  # (state, reason)
        self.asked = []  # (operations by then, bytes of the bundle that were asked for)
        self.left = False
        self.now = 5
        self.journal = Journal("/", lambda: 7, epoch, machine.cause)
        self._note(self.journal.next_seq - 1, events.BOOT, wire.NO_DOOR, machine.cause, epoch)
        always = lambda: True  # noqa: E731
        self.updates = Updates(
            BOARD, self.slot, self, self, always, always, lambda: (machine, self.esp32), lambda: self.now
        )
        self.updates.wake()

    # -- to Updates it is unit and voice

    def write(self, kind, door=0, detail=0, arg8=bytes(8)):
        self._note(self.journal.write(kind, door, detail, arg8), kind, door, detail, arg8)

    def _note(self, number, *fields):
        self.told.append((self._done(), number, struct.pack(wire.EVENT, 7, *fields)))

    def _done(self):
        return len(self.chip.trace) if self.chip.trace is not None else 0

    def restart(self):
        self.left = True

    def ill(self):
        return False

    def say(self, build, *fields):
        if build is wire.update_state:
            self.said.append((fields[1], fields[2]))
        elif build is wire.block_wanted:
            part, of, offset, length = fields
            whole = self.given.signed if part == wire.MANIFEST else self.given.bundle
            if part == wire.BUNDLE:
                self.asked.append((self._done(), length))
                if not offset // length % OFTEN:
                    self.write(events.MOVED, 0, offset & 0xFFFF)
            data = whole[offset : offset + length]
            self.updates.hear(wire.BLOCK, wire.block(DOWN, 0, UNIT, part, of, offset, len(whole), data))

    # -- what becomes of it

    def update(self):
        # From the offer to the restart into the new slot, or to its refusal.
        async def run():
            offer = wire.offer(DOWN, 0, UNIT, self.given.release, len(self.given.signed), 1)
            self.updates.hear(wire.OFFER, offer)
            while self.updates.at_work or (self.updates.switching and not self.left):
                await asyncio.sleep_ms(0)

        asyncio.run(run())
        asyncio.new_event_loop()
        return self.left

    def confirm(self):
        self.updates.trial.asked()
        self.updates.look()

    def give_up(self):
        self.now = 601
        self.updates.look()


def is_of(slot, files):
    # Whether that slot has these files to the byte, and no other.
    names = os.listdir("/" + slot)
    if len(names) != len(files):
        return False
    for name in names:
        with open("/" + slot + "/" + name, "rb") as file:
            if file.read() != files.get(name):
                return False
    return True


def new_flash(given, blocks, slot):
    # As an installer leaves a unit, with some records; the old release is in that slot.
    chip = Chip(bytearray(b"\xff" * (BLOCK * blocks)))
    vfs.VfsLfs2.mkfs(chip)
    mount(chip)
    for folder in ("/a", "/b", "/ca"):
        os.mkdir(folder)
    files = {"/%s/%s" % (slot, name): data for name, data in given.old.items()}
    files.update({"/" + name.replace("!", "/"): data for name, data in given.identity.items()})
    files["/active"] = b"%s w 1 - 0" % slot.encode()  # it has stood
    for name, data in files.items():
        with open(name, "wb") as file:
            file.write(data)
    start = Start(given, chip, b"epoch-00")
    for i in range(30):
        start.write(events.MOVED, 1, i)
    gc.collect()
    return chip, start.told
