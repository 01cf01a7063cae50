"""`iomando release …` beside a service: publish, send out, stop, look; and what is refused changes nothing."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cloud.cli import app
from cloud.sealing import sealing_key
from tests.given import inhabited_database
from tests.release_side import Keys, Release
from tests.rollout_side import FILES
from tests.unit_side import UNIT


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    inhabited_database(tmp_path)
    (tmp_path / "keys").mkdir()
    sealing_key(tmp_path / "keys" / "sealing.key")
    monkeypatch.setenv("IOMANDO_HOME", str(tmp_path))
    monkeypatch.setenv("IOMANDO_ADMIN_PORT", "1")  # nothing serves there
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["release", *words])
    return done.exit_code, done.output


def rows(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(home / "iomando.db") as connection:
        return connection.execute(sql).fetchall()


def test_from_a_key_set_to_a_roll_out_and_its_end(home: Path) -> None:
    keys = Keys()
    release = Release(keys, 7, FILES)
    for name, data in (("k", keys.signed), ("m", release.signed), ("b", release.bundle)):
        (home / name).write_bytes(data)

    assert run("keys")[1].startswith("none yet")
    assert run("publish", str(home / "m"), str(home / "b"))[0] == 1, "no keys yet"
    assert "set 1: 1 of 1 must sign" in run("keys", "--add", str(home / "k"))[1]
    assert "release 7 (1.0.7) is published" in run("publish", str(home / "m"), str(home / "b"))[1]
    assert "roll-out 1 of release 7 has begun" in run("roll-out", "7", "--canary", UNIT, "--any-time")[1]
    assert rows(home, "SELECT unit, state FROM rollout_units") == [(UNIT, "waiting")]
    assert "paused, wave 1 (1 waiting)" in run("pause", "1")[1]
    assert f"{UNIT}  wave -  waiting" in run("show", "1")[1]
    assert run("abort", "1")[0] == 0
    code, said = run("resume", "1")
    assert (code, "it is over" in said) == (1, True)
    assert "aborted" in run("list")[1]
    assert rows(home, "SELECT DISTINCT way FROM log WHERE place = ''") == [("command line",)]


@pytest.mark.parametrize("words", [["show", "1"], ["abort", "9"], ["roll-out", "3"], ["publish", "no", "file"]])
def test_what_is_not_there_changes_nothing(home: Path, words: list[str]) -> None:
    code, said = run(*words)

    assert code == 1
    assert said.startswith("iomando: ")
    assert rows(home, "SELECT count(*) FROM log WHERE place = ''") == [(0,)]
