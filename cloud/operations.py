"""The life of one operation: its states, its events, the table of what follows what, and its deadlines.

Everything about that life stands here and in the tables below. No clock, no store, no network: times come in as
arguments, and an event that the table does not know raises IllegalEvent and changes nothing.
"""

import enum

import msgspec


class State(enum.StrEnum):
    """REFUSED, NOT_SENT, DONE, ALREADY, DECLINED and UNKNOWN are final; only UNKNOWN may still learn the truth."""

    REFUSED = "REFUSED"
    SENT = "SENT"
    NOT_SENT = "NOT_SENT"
    DONE = "DONE"
    ALREADY = "ALREADY"
    DECLINED = "DECLINED"
    UNKNOWN = "UNKNOWN"


class Event(enum.StrEnum):
    DID = "the unit answered that the coil is on"
    WAS_SO = "the unit answered that there is nothing to do"
    SAID_NO = "the unit declined"
    NEVER_LEFT = "not a byte was handed over"
    DEADLINE = "no answer by the deadline"


class Movement(enum.StrEnum):
    AWAITED = "awaited"
    MOVING = "moving"
    MOVED = "moved"
    DID_NOT_MOVE = "did_not_move"
    DID_NOT_FINISH = "did_not_finish"
    UNSEEN = "unseen"


class Sensor(enum.StrEnum):
    MOVES = "the door left its place"
    ARRIVES = "the door is where it was asked to be"
    DEADLINE = "nothing seen in time"
    BLIND = "no box there to see it"


TABLE: dict[tuple[State, Event], State] = {
    (State.SENT, Event.DID): State.DONE,
    (State.SENT, Event.WAS_SO): State.ALREADY,
    (State.SENT, Event.SAID_NO): State.DECLINED,
    (State.SENT, Event.NEVER_LEFT): State.NOT_SENT,
    (State.SENT, Event.DEADLINE): State.UNKNOWN,
    (State.UNKNOWN, Event.DID): State.DONE,
    (State.UNKNOWN, Event.WAS_SO): State.ALREADY,
    (State.UNKNOWN, Event.SAID_NO): State.DECLINED,
}

MOVEMENT: dict[tuple[Movement, Sensor], Movement] = {
    (Movement.AWAITED, Sensor.MOVES): Movement.MOVING,
    (Movement.AWAITED, Sensor.ARRIVES): Movement.MOVED,
    (Movement.AWAITED, Sensor.DEADLINE): Movement.DID_NOT_MOVE,
    (Movement.AWAITED, Sensor.BLIND): Movement.UNSEEN,
    (Movement.MOVING, Sensor.ARRIVES): Movement.MOVED,
    (Movement.MOVING, Sensor.DEADLINE): Movement.DID_NOT_FINISH,
    (Movement.MOVING, Sensor.BLIND): Movement.UNSEEN,
}

COMMAND_LIFE_S = 9  # with the whole seconds of the unit's clock no command is obeyed 10 s after its record
WAIT_S = 8  # an unsent command waits this long for its unit: after that it would arrive dead
LATEST_MS = (COMMAND_LIFE_S + 1) * 1000  # after its record nothing begins any more
DEADLINE_S = 12  # the answer to the last moment of a command's life has 2 s to come back
RESEND_S = (2, 5)  # the same bytes again, for a packet that got lost
LATE_AFTER_S = 60  # an answer may come this long after the deadline: as long as the unit remembers
PRESS_AGE_S = 5  # a press older than this on arrival was stuck somewhere: nobody waits for it any more
HOLD_S = (60, 43_200)  # from a minute to half a day: longer is a door that somebody forgot
HOLDING = ("hold", "release")  # actions that keep a door open for a while, and end that
BY_CLOUD = "cloud"  # the way of a release that nobody pressed: whoever holds the door open may no longer
LAST_LOOK_S = 3  # before a movement is given up its unit is asked: whoever does not answer cannot have told
MOVE_START_S = 6  # a door that was told to move and is not seen to leave its place in this time did not move


NOTHING_MOVED = (State.NOT_SENT, State.ALREADY, State.DECLINED)  # certainly: what was taken for it is given back


class IllegalEvent(Exception):
    """This event cannot happen to an operation in this state."""


class Stops(msgspec.Struct, frozen=True):
    """Milliseconds after `asked` at which each stop was passed; None: not (yet)."""

    allowed: int | None = None
    sent: int | None = None
    coil: int | None = None
    moving: int | None = None
    done: int | None = None


class Operation(msgspec.Struct, frozen=True):
    """One press and all that became of it. `asked` and `recorded` are milliseconds since 1970; `grant` allowed it or
    refused it, `spent`: it has taken one use of that grant; `seconds`: for how long a door is held open."""

    id: str
    press_id: str
    person: str
    session: str
    place: str
    door: str
    unit: str
    action: str
    way: str
    asked: int
    recorded: int
    state: State = State.SENT
    reason: str | None = None
    heard: int | None = None
    command: bytes | None = None
    movement: Movement | None = None
    stops: Stops = Stops()
    grant: str | None = None
    spent: bool = False
    seconds: int | None = None

    @property
    def waiting(self) -> bool:
        """Recorded, but its command was never made: certainly nothing has left."""
        return self.state is State.SENT and self.command is None


def begun(
    op_id: str,
    who: tuple[str, str, str],
    where: tuple[str, str, str],
    action: str,
    way: str,
    asked: int,
    now: int,
    reason: str | None,
) -> Operation:
    """A press that is decided: SENT, or REFUSED for this reason. `who`: press id, person, session; `where`: place,
    door, unit."""
    stops = Stops(allowed=None if reason else now - asked)
    state = State.REFUSED if reason else State.SENT
    return Operation(op_id, *who, *where, action, way, asked, now, state, reason, stops=stops)


def step(
    operation: Operation,
    event: Event,
    now: int,
    reason: str | None = None,
    sensor: bool = False,
) -> Operation:
    """The operation after `event` at `now` (ms). `sensor`: the door can see whether it moved."""
    state = TABLE.get((operation.state, event))
    if state is None:
        raise IllegalEvent(f"{event} cannot happen to an operation that is {operation.state}")
    changes: dict[str, object] = {"state": state, "reason": reason}
    if state in NOTHING_MOVED:
        changes["spent"] = False
    if state is State.DONE:
        changes["stops"] = msgspec.structs.replace(operation.stops, coil=max(0, now - operation.asked))
        changes["movement"] = Movement.AWAITED if sensor and operation.action not in HOLDING else None
    return msgspec.structs.replace(operation, **changes)


def see(operation: Operation, seen: Sensor, now: int) -> Operation:
    """The operation after its door's sensor saw something, or did not see it in time."""
    movement = MOVEMENT.get((operation.movement, seen)) if operation.movement else None
    if movement is None:
        raise IllegalEvent(f"{seen} means nothing to an operation whose movement is {operation.movement}")
    after = max(0, now - operation.asked)
    stops = operation.stops
    if seen is Sensor.MOVES:
        stops = msgspec.structs.replace(stops, moving=after)
    elif seen is Sensor.ARRIVES:
        stops = msgspec.structs.replace(stops, moving=after if stops.moving is None else stops.moving, done=after)
    return msgspec.structs.replace(operation, movement=movement, stops=stops)


def sent(operation: Operation, now: int) -> Operation:
    """The operation once its command was handed to MQTT; the first time counts."""
    if operation.state is not State.SENT or operation.command is None:
        raise IllegalEvent(f"an operation that is {operation.state} has nothing to send")
    if operation.stops.sent is not None:
        return operation
    after = max(0, now - operation.asked)
    return msgspec.structs.replace(operation, stops=msgspec.structs.replace(operation.stops, sent=after))


def hold_began(operation: Operation) -> int:
    """The latest moment (ms) at which its unit can have begun a hold: when the coil was seen on, and at the latest when
    its command died."""
    latest = operation.recorded + LATEST_MS
    return latest if operation.stops.coil is None else min(latest, operation.asked + operation.stops.coil)


def hold_ends(operation: Operation) -> int:
    """The latest moment (ms) at which its unit ends a hold by itself."""
    return hold_began(operation) + (operation.seconds or 0) * 1000


def movement_deadline_s(movement: Movement, travel_s: float) -> float:
    """Seconds from now until a movement that shows nothing further is given up."""
    return MOVE_START_S if movement is Movement.AWAITED else 1.5 * travel_s + 5


_ENDS = {"opening": ("open", Sensor.MOVES), "open": ("open", Sensor.ARRIVES)} | {
    "closing": ("closed", Sensor.MOVES),
    "closed": ("closed", Sensor.ARRIVES),
}
_PRESSED = {"closed": ("open",), "open": ("closed",)}  # where a toggle's one contact sends its door


def seen_as(action: str, before: str, state: str) -> Sensor | None:
    """What a door's new `state` means for an operation that asked `action` of it when it was `before`."""
    if action == "press":
        goals = _PRESSED.get(before, ("open", "closed"))
    else:
        goals = ("open",) if action == "open" else ("closed",)
    end, seen = _ENDS.get(state, (None, None))
    return seen if end in goals else None
