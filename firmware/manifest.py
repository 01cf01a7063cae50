# What a release and a set of release keys say of themselves, and who signed them: layouts, exact to the byte, and their
# checks. Pure; whoever built it, nothing here can be made to write or to loop. Imported under two names: no import of
# ours. Never here: what a unit does about it (ota.py).
#
#   signed    count1 {key1 signature64}            key: its place in the key set, rising
#   release   signed | body                        the signatures are of RELEASE_WORDS + SHA-256(body)
#   key set   signed by the set before | signed by itself | body
import hashlib
import struct

RELEASE_WORDS = b"iomando release"  # 15 bytes: with a hash, and R and A of a signature, one block of SHA-512
KEYS_WORDS = b"iomando key set"
FORMAT = 1
APPLICATION = 1  # a bundle of .mpy files for the idle slot
IMAGE = 2  # MicroPython itself, for the idle partition

SIGNATURE_BYTES = 64
KEY_BYTES = 32
MAX_KEYS = 5
MAX_FILES = 96
MAX_NAME = 40  # bytes
MAX_BOARDS = 16
MAX_NOTES = 1000  # bytes
MAX_BYTES = 8192  # of a signed release: 96 files are 5,000
MAX_KEYS_BYTES = 1024  # of a signed key set
MAX_UNPACKED = 160 * 1024  # bytes of an application: a slot; twice what it is today
MAX_IMAGE = 0x1B0000  # the largest OTA slot of 4 MB of flash
DEMO = 1  # flag of a key set: its secret keys are known to all

HEAD = ">BBIHHHIIBBBBBBBII32s"
HEAD_BYTES = struct.calcsize(HEAD)
KEYS_HEAD = ">BIBBB"

_SMALL = b"abcdefghijklmnopqrstuvwxyz0123456789_"


class Release:
    # Of the fields of HEAD: kind, counter, version (major, minor, patch), replaces (the least counter it can replace),
    # key_set, wire, mpy (version, sub-version), least and most (major, minor) of MicroPython, unpacked, packed, digest.
    # files: [(name, size, SHA-256)], in the order of the bundle.
    def __init__(self, raw):
        head = struct.unpack(HEAD, raw[:HEAD_BYTES])
        self.kind, self.counter = head[1], head[2]
        self.version = head[3:6]
        self.replaces, self.key_set, self.wire = head[6], head[7], head[8]
        self.mpy = head[9:11]
        self.least, self.most = head[11:13], head[13:15]
        self.unpacked, self.packed, self.digest = head[15], head[16], head[17]
        self.product = ""
        self.boards = []
        self.files = []
        self.notes = ""


class KeySet:
    # keys: bytes of each; whoever changes it needs `threshold` of them.
    def __init__(self, number, flags, threshold, keys):
        self.number = number
        self.demo = bool(flags & DEMO)
        self.threshold = threshold
        self.keys = keys


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
    at = _read_files(body, at, image, release.files)
    if at + 2 > len(body):
        raise ValueError("cut short")
    size = struct.unpack(">H", body[at : at + 2])[0]
    if size > MAX_NOTES or at + 2 + size != len(body):
        raise ValueError("notes that do not fit")
    release.notes = str(bytes(body[at + 2 :]), "utf-8")
    most = MAX_IMAGE if image else MAX_UNPACKED
    total = sum(size for _, size, _ in release.files)
    if total != release.unpacked or not 0 < total <= most or not 0 < release.packed <= most:
        raise ValueError("sizes that cannot be")
    return release


def _read_files(body, at, image, files):
    # Where they end.
    count, at = _read_count(body, at, 1 if image else MAX_FILES)
    before = ""
    for _ in range(count):
        name, at = _read_text(body, at)
        if at + 36 > len(body):
            raise ValueError("cut short")
        size = struct.unpack(">I", body[at : at + 4])[0]
        if not _is_file(name, image) or name <= before or size > MAX_IMAGE:
            raise ValueError("a file whose name or size cannot be")
        before = name
        files.append((name, size, bytes(body[at + 4 : at + 36])))
        at += 36
    return at


def packed_table(counter, identity, files):
    # What stands in a slot beside its files, as boot.py reads it: "IOSL" counter4 identity8 count1 {len1 name, size4,
    # SHA-256} SHA-256 of all that. identity: the first 8 bytes of the body's SHA-256, zeros for an installer's copy.
    table = b"IOSL" + struct.pack(">I", counter) + identity + bytes([len(files)])
    for name, size, sha in files:
        table += _text(name) + struct.pack(">I", size) + sha
    return table + hashlib.sha256(table).digest()


def packed_keys(number, flags, threshold, keys):
    # The body of a key set; ValueError past a limit.
    body = struct.pack(KEYS_HEAD, FORMAT, number, flags, threshold, len(keys)) + b"".join(keys)
    read_keys(body)
    return body


def read_keys(body):
    # KeySet; ValueError unless every byte of it is as it must be.
    size = struct.calcsize(KEYS_HEAD)
    if len(body) < size or body[0] != FORMAT:
        raise ValueError("no key set of this format")
    _, number, flags, threshold, count = struct.unpack(KEYS_HEAD, body[:size])
    keys = [bytes(body[size + i * KEY_BYTES : size + (i + 1) * KEY_BYTES]) for i in range(count)]
    if not number or flags > DEMO or not 1 <= threshold <= count <= MAX_KEYS or len(set(keys)) != count:
        raise ValueError("a key set that cannot be")
    if size + count * KEY_BYTES != len(body):
        raise ValueError("a key set that does not fit its bytes")
    return KeySet(number, flags, threshold, keys)


def read_keys_of(signed):
    # KeySet of a signed one whose signatures have been checked before it was kept.
    _, at = read_signatures(signed)
    _, at = read_signatures(signed, at)
    return read_keys(signed[at:])


def message(words, body):
    # What is signed.
    return words + hashlib.sha256(body).digest()


def packed_signatures(signatures):
    # signatures: [(place of its key, 64 bytes)], rising.
    return bytes([len(signatures)]) + b"".join([bytes([key]) + signature for key, signature in signatures])


def read_signatures(signed, at=0):
    # ([(place of its key, 64 bytes)], where they end); ValueError when they do not fit, or are not rising.
    count, at = _read_count(signed, at, MAX_KEYS)
    found = []
    for _ in range(count):
        end = at + 1 + SIGNATURE_BYTES
        if end > len(signed) or (found and signed[at] <= found[-1][0]):
            raise ValueError("signatures that do not fit")
        found.append((signed[at], bytes(signed[at + 1 : end])))
        at = end
    return found, at


def wanted_checks(signatures, key_set):
    # The pairs (key, signature) that all must be good; ValueError when they are too few, or of keys that are not there.
    # A signature that is not needed has to be good, too: there is no reason for another to be there.
    if len(signatures) < key_set.threshold or any(key >= len(key_set.keys) for key, _ in signatures):
        raise ValueError("signed by too few, or by keys that are not in the set")
    return [(key_set.keys[key], signature) for key, signature in signatures]


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
