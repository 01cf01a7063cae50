"""Rules of what people type to show who they are: one-time codes and the code at every open. Pure; hashes nothing,
stores nothing, sends nothing.

Whether somebody's guesses or requests count never depends on whether a contact is known.
"""

import itertools
import unicodedata
from collections.abc import Collection, Sequence

import msgspec

SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS = 1000, 60_000, 3_600_000, 86_400_000

CODE_DIGITS = 6  # what fits in a text message's preview and in a head; with TRIES a guess has 5 in a million
CODE_LIFE_MS = 10 * MINUTE_MS  # a slow mail still arrives
TRIES = 5  # of one ticket: a typing mistake or two, no search

SIGN_IN, CONTACT, PRINTED = "sign-in", "contact", "printed"

# What is sent to one contact. Ten tickets a day, five tries each: a stranger guesses right once in 55 years.
PAIR_AN_HOUR = 3  # from one address: one stranger does not use up what is there for all of them
STRANGERS_AN_HOUR = 5  # from addresses that never signed in for it: nobody's phone is rung all night
STRANGERS_A_DAY = 10
KNOWN_AN_HOUR = 5  # from each address that did: strangers cannot lock its owner out there
KNOWN_A_DAY = 20
# What is kept of what is not sent: a printed code is good with any ticket, so tickets beyond the limits are kept, too.
KEPT_A_DAY = 100  # of one contact: 500 guesses at a printed code that is good for ten minutes

ADDRESS_AN_HOUR = 20  # tickets from one address, whatever the contacts: a house behind one router
PERSON_A_DAY = 10  # changes of her own contact that one person begins
NOBODYS_AN_HOUR = 60  # messages of this whole installation to contacts that nobody has: who is paid by the message
# must not live on us

PIN_DIGITS = 4
PIN_TRIES = 5  # then a pause
PIN_PAUSE_MS = 15 * MINUTE_MS  # 480 guesses a day of 10,000, on a phone that is unlocked and signed in


class Asked(msgspec.Struct, frozen=True):
    """A ticket that was given for a contact; `sent`: with a code."""

    address: str
    created: int
    sent: bool


def may_send(asked: Sequence[Asked], address: str, known: Collection[str], now: int) -> bool:
    """Whether one more code goes to a contact. `asked`: its tickets of the last day, without printed codes;
    `known`: the addresses where its owner has signed in."""
    sent = [one for one in asked if one.sent]
    if address in known:
        own = [one.created for one in sent if one.address == address]
        return _within(own, KNOWN_AN_HOUR, HOUR_MS, now) and _within(own, KNOWN_A_DAY, DAY_MS, now)
    strangers = [one for one in sent if one.address not in known]
    pair = [one.created for one in strangers if one.address == address]
    times = [one.created for one in strangers]
    return (
        _within(pair, PAIR_AN_HOUR, HOUR_MS, now)
        and _within(times, STRANGERS_AN_HOUR, HOUR_MS, now)
        and _within(times, STRANGERS_A_DAY, DAY_MS, now)
    )


def may_keep(asked: Sequence[Asked], address: str, known: Collection[str], now: int) -> bool:
    """Whether a ticket is kept at all; what is sent always is."""
    if address in known:
        return _within([one.created for one in asked if one.address == address], KEPT_A_DAY, DAY_MS, now)
    return _within([one.created for one in asked if one.address not in known], KEPT_A_DAY, DAY_MS, now)


def _within(times: Sequence[int], limit: int, window_ms: int, now: int) -> bool:
    return sum(created > now - window_ms for created in times) < limit


class Recent:
    """How often each of many did something within a window. Bounded: the one that did nothing for longest goes."""

    def __init__(self, limit: int, window_ms: int, keys: int = 10_000) -> None:
        self._limit, self._window, self._most = limit, window_ms, keys
        self._times: dict[str, list[int]] = {}

    def take(self, key: str, now: int) -> bool:
        """Whether it may once more; then it counts."""
        times = [time for time in self._times.pop(key, []) if time > now - self._window]
        may = len(times) < self._limit
        self._times[key] = [*times, now] if may else times
        if len(self._times) > self._most:
            del self._times[next(iter(self._times))]
        return may


def read_code(typed: str) -> str | None:
    """The code in what was typed or pasted: '123 456' is 123456, in the digits of any script. None: it is no code."""
    return _digits(typed, CODE_DIGITS)


def read_pin(typed: str) -> str | None:
    return _digits(typed, PIN_DIGITS)


def _digits(typed: str, count: int) -> str | None:
    if len(typed) > 4 * count:
        return None
    kept = [c for c in typed if not c.isspace() and c not in "-\u200e\u200f"]
    values = [unicodedata.decimal(c, None) for c in kept]
    if len(values) != count or None in values:
        return None
    return "".join(map(str, values))


def weak_pin(pin: str) -> str | None:
    """Why this one would be guessed within a few tries, in words; None: it would not."""
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    if steps == {0}:
        return "four times the same digit is what everybody tries first"
    if steps in ({1}, {9}):
        return "digits in a row are what everybody tries first"
    if pin[:2] == pin[2:]:
        return "the same two digits twice are easily guessed"
    if pin[:2] in ("19", "20"):
        return "a year is easily guessed: it may be a birthday"
    return None
