"""Release keys: how they are kept, how one set follows another, and what a unit makes of a chain with a hole."""

from pathlib import Path

import pytest

from firmware import signatures
from tests.release_desk import WORDS, Desk
from tools import keys


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path)


def signed(desk: Desk, version: str, *names: str) -> str:
    folder = desk.build(version)
    desk.do("sign", folder, *(f"{name}.key" for name in names))
    return folder


def test_a_secret_key_is_kept_encrypted_for_its_holder_alone_and_its_passphrase_is_told_to_nobody(desk: Desk) -> None:
    said = desk.do("keys", "secret", "anna.key")

    assert Path("anna.key").stat().st_mode & 0o777 == 0o600
    assert Path("anna.key").read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert Path("anna.pub").read_text().strip() in said
    words = WORDS.format("anna")
    assert words not in said and not [name for name, data in desk.content().items() if words.encode() in data]


def test_a_key_that_is_there_is_never_overwritten_and_a_short_passphrase_not_taken(desk: Desk) -> None:
    desk.holders("anna")
    assert "not overwritten" in desk.refused("keys", "secret", "anna.key")
    assert "at least 16" in desk.refused("keys", "secret", "ben.key", typed="fifteen letters\n" * 2)
    assert "another name" in desk.refused("keys", "secret", "ben.pub", typed="more than fifteen letters\n" * 2)


@pytest.mark.parametrize(
    ("names", "threshold"), [(["anna", "anna"], 1), (["anna", "ben"], 3), (["anna", "ben"], 0), (["anna"] * 6, 1)]
)
def test_a_set_that_cannot_be_is_not_made(desk: Desk, names: list[str], threshold: int) -> None:
    desk.holders(*names)
    publics = [word for name in names for word in ("--public", f"{name}.pub")]
    assert "1 to 5 different keys" in desk.refused("keys", "new", *publics, "--threshold", str(threshold))


def test_a_set_is_complete_with_enough_of_the_old_keys_and_enough_of_its_own(desk: Desk) -> None:
    desk.key_set(1, ["anna", "ben", "carla"], threshold=2, by=["anna", "carla"])
    desk.key_set(2, ["anna", "dora", "eva"], threshold=2, by=["dora", "eva"])
    known = keys.Sets(Path("release-keys"))

    assert "signed by 0 of the 2 keys of set 1" in desk.do("keys", "show")
    with pytest.raises(keys.BadKeys):
        known.trusted(2)
    desk.do("keys", "sign", "2", "anna.key")
    assert "signed by 1 of the 2 keys of set 1" in desk.do("keys", "show")
    desk.do("keys", "sign", "2", "ben.key")
    assert "Key set 2 is complete" in desk.do("keys", "show")
    assert known.trusted(2).threshold == 2
    assert "neither in key set 2 nor in the one before" in desk.refused("keys", "sign", "2", "ben.key")

    desk.holders("mallory")
    assert "neither in key set 2" in desk.refused("keys", "sign", "2", "mallory.key")


def test_a_unit_that_slept_across_two_rotations_follows_the_chain_and_never_goes_back(desk: Desk) -> None:
    desk.key_set(1, ["anna"])
    first = signed(desk, "1.1.0", "anna")
    desk.key_set(2, ["ben"], by=["anna", "ben"])
    desk.key_set(3, ["carla"], by=["ben", "carla"])
    third = signed(desk, "1.2.0", "carla")

    for trusting in ("1", "2", "3"):
        desk.do("verify", third, "--trusting", trusting)
    desk.do("verify", first)
    assert "never goes back" in desk.refused("verify", first, "--trusting", "2")

    Path("release-keys/2.keys").rename("gone")
    assert "2.keys cannot be read" in desk.refused("verify", third)
    desk.do("verify", third, "--trusting", "3")


def test_after_a_rotation_the_old_key_signs_nothing_that_names_the_new_set(desk: Desk) -> None:
    desk.key_set(1, ["anna"])
    desk.key_set(2, ["ben"], by=["anna", "ben"])
    folder = desk.build("1.1.0")
    assert "not in key set 2" in desk.refused("sign", folder, "anna.key")


@pytest.mark.parametrize("signers", [(0, 1), (1, 0), (0, 0)])
def test_a_set_that_a_thief_makes_is_followed_by_nobody(desk: Desk, signers: tuple[int, int]) -> None:
    """With one key of two that are needed, whatever he makes of it by hand."""
    desk.key_set(1, ["anna", "ben"], threshold=2)
    desk.holders("mallory", "moritz")
    stolen, *his = (
        keys.read_secret(Path(f"{name}.key"), lambda _, n=name: WORDS.format(n))
        for name in ("anna", "mallory", "moritz")
    )
    known = keys.Sets(Path("release-keys"))
    body = signatures.packed_keys(2, 0, 1, [keys.public(one) for one in his])
    message = signatures.message(signatures.KEYS_WORDS, body)
    by_old = [(0, stolen.sign(message)), (1, his[0].sign(message))][: 1 + signers[0]]
    by_new = [(0, his[0].sign(message)), (1, bytes(64))][: 1 + signers[1]]
    known.keep(keys.SignedSet(by_old, by_new, body))

    with pytest.raises(keys.BadKeys):
        known.trusted(2)


def test_a_demo_set_is_marked_and_never_follows_a_real_one(desk: Desk) -> None:
    desk.holders("anna", "ben")
    assert "DEMO" in desk.do("keys", "new", "--public", "anna.pub", "--threshold", "1", "--demo")
    desk.do("keys", "sign", "1", "anna.key")
    assert keys.Sets(Path("release-keys")).trusted(1).demo

    desk.do("keys", "rotate", "--public", "ben.pub", "--threshold", "1")
    desk.do("keys", "sign", "2", "anna.key", "ben.key")
    assert "never follows a real one" in desk.refused(
        "keys", "rotate", "--public", "anna.pub", "--threshold", "1", "--demo"
    )
