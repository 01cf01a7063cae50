"""Who may open what, the slow way: minute by minute, with `datetime` and `zoneinfo`, as docs/hours.md says it.

Shares plain data with the cloud and nothing else. It sees `minutes` from `since`; what lies beyond it does not know.
"""

import datetime
import itertools
import zoneinfo
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache

import msgspec

from cloud.access import Grant, GroupMember, Member
from cloud.hours import Hours

MINUTE = 60_000
DAY = datetime.timedelta(days=1)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
ORDER = ("access", "unit", "suspended", "hours", "uses", "ended")


class Known(msgspec.Struct, frozen=True):
    """Public holidays, known for days from `first` to before `end`."""

    days: frozenset[datetime.date]
    first: datetime.date
    end: datetime.date


class Told(msgspec.Struct, frozen=True):
    """`turns`: when the answer becomes another one, None: not in what is seen; `reasons`: any of them would be right;
    `rules`: any of these grants."""

    allowed: bool
    reasons: frozenset[str] = frozenset()
    turns: int | None = None
    rules: frozenset[str] = frozenset()


def ms(moment: datetime.datetime) -> int:
    return (moment - EPOCH) // datetime.timedelta(milliseconds=1)


@lru_cache(maxsize=32)
def walls(zone: str, since: int, minutes: int) -> list[tuple[datetime.date, int]]:
    """What the clock on the wall shows, minute by minute: the date, and the minute of the day."""
    rules, start = zoneinfo.ZoneInfo(zone), EPOCH + datetime.timedelta(milliseconds=since)
    shown = [(start + datetime.timedelta(minutes=minute)).astimezone(rules) for minute in range(minutes)]
    dates = {local.date(): local.date() for local in shown}  # one object each: there are many minutes
    return [(dates[local.date()], local.hour * 60 + local.minute) for local in shown]


def begun(hours: Hours, date: datetime.date, known: Known | None) -> list[tuple[int, int]]:
    """The spans that begin on this date: first minute, and the minute that ends it."""
    whole, iso = (0, 1440), date.isoformat()
    if iso in hours.removed:
        return []
    for day in hours.added:
        if day.date == iso:
            return [(span.starts, span.ends) for span in day.spans] or [whole]
    if hours.windows is None and hours.holidays in ("usual", "open"):
        return [whole]
    if hours.holidays != "usual":
        if known is None or not known.first <= date < known.end:
            return []
        if date in known.days:
            own = [(span.starts, span.ends) for span in hours.holiday_spans]
            return {"open": [whole], "closed": [], "own": own}[hours.holidays]
    if hours.windows is None:
        return [whole]
    return [(window.starts, window.ends) for window in hours.windows if date.weekday() in window.days]


def shown_open(hours: Hours, date: datetime.date, known: Known | None) -> list[bool]:
    """For each minute that a wall clock may show on this date."""
    minutes = [False] * 1440
    for starts, ends in begun(hours, date, known):
        for minute in range(starts, ends if ends > starts else 1440):
            minutes[minute] = True
    for starts, ends in begun(hours, date - DAY, known):
        for minute in range(ends if ends <= starts else 0):
            minutes[minute] = True
    return minutes


def open_minutes(hours: Hours, seen: Sequence[tuple[datetime.date, int]], known: Known | None) -> list[bool]:
    dates = {date: shown_open(hours, date, known) for date in dict.fromkeys(date for date, _ in seen)}
    return [dates[date][minute] for date, minute in seen]


class Rule:
    """One grant in what is seen: `hours` alone, `time` with its start and end."""

    def __init__(self, grant: Grant, world: "World") -> None:
        self.grant, self.world = grant, world
        self.hours = open_minutes(grant.hours, world.seen, world.known)
        self.time = [
            is_open and (grant.starts is None or at >= grant.starts) and (grant.ends is None or at < grant.ends)
            for is_open, at in zip(self.hours, world.times, strict=True)
        ]
        self.spent = grant.uses is not None and grant.uses <= 0
        self.after = _following(self.time)

    @cached_property
    def host(self) -> "Side | None":
        """Whoever this guest is a guest of, while she may invite and has access herself."""
        member = self.world.members.get(self.grant.within or "")
        if member is None or member.suspended or not (member.may_invite or member.role in ("owner", "admin")):
            return None
        own = [rule for rule in self.world.held(member.person) if rule.grant.within is None]
        return Side(own) if own else None

    @cached_property
    def allows(self) -> list[bool]:
        if self.grant.suspended or self.spent or (self.grant.within and self.host is None):
            return [False] * len(self.time)
        if self.host is None:
            return self.time
        return [mine and theirs for mine, theirs in zip(self.time, self.host.allows, strict=True)]

    @cached_property
    def next(self) -> list[int | None]:
        return _following(self.allows)

    def reasons(self, minute: int) -> frozenset[str]:
        """Why not, in this minute in which it does not allow."""
        if self.grant.suspended:
            return frozenset({"suspended"})
        why = self._without_uses(minute)
        if not self.spent:
            return why
        return frozenset({"uses"} | (why & {"ended"})) if why != {"ended"} else why

    def _without_uses(self, minute: int) -> frozenset[str]:
        if self.grant.within is None:
            return self._alone(minute)
        if self.host is None:
            return frozenset({"access"})
        if self.next[minute] is not None:
            return frozenset({"hours"})
        return self.host.reasons(minute) if self.time[minute] else self._alone(minute)

    def _alone(self, minute: int) -> frozenset[str]:
        at, starts, ends = self.world.times[minute], self.grant.starts, self.grant.ends
        if ends is not None and (at >= ends or (starts is not None and starts >= ends)):
            return frozenset({"ended"})
        if ends is None or self.after[minute] is not None:
            return frozenset({"hours"})
        later = any(self.hours[minute:]) and ends <= self.world.end
        opens = [
            when >= ends
            for when, is_open in zip(self.world.times[minute:], self.hours[minute:], strict=True)
            if is_open and (starts is None or when >= starts)
        ]
        return frozenset({"ended"}) if later and opens and all(opens) else frozenset({"ended", "hours"})


class Side:
    """Several rules of one person for one door."""

    def __init__(self, rules: list[Rule]) -> None:
        self.rules = rules
        self.allows = [any(minute) for minute in zip(*(rule.allows for rule in rules), strict=True)]
        self.next = _following(self.allows)
        self.stops = _following([not allowed for allowed in self.allows])

    def reasons(self, minute: int) -> frozenset[str]:
        if self.next[minute] is not None:
            return frozenset({"hours"})
        each = [rule.reasons(minute) for rule in self.rules]
        if all(len(reasons) == 1 for reasons in each):
            return frozenset({min((next(iter(reasons)) for reasons in each), key=ORDER.index)})
        return frozenset(min(chosen, key=ORDER.index) for chosen in itertools.product(*each))


class World:
    """One place. Doors are told apart by id only."""

    def __init__(
        self,
        zone: str,
        known: Known | None,
        things: Iterable[object],
        door: str,
        since: int,
        minutes: int,
        revoked: bool = False,
    ) -> None:
        things = list(things)
        self.known, self.revoked = known, revoked
        self.seen = walls(zone, since, minutes)
        self.times = [since + minute * MINUTE for minute in range(minutes)]
        self.end = since + minutes * MINUTE
        self.members = {thing.person: thing for thing in things if isinstance(thing, Member)}
        self._in = [(thing.group, thing.person) for thing in things if isinstance(thing, GroupMember)]
        self._rules = [
            Rule(thing, self)
            for thing in things
            if isinstance(thing, Grant) and (not thing.doors or door in thing.doors)
        ]
        self._sides: dict[str, Side] = {}

    def held(self, person: str) -> list[Rule]:
        return [
            rule for rule in self._rules if rule.grant.person == person or (rule.grant.group or "", person) in self._in
        ]

    def side(self, person: str) -> Side:
        if person not in self._sides:
            self._sides[person] = Side(self.held(person))
        return self._sides[person]

    def tell(self, person: str, minute: int) -> Told:
        member, side = self.members.get(person), self.side(person)
        if member is None or not side.rules:
            return Told(False, frozenset({"access"}))
        if self.revoked:
            return Told(False, frozenset({"unit"}))
        host = self.members.get(member.host or "")
        if member.suspended or (host is not None and host.suspended):
            return Told(False, frozenset({"suspended"}))
        if side.allows[minute]:
            allowing = [rule.grant for rule in side.rules if rule.allows[minute]]
            endless = [grant for grant in allowing if grant.uses is None]
            rules = frozenset(grant.id for grant in endless or allowing)
            return Told(True, frozenset(), self._at(side.stops[minute]), rules)
        rules = frozenset(rule.grant.id for rule in side.rules)
        return Told(False, side.reasons(minute), self._at(side.next[minute]), rules)

    def _at(self, minute: int | None) -> int | None:
        return None if minute is None else self.times[minute]


def _following(minutes: Sequence[bool]) -> list[int | None]:
    """For each minute the first one from it on that is true."""
    found: list[int | None] = [None] * len(minutes)
    last = None
    for minute in range(len(minutes) - 1, -1, -1):
        last = minute if minutes[minute] else last
        found[minute] = last
    return found
