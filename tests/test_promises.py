"""docs/promises.md claims only what a test shows."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
PROMISES = (TESTS.parent / "docs" / "promises.md").read_text()


def names_of_tests() -> set[str]:
    return {
        node.name
        for path in TESTS.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def test_every_test_that_a_promise_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PROMISES))

    assert named
    assert named - names_of_tests() == set()


def test_every_promise_names_a_test_or_says_that_it_is_not_built() -> None:
    rows = re.findall(r"^\| (\d+) \|(.*)$", PROMISES, re.MULTILINE)

    assert [int(number) for number, _ in rows] == list(range(1, 15))
    for number, row in rows:
        assert "`test_" in row or "not built" in row or "one machine only" in row, number
