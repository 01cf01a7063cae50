"""The step from "a person, a door, from, until" to members and accesses: nobody gains, nobody loses, and it is logged
from there on."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from cloud import access, database, schema
from cloud.policy import Policy
from cloud.store import Store

NOW = 1_790_000_000_000
OLD = """
INSERT INTO places (id, name, zone) VALUES ('home', 'Home', 'Europe/Madrid'), ('work', 'Work', 'UTC');
INSERT INTO people (id, name, language) VALUES ('ana', 'Ana', 'ca'), ('pau', 'Pau', 'es'), ('adm', 'Marta', 'en'),
    ('out', 'Nobody''s', 'en');
INSERT INTO admins (place, person) VALUES ('home', 'adm'), ('home', 'ana');
INSERT INTO units (id) VALUES ('3fa2b81c');
INSERT INTO doors (id, place, name, unit, number, drive, sensor, travel_s, pulse_ms) VALUES
    ('gate', 'home', 'Gate', '3fa2b81c', 0, 'open', 1, 12, 500),
    ('desk', 'work', 'Desk', '3fa2b81c', 1, 'open', 0, 1, 500);
INSERT INTO grants (id, person, door, starts, ends) VALUES ('g1', 'pau', 'gate', NULL, NULL),
    ('g2', 'pau', 'desk', 5, 1790000000001), ('g3', 'ana', 'gate', NULL, 1789999999999);
INSERT INTO sessions (id, token, person, device, created, used) VALUES ('s1', x'01', 'pau', 'phone', 1, 1);
INSERT INTO links (secret, person, expires) VALUES (x'02', 'pau', 9);
INSERT INTO operations (id, press_id, person, session, place, door, unit, action, way, asked, recorded, state)
    VALUES ('op', 'press', 'pau', 's1', 'home', 'gate', '3fa2b81c', 'open', 'post', 1, 2, 'DONE');
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "iomando.db"
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    plain = sqlite3.connect(path)
    plain.executescript(OLD)
    plain.close()
    return path


async def test_whoever_could_open_still_can_and_nobody_else(old: Path) -> None:
    database.migrate(old)
    store = Store(old)
    policy = Policy(store)
    await policy.refresh()
    may = {
        (person, door): access.may_open(person, door, policy.snapshot, NOW).allowed
        for person in ("ana", "pau", "adm", "out")
        for door in ("gate", "desk")
    }
    later = access.may_open("pau", "desk", policy.snapshot, NOW + 1)
    await store.close()

    assert [key for key, allowed in may.items() if allowed] == [("pau", "gate"), ("pau", "desk")]
    assert later.reason == "ended"


async def test_admins_become_owners_and_whoever_has_an_access_a_member(old: Path) -> None:
    database.migrate(old)
    store = Store(old)
    policy = Policy(store)
    await policy.refresh()
    sites = policy.snapshot.sites
    await store.close()

    assert {m.person: (m.role, m.name) for m in sites["home"].members.values()} == {
        "adm": ("owner", "Marta"),
        "ana": ("owner", "Ana"),
        "pau": ("member", "Pau"),
    }
    assert {m.person: m.role for m in sites["work"].members.values()} == {"pau": "member"}


def test_what_is_not_of_this_step_is_as_it_was(old: Path) -> None:
    database.migrate(old)
    connection = sqlite3.connect(old)
    found = {
        "session": connection.execute("SELECT id, person, place, way FROM sessions").fetchall(),
        "link": connection.execute("SELECT person, kind, place FROM links").fetchall(),
        "operation": connection.execute('SELECT id, state, "grant", spent FROM operations').fetchall(),
        "foreign keys": connection.execute("PRAGMA foreign_key_check").fetchall(),
        "gone": connection.execute("SELECT name FROM sqlite_master WHERE name IN ('admins', 'old_grants')").fetchall(),
    }
    connection.close()

    assert found == {
        "session": [("s1", "pau", None, "link")],
        "link": [("pau", "sign-in", None)],
        "operation": [("op", "DONE", None, 0)],
        "foreign keys": [],
        "gone": [],
    }


def test_the_tables_are_those_the_program_speaks_of(old: Path) -> None:
    database.migrate(old)
    connection = sqlite3.connect(old)
    there = {t.name: {row[1] for row in connection.execute(f'PRAGMA table_info("{t.name}")')} for t in _tables()}
    indexes = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    connection.close()

    assert there == {table.name: set(table.c.keys()) for table in _tables()}
    assert {index.name for table in _tables() for index in table.indexes} <= indexes


def _tables() -> list[sa.Table]:
    return list(schema.metadata.sorted_tables)
