"""Attacks on what goes out of the house about alarms: a former admin, names as long as they may be, a power cut of
everything at once."""

from collections.abc import AsyncIterator
from pathlib import Path

import apprise
import msgspec
import pytest

from cloud import alarm_texts, alerting, naming
from cloud.hours import Zone
from cloud.notify_texts import LANGUAGES
from tests.api_side import ApiSide
from tests.api_town import UNIT
from tests.given import ASKED
from tests.test_alerting import GOOD, Posts, alarm, gone_out, posts, sets

__all__ = ["posts"]
LONGEST = 1024  # characters that the narrowest of the services takes
TITLE = 250


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ApiSide]:
    monkeypatch.setattr("cloud.alerting.GATHER_S", 0)
    async with ApiSide(tmp_path / "town") as side:
        side.wired.alerting.start()
        yield side


async def test_who_managed_the_place_a_moment_ago_gets_no_mail_about_it(
    town: ApiSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told is gathered for some seconds: in between she is removed, or made a member."""
    sent: list[str] = []
    out, policy = town.wired.alerting, town.wired.policy
    monkeypatch.setattr(alerting, "GATHER_S", 3600)
    monkeypatch.setattr(out.notify, "_put", lambda _kind, to, _title, _text: sent.append(to))
    monkeypatch.setattr(out.notify, "can_reach", lambda _contact: True)
    people = {
        who: msgspec.structs.replace(person, email=f"{who}@example.org")
        for who, person in policy.snapshot.people.items()
    }
    policy.snapshot = msgspec.structs.replace(policy.snapshot, people=people)

    out.alarm("home", alarm("away", unit=UNIT), policy.snapshot.managers("home"), first=True)
    assert (await town.call("own", "DELETE", "places/home/people/adm", None)).status == 204
    assert (await town.call("own", "PUT", "places/home/people/own2/role", {"role": "member"})).status == 204
    out._goes("home")
    await gone_out(town)

    assert sorted(sent) == ["own@example.org", "sco@example.org"]


async def test_addresses_that_a_former_owner_left_behind_are_told_to_those_who_stay(town: ApiSide) -> None:
    """They may lead to her own channel: she would go on hearing when nobody is at home."""

    async def left_behind() -> bool:
        found = await town.call("own", "GET", "places/home/alerts")
        return found.body["former_owner"]

    mine = {"urls": [GOOD["discord"]]}
    assert (await town.call("own2", "PUT", "places/home/alerts", mine)).status == 204
    assert not await left_behind()
    assert (await town.call("own", "PUT", "places/home/people/own2/role", {"role": "admin"})).status == 204
    assert await left_behind()
    assert (await town.call("own", "PUT", "places/home/alerts", mine)).status == 204
    assert not await left_behind()


async def test_a_power_cut_at_a_place_with_long_names_is_told_by_every_service(town: ApiSide, posts: Posts) -> None:
    """What is longer than a service takes it refuses: nobody would hear of anything."""
    snapshot = town.wired.policy.snapshot
    site = snapshot.sites["home"]
    long = {id_: msgspec.structs.replace(door, name="ж" * naming.NAME) for id_, door in site.doors.items()}
    place = msgspec.structs.replace(site.place, name="W" * naming.NAME)
    sites = {**snapshot.sites, "home": msgspec.structs.replace(site, doors=long, place=place)}
    town.wired.policy.snapshot = msgspec.structs.replace(snapshot, sites=sites)
    assert await sets(town, GOOD["pover"], GOOD["pagerduty"], GOOD["discord"]) == 204

    for number in range(35):
        town.wired.alerting.alarm("home", alarm("away", f"{number}", unit=UNIT), frozenset(), first=True)
    await gone_out(town)

    assert len(posts.sent) == 3
    for _, body, _ in posts.sent:
        assert "35 alarms" in str(body)


async def test_a_doors_name_calls_nobody_and_is_no_link(town: ApiSide, posts: Posts) -> None:
    """In a channel `@everyone` calls everybody, and a link may carry any words."""
    name = "@everyone [Open the app](https://evil.example) <https://evil.example|Open>"
    door = {"version": 1, "name": name}
    assert (await town.call("adm", "PATCH", "doors/gate", door)).status == 204
    assert await sets(town, *(GOOD[service] for service in ("discord", "slack", "gchat", "line"))) == 204
    town.wired.alerting.alarm("home", alarm("left_open", door="gate"), frozenset(), first=True)
    await gone_out(town)

    assert len(posts.sent) == 4
    for _, body, _ in posts.sent:
        assert "everyone (Open the app)(https://evil.example)" in str(body)
        assert not any(said in str(body) for said in ("@everyone", "](", "<http", "&lt;http"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [1, 2, 35])
def test_no_message_is_longer_than_the_narrowest_service_takes(language: str, count: int) -> None:
    names = ["ж" * naming.NAME] * 8  # of one box
    lines = [alarm_texts.alarm(language, "away", names, ASKED, Zone("UTC", (0,), (0,)), first=False)] * count
    title, text = alarm_texts.message(language, "W" * naming.NAME, lines)

    assert len(title) <= TITLE
    assert len(title) + len(text) < LONGEST
    assert count == 1 or title.startswith("W" * naming.NAME + f": {count} ")
    assert alarm_texts.LOOK[language] in text


def test_the_narrowest_service_is_known() -> None:
    plugins = [apprise.Apprise.instantiate(url) for url in GOOD.values()]
    assert min(plugin.body_maxlen for plugin in plugins if plugin) == LONGEST
    assert {plugin.title_maxlen for plugin in plugins if plugin} == {0, TITLE}
