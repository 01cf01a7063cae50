"""Opens the database file: settings, schema version, backup before a migration. Knows no table by name.

SQLite in WAL with synchronous=FULL: what was acknowledged survives a power cut.
"""

import logging
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

log = logging.getLogger("iomando.database")

BUSY_S = 10  # two connections of ours share the file; neither holds it for more than a commit
CONNECTIONS = 3  # each is a thread with a cache of its own: more of them only take memory
KEPT_BACKUPS = 5


class NewerSchema(Exception):
    """This database was written by a later version of iomando."""


def connect(path: Path) -> sqlite3.Connection:
    """A driver-level connection with the settings that every connection must have; autocommit, explicit
    transactions."""
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)


def engine(path: Path) -> AsyncEngine:
    made = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        hide_parameters=True,
        connect_args={"timeout": BUSY_S},
        pool_size=CONNECTIONS,
        max_overflow=0,
    )

    @event.listens_for(made.sync_engine, "connect")
    def settings(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    event.listen(made.sync_engine, "begin", _begin)
    return made


def reads(engine: AsyncEngine) -> AsyncEngine:
    """The same connections for reading only: they see one moment, and keep nobody from writing."""
    return engine.execution_options(reads=True)


def _begin(connection: sa.Connection) -> None:
    # A reader that turns writer half-way fails on a busy file; taking the lock first waits instead.
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reads") else "BEGIN IMMEDIATE")


def _no_transactions_of_its_own(connection: Any, _record: object) -> None:
    # Left to itself the driver begins none before CREATE TABLE, and a migration that ends half-way stays half-way.
    connection.isolation_level = None


def migrate(path: Path) -> None:
    """Bring the file to this program's schema, whole or not at all. Raises NewerSchema and then has changed nothing."""
    if is_current(path):
        return
    from alembic import command  # 11 MiB of memory that a start without migration does without
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    config = Config()
    config.set_main_option("script_location", str(_migrations()))
    scripts = ScriptDirectory.from_config(config)
    plain = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_S})
    event.listen(plain, "connect", _no_transactions_of_its_own)
    event.listen(plain, "begin", _begin)
    try:
        with plain.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            known = {script.revision for script in scripts.walk_revisions()}
            if current is not None and current not in known:
                raise NewerSchema(
                    f"{path} has schema {current}; this version of iomando knows up to {scripts.get_current_head()}. "
                    "Start the newer version, or put back the backup it made."
                )
            if current == scripts.get_current_head():
                return
            if not new:
                backup(path, current or "none")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
            log.info(
                "schema migrated",
                extra={"from": current, "to": scripts.get_current_head()},
            )
    finally:
        plain.dispose()
    path.chmod(0o600)


def is_current(path: Path) -> bool:
    """Whether the file has this program's schema."""
    return _current(path) == _newest()


def _current(path: Path) -> str | None:
    """The revision a file is at; None: it is not there, or has none."""
    if not path.exists():
        return None
    connection = sqlite3.connect(path, timeout=BUSY_S)
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:  # no such table: a first start that was interrupted
        return None
    finally:
        connection.close()
    return found[0] if found else None


def _newest() -> str:
    """A migration's file begins with its revision."""
    return max(path.name.partition("_")[0] for path in (_migrations() / "versions").glob("*.py"))


def _migrations() -> Path:
    return Path(__file__).parent / "migrations"


def backup(path: Path, label: str) -> Path:
    """A consistent copy beside the file, made before anything is changed; the oldest ones go."""
    folder = path.parent / "backups"
    folder.mkdir(exist_ok=True, mode=0o700)
    numbers = [kept.stem.rpartition("-")[2] for kept in folder.glob("*.db")]
    target = folder / f"{path.stem}-{label}-{1 + max((int(n) for n in numbers if n.isdigit()), default=0):03d}.db"
    partial = target.with_suffix(".partial")
    source, copy = sqlite3.connect(path), sqlite3.connect(partial)
    with source, copy:
        source.backup(copy)
    source.close()
    copy.close()
    shutil.move(partial, target)
    target.chmod(0o600)
    for old in sorted(folder.glob("*.db"), key=lambda p: p.stat().st_mtime)[:-KEPT_BACKUPS]:
        old.unlink()
    return target
