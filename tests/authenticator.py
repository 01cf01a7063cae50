"""A passkey's device in software: makes keys, signs challenges, and lies where a test tells it to."""

import base64
import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from cloud.passkeys import Passkey, Passkeys

SESSION = "session of ana"
PRESENT, VERIFIED, NEW_KEY = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def raw(text_: str) -> bytes:
    return base64.urlsafe_b64decode(text_ + "=" * (-len(text_) % 4))


class Authenticator:
    """One credential. `counts` is False for one that is kept in a cloud: its counter stays 0."""

    def __init__(self, origin: str = "https://doors.example", rp: str = "doors.example", counts: bool = True) -> None:
        self.origin, self.rp, self.counts = origin, rp, counts
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id, self.user, self.count = secrets.token_bytes(32), b"", 0
        self.verifies = True

    def create(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """The answer to `navigator.credentials.create`."""
        self.user = raw(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        data = self._data(NEW_KEY, lies) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, lies)
        return self._answer({"clientDataJSON": text(client), "attestationObject": text(attestation)})

    def get(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """The answer to `navigator.credentials.get`."""
        if self.counts and "count" not in lies:
            self.count += 1
        data = self._data(0, lies)
        client = self._client("webauthn.get", options, lies)
        key = lies.get("key", self.key)
        signature = key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature)}
        user = lies.get("user", self.user)
        return self._answer(answer | ({"userHandle": text(user)} if user is not None else {}))

    def _data(self, flags: int, lies: dict[str, Any]) -> bytes:
        flags |= PRESENT | (VERIFIED if lies.get("verifies", self.verifies) else 0)
        rp = hashlib.sha256(lies.get("rp", self.rp).encode()).digest()
        return rp + bytes([flags]) + lies.get("count", self.count).to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
        challenge = lies.get("challenge", options["challenge"])
        origin = lies.get("origin", self.origin)
        said = {"type": lies.get("type", kind), "challenge": challenge, "origin": origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}


async def added(passkeys: Passkeys, device: Authenticator, person: str = "ana", name: str = "her phone") -> Passkey:
    options = await passkeys.begin_adding(person, SESSION, "Ana")
    return await passkeys.add(person, SESSION, device.create(options), name)


async def signed_in(passkeys: Passkeys, device: Authenticator, **lies: Any) -> str | None:
    ticket, options = await passkeys.begin_sign_in()
    return await passkeys.sign_in(ticket, device.get(options, **lies))
