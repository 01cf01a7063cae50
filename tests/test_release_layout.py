"""What a signed release may be, to the bit: none of its bits can be another; what is made up is refused cleanly."""

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware import ed25519, manifest, signatures
from tools import keys, parts, release_files

HEAP = "300K"  # a unit's with a third free
READ_S = 120
READ = Path(__file__).parent / "on_unit" / "reading_manifests.py"
SHA = bytes(range(32))
SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SET = signatures.read_keys(signatures.packed_keys(1, 0, 1, [keys.public(SECRET)]))


def body(files: int = 2, notes: str = "What is new", kind: int = manifest.APPLICATION) -> bytes:
    names = [f"f{i:02}.mpy" for i in range(files)] if kind == manifest.APPLICATION else ["micropython.bin"]
    listed = [(name, 100 + i, SHA) for i, name in enumerate(names)]
    head = (kind, 7, (1, 2, 3), 1, 1, 1, (6, 3), (1, 23), (1, 29), 500, SHA)
    return manifest.packed_release(*head, "iomando-unit", ["ESP32", "T-A7670"], listed, notes)


def signed(of: bytes) -> bytes:
    message = signatures.message(signatures.RELEASE_WORDS, of)
    return signatures.packed_signatures([(0, SECRET.sign(message))]) + of


def quickly(key: bytes, message: bytes, signature: bytes) -> bool:
    """What ed25519.verify says, in a hundredth of the time; that both say the same, the long test shows."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def accepted(data: bytes) -> bool:
    """As whoever publishes or signs checks it, and a unit in the same order: signatures first."""
    try:
        it = release_files.ReleaseFolder(data, b"")
        keys.check(it.by, SET, signatures.RELEASE_WORDS, it.body)
        return bool(it.manifest)
    except (ValueError, keys.BadKeys):
        return False


def accepted_of(data: bytes) -> list[int]:
    """The bits that can be flipped without anybody noticing."""
    found = []
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        if accepted(bytes(flipped)):
            found.append(bit)
    return found


@pytest.mark.parametrize("files", [12, pytest.param(70, marks=pytest.mark.long)])  # today's firmware has 69
def test_not_one_bit_of_a_release_can_be_flipped(files: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ed25519, "verify", quickly)
    whole = signed(body(files))
    assert accepted(whole)

    assert accepted_of(whole) == []
    assert not [count for count in range(len(whole)) if accepted(whole[:count])]
    assert not [count for count in range(1, 65) if accepted(whole + bytes(count)) or accepted(whole + whole[:count])]


@pytest.mark.long
def test_not_one_bit_can_be_flipped_as_the_unit_reckons() -> None:
    whole = signed(body(files=1, notes=""))
    assert accepted(whole)

    assert accepted_of(whole) == []
    assert not [count for count in range(len(whole)) if accepted(whole[:count])]
    assert not [count for count in range(1, 65) if accepted(whole + bytes(count))]


# -- whatever is made up


def _replaced(data: bytes, at: int, removed: int, put: bytes) -> bytes:
    at %= len(data) + 1
    return data[:at] + put + data[at + removed :]


GOOD = [body(), body(files=1, notes=""), body(files=96), body(kind=manifest.IMAGE), body(notes="é" * 500)]
EDITS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 120), st.integers(0, 5000)),
        st.integers(0, 40),
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from([b"\xff", b"\x00", b"\xff\xff\xff\xff", b"../", b"/", b"\x08main.mpy", SHA]),
        ),
    ),
    min_size=1,
    max_size=4,
)
# of one byte in place of one, mostly: else hardly any would get beyond the first checks
SAME_LENGTH = st.lists(st.tuples(st.integers(0, 300), st.just(1), st.binary(min_size=1, max_size=1)), max_size=3)
MADE_UP = st.one_of(
    st.binary(max_size=300),
    st.tuples(st.sampled_from(GOOD), st.one_of(EDITS, SAME_LENGTH)).map(
        lambda it: _edited(*it),
    ),
)


def _edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for edit in edits:
        data = _replaced(data, *edit)
    return data


def verdict(data: bytes) -> bool:
    """Whether it is taken for a release; then it has no other form, and is within every limit."""
    manifest.key_set_of(data)
    try:
        it = manifest.read_release(data)
    except ValueError:
        return False
    files = list(it.files())
    fields = (it.kind, it.counter, it.version, it.replaces, it.key_set, it.wire, it.mpy, it.least, it.most, it.packed)
    assert manifest.packed_release(*fields, it.digest, it.product, it.boards, files, it.notes) == data
    most = manifest.MAX_IMAGE if it.kind == manifest.IMAGE else manifest.MAX_UNPACKED
    assert 0 < sum(size for _, size, _ in files) <= most and 0 < it.packed <= most
    assert all(name.isascii() and "/" not in name and ".." not in name and name[0] != "." for name, _, _ in files)
    return True


def made_up(count: int) -> list[bytes]:
    found: list[bytes] = []

    @settings(max_examples=count, database=None)
    @given(MADE_UP)
    def make(data: bytes) -> None:
        found.append(data)
        verdict(data)

    make()
    return found


def on_unit(bodies: list[bytes], tmp_path: Path) -> list[bool]:
    lines = tmp_path / "bodies"
    lines.write_text("".join(f"{one.hex()}\n" for one in bodies))
    argv = [*parts.micropython(), "-X", f"heapsize={HEAP}", str(READ), str(release_files.FIRMWARE), str(lines)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=READ_S, check=False)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr[-2000:]
    return [line == "y" for line in done.stdout.split()]


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.long)])
def test_whatever_is_made_up_is_refused_cleanly_or_has_one_form_and_the_unit_says_the_same(
    count: int, tmp_path: Path
) -> None:
    bodies = made_up(count)
    assert len(bodies) >= count
    said = [verdict(one) for one in bodies]

    assert on_unit(bodies, tmp_path) == said
    assert any(said) and not all(said)


def test_both_reckonings_say_the_same_of_signatures() -> None:
    """Of good ones and of damaged ones, at places of a seed."""
    chance = random.Random(6)
    message = b"message"
    signature, key = SECRET.sign(message), keys.public(SECRET)
    says: list[Callable[..., bool | None]] = [ed25519.verify, quickly]
    for _ in range(40):
        bit = chance.randrange(512)
        flipped = (int.from_bytes(signature, "big") ^ 1 << bit).to_bytes(64, "big")
        assert [say(key, message, flipped) for say in says] == [False, False]
        other = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        said = chance.randbytes(chance.randrange(300))
        assert [say(keys.public(other), said, other.sign(said)) for say in says] == [True, True]
