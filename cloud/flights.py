"""The operations on their way: found by id and by unit, and called when something of theirs is due. Decides nothing.

An operation is here from its record until nothing can change it any more; what the truth can still reach (UNKNOWN, a
door that moves) stays as long as that.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping

import msgspec

from cloud import operations
from cloud.agenda import Agenda
from cloud.clock import Clock
from cloud.operations import Movement, Operation, State

AGAIN, WAITED, DEADLINE, FORGET = "again", "waited", "deadline", "forget"
_TIMES: tuple[tuple[float, str], ...] = (
    *((after, AGAIN) for after in operations.RESEND_S),
    (operations.WAIT_S, WAITED),
    (operations.DEADLINE_S, DEADLINE),
    (operations.DEADLINE_S + operations.LATE_AFTER_S, FORGET),
)
TIMER_S = 0.01  # how much too early a timer may ring: what is due this soon is due now
_MOVING = (Movement.AWAITED, Movement.MOVING)


class Flight(msgspec.Struct):
    """One operation, with what only this process knows of it. `recorded`: the steady clock, seconds.

    `resumed`: begun by an earlier process, which may have sent the command that is on disk. `before`: the door at the
    press. `looked`: the movement for which its unit was asked once more. `settling`: its latest step, on its way to
    the disk.
    """

    operation: Operation
    recorded: float
    before: str = "unknown"
    resumed: bool = False
    looked: str | None = None
    settling: asyncio.Task[None] | None = None

    @property
    def never_left(self) -> bool:
        """Certainly not a byte of it was handed over."""
        unsent = self.operation.stops.sent is None and not self.resumed
        return self.operation.state is State.SENT and (unsent or self.operation.command is None)

    @property
    def moving(self) -> bool:
        return self.operation.movement in _MOVING


class Flights:
    """`due(flight, what)` is called with AGAIN, WAITED or DEADLINE while it is SENT, and with the Movement that
    lasts too long."""

    def __init__(self, clock: Clock, due: Callable[[Flight, str], None]) -> None:
        self._clock, self._call = clock, due
        self._flights: dict[str, Flight] = {}
        self._units: dict[str, dict[str, Flight]] = {}
        self._commands: dict[str, bytes] = {}
        self._agenda: Agenda[tuple[str, str]] = Agenda(self._due)

    @property
    def commands(self) -> Mapping[str, bytes]:
        """Operation id → the bytes of its command: what an answer must be bound to."""
        return self._commands

    def __len__(self) -> int:
        return len(self._flights)

    def __iter__(self) -> Iterator[Flight]:
        return iter(list(self._flights.values()))

    def get(self, op_id: str) -> Flight | None:
        return self._flights.get(op_id)

    def of_unit(self, unit: str) -> list[Flight]:
        return list(self._units.get(unit, {}).values())

    def busy(self, unit: str) -> bool:
        """Whether one of its operations has no answer yet, or its door should begin to move: no time to restart it."""
        theirs = [flight.operation for flight in self._units.get(unit, {}).values()]
        return any(o.state is State.SENT or o.movement is Movement.AWAITED for o in theirs)

    def add(self, flight: Flight) -> None:
        operation = flight.operation
        self._flights[operation.id] = flight
        self._units.setdefault(operation.unit, {})[operation.id] = flight
        if operation.command is not None:
            self._commands[operation.id] = operation.command
        self._next(flight)

    def armed(self, flight: Flight, command: bytes) -> None:
        flight.operation = msgspec.structs.replace(flight.operation, command=command)
        self._commands[flight.operation.id] = command

    def watch_movement(self, flight: Flight, within_s: float) -> None:
        self._agenda.add(within_s, (flight.operation.id, str(flight.operation.movement)))

    def settled(self, flight: Flight) -> None:
        """Let go of an operation that nothing can change any more."""
        if flight.operation.state not in (State.SENT, State.UNKNOWN) and not flight.moving:
            self._drop(flight)

    def close(self) -> None:
        self._agenda.close()

    def _next(self, flight: Flight) -> None:
        """Put the next thing that is due to this operation on the agenda: one entry each, so that a burst costs
        little."""
        age = self._clock.mono() - flight.recorded
        wait, what = next(((at - age, what) for at, what in _TIMES if at > age + TIMER_S), (0.0, FORGET))
        if flight.operation.state is State.SENT and age + TIMER_S >= operations.DEADLINE_S:
            wait, what = 0.0, DEADLINE
        self._agenda.add(wait, (flight.operation.id, what))

    def _due(self, due: tuple[str, str]) -> None:
        op_id, what = due
        flight = self._flights.get(op_id)
        if flight is None:
            return
        if what in _MOVING:
            if flight.operation.movement == what:
                self._call(flight, what)
            return
        if what == FORGET:
            if not flight.moving:
                self._drop(flight)
            return
        try:
            if flight.operation.state is State.SENT:
                self._call(flight, what)
        finally:
            if op_id in self._flights:
                self._next(flight)

    def _drop(self, flight: Flight) -> None:
        operation = flight.operation
        self._flights.pop(operation.id, None)
        self._commands.pop(operation.id, None)
        of_unit = self._units.get(operation.unit, {})
        of_unit.pop(operation.id, None)
        if not of_unit:
            self._units.pop(operation.unit, None)
