# The two slots and what is written beside them: an update lands in the idle one, is hashed back, and only then named in
# /active by one atomic rename. boot.py reads the same and takes back what fails. Never here: whether a release may be
# installed (ota.py), the words with the cloud (updating.py).
#
#   /update/N.m, N.b   release N as far as it has come: its signed manifest, its bundle
#   /floor.0, /floor.1 the highest release that was ever confirmed, and what was tried in vain; two copies
#   /release.keys      the signed key set that releases are held against: the installer's, or one that followed it
import hashlib
import os
import struct

import manifest

COPY = 1024  # bytes at a time: what a flash write takes is what the unit does not answer in
SPARE = 24 * 1024  # bytes that the journal and the file system itself may want meanwhile
WINDOW_BITS = 10  # of the bundle's compression: a kilobyte of memory
TRIED = 4  # releases whose failures are remembered
FLOOR = ">4sI8sB"  # "IOFL" release identity count, then {release4 times1}, then the first 8 bytes of their SHA-256
KEYS = "release.keys"


def manifest_of(release):
    return "update/%d.m" % release


def bundle_of(release):
    return "update/%d.b" % release


class Damaged(Exception):
    # The bundle is not what its manifest says.
    pass


class Slots:
    # running: "a" or "b", the slot that this program is in.
    def __init__(self, running, root="/"):
        self.running = running
        self.idle = "b" if running == "a" else "a"
        self._root = root

    # -- which slot runs

    def record(self):
        # (state, boots, why) of /active: k kept, w watched, t on trial; why: the reason of the last revert, or 0.
        try:
            slot, state, boots, _, why = self._read("active").decode().split()
            return (state, int(boots), int(why)) if slot == self.running else ("k", 0, 0)
        except Exception:
            return "k", 0, 0

    def try_out(self, release):
        # From the next start on the idle slot runs, on trial; that it was tried is known before.
        floor, identity, tried = self.floor()
        tried[release] = min(tried.get(release, 0) + 1, 255)
        self.keep_floor(floor, identity, tried)
        self._name(self.idle, "t", 0)

    def confirm(self):
        # What runs is good; the other slot stays, in case that was too soon.
        self._name(self.running, "w", 0)
        found = self.release_of(self.running)
        if found and found[0] > self.floor()[0]:
            self.keep_floor(found[0], found[1], {})

    def revert(self, why):
        # From the next start on the other slot runs again; it tells why.
        self._name(self.idle, "k", why)

    def told(self):
        # The reason of the last revert needs no telling any more.
        self._name(self.running, "k", 0)

    def _name(self, slot, state, why):
        self._put("active", ("%s %s 0 - %d" % (slot, state, why)).encode())

    def release_of(self, slot):
        # (counter, identity) by the slot's table, None where there is none.
        table = self._read(slot + "/files")
        if table[:4] != b"IOSL" or len(table) < 17:
            return None
        return struct.unpack(">I", table[4:8])[0], table[8:16]

    # -- the highest release that was ever confirmed

    def floor(self):
        # (release, identity, {release: times tried in vain})
        best = (0, bytes(8), {})
        for copy in ("floor.0", "floor.1"):
            found = _floor(self._read(copy))
            if found and (found[0], sum(found[2].values())) >= (best[0], sum(best[2].values())):
                best = found
        return best

    def keep_floor(self, release, identity, tried):
        latest = sorted(tried.items())[-TRIED:]
        data = struct.pack(FLOOR, b"IOFL", release, identity, len(latest))
        data += b"".join([struct.pack(">IB", *each) for each in latest])
        data += hashlib.sha256(data).digest()[:8]
        self._put("floor.0", data)
        self._put("floor.1", data)

    # -- the release that is being loaded

    def free(self):
        # Bytes that an update may take: what is free, and what is in its way.
        block, _, _, blocks = os.statvfs(self._root)[:4]
        return block * (blocks - 8) + self._size(self.idle) + self._size("update") - SPARE

    def begin(self, release):
        # Of another release nothing is kept.
        names = []
        try:
            names = os.listdir(self._root + "update")
        except OSError:
            os.mkdir(self._root + "update")
        for name in names:
            if name not in ("%d.m" % release, "%d.b" % release):
                os.remove(self._root + "update/" + name)

    def make_room(self):
        # What the idle slot held is gone. The slot that runs is never touched.
        _clear(self._root + self.idle)

    def drop(self):
        _clear(self._root + "update")
        try:
            os.rmdir(self._root + "update")
        except OSError:
            pass  # there is none

    def have(self, name):
        # Bytes of a file.
        try:
            return os.stat(self._root + name)[6]
        except OSError:
            return 0

    def add(self, name, data):
        with open(self._root + name, "ab") as file:
            file.write(data)

    def read(self, name):
        return self._read(name)

    def keep_keys(self, signed):
        self._put(KEYS, signed)

    def install(self, release, identity):
        # Unpacks the bundle into the idle slot, piece by piece (a generator: it yields between two writes), then hashes
        # all of it back from the flash. Damaged when anything is not as the manifest says; nothing is switched here.
        bundle = bundle_of(release.counter)
        for _ in self._hashed(bundle, release.packed, release.digest):
            yield
        _clear(self._root + self.idle)
        with open(self._root + bundle, "rb") as file:
            for _ in self._unpack(file, release.files):
                yield
        for name, size, sha in release.files:
            for _ in self._hashed(self.idle + "/" + name, size, sha):
                yield
        table = manifest.packed_table(release.counter, identity, release.files)
        self._put(self.idle + "/files", table)
        self.drop()

    def _hashed(self, name, size, sha):
        digest = hashlib.sha256(b"")
        with open(self._root + name, "rb") as file:
            piece = file.read(COPY)
            while piece:
                size -= len(piece)
                digest.update(piece)
                yield
                piece = file.read(COPY)
        if size or digest.digest() != sha:
            raise Damaged

    def _unpack(self, file, files):
        import deflate

        with deflate.DeflateIO(file, deflate.ZLIB, WINDOW_BITS) as source:
            for name, size, _ in files:
                left = size
                with open(self._root + self.idle + "/" + name, "wb") as out:
                    while left:
                        try:
                            piece = source.read(min(left, COPY))
                        except (OSError, ValueError, EOFError):
                            raise Damaged
                        if not piece:
                            raise Damaged
                        out.write(piece)
                        left -= len(piece)
                        yield
            if source.read(1):
                raise Damaged

    # -- files

    def _read(self, name):
        try:
            with open(self._root + name, "rb") as file:
                return file.read(manifest.MAX_BYTES + 1)
        except OSError:
            return b""

    def _put(self, name, data):
        # The old content or the new, whatever happens.
        with open(self._root + name + ".new", "wb") as file:
            file.write(data)
        os.rename(self._root + name + ".new", self._root + name)

    def _size(self, folder):
        try:
            return sum([os.stat(self._root + folder + "/" + name)[6] for name in os.listdir(self._root + folder)])
        except OSError:
            return 0


def _floor(data):
    size = struct.calcsize(FLOOR)
    if len(data) < size + 8 or data[:4] != b"IOFL" or hashlib.sha256(data[:-8]).digest()[:8] != data[-8:]:
        return None
    _, release, identity, count = struct.unpack(FLOOR, data[:size])
    if len(data) != size + 5 * count + 8:
        return None
    tried = [struct.unpack(">IB", data[size + 5 * i : size + 5 * i + 5]) for i in range(count)]
    return release, identity, dict(tried)


def _clear(folder):
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        os.remove(folder + "/" + name)
