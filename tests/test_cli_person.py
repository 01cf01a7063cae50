"""`iomando person code`: printed for whoever stands at the machine, good in the running service, told in the log."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cloud import schema
from cloud.addresses import Address
from cloud.cli import app
from cloud.clock import Clock
from cloud.code_desk import CodeDesk
from cloud.codes import SIGN_IN
from cloud.notify import Notify
from cloud.settings import Settings
from cloud.slow_hash import SlowHash
from cloud.store import Store
from tests.identity_side import PHONE, UNKNOWN, entries, peopled_database, rows

Iomando = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    peopled_database(tmp_path)
    return tmp_path


@pytest.fixture
def iomando(home: Path) -> Iomando:
    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["person", *words], env={"IOMANDO_HOME": str(home)})

    return run


def beside(home: Path, work: Callable) -> object:
    """What a service on this home says."""

    async def run() -> object:
        store, hasher = Store(home / "iomando.db"), SlowHash()
        try:
            return await work(store, CodeDesk(store, Clock(), hasher, Notify(Settings())))
        finally:
            hasher.close()
            await store.close()

    return asyncio.run(run())


@pytest.mark.parametrize(("typed", "contact"), [("0034 612 345 601", PHONE), (UNKNOWN, UNKNOWN)])
def test_a_printed_code_is_good_in_the_service_with_no_message_service(
    home: Path, iomando: Iomando, typed: str, contact: str
) -> None:
    printed = iomando("code", typed)
    code = printed.stdout.strip()
    assert printed.exit_code == 0
    assert re.fullmatch(r"\d{3} \d{3}", code)
    assert ("nobody has this contact" in printed.stderr) is (contact == UNKNOWN)
    assert contact not in printed.output

    async def signs_in(_store: Store, desk: CodeDesk) -> str | None:
        ticket = desk.ask(contact, SIGN_IN, Address("here"), "en")
        return await desk.check(ticket, code)

    assert beside(home, signs_in) == contact


def test_it_stands_in_the_log_without_the_code(home: Path, iomando: Iomando) -> None:
    code = iomando("code", PHONE).stdout.strip()

    async def told(store: Store, _desk: CodeDesk) -> object:
        return [(e.place, e.kind, e.way, e.detail) for e in await entries(store)]

    detail = '{"contact":"+34 ••• 01","person":"ana"}'
    assert beside(home, told) == [(p, "code_printed", "command line", detail) for p in ("home", "work")]
    for file in home.iterdir():
        assert code.replace(" ", "").encode() not in file.read_bytes()


def test_what_is_no_contact_is_refused_in_words_and_prints_nothing(home: Path, iomando: Iomando) -> None:
    refused = iomando("code", "612345601")

    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert "code of its country" in refused.stderr

    async def left(store: Store, _desk: CodeDesk) -> object:
        return [*await rows(store, schema.codes), *await entries(store)]

    assert beside(home, left) == []


def test_without_a_service_it_says_what_to_do_and_makes_none(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["person", "code", PHONE], env={"IOMANDO_HOME": str(tmp_path / "none")})

    assert refused.exit_code == 1
    assert "IOMANDO_HOME" in refused.stderr
    assert not (tmp_path / "none").exists()
