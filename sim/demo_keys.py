"""Release keys of a demo, made at its first start: a set that is marked DEMO, and its one secret key under a passphrase
that everybody knows. So a person can make, sign and send out a release of her own; a real service refuses the set.

    <home>/release-keys/1.keys              trusted by the demo's units
                        demo.key, demo.pub  the secret key, encrypted, and the public one
"""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tools import keys

FOLDER = "release-keys"
NAME = "demo.key"
KNOWN = "everybody knows this one"
ON_A_UNIT = "release.keys"


def kept(home: Path) -> Path:
    """The folder of the key sets."""
    folder = home / FOLDER
    if not keys.Sets(folder).numbers():
        folder.mkdir(mode=0o700, exist_ok=True)
        _make(folder)
    return folder


def trust(home: Path, unit: str) -> None:
    """As an installer puts it on a unit: the first set."""
    keys.put(home / "units" / unit / ON_A_UNIT, keys.Sets(kept(home)).read(1).packed())


def _make(folder: Path) -> None:
    secret = _secret(folder / NAME)
    sets = keys.Sets(folder)
    it = keys.following(None, [keys.public(secret)], 1, demo=True)
    sets.keep(keys.sign_set(it, None, secret))


def _secret(path: Path) -> Ed25519PrivateKey:
    """An earlier start may have come as far as this."""
    if path.exists():
        return keys.read_secret(path, lambda _: KNOWN)
    return keys.make_secret(path, KNOWN)
