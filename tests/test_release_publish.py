"""A release on its way to the service: what is sent, to whom, and what is never said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publishing_side import SECRET, Publishing, publishing
from tests.release_desk import Desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path)
    desk.key_set(1, ["anna"])
    desk.key_set(2, ["ben"], by=["anna", "ben"])
    desk.do("sign", desk.build("1.1.0"), "ben.key")
    return desk


@pytest.fixture
def service() -> Iterator[Publishing]:
    with publishing() as service:
        yield service


RELEASE = "releases/2-1.1.0"


def test_the_service_gets_the_key_sets_that_it_lacks_then_the_release_and_the_session_is_ended(
    desk: Desk, service: Publishing
) -> None:
    first, second = (Path(f"release-keys/{number}.keys").read_bytes() for number in (1, 2))
    service.has = {1: first}

    said = desk.do("publish", RELEASE, typed=f"{service.origin}/#sign-in={SECRET}\n")

    assert service.has == {1: first, 2: second}
    assert service.releases == [(Path(RELEASE, "manifest").read_bytes(), Path(RELEASE, "bundle").read_bytes())]
    calls = ["sign-in", "key-sets", "key-sets", "releases", "sign-out"]
    assert [path for _, path in service.seen] == [f"/api/v1/{call}" for call in calls]
    assert not service.signed_in
    assert SECRET not in said and "No unit gets it before it is rolled out" in said
    assert not [name for name, data in desk.content().items() if SECRET.encode() in data]


def test_what_the_service_refuses_is_told_in_its_words_and_the_session_is_ended(
    desk: Desk, service: Publishing
) -> None:
    service.refusal = (409, "release 2 is there already, with other content")
    link = f"{service.origin}/#sign-in={SECRET}\n"
    assert "refuses (409): release 2 is there already" in desk.refused("publish", RELEASE, typed=link)
    assert service.seen[-1][1] == "/api/v1/sign-out" and not service.signed_in

    spent = f"{service.origin}/#sign-in=another\n"
    assert "refuses (403): this link is spent" in desk.refused("publish", RELEASE, typed=spent)


def test_a_link_is_followed_to_the_service_that_it_names_and_no_further(desk: Desk, service: Publishing) -> None:
    with publishing() as thief:
        service.elsewhere = thief.origin
        link = f"{service.origin}/#sign-in={SECRET}\n"
        assert "refuses (307)" in desk.refused("publish", RELEASE, typed=link)
        assert thief.seen == []


@pytest.mark.parametrize(
    ("link", "why"),
    [
        (f"http://doors.example.org/#sign-in={SECRET}", "without TLS"),
        (f"http://127.0.0.1.example.org/#sign-in={SECRET}", "without TLS"),
        (f"ftp://doors.example.org/#sign-in={SECRET}", "no sign-in link"),
        (f"https://doors.example.org/?sign-in={SECRET}", "no sign-in link"),
        ("https://doors.example.org/#guest=word", "no sign-in link"),
        (SECRET, "no sign-in link"),
    ],
)
def test_a_session_is_asked_for_over_tls_only_and_with_a_link_for_that(desk: Desk, link: str, why: str) -> None:
    assert why in desk.refused("publish", RELEASE, typed=f"{link}\n")


def test_what_units_would_refuse_is_not_even_sent(desk: Desk, service: Publishing) -> None:
    Path(RELEASE, "bundle").write_bytes(Path(RELEASE, "bundle").read_bytes()[:-1])
    link = f"{service.origin}/#sign-in={SECRET}\n"
    assert "not the one of the manifest" in desk.refused("publish", RELEASE, typed=link)
    assert service.seen == []


def test_a_service_that_is_not_there_is_told_plainly(desk: Desk, service: Publishing) -> None:
    with publishing() as gone:
        link = f"{gone.origin}/#sign-in={SECRET}\n"
    assert "does not answer" in desk.refused("publish", RELEASE, typed=link)
