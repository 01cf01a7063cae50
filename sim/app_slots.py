"""The two partitions of a chip for MicroPython's own image, and what its bootloader does with them at each start.

Kept in files beside the flash image. Never here: what is in an image; the program runs the same MicroPython whichever
partition is chosen.
"""

from pathlib import Path

SIZE = 0x180000  # bytes of each: the table of ESP32_GENERIC-OTA
LABELS = ("ota_0", "ota_1")
MAGIC = 0xE9  # the first byte of an image
VALID, NEW, PENDING = "valid", "new", "pending"
CHOICE_BYTES = 16


class AppSlots:
    """`running`: the label of the one that this start runs from."""

    def __init__(self, image: Path) -> None:
        self.folder = image.with_name(image.name + ".app")
        self.folder.mkdir(exist_ok=True)
        for label in LABELS:
            (self.folder / label).write_bytes(b"\xff" * SIZE)
        (self.folder / LABELS[0]).write_bytes(bytes([MAGIC]) + b"\xff" * (SIZE - 1))
        self.running = LABELS[0]
        self._choose(self.running, VALID)

    @property
    def chosen(self) -> tuple[str, str]:
        """The partition that the next start is to run from, and what the bootloader holds of it."""
        label, state = (self.folder / "choice").read_text().split()
        return label, state

    def start(self) -> None:
        """What was named anew is tried once; at any other start it is left again, unless it was confirmed."""
        label, state = self.chosen
        if state == NEW:
            self._choose(label, PENDING)
        elif state == PENDING:
            (label,) = set(LABELS) - {label}
            self._choose(label, VALID)
        self.running = label

    def _choose(self, label: str, state: str) -> None:
        (self.folder / "choice").write_text(f"{label} {state}".ljust(CHOICE_BYTES))
