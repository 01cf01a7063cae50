"""One number or address, one form; what could be read as two things is refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.contacts import DIGITS, TYPED_CHARS, BadContact, is_normal, is_phone, masked, normal

NUMBER = "+34612345678"
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")
WIDE = str.maketrans("+0123456789", "＋０１２３４５６７８９")


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER,
        "  +34 612 345 678 ",
        "0034612345678",
        "00 34 (612) 34-56-78",
        "+34.612.345.678",
        "+34\u00a0612\u202f345\u2009678",
        "+34 612–345–678",
        "\u202a+34 612 345 678\u202c",
        NUMBER.translate(ARABIC),
        NUMBER.translate(DEVANAGARI),
        NUMBER.translate(WIDE),
    ],
)
def test_every_spelling_of_a_number_is_that_number(typed: str) -> None:
    assert normal(typed) == NUMBER


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("612345678", "code of its country"),
        ("0612345678", "code of its country"),
        ("+44 (0)20 7946 0000", "leave out the (0)"),
        ("+0123456789", "starts with 0"),
        ("000034612345678", "starts with 0"),
        ("+3461234", "8 to 15 digits"),
        ("+3461234567890123", "8 to 15 digits"),
        ("+34 6123456l8", "“l”"),
        ("+34 612345678²", "superscript two"),
        ("+34 61234567①", "circled digit one"),
        ("+34 612 О45 678", "cyrillic"),
        ("+34+612345678", "“+”"),
        ("+34612345678\n5", "character number 10"),
        ("+34612345678\0", "character number 0"),
        ("+34612345678;ext=5", "“;”"),
        ("", "is needed"),
        (" \u200b ", "is needed"),
        ("+", "8 to 15 digits"),
        ("9" * (TYPED_CHARS + 1), "too long"),
    ],
)
def test_what_is_no_number_is_refused_in_words(typed: str, why: str) -> None:
    with pytest.raises(BadContact, match=r".") as refused:
        normal(typed)

    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ana.Puig+door@Example.COM ", "ana.puig+door@example.com"),
        ("a@b.cat", "a@b.cat"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("o'neill@mail.example.co.uk", "o'neill@mail.example.co.uk"),
        ("\u2068ana@example.com\u2069", "ana@example.com"),
    ],
)
def test_an_address_is_kept_in_small_letters(typed: str, kept: str) -> None:
    assert normal(typed) == kept


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("аna@example.com", "cyrillic small letter a"),
        ("ana@exаmple.com", "cyrillic small letter a"),
        ("ana＠example.com", "fullwidth commercial at"),
        ("ana@example。com", "ideographic full stop"),
        ("ａna@example.com", "fullwidth"),
        ("K\u212a@example.com", "kelvin sign"),
        ("ana@example.com\nbcc: all@example.com", "no blanks"),
        ("ana @example.com", "no blanks"),
        ("ana\0@example.com", "no blanks"),
        ("a@b@example.com", "before the @"),
        ("@example.com", "before the @"),
        (".ana@example.com", "before the @"),
        ("a..na@example.com", "before the @"),
        ("a,b@example.com", "before the @"),
        ("ana%2cb@example.com", "before the @"),
        ('"a b"@example.com', "no blanks"),
        ("<ana@example.com>", "before the @"),
        ("a" * 65 + "@example.com", "before the @"),
        ("ana@localhost", "behind the @"),
        ("ana@[127.0.0.1]", "behind the @"),
        ("ana@127.0.0.1", "behind the @"),
        ("ana@-x.com", "behind the @"),
        ("ana@example..com", "behind the @"),
        ("ana@example.com.", "behind the @"),
        ("ana@" + "a" * 63 + ("." + "a" * 63) * 3 + ".example.com", "too long"),
    ],
)
def test_what_is_no_address_is_refused_in_words(typed: str, why: str) -> None:
    with pytest.raises(BadContact) as refused:
        normal(typed)

    assert why in str(refused.value)


@given(st.text(max_size=40))
def test_whatever_is_typed_it_is_refused_or_stays_as_it_was_made(typed: str) -> None:
    try:
        kept = normal(typed)
    except BadContact:
        assert not is_normal(typed)
        return
    assert kept.isascii()
    assert kept.isprintable()
    assert normal(kept) == kept
    assert is_normal(kept)
    assert is_phone(kept) is ("@" not in kept)


@given(
    st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True, alphabet=st.characters(codec="ascii")),
    st.text(alphabet=" -.\u00a0\u2013\u200e", max_size=20),
    st.randoms(),
)
def test_blanks_and_dashes_change_no_number(number: str, between: str, chance) -> None:
    typed = list(number)
    for c in between:
        typed.insert(chance.randint(1, len(typed)), c)

    assert normal("".join(typed)) == number
    assert len(number) - 1 in DIGITS


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("+34612345689", "+34 ••• 89"),
        ("+12125550123", "+1 ••• 23"),
        ("+376312345", "+376 ••• 45"),
        ("ana@example.com", "a•••@e•••.com"),
        ("a@b.co.uk", "a•••@b•••.uk"),
    ],
)
def test_a_mask_shows_its_owner_enough_and_others_little(contact: str, shown: str) -> None:
    assert masked(contact) == shown
