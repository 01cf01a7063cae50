# esp32.Partition: the partitions for MicroPython's image, as the chip's flash and its bootloader have them. Loaded when
# it is asked for: most programs never do. Never here: what the bootloader does at a start (sim/app_slots.py).

_BLOCK = 4096
_MAGIC = 0xE9
_LABELS = ("ota_0", "ota_1")
_ADDRESSES = (0x10000, 0x190000)
_TYPE_APP, _FIRST_OTA = 0, 0x10
_NO_SUCH = 2
_INVALID_SIZE = (-0x104, "ESP_ERR_INVALID_SIZE")
_VALIDATE_FAILED = (-0x1503, "ESP_ERR_OTA_VALIDATE_FAILED")

_CHOICE_BYTES = 16

files = {}  # of each partition, and of the bootloader's choice; none: the flash has one partition, and none beside it
running = "factory"


def _chosen():
    files["choice"].seek(0)
    return files["choice"].read(_CHOICE_BYTES).decode().split()


def _choose(label, state):
    files["choice"].seek(0)
    files["choice"].write(b"%-16s" % (label + " " + state).encode())


class Partition:
    BOOT = 0
    RUNNING = 1
    TYPE_APP = 0
    TYPE_DATA = 1

    def __init__(self, id, block_size=_BLOCK):
        if block_size != _BLOCK:
            raise NotImplementedError("the bench has blocks of 4,096 bytes")
        if id == Partition.BOOT:
            id = _chosen()[0] if files else running
        elif id == Partition.RUNNING:
            id = running
        elif id not in files:
            raise OSError(_NO_SUCH)
        self._label = id

    def info(self):
        if not files:
            return (_TYPE_APP, 0, _ADDRESSES[0], 0x1F0000, self._label, False)
        number = _LABELS.index(self._label)
        return (_TYPE_APP, _FIRST_OTA + number, _ADDRESSES[number], self._size(), self._label, False)

    def get_next_update(self):
        if not files:
            raise OSError(_NO_SUCH)
        return Partition(_LABELS[1 - _LABELS.index(running)])

    def readblocks(self, block, buffer, offset=0):
        self._at(block * _BLOCK + offset, len(buffer)).readinto(buffer)

    # Without an offset the blocks are erased first; with one they are not, and a bit that is 0 stays so.
    def writeblocks(self, block, data, offset=None):
        at = block * _BLOCK + (offset or 0)
        if offset is None:
            if len(data) % _BLOCK:
                raise OSError(*_INVALID_SIZE)
            self._erase(at, len(data))
        before = bytearray(len(data))
        file = self._at(at, len(data))
        file.readinto(before)
        file.seek(at)
        file.write(bytes(a & b for a, b in zip(before, data)))

    def ioctl(self, request, block):
        if request == 4:
            return self._size() // _BLOCK
        if request == 5:
            return _BLOCK
        if request == 6:
            self._erase(block * _BLOCK, _BLOCK)
            return 0

    def set_boot(self):
        files[self._label].seek(0)
        if files[self._label].read(1)[0] != _MAGIC:
            raise OSError(*_VALIDATE_FAILED)
        _choose(self._label, "new")

    @classmethod
    def mark_app_valid_cancel_rollback(cls):
        _choose(running, "valid")

    def _size(self):
        return files[self._label].seek(0, 2)

    def _erase(self, at, count):
        self._at(at, count).write(b"\xff" * count)

    def _at(self, at, count):
        if at < 0 or at + count > self._size():
            raise OSError(*_INVALID_SIZE)
        if self._label == running:
            raise NotImplementedError("the program touches the partition that it runs from")
        files[self._label].seek(at)
        return files[self._label]
