"""The calls about a place itself, and about who may open what there."""

import asyncio

import msgspec

from cloud import access, previews, verbs, what_if
from cloud.access import Place, Site, Snapshot
from cloud.api import Call
from cloud.api_doors import as_grant, given_to
from cloud.api_queries import GrantQuery, MayQuery, WhoQuery
from cloud.api_types import (
    Created,
    DoorAdmin,
    EditGrant,
    EditGroup,
    EditPlace,
    NewGrant,
    NewGroup,
    NewPlace,
    PlaceAdmin,
    Removal,
    given,
)
from cloud.change_desk import Actor
from cloud.changes import Edit, Request, concerned
from cloud.clock import Clock
from cloud.log_store import LogStore
from cloud.messages import GrantView
from cloud.people import People, known_calendar, new_id
from cloud.policy import Policy
from cloud.units import Units
from cloud.verbs import NotPossible
from cloud.views import Views
from cloud.what_if_types import MayWas, Preview, PreviewView


class PlaceCalls:
    def __init__(
        self, people: People, policy: Policy, units: Units, views: Views, logs: LogStore, clock: Clock
    ) -> None:
        self._people, self._policy, self._units = people, policy, units
        self._views, self._logs, self._clock = views, logs, clock
        self._looking = asyncio.Semaphore(1)  # a long look at a change leaves the other core to opens

    # -- the place

    async def new_place(self, call: Call) -> Created:
        body = call.body
        assert isinstance(body, NewPlace)
        organisation = verbs.line("the organisation", body.organisation)
        place = Place(
            new_id(),
            body.name,
            body.zone,
            policy=1,
            organisation=organisation,
            country=body.country,
            region=body.region,
        )
        await self._people.add_place(Actor.of(call.actor, call.still), place, body.owner, body.owner_name)
        return Created(place.id)

    async def place(self, call: Call) -> PlaceAdmin:
        site = self._site(call)
        place = site.place.id
        owners = [member for member in site.members.values() if member.role == "owner"]
        shown = [view for person in site.members if (view := self._views.person(place, person))]
        return PlaceAdmin(
            site.place,
            [
                DoorAdmin(door, self._units.pending(door.unit), self._units.refused(door.unit))
                for door in site.doors.values()
            ],
            shown,
            list(site.groups.values()),
            [self._views.grant(grant) for grant in site.grants.values()],
            await self._people.requests(place),
            str(await self._logs.head(place)),
            site.calendar.holidays is not None,
            len(owners) == 1,
        )

    async def edit_place(self, call: Call) -> None:
        assert isinstance(call.body, EditPlace)
        await self._people.edit_place(
            Actor.of(call.actor, call.still), call.path["place"], call.body.version, given(call.body)
        )

    # -- groups

    async def new_group(self, call: Call) -> Created:
        assert isinstance(call.body, NewGroup)
        group = access.Group(new_id(), call.path["place"], call.body.name)
        await self._people.add_group(Actor.of(call.actor, call.still), group)
        return Created(group.id)

    async def edit_group(self, call: Call) -> None:
        body = call.body
        assert isinstance(body, EditGroup)
        await self._people.edit_group(Actor.of(call.actor, call.still), *_two(call, "group"), body.version, body.name)

    async def remove_group(self, call: Call) -> None:
        assert isinstance(call.body, Removal)
        await self._people.remove_group(Actor.of(call.actor, call.still), *_two(call, "group"), call.body.version)

    async def join_group(self, call: Call) -> None:
        await self._people.join_group(Actor.of(call.actor, call.still), *_two(call, "group"), call.path["person"])

    async def leave_group(self, call: Call) -> None:
        await self._people.leave_group(Actor.of(call.actor, call.still), *_two(call, "group"), call.path["person"])

    # -- grants

    async def list_grants(self, call: Call) -> list[GrantView]:
        return [self._views.grant(grant) for grant in self._site(call).grants.values()]

    async def new_grant(self, call: Call) -> Created:
        body = call.body
        assert isinstance(body, NewGrant)
        grant = as_new_grant(body, call.path["place"])
        await self._people.add_grant(Actor.of(call.actor, call.still), grant)
        return Created(grant.id)

    async def edit_grant(self, call: Call) -> None:
        body = call.body
        assert isinstance(body, EditGrant)
        await self._people.edit_grant(Actor.of(call.actor, call.still), *_two(call, "grant"), body.version, given(body))

    async def remove_grant(self, call: Call) -> None:
        assert isinstance(call.query, GrantQuery)
        grant = call.path["grant"]
        place = call.path.get("place") or self._people.place_of_grant(grant) or ""
        await self._people.remove_grant(Actor.of(call.actor, call.still), place, grant, call.query.version)

    # -- what if

    async def preview(self, call: Call) -> PreviewView:
        wanted, place, before = call.body, call.path["place"], self._policy.snapshot
        assert isinstance(wanted, Preview)
        request = await self._people.request(wanted.request) if wanted.request is not None else None
        edits = self._edits(wanted, place, before, call.actor.person, request)
        after = self._policy.preview(edits)
        people = concerned(edits, before, after).get(place, set())
        now = self._clock.now()
        async with self._looking:
            return await asyncio.to_thread(what_if.preview, people, place, before, after, now)

    def _edits(self, wanted: Preview, place: str, before: Snapshot, by: str, request: Request | None) -> list[Edit]:
        new = None if wanted.new is None else as_new_grant(wanted.new, place)
        if request is not None:
            new = given_to(request, wanted.access)
        becomes = {} if wanted.place is None else given(wanted.place)
        calendar = known_calendar(msgspec.structs.replace(before.sites[place].place, **becomes))
        known, now = calendar.holidays is not None, self._clock.now()
        return previews.edits_of(wanted, place, before, by, new, has_holidays=known, request=request, now=now)

    async def who_may(self, call: Call) -> MayWas:
        asked, site = call.query, self._site(call)
        assert isinstance(asked, WhoQuery)
        if asked.door is not None and asked.door not in site.doors:
            raise NotPossible("unknown", "there is no such door at this place")
        at = self._clock.now() if asked.at is None else asked.at
        async with self._looking:
            return await asyncio.to_thread(what_if.who_may, site, asked.door, self._policy.snapshot, _moment(at))

    async def may(self, call: Call) -> MayWas:
        """At one door, or at each of the place."""
        asked, site = call.query, self._site(call)
        assert isinstance(asked, MayQuery)
        if asked.door not in (None, *site.doors) or asked.person not in site.members:
            raise NotPossible("unknown", "there is no such person or door at this place")
        at = _moment(self._clock.now() if asked.at is None else asked.at)
        doors = sorted(site.doors) if asked.door is None else [asked.door]
        return what_if.may(asked.person, doors, site, self._policy.snapshot, at)

    def _site(self, call: Call) -> Site:
        return self._policy.snapshot.sites[call.path["place"]]


def as_new_grant(body: NewGrant, place: str) -> access.Grant:
    return msgspec.structs.replace(as_grant(body, place, body.person, body.group), suspended=body.suspended)


def _two(call: Call, name: str) -> tuple[str, str]:
    return call.path["place"], call.path[name]


def _moment(at: int) -> int:
    if at > verbs.FAREST:
        raise NotPossible("invalid", "a moment lies between 1970 and 2100")
    return at
