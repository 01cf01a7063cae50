"""Every change to who may open what: checked, committed, and then known everywhere. Decides no open.

Order of each change: on disk with its line of the log, then in memory, then unsent commands ended, then pushed; only
then is it acknowledged. What each verb consists of stands in `verbs`; who may call it, in the table of routes.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec

from cloud import calendars, contacts, grant_verbs, verbs
from cloud.access import Door, Grant, Group, Member, Person, Place, Role, Snapshot
from cloud.chain import Draft
from cloud.change_desk import Actor, ChangeDesk, Plan, Told, to_its_end
from cloud.changes import Edit, Request
from cloud.clock import Clock
from cloud.hours import Calendar
from cloud.live import Live
from cloud.opening import Opening
from cloud.policy import Policy
from cloud.sessions import Session, Sessions
from cloud.store import Store
from cloud.units import Units
from cloud.verbs import NotPossible
from cloud.wanted import DoorSettings

log = logging.getLogger("iomando.people")


async def _none_kept(_person: str, _drafts: Iterable[Draft]) -> None:
    """Where nobody has any."""


def new_id() -> str:
    return secrets.token_hex(6)


class People:
    def __init__(
        self,
        store: Store,
        policy: Policy,
        sessions: Sessions,
        units: Units,
        opening: Opening,
        live: Live,
        clock: Clock,
    ) -> None:
        self._store, self._policy, self._sessions = store, policy, sessions
        self._units, self._opening, self._live, self._clock = units, opening, live, clock
        self.forget_passkeys: Callable[[str, Iterable[Draft]], Awaitable[object]] = _none_kept
        self._changes = ChangeDesk(store, policy, opening, live, clock)

    def tell(self, told: Told) -> None:
        """Who hears of every change once it is committed and pushed, and never holds one up."""
        self._changes.told = told

    @property
    def snapshot(self) -> Snapshot:
        return self._policy.snapshot

    async def _apply(self, actor: Actor, what: str, plan: Plan, **more: Any) -> list[Edit]:
        return await self._changes.apply(actor, what, plan, **more)

    # -- places and doors

    async def add_place(self, actor: Actor, place: Place, owner: str, owner_name: str, language: str = "en") -> str:
        """`owner`: a phone number or e-mail address, known or new. The person's id."""
        known_calendar(place)
        found: dict[str, Person] = {}

        async def plan(_: Snapshot) -> list[Edit]:
            person, known = await self._person(owner, owner_name, language)
            found["owner"] = person
            every_door = Grant(new_id(), place.id, person.id)
            return verbs.new_place(place, person, every_door, _normal(owner), known=known, name=owner_name)

        await self._apply(actor, "place_added", plan)
        return found["owner"].id

    async def edit_place(self, actor: Actor, place: str, version: int, fields: dict[str, Any]) -> None:
        def plan(snapshot: Snapshot) -> list[Edit]:
            site = snapshot.sites.get(place)
            if site is None:
                raise NotPossible("unknown", "there is no such place")
            calendar = known_calendar(msgspec.structs.replace(site.place, **fields))
            return verbs.edit_place(snapshot, place, version, calendar.holidays is not None, **fields)

        await self._apply(actor, "place_changed", plan)

    async def add_door(self, actor: Actor, door: Door) -> None:
        if self._units.of(door.unit) is None:
            await self._units.load()
        if self._units.of(door.unit) is None:
            raise NotPossible("unknown", "there is no such door box here")
        await self._apply(actor, "door_added", lambda snapshot: verbs.new_door(snapshot, door))

    async def edit_door(self, actor: Actor, door: str, version: int, fields: dict[str, Any]) -> None:
        """What its unit has to know of it is wanted of the unit from here on."""
        edits = await self._apply(actor, "door_changed", lambda s: verbs.edit_door(s, door, version, **fields))
        if fields.keys() & {"drive", "travel_s", "pulse_ms"}:
            for edit in edits:
                if isinstance(edit.thing, Door):
                    await self._want(edit.thing.unit)

    async def _want(self, unit: str) -> None:
        doors = self._policy.doors_of_unit.get(unit, {})
        wanted = [DoorSettings(d.number, d.drive, d.travel_s, d.pulse_ms) for d in doors.values()]
        try:
            await self._units.want(unit, wanted)
        except LookupError:  # revoked: nothing goes to it any more
            log.warning("no door box to tell of its settings", extra={"unit": unit})

    async def remove_door(self, actor: Actor, door: str, version: int) -> None:
        await self._apply(actor, "door_removed", lambda snapshot: verbs.remove_door(snapshot, door, version))

    # -- people of a place

    async def add_person(
        self, actor: Actor, member: Member, contact: str, language: str, grant: Grant | None
    ) -> tuple[str, str | None]:
        """Known to the service or new: no answer says which. Her id, and that of her access."""
        found: dict[str, Person] = {}

        async def plan(snapshot: Snapshot) -> list[Edit]:
            person, known = await self._person(contact, member.name, language)
            found["her"] = person
            hers = msgspec.structs.replace(member, person=person.id, contact=_normal(contact))
            given = msgspec.structs.replace(grant, person=person.id) if grant else None
            return verbs.add_member(
                snapshot, hers, None if known else person, given, _role(snapshot, actor, member.place)
            )

        await self._apply(actor, "person_added", plan)
        return found["her"].id, grant.id if grant else None

    async def edit_member(self, actor: Actor, place: str, person: str, version: int, fields: dict[str, Any]) -> None:
        def plan(snapshot: Snapshot) -> list[Edit]:
            return verbs.edit_member(snapshot, place, person, version, actor.person or "", **fields)

        await self._apply(actor, "person_changed", self._with_requests(actor, place, plan))

    async def set_role(self, actor: Actor, place: str, person: str, role: Role) -> None:
        def plan(snapshot: Snapshot) -> list[Edit]:
            return verbs.set_role(snapshot, place, person, role, actor.person or "")

        await self._apply(actor, "role_changed", self._with_requests(actor, place, plan))

    async def remove_member(self, actor: Actor, place: str, person: str) -> None:
        """When this returns no command leaves for her here any more, nor for the guests she invited."""

        def plan(snapshot: Snapshot) -> list[Edit]:
            return verbs.remove_member(snapshot, place, person, actor.person or "")

        edits = await self._apply(actor, "person_removed", self._with_requests(actor, place, plan))
        gone = [edit.before.person for edit in edits if isinstance(edit.before, Member)]
        for each in gone:
            await self.end_sessions(each, place=place, by=actor)

    def _with_requests(self, actor: Actor, place: str, plan: Callable[[Snapshot], list[Edit]]) -> Plan:
        """A plan about members, with the requests that end by it."""

        async def whole(snapshot: Snapshot) -> list[Edit]:
            edits, waiting = plan(snapshot), await self._changes.store.requests(place)
            return [*edits, *grant_verbs.end_requests(waiting, edits, actor.person or "", self._clock.now())]

        return whole

    async def move_member(self, actor: Actor, place: str, person: str, contact: str) -> str:
        """A new number, as the place knows it. The id of whoever has it."""
        found: dict[str, Person] = {}

        async def plan(snapshot: Snapshot) -> list[Edit]:
            old = snapshot.people.get(person)
            site = snapshot.sites.get(place)
            name = site.members[person].name if site and person in site.members else ""
            to, known = await self._person(contact, name or "?", old.language if old else "en")
            found["to"] = to
            normal, by = _normal(contact), actor.person or ""
            edits = verbs.move_member(snapshot, place, person, to, normal, known=known, by=by)
            waiting = await self._changes.store.requests(place, person)
            return [*edits, *grant_verbs.end_requests(waiting, edits, by, self._clock.now())]

        await self._apply(actor, "number_changed", plan)
        await self.end_sessions(person, place=place, by=actor)
        return found["to"].id

    async def lost_phone(self, actor: Actor, place: str, person: str) -> None:
        """Her sessions end wherever they are, and her passkeys with them; her rights stay."""
        self._member(place, person)
        detail = {"what": "passkeys_removed", "person": person}
        draft = Draft(place, self._clock.now(), "change", actor.person, actor.session, actor.way, detail=detail)
        await self.end_sessions(person, by=actor)
        await self.forget_passkeys(person, [draft])  # after the sessions that might add one

    async def _person(self, contact: str, name: str, language: str) -> tuple[Person, bool]:
        """Whoever has this number or address; whether she was known before."""
        normal = _normal(contact)
        known = await self._changes.store.person_of(normal)
        if known is not None:
            return known, True
        phone = normal if contacts.is_phone(normal) else None
        return Person(new_id(), name, language, phone, None if phone else normal), False

    async def person_of(self, contact: str) -> Person | None:
        return await self._changes.store.person_of(_normal(contact))

    async def newcomer(self, contact: str, name: str, language: str) -> Person:
        """Whoever has shown that this number or address is hers: known to the service from here on, nowhere at home."""
        found: dict[str, Person] = {}

        async def plan(_: Snapshot) -> list[Edit]:
            person, known = await self._person(contact, name, language)
            found["her"] = person
            return [] if known else [Edit(None, person)]

        await self._apply(Actor(None, None, "code"), "newcomer", plan)
        return found["her"]

    def _member(self, place: str, person: str) -> Member:
        site = self.snapshot.sites.get(place)
        member = site.members.get(person) if site else None
        if member is None:
            raise NotPossible("unknown", "there is no such person at this place")
        return member

    # -- groups and grants

    async def add_group(self, actor: Actor, group: Group) -> None:
        await self._apply(actor, "group_added", lambda snapshot: grant_verbs.new_group(snapshot, group))

    async def edit_group(self, actor: Actor, place: str, group: str, version: int, name: str) -> None:
        await self._apply(actor, "group_changed", lambda s: grant_verbs.edit_group(s, place, group, version, name))

    async def remove_group(self, actor: Actor, place: str, group: str, version: int) -> None:
        await self._apply(actor, "group_removed", lambda s: grant_verbs.remove_group(s, place, group, version))

    async def join_group(self, actor: Actor, place: str, group: str, person: str) -> None:
        await self._apply(actor, "group_joined", lambda s: grant_verbs.join_group(s, place, group, person))

    async def leave_group(self, actor: Actor, place: str, group: str, person: str) -> None:
        await self._apply(actor, "group_left", lambda s: grant_verbs.leave_group(s, place, group, person))

    async def add_grant(self, actor: Actor, grant: Grant) -> None:
        await self._apply(actor, "access_added", lambda snapshot: grant_verbs.new_grant(snapshot, grant))

    async def edit_grant(self, actor: Actor, place: str, grant: str, version: int, fields: dict[str, Any]) -> None:
        await self._apply(actor, "access_changed", lambda s: grant_verbs.edit_grant(s, place, grant, version, **fields))

    async def remove_grant(self, actor: Actor, place: str, grant: str, version: int | None = None) -> None:
        """When this returns no command leaves for it any more."""
        await self._apply(actor, "access_removed", lambda s: grant_verbs.remove_grant(s, place, grant, version))

    def place_of_grant(self, grant: str) -> str | None:
        return next((place for place, site in self.snapshot.sites.items() if grant in site.grants), None)

    # -- guests and those who ask

    async def add_guest(self, actor: Actor, guest: Person, grant: Grant) -> None:
        await self._apply(actor, "guest_added", lambda s: grant_verbs.add_guest(s, guest, grant, actor.person or ""))

    async def end_guest(self, actor: Actor, place: str, person: str) -> None:
        await self._apply(actor, "guest_ended", lambda s: grant_verbs.end_guest(s, place, person, actor.person or ""))
        await self.end_sessions(person, by=actor)

    async def ask(self, actor: Actor, request: Request) -> str:
        """One open request of a kind is enough. Its id."""
        found: dict[str, str] = {}

        async def plan(_: Snapshot) -> list[Edit]:
            waiting = await self._changes.store.requests(request.place, request.person)
            same = [r for r in waiting if (r.kind, r.door) == (request.kind, request.door)]
            found["id"] = same[0].id if same else request.id
            return [] if same else [Edit(None, request)]

        await self._apply(actor, f"asked_for_{request.kind}", plan)
        return found["id"]

    async def decide(self, actor: Actor, request: str, grant: Grant | None, *, granted: bool) -> Request:
        """Raises NotPossible when somebody has decided it already."""
        now, found = self._clock.now(), dict[str, Request]()

        async def plan(snapshot: Snapshot) -> list[Edit]:
            asked = await self._changes.store.request(request)
            if asked is None:
                raise NotPossible("unknown", "there is no such request")
            found["it"] = asked
            if granted:
                return grant_verbs.grant_request(snapshot, asked, grant, actor.person or "", now)
            return grant_verbs.decide_request(snapshot, asked, grant, actor.person or "", now, granted=False)

        await self._apply(actor, "request_granted" if granted else "request_declined", plan)
        return found["it"]

    async def requests(self, place: str | None = None, person: str | None = None) -> list[Request]:
        return await self._changes.store.requests(place, person)

    async def request(self, request: str) -> Request | None:
        return await self._changes.store.request(request)

    # -- oneself

    async def edit_person(self, actor: Actor, person: str, fields: dict[str, Any]) -> None:
        """Her own name and language, and her contact once it is proven."""
        await self._apply(actor, "person_changed", lambda snapshot: verbs.edit_person(snapshot, person, **fields))

    async def prove_contact(self, actor: Actor, person: str, contact: str) -> None:
        """She has shown that this number or address is hers."""
        normal = _normal(contact)
        other = await self._changes.store.person_of(normal)
        if other is not None and other.id != person:
            raise NotPossible("member", "somebody signs in with this already: sign in with it instead")
        phone = contacts.is_phone(normal)
        await self.edit_person(actor, person, {"phone" if phone else "email": normal})

    # -- sessions and units

    async def end_session(self, session: str, by: Session | None = None) -> None:
        await to_its_end(self._end_session(session, by))

    async def _end_session(self, session: str, by: Session | None) -> None:
        await self._sessions.end(session, by)
        self._opening.recheck()
        self._live.end(session)
        log.info("session ended", extra={"session": session})

    async def end_sessions(
        self, person: str, but: str | None = None, place: str | None = None, by: Actor | None = None
    ) -> None:
        """Hers, with her unspent links; with `place` only what is good for that place alone."""
        await to_its_end(self._end_sessions(person, but, place, by))

    async def _end_sessions(self, person: str, but: str | None, place: str | None, by: Actor | None) -> None:
        await self._sessions.end_links(person, place=place)
        session = Session(by.session or "", by.person or "") if by and by.person else None
        for each in await self._sessions.end_all(person, but, place, session):
            self._live.end(each)
        self._opening.recheck()

    async def revoke_unit(self, unit: str, by: str) -> bool:
        """When this returns True nothing goes to this unit and nothing of it is believed; its key is gone from the
        store."""
        return await to_its_end(self._revoke_unit(unit, by))

    async def _revoke_unit(self, unit: str, by: str) -> bool:
        async with self._policy.changing:
            revoked = await self._store.revoke_unit(unit, self._clock.now(), by)
            self._units.revoke(unit)
        await self._policy.refresh()
        self._opening.recheck()
        self._live.doors(self._policy.doors_of_unit.get(unit, {}).values())
        log.info("unit revoked", extra={"unit": unit, "by": by})
        return revoked


def _role(snapshot: Snapshot, actor: Actor, place: str) -> Role:
    if actor.person is None:
        return "owner"
    site = snapshot.sites.get(place)
    member = site.members.get(actor.person) if site else None
    return member.role if member else "member"


def _normal(contact: str) -> str:
    try:
        return contacts.normal(contact)
    except contacts.BadContact as error:
        raise NotPossible("invalid", str(error)) from error


def known_calendar(place: Place) -> Calendar:
    """Refuses to guess: a zone or a region that nobody knows is said to be unknown. Raises NotPossible."""
    try:
        return calendars.calendar(place.zone, place.country, place.region, calendars.this_year())
    except (calendars.UnknownZone, calendars.UnknownRegion) as error:
        raise NotPossible("invalid", str(error)) from error
