"""Release keys: a maintainer's secret key in its encrypted file, and the key sets that units trust.

    anna.key   secret, PKCS8, encrypted with a passphrase: stays with its holder
    anna.pub   public, 64 hexadecimal digits: handed to whoever makes the set
    1.keys     a key set: signed by the set before | signed by itself | body; no secret in it

A set is good when `threshold` keys of the set before it and `threshold` of its own have signed it; the first one has
no set before it. Never here: what is asked of whom (keys_cli.py), what a release is (release_files.py).
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from firmware import ed25519, signatures

SHORTEST_PASSPHRASE = 16  # characters: whoever finds the file tries as fast as his machines can
SET_SUFFIX = ".keys"

Found = list[tuple[int, bytes]]  # (place in the key set, signature), rising


class BadKeys(Exception):
    """What a maintainer has to know; nothing was changed."""


def put(path: Path, data: bytes, mode: int = 0o644) -> None:
    """The old content or the new, whatever happens."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(mode)
            Path(file.name).rename(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


# -- secret keys


def public(secret: Ed25519PrivateKey) -> bytes:
    return secret.public_key().public_bytes_raw()


def make_secret(path: Path, passphrase: str) -> Ed25519PrivateKey:
    """`path` and beside it the public key. Never over an existing file: it may be the only copy of a key."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise BadKeys(f"a passphrase has at least {SHORTEST_PASSPHRASE} characters: four random words are good")
    if path.suffix == ".pub":
        raise BadKeys(f"{path} is where the public key goes: give the secret one another name, as anna.key")
    if path.exists():
        raise BadKeys(f"{path} is there already, and keys are not overwritten")
    secret = Ed25519PrivateKey.generate()
    sealing = BestAvailableEncryption(passphrase.encode())
    put(path, secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing), 0o600)
    put(path.with_suffix(".pub"), public(secret).hex().encode() + b"\n")
    return secret


def read_secret(path: Path, ask: Callable[[str], str]) -> Ed25519PrivateKey:
    """`ask`(question) gives the passphrase."""
    raw = read_file(path)
    if b"ENCRYPTED" not in raw:
        raise BadKeys(f"{path} is no encrypted key: a release key without a passphrase is not used")
    try:
        secret = load_pem_private_key(raw, ask(f"Passphrase of {path.name}").encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKeys(f"{path} does not open: another passphrase, or a damaged file") from None
    if not isinstance(secret, Ed25519PrivateKey):
        raise BadKeys(f"{path} is a key of another kind than Ed25519")
    return secret


def read_public(path: Path) -> bytes:
    try:
        key = bytes.fromhex(read_file(path).decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != signatures.KEY_BYTES:
        raise BadKeys(f"{path} is no public key: 64 hexadecimal digits")
    return key


def read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadKeys(f"{path} cannot be read: {error.strerror}") from None


# -- signing


def signed_with(found: Found, keys: signatures.KeySet, secret: Ed25519PrivateKey, words: bytes, body: bytes) -> Found:
    """`found` and this one's signature. BadKeys: the key is not in the set."""
    if public(secret) not in keys.keys:
        raise BadKeys(f"this key is not in key set {keys.number}")
    place = keys.keys.index(public(secret))
    return sorted({**dict(found), place: secret.sign(signatures.message(words, body))}.items())


def check(found: Found, keys: signatures.KeySet, words: bytes, body: bytes) -> None:
    """What proving.py does on the unit, with the same reckoning. BadKeys: not signed by enough, or not well."""
    try:
        wanted = signatures.wanted_checks(found, keys)
    except ValueError:
        raise BadKeys(
            f"signed by {len(found)} of the {keys.threshold} keys of set {keys.number} that it needs"
        ) from None
    message = signatures.message(words, body)
    for key, signature in wanted:
        if not ed25519.verify(key, message, signature):
            raise BadKeys(f"a signature of key {key.hex()[:8]}… of set {keys.number} is wrong")


# -- key sets


@dataclass(frozen=True)
class SignedSet:
    """A key set as far as it has been signed."""

    by_old: Found
    by_new: Found
    body: bytes

    @property
    def keys(self) -> signatures.KeySet:
        return signatures.read_keys(self.body)

    def packed(self) -> bytes:
        return signatures.packed_signatures(self.by_old) + signatures.packed_signatures(self.by_new) + self.body


def read_set(path: Path) -> SignedSet:
    raw = read_file(path)
    try:
        by_old, at = signatures.read_signatures(raw)
        by_new, at = signatures.read_signatures(raw, at)
        signatures.read_keys(raw[at:])
    except ValueError as error:
        raise BadKeys(f"{path} is no key set: {error}") from None
    return SignedSet(by_old, by_new, raw[at:])


def following(before: signatures.KeySet | None, publics: Sequence[bytes], threshold: int, demo: bool) -> SignedSet:
    """The set after `before`, signed by nobody yet."""
    if demo and before and not before.demo:
        raise BadKeys("a demo set never follows a real one: units would refuse it")
    try:
        number = before.number + 1 if before else 1
        return SignedSet([], [], signatures.packed_keys(number, int(demo), threshold, list(publics)))
    except ValueError:
        raise BadKeys(f"1 to {signatures.MAX_KEYS} different keys, and no more of them needed than there are") from None


def sign_set(it: SignedSet, before: signatures.KeySet | None, secret: Ed25519PrivateKey) -> SignedSet:
    """With this key's signature wherever it counts: for the set before, for the new one, or for both."""
    by_old, by_new = it.by_old, it.by_new
    if before and public(secret) in before.keys:
        by_old = signed_with(by_old, before, secret, signatures.KEYS_WORDS, it.body)
    if public(secret) in it.keys.keys:
        by_new = signed_with(by_new, it.keys, secret, signatures.KEYS_WORDS, it.body)
    if (by_old, by_new) == (it.by_old, it.by_new):
        raise BadKeys(f"this key is neither in key set {it.keys.number} nor in the one before, or has signed already")
    return SignedSet(by_old, by_new, it.body)


class Sets:
    """The folder of an installation's key sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, number: int) -> Path:
        return self.folder / f"{number}{SET_SUFFIX}"

    def numbers(self) -> list[int]:
        names = [path.name.removesuffix(SET_SUFFIX) for path in self.folder.glob(f"*{SET_SUFFIX}")]
        return sorted(int(name) for name in names if name.isdecimal())

    def read(self, number: int) -> SignedSet:
        found = read_set(self.path(number))
        if found.keys.number != number:
            raise BadKeys(f"{self.path(number)} holds key set {found.keys.number}")
        return found

    def before(self, number: int) -> signatures.KeySet | None:
        return self.read(number - 1).keys if number > 1 else None

    def keep(self, it: SignedSet) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.path(it.keys.number)
        put(path, it.packed())
        return path

    def trusted(self, number: int, first: int = 1) -> signatures.KeySet:
        """Key set `number`, as a unit comes to trust it that trusts `first` now: one set after the other."""
        it = self.read(first)
        if first == 1:
            if it.by_old:
                raise BadKeys("key set 1 has no set before it, and is signed by one")
            check(it.by_new, it.keys, signatures.KEYS_WORDS, it.body)
        for following_number in range(first + 1, number + 1):
            before, it = it.keys, self.read(following_number)
            if it.keys.demo and not before.demo:
                raise BadKeys("a demo set follows a real one")
            check(it.by_old, before, signatures.KEYS_WORDS, it.body)
            check(it.by_new, it.keys, signatures.KEYS_WORDS, it.body)
        if it.keys.number != number:
            raise BadKeys(f"a unit that trusts key set {first} never goes back to set {number}")
        return it.keys
