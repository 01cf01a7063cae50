"""A database with a table of notes beside the log: what is written together, and what is found of it.

Never here: what should become of any of it.
"""

from pathlib import Path

from cloud import database
from cloud.chain import Draft, Entry, Head, verify
from cloud.log_store import Reader

INSERT = "INSERT INTO notes (id, what) VALUES (?, ?)"
IGNORE = "INSERT OR IGNORE INTO notes (id, what) VALUES (?, ?)"
NOW = 1_767_225_600_000


def notebook(tmp_path: Path) -> Path:
    database.migrate(tmp_path / "iomando.db")
    with database.connect(tmp_path / "iomando.db") as connection:
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, what TEXT NOT NULL)")
    connection.close()
    return tmp_path / "iomando.db"


def draft(number: int, place: str = "house") -> Draft:
    return Draft(place, number, "press", operation=str(number))


def notes(path: Path) -> dict[int, str]:
    with database.connect(path) as connection:
        found = dict(connection.execute("SELECT id, what FROM notes"))
    connection.close()
    return found


def logged(path: Path, place: str = "house") -> list[Entry]:
    """What is there, which must be whole and end where its head says."""
    with Reader(path) as reader:
        entries, head = list(reader.stream(place)), reader.head(place)
    assert verify(entries, head=head or Head(0, bytes(32)), place=place).wrong is None
    return entries
