"""What a removal ends, in the commit that makes it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud import schema
from cloud.identity_store import Ending, IdentityStore
from cloud.operations import Operation, State
from cloud.store import Store
from cloud.verbs import NotPossible
from tests.given import ASKED, SESSIONS, grant_row, inhabited_database, operation, read_afresh, removed_elsewhere
from tests.unit_side import UNIT


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(inhabited_database(tmp_path))
    yield store
    await store.close()


async def everything(store: Store) -> list[Operation]:
    return await store.recent([], ["home"], 0, 1000)


# -- removals end what was not sent, in the same commit


async def waiting_and_sent(store: Store) -> None:
    """For each person and door an operation that waits and one whose command was made."""
    for person in ("ana", "pau"):
        for door in ("gate", "lobby"):
            for command in (None, b"c"):
                name = f"{person}-{door}-{'sent' if command else 'waits'}"
                how = {"person": person, "session": SESSIONS[person], "door": door, "command": command}
                assert await store.record(operation(id=name, press_id=name, **how), 1)


REMOVALS = {
    "access": (lambda store: removed_elsewhere(store, "ana-gate"), {"ana-gate-waits"}),
    "session": (
        lambda store: IdentityStore(store).end([SESSIONS["ana"]], Ending(), ASKED),
        {"ana-gate-waits", "ana-lobby-waits"},
    ),
    "unit": (
        lambda store: store.revoke_unit(UNIT, ASKED),
        {f"{p}-{d}-waits" for p in ("ana", "pau") for d in ("gate", "lobby")},
    ),
}


@pytest.mark.parametrize("reason", REMOVALS)
async def test_a_removal_ends_just_what_waits_for_it(store: Store, reason: str) -> None:
    remove, ended = REMOVALS[reason]
    await waiting_and_sent(store)

    assert await remove(store) is not False

    found = {o.id: (o.state, o.reason) for o in await everything(store)}
    assert {id_ for id_, (state, _) in found.items() if state is State.NOT_SENT} == ended
    assert {why for state, why in found.values() if state is State.NOT_SENT} == {reason}


async def test_a_removal_leaves_what_another_grant_still_allows(store: Store) -> None:
    await store.add(schema.grants, **grant_row("ana", "gate", id="second"))
    await waiting_and_sent(store)

    await removed_elsewhere(store, "ana-gate")

    assert State.NOT_SENT not in {o.state for o in await everything(store)}


async def test_a_grant_that_is_not_there_is_not_removed(store: Store) -> None:
    with pytest.raises(NotPossible, match="no such access"):
        await removed_elsewhere(store, "no such")

    policy = await read_afresh(store)
    assert policy.version("home") == 1
    assert len(policy.snapshot.sites["home"].grants) == 6


async def test_revoking_a_unit_destroys_its_keys(store: Store) -> None:
    await store.commits.write("UPDATE units SET key_1 = x'00'")
    assert await store.revoke_unit(UNIT, ASKED)

    (unit,) = await store.units()
    assert (unit.keys, unit.revoked) == ((None, None), ASKED)
    assert (await read_afresh(store)).snapshot.revoked == frozenset({UNIT})
    assert not await store.revoke_unit(UNIT, ASKED + 1)
