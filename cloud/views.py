"""What an app may see of a door, an access, an operation, a line of the log, as it is now. Pure composition of what is
known; sends nothing."""

from collections.abc import Callable, Iterable

import msgspec

from cloud import access, buttons, changes, notices
from cloud.alarms import Alarm
from cloud.api_types import DoorAdmin, PersonView
from cloud.chain import Entry
from cloud.changes import Edit
from cloud.clock import Clock
from cloud.holds import has_ended
from cloud.messages import (
    AlarmView,
    DoorView,
    EditView,
    GrantView,
    Help,
    HoldView,
    LogLine,
    May,
    OperationView,
    PlaceView,
    Who,
    You,
)
from cloud.operations import Operation, hold_ends
from cloud.policy import Policy
from cloud.units import Units


class Views:
    def __init__(self, policy: Policy, units: Units, clock: Clock) -> None:
        self._policy, self._units, self._clock = policy, units, clock
        self.hold_of: Callable[[str], Operation | None] = lambda _door: None
        self.signed_in: Callable[[str, str], bool] = lambda _person, _place: False

    def may(self, person: str, door: str) -> May:
        verdict = access.may_open(person, door, self._policy.snapshot, self._clock.now())
        return May(verdict.allowed, verdict.reason, verdict.next, verdict.until)

    def knows(self, person: str, place: str) -> bool:
        """Whether she may be told who lives there: guests come by a link."""
        site = self._policy.snapshot.sites.get(place)
        member = site.members.get(person) if site else None
        return member is None or member.role != "guest"

    def door_for(self, person: str, door: access.Door) -> DoorView:
        return self.door(door, self.may(person, door.id), named=self.knows(person, door.place))

    def door(self, door: access.Door, may: May, *, named: bool = True) -> DoorView:
        """`named`: say who holds it open."""
        unit, seen = self._units.of(door.unit), self._units.seen(door.unit, door.number)
        link = unit.link if unit else "never"
        if link == "online" and not self._units.broker_up:
            link = "away"
        faults = [
            name
            for name, is_so in (
                ("coil", seen.fault),
                ("sensor", bool(unit and unit.sensor_fault)),
            )
            if is_so
        ]
        return DoorView(
            id=door.id,
            place=door.place,
            name=door.name,
            drive=door.drive,
            sensor=door.sensor,
            travel_s=door.travel_s,
            state=seen.state if door.sensor else "unknown",
            since=seen.since if door.sensor else None,
            link=link,  # pyright: ignore[reportArgumentType] - one of the three
            heard=unit.heard if unit else None,
            faults=tuple(faults),
            may=may,
            action=buttons.offer(door.drive, door.sensor, seen.state) if may.allowed else None,
            pending=self._units.pending(door.unit),
            hold=self._hold(door, link, named) if seen.held else None,
        )

    def _hold(self, door: access.Door, link: str, named: bool) -> HoldView | None:
        """Its unit has said that it is held open. One that went silent before the end may be trusted to have ended
        it."""
        hold = self.hold_of(door.id)
        if hold is None:
            return HoldView()
        if has_ended(hold, self._clock.now()):
            return HoldView() if link == "online" else None
        who = (self._name(hold.person, hold.place), hold.person) if named else (None, None)
        return HoldView(*who, hold_ends(hold))

    def grant(self, grant: access.Grant) -> GrantView:
        return notices.grant_view(grant, self._policy.snapshot.sites[grant.place])

    def grants_of(self, person: str, scope: str | None = None) -> list[GrantView]:
        """What she may open and when, in one place or everywhere."""
        sites = self._policy.snapshot.sites
        places = [place for place in self._policy.places(person) if scope in (None, place)]
        return [self.grant(held.grant) for place in places for held in sites[place].held_by(person)]

    def edits(self, edits: Iterable[Edit], place: str) -> list[EditView]:
        """For those who manage this place: each thing that was changed, as it is now."""
        shown: dict[tuple[str, str], EditView] = {}
        for edit in edits:
            thing = edit.thing
            if changes.place_of(thing) not in (None, place):
                continue
            person = thing.id if isinstance(thing, access.Person) else getattr(thing, "person", None)
            if isinstance(thing, access.Member | access.Person | access.GroupMember) and person:
                view = self.member(place, person) or EditView("member", place, person, None)
            else:
                view = EditView(edit.kind, place, changes.key(thing), self._thing(edit.after))
            shown[view.kind, view.key] = view
        return list(shown.values())

    def _thing(self, thing: changes.Thing | None) -> object:
        match thing:
            case access.Grant():
                return self.grant(thing)
            case access.Door():
                return DoorAdmin(thing, self._units.pending(thing.unit), self._units.refused(thing.unit))
            case _:
                return thing

    def member(self, place: str, person: str) -> EditView | None:
        view = self.person(place, person)
        return EditView("member", place, person, view) if view else None

    def person(self, place: str, person: str) -> PersonView | None:
        """A member with how she is reached."""
        site = self._policy.snapshot.sites.get(place)
        member = site.members.get(person) if site else None
        if site is None or member is None:
            return None
        return PersonView(member, member.contact, self.signed_in(person, place), site.groups_of.get(person, ()))

    def line(self, entry: Entry) -> LogLine:
        """A line of a log, with the names that things have now."""
        site = self._policy.snapshot.sites.get(entry.place)
        member = site.members.get(entry.who or "") if site else None
        person = self._policy.snapshot.people.get(entry.who or "")
        door = site.doors.get(entry.door or "") if site else None
        return LogLine(
            entry.place,
            entry.n,
            entry.at,
            entry.stored,
            entry.kind,
            entry.who,
            member.name if member else person.name if person else None,
            entry.session,
            entry.way,
            entry.door,
            door.name if door else None,
            entry.operation,
            msgspec.Raw(entry.detail.encode()),
            entry.hash.hex(),
        )

    def operation(self, operation: Operation) -> OperationView:
        return OperationView(
            id=operation.id,
            press_id=operation.press_id,
            door=operation.door,
            action=operation.action,
            state=operation.state,
            reason=operation.reason,
            asked=operation.asked,
            waiting=operation.waiting,
            heard=operation.heard,
            stops=operation.stops,
            movement=operation.movement,
            person=Who(operation.person, self._name(operation.person, operation.place)),
            seconds=operation.seconds,
        )

    def alarm(self, alarm: Alarm) -> AlarmView:
        by = self._name(alarm.acknowledged_by, alarm.place) if alarm.acknowledged_by else None
        names = ("id", "place", "kind", "door", "unit", "since", "detail", "acknowledged", "again")
        return AlarmView(**{name: getattr(alarm, name) for name in names}, acknowledged_by=by)

    def _name(self, person: str, place: str) -> str:
        """What the place calls her."""
        site = self._policy.snapshot.sites.get(place)
        member = site.members.get(person) if site else None
        known = self._policy.snapshot.people.get(person)
        return member.name if member else known.name if known else ""

    def place(self, place: access.Place) -> PlaceView:
        help_ = Help(place.help_name, place.help_contact) if place.help_name and place.help_contact else None
        return PlaceView(place.id, place.name, place.zone, help_, place.other_way)

    def you(self, person: access.Person, scope: str | None = None, *, pin: bool = False) -> You:
        sites = self._policy.snapshot.sites
        manages = self._policy.admin_places(person.id, scope)
        members = [sites[p].members[person.id] for p in self._policy.places(person.id) if scope in (None, p)]
        invites = [m.place for m in members if (m.may_invite or m.place in manages) and not m.suspended]
        holds = [m.place for m in members if (m.may_hold or m.place in manages) and not m.suspended]
        name = members[0].name if scope and members else person.name
        return You(
            person.id,
            name,
            person.language,
            bool(manages),
            person.guest,
            scope,
            tuple(manages),
            tuple(invites),
            pin,
            tuple(holds),
        )
