"""Takes a unit in: its certificate, its command key, its row. What the unit needs is returned once and kept nowhere in the clear."""

import datetime
import secrets

import msgspec

from cloud import schema
from cloud.certificates import Authority
from cloud.sealing import Sealer
from cloud.store import Store
from firmware.wire import SECRET_BYTES

UNIT_BYTES = 4


class Identity(msgspec.Struct, frozen=True):
    """Secrets of one unit; `unit` is 8 hex digits, certificates and key are DER."""

    unit: str
    certificate: bytes
    key: bytes
    command_key: bytes
    authorities: tuple[bytes, ...]

    def files(self) -> dict[str, bytes]:
        """Where each part stands on the unit's flash, beside its unit.json."""
        files = {
            "/tls.crt": self.certificate,
            "/tls.key": self.key,
            "/command.key": self.command_key,
        }
        return files | {f"/ca/{n}.der": der for n, der in enumerate(self.authorities)}


async def enrol(
    store: Store,
    sealer: Sealer,
    authority: Authority,
    now: datetime.datetime,
    unit: str | None = None,
) -> Identity:
    unit = unit or secrets.token_hex(UNIT_BYTES)
    command_key = secrets.token_bytes(SECRET_BYTES)
    issued = authority.client(unit, now)
    await store.add(schema.units, id=unit, key_0=sealer.seal(command_key, unit), slot=0)
    return Identity(unit, issued.der(), issued.key_der(), command_key, (authority.issued.der(),))
