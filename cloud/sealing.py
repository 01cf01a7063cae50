"""Seals what the store holds in trust (units' command keys) under one key of this installation. Knows nothing of
what it seals."""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class BadSeal(Exception):
    """This was not sealed under our key and for this context, or has changed since."""


class Sealer:
    """AES-256-GCM; `context` (the unit's id) is bound in, so that one unit's key cannot be put in another's row."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, secret: bytes, context: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise BadSeal(f"the seal of {context} is broken") from error


def sealing_key(path: Path) -> bytes:
    """The key in this file, made at first start, mode 0600."""
    if not path.exists():
        partial = path.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(AESGCM.generate_key(256))
            os.fsync(file.fileno())
        partial.rename(path)
    return path.read_bytes()
