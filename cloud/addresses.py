"""Where somebody asks from, in the only form that is kept: a keyed hash. Pure; knows no request and no proxy."""

import hashlib
import hmac
import ipaddress
from typing import NewType

Address = NewType("Address", str)
"""Hashed: nothing that takes one can be given an address of the network by mistake."""

_NETWORK_BITS = 64  # of an IPv6 address: the rest of it is its owner's to choose, at every request anew
_HASH_CHARS = 32  # 128 bits


class Addresses:
    """Without the installation's key nobody who reads the store can try out all four thousand million addresses."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"iomando: addresses", hashlib.sha256)

    def hashed(self, remote: str | None) -> Address:
        """What cannot be read as an address is one address, the same for all."""
        digest = hmac.digest(self._key, _network(remote or "").encode(), hashlib.sha256)
        return Address(digest.hex()[:_HASH_CHARS])


def _network(remote: str) -> str:
    try:
        address = ipaddress.ip_address(remote.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), _NETWORK_BITS), strict=False))
    return str(address)
