"""Cloud and unit with everything between them in a hostile hand: nothing is obeyed twice, late, or from anyone else.

Rule by rule the judge is tested in tests/on_unit/judging.py; here it meets the real clock estimate, in any order.
"""

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, precondition, rule

from cloud.unit_link import UnitLink
from firmware import wire
from tests.unit_side import SECRET, UNIT, UnitSide, commands

MAX_LIFE_S = 10.0  # no pulse later than this after the record
PULSE_S = 0.5
PARTS = st.sampled_from([0.0, 0.25, 0.999])  # of a second
STEPS = st.sampled_from([0.25, 0.5, 1.0, 2.0, 5.0, 9.0, 10.0, 59.0, 61.0])
AGES = st.sampled_from([0.0, 0.0, 0.25, 1.0, 300.0, 599.0])  # of the newest sample when a press is recorded
DELAYS = st.sampled_from([0.0, 0.0, 0.1, 1.0, 10.0, 60.0, 400.0])
PPM = st.sampled_from([-100, 0, 100])
DOORS = st.integers(0, 3)
ACTIONS = st.integers(1, 5)
NAMES = {1: "open", 2: "close", 3: "press", 4: "hold", 5: "release"}
ARGS = {4: 3600}


class Between(RuleBasedStateMachine):
    """Time is true seconds; the cloud's and the unit's clocks go wrong by up to 100 ppm each.

    `frames` are COMMANDs, the cloud's and others': each is delivered at any time, any number of times. `samples` are
    heartbeats on their way to the cloud.
    """

    frames = Bundle("frames")
    samples = Bundle("samples")

    @initialize(unit_ppm=PPM, cloud_ppm=PPM, part=PARTS)
    def begin(self, unit_ppm: int, cloud_ppm: int, part: float) -> None:
        self.now = 0.0
        self.unit_rate, self.cloud_rate = 1 + unit_ppm / 1e6, 1 + cloud_ppm / 1e6
        self.booted_at, self.started = 0.0, 100.0 + part
        self.link = UnitLink(UNIT, (SECRET, None), 0, None)
        self.unit = UnitSide()
        self.unit.doors = [(drive, wire.UNKNOWN, False, 2, 500, False) for drive in commands.DRIVES.values()]
        self.recorded: dict[bytes, float] = {}  # of the cloud's own operations
        self.pulsed: set[bytes] = set()
        self.judged: dict[bytes, tuple[bytes, int]] = {}  # operation → the frame that was judged, what it came to
        self.pulsing: list[tuple[float, bytes]] = []
        self.operations = 0
        self.greet()

    def cloud_clock(self) -> float:
        return 1_000_000.0 + self.now * self.cloud_rate

    def unit_clock(self) -> float:
        return self.started + (self.now - self.booted_at) * self.unit_rate

    def greet(self) -> None:
        welcome = self.link.welcome((self.unit.boots + 1).to_bytes(8, "big"), self.cloud_clock())
        hello = self.unit.hello(wire.welcome_fields(welcome)[1], self.unit_clock())
        assert self.link.take(hello, self.cloud_clock(), 0, {}).came

    def new_operation(self) -> bytes:
        self.operations += 1
        return self.operations.to_bytes(8, "big")

    # -- what the cloud hears

    @rule(target=samples, delay=DELAYS)
    def beat(self, delay: float) -> tuple[float, bytes]:
        return self.now + delay, self.unit.heartbeat(self.unit_clock())

    @rule(sample=consumes(samples))
    def beat_arrives(self, sample: tuple[float, bytes]) -> None:
        due, frame = sample
        self.pass_time(max(0.0, due - self.now))
        self.link.take(frame, self.cloud_clock(), 0, {})

    # -- what is made

    @rule(target=frames, door=DOORS, action=ACTIONS, age=AGES)
    def press(self, door: int, action: int, age: float) -> bytes:
        self.link.take(self.unit.heartbeat(self.unit_clock()), self.cloud_clock(), 0, {})
        self.pass_time(age)
        op_id = self.new_operation()
        frame = self.link.command(op_id.hex(), NAMES[action], door, 0, self.cloud_clock(), ARGS.get(action, 0))
        assert frame is not None
        self.recorded[op_id] = self.now
        return frame

    @rule(target=frames, frame=frames, door=DOORS, action=ACTIONS, earlier=st.integers(0, 3))
    def the_same_operation_in_other_bytes(self, frame: bytes, door: int, action: int, earlier: int) -> bytes:
        """What a faulty cloud might send: it has the key."""
        unit, epoch, not_after, op_id, *_ = wire.command_fields(frame)
        return wire.command(self.unit.down, 0, unit, epoch, max(0, not_after - earlier), op_id, action, door, 0)

    @rule(door=DOORS, action=ACTIONS, whose=st.sampled_from(["key", "direction", "unit", "boot"]), frame=frames)
    def a_strangers_command(self, door: int, action: int, whose: str, frame: bytes) -> None:
        """Somebody without the key, or for another unit or boot, with a new operation and a life ahead of it."""
        keys = {"key": wire.direction_pads(bytes(32), self.unit.raw)[0], "direction": self.unit.up}
        unit = bytes(4) if whose == "unit" else self.unit.raw
        epoch = (self.unit.boots - 1).to_bytes(8, "big") if whose == "boot" else self.unit.epoch
        pads, until = keys.get(whose, self.unit.down), math.floor(self.unit_clock()) + 5
        self.deliver(wire.command(pads, 0, unit, epoch, until, self.new_operation(), action, door, 0))

    # -- what arrives

    @rule(frame=frames)
    def deliver(self, frame: bytes) -> None:
        second = math.floor(self.unit_clock())
        verdict = self.unit.judge(frame, self.unit_clock())
        not_after, op_id = wire.command_fields(frame)[2:4]
        before = self.judged.get(op_id)
        if before and second <= wire.command_fields(before[0])[2] + commands.REMEMBER_S:
            self.judged_again(frame, verdict, before)
        elif verdict[0] == commands.ANSWER and verdict[1] != wire.LATE:
            self.judged[op_id] = (frame, verdict[1])
        elif verdict[0] in (commands.PULSE, commands.HOLD, commands.RELEASE):
            self.judged[op_id] = (frame, wire.DONE)
            assert op_id in self.recorded, "obeyed a command that the cloud never recorded"
            assert op_id not in self.pulsed
            assert second <= not_after
            assert self.now - self.recorded[op_id] <= MAX_LIFE_S
            self.pulsed.add(op_id)
            self.pulsing.append((self.now + PULSE_S, op_id))
            if verdict[0] == commands.PULSE:
                self.set_busy(verdict[3], busy=True)
            else:
                self.set_held(verdict[3], held=verdict[0] == commands.HOLD)

    def judged_again(self, frame: bytes, verdict: tuple, before: tuple[bytes, int]) -> None:
        if frame != before[0]:
            assert verdict[0] == commands.SILENT
        elif any(op_id == wire.command_fields(frame)[3] for _, op_id in self.pulsing):
            assert verdict == (commands.SILENT, commands.STILL_PULSING)
        else:
            assert verdict[:2] == (commands.ANSWER, before[1])

    @rule(frame=frames)
    def deliver_at_the_last_moment(self, frame: bytes) -> None:
        ends = wire.command_fields(frame)[2] + 0.9999
        self.pass_time(max(0.0, (ends - self.unit_clock()) / self.unit_rate))
        self.deliver(frame)

    # -- what else happens

    @rule(seconds=STEPS)
    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for due, op_id in [p for p in self.pulsing if p[0] <= self.now]:
            self.unit.memory.settle(op_id, wire.DONE)
            self.pulsing.remove((due, op_id))
        if not self.pulsing:
            for number in range(len(self.unit.doors)):
                self.set_busy(number, busy=False)

    @precondition(lambda self: self.unit.boots < 4)
    @rule(part=PARTS)
    def reboot(self, part: float) -> None:
        doors = self.unit.doors
        self.unit.boot()
        self.unit.doors = doors
        self.booted_at, self.started = self.now, part
        self.pulsing.clear()
        self.judged.clear()
        self.pass_time(0)
        self.greet()

    @rule(number=st.integers(0, 2), state=st.integers(0, 4))
    def a_door_moves(self, number: int, state: int) -> None:
        drive, _, busy, legs, ms, held = self.unit.doors[number]
        self.unit.doors[number] = (drive, state, busy, legs, ms, held)

    def set_held(self, number: int, *, held: bool) -> None:
        self.unit.doors[number] = (*self.unit.doors[number][:5], held)

    def set_busy(self, number: int, *, busy: bool) -> None:
        drive, state, _, legs, ms, held = self.unit.doors[number]
        self.unit.doors[number] = (drive, state, busy, legs, ms, held)


TestBetween = Between.TestCase
TestBetween.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
