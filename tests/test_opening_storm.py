"""Presses while everything goes wrong in any order: units, packets, brokers, processes, permissions.

A failure shrinks to a story: what happened, line by line, until a press had a wrong end.
"""

import asyncio
import json
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloud.messages import PostedPress
from cloud.operations import Operation, State
from firmware import wire
from tests.given import ADM, SESSIONS, inhabited_database, whole_log
from tests.unit_side import commands
from tests.world import World

MAX_LIFE_MS = 10_000  # no pulse later than this after the record
SETTLED_S = 14  # by then every press has its end

LIMITED, USES = ("ana-gate", "pau-gate"), 2

people = st.sampled_from(["ana", "pau"])
doors = st.sampled_from(["gate", "lobby", "garage"])
happenings = st.one_of(
    st.tuples(st.just("press"), people, doors, st.sampled_from(["open", "close", "press"])),
    st.tuples(st.just("press"), people, doors, st.just("open")),
    st.tuples(st.just("press_again"), st.integers(0, 5)),
    st.tuples(st.just("command_is_replayed"), st.integers(0, 9)),
    st.tuples(st.just("unit_leaves")),
    st.tuples(st.just("unit_returns")),
    st.tuples(st.just("unit_boots")),
    st.tuples(st.just("commands_get_lost"), st.booleans()),
    st.tuples(st.just("answers_get_lost"), st.booleans()),
    st.tuples(st.just("held_back_frames_arrive")),
    st.tuples(st.just("broker_goes")),
    st.tuples(st.just("broker_comes")),
    st.tuples(st.just("process_dies")),
    st.tuples(st.just("access_is_removed"), people, doors),
    st.tuples(st.just("member_is_suspended"), people),
    st.tuples(st.just("session_ends"), people),
    st.tuples(st.just("door_moves"), st.integers(0, 2), st.integers(0, 4)),
    st.tuples(st.just("time_passes"), st.sampled_from([0.25, 1.0, 3.0, 6.0, 9.0])),
)


class Storm:
    """What happens, and what must not be seen to happen meanwhile: `broken` lists that."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.presses: list[tuple[PostedPress, str]] = []
        self.commands: dict[bytes, set[bytes]] = {}  # operation → the bytes that left for it
        self.removed: set[tuple[str, str]] = set()
        self.shut_out: set[str] = set()
        self.pulses: Counter[str] = Counter()
        self.broken: list[str] = []
        judge = world.unit.judge

        def judged(frame: bytes, seconds: float) -> tuple:
            verdict = judge(frame, seconds)
            if verdict[0] == commands.PULSE:
                self.coil_goes_on(verdict[2].hex())
            return verdict

        world.unit.judge = judged
        world.broker.before_publish = self.frame_leaves

    def frame_leaves(self, frame: bytes) -> None:
        if frame[1] != wire.COMMAND:
            return
        op_id = wire.command_fields(frame)[3]
        self.commands.setdefault(op_id, set()).add(frame)
        row = self.row(op_id.hex())
        if row is None or row[0] != State.SENT:
            self.broken.append(f"a command left for {row}")
        elif (row[1], row[2]) in self.removed or row[1] in self.shut_out:
            self.broken.append(f"a command left after access was removed: {row}")

    def coil_goes_on(self, op_id: str) -> None:
        self.pulses[op_id] += 1
        row = self.row(op_id)
        if row is None or self.world.time.now() - row[3] > MAX_LIFE_MS:
            self.broken.append(f"a pulse for {row}")

    def row(self, op_id: str) -> tuple | None:
        connection = sqlite3.connect(self.world.path)
        found = connection.execute("SELECT state, person, door, recorded FROM operations WHERE id = ?", (op_id,))
        row = found.fetchone()
        connection.close()
        return row

    # -- what happens

    async def press(self, person: str, door: str, action: str) -> None:
        self.presses.append((self.world.a_press(door, action), person))
        await self.world.gives(*self.presses[-1])

    async def press_again(self, n: int) -> None:
        if self.presses:
            await self.world.gives(*self.presses[n % len(self.presses)])

    async def command_is_replayed(self, n: int) -> None:
        frames = sorted(frame for copies in self.commands.values() for frame in copies)
        if frames:
            self.world.unit.on_frame(frames[n % len(frames)])

    async def unit_leaves(self) -> None:
        self.world.unit.leaves()

    async def unit_returns(self) -> None:
        self.world.unit.returns()

    async def unit_boots(self) -> None:
        self.world.unit.boot()

    async def commands_get_lost(self, so: bool) -> None:
        self.world.broker.lossy = so

    async def answers_get_lost(self, so: bool) -> None:
        self.world.unit.silent = so

    async def held_back_frames_arrive(self) -> None:
        held, self.world.unit.held = self.world.unit.held, []
        for frame in held:
            self.world.take(frame)

    async def broker_goes(self) -> None:
        self.world.broker_goes()

    async def broker_comes(self) -> None:
        if not self.world.broker.up:
            self.world.broker_comes()

    async def process_dies(self) -> None:
        await self.world.crash()
        await self.world.start()
        self.world.broker.before_publish = self.frame_leaves

    async def access_is_removed(self, person: str, door: str) -> None:
        if (person, door) not in self.removed:
            await self.world.people.remove_grant(ADM, "home", f"{person}-{door}")
        self.removed.add((person, door))

    async def member_is_suspended(self, person: str) -> None:
        version = self.world.policy.snapshot.sites["home"].members[person].version
        await self.world.people.edit_member(ADM, "home", person, version, {"suspended": True})
        self.shut_out.add(person)

    async def session_ends(self, person: str) -> None:
        await self.world.people.end_session(SESSIONS[person])
        self.shut_out.add(person)

    async def door_moves(self, number: int, state: int) -> None:
        self.world.unit.moves(number, state)

    async def time_passes(self, seconds: float) -> None:
        await self.world.passes(seconds)

    # -- what must hold afterwards

    def check_uses(self, operations: list[Operation]) -> None:
        """Each use is left, or spent by one press; here and on disk."""
        for key in LIMITED:
            connection = sqlite3.connect(self.world.path)
            row = connection.execute("SELECT uses FROM grants WHERE id = ?", (key,)).fetchone()
            connection.close()
            grant = self.world.policy.snapshot.sites["home"].grants.get(key)
            assert (grant.uses if grant else None) == (row[0] if row else None)
            if row:
                assert row[0] == USES - sum(o.spent and o.grant == key for o in operations)

    def check_log(self, operations: list[Operation]) -> None:
        """The chain is whole, and says of each press what its row says."""
        lines = [entry for entry in whole_log(self.world.path) if entry.operation]
        for operation in operations:
            kinds = [(entry.kind, json.loads(entry.detail)) for entry in lines if entry.operation == operation.id]
            pressed = [detail for kind, detail in kinds if kind == "press"]
            assert len(pressed) == 1
            ends = [detail for kind, detail in kinds if kind == "answer"] or pressed
            assert (ends[-1]["state"], ends[-1]["reason"]) == (operation.state, operation.reason)
            assert len(ends) <= 2, "UNKNOWN and the truth at most"
            moves = [detail["movement"] for kind, detail in kinds if kind == "movement"]
            assert (moves[-1:] or [None]) == [operation.movement if moves else None]

    async def operations(self) -> list[Operation]:
        """When all deadlines have passed."""
        await self.world.passes(SETTLED_S)
        while tasks := self.world.opening._settling.tasks:  # what the disk has not answered yet
            await asyncio.wait(tasks)
            await asyncio.sleep(0)
        return await self.world.store.recent(["ana", "pau"], [], 0, 1000)

    def check(self, operations: list[Operation]) -> None:
        assert self.broken == []
        assert all(len(copies) == 1 for copies in self.commands.values()), "two commands for one press"
        assert len({(o.person, o.press_id) for o in operations}) == len(operations)
        assert set(self.pulses) <= {o.id for o in operations}
        for operation in operations:
            pulses, state = self.pulses[operation.id], operation.state
            assert state is not State.SENT, "a press without an end"
            assert pulses <= 1
            if state is State.DONE:
                assert pulses == 1
            elif state is not State.UNKNOWN:
                assert pulses == 0, f"{state}, and the coil was on"
            assert (operation.reason is None) == (state in {State.DONE, State.ALREADY, State.UNKNOWN})
        self.check_uses(operations)
        self.check_log(operations)


def limited(folder: Path) -> Path:
    """Home, where the gate opens a few times only."""
    path = inhabited_database(folder)
    connection = sqlite3.connect(path)
    connection.executemany("UPDATE grants SET uses = ? WHERE id = ?", [(USES, key) for key in LIMITED])
    connection.commit()
    connection.close()
    return path


PRESS = ("press", "ana", "gate", "open")


@given(st.lists(happenings, min_size=1, max_size=25))
@example([("answers_get_lost", True), PRESS, ("unit_leaves",), ("process_dies",)])
@example([("commands_get_lost", True), PRESS, ("access_is_removed", "ana", "gate"), ("time_passes", 3.0)])
@example([("commands_get_lost", True), PRESS, ("time_passes", 10.25), ("command_is_replayed", 0)])
@example([PRESS, ("press_again", 0), ("command_is_replayed", 0)])
@example([("broker_goes",), PRESS, ("process_dies",), ("time_passes", 9.0)])
@example([("answers_get_lost", True), PRESS, ("time_passes", 9.0), ("time_passes", 6.0)])
@settings(max_examples=60)
async def test_whatever_happens_every_press_ends_once_and_truly(story: list[tuple]) -> None:
    with tempfile.TemporaryDirectory(prefix="iomando-tests-") as folder:
        async with World(limited(Path(folder))) as world:
            storm = Storm(world)
            for what, *how in story:
                await getattr(storm, what)(*how)
                await world.quiet()
            storm.check(await storm.operations())
