# The flash chip, as a block device over one file of the host. Never here: a file system; MicroPython has littlefs.

_BLOCK = 4096
_ERASED = b"\xff" * _BLOCK


class Flash:
    def __init__(self, file, size):
        self._file = file
        self._blocks = size // _BLOCK

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
        self._file.seek(block * _BLOCK + offset)
        self._file.write(data)

    def ioctl(self, request, block):
        if request == 4:
            return self._blocks
        if request == 5:
            return _BLOCK
        if request == 6:
            self._file.seek(block * _BLOCK)
            self._file.write(_ERASED)
            return 0
        return None
