"""A source changed in places without moving a line. Never here: which places."""

import ast
from collections.abc import Iterable
from itertools import accumulate

Change = tuple[int, int, str]  # from and to, in bytes of the text, and what comes there


class Places:
    """Where the nodes of a text's tree stand in it."""

    def __init__(self, text: str) -> None:
        self.data = text.encode()
        self._lines = [0, *accumulate(map(len, self.data.splitlines(keepends=True)))]

    def span(self, node: ast.stmt | ast.expr | ast.arg) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.lineno - 1] + node.col_offset, self._lines[node.end_lineno - 1] + node.end_col_offset

    def changed(self, changes: Iterable[Change]) -> str:
        """With all of them but those that lie within another; what follows stays on its lines."""
        out, done = b"", 0
        for first, last, new in sorted(changes, key=lambda one: (one[0], -one[1])):
            if first >= done:
                gap = b"\n" * self.data[first:last].count(b"\n")
                out, done = out + self.data[done:first] + new.encode() + gap, last
        return (out + self.data[done:]).decode()
