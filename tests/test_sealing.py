"""What is sealed opens only with its own key, for its own unit, and whole."""

import stat
from pathlib import Path

import pytest

from cloud.sealing import BadSeal, Sealer, sealing_key

KEY = bytes(range(32))
SECRET = b"a command key of thirty-two bytes"


def test_what_is_sealed_opens_again() -> None:
    sealed = Sealer(KEY).seal(SECRET, "3fa2b81c")

    assert SECRET not in sealed
    assert Sealer(KEY).open(sealed, "3fa2b81c") == SECRET


def test_the_same_secret_is_never_sealed_to_the_same_bytes() -> None:
    sealer = Sealer(KEY)

    assert len({sealer.seal(SECRET, "3fa2b81c") for _ in range(100)}) == 100


def test_another_key_or_another_units_row_does_not_open_it() -> None:
    sealed = Sealer(KEY).seal(SECRET, "3fa2b81c")

    with pytest.raises(BadSeal):
        Sealer(bytes(32)).open(sealed, "3fa2b81c")
    with pytest.raises(BadSeal):
        Sealer(KEY).open(sealed, "3fa2b81d")


def test_a_bit_changed_anywhere_does_not_open() -> None:
    sealed = Sealer(KEY).seal(SECRET, "3fa2b81c")

    for bit in range(len(sealed) * 8):
        wrong = bytearray(sealed)
        wrong[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadSeal):
            Sealer(KEY).open(bytes(wrong), "3fa2b81c")


def test_the_key_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "sealing.key"
    made = sealing_key(path)

    assert len(made) == 32
    assert sealing_key(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_start_that_was_interrupted_while_it_made_the_key_makes_another(tmp_path: Path) -> None:
    path = tmp_path / "sealing.key"
    path.with_suffix(".partial").write_bytes(b"half a k")

    assert len(sealing_key(path)) == 32
