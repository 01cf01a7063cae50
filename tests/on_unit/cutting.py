# A run of the journal on a flash in memory, every operation of which is written down; then, for each operation that the
# power could go in, what a start from the surviving bytes finds. A program, run by tests/test_journal_cuts.py:
# `cutting.py FIRST STEP PATH...` takes every STEP-th operation from FIRST on, each with all three ways to be torn.
# Prints the number of operations, then a line for each cut that did harm, then "done" and how many starts there were.
import gc
import struct
import sys

import vfs

FIRST, STEP = int(sys.argv[1]), int(sys.argv[2])
sys.path[:0] = sys.argv[3:]

from shims.flash import GARBAGE, NOTHING, PART, torn

import events
import wire
from journal import MOST_AGAIN, Journal

BLOCK = 4096
BLOCKS = 40
BEFORE = 1000  # records already there, so that files begin and the oldest goes while the operations are written down
EVENTS = 200
AT_ONCE = 25  # of them between two acknowledgements
EVENT = struct.calcsize(wire.EVENT)


class Chip:
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
            return BLOCKS
        if request == 5:
            return BLOCK
        if request == 6:
            self._change(block * BLOCK, b"\xff" * BLOCK)
            return 0

    def _change(self, at, new):
        if self.trace is not None:
            self.trace.append((at, new))
        self.data[at : at + len(new)] = new


def started(data, epoch):
    try:
        vfs.umount("/chip")
    except OSError:
        pass
    vfs.mount(Chip(data), "/chip")
    return Journal("/chip/", lambda: 7, epoch, 3)


def all_of(journal):
    # Everything not acknowledged, taken as the cloud does: ({number: EVENT}, how many were told as lost)
    found = {}
    lost = 0
    while True:
        batch = journal.batch()
        if batch is None:
            return found, lost
        for i in range(len(batch[4]) // EVENT):
            found[batch[1] + i] = batch[4][i * EVENT : (i + 1) * EVENT]
        lost += batch[2]
        journal.acked(batch[0], max(found))


def record():
    # (bytes before the run, its operations, {number: EVENT}, [(operations by then, last number, acknowledged)])
    chip = Chip(bytearray(b"\xff" * (BLOCK * BLOCKS)))
    vfs.VfsLfs2.mkfs(chip)
    vfs.mount(chip, "/chip")
    journal = Journal("/chip/", lambda: 7, b"epoch-01", 1)
    for i in range(BEFORE):
        journal.write(events.COIL, 0, 0, struct.pack(">Q", i))
        if not i % AT_ONCE:
            all_of(journal)
    acknowledged = journal.next_seq - 1
    all_of(journal)
    before = bytes(chip.data)
    chip.trace = []
    told = {}
    marks = [(0, acknowledged, acknowledged)]
    for i in range(EVENTS):
        number = journal.write(events.MOVED, 1, i, struct.pack(">Q", i * i))
        marks.append((len(chip.trace), number, acknowledged))
        told[number] = struct.pack(wire.EVENT, 7, events.MOVED, 1, i, struct.pack(">Q", i * i))
        if i % AT_ONCE == AT_ONCE - 1:
            all_of(journal)
            acknowledged = number
            marks.append((len(chip.trace), number, acknowledged))
    assert not journal.fault
    vfs.umount("/chip")
    return before, chip.trace, told, marks


def harm(data, told, last, acknowledged):
    # What is wrong with what a start finds, after which all up to `last` must be there; None when all is well.
    journal = started(data, b"epoch-02")
    boot = journal.next_seq - 1
    more = journal.write(events.INPUT, 0, 1)
    found, lost = all_of(journal)
    if journal.fault or lost or not found:
        return "fault: %s, %d told as lost, %d found" % (journal.fault, lost, len(found))
    if more != boot + 1 or sorted(found) != list(range(min(found), more + 1)):
        return "the numbers are %s, then %d and %d" % (sorted(found), boot, more)
    if not acknowledged - MOST_AGAIN < min(found) <= acknowledged + 1:
        return "%d was acknowledged, and %d is sent first" % (acknowledged, min(found))
    if not last < boot <= last + 2:
        return "%d was written, and then comes %d" % (last, boot)
    again = started(data, b"epoch-03")
    if again.next_seq != more + 2:
        return "after another start comes %d, not %d" % (again.next_seq, more + 2)
    return altered(found, told, boot)


def altered(found, told, boot):
    if found.pop(boot + 1)[4] != events.INPUT or found.pop(boot)[4] != events.BOOT:
        return "the start is not told"
    for number, event in found.items():
        if number in told and told[number] != event:
            return "%d is altered" % number
    return None


def main():
    before, trace, told, marks = record()
    print(len(trace))
    data = bytearray(before)
    starts = 0
    at_mark = 0
    for cut in range(len(trace)):
        at, new = trace[cut]
        if cut % STEP == FIRST:
            while at_mark + 1 < len(marks) and marks[at_mark + 1][0] <= cut:
                at_mark += 1
            for left in (NOTHING, PART, GARBAGE):
                survived = data[:]
                survived[at : at + len(new)] = torn(data[at : at + len(new)], new, left, cut)
                wrong = harm(survived, told, *marks[at_mark][1:])
                starts += 1
                if wrong:
                    print("operation %d, tear %d: %s" % (cut, left, wrong))
            gc.collect()
        data[at : at + len(new)] = new
    print("done", starts)


main()
