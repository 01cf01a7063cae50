# An update on a flash that has no room left, at every step of it: refused, what runs goes on, the room is made again,
# and once there is room it is taken. Signatures are stood in for by something quick: release_proving.py is about them.
import asyncio
import hashlib
import os
import struct

import vfs

import ed25519
import landing
import manifest
import ota
import signatures
import update_words
import updating
import wire

ONLY_ON_UNIT = True

BLOCK = 4096
BLOCKS = 64
FILES = {"main.mpy": bytes(range(256)) * 30, "unit.mpy": b"unit" * 1500}
RUNS = {"a/main.mpy": b"what runs", "a/files": b"its table", "unit.json": b"{}", "active": b"a k 0 - 0"}
DOWN = wire.direction_pads(bytes(32), bytes(4))[0]


def _verifying(key, message, signature):
    yield hashlib.sha256(key + message).digest() * 2 == signature


def _zlib(data):
    # Stored, not compressed: MicroPython only unpacks.
    packed = b"\x48\x0d"
    while data:
        piece, data = data[:60000], data[60000:]
        packed += struct.pack("<BHH", not data, len(piece), len(piece) ^ 0xFFFF) + piece
    a, b = 1, 0
    for c in b"".join(FILES[name] for name in sorted(FILES)):
        a = (a + c) % 65521
        b = (b + a) % 65521
    return packed + struct.pack(">I", b << 16 | a)


def _signed(words, body):
    by = [(0, hashlib.sha256(bytes(32) + signatures.message(words, body)).digest() * 2)]
    return signatures.packed_signatures(by)


KEYS = signatures.packed_keys(1, 0, 1, [bytes(32)])
KEYS = signatures.packed_signatures([]) + _signed(signatures.KEYS_WORDS, KEYS) + KEYS
BUNDLE = _zlib(b"".join(FILES[name] for name in sorted(FILES)))
_listed = [(name, len(FILES[name]), hashlib.sha256(FILES[name]).digest()) for name in sorted(FILES)]
_numbers = (manifest.APPLICATION, 7, (1, 0, 7), 1, 1, 1, (6, 3), (1, 20), (1, 40), len(BUNDLE))
BODY = manifest.packed_release(*(_numbers + (hashlib.sha256(BUNDLE).digest(), "iomando-unit", [], _listed, "")))
PARTS = {wire.MANIFEST: _signed(signatures.RELEASE_WORDS, BODY) + BODY, wire.BUNDLE: BUNDLE, wire.KEY_SET: b""}


class Chip:
    def __init__(self):
        self.data = bytearray(b"\xff" * (BLOCK * BLOCKS))

    def readblocks(self, block, buffer, offset=0):
        at = block * BLOCK + offset
        buffer[:] = memoryview(self.data)[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        at = block * BLOCK + offset
        self.data[at : at + len(buffer)] = buffer

    def ioctl(self, request, block):
        if request == 6:
            self.data[block * BLOCK : (block + 1) * BLOCK] = b"\xff" * BLOCK
            return 0
        return {4: BLOCKS, 5: BLOCK}.get(request)


def _flash():
    try:
        vfs.umount("/chip")
    except OSError:
        pass
    chip = Chip()
    vfs.VfsLfs2.mkfs(chip)
    vfs.mount(chip, "/chip")
    for folder in "ab":
        os.mkdir("/chip/" + folder)
    for name, data in RUNS.items():
        _write(name, data)
    _write("release.keys", KEYS)
    return chip


def _write(name, data):
    with open("/chip/" + name, "wb") as file:
        file.write(data)


def _fill(free):
    # All but so many blocks.
    with open("/chip/ballast", "wb") as file:
        file.write(bytes(BLOCK * (os.statvfs("/chip")[3] - free)))


async def _update(on_block=lambda: None):
    # [(state, reason)], and whether it is to be started now.
    said = []
    ended = asyncio.Event()
    leaves = []

    def say(build, *fields):
        if build is wire.block_wanted:
            part, of, offset, length = fields
            on_block()
            whole = PARTS[part]
            update.on_block(
                wire.block(DOWN, 0, bytes(4), part, of, offset, len(whole), whole[offset : offset + length])
            )
        else:
            said.append(fields[1:3])
        return True

    def facts():
        # as if there were room whatever there is: somebody takes it while the update is under way
        return ota.Facts("ESP32", (1, bytes(8)), (0, bytes(8)), {}, (6, 3), (1, 27), 1000, 0)

    store = landing.Landing("a", "/chip/")
    update = updating.Updating(store, facts, say, lambda: True, lambda: leaves.append(1), lambda loaded: ended.set())
    ed25519.verifying = _verifying
    updating.let_go = lambda names: None  # else the stand-in would be let go, too
    update.begun(7, len(PARTS[wire.MANIFEST]))
    await ended.wait()
    await asyncio.sleep(0)
    return said, bool(leaves)


def _read(name):
    try:
        with open("/chip/" + name, "rb") as file:
            return file.read()
    except OSError:
        return None


def _unharmed(what):
    for name, data in RUNS.items():
        assert _read(name) == data, (what, name)


def _whole(what):
    assert all(_read("b/" + name) == FILES[name] for name in FILES), what
    assert _read("active") == b"b t 0 - 0", what


def _left(what):
    # Nothing of the update is.
    assert "update" not in os.listdir("/chip") and os.listdir("/chip/b") == [], (what, os.listdir("/chip/b"))


async def test_with_ever_less_room_it_is_refused_and_the_room_made_again_until_it_fits():
    refused = 0
    for free in range(20):
        _flash()
        before = os.statvfs("/chip")[3]
        _fill(free)
        said, leaves = await _update()
        if leaves:
            _whole(free)
            break
        refused += 1
        assert said[-1] == (update_words.REFUSED, update_words.FLASH), (free, said)
        _unharmed(free)
        _left(free)
        os.remove("/chip/ballast")
        assert os.statvfs("/chip")[3] >= before - 1, free
        assert (await _update())[1], free
        _whole(free)
    assert refused >= 6 and leaves


class Failing:
    # Stands in for `os` and `open` of a file of ours: operation `at` does not happen, for want of room.
    def __init__(self):
        self.at = 0
        self.count = 0

    def _next(self, what, *args):
        self.count += 1
        if self.count == self.at:
            raise OSError(28)
        return what(*args)

    def mkdir(self, name):
        self._next(os.mkdir, name)

    def remove(self, name):
        self._next(os.remove, name)

    def rmdir(self, name):
        self._next(os.rmdir, name)

    def rename(self, old, new):
        self._next(os.rename, old, new)

    def open(self, name, mode):
        if mode == "rb":
            return open(name, mode)
        return File(self, self._next(open, name, mode))

    listdir = staticmethod(os.listdir)
    stat = staticmethod(os.stat)
    statvfs = staticmethod(os.statvfs)


class File:
    def __init__(self, failing, file):
        self._failing, self._file = failing, file

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def write(self, data):
        return self._failing._next(self._file.write, data)


async def test_whichever_operation_finds_no_room_it_is_refused_and_goes_well_the_next_time():
    import installing

    failing = Failing()
    landing.os = failing
    landing.open = installing.open = failing.open
    try:
        _flash()
        assert (await _update())[1]
        _whole("without a failure")
        for at in range(1, failing.count + 1):
            _flash()
            failing.at, failing.count = at, 0
            said, leaves = await _update()
            failing.at = 0
            assert failing.count >= at, at
            if leaves:
                _whole(at)  # what failed was to clear up behind it
                continue
            assert said[-1] == (update_words.REFUSED, update_words.FLASH), (at, said)
            if _read("active") == RUNS["active"]:
                _unharmed(at)
            assert (await _update())[1], at
            _whole(at)
    finally:
        landing.os = os
        del landing.open, installing.open
