"""What calls that read may be asked with behind the ?: the types and their limits. Only shapes."""

from typing import Annotated

import msgspec

from cloud.api_types import Version
from cloud.messages import Id, Millis

PAGE = 50  # entries of the log that fill a few screens of a phone
LONGEST_PAGE = 200
Kind = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9_]{1,30}\Z")]
Number = Annotated[int, msgspec.Meta(ge=1, le=1 << 53)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_PAGE)]


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands behind the ?: a name that nobody knows is a mistake, said so."""


class GrantQuery(Query, frozen=True):
    version: Version | None = None


class WhoQuery(Query, frozen=True):
    at: Millis | None = None
    door: Id | None = None


class MayQuery(Query, frozen=True):
    """Without `door`: at each of the place."""

    person: Id
    door: Id | None = None
    at: Millis | None = None


class ThenQuery(Query, frozen=True):
    at: Millis
    person: Id | None = None
    door: Id | None = None


class LogQuery(Query, frozen=True):
    """`kind` may be given several times; `before`: only entries with a smaller number."""

    person: Id | None = None
    door: Id | None = None
    kind: Annotated[tuple[Kind, ...], msgspec.Meta(max_length=20)] = ()
    since: Millis | None = None
    until: Millis | None = None
    before: Number | None = None
    limit: Limit = PAGE


class ExportQuery(Query, frozen=True):
    """None of them: all of the log."""

    person: Id | None = None
    door: Id | None = None
    kind: Annotated[tuple[Kind, ...], msgspec.Meta(max_length=20)] = ()
    since: Millis | None = None
    until: Millis | None = None


class OwnLogQuery(Query, frozen=True):
    """As of a place. Without `place` those of all her places, by time; a number tells entries of one place apart, so
    `before` needs one."""

    place: Id | None = None
    door: Id | None = None
    kind: Annotated[tuple[Kind, ...], msgspec.Meta(max_length=20)] = ()
    since: Millis | None = None
    until: Millis | None = None
    before: Number | None = None
    limit: Limit = PAGE


class HeadQuery(Query, frozen=True):
    n: Number | None = None
