"""The database's file: never touched by an older program, never changed without a copy, never half migrated."""

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from cloud import database, release_schema, schema
from cloud.commit import GroupCommit

MIGRATIONS = Path(database.__file__).parent / "migrations"
NEXT = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "0006", "0005", None, None
def upgrade():
    op.create_table("parcels", sa.Column("id", sa.Text, primary_key=True))
    with op.batch_alter_table("places") as table:
        table.add_column(sa.Column("floor", sa.Integer))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "iomando.db"


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """later(source): from here on the program has one more migration."""

    def program(source: str) -> None:
        folder = tmp_path / "later"
        shutil.copytree(MIGRATIONS, folder / "migrations", dirs_exist_ok=True)
        (folder / "migrations" / "versions" / "0006_next.py").write_text(source)
        monkeypatch.setattr(database, "__file__", str(folder / "database.py"))

    return program


def ask(path: Path, sql: str) -> list:
    connection = sqlite3.connect(path)
    found = connection.execute(sql).fetchall()
    connection.commit()
    connection.close()
    return found


def tables(path: Path) -> set[str]:
    return {name for (name,) in ask(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}


def backups(path: Path) -> list[Path]:
    return sorted((path.parent / "backups").glob("*.db"))


def with_a_place(path: Path) -> Path:
    database.migrate(path)
    ask(path, "INSERT INTO places (id, name, zone) VALUES ('home', 'Home', 'UTC')")
    return path


# -- migrations


def test_a_new_database_has_the_tables_that_the_program_speaks_of(path: Path) -> None:
    database.migrate(path)

    made = sa.MetaData()
    engine = sa.create_engine(f"sqlite:///{path}")
    made.reflect(engine)
    engine.dispose()
    assert release_schema.metadata is schema.metadata
    expected = {t.name: {c.name for c in t.columns} for t in schema.metadata.tables.values()}
    found = {t.name: {c.name for c in t.columns} for t in made.tables.values() if t.name != "alembic_version"}
    assert found == expected


def test_a_database_is_for_its_owner_only(path: Path) -> None:
    database.migrate(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_database_that_is_up_to_date_is_left_alone(path: Path) -> None:
    with_a_place(path)
    before = path.read_bytes()

    database.migrate(path)

    assert path.read_bytes() == before
    assert backups(path) == []


def test_a_database_of_a_later_program_is_refused_and_not_touched(path: Path) -> None:
    with_a_place(path)
    ask(path, "UPDATE alembic_version SET version_num = '0099'")
    before = path.read_bytes()

    with pytest.raises(database.NewerSchema, match=r"0099.*newer version"):
        database.migrate(path)
    assert path.read_bytes() == before
    assert backups(path) == []


def test_before_a_migration_a_copy_is_made(path: Path, later) -> None:
    with_a_place(path)
    later(NEXT)

    database.migrate(path)

    (copy,) = backups(path)
    assert ask(path, "SELECT id, floor FROM places") == [("home", None)]
    assert ask(copy, "SELECT version_num FROM alembic_version") == [("0005",)]
    assert ask(copy, "SELECT id FROM places") == [("home",)]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_migration_that_fails_half_way_leaves_what_was(path: Path, later) -> None:
    with_a_place(path)
    before = tables(path)
    later(NEXT + "    raise RuntimeError('power cut')\n")

    with pytest.raises(RuntimeError, match="power cut"):
        database.migrate(path)

    assert tables(path) == before
    assert ask(path, "SELECT version_num FROM alembic_version") == [("0005",)]
    assert len(backups(path)) == 1
    later(NEXT)
    database.migrate(path)
    assert ask(path, "SELECT id, floor FROM places") == [("home", None)]


def test_a_first_start_that_was_interrupted_starts_again(path: Path, later) -> None:
    later(NEXT + "    raise RuntimeError('power cut')\n")
    with pytest.raises(RuntimeError, match="power cut"):
        database.migrate(path)

    later(NEXT)
    database.migrate(path)

    assert "parcels" in tables(path)


def test_the_newest_copies_are_kept_and_none_replaces_another(path: Path) -> None:
    database.migrate(path)
    made = [database.backup(path, "0001") for _ in range(database.KEPT_BACKUPS + 4)]

    assert len(set(made)) == len(made)
    assert set(backups(path)) == set(made[-database.KEPT_BACKUPS :])
    assert not list(path.parent.glob("backups/*.partial"))


# -- connections


async def test_every_connection_of_the_engine_is_as_safe_as_the_commits(path: Path) -> None:
    database.migrate(path)
    engine = database.engine(path)
    async with engine.connect() as connection:
        pragmas = [
            await connection.exec_driver_sql(f"PRAGMA {n}") for n in ("journal_mode", "synchronous", "foreign_keys")
        ]
        found = [row.scalar() for row in pragmas]
    await engine.dispose()

    assert found == ["wal", 2, 1]


async def test_a_row_that_refers_to_nothing_is_refused(path: Path) -> None:
    database.migrate(path)
    commits = GroupCommit(path)

    with pytest.raises(sqlite3.IntegrityError):
        await commits.write("INSERT INTO groups (id, place, name) VALUES ('g', 'nowhere', 'x')")
    await commits.close()


async def test_a_reader_that_turns_writer_waits_for_the_commits(path: Path) -> None:
    with_a_place(path)
    engine, commits = database.engine(path), GroupCommit(path)
    async with engine.begin() as connection:
        await connection.execute(sa.select(schema.places))
        assert connection.sync_connection is not None
        begun = connection.sync_connection.connection.dbapi_connection
        assert begun is not None
        other = database.connect(path)
        other.execute("PRAGMA busy_timeout = 0")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
        await connection.execute(schema.places.update().values(policy=7))
    await commits.write("UPDATE places SET policy = policy + 1")
    await commits.close()
    await engine.dispose()

    assert ask(path, "SELECT policy FROM places") == [(8,)]
