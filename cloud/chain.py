"""The log of a place as a chain: each entry's hash covers all of the entry and the hash of the one before.

Seals what is to be written, and finds where a chain is not what was written. Pure: stores and reads nothing, asks no
clock. docs/log.md has the bytes that are hashed, and what a chain proves.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

HASH_BYTES = 32
MIN_PREFIX = 16  # hex digits of a head that somebody types: 64 bits, which nobody can aim at
_WHOLE_END = 1 << 63  # what a column of whole numbers holds
# The version stands in what is hashed: an entry sealed one way never passes for one sealed another way.
_BEGIN = b"13:iomando log 1,32:"
_detail = msgspec.json.Encoder(order="deterministic").encode


class Draft(msgspec.Struct, frozen=True):
    """What is to be entered: `at` is when it happened; place '' is the installation itself."""

    place: str
    at: int
    kind: str
    who: str | None = None
    session: str | None = None
    way: str | None = None
    door: str | None = None
    operation: str | None = None
    detail: Mapping[str, Any] = {}


class Entry(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One line of a place's log; the columns of the table `log`, in their order. `detail` is JSON as it was hashed."""

    place: str
    n: int
    at: int
    stored: int
    kind: str
    who: str | None
    session: str | None
    way: str | None
    door: str | None
    operation: str | None
    detail: str
    hash: bytes


class Head(msgspec.Struct, frozen=True, gc=False):
    """The last entry's number and hash: with it every entry up to there is fixed."""

    n: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.n}:{self.hash.hex()}"


START = Head(0, bytes(HASH_BYTES))


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """A draft that will not fail any more when it is sealed: done before anything is written."""

    draft: Draft
    detail: str
    body: bytes


class Kept(msgspec.Struct, frozen=True):
    """A head that somebody kept: a number and a hash in hex, or the beginning of one."""

    n: int
    prefix: str

    @classmethod
    def read(cls, text: str) -> "Kept":
        """From `N:HASH`, at least 16 hex digits of it. Raises ValueError."""
        number, colon, digits = text.strip().partition(":")
        good = number.isascii() and number.isdigit() and len(number) < 20
        if not (colon and good and MIN_PREFIX <= len(digits) <= 2 * HASH_BYTES and set(digits) <= set(_HEX)):
            raise ValueError(f"{text!r} is no head: write N:HASH, with at least {MIN_PREFIX} hex digits of the hash")
        return cls(int(number), digits.lower())

    def __str__(self) -> str:
        return f"{self.n}:{self.prefix}"


_HEX = "0123456789abcdefABCDEF"


class Verdict(msgspec.Struct, frozen=True):
    """`head` is the last good entry's. `bad` is the first entry that is not what was written, `wrong` says why; None
    when there is no such entry. `kept` says for each kept head what speaks against it, None when the chain has it."""

    head: Head
    bad: int | None = None
    wrong: str | None = None
    kept: tuple[str | None, ...] = ()

    @property
    def whole(self) -> bool:
        return self.wrong is None and not any(self.kept)


def prepare(draft: Draft) -> Prepared:
    """Raises TypeError or ValueError for what the log cannot hold."""
    detail = _detail(dict(draft.detail)).decode()
    return Prepared(
        draft,
        detail,
        _body(
            draft.place,
            draft.at,
            draft.kind,
            draft.who,
            draft.session,
            draft.way,
            draft.door,
            draft.operation,
            detail,
        ),
    )


def seal(draft: Draft | Prepared, head: Head, stored: int) -> Entry:
    """The entry that follows `head`. Raises what `prepare` raises, unless that was done before."""
    ready = draft if isinstance(draft, Prepared) else prepare(draft)
    d, n = ready.draft, head.n + 1
    sealed = _hash(head.hash, n, stored, ready.body)
    return Entry(
        d.place,
        n,
        d.at,
        stored,
        d.kind,
        d.who,
        d.session,
        d.way,
        d.door,
        d.operation,
        ready.detail,
        sealed,
    )


def after(entry: Entry) -> Head:
    return Head(entry.n, entry.hash)


def verify(
    entries: Iterable[Entry],
    start: Head = START,
    head: Head | None = None,
    place: str | None = None,
    kept: Iterable[Kept] = (),
) -> Verdict:
    """Follow a chain from `start` to its end, which must be `head` where one is given; keeps none of it in memory.

    All entries must be of `place`, or of the first one's.
    """
    asked = tuple(kept)
    seen = {one.n: start.hash for one in asked if one.n == start.n}
    wanted = {one.n for one in asked}
    last = start
    bad, wrong = None, None
    for entry in entries:
        place = entry.place if place is None else place
        wrong = _wrong(entry, last, place)
        if wrong:
            bad = last.n + 1
            break
        last = Head(entry.n, entry.hash)
        if entry.n in wanted:
            seen[entry.n] = entry.hash
    if wrong is None and head is not None:
        bad, wrong = _end(last, head)
    return Verdict(last, bad, wrong, tuple(_against(one, seen.get(one.n), last, wrong) for one in asked))


def _wrong(entry: Entry, last: Head, place: str) -> str | None:
    due, n = last.n + 1, entry.n
    if not isinstance(n, int):
        return f"in its place stands an entry whose number is {n!r}"
    if n > due:
        return f"it is missing (the next one is {n})"
    if n < due:
        return f"in its place stands entry {n}, out of order"
    if entry.place != place:
        return f"it is of another place: {entry.place!r}"
    try:
        found = _hash(last.hash, n, entry.stored, body(entry))
    except (TypeError, ValueError) as error:
        return f"it holds what was never written: {error}"
    if found != entry.hash:
        return "its content, or the hash beside it, is not what was written after the entry before"
    return None


def _end(last: Head, head: Head) -> tuple[int, str] | tuple[None, None]:
    if not isinstance(head.n, int):
        return last.n + 1, f"it cannot be judged: the head says {head.n!r}"
    if last.n < head.n:
        return last.n + 1, f"it is missing (the chain was cut after {last.n}; its head says {head.n})"
    if last.n > head.n:
        return head.n + 1, f"it is beyond the head {head.n}: the head was put back, or the entry put in"
    if last.hash != head.hash:
        return last.n, "its hash is not that of the head"
    return None, None


def _against(kept: Kept, found: bytes | None, last: Head, wrong: str | None) -> str | None:
    """What speaks against a kept head; None: the chain has it."""
    if found is not None:
        if found.hex().startswith(kept.prefix):
            return None
        return f"entry {kept.n} has another hash, {found.hex()}: something was changed at or before it"
    if kept.n > last.n and wrong is None:
        return f"the chain ends at {last.n}: it was cut before {kept.n}"
    return "the chain is broken before it"


def body(entry: Entry) -> bytes:
    return _body(
        entry.place,
        entry.at,
        entry.kind,
        entry.who,
        entry.session,
        entry.way,
        entry.door,
        entry.operation,
        entry.detail,
    )


def _body(
    place: str,
    at: int,
    kind: str,
    who: str | None,
    session: str | None,
    way: str | None,
    door: str | None,
    operation: str | None,
    detail: str,
) -> bytes:
    for text in (place, kind, detail):
        if text is None:
            raise TypeError("place, kind and detail are never absent")
    texts = (kind, who, session, way, door, operation, detail)
    return _text(place) + _whole(at) + b"".join([b"-" if text is None else _text(text) for text in texts])


def _hash(before: bytes, n: int, stored: int, body: bytes) -> bytes:
    return hashlib.sha256(b"%b%b,%b%b%b" % (_BEGIN, before, _whole(n), _whole(stored), body)).digest()


def _text(value: str) -> bytes:
    raw = str.encode(value)
    return b"%d:%b," % (len(raw), raw)


def _whole(value: int) -> bytes:
    if not isinstance(value, int) or not -_WHOLE_END <= value < _WHOLE_END:
        raise TypeError(f"{value!r} is no whole number of 64 bits")
    raw = b"%d" % value
    return b"%d:%b," % (len(raw), raw)
