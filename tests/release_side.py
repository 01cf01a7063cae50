"""A maintainer's keys and releases, and a cloud that serves their blocks to one unit. Never here: what a unit takes."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware import manifest, signatures, wire
from tests.far_side import DOWN_PADS, UNIT, Cloud
from tools import build

FIRMWARE = Path(__file__).parent.parent / "firmware"


class Keys:
    """A set of release keys: `number`, its secrets, the signed set. `before`: the one whose keys sign it, too, and
    `by_old`: which of them."""

    def __init__(
        self,
        number: int = 1,
        count: int = 1,
        threshold: int = 1,
        before: "Keys | None" = None,
        by_old: Sequence[int] | None = None,
    ) -> None:
        self.number = number
        self.secrets = [Ed25519PrivateKey.generate() for _ in range(count)]
        self.threshold = threshold
        keys = [secret.public_key().public_bytes_raw() for secret in self.secrets]
        self.body = signatures.packed_keys(number, 0, threshold, keys)
        old = before.signatures(signatures.KEYS_WORDS, self.body, by_old) if before else []
        by_new = self.signatures(signatures.KEYS_WORDS, self.body)
        self.signed = signatures.packed_signatures(old) + signatures.packed_signatures(by_new) + self.body

    def signatures(self, words: bytes, body: bytes, places: Sequence[int] | None = None) -> list[tuple[int, bytes]]:
        which = range(self.threshold) if places is None else places
        return [(i, self.secrets[i].sign(signatures.message(words, body))) for i in which]


class Release:
    """`files`: of the slot; a number that is left out is that of a release which every unit of the bench takes. `by`:
    which of the keys sign it."""

    def __init__(self, keys: Keys, counter: int, files: Mapping[str, bytes], **changes: Any) -> None:
        self.keys, self.counter, self.files = keys, counter, files
        self.bundle = changes.pop("bundle", build.bundle(files))
        by = changes.pop("by", None)
        fields = {
            "kind": manifest.APPLICATION,
            "counter": counter,
            "version": (1, 0, counter),
            "replaces": 1,
            "key_set": keys.number,
            "wire": wire.VERSION,
            "mpy": (6, 3),
            "least": (1, 20),
            "most": (1, 40),
            "packed": len(self.bundle),
            "digest": hashlib.sha256(self.bundle).digest(),
            "product": "iomando-unit",
            "boards": [],
            "files": build.listed(files),
            "notes": "",
        }
        self.body = manifest.packed_release(**(fields | changes))
        self.signed = signatures.packed_signatures(keys.signatures(signatures.RELEASE_WORDS, self.body, by)) + self.body


def firmware(counter: int, **texts: str) -> dict[str, bytes]:
    """The files of a slot: this firmware under another number, with these sources in place of its own."""
    sources = {source.name: source.read_text() for source in sorted(FIRMWARE.glob("*.py"))}
    sources["release.py"] = sources["release.py"].replace("RELEASE = 1\n", f"RELEASE = {counter}\n")
    return build.application(sources | {f"{name}.py": text for name, text in texts.items()})


class Shelf:
    """What a cloud has to give, by part and number. `asked`: every BLOCK_WANTED as (part, of, offset, length)."""

    def __init__(self, release: Release, *keys: Keys) -> None:
        self.release = release
        self.parts = {
            (wire.MANIFEST, release.counter): release.signed,
            (wire.BUNDLE, release.counter): release.bundle,
            **{(wire.KEY_SET, each.number): each.signed for each in keys},
        }
        self.asked: list[tuple[int, int, int, int]] = []

    def offer(self, cloud: Cloud, **changes: Any) -> None:
        fields = {
            "release": self.release.counter,
            "size": len(self.release.signed),
            "key_set": self.release.keys.number,
        }
        cloud.session.frame(wire.offer(DOWN_PADS, 0, bytes.fromhex(UNIT), *(fields | changes).values()))

    def block(self, frame: bytes) -> bytes:
        """The answer to a BLOCK_WANTED."""
        _, _, part, of, offset, length = wire.block_wanted_fields(frame)
        self.asked.append((part, of, offset, length))
        whole = self.parts.get((part, of), b"")
        data = whole[offset : offset + length]
        return wire.block(DOWN_PADS, 0, bytes.fromhex(UNIT), part, of, offset, len(whole), data)

    async def serve(self, cloud: Cloud, timeout: float = 30) -> tuple[int, int]:
        """Gives what is asked for until the unit says how it stands, beyond LOADING: (state, reason)."""
        while True:
            frame = await next_of(cloud, (wire.BLOCK_WANTED, wire.UPDATE_STATE), timeout)
            if frame[1] == wire.BLOCK_WANTED:
                cloud.session.frame(self.block(frame))
                continue
            state, reason = wire.update_state_fields(frame)[3:5]
            if state != 2:
                return state, reason


async def next_of(cloud: Cloud, kinds: Sequence[int], timeout: float) -> bytes:
    import asyncio

    async with asyncio.timeout(timeout):
        while True:
            frame = await cloud.session.frames.get()
            if frame[1] in kinds:
                return frame
