"""By which key the push services of the browsers know this installation: made at first start, kept, public half told to
apps. Sends nothing.

Whoever steals it can sign for us, but knows no subscription and none of their keys. Where it is lost or changed every
subscription made with it is dead, and apps subscribe anew.
"""

import base64
import logging
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

log = logging.getLogger("iomando.vapid")

MODE = 0o600
_NOT_OURS_ALONE = 0o077


class BadKey(Exception):
    """What is in the file is no key for web push."""


class Vapid:
    """`public`: what an app subscribes with (base64url of the uncompressed point)."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self.private = private
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public = base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def kept(path: Path) -> Vapid:
    """The key in this file, made at first start, mode 0600: one that others may read is put right, and said."""
    if not path.exists():
        _make(path)
    mode = path.stat().st_mode
    if mode & _NOT_OURS_ALONE:
        log.warning("others could read the key of web push", extra={"mode": oct(mode & 0o777)})
        path.chmod(MODE)
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise BadKey(f"{path} holds no key: put it back, or remove it and have every phone subscribe anew") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise BadKey(f"{path} should hold a key on P-256")
    return Vapid(private)


def _make(path: Path) -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "wb") as file:
        file.write(pem)
        os.fsync(file.fileno())
    partial.rename(path)
