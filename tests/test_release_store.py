"""What is kept of releases and roll-outs, and what of two hands only one may do."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from cloud import rollout as rules
from cloud.chain import Draft
from cloud.release_store import Health, ReleaseRow, ReleaseStore
from cloud.rollout import Plan, Rollout, Row
from cloud.store import Store
from tests.given import ASKED, inhabited_database, whole_log
from tests.unit_side import UNIT

PLAN = Plan(canaries=(UNIT,), hours=None)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(inhabited_database(tmp_path))
    yield store
    await store.close()


def draft(what: str) -> Draft:
    return Draft("", ASKED, "change", "adm", detail={"what": what})


def a_release(counter: int) -> ReleaseRow:
    return ReleaseRow(counter, f"1.0.{counter}", 1, 1, "notes", ASKED, "adm", 3, 6)


async def published(store: Store, *counters: int) -> list[bool]:
    it = ReleaseStore(store)
    return [await it.add_release(a_release(n), b"sig", b"bundle", draft("release_published")) for n in counters]


async def begun(store: Store) -> Rollout:
    await published(store, 2)
    rollout = await ReleaseStore(store).begin(2, PLAN, [Row(UNIT)], draft("rollout_started"))
    assert rollout
    return rollout


def told(store: Store) -> list[str]:
    return [msgspec.json.decode(entry.detail)["what"] for entry in whole_log(store.path, "")]


async def test_counters_and_key_sets_only_rise(store: Store) -> None:
    it = ReleaseStore(store)

    assert await published(store, 3, 3, 2, 7) == [True, False, False, True]
    assert [await it.add_key_set(n, b"%d" % n, draft("key_set_added")) for n in (1, 1, 2, 1)] == [
        True,
        False,
        True,
        False,
    ]
    assert [row.counter for row in await it.releases()] == [7, 3]
    assert (await it.releases())[0] == a_release(7)
    assert await it.key_sets() == {1: b"1", 2: b"2"}
    assert (await it.parts(3), await it.parts(2)) == ((b"sig", b"bundle"), None)
    assert told(store) == ["release_published"] * 2 + ["key_set_added"] * 2


async def test_one_rollout_at_a_time_and_it_reads_as_it_was_kept(store: Store) -> None:
    it, rollout = ReleaseStore(store), await begun(store)

    assert await it.begin(2, PLAN, [Row(UNIT)], draft("rollout_started")) is None
    assert await it.rollouts() == [rollout] == [await it.rollout(rollout.id)]
    row = Row(UNIT, 1, rules.TRIAL, None, ASKED, ASKED + 1, None, None, 40, 1, None)
    after = msgspec.structs.replace(rollout, state=rules.HALTED, why="2 failures")
    assert await it.keep(rollout, after, [row], [draft("rollout_halted")], ASKED)

    assert await it.rows(rollout.id) == [row]
    assert await it.rollout(rollout.id) == after
    assert told(store)[1:] == ["rollout_started", "rollout_halted"]


async def test_of_two_hands_one_moves_it_and_the_other_leaves_nothing(store: Store) -> None:
    it, rollout = ReleaseStore(store), await begun(store)
    aborted = msgspec.structs.replace(rollout, state=rules.ABORTED)
    assert await it.keep(rollout, aborted, [], [draft("rollout_aborted")], ASKED)
    before = told(store)

    assert not await it.keep(rollout, rollout, [Row(UNIT, 1, rules.OFFERED)], [draft("wave")], ASKED)

    assert await it.rows(rollout.id) == [Row(UNIT)]
    assert told(store) == before
    assert await it.begin(2, PLAN, [Row(UNIT)], draft("rollout_started")), "an aborted one is over"


async def test_how_units_are_with_a_release_is_counted(store: Store) -> None:
    it = ReleaseStore(store)
    for _ in range(2):
        await it.runs(UNIT, 2, 1, ASKED)
    await it.runs("ffffffff", 2, 1, ASKED)
    await it.opened(UNIT, 2, 3)
    assert await it.health() == {2: Health(1, 1, 3)}

    await it.crashed(UNIT, 2)
    await it.crashed(UNIT, 9)

    assert await it.health() == {2: Health(1, 0, 3)}
