# The flash chip, as a block device over one file of the host. On a board it also writes down each operation, in a
# second file, and can lose power in the middle of one. Never here: a file system; MicroPython has littlefs.

import struct

_BLOCK = 4096
_ERASED = b"\xff" * _BLOCK

DONE = "<H"  # an operation, written down: block << 1 | kind
ERASE = 0
WRITE = 1

# What is left of an operation that power went in: nothing; a part of it; a part, and garbage in place of the rest.
NOTHING, PART, GARBAGE = range(3)


class Flash:
    # `done`: the file to write operations down in; `cut`: (number of an operation, from 1; what is left of it), and
    # `power_gone` is called then, to never return.
    def __init__(self, file, size, done=None, cut=(0, NOTHING), power_gone=None):
        self._file = file
        self._blocks = size // _BLOCK
        self._done = done
        self._until_cut, self._left = cut
        self._power_gone = power_gone

    def blank(self):
        block = bytearray(_BLOCK)
        self.readblocks(0, block)
        return block == _ERASED

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(block * _BLOCK + offset)
        self._file.readinto(buffer)

    # Without an offset the block is erased first, with one it is not: MicroPython's extended block protocol.
    def writeblocks(self, block, data, offset=None):
        if offset is None:
            self.ioctl(6, block)
            offset = 0
        self._change(WRITE, block, offset, data)

    def ioctl(self, request, block):
        if request == 4:
            return self._blocks
        if request == 5:
            return _BLOCK
        if request == 6:
            self._change(ERASE, block, 0, _ERASED)
            return 0
        return None

    def _change(self, kind, block, offset, data):
        last = self._until_cut == 1
        if self._until_cut:
            self._until_cut -= 1
        at = block * _BLOCK + offset
        if last:
            before = bytearray(len(data))
            self.readblocks(block, before, offset)
            data = torn(before, data, self._left, at)
        self._file.seek(at)
        self._file.write(data)
        if self._done is not None:
            self._done.write(struct.pack(DONE, block << 1 | kind))
        if last:
            self._power_gone()


def torn(before, data, left, chance):
    # `chance`, any number, decides where it broke off, and the garbage.
    if left == NOTHING:
        return bytes(before)
    chance = ((chance + len(data)) * 2654435761 >> 7) & 0xFFFF
    part = chance % len(data)
    rest = before[part:]
    if left == GARBAGE:
        rest = bytes((chance + i * i * 151 >> 3) & 0xFF for i in range(part, len(data)))
    return bytes(data[:part]) + bytes(rest)
