"""Attacks on web push: addresses that come from a user, push services that are in trouble or make some, floods."""

import asyncio
import subprocess
import sys

import aiohttp
import pytest

from cloud import push_rules, pushing
from tests.api_calls import ENDPOINT, P256DH
from tests.given import ASKED
from tests.push_side import EVERYTHING, WAIT_S, Browser, Side, side, until

__all__ = ["side"]


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
    await until(side.service, 2 + again)
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
    await until(side.service, pushing.AT_ONCE)
    side.alarm("tamper", "now", "own")
    await until(side.services[1], 1)
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
    await until(side.service, pushing.AT_ONCE)

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
