# What a release says of itself: its layout, exact to the byte, and its checks; and the table of a slot. Pure; whoever
# built it, nothing here can be made to write or to loop. Imported under two names: no import of ours. Never here: who
# signed it (signatures.py), what a unit does about it (ota.py).
import hashlib
import struct

FORMAT = 1
APPLICATION = 1  # a bundle of .mpy files for the idle slot
IMAGE = 2  # MicroPython itself, for the idle partition

MAX_FILES = 96
BLOCK = 4096  # bytes of the flash's file system
MAX_NAME = 40  # bytes
MAX_BOARDS = 16
MAX_NOTES = 1000  # bytes
MAX_BYTES = 8192  # of a signed release: 96 files are 5,000
MAX_UNPACKED = 160 * 1024  # bytes of an application: a slot; twice what it is today
MAX_IMAGE = 0x1B0000  # the largest OTA slot of 4 MB of flash

HEAD = ">BBIHHHIIBBBBBBBII32s"
HEAD_BYTES = struct.calcsize(HEAD)

_SMALL = b"abcdefghijklmnopqrstuvwxyz0123456789_"


class Release:
    # Of the fields of HEAD: kind, counter, version (major, minor, patch), replaces (the least counter it can replace),
    # key_set, wire, mpy (version, sub-version), least and most (major, minor) of MicroPython, unpacked, packed, digest.
    def __init__(self, body):
        head = struct.unpack(HEAD, body[:HEAD_BYTES])
        self.kind, self.counter = head[1], head[2]
        self.version = head[3:6]
        self.replaces, self.key_set, self.wire = head[6], head[7], head[8]
        self.mpy = head[9:11]
        self.least, self.most = head[11:13], head[13:15]
        self.unpacked, self.packed, self.digest = head[15], head[16], head[17]
        self.product = ""
        self.boards = []
        self.notes = ""
        self.blocks = 0  # of flash, for the files and the bundle
        self._body = body
        self._files = 0  # where they begin

    def files(self):
        # (name, size, SHA-256) of each, in the order of the bundle: read again each time, a list would take 8 kB.
        body, at = self._body, self._files + 1
        for _ in range(body[self._files]):
            end = at + 1 + body[at]
            name = str(bytes(body[at + 1 : end]), "utf-8")
            yield name, struct.unpack(">I", body[end : end + 4])[0], bytes(body[end + 4 : end + 36])
            at = end + 36


def key_set_of(body):
    # The number of the key set that must have signed it, before anything else of it is believed.
    return Release(body).key_set if len(body) >= HEAD_BYTES else 0


def packed_release(
    kind, counter, version, replaces, key_set, wire, mpy, least, most, packed, digest, product, boards, files, notes
):
    # The body. Raises ValueError past a limit: what is made is what read_release() takes.
    unpacked = sum(size for _, size, _ in files)
    numbers = (FORMAT, kind, counter) + tuple(version) + (replaces, key_set, wire) + tuple(mpy)
    body = struct.pack(HEAD, *(numbers + tuple(least) + tuple(most) + (unpacked, packed, digest)))
    body += _text(product) + bytes([len(boards)]) + b"".join([_text(board) for board in boards])
    body += bytes([len(files)])
    for name, size, sha in files:
        body += _text(name) + struct.pack(">I", size) + sha
    raw = notes.encode()
    body += struct.pack(">H", len(raw)) + raw
    read_release(body)
    return body


def read_release(body):
    # Release; ValueError, with the reason, unless every byte of it is as it must be.
    if len(body) < HEAD_BYTES or len(body) > MAX_BYTES or body[0] != FORMAT:
        raise ValueError("no release of this format")
    release = Release(body)
    image = release.kind == IMAGE
    if not image and release.kind != APPLICATION:
        raise ValueError("neither an application nor an image")
    if not 0 < release.counter < 0xFFFFFFFF or release.replaces >= release.counter or not release.key_set:
        raise ValueError("a counter that cannot be")
    at = HEAD_BYTES
    release.product, at = _read_text(body, at)
    count, at = _read_count(body, at, MAX_BOARDS)
    for _ in range(count):
        board, at = _read_text(body, at)
        release.boards.append(board)
    release._files = at
    total, release.blocks, at = _check_files(body, at, image)
    release.blocks += blocks_of(release.packed)
    if at + 2 > len(body):
        raise ValueError("cut short")
    size = struct.unpack(">H", body[at : at + 2])[0]
    if size > MAX_NOTES or at + 2 + size != len(body):
        raise ValueError("notes that do not fit")
    release.notes = str(bytes(body[at + 2 :]), "utf-8")
    most = MAX_IMAGE if image else MAX_UNPACKED
    if total != release.unpacked or not 0 < total <= most or not 0 < release.packed <= most:
        raise ValueError("sizes that cannot be")
    return release


def _check_files(body, at, image):
    # (bytes of all, their blocks, where they end)
    count, at = _read_count(body, at, 1 if image else MAX_FILES)
    before = ""
    total = blocks = 0
    for _ in range(count):
        name, at = _read_text(body, at)
        if at + 36 > len(body):
            raise ValueError("cut short")
        size = struct.unpack(">I", body[at : at + 4])[0]
        if not _is_file(name, image) or name <= before or size > MAX_IMAGE:
            raise ValueError("a file whose name or size cannot be")
        before = name
        total += size
        blocks += blocks_of(size)
        at += 36
    return total, blocks, at


def blocks_of(size):
    # Of flash, for a file of so many bytes: no two share one.
    return (size + BLOCK - 1) // BLOCK


def packed_table(counter, identity, files):
    # What stands in a slot beside its files, as boot.py reads it: "IOSL" counter4 identity8 count1 {len1 name, size4,
    # SHA-256} SHA-256 of all that. identity: the first 8 bytes of the body's SHA-256, zeros for an installer's copy;
    # files: [(name, size, SHA-256)].
    table = b"IOSL" + struct.pack(">I", counter) + identity + bytes([len(files)])
    for name, size, sha in files:
        table += _text(name) + struct.pack(">I", size) + sha
    return table + hashlib.sha256(table).digest()


def table_of(release, identity):
    # The same of a release, whose files stand in its body as they stand in a table.
    body, start = release._body, release._files
    at = start + 1
    for _ in range(body[start]):
        at += 1 + body[at] + 36
    table = b"IOSL" + struct.pack(">I", release.counter) + identity + bytes(body[start:at])
    return table + hashlib.sha256(table).digest()


def _is_file(name, image):
    if image:
        return name == "micropython.bin"
    return name[-4:] == ".mpy" and len(name) > 4 and all(c in _SMALL for c in name[:-4].encode())


def _text(text):
    raw = text.encode()
    return bytes([len(raw)]) + raw


def _read_text(body, at):
    # Plain letters without spaces: nothing that looks like something else.
    count, at = _read_count(body, at, MAX_NAME)
    raw = bytes(body[at : at + count])
    if len(raw) != count or not count or not all(0x21 <= c <= 0x7E for c in raw):
        raise ValueError("a text that cannot be")
    return str(raw, "utf-8"), at + count


def _read_count(body, at, most):
    if at >= len(body) or body[at] > most:
        raise ValueError("cut short, or more than there can be")
    return body[at], at + 1
