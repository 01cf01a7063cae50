# The two slots and what is written beside them: an update lands in the idle one, is hashed back, and only then named in
# /active by one atomic rename. boot.py reads the same and takes back what fails. Never here: whether a release may be
# installed (ota.py), the words with the cloud (updating.py), what is being loaded (landing.py).
#
#   /floor.0, /floor.1 the highest release that was ever confirmed, and what was tried in vain; two copies
import hashlib
import struct

from landing import Landing

IMAGE = 99  # no reason: an image of MicroPython is on trial, or was
TRIED = 4  # releases whose failures are remembered
FLOOR = ">4sI8sB"  # "IOFL" release identity count, then {release4 times1}, then the first 8 bytes of their SHA-256


class Slots(Landing):
    # -- which slot runs

    def record(self):
        # (state, boots, why) of /active: k kept, w watched, t on trial; why: the reason of the last revert, or 0.
        try:
            slot, state, boots, _, why = self.read("active").decode().split()
            return (state, int(boots), int(why)) if slot == self.running else ("k", 0, 0)
        except Exception:
            return "k", 0, 0

    def try_out(self, release):
        # From the next start on the idle slot runs, on trial; that it was tried is known before.
        self.count(release)
        self._name(self.idle, "t", 0)

    def count(self, release):
        # It is about to be tried, and so far in vain.
        floor, identity, tried = self.floor()
        tried[release] = min(tried.get(release, 0) + 1, 255)
        self.keep_floor(floor, identity, tried)

    def confirm(self):
        # What runs is good; the other slot stays, in case that was too soon, and how often it was tried stays known.
        found = self.release_of(self.running)
        floor, _, tried = self.floor()
        if found and found[0] > floor:
            self.keep_floor(found[0], found[1], tried)
        self._name(self.running, "w", 0)

    def stood(self):
        # For so long that the other slot may be given up for an update: "1" in the place of boots says so from now on.
        self._name(self.running, "w", 0, 1)

    def revert(self, why):
        # From the next start on the other slot runs again; it tells why.
        self._name(self.idle, "k", why)

    def told(self):
        # The reason of the last revert needs no telling any more.
        self._name(self.running, "k", 0)

    def wait_for_image(self, waits):
        # The next start has to look what became of it, or need not any more.
        state, boots, _ = self.record()
        self._name(self.running, state, IMAGE if waits else 0, boots)

    def _name(self, slot, state, why, boots=0):
        self.put("active", ("%s %s %d - %d" % (slot, state, boots, why)).encode())

    def release_of(self, slot):
        # (counter, identity) by the slot's table, None where there is none.
        table = self.read(slot + "/files")
        if table[:4] != b"IOSL" or len(table) < 17:
            return None
        return struct.unpack(">I", table[4:8])[0], table[8:16]

    # -- the highest release that was ever confirmed

    def floor(self):
        # (release, identity, {release: times tried in vain})
        best = (0, bytes(8), {})
        for copy in ("floor.0", "floor.1"):
            found = _floor(self.read(copy))
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


def _floor(data):
    size = struct.calcsize(FLOOR)
    if len(data) < size + 8 or data[:4] != b"IOFL" or hashlib.sha256(data[:-8]).digest()[:8] != data[-8:]:
        return None
    _, release, identity, count = struct.unpack(FLOOR, data[:size])
    if len(data) != size + 5 * count + 8:
        return None
    tried = [struct.unpack(">IB", data[size + 5 * i : size + 5 * i + 5]) for i in range(count)]
    return release, identity, dict(tried)
