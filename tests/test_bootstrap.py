"""The virtual environment is made ready once; a run that was stopped anywhere leaves nothing half done to the next."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools import bootstrap
from tools.cache import ROOT

WAIT_S = 60
CHANGE_NOTHING = {"PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0", "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}

RUN_WITH_OTHER_PIP = """
import sys
from pathlib import Path
from tools import bootstrap
bootstrap.pip_to_start_from = lambda: Path("other_pip.py").resolve()
sys.exit(bootstrap.main())
"""

OTHER_PIP = """
# Notes what it is asked, and hangs when told to. What it leaves of itself is the environment's own pip.
import sys, sysconfig, time
from pathlib import Path
with open(ROOT / "asked", "a") as asked:
    asked.write(" ".join(sys.argv[-2:]) + chr(10))
home = Path(sysconfig.get_path("purelib")) / "pip"
home.mkdir(exist_ok=True)
if (ROOT / "hang").exists():
    (home / "half").touch()
    print("hanging", flush=True)
    with open(ROOT / "line", "w"):
        time.sleep(600)
(home / "__main__.py").write_text(Path(__file__).read_text())
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A clone with a pip of the test's own."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "other_pip.py").write_text(OTHER_PIP.replace("ROOT", f"Path({str(tmp_path)!r})"))
    os.mkfifo(tmp_path / "line")
    return tmp_path


def start(project: Path, *words: str) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-c", RUN_WITH_OTHER_PIP, *words]
    out, err = subprocess.PIPE, subprocess.STDOUT
    return subprocess.Popen(argv, cwd=project, text=True, start_new_session=True, stdout=out, stderr=err)


def finish(project: Path, *words: str) -> tuple[int, str]:
    process = start(project, *words)
    said, _ = process.communicate(timeout=WAIT_S)
    return process.returncode, said


def asked(project: Path) -> list[str]:
    """What pip was asked, in order, each as the last words of its command line; forgotten afterwards."""
    notes = project / "asked"
    lines = notes.read_text().splitlines() if notes.exists() else []
    notes.unlink(missing_ok=True)
    return [line.replace(f"{project}/", "") for line in lines]


def stop_while_pip_works(project: Path, how: signal.Signals) -> tuple[int, str]:
    """Start, wait until pip has half an environment written, then send the whole group a signal, as a terminal does."""
    (project / "hang").touch()
    process = start(project)
    with (project / "line").open():  # opens when pip has opened its end
        if how == signal.SIGKILL:
            process.kill()
        else:
            os.killpg(process.pid, how)
        process.wait(WAIT_S)
    (project / "hang").unlink()
    if how == signal.SIGKILL:
        os.killpg(process.pid, signal.SIGKILL)  # the orphan: until then others are kept out (tests/test_parts.py)
    said, _ = process.communicate(timeout=WAIT_S)
    return process.returncode, said


BUILDER = "-r .venv/setuptools.lock"
INSTALLED_ONCE = [BUILDER, "-r requirements.lock", "-e ."]


def test_the_first_run_installs_and_the_second_says_and_does_nothing(project: Path) -> None:
    code, said = finish(project)
    first = asked(project)

    assert (code, first) == (0, INSTALLED_ONCE)
    assert "usually about" in said
    builder = (project / ".venv" / "setuptools.lock").read_text()
    assert re.fullmatch(r"setuptools==\S+ \\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n)+", builder)

    assert finish(project) == (0, "")
    assert asked(project) == []


def test_what_is_ready_for_tests_is_ready_for_running_but_not_the_other_way(project: Path) -> None:
    finish(project)
    finish(project, "dev")
    assert asked(project) == [*INSTALLED_ONCE, BUILDER, "-r requirements-dev.lock", "-e ."]

    (project / ".venv" / "ready-run").unlink()
    finish(project)
    assert asked(project) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_stopped_half_way_the_next_run_starts_the_environment_afresh(project: Path, how: signal.Signals) -> None:
    code, said = stop_while_pip_works(project, how)
    assert list(project.glob(".venv/lib/*/site-packages/pip/half"))
    if how != signal.SIGKILL:
        assert (code, said.splitlines()[-1]) == (130, "Interrupted. Type the same again and it goes on.")
    asked(project)

    assert finish(project)[0] == 0

    assert asked(project) == INSTALLED_ONCE
    assert not list(project.glob(".venv/lib/*/site-packages/pip/half"))


def test_a_changed_lock_is_installed(project: Path) -> None:
    finish(project)
    asked(project)
    with (project / "requirements.lock").open("a") as lock:
        lock.write("# newer\n")

    finish(project)

    assert asked(project) == INSTALLED_ONCE


def test_a_folder_that_was_moved_gets_a_new_environment(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    finish(project)
    moved = tmp_path_factory.mktemp("elsewhere") / "project"
    shutil.copytree(project, moved, symlinks=True, ignore=shutil.ignore_patterns("line"))
    stale = moved / ".venv" / "stale"
    stale.touch()

    assert finish(moved)[0] == 0

    assert not stale.exists()
    assert str(moved) in (moved / ".venv" / "bin" / "activate").read_text()


def test_without_a_package_index_it_says_so_and_what_to_do(project: Path) -> None:
    if (kept := ROOT / ".cache" / "pip-wheel").exists():  # a machine whose Python comes without pip
        shutil.copytree(kept, project / ".cache" / "pip-wheel")
    nobody_listens = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", **CHANGE_NOTHING}
    words = [sys.executable, "-m", "tools.bootstrap"]

    done = subprocess.run(
        words,
        cwd=project,
        env={**os.environ, **nobody_listens},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )

    assert done.returncode == 1
    assert bootstrap.UNREACHABLE_ADVICE in done.stderr
    assert "Traceback" not in done.stderr


def test_an_older_python_is_told_what_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "PYTHON_MINIMUM", (99, 0))
    monkeypatch.setattr(sys, "argv", ["bootstrap"])

    assert bootstrap.main() == 1
    assert "needs Python 3.11 or newer" in capsys.readouterr().err
