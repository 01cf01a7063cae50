"""A log as CSV and JSON: exact where it is to be verified, harmless where it is to be looked at."""

import csv
import io
import json
import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud import export
from cloud.chain import START, Draft, Entry, after, seal, verify

NAMES = {"ana": "Ana Puig", "gate": "Back gate"}
MAYBE = st.none() | st.text()
DRAFTS = st.builds(
    Draft,
    st.just("house"),
    st.integers(0, 1 << 50),
    *(st.text(), MAYBE, MAYBE, MAYBE, MAYBE, MAYBE),
    st.dictionaries(st.text(), st.text() | st.integers(-9, 9)),
)


def chained(*some: Draft) -> list[Entry]:
    entries, head = [], START
    for draft in some:
        entries.append(seal(draft, head, draft.at + 5))
        head = after(entries[-1])
    return entries


def lines(entries: list[Entry]) -> list[bytes]:
    return b"".join(export.json(entries)).splitlines(keepends=True)


def as_csv(*entries: Entry, separator: str = ",") -> list[list[str]]:
    text = "".join(export.csv(entries, lambda at: f"local {at}", NAMES))
    return list(
        csv.reader(io.StringIO(text.removeprefix(export.BOM), newline=""), delimiter=separator, strict=separator == ",")
    )


def entry(**values: str | None) -> Entry:
    return msgspec.structs.replace(LONG[0], **values)


LONG = chained(*(Draft("house", n * 1000, "press", "ana", "s1", "app", "gate", f"op{n}", {"n": n}) for n in range(20)))


# -- JSON


@given(st.lists(DRAFTS, max_size=4))
def test_an_export_reads_back_as_what_it_was(drafts: list[Draft]) -> None:
    entries = chained(*drafts)

    assert list(export.read(lines(entries))) == entries
    assert [row["hash"] for row in json.loads(b"".join(lines(entries)))] == [entry.hash.hex() for entry in entries]


def test_an_export_is_one_list_with_an_entry_a_line() -> None:
    written = lines(LONG)

    assert (written[0], written[-1], len(written)) == (b"[\n", b"]\n", 22)
    assert list(json.loads(written[1].rstrip(b",\n"))) == list(Entry.__struct_fields__)
    assert lines([]) == [b"[\n", b"]\n"]


@given(st.data())
def test_no_byte_of_an_export_can_be_changed_taken_out_or_put_in(data: st.DataObject) -> None:
    whole = b"".join(lines(LONG))
    at = data.draw(st.integers(0, len(whole) - 2))  # the last line's end says nothing
    other = bytes([data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))])
    spoilt = data.draw(st.sampled_from([other, b"", whole[at : at + 1] + other]))

    assert spoiled_is_found(whole[:at] + spoilt + whole[at + 1 :])


def spoiled_is_found(text: bytes) -> bool:
    try:
        verdict = verify(export.read(io.BytesIO(text)))
    except export.BadExport:
        return True
    return verdict.wrong is not None


def test_each_way_to_say_the_same_otherwise_is_refused() -> None:
    good = lines(LONG[:2])
    bad = {
        "a space": good[1].replace(b'"n":1', b'"n": 1'),
        "a key twice": good[1].replace(b'"n":1', b'"n":7,"n":1'),
        "another key": good[1].replace(b'"n":1', b'"n":1,"m":1'),
        "a key too few": good[1].replace(b'"way":"app",', b""),
        "another order": good[1].replace(b'"place":"house","n":1', b'"n":1,"place":"house"'),
        "another escape": good[1].replace(b'"ana"', b'"\\u0061na"'),
        "capitals": good[1].replace(LONG[0].hash.hex().encode(), LONG[0].hash.hex().upper().encode()),
        "no comma": good[1].replace(b",\n", b"\n"),
        "a carriage return": good[1].replace(b"\n", b"\r\n"),
        "yes for a number": good[1].replace(b'"n":1', b'"n":true'),
        "not JSON": b"{\n",
    }
    for why, line in bad.items():
        assert line != good[1], why
        with pytest.raises(export.BadExport, match="line"):
            list(export.read([good[0], line, *good[2:]]))


@pytest.mark.parametrize("count", range(22))
def test_an_export_that_was_cut_is_refused_or_lacks_its_head(count: int) -> None:
    with pytest.raises(export.BadExport, match="line"):
        list(export.read(lines(LONG)[:count]))
    with pytest.raises(export.BadExport, match="line"):
        list(export.read([*lines(LONG), *lines(LONG)[:count], b"x"]))


def test_a_large_detail_and_odd_letters_survive() -> None:
    odd = "\u202e\ud7ff\U0010ffff\0\x7f\u2028" + "é" * 10_000
    entries = chained(Draft("house", 1, odd, odd, odd, odd, odd, odd, {odd: odd}))

    assert list(export.read(lines(entries))) == entries


# -- CSV

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "＠x", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("separator", [",", ";"])
def test_no_cell_is_a_formula(text: str, separator: str) -> None:
    """Whatever the spreadsheet separates cells by."""
    hostile = entry(who=text, door=f"x;{text}", kind=f'";{text}', way=f'",{text}', session=f"a; {text}")

    for row in as_csv(hostile, separator=separator):
        for cell in row:
            assert not cell.lstrip(' "').startswith(("=", "+", "-", "@", "＝", "＠", "\t", "\r", "\n")), cell


@given(st.text())
def test_no_text_begins_a_formula_or_a_line(text: str) -> None:
    written = export.cell(text)

    assert written[0] == written[-1] == '"'
    assert {unicodedata.category(c) for c in written}.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
    assert len(written.splitlines()) == 1
    for part in written[1:-1].split(";"):
        assert not part.lstrip().startswith(("=", "+", "-", "@"))


def test_every_entry_is_one_line_with_every_column() -> None:
    header, *rows = as_csv(*LONG[:1], entry(kind="a\r\nb\0c\x1b[2J\u202ed", detail='{"a":"x, y"}'))

    assert tuple(header) == export.COLUMNS
    first = dict(zip(header, rows[0], strict=True))
    assert (first["n"], first["time"], first["at"], first["stored"]) == ("1", "local 0", "0", "5")
    assert (first["who"], first["who name"], first["door"], first["door name"]) == (
        "ana",
        "Ana Puig",
        "gate",
        "Back gate",
    )
    assert first["hash"] == LONG[0].hash.hex()
    assert len(rows) == 2
    assert rows[1][4] == r"a\u000d\u000ab\u0000c\u001b[2J\u202ed"
    assert rows[1][-2] == '{"a":"x, y"}'


def test_it_begins_with_a_byte_order_mark_and_its_lines_end_as_the_standard_says() -> None:
    text = "".join(export.csv(LONG, str, {}))

    assert text.encode().startswith(b'\xef\xbb\xbf"n",')
    assert text.count("\r\n") == text.count("\n") == 21


def test_text_that_is_no_text_can_still_be_looked_at() -> None:
    """Only a database that was tampered with holds it."""
    broken = entry(who="an\udcff")

    assert as_csv(broken)[1][5] == r"an\udcff"
    assert "".join(export.csv([broken], str, {})).encode()
    with pytest.raises(ValueError):
        list(export.json([broken]))
