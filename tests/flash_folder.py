"""The journal's folder on a flash that fails in every way: what `os` and `open` are to it. Not littlefs: an append may
be torn here, and an error may come after the deed.
"""

import errno
import os
from collections.abc import Iterable
from typing import Self

OUTCOMES = ("done", "not done", "half done", "done, then an error", "full", "power gone", "half done, power gone")


class PowerGone(BaseException):
    """Nobody in the program sees this."""


class Folder:
    """`coming`: the outcomes of the next changes; all are done when it is empty. Files are `name -> bytes`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.coming: list[str] = []
        self.made = 0

    def change(self, path: str, new: bytes | None) -> None:
        outcome = self.coming.pop(0) if self.coming else "done"
        old = self.files.get(path, b"")
        if outcome.startswith("half done") and new is not None and new.startswith(old):
            self._put(path, new[: len(old) + (len(new) - len(old)) // 2])
        elif outcome.startswith("done"):
            self._put(path, new)
        if outcome == "full":
            raise OSError(errno.ENOSPC)
        if outcome.endswith("power gone"):
            raise PowerGone
        if outcome != "done":
            raise OSError(errno.EIO)

    def _put(self, path: str, new: bytes | None) -> None:
        if new is None:
            if self.files.pop(path, None) is None:
                raise OSError(errno.ENOENT)
        else:
            self.files[path] = new

    # --- as `os` and `open`

    def mkdir(self, _path: str) -> None:
        raise OSError(errno.EEXIST)

    def ilistdir(self, _path: str) -> Iterable[tuple[str, int, int, int]]:
        return [(path.rpartition("/")[2], 0x8000, 0, len(data)) for path, data in self.files.items()]

    def remove(self, path: str) -> None:
        self.change(path, None)

    def urandom(self, count: int) -> bytes:
        self.made += 1
        return os.urandom(count)

    def open(self, path: str, mode: str) -> "_File":
        if path not in self.files:
            if mode == "rb":
                raise OSError(errno.ENOENT)
            self.change(path, b"")
        return _File(self, path, mode)


class _File:
    """What was written is there when it is closed."""

    def __init__(self, folder: Folder, path: str, mode: str) -> None:
        self._folder, self._path, self._mode = folder, path, mode
        self._data = b"" if mode == "wb" else folder.files[path]
        self._at = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and self._mode != "rb":
            self._folder.change(self._path, self._data)

    def write(self, data: bytes) -> None:
        self._data += data

    def seek(self, at: int) -> None:
        self._at = at

    def read(self, most: int) -> bytes:
        data = self._data[self._at : self._at + most]
        self._at += len(data)
        return data

    def readinto(self, buffer: bytearray) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
