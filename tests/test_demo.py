"""What a newcomer runs: the demo, its one-shot form, and what they leave behind."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cloud.home import Home
from sim.phone import Phone
from sim.town import free_port

START_S = 90
LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/#sign-in=(\S+)")


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "cloud.cli", *words]


def descendants(pid: int) -> set[int]:
    """Every process below this one, now."""
    children: dict[int, set[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, set()).add(int(folder.name))
    found: set[int] = set()
    unseen = [pid]
    while unseen:
        new = children.get(unseen.pop(), set()) - found
        found |= new
        unseen += new
    return found


def entries(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@asynccontextmanager
async def demo(home: Path, port: int) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    """A running demo and the lines it printed up to its sign-in links."""
    environment = os.environ | {"IOMANDO_HOME": str(home), "IOMANDO_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(
        *command("demo"), env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    lines: list[str] = []
    try:
        async with asyncio.timeout(START_S):
            while process.stdout and (line := await process.stdout.readline()):
                lines.append(line.decode().rstrip())
                if "Ctrl-C ends it all" in lines[-1]:
                    break
        yield process, lines
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_one_open_is_made_and_told_and_nothing_is_left(tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        *command("demo", "--once", "--json"), env=environment, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), START_S)
    receipt = json.loads(out)

    assert process.returncode == 0
    assert receipt["ok"]
    assert receipt["failed_at"] is None
    assert receipt["movement"] == "moved"
    assert receipt["coil"]["on"]
    stops = list(receipt["stops_ms"].values())
    assert stops == sorted(stops)
    assert entries(tmp_path) == []


async def test_the_demo_signs_in_a_user_and_an_admin_and_ends_without_a_trace(tmp_path: Path) -> None:
    async with demo(tmp_path / "home", free_port()) as (process, lines):
        (url, user), (_, admin) = LINK.findall("\n".join(lines))
        below = descendants(process.pid)
        async with Phone(url) as phone, Phone(url) as other:
            assert await phone.sign_in(user) == 204
            assert await other.sign_in(admin) == 204
            assert await other.sign_in(user) == 403
            await phone.watch()
            opened = await phone.moved(await phone.press(next(iter(phone.doors))))
        assert process.stdout
        told = ""
        while "DONE" not in told:
            told = (await asyncio.wait_for(process.stdout.readline(), START_S)).decode()
            assert told, "it ended without a word of the open"
        process.send_signal(signal.SIGINT)
        code = await asyncio.wait_for(process.wait(), START_S)

    assert opened["state"] == "DONE"
    assert "Anna" in told
    assert code == 0
    assert len(below) >= 3, "the service, its broker and the unit ran"
    assert below.isdisjoint(map(int, filter(str.isdigit, entries(Path("/proc")))))


async def test_a_later_start_keeps_what_was_there_and_a_busy_port_moves_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = taken.getsockname()[1]
        async with demo(home, busy) as (process, lines):
            process.send_signal(signal.SIGINT)
            await asyncio.wait_for(process.wait(), START_S)
        before = json.loads((home / "town.json").read_text())
        async with demo(home, busy) as (process, again):
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), START_S)

    assert LINK.findall("\n".join(lines))[0][0] != f"http://127.0.0.1:{busy}"
    assert json.loads((home / "town.json").read_text()) == before
    assert LINK.findall("\n".join(again))[0][1] != LINK.findall("\n".join(lines))[0][1], (
        "spent links are not shown again"
    )


def test_a_second_start_on_the_same_home_is_refused_in_words(tmp_path: Path) -> None:
    environment = os.environ | {"IOMANDO_HOME": str(tmp_path)}
    with Home(tmp_path):
        for words in (("serve",), ("demo",)):
            done = subprocess.run(
                command(*words), env=environment, capture_output=True, text=True, timeout=60, check=False
            )

            assert done.returncode == 1
            assert f"in use by process {os.getpid()}" in done.stderr
            assert "Traceback" not in done.stderr
