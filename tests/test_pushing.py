"""Web push from what happened to what a browser decrypts: who is told, in which words, and who is not; and phones that
are not hers any more. With a real push service on this machine.
"""

import json
from typing import Any

from cloud import push_rules, pushing, records
from cloud.hours import DAY_MS
from cloud.messages import AlarmView
from cloud.operations import State
from tests.given import ASKED, operation
from tests.push_side import MINUTE, Side, side, until

__all__ = ["side"]


# -- what arrives


async def test_an_alarm_arrives_for_those_who_manage_the_place_and_asked_and_names_nobody(side: Side) -> None:
    adm, own = await side.browser("adm"), await side.browser("own", "access_changed")
    tom, ada = await side.browser("tom"), await side.browser("ada")

    side.alarm("away")
    await side.out.settled()

    (told,) = side.service.to(adm)
    assert [side.service.to(other) for other in (own, tom, ada)] == [[], [], []]
    assert told.keys() == {"kind", "title", "body", "tag", "url", "at"}
    assert (told["kind"], told["url"], told["at"]) == ("alarms", "/#alarms", ASKED - 5 * MINUTE)
    assert told["title"] == "A door box is silent"
    assert "Since " in told["body"]
    said = json.dumps([told["title"], told["body"]]).casefold()
    assert not [word for word in ("home", "gate", "attic", "adm", "tom", "+34") if word in said]

    (pushed,) = side.service.pushed
    assert (pushed.headers["TTL"], pushed.headers["Urgency"]) == ("14400", "high")
    assert len(pushed.headers["Topic"]) == 32
    assert pushed.claims["aud"] == side.service.address
    assert pushed.claims["sub"] == "https://doors.example"
    assert 0 < pushed.claims["exp"] - side.town.clock.now() // 1000 <= 24 * 3600
    answer = await side.town.call("adm", "GET", "push/key")
    assert pushed.headers["Authorization"].endswith(f"k={answer.body['key']}")
    assert b"Since" not in pushed.body


async def test_every_message_is_as_long_as_any_other_and_two_phones_share_no_mark(side: Side) -> None:
    await side.browser("adm")
    await side.browser("own")

    side.alarm("away")
    side.alarm("signal", "2", first=False)
    await side.out.settled()

    assert len(side.service.pushed) == 4
    assert len({len(each.body) for each in side.service.pushed}) == 1
    assert len({each.headers["Topic"] for each in side.service.pushed}) == 4


async def test_what_is_told_again_replaces_what_it_was_told_as_and_says_so(side: Side) -> None:
    adm = await side.browser("adm")

    side.alarm("left_open")
    await side.out.settled()
    side.town.clock.ms += 30 * MINUTE
    side.alarm("left_open", first=False)
    await side.out.settled()

    first, again = side.service.to(adm)
    assert first["tag"] == again["tag"]
    assert "acknowledged" not in first["body"]
    assert "Nobody has acknowledged" in again["body"]


async def test_a_door_left_open_is_told_to_those_who_may_open_it_now_and_to_no_manager_twice(side: Side) -> None:
    tom, mia = await side.browser("tom"), await side.browser("mia", "alarms", "guest_came")
    sue, eve = await side.browser("sue"), await side.browser("eve")
    adm = await side.browser("adm")

    side.out.left_open("home", "gate", ASKED - MINUTE)
    side.out.left_open("home", "attic", ASKED - MINUTE)  # every access to it is suspended
    await side.out.settled()

    (told,) = side.service.to(tom)
    assert (told["kind"], told["url"]) == ("left_open", "/#door=gate")
    assert [side.service.to(each) for each in (mia, sue, eve, adm)] == [[], [], [], []]


async def test_a_host_is_told_of_her_guest_once_a_day_whatever_the_guest_opens(side: Side) -> None:
    mia, adm = await side.browser("mia"), await side.browser("adm")

    became = [("gus", State.NOT_SENT), ("gus", State.DONE), ("gus", State.DONE), ("tom", State.DONE)]
    for number, (guest, state) in enumerate(became):
        at = side.town.clock.ms = ASKED + number * 1000
        who = {"person": guest, "session": f"s-{guest}"}
        one = operation(id=f"op{number}", press_id=f"{number:022}", state=state, recorded=at, **who)
        assert await side.town.wired.store.record_anyway(one, records.settled(one, at))
    await side.out.settled()

    (told,) = side.service.to(mia)
    assert (told["kind"], told["url"], told["at"]) == ("guest_came", "/#door=gate", ASKED + 1000)
    assert "gus" not in json.dumps([told["title"], told["body"]]).casefold()
    side.town.clock.ms = at = ASKED + DAY_MS
    one = operation(id="next", press_id="n" * 22, person="gus", session="s-gus", state=State.DONE, recorded=at)
    assert await side.town.wired.store.record_anyway(one, records.settled(one, at))
    await side.out.settled()
    assert len(side.service.to(mia)) == 2, "the next day"
    assert side.service.to(adm) == []


async def test_a_change_of_access_is_told_to_whom_it_concerns_in_her_language_and_not_to_who_made_it(
    side: Side,
) -> None:
    assert (await side.town.call("tom", "PATCH", "me", {"language": "ca"})).status == 200
    tom, adm, mia = await side.browser("tom"), await side.browser("adm"), await side.browser("mia")
    change: Any = {"version": 1, "suspended": True}
    assert (await side.town.call("adm", "PATCH", "places/home/grants/tom-gate", change)).status == 204
    await side.out.settled()
    own_change = await side.town.call("adm", "PATCH", "places/home/grants/adm-attic", {"version": 1, "uses": 4})
    assert own_change.status == 204
    assert (await side.town.call("adm", "DELETE", "places/home/people/tom")).status == 204
    await side.out.settled()

    assert [told["title"] for told in side.service.to(tom)] == [
        "El teu accés està en pausa",
        "Un accés teu s'ha acabat",
    ]
    assert side.service.to(tom)[0]["url"] == "/"
    assert [side.service.to(each) for each in (adm, mia)] == [[], []]


# -- a phone that is not hers any more


async def test_a_session_that_has_ended_is_told_nothing_and_its_address_is_forgotten(side: Side) -> None:
    adm, own = await side.browser("adm"), await side.browser("own")
    assert side.subscribed() == [("adm", "adm"), ("own", "own")]

    assert (await side.town.call("adm", "POST", "sign-out")).status == 204
    assert side.subscribed() == [("own", "own")]
    side.alarm()
    await side.out.settled()

    assert (side.service.to(adm), len(side.service.to(own))) == ([], 1)


async def test_a_session_that_ends_while_its_message_waits_is_told_nothing(side: Side) -> None:
    """Also where another process has ended it, or where she was made a plain member meanwhile."""
    side.service.go_on.clear()
    own = await side.browser("own")
    adm, own2 = await side.browser("adm"), await side.browser("own2")
    for number in range(pushing.AT_ONCE):  # as many as are posted at once: the rest waits
        side.alarm("away", f"busy{number}", "own")
    await until(side.service, pushing.AT_ONCE)

    view = AlarmView("x", "home", "tamper", "gate", None, ASKED)
    await side.out._alarm("home", view, frozenset({"adm", "own2"}), first=True)
    assert sum(map(len, side.out._lines.values())) == 2
    async with side.town.wired.store.engine.begin() as c:
        await c.exec_driver_sql("UPDATE sessions SET ended = 1 WHERE id = 's-adm'")
    role = await side.town.call("own", "PUT", "places/home/people/own2/role", {"role": "member"})
    assert role.status == 204, role.body
    side.service.go_on.set()
    await side.out.settled()

    assert len(side.service.to(own)) == pushing.AT_ONCE
    assert side.service.to(adm) == []
    assert [told for told in side.service.to(own2) if told["kind"] == "alarms"] == []


async def test_a_phone_that_was_handed_on_tells_whoever_has_it_now(side: Side) -> None:
    """The browser has one address; the first session was never ended."""
    await side.browser("adm", name="phone")
    now = await side.browser("tom", name="phone")
    assert side.subscribed() == [("tom", "phone")]

    side.alarm()
    side.out.left_open("home", "gate", ASKED)
    await side.out.settled()

    assert [told["kind"] for told in side.service.to(now)] == ["left_open"]
    assert len(side.service.pushed) == 1


async def test_a_session_of_one_place_is_told_nothing_of_another(side: Side) -> None:
    """Sco owns home, too, but whoever made her link of the shop may be holding that phone."""
    sco = await side.browser("sco")

    side.alarm("away", "1", "sco")
    side.alarm("away", "2", "sco", place="shop")  # where she manages nothing
    await side.town.call("own", "PATCH", "places/home/grants/sco-home", {"version": 1, "suspended": True})
    await side.out.settled()
    assert side.service.to(sco) == []

    changed = await side.town.call("ada", "PATCH", "places/shop/grants/sco-dock", {"version": 1, "suspended": False})
    assert changed.status == 204
    await side.out.settled()
    assert [told["kind"] for told in side.service.to(sco)] == ["access_changed"]


async def test_each_session_has_one_subscription_and_a_person_so_many(side: Side) -> None:
    before = await side.town.call("adm", "GET", "me/push")
    await side.browser("adm", name="old")
    await side.browser("adm", "alarms", "left_open", name="new")
    after = await side.town.call("adm", "GET", "me/push")
    other = await side.town.call("adm-other", "GET", "me/push")

    assert side.subscribed() == [("adm", "new")]
    assert (before.body, after.body, other.body) == ({"wants": None}, {"wants": ["alarms", "left_open"]}, before.body)
    assert (await side.town.call("adm", "DELETE", "me/push")).status == 204
    assert (side.subscribed(), (await side.town.call("adm", "GET", "me/push")).body) == ([], {"wants": None})

    async with side.town.wired.store.engine.begin() as c:
        for number in range(push_rules.SUBSCRIPTIONS):
            values = (f"x{number}", "adm", f"session{number}", f"https://x/{number}", b"", b"", "[]", number)
            await c.exec_driver_sql("INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    await side.browser("adm", name="one-more")
    assert len(side.subscribed()) == push_rules.SUBSCRIPTIONS
    assert ("adm", "0") not in side.subscribed()
    assert ("adm", "one-more") in side.subscribed()
