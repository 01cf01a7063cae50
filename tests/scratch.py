"""Where tests keep their files: in memory, where there is enough of it. Most of what they would wait for otherwise is a
disk that makes sure of each commit; a process that is killed loses nothing of what it wrote to either.

Whoever sets PYTEST_DEBUG_TEMPROOT has decided otherwise. Never here: a test.
"""

import os
from pathlib import Path

IN_MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 4 << 30  # a run of all tests leaves a sixth of it
TEMPROOT = "PYTEST_DEBUG_TEMPROOT"


def choose() -> None:
    """Before pytest makes its folder; programs are run from there, too."""
    if TEMPROOT not in os.environ and IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK):
        room = os.statvfs(IN_MEMORY)
        if room.f_bavail * room.f_frsize >= ENOUGH_BYTES and not room.f_flag & os.ST_NOEXEC:
            os.environ[TEMPROOT] = str(IN_MEMORY)
