"""The access point of a unit's mobile contract, wanted from the command line: asked for its password, sealed, sent,
proven or gone back from. Over a modem: test_access_point_by_modem.py."""

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cloud.cli import app
from cloud.sealing import Sealer
from cloud.unit_settings import access_point, kept_of
from tests import configs
from tests.given import SEALING_KEY, inhabited_database
from tests.settings_wanted import DOORS, numbers, row, wants
from tests.unit_side import UNIT
from tests.world import World

APN, USER, PASSWORD = "new.example", "bench", "pass word 4711"
TOLD = (APN, "chap", USER, PASSWORD)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


async def wants_access_point(world: World) -> None:
    """As the command line leaves it, and has the service read again."""
    found = await row(world)
    point = access_point(*TOLD, UNIT, Sealer(SEALING_KEY))
    kept = json.dumps(
        json.loads(found.wanted or '{"doors":[]}')
        | {"refused": False, "access_point": {name: getattr(point, name) for name in point.__struct_fields__}}
    )
    assert await world.store.want(UNIT, kept, found.wanted_number + 1)
    await world.units.settings.reload(world.units)
    await world.passes(2)


def told(world: World) -> list[object]:
    """The access point of each CONFIG that left."""
    return [configs.config_fields(frame)[5] for frame in world.broker.configs()]


async def test_it_is_sent_with_what_was_wanted_before_and_is_proven_once_it_is_in_use(world: World) -> None:
    await wants(world)
    before = numbers(world)
    await wants_access_point(world)

    assert numbers(world) == [*before, before[-1] + 1]
    assert told(world) == [None, TOLD]
    assert len(configs.config_fields(world.broker.configs()[-1])[4]) == len(DOORS)
    kept = kept_of(await row(world))
    assert kept.access_point == kept.proven
    assert kept.access_point and kept.access_point.apn == APN
    assert not world.units.pending(UNIT)


async def test_one_that_led_nowhere_is_not_tried_again_because_a_door_is_changed(world: World) -> None:
    world.unit.refuses_settings = True
    await wants_access_point(world)
    assert kept_of(await row(world)).refused

    world.unit.refuses_settings = False
    await wants(world)

    assert told(world) == [TOLD, None]
    assert not world.units.pending(UNIT)


async def test_a_broken_seal_sends_nothing_and_the_doors_go_on(world: World) -> None:
    found = await row(world)
    point = {"apn": APN, "auth": "pap", "user": USER, "sealed": "AAAA"}
    kept = json.dumps({"doors": [], "access_point": point})
    assert await world.store.want(UNIT, kept, found.wanted_number + 1)
    await world.units.settings.reload(world.units)
    await world.passes(2)

    assert told(world) == []
    operation = await world.opens("gate")
    assert operation


# -- the command line


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    inhabited_database(tmp_path)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "sealing.key").write_bytes(SEALING_KEY)
    monkeypatch.setenv("IOMANDO_HOME", str(tmp_path))
    monkeypatch.setenv("IOMANDO_ADMIN_PORT", "1")  # nothing serves there
    return tmp_path


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["unit", "apn", *words], input=typed)


def rows(home: Path, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(home / "iomando.db") as connection:
        return connection.execute(sql).fetchall()


def test_the_password_is_asked_for_and_stands_nowhere_in_clear(home: Path) -> None:
    before = rows(home, "SELECT wanted_number FROM units")
    done = run(UNIT, APN, "--auth", "chap", "--user", USER, typed=f"{PASSWORD}\n")

    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    ((wanted, number),) = rows(home, "SELECT wanted, wanted_number FROM units")
    assert number == int(str(before[0][0])) + 1
    assert json.loads(str(wanted))["access_point"]["apn"] == APN
    assert not [path for path in home.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()]
    ((detail, way),) = rows(home, "SELECT detail, way FROM log WHERE place = ''")
    assert json.loads(str(detail)) == {"what": "access_point_wanted", "unit": UNIT, "apn": APN}
    assert way == "command line"


@pytest.mark.parametrize(
    ("words", "typed", "why"),
    [
        (("00000000", APN), "", "there is no unit"),
        ((UNIT, "no apn"), "", "the access point"),
        ((UNIT, 'x"\r\nATZ'), "", "the access point"),
        ((UNIT, "a" * 64), "", "the access point"),
        ((UNIT, "é.example"), "", "the access point"),
        ((UNIT, APN, "--user", USER), "", "with pap or chap only"),
        ((UNIT, APN, "--auth", "pap"), "word\n", "needs a user"),
        ((UNIT, APN, "--auth", "pap", "--user", USER), "w\x07rd\n", "needs a password"),
    ],
)
def test_what_no_unit_would_take_changes_nothing(home: Path, words: tuple[str, ...], typed: str, why: str) -> None:
    before = rows(home, "SELECT wanted, wanted_number FROM units")
    done = run(*words, typed=typed)

    assert done.exit_code == 1
    assert why in done.output
    assert rows(home, "SELECT wanted, wanted_number FROM units") == before
    assert rows(home, "SELECT count(*) FROM log WHERE place = ''") == [(0,)]
