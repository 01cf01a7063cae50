"""The call that looks back: reads what the log says of a moment, and lets `back_in_time` reckon."""

import asyncio
from collections.abc import Sequence

from cloud import access, back_in_time, what_if
from cloud.access import Site, Snapshot
from cloud.api import Call
from cloud.api_queries import ThenQuery
from cloud.back_in_time import AT_DOORS
from cloud.chain import Entry
from cloud.clock import Clock
from cloud.hours import DAY_MS
from cloud.log_store import Filter, LogStore
from cloud.policy import Policy, calendar_of
from cloud.verbs import NotPossible
from cloud.views import Views
from cloud.what_if_types import DoorWas, ThenView

CHANGES = 1000  # entries read at once
FARTHEST = 50  # times that: more changes than a place of 5,000 people makes in years
LINES = 2000  # of the doors, before the moment: what came earlier is called unknown
LOOK_DAYS = 90  # and no earlier than that


class ThenCalls:
    def __init__(self, logs: LogStore, policy: Policy, views: Views, clock: Clock) -> None:
        self._logs, self._policy, self._views, self._clock = logs, policy, views, clock
        self._looking = asyncio.Semaphore(1)  # a long look leaves the other core to opens

    async def then(self, call: Call) -> ThenView:
        asked, place, now = call.query, call.path["place"], self._policy.snapshot
        assert isinstance(asked, ThenQuery)
        if asked.at > self._clock.now():
            raise NotPossible("invalid", "that moment is not over yet: ask who may enter then")
        async with self._looking:
            later = await self._changes_since(place, asked.at)
            lines = await self._logs.page(
                place, LINES, Filter(kinds=AT_DOORS, since=asked.at - LOOK_DAYS * DAY_MS, until=asked.at + 1)
            )
            return await asyncio.to_thread(self._view, asked, place, now, later, lines)

    async def _changes_since(self, place: str, at: int) -> list[Entry]:
        """Newest first."""
        found: list[Entry] = []
        for _ in range(FARTHEST):
            before = found[-1].n if found else None
            page = await self._logs.page(place, CHANGES, Filter(kinds=("change",), since=at + 1, before=before))
            found += page
            if len(page) < CHANGES:
                return found
        raise NotPossible("invalid", "too much has changed since: ask about a later moment")

    def _view(
        self, asked: ThenQuery, place: str, now: Snapshot, later: Sequence[Entry], lines: Sequence[Entry]
    ) -> ThenView:
        before = back_in_time.undone(now, place, later, calendar_of)
        site = before.sites.get(place) if before else None
        if before is None or site is None:
            return ThenView(asked.at, [], [], {}, rules=False)
        doors = [door for door in site.doors.values() if asked.door in (None, door.id)]
        if asked.person is not None:
            answers = what_if.may(asked.person, sorted(d.id for d in doors), site, before, asked.at).answers
        else:
            answers = what_if.who_may(site, asked.door, before, asked.at).answers
        names = _names_of_the_gone(site, now.sites[place])
        return ThenView(
            asked.at, answers, self._doors(doors, lines), names, rules=True, beyond=what_if.beyond(site, asked.at)
        )

    def _doors(self, doors: Sequence[access.Door], lines: Sequence[Entry]) -> list[DoorWas]:
        by_number = {line.n: line for line in lines}
        found = back_in_time.doors_then(doors, lines)
        return [
            DoorWas(
                door.id,
                door.name,
                then.state,
                then.since,
                then.held,
                then.away,
                self._views.line(by_number[then.last]) if then.last is not None else None,
            )
            for door in doors
            if (then := found[door.id])
        ]


def _names_of_the_gone(then: Site, now: Site) -> dict[str, str]:
    return {person: member.name for person, member in then.members.items() if person not in now.members}
