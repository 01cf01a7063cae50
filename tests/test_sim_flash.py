"""The flash image: littlefs by MicroPython's own hand, laid out as on a unit. The chip under it: worn, and cut."""

import io
from pathlib import Path

import pytest

from sim import flash, flash_chip
from sim.board import Board
from sim.rom import compiled
from sim.shims import flash as shim

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
    assert slot == {f"/a/{name}.mpy" for name in modules} | {"/a/files"}
    assert {files[name][:2] for name in slot - {"/a/files"}} == {b"M\x06"}
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


# a program for a board: what it has told on the console is on its flash
WRITER = b"""
import os
for i in range(40):
    with open("/count.tmp", "w") as file:
        file.write(str(i) + " " * 300)
    os.rename("/count.tmp", "/count")
    print("wrote", i)
print("all written")
"""


@pytest.mark.parametrize("left", [flash_chip.NOTHING, flash_chip.PART, flash_chip.GARBAGE])
async def test_power_that_goes_in_an_operation_leaves_the_bytes_of_before_it(tmp_path: Path, left: int) -> None:
    image = tmp_path / "x.flash"
    flash.write(image, {"/main.py": WRITER})
    board = Board(image)
    board.flash.cut = (100, left)
    await board.start()
    await board.power_gone()

    operations, told = board.flash.operations, [line for line in board.console if line.startswith("wrote")]
    count = int(flash.read(image)["/count"])
    since = len(board.console)
    await board.start()
    await board.console_line("all written", since=since)
    await board.stop()

    assert operations == 100
    assert count in (len(told) - 1, len(told))
    assert board.resets == [1, 1]
    assert board.flash.operations > 200


async def test_what_blocks_have_borne_is_counted_until_the_image_is_made_anew(tmp_path: Path) -> None:
    image = tmp_path / "x.flash"
    flash.write(image, {"/main.py": WRITER})
    board = Board(image)
    assert board.flash.wear == {}
    await board.start()
    await board.console_line("all written")
    once, operations = dict(board.flash.wear), board.flash.operations
    since = len(board.console)
    board.power_off()
    await board.start()
    await board.console_line("all written", since=since)
    await board.stop()

    twice = board.flash.wear
    assert sum(block.erases + block.writes for block in once.values()) == operations
    assert sum(block.erases for block in once.values()) >= 40
    assert all(twice[number].erases >= block.erases for number, block in once.items())
    assert sum(block.erases for block in twice.values()) >= 2 * 40
    flash.write(image, {})
    assert Board(image).flash.wear == {}


class PowerGone(Exception):
    pass


@pytest.mark.parametrize("left", [flash_chip.NOTHING, flash_chip.PART, flash_chip.GARBAGE])
@pytest.mark.parametrize("operation", [1, 2])
def test_the_operation_that_power_went_in_is_done_in_part_or_not(left: int, operation: int) -> None:
    def power_gone() -> None:
        raise PowerGone

    before = bytes(range(256)) * 32
    data = bytes(128 for _ in range(512))
    file, done = io.BytesIO(before), io.BytesIO()
    chip = shim.Flash(file, len(before), done, (operation, left), power_gone)
    with pytest.raises(PowerGone):
        chip.writeblocks(1, data)  # erases block 1, then writes

    after = file.getvalue()
    erased = b"\xff" * 4096
    was, becomes, size = (before[4096:], erased, 4096) if operation == 1 else (erased, data, 512)
    part = next((i for i in range(size) if after[4096 + i] != becomes[i]), size)
    assert after[:4096] == before[:4096]
    assert after[4096 + size :] == was[size:]
    assert part == 0 if left == shim.NOTHING else 0 < part < size
    assert (after[4096 + part : 4096 + size] == was[part:size]) is (left != shim.GARBAGE)
    assert len(done.getvalue()) == 2 * operation
