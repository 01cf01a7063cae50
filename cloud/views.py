"""What an app may see of a door or an operation, as it is now. Pure composition of what is known; sends nothing."""

from cloud import access
from cloud.clock import Clock
from cloud.messages import DoorView, Help, OperationView, PlaceView, Who, You
from cloud.operations import Operation
from cloud.policy import Policy
from cloud.units import Units


class Views:
    def __init__(self, policy: Policy, units: Units, clock: Clock) -> None:
        self._policy, self._units, self._clock = policy, units, clock

    def verdict(self, person: str, door: str) -> access.Verdict:
        return access.may_open(person, door, self._policy.snapshot, self._clock.now())

    def door(self, door: access.Door, may: access.Verdict) -> DoorView:
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
            action=access.offer(door.drive, door.sensor, seen.state) if may.allowed else None,
        )

    def operation(self, operation: Operation) -> OperationView:
        person = self._policy.snapshot.people.get(operation.person)
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
            person=Who(operation.person, person.name if person else ""),
        )

    def place(self, place: access.Place) -> PlaceView:
        help_ = Help(place.help_name, place.help_contact) if place.help_name and place.help_contact else None
        return PlaceView(place.id, place.name, place.zone, help_, place.other_way)

    def you(self, person: access.Person) -> You:
        return You(
            person.id,
            person.name,
            person.language,
            bool(self._policy.admin_places(person.id)),
        )
