# MicroPython itself, by the same signed road: a release of the kind IMAGE goes into the idle partition, block by block
# as it comes, is hashed back, and is named to the bootloader, which takes it back at any reset before it is confirmed.
# Loaded when there is one. Never here: whether it may be (ota.py), when it is good (probation.py).
#
#   /image.trial   "release partition why identity": what is on trial since then, where, and why it was given up, or 0
#   /update/N.b    a byte for each block that is written
import binascii
import hashlib
import os

import landing
import update_words
from no import No

RECORD = "image.trial"
ERASE = 6  # of ioctl
PIECE = 1024  # bytes read back at a time


def idle(Partition):
    # The one that an image goes into; No on a board that has none.
    try:
        return Partition(Partition.RUNNING).get_next_update()
    except OSError:
        raise No(update_words.BOARD)


class Sink:
    # What Blocks takes for the bundle's file: its bytes land in the partition.
    def __init__(self, store, partition, size):
        if size > partition.info()[3]:
            raise No(update_words.SPACE)
        self._store = store
        self._partition = partition
        self._size = size
        self._filled = 0  # bytes of the block that is begun

    def have(self, file):
        return min(self._store.have(file) * landing.BLOCK + self._filled, self._size)

    def add(self, file, data):
        at = 0
        while at < len(data):
            block = self._store.have(file)
            if not self._filled:
                self._partition.ioctl(ERASE, block)
            piece = data[at : at + landing.BLOCK - self._filled]
            self._partition.writeblocks(block, piece, self._filled)
            at += len(piece)
            self._filled += len(piece)
            if self._filled == landing.BLOCK or self.have(file) == self._size:
                self._store.add(file, b"\1")
                self._filled = 0


def hashed(partition, size, sha):
    # Back from the flash; yields between two reads.
    digest = hashlib.sha256(b"")
    there = bytearray(PIECE)
    for at in range(0, size, PIECE):
        partition.readblocks(at // landing.BLOCK, there, at % landing.BLOCK)
        digest.update(memoryview(there)[: min(size - at, PIECE)])
        yield
    if digest.digest() != sha:
        raise No(update_words.CONTENT)


def try_out(slots, partition, release, identity):
    # From the next reset on it runs, on trial; that it was tried is known before.
    slots.count(release)
    label = partition.info()[4]
    slots.put(RECORD, b"%d %s 0 %s" % (release, label.encode(), binascii.hexlify(identity)))
    slots.wait_for_image(True)
    try:
        partition.set_boot()
    except OSError:
        Record(slots, None).remove()
        raise No(update_words.CONTENT)


class Record:
    # Of the image that is tried, or was taken back: `why`, 0 when nobody gave it up.
    def __init__(self, slots, Partition):
        self._slots = slots
        self._partition = Partition
        self._words = slots.read(RECORD).split()
        self.release = int(self._words[0])
        self.why = int(self._words[2])

    def runs(self):
        return self._partition(self._partition.RUNNING).info()[4].encode() == self._words[1]

    def remove(self):
        self._slots.wait_for_image(False)
        os.remove(self._slots.root + RECORD)

    def confirm(self):
        self._partition.mark_app_valid_cancel_rollback()
        self._slots.keep_floor(self.release, binascii.unhexlify(self._words[3]), self._slots.floor()[2])
        self.remove()

    def revert(self, why):
        # From the next restart on the other one runs again; it tells why.
        self._words[2] = b"%d" % why
        self._slots.put(RECORD, b" ".join(self._words))
        idle(self._partition).set_boot()
