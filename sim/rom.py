"""What the simulated chip holds besides its flash: the shims and what is frozen into MicroPython's image, compiled.

Made once per process in a folder of its own that goes with the process. Never here: firmware (flash.py).
"""

import atexit
import functools
import tempfile
from pathlib import Path

from tools import parts
from tools.build import bytecode

HERE = Path(__file__).parent
FROZEN = ("umqtt/simple.py",)  # of what an official ESP32 image has and the unix port lacks: what the firmware uses


@functools.cache
def compiled(source: Path, name: str) -> bytes:
    """The .mpy of a Python file; `name` is what tracebacks call it."""
    return bytecode(source.read_text(), name)


class Rom:
    """Folders of the compiled shims and of the frozen libraries."""

    def __init__(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="iomando-rom-")
        atexit.register(folder.cleanup)
        root = Path(folder.name)
        self.path, self.frozen = root / "shims-path", root / "frozen"
        for source in sorted((HERE / "shims").glob("*.py")):
            self._put(self.path / "shims" / source.with_suffix(".mpy").name, source, f"shims/{source.name}")
        # that one is loaded after the start, when only this folder is left of the host
        self._put(self.frozen / "_partition.mpy", HERE / "shims/partition.py", "shims/partition.py")
        for name in FROZEN:
            self._put((self.frozen / name).with_suffix(".mpy"), parts.umqtt() / name, name)

    @staticmethod
    def _put(target: Path, source: Path, name: str) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(compiled(source, name))


@functools.cache
def rom() -> Rom:
    return Rom()
