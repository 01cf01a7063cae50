"""The call about when a place's doors are opened."""

import asyncio

from cloud.api import Call
from cloud.clock import Clock
from cloud.figure_store import FigureStore
from cloud.figure_types import OpensQuery, OpensView
from cloud.opens_by_hour import begins, by_hour, grain
from cloud.policy import Policy
from cloud.verbs import NotPossible


class FigureCalls:
    def __init__(self, figures: FigureStore, policy: Policy, clock: Clock) -> None:
        self._figures, self._policy, self._clock = figures, policy, clock
        self._counting = asyncio.Semaphore(1)  # a busy place has a hundred thousand opens: one look at a time

    async def opens(self, call: Call) -> OpensView:
        asked, place = call.query, call.path["place"]
        assert isinstance(asked, OpensQuery)
        site = self._policy.snapshot.sites[place]
        if asked.door is not None and asked.door not in site.doors:
            raise NotPossible("unknown", "there is no such door at this place")
        zone, now = site.calendar.zone, self._clock.now()
        since = begins(zone, now, asked.days)
        async with self._counting:
            found = await self._figures.opens(place, since, now + 1, grain(zone, since, now), asked.door)
        cells = by_hour(zone, found)
        return OpensView(zone.name, asked.days, since, cells, sum(map(sum, cells)))
