"""A door box with doors of two places: what whoever manages one of them does there tells nobody of the other who she
is.
"""

from typing import Any

from tests.api_side import ApiSide, town
from tests.unit_side import UNIT

__all__ = ["town"]


async def named(town: ApiSide, who: str, place: str, kind: str) -> list[tuple[Any, Any, Any]]:
    answer = await town.call(who, "GET", f"places/{place}/log")
    assert answer.status == 200
    return [(line["who"], line["who_name"], line["session"]) for line in answer.body["lines"] if line["kind"] == kind]


async def test_a_plan_is_changed_for_both_places_by_somebody_whom_one_of_them_knows(town: ApiSide) -> None:
    await town.call("adm", "PATCH", f"places/home/boxes/{UNIT}", {"plan_mb": 10})

    ((who, name, session),) = await named(town, "adm", "home", "change")
    assert who == "adm"
    assert name
    assert session
    assert await named(town, "ada", "shop", "change") == [(None, None, None)]


async def test_a_test_that_failed_is_told_to_both_places_and_who_asked_for_it_to_hers(town: ApiSide) -> None:
    await town.call("adm", "POST", f"places/home/boxes/{UNIT}/test")
    for task in list(town.wired.tests._tasks):
        await task

    ((who, _, session),) = await named(town, "adm", "home", "self_test")
    assert who == "adm"
    assert session
    assert await named(town, "ada", "shop", "self_test") == [(None, None, None)]


async def test_tests_that_fail_all_day_fill_no_other_place_s_log(town: ApiSide) -> None:
    """Each is a line for whoever asked; the other place learns when it fails, and when it works again."""
    for _ in range(5):
        town.clock.ms += 60_000
        assert (await town.call("adm", "POST", f"places/home/boxes/{UNIT}/test")).status == 202
        for task in list(town.wired.tests._tasks):
            await task

    assert len(await named(town, "adm", "home", "self_test")) == 5
    assert len(await named(town, "ada", "shop", "self_test")) == 1
