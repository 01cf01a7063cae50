# The journal's files: records of one size, 128 in a file of exactly one flash block. Which records are there and which
# are good; the oldest file goes when enough others are kept. Never here: what a record tells, what was acknowledged by
# whom, what becomes of a failure (journal.py).
#
# A file's name is the number of its first record and the journal's id, in hex; a record's place in it gives its number.
# The CRC covers id and number too, so that a record is good in its own place only.
#
# The number acknowledged rides on each record; a small file has it too, written when the two are far apart.
import binascii
import errno
import os
import struct

RECORD = ">16sI8s"  # EVENT of wire.py, the number acknowledged by then, the epoch; then its CRC
CRC = ">I"
PLACE = ">8sI"  # what the CRC covers besides: id and number
SIZE = struct.calcsize(RECORD) + struct.calcsize(CRC)
IN_A_FILE = 4096 // SIZE  # a file of one block is appended to by copying that block and no other
KEPT = 1000  # records that are there at least, once so many were written
MOST_FILES = 12  # 9 do; more only when damage ended some early
ACKED = "acked"  # a file so small that it lies in the folder's own blocks: no erase of its own


class Segments:
    def __init__(self, folder):
        self._folder = folder
        self._files = []  # [number of its first record, how many], oldest first
        self._whole = False  # the newest file ends with a good record, so that another may follow it
        self.id = b""
        self.next = 1  # the number that comes after all on flash; never falls

    def look(self):
        # Finds out what is on flash; OSError when that cannot be read. -> the highest number acknowledged that it tells
        try:
            os.mkdir(self._folder)
        except OSError as error:
            if error.args[0] != errno.EEXIST:
                raise
        sizes = {entry[0]: int(entry[3]) for entry in os.ilistdir(self._folder) if _is_ours(entry[0])}
        names = sorted(sizes)
        if not self.id:
            self.id = binascii.unhexlify(names[-1][8:]) if names else os.urandom(8)
        mine = str(binascii.hexlify(self.id), "ascii")
        self._files = []
        for name in names:
            if name[8:] == mine:
                # A piece of a record counts as one: its number may not be given again.
                self._files.append([int(name[:8], 16), (sizes[name] + SIZE - 1) // SIZE])
        if not self._files:
            return 0
        first, count = self._files[-1]
        self.next = first + count
        last = self.read(self.next - 1) if count else None
        self._whole = not count or last is not None
        return max(self._remembered(), last[1] if last else self._told_last())

    def read(self, number):
        # The fields (EVENT, acknowledged by then, epoch) of this record; None when it is gone or damaged.
        for first, count in self._files:
            if first <= number < first + count:
                buffer = bytearray(SIZE)
                try:
                    with open(self._path(first), "rb") as file:
                        file.seek((number - first) * SIZE)
                        return self._good(buffer, number) if file.readinto(buffer) == SIZE else None
                except OSError:
                    return None
        return None

    def after(self, number, most):
        # The oldest good records above this number, as many as follow each other in one file:
        # (number of the first, its epoch, their EVENTs); None when there is none.
        buffer = bytearray(SIZE)
        for first, count in self._files:
            begin = max(first, number + 1)
            found = []
            epoch = None
            try:
                with open(self._path(first), "rb") as file:
                    file.seek((begin - first) * SIZE)
                    for at in range(begin, first + count):
                        fields = self._good(buffer, at) if file.readinto(buffer) == SIZE else None
                        if fields is not None:
                            if not found:
                                begin, epoch = at, fields[2]
                            found.append(fields[0])
                        if found and (fields is None or len(found) == most):
                            break
            except OSError:
                pass  # as if damaged: what stands behind it is no worse for it
            if found:
                return begin, epoch, b"".join(found)
        return None

    def unread(self, number):
        # How many records above this number are on flash.
        return sum(max(0, first + count - max(first, number + 1)) for first, count in self._files)

    def add(self, number, acked, epoch, events):
        # Writes the first of these EVENTs, as many as one file takes, under the numbers from this one on; they are on
        # flash when it returns. -> how many. After an OSError nobody knows what was written: look() again.
        newest = self._files[-1] if self._files and self._whole else None
        if newest is None or newest[0] + newest[1] != number or newest[1] >= IN_A_FILE:
            while len(self._files) >= MOST_FILES or sum(count for _, count in self._files[1:]) >= KEPT:
                self.drop_oldest()
            newest = [number, 0]
        events = events[: IN_A_FILE - newest[1]]
        data = b""
        for i in range(len(events)):
            record = struct.pack(RECORD, events[i], acked, epoch)
            data += record + struct.pack(CRC, self._crc(record, number + i))
        with open(self._path(newest[0]), "ab") as file:
            file.write(data)
        if not self._files or self._files[-1] is not newest:
            self._files.append(newest)
        newest[1] += len(events)
        self._whole = True
        self.next = number + len(events)
        return len(events)

    def remember(self, acked):
        # Whole or not at all, as every file that is written anew.
        with open(self._folder + "/" + ACKED, "wb") as file:
            file.write(struct.pack(PLACE + CRC[1:], self.id, acked, self._crc(b"", acked)))

    def _remembered(self):
        try:
            with open(self._folder + "/" + ACKED, "rb") as file:
                data = file.read(2 * SIZE)
        except OSError:
            return 0
        if len(data) != struct.calcsize(PLACE + CRC[1:]):
            return 0
        journal, acked, crc = struct.unpack(PLACE + CRC[1:], data)
        return acked if journal == self.id and crc == self._crc(b"", acked) else 0

    def drop_oldest(self):
        os.remove(self._path(self._files[0][0]))
        del self._files[0]

    def files(self):
        return len(self._files)

    def _path(self, first):
        return "%s/%08x%s" % (self._folder, first, str(binascii.hexlify(self.id), "ascii"))

    def _told_last(self):
        # The number acknowledged that the newest good record carries.
        for first, count in reversed(self._files):
            for number in range(first + count - 1, first - 1, -1):
                fields = self.read(number)
                if fields is not None:
                    return fields[1]
        return 0

    def _good(self, buffer, number):
        record = bytes(buffer[: -struct.calcsize(CRC)])
        if struct.unpack(CRC, buffer[len(record) :])[0] != self._crc(record, number):
            return None
        return struct.unpack(RECORD, record)

    def _crc(self, record, number):
        return binascii.crc32(record, binascii.crc32(struct.pack(PLACE, self.id, number)))


def _is_ours(name):
    return len(name) == 24 and all(c in "0123456789abcdef" for c in name)
