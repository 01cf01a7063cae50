"""Small programs on simulated boards, for the tests of the bench itself. Never here: the firmware."""

from pathlib import Path
from typing import Any

from sim import flash
from sim.board import Board

UNIT = "3fa2b81c"
TOGGLE = {"drive": "toggle", "relay": 18, "closed_contact": 32, "open_contact": 33, "travel_s": 0.2}


def board_with(folder: Path, program: str, *, boot: str = "", doors: Any = (), boot_ms: int = 10, **settings: Any) -> Board:
    """A board whose flash holds this main.py (and boot.py). It boots at once, as a real one would not."""
    image = folder / f"{len(list(folder.iterdir()))}.flash"
    flash.write(image, {"/main.py": program.encode(), "/boot.py": boot.encode()})
    return Board(image, UNIT, doors, boot_ms=boot_ms, **settings)
