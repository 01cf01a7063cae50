"""The reserve that keeps opens recordable: set aside while there is room, given up once."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from cloud import disk as module
from cloud.disk import SHED_AT, WARN_AT, Disk

MB = 1024 * 1024


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch):
    """free(mb): the disk of 100 MB has this much left."""

    def left(mb: float) -> None:
        usage = SimpleNamespace(total=100 * MB, free=int(mb * MB), used=int((100 - mb) * MB))
        monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage)

    return left


def test_the_reserve_is_set_aside_in_full(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 2)
    assert not disk.reserved()

    disk.keep()

    assert disk.reserved()
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_size == 2 * MB
    assert kept.stat().st_blocks * 512 >= 2 * MB  # really taken, no hole


def test_the_reserve_is_given_up_once(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 1)
    disk.keep()

    assert disk.give_up()
    assert not disk.reserved()
    assert list(tmp_path.iterdir()) == []
    assert not disk.give_up()


def test_with_room_again_the_reserve_comes_back(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 1)
    disk.keep()
    disk.give_up()

    disk.keep()

    assert disk.reserved()


@pytest.mark.parametrize(("left", "kept"), [(1.9, False), (2.0, True)])
def test_the_reserve_does_not_take_the_last_room(tmp_path: Path, free, left: float, kept: bool) -> None:
    disk = Disk(tmp_path, 1)
    free(left)

    disk.keep()

    assert disk.reserved() is kept


def test_a_reserve_that_could_not_be_finished_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(module.os, "posix_fallocate", no_room)
    disk = Disk(tmp_path, 1)

    with pytest.raises(OSError, match="No space"):
        disk.keep()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    disk.keep()
    assert disk.reserved()


@pytest.mark.parametrize(
    ("left", "warns", "sheds"), [(21, False, False), (20, True, False), (6, True, False), (5, True, True)]
)
def test_at_80_percent_it_warns_and_at_95_it_sheds(tmp_path: Path, free, left: float, warns: bool, sheds: bool) -> None:
    free(left)
    disk = Disk(tmp_path, 1)

    assert (disk.used() >= WARN_AT) is warns
    assert disk.sheds() is sheds
    assert (WARN_AT, SHED_AT) == (0.80, 0.95)
