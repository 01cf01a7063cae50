# Files of the flash as an update needs them: what is loaded as far as it has come, the idle slot, a file put in one
# step in place of another. Never here: which slot runs, what was tried (slots.py), what is loaded (updating.py).
#
#   /update/N.m, N.b   release N as far as it has come: its signed manifest, its bundle
#   /release.keys      the signed key set that releases are held against: the installer's, or one that followed it
import os

BLOCK = 4096  # bytes, and no two files share one
SPARE = 12  # blocks that the journal and the file system itself may want meanwhile
KEYS = "release.keys"
MOST = 8192  # bytes of what is read in one piece: a manifest at its largest


def manifest_of(release):
    return "update/%d.m" % release


def bundle_of(release):
    return "update/%d.b" % release


class Landing:
    # running: "a" or "b", the slot that this program is in.
    def __init__(self, running, root="/"):
        self.running = running
        self.idle = "b" if running == "a" else "a"
        self.root = root

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
        # What the idle slot held is gone. The slot that runs is never touched, and no crash leads away from it any
        # more: what comes into the other one must not run untried.
        kept = ("%s k 0 - 0" % self.running).encode()
        if self.read("active") != kept:
            self.put("active", kept)
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

    def keep_keys(self, signed):
        self.put(KEYS, signed)

    # -- files

    def read(self, name):
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


def clear(folder):
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        os.remove(folder + "/" + name)
