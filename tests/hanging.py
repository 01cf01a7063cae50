"""The firmware with a trap at every await: the program stops dead at the one that was chosen, once, as a program that
hangs does.

The traps are put in by rewriting the source before it is compiled, so that none is forgotten. Never here: what must
happen then.
"""

import ast
import functools
import tempfile
from pathlib import Path

from sim import flash
from sim.rom import compiled

FIRMWARE = Path(__file__).parent.parent / "firmware"
CHOSEN = "/hang"  # on the unit's flash: the number of the trap that is set; gone once it has snapped. Without it each
# trap tells when it is passed for the first time
TRAP = f"""
import os, time
passed = set()
try:
    with open("{CHOSEN}") as file:
        chosen = int(file.read())
except OSError:
    chosen = None
def at(number, awaited):
    if number == chosen:
        os.remove("{CHOSEN}")
        print("hangs at", number)
        while True:
            time.sleep_ms(1000)
    if chosen is None and number not in passed:
        passed.add(number)
        print("passes", number)
    return awaited
"""


class _Traps(ast.NodeTransformer):
    def __init__(self, name: str, sites: list[str]) -> None:
        self._name, self._sites = name, sites

    def visit_Await(self, node: ast.Await) -> ast.AST:
        self.generic_visit(node)
        number = ast.Constant(len(self._sites))
        self._sites.append(f"{self._name}:{node.lineno}")
        call = ast.Call(ast.Name("_trap_at", ast.Load()), [number, node.value], [])
        return ast.copy_location(ast.Await(call), node)


@functools.cache
def trapped() -> tuple[dict[str, bytes], list[str]]:
    """The files of a unit's flash, and where each trap is, `file.py:line`, by its number."""
    files, sites = dict(flash.firmware_files(FIRMWARE)), []
    with tempfile.TemporaryDirectory(prefix="iomando-traps-") as scratch:
        for source in sorted(FIRMWARE.glob("*.py")):
            if source.name in flash.AT_ROOT:
                continue
            tree = _Traps(source.name, sites).visit(ast.parse(source.read_text()))
            text = "from trap import at as _trap_at\n" + ast.unparse(ast.fix_missing_locations(tree))
            files[f"{flash.SLOT}/{source.stem}.mpy"] = _compiled(Path(scratch) / source.name, text)
        files[f"{flash.SLOT}/trap.mpy"] = _compiled(Path(scratch) / "trap.py", TRAP)
    return files, sites


def _compiled(path: Path, text: str) -> bytes:
    path.write_text(text)
    return compiled(path, path.name)
