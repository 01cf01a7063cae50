"""How a unit should drive its doors, and what is known of whether it does. Pure: `mono` comes in.

A CONFIG is sent while the unit tells a lower number than the one wanted; only the unit's own word confirms or refuses
it. Never here: sending, and the table.
"""

import math
from collections.abc import Sequence

import msgspec

from firmware import settings_wire, wire

RESEND_S = 60  # a unit that took a CONFIG is restarting; one that did not may have lost it with its connection
RESEND_AT_MOST_S = 3600  # a CONFIG is about 700 bytes of a mobile contract, and who swallows it may do so for ever
TENTHS = 10  # of a second, as travel goes over the wire
LOW_S, HIGH_S = 0.5, 300  # travel: the unit's own bounds (firmware/config.py)
LOW_MS, HIGH_MS = 100, 5000  # a pulse, likewise


class BadSettings(ValueError):
    """Settings that no unit takes; the message says which and why."""


class DoorSettings(msgspec.Struct, frozen=True):
    """Of the unit's door with this number. Travel is kept in tenths of a second."""

    number: int
    drive: str
    travel_s: float
    pulse_ms: int


class AccessPoint(msgspec.Struct, frozen=True):
    """Of the mobile contract, in place of the installer's. `sealed`: the password, under the installation's key."""

    apn: str
    auth: str = "none"
    user: str = ""
    sealed: str = ""


class Kept(msgspec.Struct, frozen=True):
    """What stands in the column `wanted`. `refused`: the unit has refused just this, or went back from it. `proven`:
    the last access point with which it reached us; None: the installer's."""

    doors: tuple[DoorSettings, ...] = ()
    refused: bool = False
    access_point: AccessPoint | None = None
    proven: AccessPoint | None = None

    def with_doors(self, doors: tuple[DoorSettings, ...]) -> "Kept":
        """An access point that led nowhere is not tried again because a door is driven otherwise."""
        return Kept(doors, access_point=self.proven if self.refused else self.access_point, proven=self.proven)


def checked(doors: Sequence[DoorSettings]) -> tuple[DoorSettings, ...]:
    """In the order of their numbers, travel rounded as the wire does; BadSettings when no unit would take them."""
    numbers = [door.number for door in doors]
    if len(set(numbers)) < len(numbers) or not all(0 <= number < wire.DOORS for number in numbers):
        raise BadSettings(f"doors {numbers}: a unit has doors 0 to {wire.DOORS - 1}, each once")
    for door in doors:
        what = f"door {door.number}"
        if door.drive not in wire.DRIVES:
            raise BadSettings(f"{what}: the drive is {door.drive!r}, expected one of {', '.join(wire.DRIVES)}")
        if not LOW_S <= door.travel_s <= HIGH_S:
            raise BadSettings(f"{what}: a travel time of {door.travel_s} s, expected {LOW_S} to {HIGH_S} s")
        if not LOW_MS <= door.pulse_ms <= HIGH_MS:
            raise BadSettings(f"{what}: a pulse of {door.pulse_ms} ms, expected {LOW_MS} to {HIGH_MS} ms")
    rounded = [msgspec.structs.replace(door, travel_s=round(door.travel_s * TENTHS) / TENTHS) for door in doors]
    return tuple(sorted(rounded, key=lambda door: door.number))


def checked_access_point(apn: str, auth: str, user: str, password: str) -> None:
    """BadSettings when no unit would take it: its own rules (firmware/config_network.py)."""
    if not 1 <= len(apn) <= settings_wire.MAX_TEXT or not all(c.isascii() and (c.isalnum() or c in ".-_") for c in apn):
        raise BadSettings(f"the access point {apn!r}: expected 1 to 63 letters, digits, dots, hyphens, underscores")
    if auth not in settings_wire.AUTHS:
        raise BadSettings(f"authentication {auth!r}: expected one of {', '.join(settings_wire.AUTHS)}")
    for name, text in (("user", user), ("password", password)):
        if auth == "none" and text:
            raise BadSettings(f"a {name} is of use with pap or chap only")
        if auth != "none" and not (1 <= len(text) <= settings_wire.MAX_TEXT and all(" " <= c <= "~" for c in text)):
            raise BadSettings(f"{auth} needs a {name} of 1 to 63 plain characters")


def on_the_wire(doors: Sequence[DoorSettings]) -> list[tuple[int, int, int, int]]:
    """As a CONFIG tells them."""
    return [(d.number, wire.DRIVES.index(d.drive), round(d.travel_s * TENTHS), d.pulse_ms) for d in doors]


class Wanted:
    """Of one unit. `number` is that of what is wanted, `confirmed` the one that the unit has in use by its own word."""

    def __init__(self, kept: Kept | None = None, number: int = 0, confirmed: int = 0) -> None:
        self.kept, self.number, self.confirmed = kept or Kept(), number, confirmed
        self._sent = -math.inf
        self._sent_number = self._sent_tries = 0
        self._sent_boot: bytes | None = None

    @property
    def pending(self) -> bool:
        return self.number > self.confirmed

    @property
    def refused(self) -> bool:
        return self.pending and self.kept.refused

    def same(self, doors: tuple[DoorSettings, ...]) -> bool:
        """Whether just this is wanted already, and not refused."""
        return self.number > 0 and self.kept.doors == doors and not self.kept.refused

    def next_number(self, told: int | None) -> int:
        """Above every number that the unit can have taken; `told`: by its last HELLO."""
        return max(self.number, self.confirmed, told or 0) + 1

    def become(self, kept: Kept, number: int) -> None:
        self.kept, self.number = kept, number
        if kept.refused:
            self._sent = -math.inf  # it is not restarting: what is wanted next may leave at once

    def news(self, told: int) -> bool:
        """Whether the unit has not told just this before; an unknown number is no news but another hand's."""
        return told != self.confirmed and not self.overtaken(told) and self.number > 0

    def overtaken(self, told: int) -> bool:
        """The unit has a number in use that was never given here: what is wanted needs a new one to be taken."""
        return self.number > 0 and told > self.number

    def due(self, boot: bytes, told: int, mono: float) -> bool:
        """Whether a CONFIG should leave for the unit, whose HELLO of this boot told that number: at once, and again
        after a while."""
        if not self.pending or self.refused or told >= self.number:
            return False
        another = boot != self._sent_boot and self.number != self._sent_number
        tries = self._sent_tries if boot == self._sent_boot else 1
        return another or mono - self._sent >= min(RESEND_S * 2 ** (tries - 1), RESEND_AT_MOST_S)

    def sent(self, boot: bytes, mono: float) -> None:
        again = boot == self._sent_boot and self.number == self._sent_number
        self._sent_tries = self._sent_tries + 1 if again else 1
        self._sent, self._sent_boot, self._sent_number = mono, boot, self.number
