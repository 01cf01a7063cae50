"""One service a folder at a time, and nobody else reads it."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cloud.home import Home, InUse

ROOT = Path(__file__).parent.parent
HOLDER = """
import sys
from pathlib import Path
from cloud.home import Home
with Home(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path):
    """Another process that holds tmp_path/home."""
    argv = [sys.executable, "-c", HOLDER, str(tmp_path / "home")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        yield child
        child.kill()


def test_a_second_service_is_refused_and_told_who_is_there(tmp_path: Path, holder: subprocess.Popen) -> None:
    with pytest.raises(InUse, match=f"in use by process {holder.pid}\\."), Home(tmp_path / "home"):
        pass


def test_a_second_service_does_not_take_the_owners_name_away(tmp_path: Path, holder: subprocess.Popen) -> None:
    for _ in range(2):
        with pytest.raises(InUse, match=f" {holder.pid}\\."), Home(tmp_path / "home"):
            pass


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_whichever_way_the_owner_ends_the_folder_is_free(
    tmp_path: Path, holder: subprocess.Popen, how: signal.Signals
) -> None:
    holder.send_signal(how)
    holder.wait()

    with Home(tmp_path / "home"):
        pass


def test_the_same_process_cannot_hold_it_twice(tmp_path: Path) -> None:
    with Home(tmp_path / "home"), pytest.raises(InUse, match=str(os.getpid())), Home(tmp_path / "home"):
        pass


def test_an_owner_of_long_ago_is_not_named(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("4194304194304\n")

    with Home(tmp_path), pytest.raises(InUse, match=f"by process {os.getpid()}\\."), Home(tmp_path):
        pass


def test_a_folder_left_is_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        with Home(tmp_path / "home") as home:
            assert home.database.parent == home.path


def test_the_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    with Home(tmp_path / "home") as home:
        for folder in (home.path, home.keys):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
