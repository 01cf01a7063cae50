"""Who you are: links that are spent once, tokens that nobody can read back, and an end that is an end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.clock import Clock
from cloud.sessions import DEVICE_CHARS, LIFE_MS, LINK_LIFE_MS, USED_EVERY_MS, Session, Sessions
from cloud.store import Store
from tests.given import ASKED, SESSIONS, inhabited_database


class Hand(Clock):
    """A clock that is set."""

    def __init__(self) -> None:
        self.ms = ASKED

    def now(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(inhabited_database(tmp_path))
    yield store
    await store.close()


@pytest.fixture
async def sessions(store: Store, clock: Hand) -> Sessions:
    sessions = Sessions(store, clock)
    await sessions.load()
    return sessions


async def again(store: Store, clock: Hand) -> Sessions:
    """Sessions as the next process has them."""
    sessions = Sessions(store, clock)
    await sessions.load()
    return sessions


async def signed_in(sessions: Sessions, person: str = "ana", device: str = "a phone") -> str:
    token = await sessions.sign_in(await sessions.link(person), device)
    assert token is not None
    return token


# -- links


async def test_a_link_signs_its_person_in(sessions: Sessions) -> None:
    session = await sessions.who(await signed_in(sessions, "pau"))

    assert session is not None
    assert session.person == "pau"
    assert sessions.alive(session)


async def test_a_link_is_good_once(sessions: Sessions) -> None:
    link = await sessions.link("ana")
    before = len(sessions.of("ana"))

    tokens = await asyncio.gather(*(sessions.sign_in(link, "a phone") for _ in range(10)))

    assert sum(token is not None for token in tokens) == 1
    assert await sessions.sign_in(link, "a phone") is None
    assert len(sessions.of("ana")) == before + 1


@pytest.mark.parametrize(
    ("after", "good"), [(LINK_LIFE_MS - 1, True), (LINK_LIFE_MS, False), (LINK_LIFE_MS * 9, False)]
)
async def test_a_link_is_good_for_a_day(sessions: Sessions, clock: Hand, after: int, good: bool) -> None:
    link = await sessions.link("ana")
    clock.ms += after

    assert (await sessions.sign_in(link, "a phone") is not None) is good


async def test_nothing_but_the_whole_link_signs_anybody_in(sessions: Sessions) -> None:
    link = await sessions.link("ana")

    for wrong in ("", link[:-1], link + "A", link.swapcase(), " " + link, link[::-1]):
        assert await sessions.sign_in(wrong, "a phone") is None
    assert await sessions.sign_in(link, "a phone") is not None


async def test_no_two_links_and_no_two_tokens_are_alike(sessions: Sessions) -> None:
    links = {await sessions.link("ana") for _ in range(20)}
    tokens = {await sessions.sign_in(link, "a phone") for link in links}

    assert len(links) == len(tokens) == 20
    assert min(map(len, links)) >= 32
    assert min(len(token or "") for token in tokens) >= 43


# -- tokens


async def test_nothing_but_the_whole_token_is_somebody(sessions: Sessions) -> None:
    token = await signed_in(sessions)

    for wrong in ("", token[:-1], token + "A", token.swapcase(), SESSIONS["ana"], "\ud800", "\0"):
        assert await sessions.who(wrong) is None


async def test_neither_links_nor_tokens_can_be_read_from_the_database(sessions: Sessions, store: Store) -> None:
    link = await sessions.link("ana")
    token = await sessions.sign_in(link, "a phone")
    assert token is not None

    for file in store.path.parent.iterdir():
        content = file.read_bytes()
        assert link.encode() not in content
        assert token.encode() not in content


async def test_a_session_outlives_the_process(sessions: Sessions, store: Store, clock: Hand) -> None:
    token = await signed_in(sessions)

    assert await (await again(store, clock)).who(token) == await sessions.who(token)


async def test_a_session_slides_with_use_and_ends_without(sessions: Sessions, clock: Hand) -> None:
    token = await signed_in(sessions)
    for _ in range(3):
        clock.ms += LIFE_MS
        assert await sessions.who(token) is not None
    clock.ms += LIFE_MS + 1
    assert await sessions.who(token) is None


async def test_when_it_was_used_is_kept_to_the_hour(sessions: Sessions, store: Store, clock: Hand) -> None:
    token = await signed_in(sessions)
    session = await sessions.who(token)
    assert session is not None

    clock.ms += USED_EVERY_MS
    await sessions.who(token)
    kept = {row.id: row.used for row in await store.sessions()}
    assert kept[session.id] == ASKED
    clock.ms += 1
    await sessions.who(token)
    kept = {row.id: row.used for row in await store.sessions()}
    assert kept[session.id] == clock.ms


# -- their end


async def test_an_ended_session_is_nobody_here_and_in_the_next_process(
    sessions: Sessions, store: Store, clock: Hand
) -> None:
    token, other = await signed_in(sessions), await signed_in(sessions)
    session = await sessions.who(token)
    assert session is not None

    await sessions.end(session.id)

    assert not sessions.alive(session)
    assert not sessions.alive_id(session.id)
    for each in (sessions, await again(store, clock)):
        assert await each.who(token) is None
        assert await each.who(other) is not None


async def test_ending_what_has_ended_or_never_was_harms_nobody(sessions: Sessions) -> None:
    token = await signed_in(sessions)
    for session in ("no such", SESSIONS["pau"], SESSIONS["pau"]):
        await sessions.end(session)

    assert await sessions.who(token) is not None


async def test_one_sees_ones_own_sessions_only(sessions: Sessions) -> None:
    await signed_in(sessions, "ana", "her new phone")

    assert {row.device for row in sessions.of("ana")} == {"a phone", "her new phone"}
    assert {row.person for row in sessions.of("ana")} == {"ana"}
    assert sessions.of("nobody") == []


async def test_a_session_that_was_made_up_is_not_alive(sessions: Sessions) -> None:
    assert not sessions.alive(Session("made up", "ana"))


@pytest.mark.parametrize("device", ["", "x" * 5000, "a\0b", "\udcff phone", "Ünïcode ☎"])
async def test_whatever_a_browser_calls_itself_it_is_signed_in(sessions: Sessions, device: str) -> None:
    session = await sessions.who(await signed_in(sessions, "pau", device))
    assert session is not None

    (row,) = [row for row in sessions.of("pau") if row.id == session.id]
    assert 0 < len(row.device) <= DEVICE_CHARS
    assert row.device.encode()
