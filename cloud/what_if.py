"""Answers about times that are not now and changes that are not made: whom would it let in, who may enter then.

Pure, and the same decision as for an open: `access.may_open`. Many people hold the same: each case is looked at once.
"""

from collections.abc import Iterable

from cloud import access
from cloud.access import Site, Snapshot
from cloud.hours import DAY_MS
from cloud.what_if_types import Effect, MayView, MayWas, PreviewView

DAYS = 14  # a change is looked at for two weeks: every weekday twice, and what comes later has been said as a rule


def preview(people: Iterable[str], place: str, before: Snapshot, after: Snapshot, now: int) -> PreviewView:
    doors = sorted({door for snapshot in (before, after) for door in _doors(snapshot, place)})
    lets_in: list[Effect] = []
    shuts_out: list[Effect] = []
    now_in: list[str] = []
    now_out: list[str] = []
    looked: dict[object, tuple[list[str], list[str], bool, bool]] = {}
    for person in sorted(people):
        case = _case(person, place, before), _case(person, place, after)
        if case not in looked:
            looked[case] = _effect(person, doors, before, after, now)
        gains, loses, comes_in, goes_out = looked[case]
        lets_in += [Effect(person, tuple(gains))] if gains else []
        shuts_out += [Effect(person, tuple(loses))] if loses else []
        now_in += [person] if comes_in else []
        now_out += [person] if goes_out else []
    return PreviewView(lets_in, shuts_out, now_in, now_out, DAYS)


def _effect(
    person: str, doors: list[str], before: Snapshot, after: Snapshot, now: int
) -> tuple[list[str], list[str], bool, bool]:
    gains, loses = gains_and_loses(person, doors, before, after, now, now + DAYS * DAY_MS)
    then = {door for door in doors if access.may_open(person, door, after, now).allowed}
    today = {door for door in doors if access.may_open(person, door, before, now).allowed}
    return gains, loses, bool(then - today), bool(today - then)


def gains_and_loses(
    person: str, doors: Iterable[str], before: Snapshot, after: Snapshot, since: int, until: int
) -> tuple[list[str], list[str]]:
    """The doors at which a change lets her in at a time when she could not before, and those at which it shuts her
    out."""
    gains, loses = [], []
    for door in doors:
        old = list(access.openings(person, door, before, since, until))
        new = list(access.openings(person, door, after, since, until))
        if _outside(new, old):
            gains.append(door)
        if _outside(old, new):
            loses.append(door)
    return gains, loses


def _outside(these: list[tuple[int, int]], those: list[tuple[int, int]]) -> bool:
    """Whether any moment of these (in order, apart) lies in none of those."""
    for starts, ends in these:
        now = starts
        for begins, stops in those:
            if begins <= now < stops:
                now = stops
        if now < ends:
            return True
    return False


def _doors(snapshot: Snapshot, place: str) -> Iterable[str]:
    site = snapshot.sites.get(place)
    return site.doors if site else ()


def _case(person: str, place: str, snapshot: Snapshot) -> object:
    """All that decides what she may here: of two with the same case the answers are the same. Which access says so does
    not count: five thousand people have accesses of their own that say the same."""
    site = snapshot.sites.get(place)
    member = site.members.get(person) if site else None
    if site is None or member is None:
        return None
    return access.is_suspended(member, site), tuple(_says(held.grant) for held in site.held_by(person))


def _says(grant: access.Grant) -> tuple[object, ...]:
    used_up = grant.uses is not None and grant.uses <= 0
    return grant.doors, grant.hours, grant.starts, grant.ends, used_up, grant.suspended, grant.within


def who_may(site: Site, door: str | None, snapshot: Snapshot, at: int) -> MayWas:
    answers = [
        view(person, each, verdict)
        for each in sorted(site.doors)
        if door in (None, each)
        for person, verdict in access.who_may(each, snapshot, at)
    ]
    return MayWas(at, answers, beyond(site, at))


def may(person: str, doors: Iterable[str], site: Site, snapshot: Snapshot, at: int) -> MayWas:
    answers = [view(person, door, access.may_open(person, door, snapshot, at)) for door in doors]
    return MayWas(at, answers, beyond(site, at))


def view(person: str, door: str, verdict: access.Verdict) -> MayView:
    return MayView(person, door, verdict.allowed, verdict.reason, verdict.rule, verdict.next, verdict.until)


def beyond(site: Site, at: int) -> bool:
    """Whether public holidays count here, and those of that day are not known (any more, or yet)."""
    counts = any(grant.hours.holidays != "usual" for grant in site.grants.values())
    known = site.calendar.first * DAY_MS <= at < site.calendar.end * DAY_MS
    return counts and not known
