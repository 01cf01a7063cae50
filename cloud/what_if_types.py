"""What the calls take and give that look at a change that is not made, or at who may enter when. Only shapes."""

from typing import Literal

import msgspec

from cloud.api_types import Body, EditGrant, EditPlace, GrantBody, NewGrant
from cloud.messages import Id, LogLine


class PersonChange(Body, frozen=True):
    """One of them: what else a place knows of her lets nobody in or out."""

    suspended: bool | msgspec.UnsetType = msgspec.UNSET
    may_invite: bool | msgspec.UnsetType = msgspec.UNSET
    role: Literal["owner", "admin", "member"] | msgspec.UnsetType = msgspec.UNSET


class GroupChange(Body, frozen=True):
    """Somebody joins or leaves; neither: the group is removed."""

    id: Id
    joins: Id | None = None
    leaves: Id | None = None


class Preview(Body, frozen=True):
    """One change that is not made: of a grant (`grant` with `change`, or null to remove it), a new one (`new`), a
    person (`suspended`, `becomes`; neither: removed), a group, the place's clock and holidays, a door taken out, a
    `request` granted, with `access`."""

    grant: Id | None = None
    change: EditGrant | None = None
    new: NewGrant | None = None
    person: Id | None = None
    suspended: bool | None = None
    becomes: PersonChange | None = None
    group: GroupChange | None = None
    place: EditPlace | None = None
    door: Id | None = None
    request: Id | None = None
    access: GrantBody | None = None


class Effect(msgspec.Struct, frozen=True):
    person: str
    doors: tuple[str, ...]


class PreviewView(msgspec.Struct, frozen=True):
    """Whom it lets in or shuts out within the days looked at, and whom right now."""

    lets_in: list[Effect]
    shuts_out: list[Effect]
    now_in: list[str]
    now_out: list[str]
    days: int


class MayView(msgspec.Struct, frozen=True):
    person: str
    door: str
    allowed: bool
    reason: str | None
    rule: str | None
    next: int | None
    until: int | None


class MayWas(msgspec.Struct, frozen=True):
    """Who may enter at a moment, door by door. `beyond`: the holidays of that year are not known yet."""

    at: int
    answers: list[MayView]
    beyond: bool = False


class DoorWas(msgspec.Struct, frozen=True):
    """How a door stood: `state` as its sensor last said, `unknown` where it has none or nothing was said in time;
    `held` open; `away`: its box was silent. `last`: the last line of the log about it."""

    door: str
    name: str
    state: Literal["open", "closed", "unknown"]
    since: int | None
    held: bool
    away: bool
    last: LogLine | None


class ThenView(msgspec.Struct, frozen=True):
    """A moment that is over: who could enter by the rules of then. `names`: of people who have left since; `rules`:
    False when the place was not there yet."""

    at: int
    answers: list[MayView]
    doors: list[DoorWas]
    names: dict[str, str]
    rules: bool
    beyond: bool = False
