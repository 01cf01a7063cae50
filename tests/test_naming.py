"""Texts that people give: any script is welcome; what hides, breaks lines or turns its neighbours' direction is not."""

import contextlib
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.naming import LINE, NAME, TEXT, BadText, clean, maybe, named

WELCOME = {
    "accents": "Núria Puig i Àlvarez",
    "Cyrillic look-alikes of Latin letters": "Аnа",
    "Greek": "Ελένη",
    "Arabic": "ليلى",
    "Hebrew": "דנה",
    "Hindi, with its joiner": "क्\u200dष",
    "Persian, with its non-joiner": "می\u200cخواهم",
    "Chinese": "王小明",
    "Korean": "김민준",
    "a family in one sign": "👩\u200d👧",
    "a flag": "🇪🇸",
    "an apostrophe and a dash": "O'Brien-Šmíd",
    "what a sheet would calculate": "=1+1",
    "markup": "<b>Ana</b>",
    "a formula's beginning": "@SUM(A1)",
}


@pytest.mark.parametrize("text", WELCOME.values(), ids=WELCOME)
def test_every_script_of_the_world_is_welcome(text: str) -> None:
    assert named(text) == unicodedata.normalize("NFC", text)


def test_two_look_alikes_stay_two_names() -> None:
    assert named("Ana") != named("Аnа")


UNWELCOME = {
    "turned to the left": "Ana\u202egnp.exe",
    "an isolate": "\u2067Ana\u2069",
    "an embedding": "\u202bAna",
    "a mark of direction": "Ana\u200e",
    "an Arabic mark of direction": "\u061cAna",
    "a null": "A\0na",
    "a newline": "Ana\nadmin",
    "a carriage return": "Ana\radmin",
    "a tab": "A\tna",
    "an escape": "Ana\x1b[2J",
    "a C1 control": "Ana\x9b2J",
    "a line separator": "Ana\u2028Eva",
    "a paragraph separator": "Ana\u2029Eva",
    "a half of a pair": "Ana\ud800",
    "a private sign": "Ana\ue000",
    "a sign that is none": "Ana\uffff",
    "a zero width space": "A\u200bna",
    "a byte order mark": "A\ufeffna",
    "a soft hyphen": "A\u00adna",
    "a tag": "Ana\U000e0041",
}


@pytest.mark.parametrize("text", UNWELCOME.values(), ids=UNWELCOME)
def test_what_hides_turns_or_breaks_is_refused(text: str) -> None:
    with pytest.raises(BadText):
        clean(text)


@pytest.mark.parametrize("text", ["", "   ", "\u3000", "-", "''", "\u200d", "\u0301", "ㅤ"])
def test_a_name_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadText):
        named(text)


@pytest.mark.parametrize("most", [NAME, LINE, TEXT])
def test_lengths_count_characters_and_ten_thousand_are_too_many(most: int) -> None:
    assert clean("ñ" * most, most) == "ñ" * most
    assert clean("n\u0303" * most, most) == "ñ" * most
    for text in ("a" * (most + 1), "a" * 10_000, "\u0301" * 10_000, "n\u0303" * (most + 1)):
        with pytest.raises(BadText, match=f"longer than {most}"):
            clean(text, most)


def test_one_form_of_what_looks_the_same_is_kept() -> None:
    assert clean("José") == clean("Jose\u0301") == "José"


def test_only_where_lines_are_wanted_they_may_be() -> None:
    assert clean("Ring at 3-2\nor call", lines=True) == "Ring at 3-2\nor call"
    for text in ("a\rb", "a\x0bb", "a\u2028b"):
        with pytest.raises(BadText):
            clean(text, lines=True)


def test_nothing_and_white_space_are_nothing() -> None:
    assert maybe(None) is maybe("") is maybe("  ") is None
    assert maybe(" 3-2 ") == "3-2"


@given(st.text(st.characters(), max_size=200))
def test_what_is_taken_is_taken_again_as_it_is_and_shows_nothing_unseen(text: str) -> None:
    try:
        taken = clean(text)
    except BadText:
        return
    assert clean(taken) == taken
    assert len(taken) <= NAME
    assert taken == unicodedata.normalize("NFC", taken).strip()
    assert not {unicodedata.category(character) for character in taken} & {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(character) for character in taken} & {"RLO", "LRO", "RLE", "LRE", "PDF"}
    assert not {unicodedata.bidirectional(character) for character in taken} & {"RLI", "LRI", "FSI", "PDI"}


def test_no_sign_at_all_makes_it_fall_over() -> None:
    for number in range(sys.maxunicode + 1):
        with contextlib.suppress(BadText):
            assert clean(f"a{chr(number)}a")
