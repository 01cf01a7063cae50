"""The path of an open, top to bottom: decide, record, send, settle, push. docs/protocol.md says what happens on the
wire.

What follows from what stands in `access` and `operations`; this file only does things in the right order:
nothing leaves that is not on disk, nothing is shown that is not settled there, and every send asks again whether it
may.
"""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable

import msgspec

from cloud import access, buttons, operations, records, rules
from cloud.chain import Draft
from cloud.clock import Clock
from cloud.commit import NotWritten
from cloud.flights import AGAIN, DEADLINE, Flight, Flights
from cloud.holding import Holding
from cloud.live import Live
from cloud.messages import PostedPress, Press, Refused, Reply
from cloud.operations import (
    Event,
    IllegalEvent,
    Movement,
    Operation,
    Sensor,
    State,
)
from cloud.policy import Policy
from cloud.sessions import Session, Sessions
from cloud.settling import Settling
from cloud.store import Store
from cloud.unit_link import ALREADY, UnitLink
from cloud.units import Units
from cloud.witness import Witness

log = logging.getLogger("iomando.opening")

DECIDE_TRIES = 3  # a policy that changes between decision and record more often than this is not a race any more
RESTART_WINDOW_MS = (operations.DEADLINE_S + operations.LATE_AFTER_S) * 1000


# What is wrong with the four digits that a person has asked to be asked for; None: nothing, or she has not.
Proof = Callable[[str, str | None], Awaitable[str | None]]


async def no_proof(_person: str, _pin: str | None) -> str | None:
    """Nobody is asked for anything."""
    return None


class Opening:
    def __init__(
        self,
        store: Store,
        units: Units,
        policy: Policy,
        sessions: Sessions,
        live: Live,
        clock: Clock,
        proof: Proof = no_proof,
    ) -> None:
        self._store, self._units, self._policy, self._proof = store, units, policy, proof
        self._sessions, self._live, self._clock = sessions, live, clock
        self._flights = Flights(clock, self._due)
        self._witness = Witness(store, policy, units, clock)
        self._settling = Settling(store, policy, live)
        self.holding = Holding(store, policy, units, live, clock, self._settling, self._recorded)
        self._settling.held = self.holding.heard
        self.settled: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        units.commands, units.answered = self._flights.commands, self.answered
        units.came, units.changed, units.busy = self.unit_came, self.seen, self._flights.busy

    async def start(self) -> None:
        """Go on with what an earlier process left; deadlines settle it, never the start itself."""
        await self.holding.start()
        now, mono = self._clock.now(), self._clock.mono()
        for operation in await self._store.unfinished(now - RESTART_WINDOW_MS):
            age = max(0.0, (now - operation.recorded) / 1000)
            flight = Flight(operation, mono - age, resumed=True)
            self._flights.add(flight)
            if flight.moving:
                self._watch(flight)

    async def close(self) -> None:
        self._flights.close()
        self.holding.close()
        await self._witness.close()
        await self._settling.close()

    async def press(self, session: Session, press: Press | PostedPress, way: str) -> Reply:
        """One press, from the app to the unit. The reply is only its id or a refusal; what becomes of it is pushed."""
        arrived = self._clock.mono()
        if press.pin is not None:  # what is said again must not count as another try of the four digits
            known = await self._store.press(session.person, press.press_id)
            if known:
                return _reply(known)
        unproven = await self._proof(session.person, press.pin)
        for _ in range(DECIDE_TRIES):
            flight, policy = self._decide(session, press, way, arrived, unproven)
            if flight is None:
                return Reply(press.press_id, refused=Refused("unsupported"))
            operation = flight.operation
            try:
                entry = records.pressed(operation)
                if operation.state is State.REFUSED:
                    recorded = await self._store.record_anyway(operation, entry)
                else:
                    recorded = await self._store.record(operation, policy, entry)
            except NotWritten:
                log.exception("not recorded", extra={"op": operation.id})
                return Reply(press.press_id, refused=Refused("full"))
            if recorded:
                return self._recorded(flight)
            known = await self._store.press(session.person, press.press_id)
            if known:
                return _reply(known)
            await self._policy.refresh(flight.operation.place)
        log.warning("decided too often", extra={"session": session.id})
        return Reply(press.press_id, refused=Refused("access"))

    def answered(self, op_id: str, result: int) -> None:
        """An authentic answer of the unit to this operation."""
        flight = self._flights.get(op_id)
        reason = self._units.declined(result)
        event = Event.SAID_NO if reason else Event.WAS_SO if result == ALREADY else Event.DID
        if flight is None or not self._step(flight, event, reason):
            self.dropped["answer"] += 1
            return
        if flight.moving:
            self._watch(flight)
            self._look(flight)

    async def journalled(self, operation: Operation, reason: str | None, at: int) -> None:
        """The journal of its unit says what became of an operation without a result, however long ago that was: `at`
        the coil came on, or it declined for this reason. On disk when this returns."""
        now, mono = self._clock.now(), self._clock.mono()
        at = max(operation.recorded, min(at, now))
        age = max(0.0, (now - operation.recorded) / 1000)
        flight = self._flights.get(operation.id)
        if flight is None and operation.state is State.SENT:
            await self._settling.written()  # its answer is here, and on its way to the disk
            return
        flight = flight or Flight(operation, mono - age, resumed=True)
        if self._step(flight, Event.SAID_NO if reason else Event.DID, reason, at) and flight.moving:
            self._watch(flight)
            self._look(flight)
        if flight.settling is not None:
            await asyncio.wait((flight.settling,))

    def unit_came(self, unit: str) -> None:
        """A unit is (back) online: what waited for it leaves now; what left in its same boot may have been lost and
        leaves again."""
        for flight in self._flights.of_unit(unit):
            if flight.operation.state is not State.SENT:
                continue
            if flight.resumed and flight.operation.command is None:
                continue  # how long it has waited only the process knew that began it: its command is never made now
            if flight.operation.command is None:
                self._settling.spawn(self._arm(flight))
            else:
                self._send(flight)
        self.holding.check()

    def seen(self, unit: str, numbers: list[int] | None) -> None:
        """A unit's doors changed (numbers), or its link did (None: all of them)."""
        doors = self._policy.doors_of_unit.get(unit, {})
        shown = [door for number, door in doors.items() if numbers is None or number in numbers]
        ids = {door.id for door in shown}
        for flight in self._flights.of_unit(unit):
            if flight.moving and flight.operation.door in ids:
                self._look(flight)
        self.holding.sees(shown)
        self._witness.sees(unit)
        self._live.doors(shown)

    def recheck(self) -> None:
        """After a change of policy: what waits and is no longer allowed ends here."""
        for flight in self._flights:
            if flight.never_left:
                self._allowed(flight)
        self.holding.check()

    def holder(self, door: str) -> str | None:
        """Who holds it open, for whoever judges if that may be ended."""
        return self.holding.holder(door)

    # -- decide

    def _decide(
        self, session: Session, press: Press | PostedPress, way: str, arrived: float, unproven: str | None
    ) -> tuple[Flight | None, int]:
        snapshot, now = self._policy.snapshot, self._clock.now()
        door = snapshot.door(press.door)
        if door is None or press.action not in buttons.ACTIONS[door.drive]:
            return None, 0
        asked = min(press.at, now)
        holder = self.holding.holder(door.id)
        verdict = rules.asks(press.action, session.person, door.id, snapshot, now, press.seconds, holder)
        if press.action == "release":
            unproven = None  # the four digits are asked for at what opens
        reason = self._refusal(session, door, press, now) or verdict.reason or unproven
        op_id = secrets.token_hex(8)
        unit = self._units.of(door.unit)
        command, seconds = None, press.seconds
        if seconds is not None and reason is None:
            seconds = rules.within(seconds, now, verdict.until)
        if reason is None and unit is not None and self._units.ready(door.unit):
            command = _command(unit, op_id, press.action, door, arrived, seconds)
        rule = verdict.rule if reason == verdict.reason else None  # what refused may be something else
        spent = reason is None and access.is_limited(snapshot, door.place, rule)
        who = (press.press_id, session.person, session.id)
        operation = operations.begun(
            op_id, who, (door.place, door.id, door.unit), press.action, way, asked, now, reason
        )
        heard = unit.heard if unit else None
        operation = msgspec.structs.replace(
            operation, heard=heard, command=command, grant=rule, spent=spent, seconds=seconds
        )
        before = self._units.seen(door.unit, door.number).state
        return Flight(operation, arrived, before), self._policy.version(door.place)

    def _refusal(self, session: Session, door: access.Door, press: Press | PostedPress, now: int) -> str | None:
        if not self._sessions.alive(session):
            return "session"
        if session.place not in (None, door.place):
            return "access"  # a session that is good for another place only
        return "late" if now - press.at > operations.PRESS_AGE_S * 1000 else None

    # -- recorded, sent

    def _recorded(self, flight: Flight) -> Reply:
        operation = flight.operation
        log.info("recorded", extra={"op": operation.id, "state": operation.state, "reason": operation.reason})
        if operation.spent:
            self._settling.spawn(self._settling.recount(operation.place, operation.grant or ""))
        if operation.state is State.SENT:
            self._flights.add(flight)
            if operation.command is None:
                self._units.wake(operation.unit)
            else:
                self._send(flight)
        else:
            self.settled[operation.state] += 1
        self._live.operation(flight.operation)
        return _reply(flight.operation)

    def _send(self, flight: Flight) -> None:
        """Hand its bytes to MQTT, the first time or again, if they are still fresh, of this boot, and still allowed."""
        operation = flight.operation
        unit = self._units.of(operation.unit)
        fresh = self._clock.mono() - flight.recorded < operations.COMMAND_LIFE_S
        if not self._allowed(flight) or operation.command is None:
            return
        if not fresh:
            if flight.never_left:
                self._step(flight, Event.NEVER_LEFT, "late")
            return
        if unit is None or not unit.same_boot(operation.command):
            return
        if (flight.resumed or operation.stops.sent is not None) and self.holding.overtaken(operation):
            return
        if self._units.send(operation.unit, operation.command):
            flight.operation = operations.sent(operation, self._clock.now())
            if operation.action in operations.HOLDING:
                self.holding.heard(flight.operation)
            log.info("sent", extra={"op": operation.id, "again": operation.stops.sent is not None})

    async def _arm(self, flight: Flight) -> None:
        """Make the command of an operation that was recorded while its unit was away, put it on disk, send it."""
        for _ in range(DECIDE_TRIES):
            operation, unit = flight.operation, self._units.of(flight.operation.unit)
            door = self._policy.snapshot.door(operation.door)
            if not operation.waiting or not self._allowed(flight) or door is None:
                return
            if unit is None or not self._units.ready(unit.id):
                return
            command = _command(unit, operation.id, operation.action, door, flight.recorded, operation.seconds)
            if command is None:
                return
            try:
                armed = await self._store.arm(operation, command, self._policy.version(door.place))
            except NotWritten:
                log.exception("command not written", extra={"op": operation.id})
                return
            if armed:
                self._armed(flight, command, door)
                return
            await self._policy.refresh(flight.operation.place)

    def _armed(self, flight: Flight, command: bytes, door: access.Door) -> None:
        if flight.operation.waiting:
            self._flights.armed(flight, command)
            flight.before = self._units.seen(door.unit, door.number).state
            self._send(flight)
            self._live.operation(flight.operation)

    def _allowed(self, flight: Flight) -> bool:
        """Asked again before every send. What never left and is no longer allowed ends as not sent."""
        operation = flight.operation
        if operation.way == operations.BY_CLOUD:
            return True
        holder = self.holding.holder(operation.door)
        verdict = rules.allows(operation, self._policy.snapshot, self._clock.now(), holder)
        reason = verdict.reason if self._sessions.alive_id(operation.session) else "session"
        if reason is None:
            return True
        if flight.never_left:
            self._step(flight, Event.NEVER_LEFT, reason)
        return False

    # -- settle

    def _step(self, flight: Flight, event: Event, reason: str | None = None, at: int | None = None) -> bool:
        """`at`: when that was, for what is learnt late; of a movement that should have begun by now nothing is seen."""
        door, before, now = self._policy.snapshot.door(flight.operation.door), flight.operation, self._clock.now()
        at = now if at is None else at
        sees = door is not None and door.sensor and now - at < operations.MOVE_START_S * 1000
        try:
            flight.operation = operations.step(before, event, at, reason, sees)
        except IllegalEvent as error:
            log.info("dropped", extra={"op": flight.operation.id, "why": str(error)})
            return False
        self.settled[flight.operation.state] += 1
        back = before.grant if before.spent and not flight.operation.spent else None
        self._keep(flight, records.settled(flight.operation, at), back)
        return True

    def _look(self, flight: Flight) -> None:
        """What the door's sensor says about the movement this operation asked for."""
        operation = flight.operation
        door = self._policy.snapshot.door(operation.door)
        if door is None:
            return
        state = self._units.seen(door.unit, door.number).state
        seen = operations.seen_as(operation.action, flight.before, state)
        left = operation.movement is Movement.MOVING
        if seen is Sensor.ARRIVES and not left and flight.resumed and operation.action == "press":
            return  # where the door stood at the press only the process knew that began it
        if seen and (left or state != flight.before):
            self._see(flight, seen)

    def _see(self, flight: Flight, seen: Sensor) -> None:
        now = self._clock.now()
        try:
            flight.operation = operations.see(flight.operation, seen, now)
        except IllegalEvent:
            return
        if flight.moving:
            self._watch(flight)
        self._keep(flight, records.moved(flight.operation, now))

    def _watch(self, flight: Flight) -> None:
        """Give the movement up when its time has come."""
        door = self._policy.snapshot.door(flight.operation.door)
        if flight.operation.movement:
            travel_s = door.travel_s if door else 0
            within_s = operations.movement_deadline_s(flight.operation.movement, travel_s)
            self._flights.watch_movement(flight, within_s - operations.LAST_LOOK_S)

    def _keep(self, flight: Flight, entry: Draft, give_back: str | None = None) -> None:
        self._settling.keep(flight, entry, give_back)
        self._flights.settled(flight)

    def _due(self, flight: Flight, what: str) -> None:
        """Something of this operation has come to its time."""
        if flight.moving and flight.looked != flight.operation.movement:
            flight.looked = flight.operation.movement
            self._units.wake(flight.operation.unit)
            self._flights.watch_movement(flight, operations.LAST_LOOK_S)
        elif flight.moving:  # of a door whose box is silent nobody can say that it stood still
            self._see(flight, Sensor.DEADLINE if self._units.answers(flight.operation.unit) else Sensor.BLIND)
        elif what == AGAIN:
            self._send(flight)
        elif flight.never_left:
            self._step(flight, Event.NEVER_LEFT, "away" if self._units.broker_up else "broker")
        elif what == DEADLINE:
            self._units.wake(flight.operation.unit)
            self._step(flight, Event.DEADLINE)


def _command(
    unit: UnitLink, op_id: str, action: str, door: access.Door, recorded: float, seconds: int | None
) -> bytes | None:
    pulse_ms = 0 if action in operations.HOLDING else door.pulse_ms
    return unit.command(op_id, action, door.number, pulse_ms, recorded, seconds or 0)


def _reply(operation: Operation) -> Reply:
    if operation.state is State.REFUSED:
        return Reply(operation.press_id, operation.id, Refused(operation.reason or "access"))
    return Reply(operation.press_id, operation.id)
