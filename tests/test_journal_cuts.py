"""Power lost in any flash operation of a run with 200 journalled events: nothing written is lost, doubled or altered.

The run is recorded once, by MicroPython and its littlefs; each start from the surviving bytes is its own (cutting.py).
"""

import subprocess
from pathlib import Path

import pytest

from tools import parts

ROOT = Path(__file__).parent.parent
SAMPLE = 29  # every so many operations in `make test`: 350 starts of 10,000
CHUNKS = 4  # of the whole
TEARS = 3
CHUNK_S = 170


def _starts_after_cuts(first: int, step: int) -> tuple[int, list[str]]:
    """The number of operations of the run; what went wrong after which of them."""
    argv = [*parts.micropython(), "-X", "heapsize=64M", str(ROOT / "tests/on_unit/cutting.py"), str(first), str(step)]
    done = subprocess.run(
        [*argv, str(ROOT / "firmware"), str(ROOT / "sim")], capture_output=True, text=True, timeout=CHUNK_S, check=False
    )
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    operations = int(lines[0])
    expected = len(range(first, operations, step)) * TEARS
    assert lines[-1] == f"done {expected}", [*lines[-5:], done.stderr]
    return operations, lines[1:-1]


def test_power_lost_in_a_sample_of_flash_operations_loses_no_record() -> None:
    operations, harm = _starts_after_cuts(0, SAMPLE)

    assert operations > 2000
    assert harm == []


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_power_lost_in_every_flash_operation_loses_no_record(chunk: int) -> None:
    _, harm = _starts_after_cuts(chunk, CHUNKS)

    assert harm == []
