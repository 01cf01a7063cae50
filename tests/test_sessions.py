"""Who you are: links that are spent once, tokens that nobody can read back, and an end that is an end."""

import asyncio
import json

import pytest

from cloud import schema
from cloud.addresses import Address
from cloud.chain import Entry
from cloud.identity_store import IdentityStore
from cloud.sessions import DEVICE_CHARS, LIFE_MS, LINK_LIFE_MS, USED_EVERY_MS, Session, Sessions
from cloud.store import Store
from tests.given import ASKED, SESSIONS
from tests.identity_side import Hand, entries, rows


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
    kept = {row.id: row.used for row in await IdentityStore(store).sessions()}
    assert kept[session.id] == ASKED
    clock.ms += 1
    await sessions.who(token)
    kept = {row.id: row.used for row in await IdentityStore(store).sessions()}
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


async def test_ending_all_but_one_leaves_that_one(sessions: Sessions, store: Store, clock: Hand) -> None:
    tokens = [await signed_in(sessions) for _ in range(3)]
    kept = await sessions.who(tokens[1])
    others = await sessions.who(await signed_in(sessions, "pau"))
    assert kept is not None
    assert others is not None

    ended = await sessions.end_all("ana", but=kept.id)

    assert len(ended) == 3  # the one that was there before, too
    for each in (sessions, await again(store, clock)):
        assert [row.id for row in each.of("ana")] == [kept.id]
        assert each.alive(others)


async def test_ending_all_of_a_place_leaves_those_that_are_good_elsewhere(sessions: Sessions) -> None:
    home = await sessions.begin("ana", "code", "a phone", place="home")
    work = await sessions.begin("ana", "code", "a phone", place="work")

    await sessions.end_all("ana", place="home")

    assert await sessions.who(home) is None
    assert await sessions.who(work) is not None
    assert SESSIONS["ana"] in {row.id for row in sessions.of("ana")}


async def test_one_that_is_on_disk_and_not_here_yet_is_ended_too(sessions: Sessions, store: Store, monkeypatch) -> None:
    on_disk, go_on = asyncio.Event(), asyncio.Event()
    begin = sessions._store.begin

    async def held_up(*arguments) -> None:
        await begin(*arguments)
        on_disk.set()
        await go_on.wait()

    monkeypatch.setattr(sessions._store, "begin", held_up)
    beginning = asyncio.create_task(sessions.begin("ana", "code", "a phone"))
    await on_disk.wait()
    ending = asyncio.create_task(sessions.end_all("ana"))
    await asyncio.sleep(0)
    go_on.set()
    token, _ = await asyncio.gather(beginning, ending)

    assert await sessions.who(token) is None
    assert [row.person for row in await IdentityStore(store).sessions() if row.person == "ana"] == []


# -- what a session is good for


@pytest.mark.parametrize(("kind", "way"), [("sign-in", "link"), ("invitation", "link"), ("guest", "guest")])
async def test_a_links_session_is_good_for_the_links_place(
    sessions: Sessions, store: Store, clock: Hand, kind: str, way: str
) -> None:
    link = await sessions.link("ana", kind, place="home", made_by="adm")
    token = await sessions.sign_in(link, "a phone", Address("somewhere"))
    assert token is not None

    for each in (sessions, await again(store, clock)):
        session = await each.who(token)
        assert session is not None
        assert (session.person, session.place, session.way, session.address) == ("ana", "home", way, "somewhere")


async def test_who_shows_herself_gets_a_session_for_everywhere(sessions: Sessions) -> None:
    session = await sessions.who(await sessions.begin("ana", "passkey", "a phone", Address("somewhere")))

    assert session is not None
    assert (session.place, session.way, session.address) == (None, "passkey", "somewhere")


async def test_nobody_is_no_one(sessions: Sessions, store: Store) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await sessions.begin("nobody", "code", "a phone")

    assert sessions.of("nobody") == []
    assert await entries(store) == []


async def test_a_link_that_was_ended_signs_nobody_in(sessions: Sessions, store: Store) -> None:
    guest, other = await sessions.link("ana", "guest", "home"), await sessions.link("ana", "guest", "work")

    assert await sessions.end_links("ana", "guest", "home") == 1

    assert await sessions.sign_in(guest, "a phone") is None
    assert await sessions.sign_in(other, "a phone") is not None
    assert await sessions.end_links("ana") == 0
    assert sum(row["ended"] is not None for row in await rows(store, schema.links)) == 1


async def test_fifty_at_once_with_one_link_are_one_session_and_one_entry(sessions: Sessions, store: Store) -> None:
    link = await sessions.link("pau")
    before = len(await rows(store, schema.sessions))

    tokens = await asyncio.gather(*(sessions.sign_in(link, "a phone") for _ in range(50)))

    assert len([token for token in tokens if token]) == 1
    assert len(await rows(store, schema.sessions)) == before + 1
    assert len(await entries(store)) == 1


# -- the log


def told(entries: list[Entry]) -> list[tuple[object, ...]]:
    return [(e.place, e.kind, e.who, e.session, e.way) for e in entries]


async def test_who_signs_in_stands_in_the_log_of_each_of_her_places(sessions: Sessions, store: Store) -> None:
    session = await sessions.who(await sessions.begin("ana", "code", "her phone"))
    assert session is not None

    found = await entries(store)

    assert told(found) == [(place, "sign_in", "ana", session.id, "code") for place in ("home", "work")]
    assert {entry.at for entry in found} == {ASKED}
    assert json.loads(found[0].detail) == {"device": "her phone"}


async def test_who_is_in_no_place_stands_in_the_log_of_the_installation(sessions: Sessions, store: Store) -> None:
    await sessions.begin("eve", "code", "her phone")

    assert [(e.place, e.who) for e in await entries(store)] == [("", "eve")]


async def test_a_scoped_session_stands_in_the_log_of_its_place_only(sessions: Sessions, store: Store) -> None:
    link = await sessions.link("ana", "invitation", "home", made_by="adm")
    token = await sessions.sign_in(link, "her phone")
    assert token is not None
    session = await sessions.who(token)
    assert session is not None
    await sessions.end(session.id, by=session)

    begun, ended = await entries(store)

    assert told([begun, ended]) == [
        ("home", "sign_in", "ana", session.id, "link"),
        ("home", "sign_out", "ana", session.id, "link"),
    ]
    assert json.loads(begun.detail) == {
        "device": "her phone",
        "link": "invitation",
        "made_by": "adm",
        "scope": "home",
    }
    assert link not in begun.detail
    assert token not in begun.detail


async def test_an_end_says_who_ended_whose_session(sessions: Sessions, store: Store) -> None:
    by = Session(SESSIONS["adm"], "adm")

    await sessions.end_all("pau", by=by)
    await sessions.end(SESSIONS["pau"], by=by)  # has ended: is not entered again

    (entry,) = await entries(store)
    assert told([entry]) == [("home", "session_ended", "adm", SESSIONS["adm"], "link")]
    assert json.loads(entry.detail) == {"person": "pau", "session": SESSIONS["pau"], "device": "a phone"}


async def test_who_watches_the_log_is_told_of_what_is_on_disk(sessions: Sessions, store: Store) -> None:
    heard: list[Entry] = []
    store.commits.logged = heard.extend

    await sessions.begin("pau", "code", "a phone")
    await sessions.end_all("pau")

    assert sorted(heard, key=lambda e: e.n) == await entries(store)


async def test_a_listener_that_fails_fails_no_sign_in(sessions: Sessions, store: Store) -> None:
    def fail(_entries: list[Entry]) -> None:
        raise RuntimeError("the listener")

    store.commits.logged = fail

    assert await sessions.who(await sessions.begin("pau", "code", "a phone")) is not None
