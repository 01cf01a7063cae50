"""Web push: to which services anything is sent at all, how long and how loudly each kind, and what an answer means.

The address comes from a user, so it is taken only where a browser's maker serves it. Pure: sends nothing, asks no
clock.
"""

import re
from typing import Literal

import msgspec

Kind = Literal["guest_came", "access_changed", "left_open", "alarms"]
Urgency = Literal["normal", "high"]  # high wakes a phone that saves its battery

ENDPOINT_CHARS = 1000  # the longest in use (Windows) have about 600
P256DH_BYTES, AUTH_BYTES = 65, 16  # RFC 8291
SUBSCRIPTIONS = 20  # of one person: as many as she may have windows; the oldest go
PADDED_BYTES = 1024  # every message is as long as any other: a push service learns no kind from its length
RETRY_S = (30, 300)  # after no answer, or one that says "later"; then it is too old to be worth more
LONGEST_WAIT_S = 1800  # that a service may ask for


class How(msgspec.Struct, frozen=True):
    """`ttl_s`: how long it is worth something; `burst`, then `an_hour`: how many of a kind one phone gets."""

    ttl_s: int
    urgency: Urgency
    burst: int
    an_hour: int


HOW: dict[Kind, How] = {
    "guest_came": How(3600, "normal", 10, 10),  # a guest is still there then
    "access_changed": How(24 * 3600, "normal", 6, 6),  # known in the app by then; an admin who tries things is one news
    "left_open": How(1800, "high", 10, 12),  # told again by then
    "alarms": How(4 * 3600, "high", 30, 60),  # a building in trouble; a flapping box is held back before this
}

_URL = re.compile(r"(https?)://([a-z0-9.-]{1,253})(?::([0-9]{1,5}))?/[!$-;=?-Z_a-z~]*", re.ASCII)
_HOST = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+")
_LOCAL = re.compile(r"http://127\.0\.0\.1:([0-9]{1,5})/?")


class Service(msgspec.Struct, frozen=True):
    """Whose addresses begin so. `host`: a name, or `*.` and what its names end in; `named`: by this installation, and
    may lie in its own network."""

    host: str
    port: int = 443
    scheme: Literal["https", "http"] = "https"
    named: bool = False

    def serves(self, host: str) -> bool:
        return host.endswith(self.host[1:]) if self.host.startswith("*.") else host == self.host


SERVICES = (
    Service("fcm.googleapis.com"),  # Chrome and most of its relatives, Edge on Android
    Service("jmt17.google.com"),  # Chromium as Linux distributions build it
    Service("*.push.services.mozilla.com"),  # Firefox
    Service("*.push.apple.com"),  # Safari, and the installed app on iOS
    Service("*.notify.windows.com"),  # Edge on Windows
)


def named(text: str) -> tuple[Service, ...]:
    """More services, from a setting: names, or `http://127.0.0.1:port` for a test on this machine. Raises
    ValueError."""
    found: list[Service] = []
    for word in text.replace(",", " ").lower().split():
        if local := _LOCAL.fullmatch(word):
            found.append(Service("127.0.0.1", int(local[1]), "http", named=True))
        elif _HOST.fullmatch(word) and not word.rpartition(".")[2].isdigit():
            found.append(Service(word, named=True))
        else:
            raise ValueError(f"{word!r} should be like push.example or *.push.example")
    return tuple(found)


def service_of(endpoint: str, services: tuple[Service, ...]) -> Service | None:
    """Whose this address is; None: nothing is sent there. Only what every reader of addresses reads the same way is
    taken: no user, no fragment, no backslash, no capitals in the host."""
    match = _URL.fullmatch(endpoint) if len(endpoint) <= ENDPOINT_CHARS else None
    if match is None:
        return None
    scheme, host, port = match[1], match[2], int(match[3] or (443 if match[1] == "https" else 80))
    same = (each for each in services if (each.scheme, each.port) == (scheme, port) and each.serves(host))
    return next(same, None)


Then = Literal["sent", "gone", "again", "never"]


def then(status: int | None) -> Then:
    """What an answer means, None: there was none. `gone`: the subscription is no more. A redirect is no answer."""
    if status is None or status in (408, 425, 429) or status >= 500:
        return "again"
    if 200 <= status < 300:
        return "sent"
    return "gone" if status in (404, 410) else "never"


def wait_s(tries: int, asked_s: int | None) -> int | None:
    """How long until it is tried once more, after so many tries; None: not again. `asked_s`: what the service said."""
    if tries > len(RETRY_S) or (asked_s or 0) > LONGEST_WAIT_S:
        return None
    return max(RETRY_S[tries - 1], asked_s or 0)
