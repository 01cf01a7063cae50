"""A door that is held open, end to end with the real unit: it ends by itself, by a removal, by a restart, and a cloud
that died knows again who holds it. The self-test goes the same whole way."""

import asyncio
import json
from typing import Any

import pytest

from tests.scene import SOON_S, Scene, query, until
from tests.test_withstand_changes import remove_access
from tests.town_fixtures import story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()
LONG_S = 3600


async def let_hold(s: Scene) -> None:
    """The admin lets the first user."""
    place, (person, _) = s.view["place"], s.people[0]
    admin = {"Cookie": f"iomando={s.people[-1][1]}"}
    body = {"version": 1, "may_hold": True}
    async with s.nobody.patch(
        f"{s.cloud.url}/api/v1/places/{place}/people/{person}", json=body, headers=admin
    ) as answer:
        assert answer.status == 204, await answer.text()


async def hold(s: Scene, seconds: int = LONG_S) -> dict[str, Any]:
    operation = await s.ends(await s.press("hold", seconds=seconds), "DONE")
    ends = operation["asked"] + operation["stops"]["coil"] + seconds * 1000

    def held(door: dict[str, Any]) -> bool:  # before the answer is settled it is shown until when it may last at most
        return door["hold"] is not None and 0 <= door["hold"]["until"] - ends <= 1

    view = await s.shown(held, "the door held until then")
    assert view["hold"]["person"] == s.people[0][0]
    assert s.pulses() == 1
    assert s.coil_edges(value=0) == []
    return operation


async def let_go(s: Scene) -> None:
    await until(lambda: len(s.coil_edges(value=0)) == 1, "the coil to go off")
    await s.shown(lambda door: door["hold"] is None, "the door no longer held")


@story()
async def test_a_hold_is_ended_by_whoever_began_it_and_an_open_meanwhile_is_nothing_to_do(s: Scene) -> None:
    await let_hold(s)
    await hold(s)

    await s.ends(await s.press("open"), "ALREADY")
    await s.ends(await s.press("release"), "DONE")

    await let_go(s)
    await s.ends(await s.press("release"), "ALREADY")


@story(scale=10)
async def test_the_unit_ends_a_hold_by_itself(s: Scene) -> None:
    """A minute of it, ten times as fast."""
    await let_hold(s)
    press = {"state": "DECLINED"}
    while press["state"] == "DECLINED":  # a clock that runs ten times too fast makes commands die early
        s.board.doors[0].human_opens()  # makes the unit tell, and so its clock known anew
        await s.shown_state("open")
        press = await s.outcome(await s.press("hold", seconds=60))

    await until(lambda: len(s.coil_edges(value=0)) == 1, "the coil to go off")

    (on,), (off,) = s.coil_edges(), s.coil_edges(value=0)
    assert 5.5 <= (off.t_ns - on.t_ns) / 1e9 <= 8
    await s.shown(lambda door: door["hold"] is None, "the door no longer held")


@story()
async def test_a_removal_ends_the_hold_of_whoever_is_removed(s: Scene) -> None:
    await let_hold(s)
    other = await s.new_phone(-1)
    await hold(s)

    await remove_access(s)

    await until(lambda: len(s.coil_edges(value=0)) == 1, "the coil to go off")
    await other.until(lambda: other.doors[s.door]["hold"] is None, "the door no longer held", SOON_S)
    release = [row for row in s.rows().values() if row["action"] == "release"]
    assert [(row["way"], row["person"]) for row in release] == [("cloud", s.people[0][0])]
    await until(lambda: s.rows()[release[0]["id"]]["state"] == "DONE", "the release to be settled")


@story()
async def test_a_removal_while_the_unit_is_away_ends_the_hold_when_it_is_back(s: Scene) -> None:
    await let_hold(s)
    await hold(s)
    await s.away()

    await remove_access(s)
    assert s.coil_edges(value=0) == []
    await s.back()

    await until(lambda: len(s.coil_edges(value=0)) == 1, "the coil to go off")
    await until(lambda: [r["state"] for r in s.rows().values() if r["action"] == "release"] == ["DONE"], "its record")


@story()
async def test_a_unit_that_restarts_holds_nothing_and_the_screen_says_so(s: Scene) -> None:
    await let_hold(s)
    await hold(s)

    await s.power_cycle()

    await let_go(s)
    await s.shown(lambda door: door["link"] == "online" and door["hold"] is None, "the unit back, and nothing held")
    assert s.pulses() == 1


@story(alone=True)
async def test_a_cloud_that_was_killed_knows_again_who_holds_the_door(s: Scene) -> None:
    await let_hold(s)
    await hold(s)
    before = s.view["hold"]

    await s.crash()
    await s.restart()

    await s.shown(lambda door: door["hold"] == before, "the same hold")
    assert s.coil_edges(value=0) == []
    await s.ends(await s.press("release"), "DONE")
    await let_go(s)


@story()
async def test_an_admin_tries_the_whole_way_and_nothing_moves(s: Scene) -> None:
    place, admin = s.view["place"], {"Cookie": f"iomando={s.people[-1][1]}"}
    url = f"{s.cloud.url}/api/v1/places/{place}/boxes/{s.unit}/test"

    async with s.nobody.post(url, headers=admin) as answer:
        assert answer.status == 202
    line = await s.logged("self-test", unit=s.unit)

    assert line["ok"]
    (row,) = query(s.cloud.home, "SELECT test FROM units WHERE id = ?", (s.unit,))
    assert json.loads(row["test"])["ms"] == line["ms"]
    assert line["ms"] < SOON_S * 1000
    await asyncio.sleep(0)
    assert s.board.edges[:] == []
    await s.opens()
