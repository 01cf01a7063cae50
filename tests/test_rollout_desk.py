"""A release on its way to a unit: offered, given in blocks, tried, confirmed, told in the log; and what stops it."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from cloud import rollout as rules
from cloud.change_desk import COMMAND_LINE
from cloud.release_store import Health
from cloud.verbs import NotPossible
from firmware import events, update_words, wire
from tests.boxes_side import taken
from tests.given import ADM
from tests.rollout_side import OLD, Desk, confirmed, desk, plan
from tests.unit_side import UNIT
from tests.world import ANSWER_GAP_S

NEW = OLD + 1


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as it:
        yield it


async def test_a_unit_is_updated_and_the_log_says_so(it: Desk) -> None:
    await it.begins()
    await it.turns()

    assert it.offers == [(NEW, len(it.release.signed), 1)]
    assert it.got == {(wire.MANIFEST, NEW): it.release.signed, (wire.BUNDLE, NEW): it.release.bundle}
    assert it.row.state == rules.WRITTEN
    await it.restarts_into(NEW, seconds=40)
    it.say(update_words.TRIAL)
    asked = it.asks
    await it.turns(seconds=2)
    assert it.asks > asked, "a trial waits for a fresh answer"
    assert it.row.state == rules.TRIAL
    it.say(update_words.CONFIRMED)
    await it.records(update_words.CONFIRMED)

    assert it.row.state == rules.SOAKING
    (line,) = it.told("update")
    assert line == {"unit": UNIT, "release": NEW, "version": f"1.0.{NEW}", "away_s": line["away_s"]}
    assert 40 <= line["away_s"] <= 42
    await it.turns()
    assert (await it.on_disk()).state == rules.SOAKING


async def test_it_is_good_when_it_was_heard_and_its_door_opened(it: Desk) -> None:
    await it.begins()
    await confirmed(it)
    await it.turns(seconds=601)
    assert it.row.state == rules.SOAKING
    assert it.tests == [UNIT], "nobody has pressed: the way to it is tried"

    it.desk.tested(UNIT, ok=True)
    it.world.take(it.world.unit.heartbeat(it.world.unit.seconds()))
    await it.turns()

    assert it.desk.current is None
    assert (await it.on_disk()).state == rules.GOOD
    assert it.told_here()[-1] == "rollout_done"
    assert (await it.releases.store.health())[NEW] == Health(1, 1, 1)


async def test_one_that_tells_nothing_after_its_soak_is_asked_and_its_answer_counts(it: Desk) -> None:
    await it.begins(plan(soak_s=5))
    await confirmed(it)
    it.desk.tested(UNIT, ok=True)
    await it.turns(seconds=1)
    asked = it.asks

    await it.turns(seconds=6)
    assert it.asks == asked + 1
    await it.turns()

    assert (await it.on_disk()).state == rules.GOOD


async def test_an_open_counts_as_one(it: Desk) -> None:
    await it.begins()
    await confirmed(it)

    await it.world.opens("gate")
    await it.settled()

    assert it.row.opens == 1


async def test_what_was_taken_back_is_told_with_its_reason(it: Desk) -> None:
    await it.begins()
    await it.turns()
    await it.restarts_into(OLD)
    await it.records(update_words.REVERTED, update_words.NO_CLOUD)
    await it.turns()

    row = await it.on_disk()
    assert (row.state, row.reason, row.tries) == (rules.FAILED, "no_cloud", 1)
    (line,) = it.told("update_failed")
    told = {"release": NEW, "version": f"1.0.{NEW}", "how": "reverted", "reason": "no_cloud", "running": OLD}
    assert line == {"unit": UNIT, **told}
    assert it.told("update") == []


async def test_a_journal_that_is_told_twice_is_one_line(it: Desk) -> None:
    await it.begins()
    await it.turns()
    await it.restarts_into(OLD)
    for _ in range(2):
        it._records = 0
        await it.records(update_words.REVERTED, update_words.CRASHED)

    assert len(it.told("update_failed")) == 1
    assert it.row.tries == 1


async def test_it_is_not_offered_by_day_nor_while_a_door_is_held_open(it: Desk) -> None:
    minute = it.desk.seen.now(0)(UNIT).minutes[0]
    await it.begins(plan(hours=((minute + 60) % 1440, (minute + 120) % 1440)))
    await it.turns(2)
    assert it.offers == []
    await it.desk.tell(1, "abort", ADM)

    it.world.unit.holds(1, 3600)
    await it.world.quiet()
    await it.begins()
    await it.turns()
    assert it.offers == []
    it.world.unit.holds(1, 0)
    await it.turns(seconds=1)
    assert len(it.offers) == 1


async def test_an_update_that_the_contract_does_not_bear_waits(it: Desk) -> None:
    assert await it.world.boxes.store.set_plan(UNIT, 1, [], it.world.time.now())
    it.world.take(it.world.unit.status(it.world.unit.seconds(), ledger=(899_900, *[0] * 9)))
    await taken(it.world)

    await it.begins()
    await it.turns()

    assert it.offers == []


async def test_a_block_waits_behind_a_press(it: Desk) -> None:
    it.obeys = False
    await it.begins()
    await it.turns()
    busy = True
    it.world.units.busy = lambda unit: busy and unit == UNIT
    it.ask(wire.MANIFEST, NEW, 0)
    await it.world.passes(3)
    assert it.blocks == []

    busy = False
    await it.world.passes(1)
    await it.settled()

    assert [block[:4] for block in it.blocks] == [(wire.MANIFEST, NEW, 0, len(it.release.signed))]


async def test_a_unit_that_asks_and_asks_gets_no_more_than_its_link_bears(it: Desk) -> None:
    it.obeys = False
    await it.begins()
    await it.turns()
    for _ in range(300):
        it.ask(wire.BUNDLE, NEW, 0, 60_000)
        await it.world.quiet()

    assert 1 <= len(it.blocks) <= 60
    assert all(len(data) <= wire.BLOCK_MAX for *_, data in it.blocks)


@pytest.mark.parametrize(
    ("part", "of", "offset", "given"),
    [
        (wire.MANIFEST, NEW, 0, True),
        (wire.MANIFEST, NEW, 60_000, False),
        (wire.MANIFEST, OLD, 0, False),
        (wire.BUNDLE, NEW + 1, 0, False),
        (wire.KEY_SET, 1, 0, True),
        (wire.KEY_SET, 2, 0, False),
        (9, NEW, 0, False),
    ],
)
async def test_nothing_is_given_but_what_is_on_its_way(it: Desk, part: int, of: int, offset: int, given: bool) -> None:
    it.obeys = False
    await it.begins()
    await it.turns()
    it.ask(part, of, offset)
    await it.settled()

    ((_, _, _, size, data),) = it.blocks
    assert bool(data) == given
    assert bool(size) == (given or offset > 0)


async def test_after_an_abort_nothing_is_given_and_a_trial_is_still_answered(it: Desk) -> None:
    it.obeys = False
    id_ = await it.begins()
    await it.turns()
    await it.desk.tell(id_, "abort", ADM)
    it.ask(wire.BUNDLE, NEW, 0)
    await it.settled()
    assert [(size, data) for *_, size, data in it.blocks] == [(0, b"")]

    await it.restarts_into(NEW)
    it.say(update_words.TRIAL)
    await it.world.passes(ANSWER_GAP_S + 1)
    asked = it.asks
    await it.desk.turn()
    await it.settled()
    assert it.asks == asked + 1
    with pytest.raises(NotPossible, match="it is over"):
        await it.desk.tell(id_, "resume", ADM)


async def test_who_is_away_is_offered_it_when_it_comes(it: Desk) -> None:
    it.world.unit.leaves()
    await it.world.passes(1)
    it.world.units.wake(UNIT)
    await it.world.passes(10)
    await it.begins()
    await it.turns()
    assert (it.offers, it.row.state) == ([], rules.WAITING)

    it.world.unit.returns()
    await it.turns(seconds=1)

    assert len(it.offers) == 1


async def test_an_offer_that_was_lost_is_made_again(it: Desk) -> None:
    it.obeys = False
    await it.begins()
    await it.turns(2)
    assert len(it.offers) == 1

    await it.turns(seconds=61)

    assert len(it.offers) == 2


async def test_one_that_lost_its_power_in_the_middle_of_a_load_is_offered_it_again_at_once(it: Desk) -> None:
    it.obeys = False
    await it.begins()
    await it.turns()
    it.ask(wire.BUNDLE, NEW, 1024)
    await it.turns(2)
    assert (it.row.state, len(it.offers)) == (rules.LOADING, 1)

    it.obeys = True
    await it.restarts_into(OLD, seconds=10)
    await it.turns()

    assert (len(it.offers), it.row.state, it.row.tries) == (2, rules.WRITTEN, 1)


async def test_silence_for_half_an_hour_is_a_failure(it: Desk) -> None:
    it.obeys = False
    await it.begins()
    await it.turns()
    await it.turns(seconds=1801)

    row = await it.on_disk()
    assert (row.state, row.reason) == (rules.FAILED, "silent")


async def test_one_that_has_it_already_is_left_out(it: Desk) -> None:
    await it.restarts_into(NEW)
    with pytest.raises(NotPossible, match="no unit could take"):
        await it.begins()

    await it.restarts_into(OLD)
    await it.begins()
    await it.restarts_into(NEW)
    await it.turns()

    assert (it.offers, (await it.on_disk()).state) == ([], rules.OUT)


async def test_a_watchdog_while_it_soaks_is_a_failure_and_counted(it: Desk) -> None:
    await it.begins()
    await confirmed(it)
    it.world.take(it.world.unit.events([(1, events.BOOT, 0, 3, it.world.unit.epoch)]))
    await taken(it.world)
    await it.turns()

    assert ((await it.on_disk()).reason, await it.releases.store.health()) == (
        "crashed",
        {OLD: Health(1, 1, 0), NEW: Health(1, 0, 0)},
    )


@pytest.mark.parametrize("stage", ["offered", "loading", "written", "trial", "soaking"])
async def test_the_cloud_dies_at_each_stage_and_the_update_goes_on(it: Desk, stage: str) -> None:
    it.obeys = stage not in ("offered", "loading")
    await it.begins()
    await it.turns()
    if stage == "loading":
        it.ask(wire.MANIFEST, NEW, 0)
        await it.turns(2)
    if stage in ("trial", "soaking"):
        await it.restarts_into(NEW)
        it.say(update_words.TRIAL)
        await it.turns()
    if stage == "soaking":
        it.say(update_words.CONFIRMED)
        await it.turns()
    await it.desk.turn()
    assert it.row.state == stage
    before = it.row

    await it.restarts()

    assert it.row == msgspec.structs.replace(before, beats=0, opens=0, bad=0)
    if stage in ("offered", "loading"):
        it.obeys = True
        await it.turns(seconds=400)
    if stage in ("offered", "loading", "written"):
        await it.restarts_into(NEW)
    it.say(update_words.TRIAL)
    await it.turns()
    it.say(update_words.CONFIRMED)
    await it.records(update_words.CONFIRMED)
    assert it.row.state == rules.SOAKING
    assert [line["release"] for line in it.told("update")] == [NEW]


async def test_of_what_people_do_all_is_in_the_log(it: Desk) -> None:
    id_ = await it.begins()
    for verb in ("pause", "resume", "abort"):
        await it.desk.tell(id_, verb, COMMAND_LINE)

    words = ["started", "paused", "resumed", "aborted"]
    assert it.told_here() == ["key_set_added", "release_published", *[f"rollout_{word}" for word in words]]
    with pytest.raises(NotPossible):
        await it.desk.tell(7, "abort", ADM)


async def test_one_at_a_time_and_only_the_newest(it: Desk) -> None:
    await it.begins()
    with pytest.raises(NotPossible, match="on its way"):
        await it.begins()
    with pytest.raises(NotPossible, match="no such release"):
        await it.desk.begin(OLD, plan(), ADM)
