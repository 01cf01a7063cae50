"""Phone numbers and e-mail addresses as people type them, to the one form that is kept. Sends nothing, asks nobody.

A number is kept as E.164 (+34612345678), an address in small letters. What could be read as two things is refused.
"""

import re
import unicodedata

TYPED_CHARS = 320  # of what is typed: the longest e-mail address that exists, with blanks around it
EMAIL_CHARS, LOCAL_CHARS = 254, 64  # RFC 5321, 4.5.3.1
DIGITS = range(8, 16)  # E.164 says 15 at most; no number that takes messages has fewer than 8 with its country
BETWEEN = frozenset("-.()/\u2010\u2011\u2012\u2013\u2014\u2212\u00ad")  # what people put between digits
INVISIBLE = frozenset("\u200b\u200e\u200f\u2060\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u202e\ufeff")  # comes
# along when a number is copied from a list of contacts
PLUS = frozenset("+＋")
ONE_DIGIT = frozenset("17")  # country codes by length; every other one has three
_TENS = (
    (20, 27),
    (30, 31, 32, 33, 34, 36, 39),
    (40, 41),
    range(43, 50),
    range(51, 59),
    range(60, 67),
    (81, 82, 84, 86),
)
TWO_DIGITS = frozenset(str(code) for some in (*_TENS, range(90, 96), (98,)) for code in some)

_ATOM = r"[a-z0-9!#$&'*+/=?^_{|}~-]+"  # without % and `, which gateways and shells take for something else
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOP = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")


class BadContact(Exception):
    """It is neither; the message says in words what is wrong with it, and quotes at most one character of it."""


def normal(typed: str) -> str:
    """The form that is kept: of two spellings of one number or address, one. Raises BadContact."""
    if len(typed) > TYPED_CHARS:
        raise BadContact("this is too long for a phone number or an e-mail address")
    text = "".join(c for c in typed if c not in INVISIBLE).strip()
    if not text:
        raise BadContact("a phone number or an e-mail address is needed")
    return _email(text) if "@" in unicodedata.normalize("NFKC", text) else _phone(text)


def is_normal(text: str) -> bool:
    try:
        return normal(text) == text
    except BadContact:
        return False


def is_phone(contact: str) -> bool:
    return contact.startswith("+")


def masked(contact: str) -> str:
    """Enough for its owner to know it again: '+34 ••• 89', 'a•••@e•••.com'."""
    if is_phone(contact):
        return f"+{_country(contact[1:])} ••• {contact[-2:]}"
    local, _, domain = contact.partition("@")
    return f"{local[:1]}•••@{domain[:1]}•••.{domain.rpartition('.')[2]}"


def _country(digits: str) -> str:
    if digits[:1] in ONE_DIGIT:
        return digits[:1]
    return digits[:2] if digits[:2] in TWO_DIGITS else digits[:3]


def _phone(text: str) -> str:
    if re.search(r"\(\s*0\s*\)", text):
        raise BadContact("leave out the (0): it is not dialled from abroad")
    plus, rest = text[:1] in PLUS, text[1:] if text[:1] in PLUS else text
    digits = "".join(_digit(c) for c in rest)
    if not plus:
        if not digits.startswith("00"):
            raise BadContact("start the number with + and the code of its country, as in +34 612 345 678")
        digits = digits[2:]
    if len(digits) not in DIGITS:
        raise BadContact(f"a phone number has {DIGITS.start} to {DIGITS.stop - 1} digits with its country's code")
    if digits.startswith("0"):
        raise BadContact("no country's code starts with 0")
    return f"+{digits}"


def _digit(c: str) -> str:
    """Digits are digits in every script; superscripts, circled ones and letters that look like them are not."""
    if (value := unicodedata.decimal(c, None)) is not None:
        return str(value)
    if c in BETWEEN or (unicodedata.category(c) == "Zs" or c == "\t"):
        return ""
    raise BadContact(f"a phone number has digits only, not {_shown(c)}")


def _email(text: str) -> str:
    for c in text:
        if c.isspace() or unicodedata.category(c) == "Cc":
            raise BadContact("an e-mail address has no blanks in it")
        if not c.isascii():
            raise BadContact(f"{_shown(c)} may look like another letter: only plain a to z can be used here")
    local, _, domain = text.lower().rpartition("@")
    if not _LOCAL.fullmatch(local) or len(local) > LOCAL_CHARS:
        raise BadContact("what stands before the @ is no name of a mailbox")
    *labels, top = domain.split(".")
    if not labels or not all(map(_LABEL.fullmatch, labels)) or not _TOP.fullmatch(top):
        raise BadContact("what stands behind the @ should look like example.com")
    if len(local) + 1 + len(domain) > EMAIL_CHARS:
        raise BadContact("this is too long for an e-mail address")
    return f"{local}@{domain}"


def _shown(c: str) -> str:
    name = unicodedata.name(c, f"character number {ord(c)}").lower()
    return f"“{c}” ({name})" if c.isprintable() else f"the {name}"
