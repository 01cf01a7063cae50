"""What is recorded and what is not: every condition that must hold at the commit itself, every row as it was put."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud import schema
from cloud.commit import Full
from cloud.identity_store import Ending, IdentityStore
from cloud.operations import Event, Movement, Operation, State, Stops, step
from cloud.store import Store
from tests.given import (
    ASKED,
    DOORS,
    SESSIONS,
    grant_row,
    inhabited_database,
    operation,
    read_afresh,
    removed_elsewhere,
)
from tests.unit_side import UNIT


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(inhabited_database(tmp_path))
    yield store
    await store.close()


async def everything(store: Store) -> list[Operation]:
    return await store.recent([], ["home", "elsewhere"], 0, 1000)


async def policy(store: Store) -> int:
    return (await read_afresh(store)).version("home")


# -- recorded only while everything is what the decision saw


async def test_a_record_comes_back_as_it_was_put(store: Store) -> None:
    put = operation(command=b"\0\1", heard=ASKED - 9, stops=Stops(allowed=8))

    assert await store.record(put, 1)

    assert await everything(store) == [put]
    assert await store.press("ana", put.press_id) == put


CHANGES = {
    "access removed": lambda store: removed_elsewhere(store, "ana-gate"),
    "somebody else's access removed": lambda store: removed_elsewhere(store, "pau-lobby"),
    "session ended": lambda store: IdentityStore(store).end([SESSIONS["ana"]], Ending(), ASKED),
    "unit revoked": lambda store: store.revoke_unit(UNIT, ASKED),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_what_changes_between_decision_and_record_leaves_nothing_recorded(store: Store, change) -> None:
    decided = await policy(store)
    await change(store)

    assert not await store.record(operation(), decided)
    assert await everything(store) == []


@pytest.mark.parametrize(
    "how",
    [
        {"session": "no such"},
        {"session": SESSIONS["ana"].upper()},
        {"unit": "00000000"},
        {"place": "elsewhere"},
    ],
    ids=["no session", "another spelling of the session", "no unit", "no place"],
)
async def test_without_its_session_unit_or_place_nothing_is_recorded(store: Store, how: dict) -> None:
    assert not await store.record(operation(**how), 1)
    assert await everything(store) == []


@pytest.mark.parametrize("seen", [0, 2, -1])
async def test_a_decision_on_another_policy_is_not_recorded(store: Store, seen: int) -> None:
    assert not await store.record(operation(), seen)


async def test_a_unit_that_is_marked_revoked_gets_nothing_recorded_whatever_the_policy_says(store: Store) -> None:
    await store.commits.write("UPDATE units SET revoked = 1")

    assert not await store.record(operation(), 1)
    assert await everything(store) == []


async def test_a_change_that_concerns_another_place_stops_nothing(store: Store) -> None:
    await store.add(schema.places, id="office", name="Office", zone="UTC", policy=9)

    assert await store.record(operation(), 1)


async def test_of_a_change_and_a_hundred_records_at_once_each_record_is_before_or_refused(store: Store) -> None:
    """Once the removal is acknowledged nothing more is recorded under the old policy."""
    removed = asyncio.Event()

    async def press(n: int) -> tuple[bool, bool]:
        await asyncio.sleep(n / 10_000)
        after = removed.is_set()
        return after, await store.record(operation(id=f"{n:016x}", press_id=f"press-{n:022}"), 1)

    async def remove() -> None:
        await asyncio.sleep(0.003)
        await removed_elsewhere(store, "ana-gate")
        removed.set()

    outcomes = await asyncio.gather(*(press(n) for n in range(100)), remove())

    pairs = [outcome for outcome in outcomes if outcome is not None]
    assert not any(recorded for after, recorded in pairs if after)
    assert sum(recorded for _, recorded in pairs) == len(await everything(store))


# -- one press, one operation


async def test_the_same_press_twice_is_one_row(store: Store) -> None:
    first, again = operation(), operation(id="00000000000000bb", door="lobby")
    assert await store.record(first, 1)

    assert not await store.record(again, 1)
    assert not await store.record_anyway(msgspec.structs.replace(again, state=State.REFUSED))
    assert await everything(store) == [first]


async def test_of_fifty_times_the_same_press_at_once_one_is_recorded(store: Store) -> None:
    outcomes = await asyncio.gather(*(store.record(operation(id=f"{n:016x}"), 1) for n in range(50)))

    assert sum(outcomes) == 1
    assert len(await everything(store)) == 1


async def test_a_press_that_was_refused_is_never_recorded_as_sent(store: Store) -> None:
    refused = operation(state=State.REFUSED, reason="late")
    assert await store.record_anyway(refused)

    assert not await store.record(operation(id="00000000000000bb"), 1)
    assert await store.press("ana", refused.press_id) == refused


async def test_two_people_may_use_the_same_press_id(store: Store) -> None:
    hers, his = operation(), operation(id="00000000000000bb", person="pau", session=SESSIONS["pau"])

    assert await store.record(hers, 1)
    assert await store.record(his, 1)
    assert await store.press("pau", his.press_id) == his


async def test_an_id_that_is_taken_does_not_replace_an_operation(store: Store) -> None:
    first = operation()
    assert await store.record(first, 1)

    assert not await store.record(operation(press_id="q" * 22), 1)
    assert await everything(store) == [first]


async def test_records_that_come_together_share_a_commit(store: Store) -> None:
    seen: list[str] = []
    store.commits._connection.set_trace_callback(seen.append)

    await asyncio.gather(*(store.record(operation(id=f"{n:016x}", press_id=f"press-{n:022}"), 1) for n in range(100)))

    assert seen.count("COMMIT") == 1


async def test_on_a_full_disk_nothing_is_recorded_and_it_says_so(tmp_path: Path) -> None:
    asked: list[bool] = []
    store = Store(inhabited_database(tmp_path), lambda: bool(asked.append(True)))
    used = store.commits._connection.execute("PRAGMA page_count").fetchone()[0]
    store.commits._connection.execute(f"PRAGMA max_page_count = {used}")

    batch = [operation(id=f"{n:016x}", press_id=f"press-{n:022}", command=bytes(300)) for n in range(100)]
    outcomes = [await asyncio.gather(store.record(put, 1), return_exceptions=True) for put in batch]

    recorded = sum(outcome == [True] for outcome in outcomes)
    assert isinstance(outcomes[-1][0], Full)
    assert len(asked) == 100 - recorded
    assert len(await everything(store)) == recorded
    await store.close()


# -- the command of an operation that waited


async def test_a_command_is_put_beside_a_waiting_operation_once(store: Store) -> None:
    waiting = operation()
    await store.record(waiting, 1)

    assert await store.arm(waiting, b"first", 1)
    assert not await store.arm(waiting, b"second", 1)
    (found,) = await everything(store)
    assert found.command == b"first"


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_no_command_is_made_for_what_is_no_longer_allowed(store: Store, change) -> None:
    waiting = operation()
    await store.record(waiting, 1)
    await change(store)

    assert not await store.arm(waiting, b"c", 1)
    (found,) = await everything(store)
    assert found.command is None


async def test_no_command_is_made_for_what_is_settled(store: Store) -> None:
    waiting = operation()
    await store.record(waiting, 1)
    await store.settle(step(waiting, Event.NEVER_LEFT, ASKED, "away"))

    assert not await store.arm(waiting, b"c", 1)


# -- settled


@pytest.mark.parametrize("state", [s for s in State if s is not State.SENT])
async def test_what_was_sent_is_settled(store: Store, state: State) -> None:
    await store.record(operation(command=b"c"), 1)
    settled = operation(command=b"c", state=state, reason="late", stops=Stops(sent=10, coil=400))

    assert await store.settle(settled)
    assert await everything(store) == [settled]


@pytest.mark.parametrize("late", [State.DONE, State.ALREADY, State.DECLINED])
async def test_unknown_may_still_learn_the_truth(store: Store, late: State) -> None:
    await store.record(operation(command=b"c"), 1)
    await store.settle(operation(state=State.UNKNOWN))

    assert await store.settle(operation(state=late))
    (found,) = await everything(store)
    assert found.state is late


@pytest.mark.parametrize("final", [s for s in State if s not in (State.SENT, State.UNKNOWN)])
@pytest.mark.parametrize("other", list(State))
async def test_nothing_else_ever_leaves_a_final_state(store: Store, final: State, other: State) -> None:
    await store.record(operation(), 1)
    await store.settle(operation(state=final, reason="first"))
    if final is other:
        return

    assert not await store.settle(operation(state=other, reason="second"))
    (found,) = await everything(store)
    assert (found.state, found.reason) == (final, "first")


async def test_what_is_done_still_learns_how_the_door_moved(store: Store) -> None:
    await store.record(operation(command=b"c"), 1)
    for movement in (Movement.AWAITED, Movement.MOVING, Movement.MOVED):
        assert await store.settle(operation(state=State.DONE, movement=movement))
        (found,) = await everything(store)
        assert found.movement is movement

    (found,) = await everything(store)
    assert found.movement is Movement.MOVED


async def test_what_was_never_recorded_is_not_settled(store: Store) -> None:
    assert not await store.settle(operation(state=State.DONE))


# -- what is read


async def test_the_snapshot_is_what_was_put(store: Store) -> None:
    await store.add(schema.grants, **grant_row("ana", "gate", id="hours", starts=5, ends=9))
    found = (await read_afresh(store)).snapshot
    site = found.sites["home"]

    assert set(site.doors) == set(DOORS)
    assert {g.id: (g.starts, g.ends) for g in site.grants.values() if (g.person, g.doors) == ("ana", ("gate",))} == {
        "ana-gate": (None, None),
        "hours": (5, 9),
    }
    assert {person: member.role for person, member in site.members.items()} == {
        "ana": "member",
        "pau": "member",
        "adm": "owner",
    }
    assert found.managers("home") == {"adm"}
    assert site.place.policy == 1


async def test_a_restart_goes_on_with_just_what_can_still_change(store: Store) -> None:
    kept = {
        "sent long ago": {"recorded": 5},
        "unknown lately": {"state": State.UNKNOWN},
        "moving lately": {"state": State.DONE, "movement": Movement.MOVING},
    }
    over = {
        "unknown long ago": {"state": State.UNKNOWN, "recorded": 5},
        "moving long ago": {"state": State.DONE, "movement": Movement.MOVING, "recorded": 5},
        "moved lately": {"state": State.DONE, "movement": Movement.MOVED},
        "refused lately": {"state": State.REFUSED},
    }
    for name, how in (kept | over).items():
        await store.record_anyway(operation(id=name, press_id=name, **how))

    assert {o.id for o in await store.unfinished(ASKED)} == set(kept)


async def test_what_is_recent_is_hers_and_her_places_newest_first(store: Store) -> None:
    for n, (person, place) in enumerate([("ana", "home"), ("pau", "home"), ("ana", "office"), ("ana", "home")]):
        await store.record_anyway(operation(id=str(n), press_id=str(n), person=person, place=place, recorded=ASKED + n))

    assert [o.id for o in await store.recent(["ana"], [], 0, 10)] == ["3", "2", "0"]
    assert [o.id for o in await store.recent(["adm"], ["home"], 0, 10)] == ["3", "1", "0"]
    assert [o.id for o in await store.recent(["ana"], [], ASKED + 1, 1)] == ["3"]
    assert await store.recent(None, [], 0, 10) == []


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)
moments = st.integers(0, 1 << 53)
operations = st.builds(
    Operation,
    **dict.fromkeys(("id", "press_id", "session", "place", "door", "unit", "action", "way"), texts),
    person=st.sampled_from(list(SESSIONS)),
    asked=moments,
    recorded=moments,
    state=st.sampled_from(State),
    reason=st.none() | texts,
    heard=st.none() | moments,
    command=st.none() | st.binary(max_size=60),
    movement=st.none() | st.sampled_from(Movement),
    stops=st.builds(Stops, *[st.none() | moments] * 5),
    grant=st.none() | texts,
    spent=st.booleans(),
)


@given(operations)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
async def test_every_operation_comes_back_as_it_was_put(store: Store, put: Operation) -> None:
    if await store.record_anyway(put):
        assert await store.press(put.person, put.press_id) == put
