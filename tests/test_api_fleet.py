"""What maintainers ask before a release goes out, and what an admin is told of an update, through HTTP."""

import sqlite3
from typing import Any

from tests.api_side import ApiSide, town
from tests.api_town import SPARE_UNIT
from tests.given import ASKED
from tests.unit_side import UNIT

__all__ = ["town"]


def disk(town: ApiSide, sql: str, *parameters: object) -> None:
    with sqlite3.connect(town.wired.store.path) as connection:
        connection.execute(sql, parameters)


async def asked(town: ApiSide, method: str, path: str, body: Any = None) -> Any:
    answer = await town.call("mai", method, path, body)
    assert answer.status == 200, answer.body
    return answer.body


async def test_a_preview_tells_the_waves_and_who_fits_and_changes_nothing(town: ApiSide) -> None:
    before = town.dump()
    link = town.wired.units.of(UNIT)
    assert link
    link.firmware = 2
    found = await asked(town, "POST", "rollouts/preview", {"release": 2, "hours": None})

    by_unit = {one["unit"]: one for one in found["each"]}
    has_it = {"unit": UNIT, "places": ["Home", "Shop"], "online": False, "firmware": 2, "takes": False, "reason": "old"}
    nowhere = {"places": [], "online": False, "firmware": None, "takes": True, "reason": "away"}
    assert by_unit == {UNIT: has_it, SPARE_UNIT: {"unit": SPARE_UNIT, **nowhere}}
    assert (found["waves"], found["limits"], found["first"]) == ([1], [2], 1)

    link.firmware = 1
    both = await asked(town, "POST", "rollouts/preview", {"release": 2, "first": 1})
    assert (sum(both["waves"]), len(both["limits"])) == (2, len(both["waves"]))
    assert (await town.call("mai", "POST", "rollouts/preview", {"release": 9})).status == 404
    assert town.dump() == before


async def test_units_that_do_not_speak_the_newest_wire_are_named_before_an_upgrade(town: ApiSide) -> None:
    disk(town, "UPDATE units SET wire = 1 WHERE id = ?", UNIT)
    unheard = {"unit": SPARE_UNIT, "places": [], "wire": None}
    assert await asked(town, "GET", "wires") == {"wire": 1, "units": 2, "each": [unheard]}

    disk(town, "UPDATE units SET wire = 0 WHERE id = ?", UNIT)
    disk(town, "UPDATE units SET revoked = 5 WHERE id = ?", SPARE_UNIT)
    older = {"unit": UNIT, "places": ["Home", "Shop"], "wire": 0}
    assert await asked(town, "GET", "wires") == {"wire": 1, "units": 1, "each": [older]}


async def test_a_release_names_its_boards_and_who_published_it(town: ApiSide) -> None:
    disk(town, 'UPDATE releases SET "by" = ?', "mai")
    await town.wired.releases.load()
    (release,) = await asked(town, "GET", "releases")

    assert (release["boards"], release["by_name"]) == (["ESP32"], "Mai")


async def test_failures_that_were_seen_by_who_resumed_it_are_not_counted_again(town: ApiSide) -> None:
    async def told() -> Any:
        town.wired.rollouts.current = None  # as another process finds it
        await town.wired.rollouts.load()
        (rollout,) = await asked(town, "GET", "rollouts")
        return rollout["failures"], rollout["counted"], rollout["limit"], rollout["hours"]

    assert await told() == (0, 0, 2, [60, 300])
    disk(town, "UPDATE rollout_units SET state = 'failed', wave = 1, failed = ?", ASKED)
    assert (await told())[:2] == (1, 1)
    disk(town, "UPDATE rollouts SET forgiven = ?", ASKED)
    assert (await told())[:2] == (1, 0)
    disk(town, "UPDATE rollouts SET forgiven = 0, wave = 2")
    assert (await told())[:2] == (1, 0), "of the wave before"


async def test_an_admin_is_told_how_the_last_update_of_a_box_ended(town: ApiSide) -> None:
    async def update() -> Any:
        answer = await town.call("adm", "GET", "places/home/boxes")
        return next(box["update"] for box in answer.body if box["unit"] == UNIT)

    assert await update() is None, "it waits for one"
    disk(town, "UPDATE rollout_units SET state = 'soaking', moved = ?, away_s = 40", ASKED)
    told = {"at": ASKED, "release": 2, "version": "1.0.2", "away_s": 40, "reason": None}
    assert await update() == told
    disk(town, "UPDATE rollout_units SET state = 'failed', reason = 'no_cloud', away_s = NULL")
    assert await update() == {**told, "away_s": None, "reason": "no_cloud"}
    columns = "release, state, wave, plan, started, forgiven"
    disk(town, f"INSERT INTO rollouts (id, {columns}) SELECT 2, {columns} FROM rollouts")
    units = "INSERT INTO rollout_units (rollout, unit, turn, state, tries, moved) VALUES (2, ?, 0, 'good', 1, ?)"
    disk(town, units, UNIT, ASKED + 5)
    assert await update() == {**told, "at": ASKED + 5, "away_s": None}, "the last one counts"
