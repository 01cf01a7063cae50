"""Cloud, broker and unit die at each step of an update; the roll-out ends as it would have: the new release runs, was
confirmed once, is told once in the log, and the door opens."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from tests.rollout_town import SOON_S, Maker, RolloutTown, of_units, rollout_town

pytestmark = pytest.mark.asyncio(loop_scope="module")

STEPS = {  # what the unit's console says then; offered: nothing yet
    "offered": "",
    "loading": "",
    "written": "is written: restarting to try it",
    "trial": "is on trial",
    "confirmed": "is confirmed",
}
CONFIRMED = ("soaking", "good")
MIDDLE = 8 * 1024  # bytes of the bundle
DEATHS: dict[str, Callable[[RolloutTown, str], Awaitable[None]]] = {
    "cloud": lambda it, _: it.cloud_dies(),
    "broker": lambda it, _: it.broker_dies(),
    "unit": lambda it, unit: it.unit_dies(unit),
}
SAMPLE = {("cloud", "written")}
CASES = [
    pytest.param(who, step, marks=() if (who, step) in SAMPLE else pytest.mark.long) for step in STEPS for who in DEATHS
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def it(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RolloutTown]:
    desk = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(desk)
        async with rollout_town(tmp_path_factory.mktemp("home"), Maker(desk), 1) as it:
            yield it


@pytest.mark.parametrize(("who", "step"), CASES)
async def test_whoever_dies_at_whatever_step_the_update_ends_the_same(it: RolloutTown, who: str, step: str) -> None:
    (unit,) = it.made.units
    board, told = it.boards[unit], len(it.logged("update"))
    number = len(it.logged("update")) + 2
    release = await it.puts(it.maker.makes(f"1.{number}.0"))
    lines = len(board.console)
    rollout = await it.rolls_out(release)
    if step == "loading":
        await it.becomes(rollout, lambda d: of_units(d)[unit]["have"] >= MIDDLE, "the middle of the load")
    elif STEPS[step]:
        await board.console_line(f"{release} {STEPS[step]}", SOON_S, since=lines)

    await DEATHS[who](it, unit)

    if step == "confirmed":  # its self-test met nobody, and is made again only after ten minutes
        await it.becomes(rollout, lambda d: of_units(d)[unit]["state"] in CONFIRMED, "its confirmation")
        await it.opens_at_last(unit)
        await it.logs("update", told + 1)
    else:
        detail = await it.becomes(rollout, lambda d: d["state"] != "running", "the end")
        row = of_units(detail)[unit]
        assert (detail["state"], row["state"], row["firmware"], detail["failures"]) == ("done", "good", release, 0)
    updates = it.logged("update")
    assert [line["release"] for line in updates[told:]] == [release]
    assert it.logged("update_failed") == []
    await it.opens_at_last(unit)
    assert set(it.pulses().values()) == {1}
    if (await it.call("GET", f"rollouts/{rollout}"))["state"] == "running":
        await it.call("POST", f"rollouts/{rollout}/abort", status=204)
