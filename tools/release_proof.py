"""Whether units would take a release: by the same layouts and the same reckoning here, then by the unit's own files on
MicroPython, from the offer to the restart. Never here: whether it is a good one.
"""

import hashlib
import re
import subprocess
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from firmware import manifest, signatures, update_words
from tools import build, keys, parts, release_files, release_image
from tools.release_files import BadRelease, ReleaseFolder

GENERIC = "ESP32"  # the board of a unit that has none of its own, as main.py has it
TAKE = Path(__file__).parent / "on_unit" / "take.py"
SHIMS = release_files.ROOT / "sim" / "shims"  # has a Partition for an image to go into
TAKE_S = 120  # seconds; it takes three
HEAP = "1M"  # what it needs on a unit is measured there
SLOT_ENDS = ("active b t 0 - 0",)  # what it says at its end: the other slot is next, on trial …
IMAGE_ENDS = ("active a k 0 - 99", "boots ota_1 new")  # … or the same one, on the image that set_boot() has named

REASONS = {
    value: name.lower().replace("_", " ")
    for name, value in vars(update_words).items()
    if name.isupper() and name not in {"REFUSED", "LOADING", "WRITTEN", "TRIAL", "CONFIRMED", "REVERTED"}
}


def check_content(it: ReleaseFolder) -> dict[str, bytes]:
    """The files of the bundle; BadRelease unless they are what the manifest says, to the byte."""
    release = it.manifest
    if len(it.signed) > manifest.MAX_BYTES:
        raise BadRelease("the manifest and its signatures are longer than a unit reads")
    if it.is_image:
        return release_image.check(it)
    if len(it.bundle) != release.packed or hashlib.sha256(it.bundle).digest() != release.digest:
        raise BadRelease("the bundle is not the one of the manifest")
    unpacker = zlib.decompressobj(build.WINDOW_BITS)
    try:
        content = unpacker.decompress(it.bundle, release.unpacked + 1)
    except zlib.error as error:
        raise BadRelease(f"the bundle cannot be unpacked: {error}") from None
    if len(content) != release.unpacked or not unpacker.eof or unpacker.unused_data:
        raise BadRelease("the bundle holds more or less than the manifest says")
    files, at = {}, 0
    for name, size, sha in release.files():
        files[name] = content[at : at + size]
        at += size
        if hashlib.sha256(files[name]).digest() != sha:
            raise BadRelease(f"{name} is not the one of the manifest")
    return files


def check_signed(it: ReleaseFolder, sets: keys.Sets, first: int) -> signatures.KeySet:
    """By whom, for a unit that trusts key set `first`. BadKeys: it would refuse."""
    trusted = sets.trusted(it.manifest.key_set, first)
    keys.check(it.by, trusted, signatures.RELEASE_WORDS, it.body)
    return trusted


def check_rebuilt(it: ReleaseFolder, sources: Path | None = None) -> None:
    """That it was built from its sources, and they are those in `sources`, but for number and time."""
    if not it.sources:
        raise BadRelease("its sources are not here: who signs it cannot know what is in it")
    here = release_files.rebuilt(it.sources)
    if here != it.bundle:
        raise BadRelease("its sources make another bundle here: it was built from others, or with other tools")
    if sources is None:
        return
    built = re.search(r"(?m)^BUILT = (\d+)", it.sources["release.py"])
    when = int(built.group(1)) if built else None
    wanted = release_files.stamped(release_files.sources_of(sources), it.manifest.counter, when)
    differing = sorted(name for name in wanted.keys() | it.sources.keys() if wanted.get(name) != it.sources.get(name))
    if differing:
        raise BadRelease(f"not built from {sources}: {', '.join(differing)} differ")


def check_stamp(it: ReleaseFolder) -> None:
    """That the program calls itself what the manifest calls it: a unit tells the former."""
    if it.sources and release_files.stamped(it.sources, it.manifest.counter) != it.sources:
        raise BadRelease("release.py has another counter than the manifest")


def taken(it: ReleaseFolder, sets: keys.Sets, first: int, board: str = "") -> dict[str, bytes]:
    """What stands in the idle slot afterwards, beside its table, or in the idle partition, once the unit's own files
    have taken it; BadRelease with the unit's reason when they do not. The unit trusts key set `first` and runs the
    least that can be replaced."""
    release = it.manifest
    board = board or (release.boards[0] if release.boards else GENERIC)
    with tempfile.TemporaryDirectory(prefix="iomando-unit-") as scratch:
        root = Path(scratch)
        (root / "cloud").mkdir()
        (root / "b").mkdir()
        (root / "release.keys").write_bytes(sets.read(first).packed())
        (root / "cloud" / f"{release.counter}.manifest").write_bytes(it.signed)
        (root / "cloud" / f"{release.counter}.bundle").write_bytes(it.bundle)
        for number in sets.numbers():
            (root / "cloud" / f"{number}.keys").write_bytes(sets.read(number).packed())
        if it.is_image:
            _partition(root)
        running = max(release.replaces, release_files.INSTALLER)
        numbers = (running, release.counter, release.key_set, *release.least)
        argv = [
            *parts.micropython(),
            "-X",
            f"heapsize={HEAP}",
            str(TAKE),
            str(release_files.FIRMWARE),
            f"{root}/",
            board,
        ]
        done = subprocess.run(
            [*argv, *map(str, numbers), str(SHIMS)], capture_output=True, text=True, timeout=TAKE_S, check=False
        )
        _judge(done, release.counter, IMAGE_ENDS if it.is_image else SLOT_ENDS)
        if it.is_image:
            there = (root / "ota_1").read_bytes()
            if there[release.packed :].strip(b"\xff"):
                raise BadRelease("a unit writes more into the partition than the image")
            return {release_image.NAME: there[: release.packed]}
        return {path.name: path.read_bytes() for path in sorted((root / "b").iterdir())}


def _partition(root: Path) -> None:
    """Of a unit that runs from the first of two, as sim/shims/partition.py has them."""
    (root / "ota_0").write_bytes(bytes([release_image.MAGIC]).ljust(manifest.MAX_IMAGE, b"\xff"))
    (root / "ota_1").write_bytes(b"\xff" * manifest.MAX_IMAGE)
    (root / "choice").write_bytes(b"ota_0 valid".ljust(16))


def _judge(done: "subprocess.CompletedProcess[str]", counter: int, ends: Sequence[str]) -> None:
    lines = [line.split() for line in done.stdout.splitlines()]
    states = [(int(line[1]), int(line[2])) for line in lines if line[:1] == ["state"]]
    for state, reason in states:
        if state == update_words.REFUSED:
            raise BadRelease(f"a unit refuses it: {REASONS.get(reason, str(reason))}")
    as_it_should = states[-1:] == [(update_words.WRITTEN, 0)] and all(line.split() in lines for line in ends)
    if done.returncode or not as_it_should:
        raise BadRelease(
            f"a unit does not get through with release {counter}:\n{done.stdout[-500:]}{done.stderr[-1500:]}"
        )
