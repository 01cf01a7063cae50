"""The life of an operation: what may follow what, and that nothing else does."""

import itertools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cloud import operations
from cloud.operations import (
    HOLD_S,
    MOVEMENT,
    TABLE,
    Event,
    IllegalEvent,
    Movement,
    Sensor,
    State,
    Stops,
    hold_ends,
    movement_deadline_s,
    see,
    seen_as,
    sent,
    step,
)
from firmware import wire
from tests.given import ASKED, operation

FINAL = set(State) - {State.SENT, State.UNKNOWN}


# -- the table

LEGAL = {
    "the coil went on": (State.SENT, Event.DID, State.DONE),
    "there was nothing to do": (State.SENT, Event.WAS_SO, State.ALREADY),
    "the unit declined": (State.SENT, Event.SAID_NO, State.DECLINED),
    "not a byte was handed over": (State.SENT, Event.NEVER_LEFT, State.NOT_SENT),
    "no answer by the deadline": (State.SENT, Event.DEADLINE, State.UNKNOWN),
    "it had gone on after all": (State.UNKNOWN, Event.DID, State.DONE),
    "there had been nothing to do": (State.UNKNOWN, Event.WAS_SO, State.ALREADY),
    "the unit had declined": (State.UNKNOWN, Event.SAID_NO, State.DECLINED),
}
ILLEGAL = [pair for pair in itertools.product(State, Event) if pair not in {(a, b) for a, b, _ in LEGAL.values()}]


@pytest.mark.parametrize(("before", "event", "after"), LEGAL.values(), ids=LEGAL)
def test_a_legal_event_leads_to_its_state(before: State, event: Event, after: State) -> None:
    found = step(operation(state=before), event, ASKED + 400, reason="late")

    assert found.state is after
    assert found.reason == "late"


@pytest.mark.parametrize(("before", "event"), ILLEGAL, ids=[f"{a.name}, {b.name}" for a, b in ILLEGAL])
def test_an_illegal_event_raises_and_changes_nothing(before: State, event: Event) -> None:
    stands = operation(state=before, reason="x", stops=Stops(allowed=3))
    as_it_was = msgspec.structs.asdict(stands)

    with pytest.raises(IllegalEvent, match=before.value):
        step(stands, event, ASKED + 400)
    assert msgspec.structs.asdict(stands) == as_it_was


def test_nothing_leads_back_to_sent_and_nothing_out_of_a_final_state() -> None:
    assert State.SENT not in TABLE.values()
    assert not {before for before, _ in TABLE} & FINAL


def test_an_operation_cannot_be_changed_in_place() -> None:
    with pytest.raises(AttributeError):
        operation().state = State.DONE  # pyright: ignore[reportAttributeAccessIssue] - that is the point


# -- times


def test_the_coils_time_is_counted_from_the_finger() -> None:
    done = step(operation(), Event.DID, ASKED + 412)

    assert done.stops == Stops(coil=412)


def test_a_clock_that_was_behind_the_finger_gives_no_negative_time() -> None:
    assert step(operation(), Event.DID, ASKED - 5).stops.coil == 0
    assert sent(operation(command=b"c"), ASKED - 5).stops.sent == 0


def test_only_the_first_sending_counts() -> None:
    first = sent(operation(command=b"c"), ASKED + 10)

    assert sent(first, ASKED + 2000) == first
    assert first.stops.sent == 10


@pytest.mark.parametrize("state", [s for s in State if s is not State.SENT])
def test_what_is_settled_is_not_sent(state: State) -> None:
    with pytest.raises(IllegalEvent):
        sent(operation(command=b"c", state=state), ASKED + 10)


def test_an_operation_without_a_command_cannot_have_been_sent() -> None:
    with pytest.raises(IllegalEvent):
        sent(operation(), ASKED + 10)


def test_an_operation_waits_while_it_is_sent_and_has_no_command() -> None:
    assert operation().waiting
    assert not operation(command=b"c").waiting
    assert not any(operation(state=state).waiting for state in FINAL | {State.UNKNOWN})


def test_the_deadlines_fit_into_each_other() -> None:
    """What waits its longest can still be obeyed; what is obeyed at the last moment can still be answered in time."""
    assert max(operations.RESEND_S) < operations.WAIT_S < operations.COMMAND_LIFE_S
    assert operations.COMMAND_LIFE_S + 1 < operations.DEADLINE_S <= 15
    assert operations.COMMAND_LIFE_S + 60 <= operations.DEADLINE_S + operations.LATE_AFTER_S


# -- movement


@pytest.mark.parametrize("sensor", [True, False])
def test_a_pulse_awaits_movement_only_where_a_sensor_can_see_it(sensor: bool) -> None:
    for state in (State.SENT, State.UNKNOWN):
        done = step(operation(state=state), Event.DID, ASKED + 400, sensor=sensor)

        assert done.movement is (Movement.AWAITED if sensor else None)


@pytest.mark.parametrize("action", ["hold", "release"])
def test_what_only_keeps_a_coil_on_or_ends_that_awaits_no_movement(action: str) -> None:
    assert step(operation(action=action), Event.DID, ASKED + 400, sensor=True).movement is None


@given(
    st.integers(0, 20_000),
    st.none() | st.integers(0, 90_000),
    st.integers(*HOLD_S),
)
def test_a_hold_ends_no_later_than_its_command_lives_and_its_seconds(late: int, coil: int | None, seconds: int) -> None:
    """However late its answer is heard."""
    held = operation(action="hold", seconds=seconds, recorded=ASKED + late, stops=Stops(coil=coil))
    latest = ASKED + late + 10_000 + seconds * 1000

    assert hold_ends(held) == min(latest, latest if coil is None else ASKED + coil + seconds * 1000)


def test_how_long_a_door_is_held_is_what_the_unit_takes() -> None:
    assert 1 <= HOLD_S[0] < HOLD_S[1] <= wire.HOLD_MAX_S


@pytest.mark.parametrize("event", [e for e in Event if e is not Event.DID])
def test_without_a_pulse_no_movement_is_awaited(event: Event) -> None:
    assert step(operation(), event, ASKED + 400, sensor=True).movement is None


MOVES = {
    "it leaves its place": (Movement.AWAITED, Sensor.MOVES, Movement.MOVING),
    "it arrives without having been seen to leave": (Movement.AWAITED, Sensor.ARRIVES, Movement.MOVED),
    "it is not seen to leave": (Movement.AWAITED, Sensor.DEADLINE, Movement.DID_NOT_MOVE),
    "it arrives": (Movement.MOVING, Sensor.ARRIVES, Movement.MOVED),
    "it is not seen to arrive": (Movement.MOVING, Sensor.DEADLINE, Movement.DID_NOT_FINISH),
    "nobody is there to see it leave": (Movement.AWAITED, Sensor.BLIND, Movement.UNSEEN),
    "nobody is there to see it arrive": (Movement.MOVING, Sensor.BLIND, Movement.UNSEEN),
}
NO_MOVES = [
    pair for pair in itertools.product([None, *Movement], Sensor) if pair not in {(a, b) for a, b, _ in MOVES.values()}
]


@pytest.mark.parametrize(("before", "seen", "after"), MOVES.values(), ids=MOVES)
def test_what_the_sensor_sees_tells_how_the_movement_goes(before: Movement, seen: Sensor, after: Movement) -> None:
    assert see(operation(state=State.DONE, movement=before), seen, ASKED + 900).movement is after
    assert len(MOVEMENT) == len(MOVES)


@pytest.mark.parametrize(("before", "seen"), NO_MOVES, ids=[f"{a and a.name}, {b.name}" for a, b in NO_MOVES])
def test_what_means_nothing_to_a_movement_raises_and_changes_nothing(before: Movement | None, seen: Sensor) -> None:
    stands = operation(state=State.DONE, movement=before)
    as_it_was = msgspec.structs.asdict(stands)

    with pytest.raises(IllegalEvent):
        see(stands, seen, ASKED + 900)
    assert msgspec.structs.asdict(stands) == as_it_was


def test_the_stops_of_a_movement_are_counted_from_the_finger() -> None:
    done = step(operation(), Event.DID, ASKED + 400, sensor=True)
    moving = see(done, Sensor.MOVES, ASKED + 600)

    assert see(moving, Sensor.ARRIVES, ASKED + 11_200).stops == Stops(coil=400, moving=600, done=11_200)
    assert see(done, Sensor.ARRIVES, ASKED + 900).stops == Stops(coil=400, moving=900, done=900)
    assert see(done, Sensor.DEADLINE, ASKED + 9000).stops == Stops(coil=400)


@pytest.mark.parametrize(
    ("action", "before", "arrives", "moves"),
    [
        ("open", "closed", "open", "opening"),
        ("open", "unknown", "open", "opening"),
        ("open", "closing", "open", "opening"),
        ("close", "open", "closed", "closing"),
        ("close", "unknown", "closed", "closing"),
        ("press", "closed", "open", "opening"),
        ("press", "open", "closed", "closing"),
    ],
)
def test_a_state_means_what_was_asked_for_it(action: str, before: str, arrives: str, moves: str) -> None:
    expected = {arrives: Sensor.ARRIVES, moves: Sensor.MOVES}

    for state in ("unknown", "closed", "open", "opening", "closing"):
        assert seen_as(action, before, state) is expected.get(state)


def test_a_press_on_a_door_that_stood_nobody_knows_where_may_send_it_either_way() -> None:
    means = {"open": Sensor.ARRIVES, "closed": Sensor.ARRIVES, "opening": Sensor.MOVES, "closing": Sensor.MOVES}

    for state in ("unknown", "closed", "open", "opening", "closing"):
        assert seen_as("press", "unknown", state) is means.get(state)


def test_a_movement_is_given_up_well_after_the_doors_own_travel_time() -> None:
    for travel_s in (0.0, 12.0, 40.0):
        assert movement_deadline_s(Movement.MOVING, travel_s) > travel_s + 4
    assert movement_deadline_s(Movement.AWAITED, 40.0) == operations.MOVE_START_S


# -- any order of events


class Life(RuleBasedStateMachine):
    @initialize(state=st.sampled_from([State.SENT, State.REFUSED]), command=st.none() | st.just(b"c"))
    def begin(self, state: State, command: bytes | None) -> None:
        self.now = ASKED
        self.operation = operation(state=state, command=command)
        self.before = self.operation

    def becomes(self, how, *args, **kwargs) -> None:
        self.now += 100
        self.before = self.operation
        try:
            self.operation = how(self.operation, *args, now=self.now, **kwargs)
        except IllegalEvent:
            assert self.operation is self.before

    @rule(event=st.sampled_from(Event), sensor=st.booleans())
    def happens(self, event: Event, sensor: bool) -> None:
        self.becomes(step, event, sensor=sensor)

    @rule(seen=st.sampled_from(Sensor))
    def is_seen(self, seen: Sensor) -> None:
        self.becomes(see, seen)

    @rule()
    def is_sent(self) -> None:
        self.becomes(sent)

    @invariant()
    def only_unknown_leaves_a_final_state(self) -> None:
        before, after = self.before.state, self.operation.state
        assert before is after or before in {State.SENT, State.UNKNOWN}
        assert not (before is State.UNKNOWN and after in {State.SENT, State.NOT_SENT, State.REFUSED})

    @invariant()
    def a_stop_that_was_passed_stays(self) -> None:
        before, after = (msgspec.structs.asdict(o.stops) for o in (self.before, self.operation))
        assert all(after[stop] == at for stop, at in before.items() if at is not None)

    @invariant()
    def only_a_pulse_moves_a_door(self) -> None:
        assert self.operation.movement is None or self.operation.state is State.DONE
        assert (self.operation.stops.coil is not None) == (self.operation.state is State.DONE)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=200, stateful_step_count=20, deadline=None)
