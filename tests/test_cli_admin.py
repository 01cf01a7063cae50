"""Owners and hosts made from the command line: logged, known to a running service, and nothing done half."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud import cli, database
from cloud.chain import verify
from cloud.clock import Clock
from cloud.log_store import Reader
from cloud.pins import Pins
from cloud.slow_hash import SlowHash
from cloud.store import Store
from sim.town import DEMO, Cloud, free_port, make

RUNNER = CliRunner()
OWNER, OTHER = "+34600111222", "pau@example.org"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    database.migrate(tmp_path / "iomando.db")
    monkeypatch.setenv("IOMANDO_HOME", str(tmp_path))
    monkeypatch.setenv("IOMANDO_ADMIN_PORT", str(free_port()))
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    result = RUNNER.invoke(cli.app, list(words))
    return result.exit_code, result.output


def rows(home: Path, sql: str) -> list[tuple]:
    connection = sqlite3.connect(home / "iomando.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def everything(home: Path) -> list[tuple]:
    tables = ("places", "people", "members", "grants", "links", "staff", "log", "heads")
    return [row for table in tables for row in rows(home, f"SELECT '{table}', * FROM {table}")]


def whole(home: Path) -> bool:
    with Reader(home / "iomando.db") as reader:
        return all(verify(reader.stream(c.place), head=reader.head(c.place)).whole for c in reader.chains())


def test_the_first_owner_makes_the_place_and_gets_a_link(home: Path) -> None:
    code, said = run("admin", "add", OWNER, "--place", "Carrer 5", "--zone", "Europe/Madrid", "--name", "Marta")

    assert code == 0
    assert "Marta is owner of Carrer 5" in said
    assert "/#sign-in=" in said
    assert rows(home, "SELECT p.phone, m.role, m.name FROM members m JOIN people p ON p.id = m.person") == [
        (OWNER, "owner", "Marta")
    ]
    assert rows(home, "SELECT doors, hours FROM grants") == [("[]", "{}")]
    assert rows(home, "SELECT kind, place, used FROM links") == [("sign-in", None, None)]


def test_it_stands_in_the_log_and_the_link_does_not(home: Path) -> None:
    _, said = run("admin", "add", OWNER, "--place", "Carrer 5", "--zone", "Europe/Madrid")
    secret = said.split("#sign-in=")[1].split()[0]
    entries = rows(home, "SELECT place, kind, way, detail FROM log")

    # of the place, and of the installation, which alone keeps what somebody is called everywhere
    assert [(kind, way) for _, kind, way, _ in entries] == [("change", "command line")] * 2
    assert {json.loads(detail)["what"] for *_, detail in entries} == {"person_added"}
    assert not any(secret in str(row) for row in everything(home))
    assert whole(home)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param([OWNER, "--place", "Carrer 5"], "say --zone too", id="a new place without a zone"),
        pytest.param([OWNER, "--place", "Carrer 5", "--zone", "Europe/Atlantis"], "no time zone", id="no such zone"),
        pytest.param(["600111222", "--place", "Carrer 5", "--zone", "UTC"], "", id="a number without its country"),
        pytest.param([OWNER], "say either --place, or --service", id="neither place nor service"),
        pytest.param([OWNER, "--place", "x", "--service", "host"], "say either --place", id="both"),
        pytest.param([OWNER, "--place", "a\nb", "--zone", "UTC"], "breaks the line", id="a name with a line break"),
    ],
)
def test_what_cannot_be_done_changes_nothing_and_says_why(home: Path, words: list[str], why: str) -> None:
    before = everything(home)
    code, said = run("admin", "add", *words)

    assert code == 1
    assert why in said
    assert everything(home) == before


def test_a_second_owner_an_admin_and_somebody_promoted(home: Path) -> None:
    run("admin", "add", OWNER, "--place", "Carrer 5", "--zone", "Europe/Madrid", "--name", "Marta")
    run("admin", "add", OTHER, "--place", "Carrer 5", "--role", "admin", "--name", "Pau")
    assert rows(home, "SELECT name, role FROM members ORDER BY name") == [("Marta", "owner"), ("Pau", "admin")]

    run("admin", "add", OTHER, "--place", "Carrer 5", "--role", "owner")

    assert rows(home, "SELECT name, role FROM members ORDER BY name") == [("Marta", "owner"), ("Pau", "owner")]
    assert rows(home, "SELECT count(*) FROM places") == [(1,)]
    assert rows(home, "SELECT count(*) FROM people") == [(2,)]
    assert whole(home)


def test_the_last_owner_is_not_made_an_admin(home: Path) -> None:
    run("admin", "add", OWNER, "--place", "Carrer 5", "--zone", "Europe/Madrid")
    before = everything(home)
    code, said = run("admin", "add", OWNER, "--place", "Carrer 5", "--role", "admin")

    assert code == 1
    assert "always keeps an owner" in said
    assert everything(home) == before


def test_whoever_works_for_the_service_is_in_the_installations_log(home: Path) -> None:
    run("admin", "add", OWNER, "--service", "host")
    run("admin", "add", OWNER, "--service", "host")

    assert rows(home, "SELECT role FROM staff") == [("host",)]
    told = [json.loads(detail)["what"] for (detail,) in rows(home, "SELECT detail FROM log WHERE place = ''")]
    assert told == ["newcomer", "staff_added"]
    assert whole(home)


async def test_a_running_service_knows_the_new_owner_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broker_port = free_port()
    made = await make(tmp_path, DEMO, broker_port)
    cloud = Cloud(tmp_path, broker_port=broker_port)
    await cloud.start()
    try:
        monkeypatch.setenv("IOMANDO_HOME", str(tmp_path))
        monkeypatch.setenv("IOMANDO_ADMIN_PORT", str(cloud.admin_port))
        monkeypatch.setenv("IOMANDO_PORT", str(cloud.port))
        add = ("admin", "add", OWNER, "--place", made.place, "--name", "Nora")
        code, said = await asyncio.to_thread(run, *add)
        assert code == 0
        assert "No service is running" not in said

        from sim.phone import Phone

        async with Phone(cloud.url) as phone:
            await phone.sign_in(said.split("#sign-in=")[1].split()[0])
            await phone.watch()
            assert set(phone.doors) == set(made.doors.values())
    finally:
        await cloud.stop()


def test_who_may_and_why_not_is_answered_for_any_minute(home: Path) -> None:
    run("admin", "add", OWNER, "--place", "Carrer 5", "--zone", "Europe/Madrid", "--name", "Marta")
    connection = sqlite3.connect(home / "iomando.db")
    with connection:
        place = connection.execute("SELECT id FROM places").fetchone()[0]
        connection.execute("INSERT INTO units (id) VALUES ('3fa2b81c')")
        connection.execute(
            "INSERT INTO doors (id, place, name, unit, number, drive, sensor, travel_s, pulse_ms) "
            "VALUES ('gate', ?, 'Gate', '3fa2b81c', 0, 'open', 0, 5, 500)",
            (place,),
        )
        weekdays = '{"windows":[{"days":[0,1,2,3,4],"starts":540,"ends":1020}]}'
        connection.execute("UPDATE grants SET hours = ?", (weekdays,))
    connection.close()

    assert run("access", "who", "--place", "Carrer 5", "--at", "2026-12-24T16:59") == (
        0,
        "Gate:\n  Marta until Thu 2026-12-24 17:00\n",
    )
    assert run("access", "who", "--place", "Carrer 5", "--at", "2026-12-24T17:00") == (0, "Gate:\n  nobody\n")
    code, said = run("access", "may", OWNER, "--place", "Carrer 5", "--door", "Gate", "--at", "2026-12-26T12:00")
    assert code == 1
    assert said.startswith("Gate: no, not at this time; next Mon 2026-12-28 09:00")
    assert run("access", "may", "Marta", "--place", "Carrer 5", "--at", "2026-12-28T09:00")[0] == 0
    assert run("access", "may", "Nobody", "--place", "Carrer 5")[0] == 1


async def test_a_forgotten_pin_is_forgotten_and_logged(home: Path) -> None:
    await asyncio.to_thread(run, "admin", "add", OWNER, "--place", "Carrer 5", "--zone", "Europe/Madrid")
    store, hasher = Store(home / "iomando.db"), SlowHash()
    (person,) = rows(home, "SELECT id FROM people")[0]
    await Pins(store, Clock(), hasher).set(person, "4826")
    await store.close()
    hasher.close()

    assert await asyncio.to_thread(run, "person", "forget-pin", OTHER) == (0, "she has set none\n")
    code, said = await asyncio.to_thread(run, "person", "forget-pin", OWNER)

    assert (code, said) == (0, "forgotten: her doors open without a code now\n")
    assert rows(home, "SELECT * FROM pins") == []
    assert json.loads(rows(home, "SELECT detail FROM log ORDER BY n DESC")[0][0])["what"] == "pin_forgotten"
    assert whole(home)


def test_a_press_that_waits_goes_on_and_one_that_is_no_longer_allowed_ends(home: Path) -> None:
    """Judged by the same rules as in the service, also what asks to hold."""
    run("admin", "add", OWNER, "--place", "Carrer 5", "--zone", "Europe/Madrid")
    ((place, person),) = rows(home, "SELECT place, person FROM members")
    connection = sqlite3.connect(home / "iomando.db")
    unit, door = "3fa2b81c", "gate"
    connection.execute("INSERT INTO units (id) VALUES (?)", (unit,))
    connection.execute(
        "INSERT INTO doors (id, place, name, unit, number, drive, sensor, travel_s, pulse_ms) "
        "VALUES (?, ?, 'Gate', ?, 0, 'open', 0, 1.0, 500)",
        (door, place, unit),
    )
    connection.execute("INSERT INTO people (id, name, language) VALUES ('eve', 'Eve', 'en')")
    for who, action, seconds in ((person, "open", None), (person, "hold", 600), ("eve", "open", None)):
        connection.execute(
            "INSERT INTO operations (id, press_id, person, session, place, door, unit, action, way, asked, recorded, "
            "state, hold_s) VALUES (?, ?, ?, 's', ?, ?, ?, ?, 'socket', 1, 1, 'SENT', ?)",
            (f"{who}-{action}", action, who, place, door, unit, action, seconds),
        )
    connection.commit()
    connection.close()

    code, said = run("admin", "add", OTHER, "--place", "Carrer 5")

    assert code == 0, said
    found = dict(rows(home, "SELECT id, state || coalesce(' ' || reason, '') FROM operations"))
    assert found == {f"{person}-open": "SENT", f"{person}-hold": "SENT", "eve-open": "NOT_SENT access"}
