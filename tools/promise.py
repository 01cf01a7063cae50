"""`make promise N=2`: the tests that show one promise of docs/promises.md, run now.

Never here: what is promised, and which tests show it; both stand in that table.
"""

import re
import sys

import pytest

from tools.cache import ROOT

PROMISES = ROOT / "docs" / "promises.md"


def shown_by(number: int, table: str) -> tuple[str, list[str]]:
    """The promise's words and the names of its tests. KeyError: there is none of this number."""
    for row in re.findall(r"^\|(.+)\|$", table, re.MULTILINE):
        cells = [cell.strip() for cell in row.split("|")]
        if cells[0] == str(number):
            return cells[1], re.findall(r"`(test_\w+)`", cells[2])
    raise KeyError(number)


def main() -> int:
    try:
        words, names = shown_by(int(sys.argv[1]), PROMISES.read_text())
    except (IndexError, ValueError, KeyError):
        print("Say which: make promise N=1 … N=14; they stand in docs/promises.md", file=sys.stderr)
        return 2
    print(f"\n  {sys.argv[1]}. {words}\n")
    if not names:
        print("  Nothing shows this yet: docs/promises.md says why.\n")
        return 1
    return pytest.main(["-q", "-m", "not long", "-k", " or ".join(names), str(ROOT / "tests")])


if __name__ == "__main__":
    sys.exit(main())
