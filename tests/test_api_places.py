"""A place, its doors and who may open what, through HTTP: what a change does, what it would do, and who may when."""

import datetime
from typing import Any

import pytest

from tests.api_side import ApiSide, town
from tests.api_town import POSTERS, SPARE_UNIT
from tests.given import ASKED

__all__ = ["town"]
DAY = 24 * 3600 * 1000
NEW = {"name": "Harbour 3", "zone": "Europe/Madrid", "owner": "+34612999020", "owner_name": "Olga"}


async def test_the_host_makes_a_place_and_its_owner_signs_in_by_a_code(town: ApiSide) -> None:
    place = (await town.call("hos", "POST", "places", NEW)).body["id"]
    asked = await town.call(None, "POST", "sign-in/code", {"contact": NEW["owner"]})
    await town.wired.codes.recorded()
    await town.sign_in("olga", "sign-in/verify", {"ticket": asked.body["ticket"], "code": town.carrier.codes[0][1]})

    shown = await town.place("olga", place)

    assert shown["place"]["name"] == "Harbour 3"
    assert [p["member"]["role"] for p in shown["people"]] == ["owner"]
    assert (await town.call("hos", "GET", f"places/{place}")).status == 404, "who runs the service does not look in"
    assert town.told(place) == ["place_added"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Europe/Nowhere"},
        {"zone": "../../etc/passwd"},
        {"country": "XX"},
        {"country": "ES", "region": "ZZ"},
        {"owner": "nobody"},
        {"owner_name": " "},
        {"organisation": "a\nb"},
    ],
    ids=str,
)
async def test_a_place_nobody_could_reckon_in_is_not_made(town: ApiSide, wrong: dict[str, str]) -> None:
    before = town.dump()

    refused = await town.call("hos", "POST", "places", {**NEW, **wrong})

    assert (refused.status, refused.reason) == (422, "invalid")
    assert town.dump() == before


async def test_a_place_is_changed_and_what_was_not_said_stays(town: ApiSide) -> None:
    change = {"version": 1, "help_name": "Caretaker", "help_contact": "+34612999021", "country": "ES", "region": "CT"}
    assert (await town.call("adm", "PATCH", "places/home", change)).status == 204
    assert (await town.call("adm", "PATCH", "places/home", {"version": 2, "help_name": None})).status == 204

    shown = await town.place()

    assert (shown["place"]["name"], shown["place"]["help_name"], shown["holidays"]) == ("Home", None, True)
    assert shown["place"]["help_contact"] == "+34612999021"


async def test_holidays_need_a_place_that_has_some(town: ApiSide) -> None:
    hours = {"holidays": "closed"}
    grant = {"person": "tom", "hours": hours}

    assert (await town.call("adm", "POST", "places/home/grants", grant)).reason == "holidays"
    await town.call("adm", "PATCH", "places/home", {"version": 1, "country": "ES", "region": "CT"})
    assert (await town.call("adm", "POST", "places/home/grants", grant)).status == 201
    refused = await town.call("adm", "PATCH", "places/home", {"version": 2, "country": None, "region": None})
    assert (refused.status, refused.reason) == (422, "holidays")


async def test_an_installer_puts_a_door_in_and_takes_it_out(town: ApiSide) -> None:
    door = {"name": "Garage", "unit": SPARE_UNIT, "number": 1, "drive": "toggle", "sensor": True}
    made = (await town.call("ins", "POST", "places/home/doors", door)).body["id"]
    again = await town.call("ins", "POST", "places/home/doors", door)
    assert (again.status, again.reason) == (422, "invalid"), "there is a door at that number"
    assert (await town.call("ins", "POST", "places/home/doors", {**door, "unit": "00000000"})).status == 404
    assert made in await town.doors_of("adm")

    assert (await town.call("adm", "PATCH", f"doors/{made}", {"version": 1, "travel_s": 20})).status == 204
    (shown,) = [d for d in (await town.place())["doors"] if d["door"]["id"] == made]
    assert (shown["door"]["travel_s"], shown["pending"]) == (20, True)
    assert (await town.call("adm", "DELETE", f"doors/{made}", {"version": 2})).status == 403
    assert (await town.call("ins", "DELETE", f"doors/{made}", {"version": 2})).status == 204
    assert made not in await town.doors_of("adm")
    assert (await town.call("adm", "PATCH", f"doors/{made}", {"version": 3})).status == 404


async def test_a_door_that_goes_takes_what_opened_nothing_else(town: ApiSide) -> None:
    await town.call("ins", "DELETE", "doors/gate", {"version": 1})

    left = {grant["id"]: grant["doors"] for grant in (await town.place())["grants"]}

    assert "tom-gate" not in left
    assert left["tom-attic"] == ["attic"]
    assert await town.press("tom", "gate") is not None


# -- who may open what


async def test_hours_are_of_the_places_clock(town: ApiSide) -> None:
    """ASKED is a Monday, 15:33 in Madrid."""
    local = datetime.datetime.fromtimestamp(ASKED / 1000, datetime.UTC)
    minute = local.hour * 60 + local.minute + 120
    path, windows = "places/home/grants/tom-gate", [{"days": [0, 1, 2, 3, 4, 5, 6], "starts": 0, "ends": minute}]

    assert (await town.call("adm", "PATCH", path, {"version": 1, "hours": {"windows": windows}})).status == 204
    assert await town.press("tom", "gate") == "hours"
    windows[0]["ends"] = minute + 1
    assert (await town.call("adm", "PATCH", path, {"version": 2, "hours": {"windows": windows}})).status == 204
    assert await town.press("tom", "gate") is None
    assert (await town.doors_of("tom"))["gate"]["may"]["until"] == ASKED - ASKED % 60_000 + 60_000


WRONG_HOURS: list[dict[str, Any]] = [
    {"windows": [{"days": [], "starts": 0, "ends": 60}]},
    {"windows": [{"days": [7], "starts": 0, "ends": 60}]},
    {"windows": [{"days": [0], "starts": 60, "ends": 60}]},
    {"windows": [{"days": [0], "starts": -1, "ends": 60}]},
    {"added": [{"date": "2027-02-29"}]},
    {"removed": ["2027-01-01", "2027-01-01"]},
    {"holidays": "own"},
    {"removed": ["٢٠٢٧-٠١-٠١"]},
]


@pytest.mark.parametrize("hours", WRONG_HOURS, ids=str)
async def test_hours_that_mean_nothing_are_refused_in_words(town: ApiSide, hours: dict[str, Any]) -> None:
    before = town.dump()

    made = await town.call("adm", "POST", "places/home/grants", {"person": "tom", "hours": hours})
    changed = await town.call("adm", "PATCH", "places/home/grants/tom-gate", {"version": 1, "hours": hours})

    assert {made.reason, changed.reason} == {"invalid"}
    assert town.dump() == before


@pytest.mark.parametrize(
    "grant",
    [
        {},
        {"person": "tom", "group": "cleaners-home"},
        {"person": "wes"},
        {"group": "cleaners-shop"},
        {"person": "tom", "doors": ["dock"]},
        {"person": "tom", "doors": ["gate", "gate"]},
        {"person": "tom", "starts": 2, "ends": 1},
        {"person": "tom", "note": "a\nb"},
    ],
    ids=str,
)
async def test_an_access_of_nobody_or_to_elsewhere_is_not_made(town: ApiSide, grant: dict[str, Any]) -> None:
    before = town.dump()

    refused = await town.call("adm", "POST", "places/home/grants", grant)

    assert refused.status in (404, 422)
    assert town.dump() == before


async def test_an_access_is_given_changed_and_taken_away_by_its_version(town: ApiSide) -> None:
    made = (await town.call("adm", "POST", "places/home/grants", {"person": "tom", "doors": ["attic"]})).body["id"]
    path = f"places/home/grants/{made}"
    assert await town.press("tom", "attic") is None
    assert (await town.call("adm", "PATCH", path, {"version": 1, "suspended": True})).status == 204
    assert await town.press("tom", "attic") == "suspended"

    assert (await town.call("adm", "DELETE", path, query={"version": "1"})).reason == "conflict"
    assert (await town.call("adm", "DELETE", path, query={"version": "2"})).status == 204
    assert (await town.call("adm", "DELETE", path)).status == 404
    assert town.told() == ["access_added", "access_changed", "access_removed"]


async def test_an_access_taken_away_by_its_id_alone_is_taken_away(town: ApiSide) -> None:
    assert (await town.call("ada", "DELETE", "grants/tom-gate")).status == 404
    assert (await town.call("adm", "DELETE", "grants/tom-gate")).status == 204
    assert await town.press("tom", "gate") == "access"


async def test_a_place_of_thousands_is_sent_as_small_as_the_browser_takes_it(
    town: ApiSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2 MB of five thousand people would take a slow line longer than the app waits."""
    url = f"http://127.0.0.1:{town.port}/api/v1/places/home"

    async def got(accepts: str) -> tuple[str | None, Any]:
        headers = {**town.signed_in("adm"), "Accept-Encoding": accepts}
        async with town.http.get(url, headers=headers) as response:
            return response.headers.get("Content-Encoding"), await response.json()

    _, short = await got("gzip")
    monkeypatch.setattr("cloud.api.LONG_BYTES", 500)

    assert await got("gzip") == ("gzip", short)
    assert await got("identity") == (None, short)


# -- what if


async def test_a_look_at_a_change_says_what_it_does_and_does_nothing(town: ApiSide) -> None:
    before = town.dump()
    wanted = {"grant": "tom-gate", "change": {"version": 1, "ends": ASKED + DAY}}
    ends = await town.call("adm", "POST", "places/home/preview", wanted)
    gone = await town.call("adm", "POST", "places/home/preview", {"grant": "tom-gate"})
    new = {"new": {"person": "tom", "doors": ["attic"]}}
    given = await town.call("adm", "POST", "places/home/preview", new)
    out = await town.call("adm", "POST", "places/home/preview", {"person": "mia", "suspended": True})

    assert (ends.body["shuts_out"], ends.body["now_out"]) == ([{"person": "tom", "doors": ["gate"]}], [])
    assert (gone.body["shuts_out"], gone.body["now_out"]) == ([{"person": "tom", "doors": ["gate"]}], ["tom"])
    assert (given.body["lets_in"], given.body["now_in"]) == ([{"person": "tom", "doors": ["attic"]}], ["tom"])
    assert out.body["now_out"] == ["gus", "mia"]  # her guest, with her
    assert town.dump() == before
    assert await town.press("tom", "gate") is None


async def test_a_look_at_a_change_that_could_not_be_made_is_refused_as_the_change_is(town: ApiSide) -> None:
    for wanted, reason in (
        ({}, "invalid"),
        ({"grant": "tom-gate", "person": "tom"}, "invalid"),
        ({"grant": "wes-dock"}, "unknown"),
        ({"person": "wes"}, "unknown"),
        ({"new": {"person": "tom", "hours": {"holidays": "closed"}}}, "holidays"),
        ({"grant": "tom-gate", "change": {"version": 9}}, "conflict"),
        ({"person": "own"}, "role"),
    ):
        assert (await town.call("adm", "POST", "places/home/preview", wanted)).reason == reason, wanted


async def test_a_look_at_a_group_tells_those_it_changes_nothing_for_apart(town: ApiSide) -> None:
    """Nora and Olga hold the same, but Olga is suspended."""
    people = {}
    for number, name in enumerate(("Nora", "Olga")):
        person = {"contact": f"+3461299904{number}", "name": name, "access": None}
        people[name] = (await town.call("adm", "POST", "places/home/people", person)).body["person"]
        await town.call("adm", "PUT", f"places/home/groups/cleaners-home/people/{people[name]}")
    grant = (await town.call("adm", "POST", "places/home/grants", {"group": "cleaners-home"})).body["id"]
    await town.call("adm", "PATCH", f"places/home/people/{people['Olga']}", {"version": 1, "suspended": True})

    look = (await town.call("adm", "POST", "places/home/preview", {"grant": grant})).body

    assert look["now_out"] == [people["Nora"]]
    assert [effect["person"] for effect in look["shuts_out"]] == [people["Nora"]]


async def test_a_look_at_a_group_a_role_or_a_door_says_whom_it_lets_in_or_shuts_out(town: ApiSide) -> None:
    await town.call("adm", "PUT", "places/home/groups/cleaners-home/people/tom")
    await town.call("adm", "POST", "places/home/grants", {"group": "cleaners-home", "doors": ["attic"]})
    guest = {"name": "Gil", "doors": ["gate"]}
    gil = (await town.call("mia", "POST", "places/home/guests", guest)).body["person"]
    before = town.dump()

    async def look(who: str = "own", **wanted: Any) -> tuple[list[str], list[str], list[str]]:
        found = await town.call(who, "POST", "places/home/preview", wanted)
        assert found.status == 200, found
        lets_in, shuts_out = ([each["person"] for each in found.body[name]] for name in ("lets_in", "shuts_out"))
        return lets_in, shuts_out, found.body["now_out"]

    assert await look(group={"id": "cleaners-home", "joins": "mia"}) == (["mia"], [], [])
    assert await look(group={"id": "cleaners-home", "leaves": "tom"}) == ([], ["tom"], ["tom"])
    assert await look(group={"id": "cleaners-home"}) == ([], ["tom"], ["tom"])
    theirs = sorted([gil, "gus", "mia", "sco", "tom"])
    assert await look(door="gate") == ([], theirs, theirs)
    assert await look(person="mia", becomes={"may_invite": False}) == ([], [gil], [gil])
    assert await look(person="mia", becomes={"role": "admin"}) == ([], [], [])
    assert town.dump() == before

    for wanted in (
        {"group": {"id": "cleaners-home", "joins": "gus"}},
        {"group": {"id": "cleaners-shop"}},
        {"group": {"id": "cleaners-home", "joins": "mia", "leaves": "tom"}},
        {"door": "dock"},
        {"person": "mia", "becomes": {"role": "admin", "suspended": True}},
        {"place": {"version": 9, "zone": "Asia/Tokyo"}},
        {"place": {"version": 1, "zone": "Mars/Olympus"}},
        {"place": {"version": 1, "zone": "Asia/Tokyo"}, "door": "gate"},
    ):
        assert (await town.call("adm", "POST", "places/home/preview", wanted)).status in (403, 404, 409, 422), wanted
    assert (
        await town.call("adm", "POST", "places/home/preview", {"person": "mia", "becomes": {"role": "admin"}})
    ).reason == "role"
    assert town.dump() == before


async def test_a_look_at_a_request_says_whom_granting_it_lets_in_and_decides_nothing(town: ApiSide) -> None:
    asked = (await town.call("eve", "POST", "asks", {"poster": POSTERS["home"], "name": "Eve"})).body["id"]
    before = town.dump()

    async def look(who: str = "adm", **wanted: Any) -> Any:
        return await town.call(who, "POST", "places/home/preview", wanted)

    access = await look(request=asked, access={"doors": ["attic"]})
    assert access.body["lets_in"] == [{"person": "eve", "doors": ["attic"]}]
    assert (access.body["now_in"], access.body["shuts_out"]) == (["eve"], [])
    entry = await look(request="asked-home", access={"doors": ["gate"]})
    assert entry.body["lets_in"] == [{"person": "tom", "doors": ["attic"]}], "only that door, whatever is said"

    for wanted, reason in (
        ({"request": asked}, "invalid"),
        ({"request": "asked-shop"}, "unknown"),
        ({"request": "offered-home"}, "unknown"),
        ({"request": asked, "door": "gate"}, "invalid"),
        ({"request": "none", "access": {}}, "unknown"),
    ):
        assert (await look(**wanted)).reason == reason, wanted
    assert town.dump() == before


async def test_a_look_at_another_clock_says_whose_hours_move(town: ApiSide) -> None:
    """Tom's are by the clock; Mia's are always."""
    hours = {"windows": [{"days": [0, 1, 2, 3, 4, 5, 6], "starts": 540, "ends": 1020}]}
    await town.call("adm", "PATCH", "places/home/grants/tom-gate", {"version": 1, "hours": hours})
    version = (await town.call("adm", "GET", "places/home")).body["place"]["version"]

    tokyo = await town.call("adm", "POST", "places/home/preview", {"place": {"version": version, "zone": "Asia/Tokyo"}})
    named = await town.call("adm", "POST", "places/home/preview", {"place": {"version": version, "name": "Elsewhere"}})

    tom = [{"person": "tom", "doors": ["gate"]}]
    assert (tokyo.body["lets_in"], tokyo.body["shuts_out"]) == (tom, tom)
    assert (named.body["lets_in"], named.body["shuts_out"]) == ([], [])


async def test_why_she_may_not_is_answered_for_every_door_at_once(town: ApiSide) -> None:
    answers = (await town.call("adm", "GET", "places/home/may", query={"person": "tom"})).body["answers"]

    assert {each["door"]: each["reason"] for each in answers} == {"gate": None, "attic": "suspended"}


async def test_who_may_is_asked_of_any_moment(town: ApiSide) -> None:
    await town.call("adm", "PATCH", "places/home/grants/tom-gate", {"version": 1, "ends": ASKED + DAY})

    now = await town.call("adm", "GET", "places/home/who", query={"door": "gate"})
    later = await town.call("adm", "GET", "places/home/who", query={"door": "gate", "at": str(ASKED + DAY)})
    asked = {"person": "tom", "door": "gate", "at": str(ASKED + DAY)}
    (tom,) = (await town.call("adm", "GET", "places/home/may", query=asked)).body["answers"]

    assert {"tom", "mia"} <= {answer["person"] for answer in now.body["answers"]}
    assert {a["person"] for a in now.body["answers"]} - {a["person"] for a in later.body["answers"]} == {"tom"}
    assert (tom["allowed"], tom["reason"], tom["rule"]) == (False, "ended", "tom-gate")
    asked["door"] = "dock"
    assert (await town.call("adm", "GET", "places/home/may", query=asked)).status == 404
    assert (await town.call("adm", "GET", "places/home/who", query={"at": str(1 << 53)})).status == 422
