"""Texts that people give: names, flats, addresses, notes. Brought to one form, or refused with the reason.

Scripts of the world are welcome; what hides, breaks a line or turns the reading direction of its neighbours is not.
"""

import unicodedata

NAME = 80  # characters: what a card on a phone shows in two lines
LINE = 200  # an address, a contact, a note
TEXT = 1000  # "the other way in"
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_JOINING = {0x200C, 0x200D}  # several scripts cannot be spelled without them
_FILLING = {0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800}  # letters by their category, and nothing to be seen


class BadText(ValueError):
    """The message says what is wrong with it."""


def clean(text: str, most: int = NAME, *, lines: bool = False) -> str:
    """The text in NFC, without white space around it. Raises BadText."""
    if len(text) > 4 * most:
        raise BadText(f"longer than {most} characters")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadText("not a text") from error
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) > most:
        raise BadText(f"longer than {most} characters")
    for character in text:
        if character == "\n" and lines:
            continue
        number, kind = ord(character), unicodedata.category(character)
        if number in _TURNING:
            raise BadText("it turns the direction of the text around it")
        if (
            kind in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")
            or (kind == "Cf" and number not in _JOINING)
            or number in _FILLING
        ):
            raise BadText("it holds a character that cannot be seen or breaks the line")
    return text


def named(text: str, most: int = NAME) -> str:
    """A text that must say something. Raises BadText."""
    cleaned = clean(text, most)
    if not any(unicodedata.category(character)[0] in "LNS" for character in cleaned):
        raise BadText("empty")
    return cleaned


def maybe(text: str | None, most: int = LINE, *, lines: bool = False) -> str | None:
    """A text that need not be there. Raises BadText."""
    return (clean(text, most, lines=lines) or None) if text is not None else None
