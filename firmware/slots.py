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

BLOCK = 4096  # bytes, and no two files share one
SPARE = 12  # blocks that the journal and the file system itself may want meanwhile
TRIED = 4  # releases whose failures are remembered
FLOOR = ">4sI8sB"  # "IOFL" release identity count, then {release4 times1}, then the first 8 bytes of their SHA-256
KEYS = "release.keys"
MOST = 8192  # bytes of what is read in one piece: a manifest at its largest


def manifest_of(release):
    return "update/%d.m" % release


def bundle_of(release):
    return "update/%d.b" % release


class Slots:
    # running: "a" or "b", the slot that this program is in.
    def __init__(self, running, root="/"):
        self.running = running
        self.idle = "b" if running == "a" else "a"
        self.root = root

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
        self.put("active", ("%s %s 0 - %d" % (slot, state, why)).encode())

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
        self.put("floor.0", data)
        self.put("floor.1", data)

    # -- the release that is being loaded

    def free(self):
        # Blocks of flash that an update may take: what is free, and what is in its way.
        return os.statvfs(self.root)[3] + self._blocks(self.idle) + self._blocks("update") - SPARE

    def begin(self, release):
        # Of another release nothing is kept.
        names = []
        try:
            names = os.listdir(self.root + "update")
        except OSError:
            os.mkdir(self.root + "update")
        for name in names:
            if name not in ("%d.m" % release, "%d.b" % release):
                os.remove(self.root + "update/" + name)

    def make_room(self):
        # What the idle slot held is gone. The slot that runs is never touched.
        clear(self.root + self.idle)

    def drop(self):
        clear(self.root + "update")
        try:
            os.rmdir(self.root + "update")
        except OSError:
            pass  # there is none

    def have(self, name):
        # Bytes of a file.
        try:
            return os.stat(self.root + name)[6]
        except OSError:
            return 0

    def add(self, name, data):
        with open(self.root + name, "ab") as file:
            file.write(data)

    def read(self, name):
        return self._read(name)

    def keep_keys(self, signed):
        self.put(KEYS, signed)

    # -- files

    def _read(self, name):
        try:
            size = os.stat(self.root + name)[6]
            with open(self.root + name, "rb") as file:
                return file.read(size) if size <= MOST else b""
        except OSError:
            return b""

    def put(self, name, data):
        # The old content or the new, whatever happens.
        with open(self.root + name + ".new", "wb") as file:
            file.write(data)
        os.rename(self.root + name + ".new", self.root + name)

    def _blocks(self, folder):
        blocks = 0
        try:
            for name in os.listdir(self.root + folder):
                blocks += (os.stat(self.root + folder + "/" + name)[6] + BLOCK - 1) // BLOCK
        except OSError:
            pass  # there is none
        return blocks


def _floor(data):
    size = struct.calcsize(FLOOR)
    if len(data) < size + 8 or data[:4] != b"IOFL" or hashlib.sha256(data[:-8]).digest()[:8] != data[-8:]:
        return None
    _, release, identity, count = struct.unpack(FLOOR, data[:size])
    if len(data) != size + 5 * count + 8:
        return None
    tried = [struct.unpack(">IB", data[size + 5 * i : size + 5 * i + 5]) for i in range(count)]
    return release, identity, dict(tried)


def clear(folder):
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        os.remove(folder + "/" + name)
