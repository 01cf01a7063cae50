# Runs on MicroPython: the unit's own files take a release from a folder, from the offer to the restart into the idle
# slot. `take.py FIRMWARE ROOT BOARD RUNNING RELEASE KEY_SET MAJOR MINOR`; ROOT holds release.keys and what a cloud has,
# in cloud/. Prints "state reason" of each UPDATE_STATE, then "slot" and what /active says. Never here: a check of our
# own.
import asyncio
import sys

firmware, root, board = sys.argv[1:4]
running, release, key_set, major, minor = [int(word) for word in sys.argv[4:9]]
sys.path.insert(0, firmware)

import slots
import wire
from ota import Facts
from updating import Updating

PARTS = {wire.MANIFEST: "%d.manifest", wire.BUNDLE: "%d.bundle", wire.KEY_SET: "%d.keys"}


def read(part, of):
    try:
        with open(root + "cloud/" + PARTS[part] % of, "rb") as file:
            return file.read()
    except OSError:
        return b""


async def main():
    ended = asyncio.Event()
    pads = wire.direction_pads(bytes(32), bytes(4))[0]

    def say(build, *fields):
        if build is wire.block_wanted:
            part, of, offset, length = fields
            whole = read(part, of)
            data = whole[offset : offset + length]
            updating.on_block(wire.block(pads, 0, bytes(4), part, of, offset, len(whole), data))
        else:
            print("state", fields[1], fields[2])
        return True

    store = slots.Slots("a", root)
    mpy = sys.implementation._mpy
    about = ((mpy & 0xFF, mpy >> 8 & 3), (major, minor))

    def facts():
        return Facts(board, (running, bytes(8)), store.floor()[:2], store.floor()[2], *about, store.free(), 0)

    updating = Updating(store, facts, say, lambda: True, ended.set, lambda loaded: ended.set())
    updating.begun(release, len(read(wire.MANIFEST, release)))
    await ended.wait()
    print("active", store.read("active").decode())


asyncio.run(main())
