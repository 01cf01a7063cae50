"""What the unit's flash bears: the firmware's own journal on MicroPython's littlefs, each erase of a block counted.

The flash is as large and as full as a unit's. Never here: how long anything takes.
"""

import subprocess
from pathlib import Path

from bench.figures import Figures
from sim import flash
from sim.flash_chip import FlashChip
from sim.rom import rom
from tools import parts

FIRMWARE = Path(__file__).parent.parent / "firmware"
FILE_SYSTEM = 960 * 1024  # bytes, of the official image with two slots on 4 MB of flash
ENDURANCE = 100_000  # erases of a block, as makers of NOR flash promise
OPENS_A_DAY = 100
FREE_AT_LEAST = 64 * 1024  # bytes of an update that lies beside the firmware in use: what is free has to bear it all
RUN_S = 240

# an open leaves one record, which has been sent and acknowledged before the next
_RUN = """
import sys, vfs, struct
sys.path[:] = [PATH, FIRMWARE]
from shims.flash import Flash
vfs.mount(Flash(open(IMAGE, 'r+b'), SIZE, open(DONE, 'ab')), '/unit')
import events
from journal import Journal
journal = Journal('/unit/', lambda: 1, b'an epoch', 1)
for i in range(OPENS):
    number = journal.write(events.COIL, 0, 0, struct.pack('>Q', i))
    batch = journal.batch()
    assert batch[1] + len(batch[4]) // 16 == number + 1
    journal.acked(batch[0], number)
assert not journal.fault
"""


def measure(home: Path, opens: int) -> Figures:
    home.mkdir(parents=True)
    image = home / "unit.flash"
    files = flash.firmware_files(FIRMWARE)
    flash.write(image, files | {"/b/other": bytes(FREE_AT_LEAST)}, FILE_SYSTEM)
    chip = FlashChip(image)
    paths = f"PATH, FIRMWARE, IMAGE, DONE = {[str(rom().path), str(FIRMWARE), str(image), str(chip.done)]!r}\n"
    program = f"{paths}SIZE, OPENS = {FILE_SYSTEM}, {opens}\n{_RUN}"
    argv = [*parts.micropython(), "-X", "heapsize=2M", "-c", program]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=RUN_S, check=False)
    if done.returncode or done.stderr:
        raise RuntimeError(f"the journal did not bear {opens} opens: {(done.stderr or done.stdout)[-500:]}")
    erases = [block.erases for block in chip.wear.values()]
    worst = max(erases) / opens
    return {
        "flash_erases_per_1000_opens": 1000 * sum(erases) / opens,
        "flash_worst_block_erases_per_1000_opens": 1000 * worst,
        "flash_years": ENDURANCE / (worst * OPENS_A_DAY * 365),
    }
