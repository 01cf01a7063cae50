"""The calls at a door: pressing its button, asking to be let in, and what those who manage it change of it."""

from collections import defaultdict

from cloud import access, verbs
from cloud.access import Door, Grant
from cloud.api import BUCKETS, Call
from cloud.api_types import Ask, Asked, Created, Decide, EditDoor, GrantBody, NewDoor, Offer, Removal, given
from cloud.app_socket import Bucket
from cloud.change_desk import Actor
from cloud.changes import Request
from cloud.clock import Clock
from cloud.grant_verbs import may_decide
from cloud.links import Links
from cloud.messages import PostedPress, Press, Refused, Reply
from cloud.opening import Opening
from cloud.people import People, new_id
from cloud.policy import Policy
from cloud.sessions import Session
from cloud.verbs import NotPossible

PRESSES = 10  # presses of one person in a burst: four doors, each twice, and then some
PRESSES_A_SECOND = 1.0
LONG_RUN = (1000, 1 / 30)  # likewise, of a whole day: each costs a mobile contract a kilobyte, and flash a record


class Presses:
    """Presses come by two ways, and count together."""

    def __init__(self, opening: Opening, clock: Clock) -> None:
        self._opening, self._clock = opening, clock
        self._buckets: defaultdict[str, Bucket] = defaultdict(lambda: Bucket(PRESSES, PRESSES_A_SECOND))
        self._days: defaultdict[str, Bucket] = defaultdict(lambda: Bucket(*LONG_RUN))

    async def press(self, call: Call) -> Reply:
        assert isinstance(call.body, PostedPress)
        return await self.pressed(call.actor, call.body, "post")

    async def pressed(self, session: Session, press: Press | PostedPress, way: str) -> Reply:
        if len(self._buckets) > BUCKETS:
            self._buckets.clear()
            self._days.clear()
        now = self._clock.mono()
        if not self._buckets[session.person].take(now) or not self._days[session.person].take(now):
            return Reply(press.press_id, refused=Refused("busy"))
        return await self._opening.press(session, press, way)


class DoorCalls:
    def __init__(self, people: People, policy: Policy, links: Links, clock: Clock) -> None:
        self._people, self._policy, self._links, self._clock = people, policy, links, clock

    async def new_door(self, call: Call) -> Created:
        body = call.body
        assert isinstance(body, NewDoor)
        values = {name: getattr(body, name) for name in NewDoor.__struct_fields__}
        door = Door(new_id(), call.path["place"], **values)
        await self._people.add_door(Actor.of(call.actor, call.still), door)
        return Created(door.id)

    async def edit_door(self, call: Call) -> None:
        assert isinstance(call.body, EditDoor)
        await self._people.edit_door(
            Actor.of(call.actor, call.still), call.path["door"], call.body.version, given(call.body)
        )

    async def remove_door(self, call: Call) -> None:
        assert isinstance(call.body, Removal)
        await self._people.remove_door(Actor.of(call.actor, call.still), call.path["door"], call.body.version)

    # -- asking

    async def ask_entry(self, call: Call) -> Asked:
        """Only where she sees the door and it refuses her now."""
        person, snapshot, now = call.actor.person, self._policy.snapshot, self._clock.now()
        door = snapshot.door(call.path["door"])
        if door is None or not access.may_see(person, door, snapshot):
            raise NotPossible("unknown", "there is no such door of yours")
        if access.may_open(person, door.id, snapshot, now).allowed:
            raise NotPossible("allowed", "this door opens for you now")
        member = snapshot.sites[door.place].members[person]
        request = Request(new_id(), door.place, person, "entry", member.name, now, door.id, member.flat)
        return Asked(await self._people.ask(Actor.of(call.actor, call.still), request))

    async def ask_access(self, call: Call) -> Asked:
        """From a poster, by whoever has proven her number."""
        asked, person = call.body, call.actor.person
        assert isinstance(asked, Ask)
        place = await self._links.place_of_poster(asked.poster)
        if place is None:
            raise NotPossible("link", "this poster is no longer good: there is a newer one")
        site = self._policy.snapshot.sites[place]
        if person in site.members:
            raise NotPossible("member", "you are a person of this place already")
        name, flat = verbs.named(asked.name), verbs.line("the flat", asked.flat)
        her = self._policy.snapshot.people[person]
        contact = her.phone or her.email
        request = Request(new_id(), place, person, "access", name, self._clock.now(), flat=flat, contact=contact)
        return Asked(await self._people.ask(Actor.of(call.actor, call.still), request))

    async def offer_ownership(self, call: Call) -> Asked:
        """It takes whom it is offered to: an owner answers for a place."""
        assert isinstance(call.body, Offer)
        place, person = call.path["place"], call.body.person
        member = self._policy.snapshot.sites[place].members.get(person)
        if member is None:
            raise NotPossible("unknown", "there is no such person at this place")
        if member.role in ("owner", "guest"):
            raise NotPossible("role", "she is an owner already, or a guest")
        request = Request(new_id(), place, person, "ownership", member.name, self._clock.now())
        return Asked(await self._people.ask(Actor.of(call.actor, call.still), request))

    async def decide(self, call: Call) -> None:
        decided, actor = call.body, call.actor
        assert isinstance(decided, Decide)
        request = await self._people.request(call.path["request"])
        here = request is not None and actor.place in (None, request.place)
        by, snapshot = actor.person, self._policy.snapshot
        if request is None or not (here and may_decide(snapshot, request, by, granted=decided.granted)):
            raise NotPossible("unknown", "there is no such request for you to decide")
        grant = given_to(request, decided.access)
        await self._people.decide(Actor.of(actor, call.still), request.id, grant, granted=decided.granted)


def given_to(request: Request, wanted: GrantBody | None) -> Grant | None:
    """Who asks to be let in needs no more said."""
    if wanted is None and request.kind == "entry":
        wanted = GrantBody()
    return as_grant(wanted, request.place, request.person) if wanted else None


def as_grant(body: GrantBody, place: str, person: str | None = None, group: str | None = None) -> Grant:
    values = {name: getattr(body, name) for name in GrantBody.__struct_fields__}
    return Grant(new_id(), place, person, group, **values)
