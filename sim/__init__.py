"""The unit without the board: real MicroPython runs the real firmware; only what has no hardware here is stood in for."""
