"""What a newcomer's machine is made ready with: each part is had once, whole or not at all, and only the right one."""

import hashlib
import io
import os
import re
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from tools import apt, cache, packages, parts, programs, sdist
from tools.cache import ROOT, PartError

LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-node.lock", "package-lock.json"]
WAIT_S = 20


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, with nothing in it."""
    home = tmp_path / "cache"
    home.mkdir()
    for module in (cache, apt, programs, packages):
        monkeypatch.setattr(module, "CACHE", home)
    return home


def program(path: Path, text: str) -> Path:
    """An executable shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


# ---- had once, whole or not at all ----


def test_a_part_is_made_once_and_then_found(own_cache: Path) -> None:
    made = []

    def make(scratch: Path) -> None:
        made.append(scratch)
        (scratch / "file").write_text("whole")

    first = cache.once(own_cache / "part", make, "the part", 1, "")
    second = cache.once(own_cache / "part", make, "the part", 1, "")

    assert first == second == own_cache / "part"
    assert (first / "file").read_text() == "whole"
    assert len(made) == 1


def test_a_part_that_fails_half_way_leaves_nothing_and_says_what_to_do(own_cache: Path) -> None:
    def make(scratch: Path) -> None:
        (scratch / "half").touch()
        raise PartError("the line broke")

    with pytest.raises(PartError, match=r"the part could not be fetched(.|\n)*the line broke(.|\n)*plug it in"):
        cache.once(own_cache / "part", make, "the part", 1, "plug it in")

    assert [entry.name for entry in own_cache.iterdir()] == ["part.lock"]


FETCHER = """
import sys, time
from pathlib import Path
from tools import cache
cache.CACHE = Path(sys.argv[1])
def make(scratch):
    (scratch / "half").touch()
    print("half", flush=True)
    if sys.argv[2] == "hang":
        cache.run(["sleep", "60"], 60)
    (scratch / "whole").touch()
cache.once(cache.CACHE / "part", make, "the part", 1, "")
"""


def fetcher(home: Path, how: str) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", FETCHER, str(home), how]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_fetch_that_was_killed_is_cleared_away_and_done_again_when_its_children_are_gone(own_cache: Path) -> None:
    killed = fetcher(own_cache, "hang")
    with killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "half\n"
        [orphan] = _children(killed.pid)
        killed.send_signal(signal.SIGKILL)
    with fetcher(own_cache, "finish") as second:
        assert second.stderr is not None
        kept_out = second.stderr.readline()  # the orphan still writes into the scratch folder
        os.kill(orphan, signal.SIGKILL)
        assert second.wait(WAIT_S) == 0

    assert "waiting" in kept_out
    assert sorted(entry.name for entry in (own_cache / "part").iterdir()) == ["half", "whole"]
    assert sorted(entry.name for entry in own_cache.iterdir()) == ["part", "part.lock"]


def test_of_two_at_once_one_fetches_and_both_have_it(own_cache: Path) -> None:
    both = [fetcher(own_cache, "finish"), fetcher(own_cache, "finish")]
    said = [one.communicate(timeout=WAIT_S)[0] for one in both]

    assert [one.returncode for one in both] == [0, 0]
    assert sorted(said) == ["", "half\n"]


def _children(parent: int) -> list[int]:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if found := Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            return [int(pid) for pid in found]
    raise AssertionError("it started no child")


# ---- programs ----


def test_a_program_that_fails_is_quoted_and_one_that_hangs_is_ended(tmp_path: Path) -> None:
    with pytest.raises(PartError, match="exit code 7:\n    no such door"):
        cache.run([program(tmp_path / "fails", "echo no such door >&2; exit 7")], WAIT_S)
    with pytest.raises(PartError, match=r"did not finish within 0\.2 s|did not finish within 0 s"):
        cache.run([program(tmp_path / "hangs", "exec sleep 60")], 0.2)
    with pytest.raises(PartError, match="nothing-of-this-name is not installed"):
        cache.run(["nothing-of-this-name"], WAIT_S)


def test_the_micropython_we_run_has_tls_and_littlefs() -> None:
    script = "import tls, vfs; tls.SSLContext; vfs.VfsLfs2; print('all there')"

    assert cache.run([*parts.micropython(), "-c", script], WAIT_S) == "all there\n"


@pytest.mark.parametrize(
    ("says", "why"),
    [("echo 1.24.1", "it is 1.24.1; it must be 1.25"), ("echo no module named tls >&2; exit 1", "no module named tls")],
)
def test_a_named_micropython_that_will_not_do_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, why: str
) -> None:
    monkeypatch.setenv("IOMANDO_MICROPYTHON", str(program(tmp_path / "old", says)))

    with pytest.raises(PartError, match=re.escape(why)):
        programs.micropython()


def test_the_first_micropython_that_will_do_is_taken(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = own_cache / cache.system_name() / "micropython"
    unpacked.mkdir(parents=True)
    monkeypatch.delenv("IOMANDO_MICROPYTHON", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    program(tmp_path / "micropython", "echo 1.19.1")
    assert programs.micropython() == programs.linked(unpacked, "usr/bin/micropython")

    new = program(tmp_path / "micropython", "echo 1.26.0")
    assert programs.micropython() == [str(new)]

    named = program(tmp_path / "named", "echo 1.27.0")
    monkeypatch.setenv("IOMANDO_MICROPYTHON", str(named))
    assert programs.micropython() == [str(named)]


class Shelf:
    """An archive that has one version of one package, which says its version when it is run."""

    def __init__(self, version: str | None) -> None:
        self.version = version

    def candidate(self, _package: str) -> str | None:
        return self.version

    def unpack(self, _package: str, into: Path) -> None:
        (into / "usr/bin").mkdir(parents=True)
        (into / "usr/bin/micropython").write_text(str(self.version).split("+")[0])


@pytest.fixture
def shelves(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Shelf]:
    """The suites that apt knows, on a machine without MicroPython; "own" is the machine's."""
    stock = {"own": Shelf("1.19.1+ds-1"), "newer": Shelf("1.25.0+ds-1")}
    monkeypatch.delenv("IOMANDO_MICROPYTHON", raising=False)
    monkeypatch.setattr(programs.shutil, "which", lambda _name, **_options: None)
    monkeypatch.setattr(programs, "linked", lambda home, name: ["cat", str(home / name)])
    monkeypatch.setattr(programs, "micropython_version", lambda argv: Path(argv[1]).read_text())
    monkeypatch.setattr(apt, "distribution", lambda: ("debian", "bookworm"))
    monkeypatch.setattr(programs, "MICROPYTHON_SUITES", {"debian": ("newer",)})
    monkeypatch.setattr(apt, "machine", lambda: stock["own"])
    monkeypatch.setattr(apt, "newer_suite", stock.get)
    return stock


@pytest.mark.usefixtures("shelves")
def test_where_the_own_suite_is_too_old_a_newer_one_gives_it() -> None:
    assert Path(programs.micropython()[1]).read_text() == "1.25.0"


def test_where_the_own_suite_will_do_no_other_is_asked(shelves: dict[str, Shelf]) -> None:
    shelves["own"] = Shelf("1.27.0+ds-2")
    del shelves["newer"]

    assert Path(programs.micropython()[1]).read_text() == "1.27.0"


def test_where_no_suite_will_do_every_way_is_told_and_nothing_stays(shelves: dict[str, Shelf], own_cache: Path) -> None:
    shelves["newer"] = Shelf("1.24.0+ds-1")

    with pytest.raises(PartError) as told:
        programs.micropython()

    assert "the machine's own suite has 1.19.1+ds-1" in str(told.value)
    assert "newer has 1.24.0+ds-1" in str(told.value)
    assert "IOMANDO_MICROPYTHON=" in str(told.value)
    assert not list(own_cache.glob("*/micropython"))


def test_an_unpacked_program_runs_with_its_own_libraries_and_linker(tmp_path: Path) -> None:
    libraries = tmp_path / "usr/lib/x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    (libraries / "ld-linux-x86-64.so.2").touch()

    argv = programs.linked(tmp_path, "usr/bin/tool")

    assert argv == [f"{libraries}/ld-linux-x86-64.so.2", "--library-path", str(libraries), f"{tmp_path}/usr/bin/tool"]


def test_without_root_and_chromium_the_exact_command_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(PartError, match="sudo apt-get install -y --no-install-recommends chromium"):
        parts.chromium()


# ---- packages ----


def test_umqtt_is_the_pinned_one() -> None:
    text = (parts.umqtt() / "umqtt" / "simple.py").read_text()

    assert "class MQTTClient" in text


def test_lit_is_version_3_and_whole() -> None:
    folder = parts.lit()

    assert packages.lit_version().startswith("3.")
    assert all(
        (folder / name / "package.json").exists() for name in ("lit-html", "lit-element", "@lit/reactive-element")
    )


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """A package index of one source archive that pip cannot build, and the archive's hash."""
    shelf = tmp_path / "index"
    shelf.mkdir()
    archive = shelf / "micropython-thing-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as files:
        files.addfile(tarfile.TarInfo("micropython-thing-1.0/thing.py"), io.BytesIO())
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return archive, hashlib.sha256(archive.read_bytes()).hexdigest()


def fetch_thing(version: str, sha256: str, into: Path) -> str:
    into.mkdir()
    words = [sys.executable, "-m", sdist.__name__, "micropython-thing", version, sha256, into]
    return cache.run(words, WAIT_S, cwd=ROOT).strip()


def test_an_archive_comes_from_the_index_that_pip_is_set_up_with(index: tuple[Path, str], tmp_path: Path) -> None:
    archive, sha256 = index

    fetched = fetch_thing("1.0", sha256, tmp_path / "into")

    assert Path(fetched).read_bytes() == archive.read_bytes()


def test_an_archive_that_was_tampered_with_is_not_written(index: tuple[Path, str], tmp_path: Path) -> None:
    archive, sha256 = index
    archive.write_bytes(archive.read_bytes() + b"\0")

    with pytest.raises(PartError, match="its hash differs"):
        fetch_thing("1.0", sha256, tmp_path / "into")

    assert list((tmp_path / "into").iterdir()) == []


def test_a_version_that_the_index_does_not_have_is_said(index: tuple[Path, str], tmp_path: Path) -> None:
    with pytest.raises(PartError, match=r"no source archive of micropython-thing 2\.0"):
        fetch_thing("2.0", index[1], tmp_path / "into")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_by_hash_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text()

    assert "://" not in text
    assert "sha256:" in text or '"integrity": "sha512-' in text
