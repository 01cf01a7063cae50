"""The store beside a dictionary: after any sequence of changes both hold the same operations."""

import asyncio
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cloud.identity_store import Ending, IdentityStore
from cloud.operations import Movement, Operation, State, Stops
from cloud.store import Store
from cloud.verbs import NotPossible
from tests.given import ASKED, DOORS, SESSIONS, inhabited_database, operation, removed_elsewhere
from tests.unit_side import UNIT

people = st.sampled_from(["ana", "pau"])
doors = st.sampled_from(list(DOORS))
numbers = st.integers(0, 7)  # few, so that presses and operations meet again


class Twice(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="iomando-tests-")
        self.path = inhabited_database(Path(self.folder.name))
        self.store = self.opened()
        self.held: dict[str, Operation] = {}
        self.policy = 1
        self.ended: set[str] = set()
        self.revoked = False
        self.grants = {(person, door) for person in ("ana", "pau") for door in DOORS}

    def opened(self) -> Store:
        async def make() -> Store:
            return Store(self.path)

        return self.loop.run_until_complete(make())

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.loop.run_until_complete(self.store.close())
            self.loop.close()
            self.folder.cleanup()

    def do(self, work):
        return self.loop.run_until_complete(work)

    # -- the dictionary's side of it

    def known(self, put: Operation) -> bool:
        same_press = any((o.person, o.press_id) == (put.person, put.press_id) for o in self.held.values())
        return same_press or put.id in self.held

    def allowed(self, put: Operation, seen: int) -> bool:
        return seen == self.policy and put.session not in self.ended and not self.revoked

    def cancel(self, reason: str, **which: str) -> None:
        for id_, held in self.held.items():
            if held.waiting and all(getattr(held, field) == value for field, value in which.items()):
                self.held[id_] = msgspec.structs.replace(held, state=State.NOT_SENT, reason=reason)

    def cancel_refused(self) -> None:
        """A change of policy ends all that waits and is no longer allowed after it, whoever it is."""
        for person in ("ana", "pau"):
            for door in DOORS:
                if (person, door) not in self.grants:
                    self.cancel("access", person=person, door=door)
                elif self.revoked:
                    self.cancel("unit", person=person, door=door)

    # -- what happens to both

    @rule(op=numbers, press=numbers, person=people, door=doors, armed=st.booleans(), behind=st.sampled_from([0, 0, 1]))
    def record(self, op: int, press: int, person: str, door: str, armed: bool, behind: int) -> None:
        command = b"c" if armed else None
        who = {"person": person, "session": SESSIONS[person], "door": door}
        put = operation(id=str(op), press_id=str(press), command=command, recorded=ASKED + op, **who)
        due = not self.known(put) and self.allowed(put, self.policy - behind)

        assert self.do(self.store.record(put, self.policy - behind)) == due
        if due:
            self.held[put.id] = put

    @rule(op=numbers, press=numbers, person=people)
    def record_anyway(self, op: int, press: int, person: str) -> None:
        put = operation(id=str(op), press_id=str(press), person=person, state=State.REFUSED, reason="late")
        due = not self.known(put)

        assert self.do(self.store.record_anyway(put)) == due
        if due:
            self.held[put.id] = put

    @rule(op=numbers, behind=st.sampled_from([0, 0, 1]))
    def arm(self, op: int, behind: int) -> None:
        held = self.held.get(str(op))
        asked = held or operation(id=str(op))
        due = held is not None and held.waiting and self.allowed(held, self.policy - behind)

        assert self.do(self.store.arm(asked, b"armed", self.policy - behind)) == due
        if due and held:
            self.held[held.id] = msgspec.structs.replace(held, command=b"armed")

    @rule(
        op=numbers, state=st.sampled_from(State), movement=st.none() | st.sampled_from(Movement), at=st.integers(0, 9)
    )
    def settle(self, op: int, state: State, movement: Movement | None, at: int) -> None:
        held = self.held.get(str(op)) or operation(id=str(op))
        put = msgspec.structs.replace(held, state=state, reason="x", movement=movement, stops=Stops(sent=at, coil=at))
        moves = movement not in (None, Movement.AWAITED)
        due = str(op) in self.held and held.state in {State.SENT, State.UNKNOWN, *((state,) if moves else ())}

        assert self.do(self.store.settle(put)) == due
        if due:
            self.held[put.id] = put

    @rule(person=people, door=doors)
    def remove_grant(self, person: str, door: str) -> None:
        if (person, door) not in self.grants:
            with pytest.raises(NotPossible):
                self.do(removed_elsewhere(self.store, f"{person}-{door}"))
            return
        self.do(removed_elsewhere(self.store, f"{person}-{door}"))
        self.grants.remove((person, door))
        self.policy += 1
        self.cancel_refused()

    @rule(person=people)
    def end_session(self, person: str) -> None:
        self.do(IdentityStore(self.store).end([SESSIONS[person]], Ending(), ASKED))
        self.ended.add(SESSIONS[person])
        self.cancel("session", session=SESSIONS[person])

    @precondition(lambda self: len(self.held) > 4)
    @rule()
    def revoke_unit(self) -> None:
        assert self.do(self.store.revoke_unit(UNIT, ASKED)) is not self.revoked
        self.revoked = True
        self.policy += 1
        self.cancel("unit", unit=UNIT)

    @rule()
    def open_it_again(self) -> None:
        self.do(self.store.close())
        self.store = self.opened()

    @invariant()
    def both_hold_the_same(self) -> None:
        if hasattr(self, "store"):
            found = self.do(self.store.recent(["ana", "pau"], [], 0, 1000))
            assert {o.id: o for o in found} == self.held


TestTwice = Twice.TestCase
TestTwice.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
