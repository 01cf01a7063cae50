"""Where a request comes from when a proxy stands in front: the last hop that is none of ours. Pure.

Whoever sends a request can write anything into X-Forwarded-For; only what a trusted proxy has added to it counts.
"""

import ipaddress
from collections.abc import Iterable, Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
HOPS = 20  # proxies in a row that are looked through: beyond that somebody plays with the header


def networks(text: str) -> tuple[Network, ...]:
    """From '10.0.0.1, 192.168.0.0/16'. Raises ValueError."""
    return tuple(_network(part.strip()) for part in text.split(",") if part.strip())


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} should be an address or a network like 10.0.0.0/8") from error


def client(remote: str | None, headers: Iterable[str], trusted: Sequence[Network]) -> str:
    """The address that rates and codes are counted by. `headers`: every X-Forwarded-For, in their order."""
    address = remote or ""
    if not _is_in(address, trusted):
        return address
    hops = [hop.strip() for header in headers for hop in header.split(",")]
    for hop in reversed(hops[-HOPS:]):
        if not _is_address(hop):
            return address
        address = hop
        if not _is_in(address, trusted):
            return address
    return address


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_in(address: str, trusted: Sequence[Network]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in trusted)
