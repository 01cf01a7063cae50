"""The calls about the people of a place, guests among them, and the links that they are given."""

from cloud import verbs
from cloud.access import Member, Person
from cloud.api import Call
from cloud.api_doors import as_grant
from cloud.api_types import EditPerson, Invitation, NewContact, NewGuest, NewPerson, Poster, SetRole, given
from cloud.change_desk import Actor
from cloud.links import Links
from cloud.people import People, new_id
from cloud.policy import Policy
from cloud.verbs import NotPossible


class PeopleCalls:
    def __init__(self, people: People, policy: Policy, links: Links) -> None:
        self._people, self._policy, self._links = people, policy, links

    async def add_person(self, call: Call) -> Invitation:
        body, place = call.body, call.path["place"]
        assert isinstance(body, NewPerson)
        member = Member(place, "", body.role, body.name, body.flat)
        grant = as_grant(body.access, place, "") if body.access is not None else None
        person, access = await self._people.add_person(
            Actor.of(call.actor, call.still), member, body.contact, body.language, grant
        )
        return await self._links.invite(call.actor, place, person, access)

    async def edit_person(self, call: Call) -> None:
        body = call.body
        assert isinstance(body, EditPerson)
        await self._people.edit_member(Actor.of(call.actor, call.still), *_hers(call), body.version, given(body))

    async def remove_person(self, call: Call) -> None:
        await self._people.remove_member(Actor.of(call.actor, call.still), *_hers(call))

    async def set_role(self, call: Call) -> None:
        assert isinstance(call.body, SetRole)
        await self._people.set_role(Actor.of(call.actor, call.still), *_hers(call), call.body.role)

    async def new_link(self, call: Call) -> Invitation:
        self._may_sign_in_as(call)
        return await self._links.invite(call.actor, *_hers(call))

    async def lost_phone(self, call: Call) -> Invitation:
        self._may_sign_in_as(call)
        await self._people.lost_phone(Actor.of(call.actor, call.still), *_hers(call))
        return await self._links.invite(call.actor, *_hers(call))

    async def change_contact(self, call: Call) -> Invitation:
        assert isinstance(call.body, NewContact)
        self._may_sign_in_as(call)
        person = await self._people.move_member(Actor.of(call.actor, call.still), *_hers(call), call.body.contact)
        return await self._links.invite(call.actor, call.path["place"], person)

    def _may_sign_in_as(self, call: Call) -> None:
        """Whoever makes a link can use it herself: nobody gets one for somebody who may more than she."""
        place, person = _hers(call)
        members = self._policy.snapshot.sites[place].members
        member = members.get(person)
        if member is None or member.role == "guest":
            raise NotPossible("unknown", "there is no such person at this place")
        if member.role == "owner" and members[call.actor.person].role != "owner":
            raise NotPossible("role", "only an owner makes links for an owner")

    async def new_poster(self, call: Call) -> Poster:
        return await self._links.poster(call.actor, call.path["place"])

    # -- guests

    async def add_guest(self, call: Call) -> Invitation:
        body, place = call.body, call.path["place"]
        assert isinstance(body, NewGuest)
        guest = Person(new_id(), verbs.named(body.name), body.language, guest=True)
        grant = as_grant(body, place, guest.id)
        await self._people.add_guest(Actor.of(call.actor, call.still), guest, grant)
        return await self._links.guest(call.actor, place, guest.id, grant.ends, grant.id)

    async def end_guest(self, call: Call) -> None:
        await self._people.end_guest(Actor.of(call.actor, call.still), *_hers(call))

    async def move_guest(self, call: Call) -> Invitation:
        """To another phone: the one that has it is out."""
        place, person = _hers(call)
        site = self._policy.snapshot.sites[place]
        member = site.members.get(person)
        if member is None or member.role != "guest":
            raise NotPossible("unknown", "there is no such guest of yours")
        await self._people.end_sessions(person, by=Actor.of(call.actor, call.still))
        grant = next((held.grant for held in site.held_by(person)), None)
        return await self._links.guest(
            call.actor, place, person, grant.ends if grant else None, grant.id if grant else None
        )


def _hers(call: Call) -> tuple[str, str]:
    return call.path["place"], call.path["person"]
