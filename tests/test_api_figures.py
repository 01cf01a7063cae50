"""Figures through HTTP: opens by hour and weekday of one place, and what whoever runs the service sees of all."""

import datetime
import json
import sqlite3
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cloud import unit_facts
from cloud.certificates import Authority, write_private
from cloud.figure_types import HostUnit
from cloud.host_units import WORST, troubles, worst_first
from cloud.unit_facts import Facts, Signal
from firmware import wire
from tests.api_side import ApiSide, town
from tests.api_town import SPARE_UNIT
from tests.given import ASKED
from tests.slow_access import ms
from tests.unit_side import UNIT, UnitSide

__all__ = ["town"]
HOUR = 3_600_000
DAY = 24 * HOUR
PRESS = {
    "person": "mia",
    "session": "s-mia",
    "place": "home",
    "door": "gate",
    "unit": UNIT,
    "action": "open",
    "way": "app",
    "state": "DONE",
}
NONCE = bytes(range(8))


def disk(town: ApiSide, sql: str, *parameters: object) -> None:
    with sqlite3.connect(town.wired.store.path) as connection:
        connection.execute(sql, parameters)


def pressed(town: ApiSide, at: int, **fields: Any) -> None:
    number = town.rows("SELECT COUNT(*) FROM operations")[0][0]
    row = {**PRESS, "id": f"o{number}", "press_id": f"p{number}", "asked": at, "recorded": at + 5, "spent": 0, **fields}
    disk(town, f"INSERT INTO operations ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", *row.values())


async def opens(town: ApiSide, who: str = "adm", place: str = "home", **query: Any) -> dict[str, Any]:
    answer = await town.call(who, "GET", f"places/{place}/opens", query=query)
    assert answer.status == 200, answer.body
    return answer.body


# -- opens by hour


async def test_opens_are_counted_on_the_places_clock_across_the_night_it_goes_back(town: ApiSide) -> None:
    town.clock.ms = ms(datetime.datetime.fromisoformat("2026-10-27T10:00+00:00"))
    sunday = ms(datetime.datetime.fromisoformat("2026-10-24T22:00+00:00"))  # 00:00 in Madrid, of a day of 25 hours
    for hour in (2, 3, 3, 12):  # 2:00 in summer, 2:00 again in winter, 11:00
        pressed(town, sunday + hour * HOUR + 59_000)

    found = await opens(town)

    assert found["zone"] == "Europe/Madrid"
    assert found["total"] == 4
    assert found["cells"][6][2] == 3
    assert found["cells"][6][11] == 1
    assert sum(map(sum, found["cells"])) == 4


async def test_only_what_switched_a_door_of_this_place_in_these_days_counts(town: ApiSide) -> None:
    pressed(town, ASKED - HOUR)
    pressed(town, ASKED - HOUR, door="attic", action="press")
    pressed(town, ASKED - HOUR, action="close")
    pressed(town, ASKED - HOUR, state="REFUSED", reason="hours")
    pressed(town, ASKED - HOUR, state="UNKNOWN")
    pressed(town, ASKED - HOUR, place="shop", door="dock")
    pressed(town, ASKED - 29 * DAY)

    assert (await opens(town))["total"] == 2
    assert (await opens(town, door="attic"))["total"] == 1
    assert (await opens(town, days=84))["total"] == 3
    assert (await opens(town, "ada", "shop"))["total"] == 1


async def test_a_door_of_another_place_is_not_there_and_a_period_has_bounds(town: ApiSide) -> None:
    strange = await town.call("adm", "GET", "places/home/opens", query={"door": "dock"})
    asked = [await town.call("adm", "GET", "places/home/opens", query={"days": days}) for days in ("0", "85", "a")]

    assert strange.status == 404
    assert {answer.status for answer in asked} == {400}


# -- door boxes, for the host

UNITS = st.builds(
    HostUnit,
    unit=st.sampled_from("abcdef"),
    places=st.just(()),
    link=st.sampled_from(("online", "away")),
    heard=st.none() | st.integers(1, 9),
    firmware=st.none(),
    network=st.none(),
    signal=st.none(),
    dbm=st.none(),
    data=st.just(0),
    share=st.none(),
    faults=st.lists(st.sampled_from(WORST), unique=True).map(lambda found: tuple(n for n in WORST if n in found)),
)


@given(st.lists(UNITS))
def test_what_is_wrong_stands_first_and_none_is_lost(units: list[HostUnit]) -> None:
    shown = worst_first(units)
    ranks = [WORST.index(unit.faults[0]) if unit.faults else len(WORST) for unit in shown]

    assert ranks == sorted(ranks)
    assert sorted(map(repr, shown)) == sorted(map(repr, units))


def test_each_trouble_is_told_once_and_the_worst_first() -> None:
    every = dict.fromkeys(("coil", "sensor", "refused", "falling", "data"), True)
    nothing = dict.fromkeys(every, False)

    assert troubles("away", ("power", "journal", "tamper", "new"), **every, tested=False) == WORST[:-1]
    assert troubles("online", (), **nothing, tested=True) == ()
    assert troubles("never", (), **nothing, tested=None) == ("never",)


async def units(town: ApiSide, **query: str) -> dict[str, Any]:
    answer = await town.call("hos", "GET", "host/units", query=query)
    assert answer.status == 200, answer.body
    return answer.body


async def test_a_host_sees_every_box_with_what_is_wrong_with_it(town: ApiSide) -> None:
    unit, link = UnitSide(), town.wired.units.of(UNIT)
    assert link is not None
    link.welcome(NONCE, town.clock.mono())
    town.wired.units.take(link.up_topic, unit.hello(NONCE))
    unit.faults = wire.POWER_LOST
    town.wired.units.take(link.up_topic, unit.heartbeat())
    month = datetime.datetime.fromtimestamp(ASKED / 1000, datetime.UTC).strftime("%Y-%m")
    facts = Facts(network="modem", dbm=-95, signal=Signal(falling=True), alarmed=f"{month} of 50")
    test = json.dumps({"at": ASKED, "ok": False, "ms": None, "why": "silent"})
    disk(town, "UPDATE units SET facts = ?, test = ?, plan_mb = 50 WHERE id = ?", unit_facts.kept(facts), test, UNIT)
    disk(town, "INSERT INTO data_use VALUES (?, ?, 'opens', 40000000, 2000000)", UNIT, f"{month}-03")
    disk(town, "INSERT INTO data_use VALUES (?, '2020-01-03', 'opens', 7, 7)", UNIT)

    found = await units(town)

    assert (found["total"], found["found"], found["wrong"]) == (2, 2, 2)
    first, spare = found["units"]
    assert first["faults"] == ["away", "power", "test", "data", "signal"]  # no broker here: it cannot be reached
    assert first | {"network": "modem", "signal": "fair", "firmware": 100, "data": 42_000_000, "share": 0.84} == first
    assert {place["id"]: place["name"] for place in first["places"]} == {"home": "Home", "shop": "Shop"}
    assert spare | {"unit": SPARE_UNIT, "faults": ["never"], "places": [], "share": None} == spare


async def test_a_box_is_found_by_its_number_or_its_place_and_lists_have_an_end(town: ApiSide) -> None:
    assert [unit["unit"] for unit in (await units(town, find=SPARE_UNIT[:6]))["units"]] == [SPARE_UNIT]
    assert [unit["unit"] for unit in (await units(town, find=" hOMe"))["units"]] == [UNIT]
    assert (await units(town, find="nowhere"))["found"] == 0
    one = await units(town, limit="1", wrong="true")
    assert (len(one["units"]), one["found"]) == (1, 2)


async def test_a_revoked_box_is_not_among_them(town: ApiSide) -> None:
    disk(town, "UPDATE units SET revoked = 1 WHERE id = ?", SPARE_UNIT)

    assert [unit["unit"] for unit in (await units(town))["units"]] == [UNIT]


# -- the service, for the host


async def test_health_tells_what_is_wrong_and_how_the_last_days_presses_went(town: ApiSide) -> None:
    for number in range(10):
        pressed(town, ASKED - HOUR, coil=100 * (number + 1))
    pressed(town, ASKED - HOUR, state="REFUSED")
    pressed(town, ASKED - HOUR, state="NOT_SENT")
    pressed(town, ASKED - HOUR, state="UNKNOWN")
    pressed(town, ASKED - 25 * HOUR, coil=9_000)
    now = datetime.datetime.fromtimestamp(ASKED / 1000, datetime.UTC)
    authority = Authority.made(now)
    write_private(town.folder / "keys" / "authority.crt", authority.issued.pem())
    soon = authority.server(["doors.example"], now, datetime.timedelta(days=20))
    write_private(town.folder / "keys" / "broker.crt", soon.pem())

    answer = await town.call("hos", "GET", "host/health")
    health = answer.body

    presses = {"asked": 13, "opened": 10, "refused": 1, "failed": 1, "unknown": 1, "half_ms": 600, "most_ms": 1000}
    assert health["presses"] == presses
    assert health["wrong"][0] == "broker"
    assert health["wrong"][-1] == "certificate"
    days = {each["name"]: each["days"] for each in health["certificates"]}
    assert days == {"authority": 14_600, "cloud": 20}
    assert (health["online"], health["away"], health["never"]) == (0, 0, 2)
    assert health["restarts"] is None


async def test_a_service_without_a_press_has_no_times(town: ApiSide) -> None:
    presses = (await town.call("hos", "GET", "host/health")).body["presses"]

    assert (presses["asked"], presses["half_ms"], presses["most_ms"]) == (0, None, None)
