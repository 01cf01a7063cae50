"""The unit without the board: real MicroPython, the real firmware, and stand-ins only for what has no hardware here."""
