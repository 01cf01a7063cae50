"""Whatever a modem says, in whatever pieces, with whatever noise: the same lines, and no belief without grounds.

By examples the words are tested in tests/on_unit/modem_words.py, the dialogue in tests/on_unit/modem_dialogue.py.
"""

import datetime
import itertools
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from firmware import release

sys.path.append(str(Path(__file__).parent.parent / "firmware"))  # the unit's modules are flat and know each other so

import answers
import at

FIRST = datetime.datetime.fromtimestamp(release.BUILT, datetime.UTC)
LAST = datetime.datetime(2069, 12, 30, tzinfo=datetime.UTC)
ASCII = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))
STARTS = st.sampled_from(("+CEREG: ", "+CSQ: ", '+COPS: 0,0,"', '+CCLK: "', "+CPIN: ", "+ICCID: ", ""))
LINES = st.lists(st.builds(str.__add__, STARTS, ASCII), max_size=4)
SPOKEN = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=at.MAX_LINE).filter(
    lambda line: not line.startswith("AT")
)
BYTES = st.binary(min_size=1, max_size=20) | st.binary(min_size=at.MAX_LINE, max_size=at.MAX_LINE + 20)
NOISE = BYTES.map(lambda noise: b"\xff" + noise.replace(b"\r", b"").replace(b"\n", b""))


@given(moment=st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None)), zone=st.integers(-48, 56))
def test_every_moment_told_in_every_zone_is_the_right_one(moment: datetime.datetime, zone: int) -> None:
    moment = moment.replace(microsecond=0, tzinfo=datetime.UTC)
    local = moment + datetime.timedelta(minutes=15 * zone)
    told = f'+CCLK: "{local:%y/%m/%d,%H:%M:%S}{zone:+03d}"'

    assert answers.unix([told]) == moment.timestamp()


@given(lines=LINES)
def test_no_line_is_too_strange(lines: list[str]) -> None:
    unix = answers.unix(lines)
    assert unix is None or unix >= release.BUILT
    assert -113 <= answers.dbm(lines) <= 0
    assert answers.registration(lines) is None or isinstance(answers.registration(lines), int)
    name, rat = answers.operator(lines, 2)
    assert isinstance(name, str) and (rat is None or 0 <= rat <= 4)
    assert answers.digits(lines, 18) == "" or answers.digits(lines, 18).isdigit()


class Line:
    """A serial line over which these pieces come."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]

    def readinto(self, buffer: bytearray) -> int | None:
        if not self._pieces:
            return None
        piece = self._pieces.pop(0)
        count = min(len(piece), len(buffer))
        buffer[:count] = piece[:count]
        if piece[count:]:
            self._pieces.insert(0, piece[count:])
        return count


def heard(pieces: list[bytes]) -> list[str]:
    lines: list[str] = []
    at.At(Line(pieces), None, lambda: None, lines.append).drain()
    return lines


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in cuts)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


@given(lines=st.lists(SPOKEN, max_size=6), cuts=st.lists(st.integers(0, 5000), max_size=30))
def test_however_the_bytes_are_cut_the_lines_are_the_same(lines: list[str], cuts: list[int]) -> None:
    said = b"".join(b"\r\n" + line.encode() + b"\r\n" for line in lines)

    assert heard(cut(said, cuts)) == lines


@given(noises=st.lists(NOISE, max_size=4), cuts=st.lists(st.integers(0, 5000), max_size=30))
def test_noise_is_never_a_line_and_takes_none_with_it(noises: list[bytes], cuts: list[int]) -> None:
    said = b"".join(noise + b"\r\nOK\r\n" for noise in noises)

    assert heard(cut(said, cuts)) == ["OK"] * len(noises)
