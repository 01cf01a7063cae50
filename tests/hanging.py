"""The firmware with a trap at every await: the program stops dead at the one that was chosen, once, as a program that
hangs does.

The traps are put in by rewriting the source before it is compiled, so that none is forgotten. Never here: what must
happen then.
"""

import ast
import functools
from pathlib import Path

from sim import flash
from tools import build

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
def trap_at(number, awaited):
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
        call = ast.Call(ast.Name("trap_at", ast.Load()), [number, node.value], [])
        return ast.copy_location(ast.Await(call), node)


@functools.cache
def trapped() -> tuple[dict[str, bytes], list[str]]:
    """The files of a unit's flash, and where each trap is, `file.py:line`, by its number."""
    texts, sites = {"trap.py": TRAP}, []
    for source in sorted(FIRMWARE.glob("*.py")):
        texts[source.name] = source.read_text()
        if source.name not in build.AT_ROOT:
            tree = _Traps(source.name, sites).visit(ast.parse(texts[source.name]))
            texts[source.name] = "from trap import trap_at\n" + ast.unparse(ast.fix_missing_locations(tree))
    return flash.firmware_of(texts), sites
