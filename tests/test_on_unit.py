"""What the firmware's files do, by tests that run on MicroPython, and on CPython too where nothing stands in the way.

The tests are the functions of tests/on_unit/*.py; a file that holds ONLY_ON_UNIT runs on MicroPython only.
"""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

from tools import parts

HERE = Path(__file__).parent / "on_unit"
FIRMWARE = HERE.parent.parent / "firmware"
FILE_S = 60  # seconds for all tests of one file; the slowest takes a few


def _tests() -> list[tuple[str, str, str]]:
    found = []
    for source in sorted(HERE.glob("*.py")):
        if source.name == "run.py":
            continue
        top = ast.parse(source.read_text()).body
        names = {t.id for n in top if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
        interpreters = ("micropython",) if "ONLY_ON_UNIT" in names else ("micropython", "cpython")
        functions = [n.name for n in top if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        found += [
            (source.stem, interpreter, function)
            for interpreter in interpreters
            for function in functions
            if function.startswith("test_")
        ]
    return found


@functools.cache
def _results(file: str, interpreter: str) -> dict[str, str]:
    """Each test's name -> nothing, or what went wrong."""
    argv = [*parts.micropython(), "-X", "heapsize=4M"] if interpreter == "micropython" else [sys.executable, "-B"]
    paths = [str(FIRMWARE), str(parts.umqtt())]
    done = subprocess.run(
        [*argv, str(HERE / "run.py"), file, *paths], capture_output=True, text=True, timeout=FILE_S, check=False
    )
    results: dict[str, str] = {}
    name = None
    for line in done.stdout.splitlines():
        if line.startswith(("ok ", "no ")):
            name = line[3:]
            results[name] = "" if line.startswith("ok") else "failed"
        elif name is not None and line.startswith("    "):
            results[name] += "\n" + line
    if done.returncode:
        results["died"] = done.stdout[-2000:] + done.stderr[-2000:]
    return results


@pytest.mark.parametrize(("file", "interpreter", "test"), _tests())
def test_on(file: str, interpreter: str, test: str) -> None:
    results = _results(file, interpreter)

    wrong = results.get(test, "did not run: " + results.get("died", "nothing was said"))
    assert not wrong, wrong
