"""The folder where everything is kept, and the lock that lets one service use it at a time."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class InUse(Exception):
    """Another iomando is running on this folder."""


class Home:
    """`with Home(path) as home:` makes the folder (0700) and holds its lock; the system lets go of it however we
    end."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.keys = self.path / "keys"
        self.database = self.path / "iomando.db"
        self._lock: int | None = None

    def __enter__(self) -> Self:
        for folder in (self.path, self.keys):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(lock, 20).decode().strip() or "unknown"
            os.close(lock)
            raise InUse(
                f"{self.path} is in use by process {owner}. Stop that one, or give another folder in IOMANDO_HOME."
            ) from error
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock = lock
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
