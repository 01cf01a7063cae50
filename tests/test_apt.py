"""The private apt: what it unpacks, what it refuses, and what it says when a source is out of reach."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from tools import apt, cache
from tools.apt import Archive
from tools.cache import PartError

OUT_OF_ORDER = "deb [trusted=yes] file:/no-such-folder ./\n"


def package(repository: Path, name: str, depends: str = "") -> str:
    """Build a package that holds one file, and return its entry for the list."""
    tree = repository / f"{name}.tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "usr" / "share").mkdir(parents=True)
    (tree / "usr" / "share" / name).write_text(name)
    control = f"Package: {name}\nVersion: 1.2-3\nArchitecture: all\nMaintainer: a test <t@example>\n{depends}"
    (tree / "DEBIAN" / "control").write_text(f"{control}Description: for a test\n")
    built = repository / f"{name}_1.2-3_all.deb"
    subprocess.run(["dpkg-deb", "--build", tree, built], check=True, capture_output=True, timeout=20)
    content = built.read_bytes()
    sums = f"Size: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n"
    return f"{control}Filename: ./{built.name}\n{sums}Description: for a test\n\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package source with a tool that needs a library, and another that nobody needs."""
    for module in (cache, apt):
        monkeypatch.setattr(module, "CACHE", tmp_path / "cache")
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    entries = [package(shelf, "tool", "Depends: library\n"), package(shelf, "library"), package(shelf, "other")]
    (shelf / "Packages").write_text("".join(entries))
    return shelf


def archive(repository: Path, more: str = "") -> Archive:
    made = Archive("test", sources=f"deb [trusted=yes] file:{repository} ./\n{more}", installed=False)
    made.update()
    return made


def unpacked(tree: Path) -> list[str]:
    return sorted(path.name for path in tree.rglob("*") if path.is_file())


def test_a_package_comes_with_all_that_it_needs_and_no_more(repository: Path, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    source = archive(repository)

    source.unpack("tool", into)

    assert unpacked(into) == ["library", "tool"]
    assert source.candidate("tool") == "1.2-3"
    assert source.candidate("nothing") is None


def test_a_package_alone_comes_alone(repository: Path, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()

    archive(repository).unpack_only(["tool"], into)

    assert unpacked(into) == ["tool"]


def test_a_package_that_was_tampered_with_is_refused(repository: Path, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    source = archive(repository)
    built = repository / "library_1.2-3_all.deb"
    content = bytearray(built.read_bytes())
    content[-1] ^= 1
    built.write_bytes(content)

    with pytest.raises(PartError, match=r"(?i)hash sum mismatch"):
        source.unpack("tool", into)

    assert "tool" not in unpacked(into)


def test_a_source_that_is_out_of_order_does_not_matter_if_ours_can_be_had(repository: Path, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    source = archive(repository, more=OUT_OF_ORDER)

    source.unpack("tool", into)

    assert unpacked(into) == ["library", "tool"]
    with pytest.raises(PartError, match="no-such-folder"):
        source.candidate("nothing")
    with pytest.raises(PartError, match="no-such-folder"):
        source.unpack("nothing", into)


def test_the_machines_own_apt_is_not_touched(repository: Path) -> None:
    places = archive(repository).apt("apt-config", "dump")
    home = cache.CACHE / "apt"
    settings = {key: value.rstrip('";') for key, _, value in (line.partition(' "') for line in places.splitlines())}

    for key in ("Dir::State", "Dir::State::lists", "Dir::Cache", "Dir::Cache::archives", "Dir::State::status"):
        assert settings[key].startswith(str(home)), key


def test_where_there_is_no_apt_it_says_so(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = archive(repository)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PartError, match="only on Debian and Ubuntu"):
        source.candidate("tool")
