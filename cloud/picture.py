"""The README's picture of one open, made from the tables of `cloud.operations`, so that it cannot say anything else.

`python -m cloud.picture` prints it as a Mermaid diagram; `python -m cloud.picture README.md` puts it between the two
marks there.
"""

import sys
from pathlib import Path

from cloud.operations import MOVEMENT, TABLE, Movement

BEGIN, END = "<!-- states: made by cloud/picture.py -->", "<!-- end of states -->"


def picture() -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += ["    [*] --> REFUSED: the rule said no", "    [*] --> SENT: on disk, on its way"]
    lines += [f"    {before} --> {after}: {event.value}" for (before, event), after in TABLE.items()]
    lines.append("    state DONE {")
    lines.append(f"        [*] --> {Movement.AWAITED}: the door has a sensor")
    lines += [f"        {before} --> {after}: {seen.value}" for (before, seen), after in MOVEMENT.items()]
    lines += ["    }", "```"]
    return "\n".join(lines)


def put(text: str) -> str:
    """`text` with the picture between its two marks."""
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    return f"{text[:start]}\n\n{picture()}\n\n{text[end:]}"


def main() -> int:
    if len(sys.argv) == 1:
        sys.stdout.write(picture() + "\n")
        return 0
    path = Path(sys.argv[1])
    path.write_text(put(path.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
