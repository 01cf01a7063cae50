"""Alarms out of the house: only to services whose host is fixed; addresses that nobody reads again, in no answer, log
or database; what happens within a moment is one message, in the language of who set it.
"""

import asyncio
import logging
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import apprise
import pytest
import requests.models
import requests.sessions

from cloud import alarm_texts, alert_urls, notify
from cloud.alarms import KINDS
from cloud.messages import AlarmView
from cloud.notify_texts import LANGUAGES
from tests.api_side import ApiSide
from tests.api_town import UNIT
from tests.given import ASKED

TOKEN = "abcdefghijklmnopqrstuvwxyzabcdefghi"
TGRAM = f"tgram://123456789:{TOKEN}/987654321"
GOOD = {  # of each service an address as its plugin wants it
    "tgram": TGRAM,
    "pover": "pover://u" + "a" * 29 + "@t" + "b" * 29,
    "discord": "discord://417429632418316298/" + "c" * 60,
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7d2/#doors",
    "pagerduty": "pagerduty://" + "d" * 32 + "@" + "e" * 20 + "?region=eu",
    "threema": "threema://*THEGATE@" + "f" * 16 + "/+34600111222",
    "gchat": "gchat://AAAAk6lGXyM/" + "g" * 32 + "/" + "h" * 32,
    "signl4": "signl4://" + "i" * 10,
    "pbul": "pbul://" + "j" * 34,
    "line": "line://" + "k" * 40 + "/U" + "1" * 32,
}
HOSTS = {
    "tgram": "api.telegram.org",
    "pover": "api.pushover.net",
    "discord": "discord.com",
    "slack": "hooks.slack.com",
    "pagerduty": "events.eu.pagerduty.com",
    "threema": "msgapi.threema.ch",
    "gchat": "chat.googleapis.com",
    "signl4": "connect.signl4.com",
    "pbul": "api.pushbullet.com",
    "line": "api.line.me",
}
BAD = [
    "json://127.0.0.1:8081/refresh",
    "xml://169.254.169.254/latest/meta-data",
    "ntfy://10.0.0.1/topic",
    "mailto://user:pass@192.168.1.1",
    "syslog://localhost",
    "dbus://",
    "windows://",
    "matrix://user:pass@internal",
    "https://discord.com.evil.example/api/webhooks/1/2",
    f"{TGRAM}?rto=100000",
    f"{TGRAM}?redirect=yes",
    f"{TGRAM}?verify=no",
    f"{GOOD['slack']}?template=/etc/passwd",
    f"{GOOD['pagerduty']}&verify=no",
    f"{TGRAM}%3Fverify%3Dno",
    f"{TGRAM} json://127.0.0.1",
    f"{TGRAM},json://127.0.0.1",
    f"{TGRAM}\n",
    TGRAM.replace("tgram", "TGRAM"),
    "tgram://",
]


class Posts:
    """Stands where the network is: each request that apprise makes."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.sent: list[tuple[str, Any, dict[str, Any]]] = []
        self.status = 200
        patch.setattr(requests.sessions.Session, "request", self.request)
        patch.setattr(socket, "create_connection", self.nowhere)

    def request(self, method: str, url: str, **how: Any) -> Any:
        assert method.lower() == "post"
        self.sent.append((url, how.get("data") or how.get("json"), how))
        response = requests.models.Response()
        response.status_code = self.status
        response._content = b"ok" if "slack" in url else b'{"ok":true,"status":1,"result":[]}'
        return response

    def nowhere(self, *_: object) -> None:
        raise AssertionError("another way out")

    def hosts(self) -> set[str]:
        return {url.split("/")[2] for url, _, _ in self.sent}


@pytest.fixture
def posts(monkeypatch: pytest.MonkeyPatch) -> Posts:
    return Posts(monkeypatch)


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ApiSide]:
    monkeypatch.setattr("cloud.alerting.GATHER_S", 0)
    async with ApiSide(tmp_path / "town") as side:
        side.wired.alerting.start()
        yield side


async def sets(town: ApiSide, *urls: str, who: str = "own") -> int:
    return (await town.call(who, "PUT", "places/home/alerts", {"urls": list(urls)})).status


def alarm(kind: str, ident: str = "a", **how: Any) -> AlarmView:
    return AlarmView(ident, "home", kind, how.get("door"), how.get("unit"), ASKED)


async def gone_out(town: ApiSide) -> None:
    alerting = town.wired.alerting
    while alerting._gathered or alerting._tasks:  # noqa: ASYNC110 - its agenda rings on the next turn of the loop
        await asyncio.sleep(0)
    await town.wired.alerting.notify.sent()


@pytest.mark.parametrize("url", BAD)
def test_an_address_that_may_lead_elsewhere_is_of_no_service(url: str) -> None:
    assert alert_urls.service(url) is None


@pytest.mark.parametrize("service", alert_urls.SERVICES)
def test_what_is_taken_goes_to_the_services_own_host_and_nowhere_else(service: str, posts: Posts) -> None:
    assert alert_urls.service(GOOD[service]) == service
    assert notify._deliver(notify.Message("alarm", service, (GOOD[service],), "title", "text")) is None
    assert posts.hosts() == {HOSTS[service]}
    assert all(url.startswith("https://") and not how.get("allow_redirects", True) for url, _, how in posts.sent)
    assert all(how.get("verify", True) is True for _, _, how in posts.sent)


def test_every_plugin_that_is_taken_has_no_host_in_its_address() -> None:
    for service in alert_urls.SERVICES:
        plugin = apprise.Apprise.instantiate(GOOD[service])
        assert plugin is not None
        assert not any("{host}" in template for template in plugin.templates), service


async def test_who_sets_them_never_reads_them_again_and_nobody_else_does(
    town: ApiSide, posts: Posts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert await sets(town, TGRAM, GOOD["discord"]) == 204
    for who in ("own", "adm"):
        answer = await town.call(who, "GET", "places/home/alerts")
        assert answer.body == {"count": 2, "kinds": ["tgram", "discord"], "former_owner": False}
    place = await town.call("own", "GET", "places/home")
    town.wired.alarms.tell[1]("home", alarm("away", unit=UNIT), frozenset({"own"}), True)
    await gone_out(town)
    posts.status = 500
    tried = await town.call("own", "POST", "places/home/alerts/test")
    assert tried.body == [{"kind": "tgram", "delivered": False}, {"kind": "discord", "delivered": False}]

    everything = "\n".join([str(place.body), *town.dump(), *(str(vars(line)) for line in caplog.records)])
    assert TOKEN not in everything
    assert "c" * 60 not in everything
    assert town.told()[-1] == "alerts"
    said = town.rows("SELECT detail FROM log WHERE kind = 'change' ORDER BY n DESC LIMIT 1")[0][0]
    assert said == '{"count":2,"kinds":["tgram","discord"],"what":"alerts"}'


async def test_a_wrong_address_changes_nothing_and_is_not_said_back(town: ApiSide) -> None:
    assert await sets(town, TGRAM) == 204
    before = town.dump()
    for url in (*BAD, "tgram://not-a-token-of-telegram"):
        answer = await town.call("own", "PUT", "places/home/alerts", {"urls": [TGRAM, url]})
        assert answer.status in (400, 422)
        assert url.strip() not in str(answer.body)
    assert await sets(town, *[TGRAM] * 6) == 400
    assert await sets(town, GOOD["discord"], who="adm") == 403, "only an owner"
    assert await sets(town, GOOD["discord"], who="ada") == 404

    assert town.dump() == before


async def test_a_seal_is_good_for_its_own_place_only(town: ApiSide) -> None:
    assert await sets(town, TGRAM) == 204
    town._watching.execute(
        "UPDATE places SET alert_urls = (SELECT alert_urls FROM places WHERE id = 'home') WHERE id = 'shop'"
    )
    town._watching.commit()

    assert (await town.call("ada", "GET", "places/shop/alerts")).body == {
        "count": 0,
        "kinds": [],
        "former_owner": False,
    }


async def test_what_happens_within_a_moment_is_one_message_in_the_language_of_who_set_it(
    town: ApiSide, posts: Posts
) -> None:
    await town.call("own", "PATCH", "me", {"language": "ca"})
    await sets(town, TGRAM)
    tell = town.wired.alarms.tell[1]
    tell("home", alarm("left_open", "a", door="gate"), frozenset({"own"}), True)
    tell("home", alarm("left_open", "a", door="gate"), frozenset({"own"}), False)
    tell("home", alarm("power", "b", unit=UNIT), frozenset({"own"}), True)
    await gone_out(town)

    ((_, body, _),) = posts.sent
    assert "2 alarmes" in str(body)
    assert "Gate s'ha quedat oberta" in str(body)
    assert "Gate, Attic" in str(body), "doors of this place only: the box has one of the shop's, too"
    assert "Dock" not in str(body)


async def test_who_takes_no_push_gets_an_e_mail_once_an_alarm_and_never_an_sms(
    town: ApiSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str]] = []
    alerting, policy = town.wired.alerting, town.wired.policy
    monkeypatch.setattr(alerting.notify, "_put", lambda _kind, to, title, _text: sent.append((to, title)))
    monkeypatch.setattr(alerting.notify, "can_reach", lambda _contact: True)
    people = dict(policy.snapshot.people)
    for who in ("own", "adm"):
        people[who] = _with(people[who], email=f"{who}@example.org")
    policy.snapshot = _with(policy.snapshot, people=people)

    async def pushed_to(*_: object) -> list[Any]:
        return [type("Phone", (), {"person": "adm"})()]

    monkeypatch.setattr(alerting, "pushed_to", pushed_to)
    everybody = frozenset({"own", "own2", "adm"})
    for kind, first in (("away", True), ("away", False), ("signal", True)):
        town.wired.alarms.tell[1]("home", alarm(kind, unit=UNIT), everybody, first)
        await gone_out(town)

    assert [to for to, _ in sent] == ["own@example.org"], "own2 has a phone number only, adm is pushed to"


def _with(thing: Any, **fields: Any) -> Any:
    import msgspec

    return msgspec.structs.replace(thing, **fields)


async def test_a_try_is_not_a_way_to_flood_somebody(town: ApiSide, posts: Posts) -> None:
    await sets(town, TGRAM)
    answers = [(await town.call("own", "POST", "places/home/alerts/test")).status for _ in range(5)]

    assert answers == [200, 200, 200, 429, 429]
    assert len(posts.sent) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_words_in_every_language(kind: str) -> None:
    for texts in (alarm_texts.KIND[kind], alarm_texts.MANY, alarm_texts.SINCE, alarm_texts.AGAIN, alarm_texts.LOOK):
        assert texts.keys() == set(LANGUAGES)
        placeholders = {frozenset(re.findall(r"\{(\w+)\}", text)) for text in texts.values()}
        assert len(placeholders) == 1
        assert not any("!" in text for text in texts.values())
