"""A new version of the cloud does not begin where units would never be heard again."""

import sqlite3
from pathlib import Path

import pytest

from cloud.orphans import Orphans, check
from tests.given import inhabited_database
from tests.unit_side import UNIT


def test_units_of_an_older_wire_are_named_and_nothing_is_changed(tmp_path: Path) -> None:
    path = inhabited_database(tmp_path)
    check(path, (1,))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE units SET wire = 1")
    before = path.read_bytes()

    check(path, (1, 2))
    with pytest.raises(Orphans, match=UNIT):
        check(path, (2, 3))

    assert path.read_bytes() == before


def test_a_revoked_unit_a_new_home_and_an_old_database_are_no_reason(tmp_path: Path) -> None:
    check(tmp_path / "nothing.db", (1,))
    path = inhabited_database(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE units SET wire = 1, revoked = 5")
    check(path, (2,))
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.execute("CREATE TABLE units (id TEXT, revoked INTEGER)")

    check(tmp_path / "old.db", (2,))
