"""The flash image: littlefs by MicroPython's own hand, laid out as on a unit."""

from pathlib import Path

import pytest

from sim import flash
from sim.rom import compiled

FIRMWARE = Path(__file__).parent.parent / "firmware"


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    files = {"/a/b/c.bin": bytes(range(256)) * 40, "/unit.json": b"{}", "/b/": b"", "/empty": b""}
    image = tmp_path / "x.flash"
    flash.write(image, files)
    assert image.stat().st_size == flash.SIZE
    assert flash.read(image) == files | {"/a/": b"", "/a/b/": b""}


def test_too_much_for_the_flash_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"ENOSPC|28"):
        flash.write(tmp_path / "x.flash", {"/big": bytes(flash.SIZE)})


def test_firmware_lies_in_slot_a_with_the_two_files_that_are_never_updated_outside(tmp_path: Path) -> None:
    image = tmp_path / "x.flash"
    flash.write(image, flash.firmware_files(FIRMWARE))
    files = flash.read(image)
    slot = {name for name in files if name.startswith("/a/") and name != "/a/"}
    outside = {name: data for name, data in files.items() if name not in slot}
    modules = {path.stem for path in FIRMWARE.glob("*.py")} - {"boot", "root_main"}
    assert slot == {f"/a/{name}.mpy" for name in modules}
    assert {files[name][:2] for name in slot} == {b"M\x06"}
    assert outside == {
        "/a/": b"",
        "/b/": b"",
        "/active": b"a",
        "/boot.py": (FIRMWARE / "boot.py").read_bytes(),
        "/main.py": (FIRMWARE / "root_main.py").read_bytes(),
    }


def test_an_identity_folder_becomes_the_units_files(tmp_path: Path) -> None:
    (tmp_path / "ca").mkdir()
    for name in ("unit.json", "tls.crt", "tls.key", "command.key", "ca/0.der", "ca/1.der", "notes.txt"):
        (tmp_path / name).write_bytes(name.encode())
    assert flash.identity_files(tmp_path) == {
        f"/{name}": name.encode() for name in ("unit.json", "tls.crt", "tls.key", "command.key", "ca/0.der", "ca/1.der")
    }


def test_source_that_does_not_compile_is_told_with_its_line(tmp_path: Path) -> None:
    source = tmp_path / "bad.py"
    source.write_text("x = 1\nif:\n")
    with pytest.raises(SyntaxError, match="line 2"):
        compiled(source, "bad.py")
