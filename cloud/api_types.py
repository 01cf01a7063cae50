"""What the calls under /api/v1 take and give: the types, their limits. The OpenAPI document is made from them.

Only shapes. Nothing here decides; what is pushed stands in `messages`.
"""

from typing import Annotated, Any, Literal

import msgspec

from cloud.access import Door, Group, Member, Place
from cloud.changes import Request
from cloud.hours import Hours
from cloud.messages import GrantView, Id, Millis, Pin, Secret

Text = Annotated[str, msgspec.Meta(max_length=400)]  # four times a name: what is cleaned may shrink
LongText = Annotated[str, msgspec.Meta(max_length=4000)]
Contact = Annotated[str, msgspec.Meta(max_length=320)]
Language = Literal["en", "es", "ca"]
Ticket = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{20,60}\Z")]
Code = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{6}\Z")]
Version = Annotated[int, msgspec.Meta(ge=1, le=1 << 31)]
Uses = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Doors = Annotated[tuple[Id, ...], msgspec.Meta(max_length=200)]
Country = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2}\Z")]
Region = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9-]{1,8}\Z")]
Zone = Annotated[str, msgspec.Meta(max_length=60)]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a call takes: a field that nobody knows is a mistake, said so."""


def given(body: msgspec.Struct) -> dict[str, Any]:
    """The fields of an edit that were said."""
    names = [name for name in body.__struct_fields__ if name != "version"]
    return {name: value for name in names if (value := getattr(body, name)) is not msgspec.UNSET}


# -- signing in


class AskCode(Body, frozen=True):
    contact: Contact
    language: Language = "en"
    poster: Secret | None = None


class TicketView(msgspec.Struct, frozen=True):
    ticket: str


class CheckCode(Body, frozen=True):
    """`language`: that her phone speaks, for who comes by a poster and is not known yet."""

    ticket: Ticket
    code: Code
    poster: Secret | None = None
    language: Language = "en"


class Look(Body, frozen=True):
    secret: Secret


class LinkView(msgspec.Struct, frozen=True):
    """What a link is for, told before it is used. `works`: from when a guest may enter, None: now; `state`: `new`,
    `bound` (another phone has it), `ended`."""

    kind: Literal["sign-in", "invitation", "guest", "poster"]
    state: Literal["new", "bound", "ended"]
    place: str | None = None
    doors: tuple[str, ...] = ()
    name: str | None = None
    host: str | None = None
    allowed: bool = False
    next: int | None = None
    ends: int | None = None
    hours: Hours | None = None
    uses: int | None = None
    zone: str | None = None


class PasskeyOptions(msgspec.Struct, frozen=True):
    ticket: str
    options: dict[str, Any]


class PasskeyAnswer(Body, frozen=True):
    ticket: Ticket
    credential: dict[str, Any]
    name: Text = ""


# -- me


class PasskeyView(msgspec.Struct, frozen=True):
    id: str
    name: str
    created: int
    used: int | None


class MeView(msgspec.Struct, frozen=True):
    """`scope`: the one place this session is good for; None: everywhere. `contact` is masked in a session with a
    scope."""

    id: str
    name: str
    language: str
    phone: str | None
    email: str | None
    scope: str | None
    pin: bool
    passkeys: list[PasskeyView]
    staff: list[str]


class TickView(msgspec.Struct, frozen=True):
    """The cloud's time and who is signed in: what an app needs for a press before its websocket is up."""

    now: int
    person: str


class EditMe(Body, frozen=True):
    name: Text | msgspec.UnsetType = msgspec.UNSET
    language: Language | msgspec.UnsetType = msgspec.UNSET


class NewContact(Body, frozen=True):
    contact: Contact


class SetPin(Body, frozen=True):
    pin: Pin
    old: Pin | None = None


class ClearPin(Body, frozen=True):
    old: Pin


# -- places


class NewPlace(Body, frozen=True):
    name: Text
    zone: Zone
    owner: Contact
    owner_name: Text
    organisation: Text | None = None
    country: Country | None = None
    region: Region | None = None


class EditPlace(Body, frozen=True):
    version: Version
    name: Text | msgspec.UnsetType = msgspec.UNSET
    address: Text | msgspec.UnsetType | None = msgspec.UNSET
    zone: Zone | msgspec.UnsetType = msgspec.UNSET
    country: Country | msgspec.UnsetType | None = msgspec.UNSET
    region: Region | msgspec.UnsetType | None = msgspec.UNSET
    organisation: Text | msgspec.UnsetType | None = msgspec.UNSET
    help_name: Text | msgspec.UnsetType | None = msgspec.UNSET
    help_contact: Text | msgspec.UnsetType | None = msgspec.UNSET
    other_way: LongText | msgspec.UnsetType | None = msgspec.UNSET
    away_after_s: Annotated[int, msgspec.Meta(ge=120, le=86_400)] | msgspec.UnsetType = msgspec.UNSET
    again_s: Annotated[int, msgspec.Meta(ge=300, le=86_400)] | msgspec.UnsetType = msgspec.UNSET
    installer_name: Text | msgspec.UnsetType | None = msgspec.UNSET
    installer_contact: Text | msgspec.UnsetType | None = msgspec.UNSET


class NewDoor(Body, frozen=True):
    name: Text
    unit: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{8}\Z")]
    number: Annotated[int, msgspec.Meta(ge=0, le=3)]
    drive: Literal["open", "toggle", "open_close"]
    sensor: bool
    travel_s: Annotated[float, msgspec.Meta(ge=0.5, le=300)] = 12
    pulse_ms: Annotated[int, msgspec.Meta(ge=100, le=5000)] = 500


class EditDoor(Body, frozen=True):
    version: Version
    name: Text | msgspec.UnsetType = msgspec.UNSET
    drive: Literal["open", "toggle", "open_close"] | msgspec.UnsetType = msgspec.UNSET
    travel_s: Annotated[float, msgspec.Meta(ge=0.5, le=300)] | msgspec.UnsetType = msgspec.UNSET
    pulse_ms: Annotated[int, msgspec.Meta(ge=100, le=5000)] | msgspec.UnsetType = msgspec.UNSET
    left_open_s: Annotated[int, msgspec.Meta(ge=30, le=86400)] | msgspec.UnsetType | None = msgspec.UNSET


class Removal(Body, frozen=True):
    version: Version


class DoorAdmin(msgspec.Struct, frozen=True):
    """A door as it should be; `pending`: its unit has not confirmed it yet; `refused`: it has said no to it."""

    door: Door
    pending: bool
    refused: bool = False


class PersonView(msgspec.Struct, frozen=True):
    """A member with how she is reached, for those who manage the place."""

    member: Member
    contact: str | None
    signed_in: bool
    groups: tuple[str, ...]


class PlaceAdmin(msgspec.Struct, frozen=True):
    """Everything of one place. `head`: of its log, N:HASH; `holidays`: whether its public holidays are known;
    `second_owner`: there is only one owner."""

    place: Place
    doors: list[DoorAdmin]
    people: list[PersonView]
    groups: list[Group]
    grants: list[GrantView]
    requests: list[Request]
    head: str
    holidays: bool
    second_owner: bool


# -- people, groups, grants


class GrantBody(Body, frozen=True):
    """What may be opened, and when. No doors: every door of the place, those to come included."""

    doors: Doors = ()
    hours: Hours = Hours()
    starts: Millis | None = None
    ends: Millis | None = None
    uses: Uses | None = None
    note: Text = ""


class NewPerson(Body, frozen=True):
    """`access` left out: every door, always; null: none yet."""

    contact: Contact
    name: Text
    language: Language = "en"
    flat: Text | None = None
    role: Literal["owner", "admin", "member"] = "member"
    access: GrantBody | None = GrantBody()


class Invitation(msgspec.Struct, frozen=True):
    """A link that signs in on one phone, once. `qr`: an SVG picture as a data: address."""

    person: str
    link: str
    qr: str
    expires: int
    grant: str | None = None


class EditPerson(Body, frozen=True):
    version: Version
    name: Text | msgspec.UnsetType = msgspec.UNSET
    flat: Text | msgspec.UnsetType | None = msgspec.UNSET
    suspended: bool | msgspec.UnsetType = msgspec.UNSET
    may_invite: bool | msgspec.UnsetType = msgspec.UNSET
    may_hold: bool | msgspec.UnsetType = msgspec.UNSET


class SetRole(Body, frozen=True):
    role: Literal["owner", "admin", "member"]


class NewGroup(Body, frozen=True):
    name: Text


class EditGroup(Body, frozen=True):
    version: Version
    name: Text


class NewGrant(GrantBody, frozen=True):
    person: Id | None = None
    group: Id | None = None
    suspended: bool = False


class EditGrant(Body, frozen=True):
    version: Version
    doors: Doors | msgspec.UnsetType = msgspec.UNSET
    hours: Hours | msgspec.UnsetType = msgspec.UNSET
    starts: Millis | msgspec.UnsetType | None = msgspec.UNSET
    ends: Millis | msgspec.UnsetType | None = msgspec.UNSET
    uses: Uses | msgspec.UnsetType | None = msgspec.UNSET
    suspended: bool | msgspec.UnsetType = msgspec.UNSET
    note: Text | msgspec.UnsetType = msgspec.UNSET


# -- guests, requests


class NewGuest(GrantBody, frozen=True):
    name: Text = "Guest"
    language: Language = "en"


class GuestView(msgspec.Struct, frozen=True):
    """`state` of the link: `new`, `bound` to a phone, `ended`. `bound`: since when; `opened`: how often a door, and
    `last` when and which."""

    person: str
    place: str
    name: str
    host: str | None
    state: Literal["new", "bound", "ended"]
    grants: list[GrantView]
    bound: int | None = None
    opened: int = 0
    last: int | None = None
    door: str | None = None


class Ask(Body, frozen=True):
    """From a poster: whoever has proven her number asks to become a person of the place."""

    poster: Secret
    name: Text
    flat: Text | None = None


class Asked(msgspec.Struct, frozen=True):
    id: str


class Decide(Body, frozen=True):
    granted: bool
    access: GrantBody | None = None


class Poster(msgspec.Struct, frozen=True):
    link: str
    qr: str


class Offer(Body, frozen=True):
    person: Id


class Created(msgspec.Struct, frozen=True):
    id: str


class SessionView(msgspec.Struct, frozen=True):
    id: str
    device: str
    created: int
    used: int
    current: bool
    way: str = "link"
    place: str | None = None


class Problem(msgspec.Struct, frozen=True):
    """`reason` is for the program, `detail` for whoever reads; `current`: the thing as it is now."""

    reason: str
    detail: str
    current: Any = None
