"""The flash chip of one board, as the bench sees it: what each block has borne, and where the power is to go.

Never here: the image's files (flash.py), the operations themselves (shims/flash.py).
"""

import struct
from collections import Counter
from pathlib import Path

import msgspec

from sim.shims import flash as shim

NOTHING, PART, GARBAGE = shim.NOTHING, shim.PART, shim.GARBAGE


class Wear(msgspec.Struct, frozen=True):
    """Of one block: how often it was erased, how often written to."""

    erases: int
    writes: int


class FlashChip:
    """`cut`: the power goes in that operation of the next boot, counted from 1, and what is left of it (NOTHING …)."""

    def __init__(self, image: Path) -> None:
        self.done = operations_file(image)
        self.cut: tuple[int, int] | None = None

    @property
    def operations(self) -> int:
        """So many since the image was made: erases and writes."""
        return self.done.stat().st_size // struct.calcsize(shim.DONE) if self.done.exists() else 0

    @property
    def wear(self) -> dict[int, Wear]:
        """Of each block that has borne anything since the image was made."""
        done = self.done.read_bytes() if self.done.exists() else b""
        counts = Counter(word for (word,) in struct.iter_unpack(shim.DONE, done))
        blocks = sorted({word >> 1 for word in counts})
        return {b: Wear(counts[b << 1 | shim.ERASE], counts[b << 1 | shim.WRITE]) for b in blocks}


def operations_file(image: Path) -> Path:
    """Where each operation on this image is written down."""
    return image.with_name(image.name + ".done")
