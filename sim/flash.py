"""The flash image of a unit: a littlefs made by MicroPython itself, with the firmware in slot /a as a unit gets it.

Never here: what the files say.
"""

import json
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

from sim.flash_chip import operations_file
from tools import build, parts

SIZE = 960 * 1024  # bytes: the smallest that a board of ours has, one with 4 MB of flash and two slots for images
IMAGE_S = 60  # seconds to write or read one; it takes milliseconds
SLOT = "/a"
RELEASE = 1  # counter of what an installer has put there; release.py says the same
IDENTITY = ("unit.json", "tls.crt", "tls.key", "command.key")

_WRITE = """
import sys, vfs, os, struct
sys.path[:] = [PATH]
from shims.flash import Flash
source = sys.stdin.buffer
device = Flash(open(IMAGE, 'r+b'), SIZE)
vfs.VfsLfs2.mkfs(device)
vfs.mount(device, '/image')
while True:
    head = source.read(6)
    if not head:
        break
    name, size = struct.unpack('<HI', head)
    name = '/image' + source.read(name).decode()
    parts = name.split('/')
    for i in range(3, len(parts)):
        try:
            os.mkdir('/'.join(parts[:i]))
        except OSError:
            pass
    if not name.endswith('/'):
        with open(name, 'wb') as file:
            file.write(source.read(size))
vfs.umount('/image')
"""

_READ = """
import sys, vfs, os, struct
sys.path[:] = [PATH]
from shims.flash import Flash
out = sys.stdout.buffer
vfs.mount(Flash(open(IMAGE, 'r+b'), SIZE), '/image')
def walk(folder):
    for entry in os.ilistdir(folder):
        path = folder + '/' + entry[0]
        if entry[1] == 0x4000:
            walk(path)
            path, data = path + '/', b''
        else:
            with open(path, 'rb') as file:
                data = file.read()
        name = path[6:].encode()
        out.write(struct.pack('<HI', len(name), len(data)) + name + data)
walk('/image')
"""


def write(image: Path, files: Mapping[str, bytes], size: int = SIZE) -> None:
    """Make `image` anew with these files; a name that ends with a slash is an empty folder."""
    records = b"".join(
        struct.pack("<HI", len(name.encode()), len(data)) + name.encode() + data for name, data in sorted(files.items())
    )
    image.write_bytes(b"\xff" * size)
    operations_file(image).unlink(missing_ok=True)
    _run(_WRITE, image, size, records)


def read(image: Path) -> dict[str, bytes]:
    """Every file and, with a slash at its end, every folder."""
    data, files = _run(_READ, image, image.stat().st_size, b""), {}
    while data:
        name_size, size = struct.unpack_from("<HI", data)
        name, data = data[6 : 6 + name_size].decode(), data[6 + name_size :]
        files[name], data = data[:size], data[size:]
    return files


def firmware_files(firmware: Path) -> dict[str, bytes]:
    """boot.py and the root main.py as they are, everything else folded and compiled into slot a; slot b empty."""
    return firmware_of({source.name: source.read_text() for source in sorted(firmware.glob("*.py"))})


def firmware_of(sources: Mapping[str, str]) -> dict[str, bytes]:
    """The same from the text of each file."""
    slot = build.application(sources)
    return {
        **{where: sources[name].encode() for name, where in build.AT_ROOT.items() if name in sources},
        **{f"{SLOT}/{name}": data for name, data in slot.items()},
        f"{SLOT}/files": build.table(slot, RELEASE),
        "/active": b"a",
        "/b/": b"",
    }


def identity_files(identity: Path) -> dict[str, bytes]:
    """What the installer's tool puts on one unit: unit.json, its keys and certificate, the CAs it trusts."""
    files = {f"/{name}": (identity / name).read_bytes() for name in IDENTITY if (identity / name).exists()}
    for certificate in sorted((identity / "ca").glob("*.der")):
        files[f"/ca/{certificate.name}"] = certificate.read_bytes()
    return files


def _run(program: str, image: Path, size: int, data: bytes) -> bytes:
    from sim.rom import rom

    constants = f"PATH, IMAGE, SIZE = {json.dumps(str(rom().path))}, {json.dumps(str(image))}, {size}\n"
    argv = [*parts.micropython(), "-X", "heapsize=4M", "-c", constants + program]
    done = subprocess.run(argv, input=data, capture_output=True, timeout=IMAGE_S, check=False)
    if done.returncode or b"Traceback" in done.stderr:
        raise OSError(f"no flash image {image}: {(done.stderr or done.stdout)[-500:].decode(errors='replace')}")
    return done.stdout
