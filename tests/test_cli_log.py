"""`iomando log`: says whether a log is whole, shows it, copies it; beside a running service, and writes nothing."""

import asyncio
import csv
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cloud import database
from cloud.chain import Draft, Entry, after
from cloud.cli import app
from cloud.commit import GroupCommit
from cloud.log_store import append_now

NOW = 1_767_225_600_000  # 2026-01-01 in UTC
Iomando = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    database.migrate(tmp_path / "iomando.db")
    sql(
        tmp_path,
        "INSERT INTO places (id, name, zone) VALUES ('h1', 'House', 'Europe/Madrid'), ('s1', 'Street', 'UTC'), "
        "('t1', 'Twin', 'UTC'), ('t2', 'Twin', 'UTC')",
    )
    sql(
        tmp_path,
        "INSERT INTO people (id, name, language) VALUES ('ana', 'Ana Puig', 'ca'), ('eve', '\x1b[2J=Eve', 'en')",
    )
    return tmp_path


@pytest.fixture
def iomando(home: Path) -> Iomando:
    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["log", *words], env={"IOMANDO_HOME": str(home)})

    return run


def sql(home: Path, statement: str, *parameters: object) -> None:
    with database.connect(home / "iomando.db") as connection:
        connection.execute(statement, parameters)
    connection.close()


def write(home: Path, place: str, count: int, who: str = "ana") -> list[Entry]:
    connection = database.connect(home / "iomando.db")
    connection.execute("BEGIN IMMEDIATE")
    some = [Draft(place, NOW + n, "press", who, "s", "app", detail={"n": n}) for n in range(count)]
    entries = append_now(connection, some, lambda: NOW)
    connection.execute("COMMIT")
    connection.close()
    return entries


def state(home: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in home.glob("*.db")}


# -- verify


def test_a_whole_log_is_said_to_be_whole_with_its_head(home: Path, iomando: Iomando) -> None:
    entries = write(home, "h1", 1234)
    (first,) = write(home, "", 1)

    result = iomando("verify")

    assert result.exit_code == 0
    assert f"House: 1,234 entries, whole; head {after(entries[-1])}" in result.output.splitlines()
    assert f"installation: 1 entries, whole; head {after(first)}" in result.output.splitlines()
    assert f"Street: 0 entries, whole; head 0:{'0' * 64}" in result.output.splitlines()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE log SET who = 'eve' WHERE n = 7", "entry 7: its content, or the hash beside it"),
        ("DELETE FROM log WHERE n = 7", "entry 7: it is missing (the next one is 8)"),
        ("DELETE FROM log WHERE n > 17", "entry 18: it is missing (the chain was cut after 17; its head says 20)"),
        ("DELETE FROM log", "entry 1: it is missing (the chain was cut after 0; its head says 20)"),
        ("UPDATE heads SET n = 19", "entry 20: it is beyond the head 19"),
        ("DELETE FROM heads", "entry 1: it is beyond the head 0"),
        ("UPDATE heads SET hash = zeroblob(32)", "entry 20: its hash is not that of the head"),
        ("UPDATE heads SET n = 'many'", "entry 21: it cannot be judged"),
        ("UPDATE log SET who = CAST(x'ff' AS TEXT) WHERE n = 7", "entry 7: it holds what was never written"),
    ],
)
def test_the_first_flaw_is_named_and_the_other_places_are_looked_at_all_the_same(
    home: Path, iomando: Iomando, statement: str, said: str
) -> None:
    write(home, "h1", 20)
    sql(home, statement)
    write(home, "s1", 3)
    before = state(home)

    result = iomando("verify")

    assert result.exit_code == 1
    assert f"House: {said}" in result.output
    assert "Street: 3 entries, whole" in result.output
    assert iomando("verify", "--place", "h1").exit_code == 1
    assert iomando("verify", "--place", "Street").exit_code == 0
    assert state(home) == before


def test_entries_of_what_is_no_place_are_found(home: Path, iomando: Iomando) -> None:
    write(home, "h1", 2)
    sql(home, "UPDATE log SET place = x'6831' WHERE n = 2")

    result = iomando("verify")

    assert result.exit_code == 1
    assert "entries of what is no place" in result.output


def test_a_chain_given_another_place_s_name_is_found(home: Path, iomando: Iomando) -> None:
    write(home, "h1", 2)
    for table in ("log", "heads"):
        sql(home, f"UPDATE {table} SET place = 's1'")

    assert iomando("verify").exit_code == 1


def test_a_kept_head_is_in_the_chain_or_it_is_said_why_not(home: Path, iomando: Iomando) -> None:
    entries = write(home, "h1", 20)
    kept = str(after(entries[9]))
    short = kept[: len("10:") + 16]

    good = iomando("verify", "--place", "House", "--head", kept, "--head", short.upper())
    assert (good.exit_code, good.output.count("is in this chain")) == (0, 2)

    other = iomando("verify", "--place", "h1", "--head", "10:" + "0" * 64)
    assert (other.exit_code, "something was changed at or before it" in other.output) == (1, True)

    sql(home, "DELETE FROM log WHERE n > 5")
    sql(home, "UPDATE heads SET n = 5, hash = ?", entries[4].hash)
    cut = iomando("verify", "--place", "h1", "--head", kept)
    assert iomando("verify").exit_code == 0  # only whoever kept a head can know
    assert (cut.exit_code, "it was cut before 10" in cut.output) == (1, True)


@pytest.mark.parametrize("head", ["", "5", "5:abc", "x:" + "0" * 64, "5:" + "g" * 64])
def test_what_is_no_head_is_refused_with_how_one_looks(iomando: Iomando, head: str) -> None:
    result = iomando("verify", "--place", "h1", "--head", head)

    assert result.exit_code == 2
    assert "is no head" in result.output


def test_a_head_needs_its_place(iomando: Iomando) -> None:
    result = iomando("verify", "--head", "1:" + "0" * 64)

    assert (result.exit_code, "--place" in result.output) == (2, True)


async def test_beside_a_service_that_writes_it_sees_whole_chains(home: Path, iomando: Iomando) -> None:
    commits, ended = GroupCommit(home / "iomando.db"), asyncio.Event()

    async def press() -> None:
        one = "UPDATE places SET policy = policy + 1 WHERE id = 'h1'"
        assert await commits.write(one, entry=Draft("h1", 1, "press")) == 1

    async def presses() -> None:
        while not ended.is_set():
            await press()

    writers = [asyncio.create_task(presses()) for _ in range(20)]
    found = []
    for _ in range(5):
        await press()
        found.append(await asyncio.to_thread(iomando, "verify"))
    ended.set()
    await asyncio.gather(*writers)
    await commits.close()

    assert [result.exit_code for result in found] == [0] * 5, found[0].output
    assert len({result.output for result in found}) == 5


# -- files


def test_an_export_is_verified_without_the_database(home: Path, iomando: Iomando, tmp_path: Path) -> None:
    entries = write(home, "h1", 2500)
    file = tmp_path / "export.json"
    file.write_bytes(iomando("export", "--place", "House", "--format", "json").stdout_bytes)
    (home / "iomando.db").unlink()

    kept, other = str(after(entries[9])), "11:" + kept_hash(entries[9])
    good = iomando("verify", "--file", str(file), "--head", kept)
    bad = iomando("verify", "--file", str(file), "--head", other)

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert f"export.json: 2,500 entries, whole; head {after(entries[-1])}" in good.output
    assert len(json.loads(file.read_bytes())) == 2500


def kept_hash(entry: Entry) -> str:
    return entry.hash.hex()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace(b'"who":"ana"', b'"who":"eve"', 1), "entry 1: its content"),
        (lambda text: text[: len(text) // 2], "line"),
        (lambda text: b"", "begins with ["),
        (lambda text: text.replace(b'"n":3', b'"n": 3'), "line 4"),
        (lambda text: b"\n".join(text.split(b"\n")[:1] + text.split(b"\n")[2:]), "entry 1: it is missing"),
        (lambda text: b"\xff\xfe" + text, "line 1"),
    ],
)
def test_an_export_that_was_changed_is_found(
    home: Path, iomando: Iomando, tmp_path: Path, change: Callable[[bytes], bytes], said: str
) -> None:
    write(home, "h1", 5)
    file = tmp_path / "export.json"
    file.write_bytes(change(iomando("export", "--place", "h1", "--format", "json").stdout_bytes))

    result = iomando("verify", "--file", str(file))

    assert result.exit_code == 1
    assert said in result.output


def test_a_file_that_is_not_there_is_said_so(iomando: Iomando, tmp_path: Path) -> None:
    result = iomando("verify", "--file", str(tmp_path / "none.json"))

    assert (result.exit_code, "No such file" in result.output) == (1, True)


def test_csv_has_times_of_the_place_and_names(home: Path, iomando: Iomando) -> None:
    write(home, "h1", 1)
    write(home, "h1", 1, who="eve")

    result = iomando("export", "--place", "House", "--format", "csv")

    header, one, two = csv.reader(io.StringIO(result.stdout_bytes.decode("utf-8-sig"), newline=""), strict=True)
    assert dict(zip(header, one, strict=True))["time"] == "2026-01-01T01:00:00.000+01:00"
    assert dict(zip(header, one, strict=True))["who name"] == "Ana Puig"
    assert dict(zip(header, two, strict=True))["who name"] == r"\u001b[2J=Eve"


def test_a_log_that_holds_what_was_never_written_is_not_exported_as_if_it_were_good(
    home: Path, iomando: Iomando
) -> None:
    write(home, "h1", 3)
    sql(home, "UPDATE log SET who = CAST(x'ff' AS TEXT), at = 9223372036854775807 WHERE n = 2")

    as_json = iomando("export", "--place", "h1", "--format", "json")
    as_csv = iomando("export", "--place", "h1", "--format", "csv")

    assert (as_json.exit_code, "iomando log verify" in as_json.output) == (1, True)
    assert (as_csv.exit_code, len(as_csv.output.splitlines())) == (0, 4)


# -- show


def test_the_last_entries_are_shown_newest_at_the_bottom(home: Path, iomando: Iomando) -> None:
    write(home, "h1", 5)

    result = iomando("show", "--place", "House", "-n", "2")

    assert [line.split()[0] for line in result.output.splitlines()] == ["4", "5"]
    assert '2026-01-01T01:00:00.004+01:00  press  Ana Puig (ana)  app  {"n":4}' in result.output


def test_what_people_called_themselves_moves_no_terminal(home: Path, iomando: Iomando) -> None:
    write(home, "h1", 1, who="eve")
    sql(home, "UPDATE log SET kind = 'press' || char(10) || '9  forged'")

    result = iomando("show", "--place", "h1")

    assert len(result.output.splitlines()) == 1
    assert "\x1b" not in result.output


def test_filters_are_taken_together(home: Path, iomando: Iomando) -> None:
    write(home, "h1", 3)
    write(home, "h1", 2, who="eve")

    assert len(iomando("show", "--place", "h1", "--who", "eve", "--kind", "press").output.splitlines()) == 2
    assert iomando("show", "--place", "h1", "--kind", "answer").output == ""


@pytest.mark.parametrize(("place", "said"), [("Nowhere", "no place has"), ("Twin", "several places have")])
def test_a_place_that_is_not_one_is_refused_with_those_there_are(iomando: Iomando, place: str, said: str) -> None:
    for words in (["show"], ["export", "--format", "csv"], ["verify"]):
        result = iomando(*words, "--place", place)

        assert result.exit_code == 1
        assert said in result.output
        assert "House (h1), Street (s1)" in result.output


def test_without_a_service_it_says_what_to_do(iomando: Iomando, home: Path) -> None:
    (home / "iomando.db").unlink()

    result = iomando("verify")

    assert (result.exit_code, "iomando serve" in result.output) == (1, True)
    assert not (home / "iomando.db").exists()


def test_the_installation_s_own_log_has_a_name(home: Path, iomando: Iomando) -> None:
    assert iomando("show", "--place", "installation").output == ""
    write(home, "", 2)

    assert len(iomando("show", "--place", "installation").output.splitlines()) == 2
    assert iomando("verify", "--place", "installation").exit_code == 0
