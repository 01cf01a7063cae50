# Runs on MicroPython: the unit's own files take a release from a folder, from the offer to the restart into the idle
# slot, or onto the image in the idle partition.
# `take.py FIRMWARE ROOT BOARD RUNNING RELEASE KEY_SET MAJOR MINOR SHIMS`; ROOT holds release.keys and what a cloud has,
# in cloud/; for an image also the two partitions and the bootloader's choice.
# Prints "state" and its reason of each UPDATE_STATE, then "active" and what /active says, "boots" and what is chosen.
# Never here: a check of our own.
import asyncio
import sys

firmware, root, board = sys.argv[1:4]
running, release, key_set, major, minor = [int(word) for word in sys.argv[4:9]]
shims = sys.argv[9]
sys.path.insert(0, firmware)

import slots
import wire
from ota import Facts
from updating import Updating

PARTS = {wire.MANIFEST: "%d.manifest", wire.BUNDLE: "%d.bundle", wire.KEY_SET: "%d.keys"}


def read(part, of, offset, length):
    # (bytes of all of it, those that are wanted): an image is larger than the heap.
    try:
        with open(root + "cloud/" + PARTS[part] % of, "rb") as file:
            size = file.seek(0, 2)
            file.seek(offset)
            return size, file.read(length)
    except OSError:
        return 0, b""


def chip():
    # No others of the shims: they would stand before the unit's modules.
    sys.path.append(shims)
    import partition

    sys.path.remove(shims)
    partition.files = {name: open(root + name, "r+b") for name in ("ota_0", "ota_1", "choice")}
    partition.running = "ota_0"
    return None, partition


async def main():
    ended = asyncio.Event()
    pads = wire.direction_pads(bytes(32), bytes(4))[0]

    def say(build, *fields):
        if build is wire.block_wanted:
            part, of, offset, length = fields
            size, data = read(part, of, offset, length)
            updating.on_block(wire.block(pads, 0, bytes(4), part, of, offset, size, data))
        else:
            print("state", fields[1], fields[2])
        return True

    store = slots.Slots("a", root)
    mpy = sys.implementation._mpy
    about = ((mpy & 0xFF, mpy >> 8 & 3), (major, minor))

    def facts():
        return Facts(board, (running, bytes(8)), store.floor()[:2], store.floor()[2], *about, store.free(), 0)

    updating = Updating(store, facts, say, lambda: True, ended.set, lambda loaded: ended.set(), chip)
    updating.begun(release, read(wire.MANIFEST, release, 0, 0)[0])
    await ended.wait()
    print("active", store.read("active").decode())
    print("boots", store.read("choice").decode())


asyncio.run(main())
