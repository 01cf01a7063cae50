"""docs/releasing.md, "Trying it out on the demo": every command as it stands there, against a running demo."""

import asyncio
import re
import shlex
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cloud import cli, release_rules
from sim import demo_keys, town
from sim.demo import shown
from tests.test_releasing_docs import GUIDE, ON_A_DEMO
from tools import release

LINK = re.compile(r"http://127\.0\.0\.1:\d+/#sign-in=\S+")
COMMAND = re.compile(r"^ {4}((?:python -m tools\.release|iomando) .*)$", re.MULTILINE)
LOADED_S = 120


async def test_a_release_of_ones_own_goes_onto_the_demos_box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")  # the checkout that is tested need not be committed
    commands = COMMAND.findall(GUIDE.read_text().partition(ON_A_DEMO)[2])
    link = said = ""

    def run(command: str) -> Result:
        words = shlex.split(command)
        program, words = (cli.app, words[1:]) if words[0] == "iomando" else (release.app, words[3:])
        typed = {"sign": demo_keys.KNOWN, "publish": link}.get(words[0], "")
        return CliRunner().invoke(program, words, input=f"{typed}\n")

    home = tmp_path / ".iomando"
    port, broker_port, admin_port = (town.free_port() for _ in range(3))
    monkeypatch.setenv("IOMANDO_PORT", str(port))
    monkeypatch.setenv("IOMANDO_ADMIN_PORT", str(admin_port))
    async with shown(home, port, broker_port, admin_port=admin_port) as (show, _):
        for command in commands:
            done = await asyncio.to_thread(run, command)
            said = done.output
            assert done.exit_code == 0, (command, said)
            link = (LINK.findall(said) or [link])[0]
        assert "roll-out 1 of release 2: running, wave 1" in said
        await show.street.board.console_line("update 2 is written: restarting to try it", LOADED_S)
        await show.street.board.console_line("release 2 is on trial", LOADED_S)

    assert len(commands) == 7
    keys = (home / "release-keys" / "1.keys").read_bytes()
    assert release_rules.keys_of(keys).demo
    with pytest.raises(release_rules.Refused, match="known to everybody"):
        release_rules.check_keys(keys, None, demo=False)
    monkeypatch.setenv("IOMANDO_HOME", str(home))
    refused = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cloud.cli", "serve"), stderr=asyncio.subprocess.PIPE
    )
    assert refused.stderr
    assert b"a demo's, known to everybody" in await refused.stderr.read()
    assert await refused.wait() == 1
