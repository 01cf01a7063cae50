"""Whether what a maintainer publishes is what it says it is: a set of release keys, a release with its bundle. The same
files judge here and on the unit. Pure. Never here: who may publish (routes.py), whether a unit takes it (its own).
"""

import hashlib
import zlib
from typing import Any

from firmware import ed25519, manifest, signatures, wire

PRODUCT = "iomando-unit"
SPEAKS = (wire.VERSION,)  # wire versions that this cloud speaks
WINDOW_BITS = 12  # of a bundle's compression, as units unpack it
MAX_KEY_SET = signatures.MAX_KEYS_BYTES
MAX_SIGNED = manifest.MAX_BYTES
MAX_BUNDLE = manifest.MAX_IMAGE


class Refused(ValueError):
    """It is not taken; the message says why."""


def keys_of(signed: bytes) -> Any:
    """The KeySet of a signed one that was taken before."""
    return signatures.read_keys_of(signed)


def check_keys(signed: bytes, newest: bytes | None, *, demo: bool) -> Any:
    """The KeySet, once enough keys have signed it: its own, and those of the set before it. `demo`: sets whose secrets
    everybody knows are taken, too."""
    try:
        by_old, at = signatures.read_signatures(signed)
        by_new, at = signatures.read_signatures(signed, at)
        body = signed[at:]
        new = signatures.read_keys(body)
    except ValueError as error:
        raise Refused(f"not a signed key set: {error}") from error
    if len(signed) > MAX_KEY_SET:
        raise Refused("a key set this large no unit takes")
    if new.demo and not demo:
        raise Refused("this is a demo's key set: its secret keys are known to everybody")
    if newest is not None:
        old = keys_of(newest)
        if new.number != old.number + 1:
            raise Refused(f"the key set after {old.number} has number {old.number + 1}, not {new.number}")
        if new.demo and not old.demo:
            raise Refused("a demo's key set does not follow a real one")
        _signed(signatures.KEYS_WORDS, body, by_old, old)
    _signed(signatures.KEYS_WORDS, body, by_new, new)
    return new


def boards_of(signed: bytes) -> tuple[str, ...]:
    """Of a signed release that was taken before."""
    _, at = signatures.read_signatures(signed)
    return tuple(manifest.read_release(signed[at:]).boards)


def check_release(signed: bytes, bundle: bytes, keys: bytes | None, above: int) -> Any:
    """The manifest.Release, once all of it is good. `keys`: the newest signed key set; `above`: the highest counter
    there is."""
    try:
        by, at = signatures.read_signatures(signed)
        body = signed[at:]
        found = manifest.read_release(body)
    except ValueError as error:
        raise Refused(f"not a signed release: {error}") from error
    if keys is None:
        raise Refused("there are no release keys here yet: add the key set that units were given")
    trusted = keys_of(keys)
    if found.key_set != trusted.number:
        raise Refused(f"signed by key set {found.key_set}; units trust {trusted.number}")
    _signed(signatures.RELEASE_WORDS, body, by, trusted)
    if found.product != PRODUCT:
        raise Refused(f"this is {found.product!r}, not {PRODUCT!r}")
    if found.wire not in SPEAKS:
        raise Refused(f"it speaks wire version {found.wire}, which this cloud does not")
    if found.counter <= above:
        raise Refused(f"its counter is {found.counter}; {above} is published, and a counter only rises")
    if len(bundle) != found.packed or hashlib.sha256(bundle).digest() != found.digest:
        raise Refused("the bundle is not the one of this release")
    _check_files(found, bundle)
    return found


def version_of(release: Any) -> str:
    return ".".join(str(part) for part in release.version)


def _signed(words: bytes, body: bytes, by: list[tuple[int, bytes]], keys: Any) -> None:
    message = signatures.message(words, body)
    try:
        checks = signatures.wanted_checks(by, keys)
    except ValueError as error:
        raise Refused(f"key set {keys.number}: {error}") from error
    if not all(ed25519.verify(key, message, signature) for key, signature in checks):
        raise Refused(f"a signature by key set {keys.number} is wrong")


def _check_files(release: Any, bundle: bytes) -> None:
    """Each file's bytes, where a unit would find them."""
    if release.kind == manifest.IMAGE and len(bundle) != release.unpacked:
        raise Refused("an image goes as it is: a unit writes what comes into its partition")
    unpacked = bundle if release.kind == manifest.IMAGE else _unpacked(bundle, release)
    at = 0
    for name, size, digest in release.files():
        if hashlib.sha256(unpacked[at : at + size]).digest() != digest:
            raise Refused(f"{name} in the bundle is not what the manifest says")
        at += size


def _unpacked(bundle: bytes, release: Any) -> bytes:
    unpacker = zlib.decompressobj(WINDOW_BITS)
    try:
        whole = unpacker.decompress(bundle, release.unpacked + 1)
    except zlib.error as error:
        raise Refused(f"the bundle cannot be unpacked: {error}") from error
    if len(whole) != release.unpacked or not unpacker.eof or unpacker.unused_data:
        raise Refused("the bundle does not unpack to what the manifest says")
    return whole
