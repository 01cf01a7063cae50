# From reset to the REPL, as the ESP32 does it: file system, boot.py, main.py, then wait for ever; the watchdog bites if
# armed. Run as: -m shims.start IMAGE SIZE REQUESTS INTERRUPTS FROZEN. Never here: what boot.py and main.py do.

import gc

gc.collect()
_bare = gc.mem_alloc()

import json
import os
import struct
import sys

import vfs
from shims import _asyncio, calls, esp32, host, machine, network, select, socket, time, tls
from shims.flash import Flash

_COMPLAINT_S = 3


def _replace_modules():
    for module in (_asyncio, esp32, machine, network, select, socket, time, tls):
        name = module.__name__.split(".")[-1]
        sys.modules[name] = module
        sys.modules["u" + name] = module


def _set_clock_and_causes():
    setup = json.loads(host.ask_long(calls.HELLO))
    time.begin(setup["scale"], setup["zero_us"], setup["ticks_us"], setup["rtc_us"])
    machine.begin(setup["cause"], bytes(setup["mac"]), tuple(setup["release"]))
    host.woken = open(setup["woken"], "ab")
    if setup["app"]:
        folder, running = setup["app"]
        esp32.app = ({name: open(folder + "/" + name, "r+b") for name in ("ota_0", "ota_1", "choice")}, running)
    return open(setup["flash_done"], "ab"), setup["flash_cut"]


# As the board's own start-up: a blank flash is formatted, a damaged file system is told for ever.
def _mount(image, size, frozen, done, cut):
    device = Flash(open(image, "r+b"), size, done, cut, lambda: host.ask(calls.POWER_GONE))
    vfs.umount("/")
    try:
        files = vfs.VfsLfs2(device)
    except OSError:
        while not device.blank():
            print("The filesystem appears to be corrupted.")
            time.sleep(_COMPLAINT_S)
        vfs.VfsLfs2.mkfs(device)
        files = vfs.VfsLfs2(device)
    vfs.mount(files, "/")
    vfs.mount(frozen, "/frozen")
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/frozen", "/lib"]
    sys.argv[:] = []


def _patch_asyncio():
    import asyncio
    import asyncio.event

    asyncio.ThreadSafeFlag = asyncio.event.ThreadSafeFlag = select.ThreadSafeFlag


def _run(name, scope):
    try:
        os.stat(name)
    except OSError:
        return
    try:
        execfile(name, scope)
    except Exception as error:
        sys.print_exception(error)
    except SystemExit:
        host.ask(calls.SOFT_RESET)  # what leaving main.py by sys.exit() means on the board


def main():
    image, size, requests, interrupts, frozen = sys.argv[1:]
    host.open_sockets(int(requests), int(interrupts))
    select.begin()
    done, cut = _set_clock_and_causes()
    _replace_modules()
    gc.collect()
    host.tell(calls.SHIM_HEAP, struct.pack("<I", gc.mem_alloc() - _bare))
    _patch_asyncio()
    _mount(image, int(size), vfs.VfsPosix(frozen), done, cut)
    gc.collect()
    scope = {"__name__": "__main__"}
    _run("boot.py", scope)
    _run("main.py", scope)
    print("MicroPython waits for a person at its console")
    while True:
        select.wait(-1)


main()
