"""From a maintainer's keyboard to twenty doors: releases built, signed, published, rolled out in waves to units on real
MicroPython. The first is bad and stops itself; the second reaches all, one of which loses its power in the middle of
the load; doors open all the while.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio

from tests.rollout_town import LOADS, Maker, RolloutTown, Told, has, of_units, rollout_town

UNITS = 20
MANY = 12 * 1024  # bytes of a bundle: the middle of a load
RESTARTS = ("away", "updating")

pytestmark = pytest.mark.asyncio(loop_scope="module")


def crashes(main: str) -> str:
    return main.replace("        _wipe(WIPE_CALLS)\n", '        raise RuntimeError("a bad build")\n')


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def it(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RolloutTown]:
    desk = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(desk)
        async with rollout_town(tmp_path_factory.mktemp("home"), Maker(desk), UNITS) as it:
            yield it


async def test_a_bad_release_stops_itself_and_a_good_one_reaches_all_while_their_doors_open(it: RolloutTown) -> None:
    await _a_bad_one_stops_itself(it)
    await _a_good_one_reaches_all(it)
    assert set(it.pulses().values()) == {1}


async def _a_bad_one_stops_itself(it: RolloutTown) -> None:
    canaries = it.made.units[7:9]
    await it.publishes(it.maker.makes("1.1.0", main=crashes))
    rollout = await it.rolls_out(2, canaries=canaries)

    detail = await it.becomes(rollout, lambda d: d["state"] != "running", "that it stops")
    assert (detail["state"], detail["why"]) == ("halted", "2 failures in wave 1 of 2")
    assert has(detail, failed=2, waiting=UNITS - 2), "two of twenty had it"
    each = of_units(detail)
    assert {(each[unit]["state"], each[unit]["reason"]) for unit in canaries} == {("failed", "crashed")}
    assert {row["firmware"] for row in detail["each"]} == {1}
    await it.logs("update_failed", 2)
    failed = it.logged("update_failed")
    assert sorted(line["unit"] for line in failed) == sorted(canaries)
    assert {(line["reason"], line["running"]) for line in failed} == {("crashed", 1)}
    for unit in canaries:
        await it.opens(unit)
    await it.call("POST", f"rollouts/{rollout}/abort", status=204)


async def _a_good_one_reaches_all(it: RolloutTown) -> None:
    await it.publishes(it.maker.makes("1.2.0"))
    rollout = await it.rolls_out(3)
    told: list[Told] = []
    opening = asyncio.create_task(it.keeps_opening(rollout, told))
    try:
        detail = await it.becomes(
            rollout, lambda d: any(row["state"] == "loading" and row["have"] > MANY for row in d["each"]), "a load"
        )
        victim = next(row for row in detail["each"] if row["state"] == "loading" and row["have"] > MANY)["unit"]
        it.boards[victim].power_off()
        it.boards[victim].power_on()

        detail = await it.becomes(rollout, lambda d: d["state"] in ("done", "halted"), "the end")
    finally:
        opening.cancel()
        with suppress(asyncio.CancelledError):
            await opening

    assert (detail["state"], detail["units"], detail["failures"]) == ("done", {"good": UNITS}, 0)
    assert {row["firmware"] for row in detail["each"]} == {3}
    await it.logs("update", UNITS)
    assert sorted(line["unit"] for line in it.logged("update")) == sorted(it.made.units)
    assert {line["version"] for line in it.logged("update")} == {"1.2.0"}
    assert len(it.logged("update_failed")) == 2
    await it.opens(victim)
    _opened_all_the_while(it, told)


def _opened_all_the_while(it: RolloutTown, told: list[Told]) -> None:
    """While a bundle is loaded each press opens; of the others only those fail whose unit restarts just then."""
    loading = [each for each in told if each.before in LOADS and each.after in LOADS and not each.starts]
    assert len(loading) >= 3, told
    assert [each for each in loading if each.operation["state"] != "DONE"] == []
    failed = [each for each in told if each.operation["state"] != "DONE"]
    assert [each for each in failed if not each.starts and each.operation["reason"] not in RESTARTS] == []
    assert len(failed) <= len(told) // 4, failed
    pulses = it.pulses()
    for each in told:
        assert pulses[each.operation["id"]] == (each.operation["state"] == "DONE"), each
