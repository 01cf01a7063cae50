"""A place's log for other programs: CSV for spreadsheets, JSON that can be verified without us. Pure: gives lines.

CSV is RFC 4180 with every cell in quotes, and begins with a byte order mark: without one Excel reads UTF-8 as something
else. What a spreadsheet would take for a formula gets a ' in front. JSON is exactly what was hashed, one entry a line.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from cloud.chain import Entry

BOM = "\ufeff"
COLUMNS = (
    *("n", "time", "at", "stored", "kind", "who", "who name", "session", "way", "door", "door name", "operation"),
    *("detail", "hash"),
)
# Where a cell begins, also for a spreadsheet that takes ; for what separates cells, as in Spanish.
_FORMULA = re.compile(r"(^|;)(?=\s*[=+\-@＝＋－＠\t\r\n])")
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, bidirectional marks, halves of characters, line separators


class BadExport(Exception):
    """This file is not an export as it left us; the message says which line and why."""


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry as JSON: its columns, in their order, the hash in hex, `detail` as the text that was hashed."""

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
    hash: str


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode


def visible(text: str) -> str:
    """The same text with everything that is not seen, or that moves what is, written as its number."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"\\u{ord(c):04x}" if unicodedata.category(c) in _UNSEEN else c for c in text)


def cell(text: str) -> str:
    """A CSV cell: one line, never a formula."""
    return '"' + visible(_FORMULA.sub(r"\1'", text)).replace('"', '""') + '"'


def csv(entries: Iterable[Entry], local: Callable[[int], str], names: Mapping[str, str]) -> Iterator[str]:
    """Lines with their ends. `local` writes a moment in the place's time zone; `names` are of people and doors."""
    yield BOM + _row(COLUMNS)
    for e in entries:
        who, door = names.get(e.who or "", ""), names.get(e.door or "", "")
        times = (e.n, local(e.at), e.at, e.stored)
        yield _row((*times, e.kind, e.who, who, e.session, e.way, e.door, door, e.operation, e.detail, e.hash.hex()))


def _row(values: Iterable[object]) -> str:
    return ",".join(f'"{v}"' if isinstance(v, int) else cell("" if v is None else str(v)) for v in values) + "\r\n"


def json(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Parts of one JSON array with an entry a line. Raises ValueError for an entry that holds no text."""
    before = b"[\n"
    for entry in entries:
        yield before + _written(entry)
        before = b",\n"
    yield b"[\n]\n" if before == b"[\n" else b"\n]\n"


def _written(e: Entry) -> bytes:
    texts = (e.kind, e.who, e.session, e.way, e.door, e.operation, e.detail)
    return _encode(_Line(e.place, e.n, e.at, e.stored, *texts, e.hash.hex()))


def read(lines: Iterable[bytes]) -> Iterator[Entry]:
    """The entries of such a file, if each line is exactly as it was written. Raises BadExport."""
    numbered = enumerate(lines, 1)
    number, line = next(numbered, (1, b""))
    if line != b"[\n":
        raise BadExport("line 1: `iomando log export --format json` begins with [ on a line of its own")
    comma: bool | None = None
    for number, line in numbered:
        if line.removesuffix(b"\n") == b"]":
            if comma or next(numbered, None) is not None:
                raise BadExport(f"line {number}: ends a list that goes on")
            return
        if comma is False:
            raise BadExport(f"line {number}: no comma is before it")
        comma = line.endswith(b",\n")
        yield _read(line.removesuffix(b"\n").removesuffix(b","), number)
    raise BadExport(f"line {number}: is the last one, but the ] that closes the list is missing: it was cut")


def _read(text: bytes, number: int) -> Entry:
    try:
        s = _decode(text)
        texts = (s.kind, s.who, s.session, s.way, s.door, s.operation, s.detail)
        entry = Entry(s.place, s.n, s.at, s.stored, *texts, bytes.fromhex(s.hash))
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadExport(f"line {number}: {error}") from error
    if _written(entry) != text:
        raise BadExport(f"line {number}: says the same in other bytes than were exported, or says something twice")
    return entry
