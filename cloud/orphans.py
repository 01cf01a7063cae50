"""Before a service of another version begins: whether it still speaks with every unit. Reads the file as it stands, so
that nothing has been changed when it refuses.
"""

import sqlite3
from collections.abc import Collection
from pathlib import Path

SHOWN = 20  # units that are named


class Orphans(RuntimeError):
    """Units would never be heard again; the message names them and says what to do."""


def check(path: Path, speaks: Collection[int]) -> None:
    """Raises Orphans."""
    if not path.exists():
        return
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT id, wire FROM units WHERE revoked IS NULL AND wire IS NOT NULL").fetchall()
    except sqlite3.OperationalError:  # no such table or column: from before units were asked
        return
    finally:
        connection.close()
    found = sorted(unit for unit, wire in rows if wire not in speaks)
    if found:
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise Orphans(
            f"{len(found)} units speak a version of the wire that this version of iomando does not: "
            f"{', '.join(found[:SHOWN])}{more}. Start the version before, update these units, then come back."
        )
