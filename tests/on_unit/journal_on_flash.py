# The journal on a littlefs in memory, as MicroPython itself keeps it: what a reboot finds, a full flash, a ring's turn.
import os
import struct

import vfs

import events
import wire
from journal import Journal

ONLY_ON_UNIT = True
BLOCK = 4096
BLOCKS = 64
EPOCH = b"epoch-01"
ROOT = "/chip/"


class Chip:
    # A flash of memory; `writes` counts down to where it stops taking anything.
    def __init__(self):
        self.data = bytearray(b"\xff" * (BLOCK * BLOCKS))
        self.writes = None

    def readblocks(self, block, buffer, offset=0):
        at = block * BLOCK + offset
        buffer[:] = memoryview(self.data)[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        self._wear()
        at = block * BLOCK + offset
        self.data[at : at + len(buffer)] = buffer

    def ioctl(self, request, block):
        if request == 4:
            return BLOCKS
        if request == 5:
            return BLOCK
        if request == 6:
            self._wear()
            at = block * BLOCK
            self.data[at : at + BLOCK] = b"\xff" * BLOCK
            return 0

    def _wear(self):
        if self.writes is not None:
            if not self.writes:
                raise OSError(5)
            self.writes -= 1


def mounted(chip=None):
    try:
        vfs.umount("/chip")
    except OSError:
        pass
    if chip is None:
        chip = Chip()
        vfs.VfsLfs2.mkfs(chip)
    vfs.mount(chip, "/chip")
    return chip


def opened(epoch=EPOCH):
    return Journal(ROOT, lambda: 12, epoch, 1)


def all_of(journal):
    # Takes everything as the cloud does: {number: EVENT}
    found = {}
    while True:
        batch = journal.batch()
        if batch is None:
            return found
        journal_id, first, _, _, records = batch
        size = struct.calcsize(wire.EVENT)
        for i in range(len(records) // size):
            found[first + i] = struct.unpack(wire.EVENT, records[i * size : (i + 1) * size])
        journal.acked(journal_id, max(found))


def fill():
    # Until not even a small file fits.
    number = 0
    for size in (4 * BLOCK, 200):
        try:
            while True:
                with open(ROOT + "full%d" % number, "wb") as file:
                    file.write(bytes(size))
                number += 1
        except OSError:
            pass


def test_a_reboot_finds_what_was_written_under_its_numbers_and_goes_on_after_them():
    chip = mounted()
    journal = opened()
    numbers = [journal.write(events.MOVED, 1, i) for i in range(10)]
    mounted(chip)
    again = opened(b"epoch-02")

    found = all_of(again)

    assert numbers == list(range(2, 12))
    assert [found[n][1:4] for n in numbers] == [(events.MOVED, 1, i) for i in range(10)]
    assert {n: told[4] for n, told in found.items() if told[1] == events.BOOT} == {1: EPOCH, 12: b"epoch-02"}


def test_the_newest_thousand_are_kept_and_the_others_are_told_as_lost():
    mounted()
    journal = opened()
    for i in range(1500):
        journal.write(events.COIL, 0, i)

    lost = journal.batch()[2]
    found = all_of(journal)

    assert len(found) >= 1000
    assert sorted(found) == list(range(lost + 1, 1502))
    assert found[1501][3] == 1499
    assert journal.unsent() == 0
    assert len(os.listdir(ROOT + "journal")) <= 10


def test_on_a_full_flash_the_newest_take_the_place_of_the_oldest():
    mounted()
    journal = opened()
    for i in range(600):
        journal.write(events.COIL, 0, i)
    fill()
    for i in range(600, 1200):
        journal.write(events.COIL, 0, i)

    found = all_of(journal)

    assert not journal.fault
    assert found[1201][3] == 1199
    assert 3 * 128 < len(found) <= 5 * 128
    assert sorted(found) == list(range(1202 - len(found), 1202))


def test_flash_that_takes_nothing_is_a_fault_and_the_newest_wait_for_it():
    chip = mounted()
    journal = opened()
    chip.writes = 0
    for i in range(40):
        journal.write(events.COIL, 0, i)
    assert journal.fault
    assert sorted(all_of(journal)) == [1]
    chip.writes = None
    last = journal.write(events.COIL, 0, 40)

    found = all_of(journal)

    assert not journal.fault
    assert last == 42
    assert {n: told[3] for n, told in found.items()} == {n: n - 2 for n in range(11, 43)}
