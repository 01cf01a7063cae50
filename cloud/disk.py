"""How full the disk is, and the reserve that keeps opens recordable when it is. Writes nothing else.

80 %: health says so. 95 %: what is not an open is refused. Full: the reserve is given up, which makes room for a last
stretch of records; when that is used too, opens are refused with that reason.
"""

import logging
import os
import shutil
from pathlib import Path

log = logging.getLogger("iomando.disk")

WARN_AT = 0.80
SHED_AT = 0.95
_MB = 1024 * 1024


class Disk:
    def __init__(self, folder: Path, reserve_mb: int) -> None:
        self._folder, self._reserve, self._size = (
            folder,
            folder / "reserve",
            reserve_mb * _MB,
        )

    def used(self) -> float:
        """The share of the disk in use, 0 to 1."""
        usage = shutil.disk_usage(self._folder)
        return 1 - usage.free / usage.total

    def sheds(self) -> bool:
        """Whether writes other than opens are to be refused."""
        return self.used() >= SHED_AT

    def reserved(self) -> bool:
        return self._reserve.exists()

    def keep(self) -> None:
        """Set the reserve aside, if there is room for it twice."""
        if self.reserved() or shutil.disk_usage(self._folder).free < 2 * self._size:
            return
        partial = self._reserve.with_suffix(".partial")
        try:
            with partial.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError:
            partial.unlink(missing_ok=True)  # half a reserve would take the last room and be none
            raise
        partial.rename(self._reserve)

    def give_up(self) -> bool:
        """Free the reserve for records; False when it was gone already."""
        if not self.reserved():
            return False
        self._reserve.unlink()
        log.critical("disk full: the reserve for recording opens is in use now; make room")
        return True
