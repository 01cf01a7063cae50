"""Web push from what happened to what a browser decrypts: who is told, in which words, and who is not. With a real push
service on this machine, and attacks on it and by it.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from cloud import push_rules, pushing, records
from cloud.hours import DAY_MS
from cloud.messages import AlarmView
from cloud.operations import State
from cloud.pushing import Pushing
from tests.api_calls import ENDPOINT, P256DH
from tests.api_side import ApiSide
from tests.given import ASKED, operation
from tests.push_side import EVERYTHING, Browser, PushService, browser, push_service

MINUTE = 60_000
WAIT_S = 5


class Side(msgspec.Struct):
    town: ApiSide
    services: tuple[PushService, ...]

    @property
    def service(self) -> PushService:
        return self.services[0]

    @property
    def out(self) -> Pushing:
        return self.town.wired.pushing

    async def browser(self, who: str, *wants: str, name: str = "") -> Browser:
        return await browser(self.town, self.service, who, *wants, name=name)

    def subscribed(self) -> list[tuple[str, str]]:
        found = self.town.rows("SELECT person, endpoint FROM subscriptions ORDER BY person, endpoint")
        return [(person, endpoint.rpartition("/")[2]) for person, endpoint in found]

    def alarm(self, kind: str = "away", id_: str = "1", *people: str, first: bool = True, place: str = "home") -> None:
        view = AlarmView(id_, place, kind, "gate", None, ASKED - 5 * MINUTE)
        self.out.alarm(place, view, people or ("own", "adm", "tom", "mia", "ada"), first)


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[Side]:
    async with AsyncExitStack() as stack:
        services = (await stack.enter_async_context(push_service()), await stack.enter_async_context(push_service()))
        hosts = " ".join(service.address for service in services)
        town = await stack.enter_async_context(ApiSide(tmp_path / "town", push_hosts=hosts))
        town.wired.pushing.start()
        yield Side(town, services)
        for service in services:
            service.go_on.set()


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
    await _until(side.service, pushing.AT_ONCE)

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


# -- addresses that come from a user

HOSTILE = [
    "http://fcm.googleapis.com/x",
    "https://fcm.googleapis.com",
    "https://fcm.googleapis.com.evil.example/x",
    "https://evil.example/fcm.googleapis.com",
    "https://xfcm.googleapis.com/x",
    "https://fcm.googleapis.com@evil.example/x",
    "https://user:pw@fcm.googleapis.com/x",
    "https://evil.example\\@fcm.googleapis.com/x",
    "https://fcm.googleapis.com\\.evil.example/x",
    "https://fcm.googleapis.com:8443/x",
    "https://fcm.googleapis.com/x#y",
    "https://fcm.googleapis.com./x",
    "https://FCM.googleapis.com/x",
    "https://fcm.googleapis.com/x\r\nX-Evil: 1",
    "https://fcm.googleapis.com/x y",
    "https://fcm.googleapis.com/é",
    "https://push.apple.com.evil.example/x",
    "https://evilpush.apple.com/x",
    "https://.push.apple.com.evil/x",
    "https://127.0.0.1/x",
    "http://127.0.0.1:1/x",
    "http://127.0.0.1:8081/metrics",
    "http://localhost:1/x",
    "https://[::1]/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://2130706433/x",
    "file:///etc/passwd",
    "gopher://fcm.googleapis.com/x",
    "//fcm.googleapis.com/x",
    "",
    "https://fcm.googleapis.com/" + "x" * push_rules.ENDPOINT_CHARS,
]
GOOD = [
    ENDPOINT,
    "https://fcm.googleapis.com:443/wp/dGVzdA:APA91b-_",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAAAA==",
    "https://web.push.apple.com/QGd2",
    "https://wns2-par02p.notify.windows.com/w/?token=BQYAAABc%2f%2bq",
]


def test_only_addresses_of_the_browsers_makers_are_sent_to() -> None:
    assert [url for url in HOSTILE if push_rules.service_of(url, push_rules.SERVICES)] == []
    assert [url for url in GOOD if not push_rules.service_of(url, push_rules.SERVICES)] == []


def test_more_services_are_named_by_the_host_alone_and_http_only_on_this_machine() -> None:
    more = push_rules.named("push.example, *.push.example http://127.0.0.1:9000")

    assert push_rules.service_of("https://push.example/x", more)
    assert push_rules.service_of("https://a.push.example/x", more)
    assert push_rules.service_of("http://127.0.0.1:9000/x", more)
    assert not push_rules.service_of("http://push.example/x", more)
    assert not push_rules.service_of("http://127.0.0.1:9001/x", more)
    for bad in ("http://push.example", "*", "*.com", "10.0.0.1", "http://10.0.0.1:80", "https://push.example", "a b"):
        with pytest.raises(ValueError):
            push_rules.named(bad)


async def test_a_strange_subscription_is_refused_and_nothing_is_kept_or_sent(side: Side) -> None:
    good = {"endpoint": ENDPOINT, "p256dh": P256DH, "auth": "a" * 22, "wants": EVERYTHING}
    not_a_point = "BA" + "A" * 85
    wrong = [
        *({"endpoint": url} for url in HOSTILE[:4]),
        *({"p256dh": not_a_point}, {"p256dh": P256DH[:-1] + "="}, {"p256dh": "A" * 87}, {"auth": "short"}),
        *({"wants": []}, {"wants": ["everything"]}, {"wants": EVERYTHING * 2}, {"person": "own"}),
    ]
    answers = [await side.town.call("adm", "PUT", "me/push", {**good, **each}) for each in wrong]

    assert {answer.status for answer in answers} <= {400, 422}
    assert side.subscribed() == []
    assert (await side.town.call(None, "PUT", "me/push", good)).status == 401
    assert (await side.town.call("adm-ended", "PUT", "me/push", good)).status == 401
    assert (await side.town.call(None, "GET", "push/key")).status == 401


# -- a push service that is in trouble, or makes some


async def test_a_redirect_is_not_followed(side: Side) -> None:
    adm = await side.browser("adm")
    side.service.status, side.service.headers = 307, {"Location": side.services[1].address + "/elsewhere"}

    side.alarm()
    await side.out.settled()

    assert len(side.service.to(adm)) == 1
    assert side.services[1].pushed == []
    assert side.subscribed() == [("adm", "adm")]


async def test_an_answer_without_an_end_is_not_read(side: Side) -> None:
    adm = await side.browser("adm")
    side.service.endless = True

    side.alarm()
    await asyncio.wait_for(side.out.settled(), WAIT_S)

    assert len(side.service.to(adm)) == 1


@pytest.mark.parametrize(
    ("status", "stays", "again"), [(410, False, 0), (404, False, 0), (403, True, 0), (503, True, 2)]
)
async def test_what_an_answer_means(
    side: Side, monkeypatch: pytest.MonkeyPatch, status: int, stays: bool, again: int
) -> None:
    """A subscription that is gone goes; one that is refused stays and is not tried again; trouble twice more."""
    monkeypatch.setattr(push_rules, "RETRY_S", (0.01, 0.01))
    adm, own = await side.browser("adm"), await side.browser("own")
    side.service.by_path[adm.path] = status

    side.alarm()
    await _until(side.service, 2 + again)
    await side.out.settled()

    assert (len(side.service.to(adm)), len(side.service.to(own))) == (1 + again, 1)
    assert (("adm", "adm") in side.subscribed()) == stays
    assert ("own", "own") in side.subscribed()


async def test_a_second_try_does_not_follow_what_is_newer(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else "left open" would come after "left open, still"."""
    monkeypatch.setattr(push_rules, "RETRY_S", (3600, 3600))
    adm = await side.browser("adm")
    side.service.status = 503
    side.alarm("left_open")
    await side.out.settled()
    side.service.status = 201
    side.alarm("left_open", first=False)
    await side.out.settled()
    assert side.out._put_off == {}

    before = len(side.service.to(adm))
    for _, _, due in list(side.out._later._heap):
        side.out._try_again(*due)
    await side.out.settled()
    assert len(side.service.to(adm)) == before == 2


async def test_a_service_that_hangs_holds_up_neither_another_one_nor_a_change_nor_the_end(side: Side) -> None:
    side.out._post._timeout = aiohttp.ClientTimeout(total=WAIT_S)
    side.service.go_on.clear()
    await side.browser("adm")
    quick = Browser(side.services[1], "own")
    assert (await quick.subscribe(side.town, "own", EVERYTHING)).status == 204

    for number in range(3 * pushing.AT_ONCE):
        side.alarm("away", str(number), "adm")
    await _until(side.service, pushing.AT_ONCE)
    side.alarm("tamper", "now", "own")
    await _until(side.services[1], 1)
    changed = await side.town.call("adm", "PATCH", "places/home/grants/tom-gate", {"version": 1, "uses": 4})

    assert changed.status == 204
    assert [told["title"] for told in side.services[1].to(quick)] == ["Somebody may be at a door box"]
    assert len(side.service.pushed) == pushing.AT_ONCE
    await asyncio.wait_for(side.out.close(), WAIT_S)


async def test_a_service_that_never_answers_is_given_up(side: Side) -> None:
    side.out._post._timeout = aiohttp.ClientTimeout(total=0.05)
    side.service.go_on.clear()
    await side.browser("adm")

    side.alarm()
    await asyncio.wait_for(side.out.settled(), WAIT_S)

    assert len(side.service.pushed) == 1
    assert len(side.out._put_off) == 1, "and tried again later"


async def test_a_flood_of_one_kind_ends_at_the_phone_and_leaves_room_for_the_others(side: Side) -> None:
    tom = await side.browser("tom")
    adm = await side.browser("adm")
    burst = push_rules.HOW["access_changed"].burst

    for number in range(4 * burst):
        body = {"version": number + 1, "suspended": number % 2 == 0}
        assert (await side.town.call("adm", "PATCH", "places/home/grants/tom-gate", body)).status == 204
        side.town.clock.ms += 1000
        await side.out.settled()
    side.out.left_open("home", "gate", ASKED)
    side.alarm()
    await side.out.settled()

    kinds = [told["kind"] for told in side.service.to(tom)]
    assert kinds == ["access_changed"] * burst + ["left_open"]
    assert [told["kind"] for told in side.service.to(adm)] == ["alarms"]


async def test_what_is_too_old_is_not_sent_any_more(side: Side) -> None:
    adm = await side.browser("adm")
    side.service.go_on.clear()
    for number in range(pushing.AT_ONCE + 1):
        side.alarm("away", str(number))
    await _until(side.service, pushing.AT_ONCE)

    side.town.clock.ms += push_rules.HOW["alarms"].ttl_s * 1000
    side.service.go_on.set()
    await side.out.settled()

    assert len(side.service.to(adm)) == pushing.AT_ONCE


def test_a_start_does_not_load_what_only_a_push_needs() -> None:
    """80 MiB when idle."""
    heavy = ("pywebpush", "py_vapid", "http_ece", "requests")
    look = f"import sys, cloud.app, cloud.front; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


async def _until(service: PushService, count: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while len(service.pushed) < count:
            service.came.clear()
            await service.came.wait()
