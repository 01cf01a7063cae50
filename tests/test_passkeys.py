"""Passkeys: whose device answered this very question, on this very page, and nobody else's."""

import asyncio
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from cloud import schema
from cloud.chain import Draft
from cloud.passkeys import CHALLENGE_LIFE_MS, BadPasskey, NoName, Passkeys, rp_id
from cloud.settings import Settings
from cloud.store import Store
from tests.authenticator import SESSION, Authenticator, added, signed_in, text
from tests.given import ASKED
from tests.identity_side import Hand, entries, rows

# -- right


async def test_a_passkey_says_whose_it_is(passkeys: Passkeys, device: Authenticator, clock: Hand) -> None:
    await added(passkeys, device)
    other = Authenticator()
    await added(passkeys, other, "pau")
    clock.ms += 5

    assert await signed_in(passkeys, device) == "ana"
    assert await signed_in(passkeys, other) == "pau"
    assert await signed_in(passkeys, device, user=None) == "ana"
    assert [(one.name, one.created, one.used) for one in await passkeys.of("ana")] == [("her phone", ASKED, ASKED + 5)]


async def test_one_that_never_counts_is_good_again_and_again(passkeys: Passkeys) -> None:
    device = Authenticator(counts=False)
    await added(passkeys, device)

    assert [await signed_in(passkeys, device) for _ in range(3)] == ["ana"] * 3


async def test_what_the_browser_is_asked_for(passkeys: Passkeys, device: Authenticator) -> None:
    await added(passkeys, device)
    create = await passkeys.begin_adding("ana", SESSION, "Ana")
    _, get = await passkeys.begin_sign_in()

    json.dumps([create, get])
    assert create["rp"]["id"] == get["rpId"] == "doors.example"
    assert create["authenticatorSelection"]["residentKey"] == "required"
    assert create["authenticatorSelection"]["userVerification"] == get["userVerification"] == "required"
    assert [one["id"] for one in create["excludeCredentials"]] == [text(device.id)]
    assert not get.get("allowCredentials")


# -- wrong

LIES = {
    "of another page": {"origin": "https://doors.example.evil.com"},
    "of another port": {"origin": "https://doors.example:8443"},
    "of the same page without TLS": {"origin": "http://doors.example"},
    "for another host": {"rp": "evil.com"},
    "from a device that was not unlocked": {"verifies": False},
    "of another kind": {"type": "webauthn.other"},
    "to another challenge": {"challenge": text(bytes(32))},
}


@pytest.mark.parametrize("lie", LIES)
async def test_an_answer_that_is_not_for_us_signs_nobody_in(
    passkeys: Passkeys, device: Authenticator, store: Store, lie: str
) -> None:
    await added(passkeys, device)
    before = await rows(store, schema.passkeys)

    assert await signed_in(passkeys, device, **LIES[lie]) is None

    assert await rows(store, schema.passkeys) == before
    assert await signed_in(passkeys, device) == "ana"


@pytest.mark.parametrize("lie", LIES)
async def test_an_answer_that_is_not_for_us_adds_no_passkey(
    passkeys: Passkeys, device: Authenticator, store: Store, lie: str
) -> None:
    options = await passkeys.begin_adding("ana", SESSION, "Ana")

    with pytest.raises(BadPasskey):
        await passkeys.add("ana", SESSION, device.create(options, **LIES[lie]), "x", [Draft("home", ASKED, "change")])

    assert await rows(store, schema.passkeys) == []
    assert await entries(store) == []


async def test_an_answer_signed_with_another_key_signs_nobody_in(passkeys: Passkeys, device: Authenticator) -> None:
    await added(passkeys, device)

    assert await signed_in(passkeys, device, key=ec.generate_private_key(ec.SECP256R1())) is None


async def test_a_passkey_that_nobody_has_signs_nobody_in(passkeys: Passkeys, device: Authenticator) -> None:
    await added(passkeys, device)
    foreign = Authenticator()
    foreign.user = b"ana"

    assert await signed_in(passkeys, foreign) is None


async def test_a_passkey_that_says_it_is_somebody_elses_signs_nobody_in(
    passkeys: Passkeys, device: Authenticator
) -> None:
    await added(passkeys, device)

    assert await signed_in(passkeys, device, user=b"adm") is None


async def test_a_challenge_is_good_once(passkeys: Passkeys, device: Authenticator) -> None:
    await added(passkeys, device)
    ticket, options = await passkeys.begin_sign_in()
    answer = device.get(options)

    found = await asyncio.gather(*(passkeys.sign_in(ticket, answer) for _ in range(50)))

    assert sorted(filter(None, found)) == ["ana"]
    assert await passkeys.sign_in(ticket, device.get(options)) is None


async def test_a_wrong_answer_spends_the_challenge(passkeys: Passkeys, device: Authenticator) -> None:
    await added(passkeys, device)
    ticket, options = await passkeys.begin_sign_in()

    assert await passkeys.sign_in(ticket, device.get(options, origin="https://evil.com")) is None
    assert await passkeys.sign_in(ticket, device.get(options)) is None


async def test_a_challenge_is_good_for_its_own_ticket_and_session_only(
    passkeys: Passkeys, device: Authenticator
) -> None:
    await added(passkeys, device)
    ticket, _ = await passkeys.begin_sign_in()
    _, options = await passkeys.begin_sign_in()
    assert await passkeys.sign_in(ticket, device.get(options)) is None

    create = await passkeys.begin_adding("pau", "session of pau", "Pau")
    with pytest.raises(BadPasskey):
        await passkeys.add("ana", SESSION, Authenticator().create(create), "x")
    await passkeys.begin_adding("ana", SESSION, "Ana")
    with pytest.raises(BadPasskey):
        await passkeys.add("ana", SESSION, Authenticator().create(create), "x")
    assert await passkeys.add("pau", "session of pau", Authenticator().create(create), "x")


@pytest.mark.parametrize(("after", "good"), [(CHALLENGE_LIFE_MS - 1, True), (CHALLENGE_LIFE_MS, False)])
async def test_a_challenge_is_good_for_five_minutes(
    passkeys: Passkeys, device: Authenticator, clock: Hand, after: int, good: bool
) -> None:
    await added(passkeys, device)
    ticket, options = await passkeys.begin_sign_in()
    create = await passkeys.begin_adding("pau", "another", "Pau")
    clock.ms += after

    assert (await passkeys.sign_in(ticket, device.get(options)) == "ana") is good
    if good:
        await passkeys.add("pau", "another", Authenticator().create(create), "x")
    else:
        with pytest.raises(BadPasskey, match="too long"):
            await passkeys.add("pau", "another", Authenticator().create(create), "x")


async def test_however_many_begin_few_challenges_are_kept(
    passkeys: Passkeys, device: Authenticator, clock: Hand, monkeypatch
) -> None:
    monkeypatch.setattr("cloud.passkeys.CHALLENGES", 3)
    await added(passkeys, device)
    begun = [await passkeys.begin_sign_in() for _ in range(5)]
    assert len(passkeys._challenges) == 3

    found = [await passkeys.sign_in(ticket, device.get(options)) for ticket, options in begun]
    assert found == [None, None, "ana", "ana", "ana"]

    await passkeys.begin_sign_in()
    clock.ms += CHALLENGE_LIFE_MS
    await passkeys.begin_sign_in()
    assert len(passkeys._challenges) == 1


@pytest.mark.parametrize("count", [0, 1, 6, 7])
async def test_a_counter_that_does_not_rise_is_refused_and_told(
    passkeys: Passkeys, device: Authenticator, caplog, count: int
) -> None:
    await added(passkeys, device)
    device.count = 6
    assert await signed_in(passkeys, device) == "ana"

    assert await signed_in(passkeys, device, count=count) is None

    assert [r.levelname for r in caplog.records if "counter went back" in r.message] == ["WARNING"]
    assert await signed_in(passkeys, device, count=8) == "ana"


async def test_who_has_not_the_key_cannot_say_that_a_counter_went_back(
    passkeys: Passkeys, device: Authenticator, caplog
) -> None:
    await added(passkeys, device)
    device.count = 6
    await signed_in(passkeys, device)

    assert await signed_in(passkeys, device, count=1, key=ec.generate_private_key(ec.SECP256R1())) is None

    assert "counter" not in caplog.text


async def test_the_same_count_twice_at_once_is_good_once(passkeys: Passkeys, device: Authenticator) -> None:
    await added(passkeys, device)
    begun = [await passkeys.begin_sign_in() for _ in range(10)]

    found = await asyncio.gather(*(passkeys.sign_in(t, device.get(options, count=3)) for t, options in begun))

    assert sorted(filter(None, found)) == ["ana"]


HOSTILE = [
    "",
    "{}",
    "[]",
    "null",
    "not json",
    {},
    {"id": 1},
    {"id": "", "rawId": "", "type": "public-key", "response": {}},
    {"id": "\ud800", "rawId": "é", "type": "public-key", "response": {"clientDataJSON": "%"}},
    "[" * 3000,
]


@pytest.mark.parametrize("credential", HOSTILE, ids=range(len(HOSTILE)))
async def test_whatever_is_sent_it_is_refused_without_an_error(passkeys: Passkeys, credential) -> None:
    ticket, _ = await passkeys.begin_sign_in()
    await passkeys.begin_adding("ana", SESSION, "Ana")

    assert await passkeys.sign_in(ticket, credential) is None
    with pytest.raises(BadPasskey):
        await passkeys.add("ana", SESSION, credential, "x")


async def test_an_answer_cut_anywhere_or_with_a_wrong_byte_is_refused(passkeys: Passkeys) -> None:
    device = Authenticator(counts=False)
    await added(passkeys, device)
    for field in ("clientDataJSON", "authenticatorData", "signature"):
        for at in range(0, 36, 3):
            ticket, options = await passkeys.begin_sign_in()
            answer = device.get(options)
            whole = answer["response"][field]
            answer["response"][field] = whole[:at] + ("A" if whole[at] != "A" else "B") + whole[at + 1 :]
            assert await passkeys.sign_in(ticket, answer) is None
            ticket, options = await passkeys.begin_sign_in()
            answer = device.get(options)
            answer["response"][field] = answer["response"][field][:at]
            assert await passkeys.sign_in(ticket, answer) is None


# -- where


@pytest.mark.parametrize(
    ("url", "rp"),
    [
        ("https://doors.example", "doors.example"),
        ("https://Doors.Example:8443", "doors.example"),
        ("http://localhost:8080", "localhost"),
        ("http://one.localhost:8080", "one.localhost"),
    ],
)
def test_passkeys_are_bound_to_the_hosts_name(url: str, rp: str) -> None:
    assert rp_id(url) == rp


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1 is a number"),
        ("https://192.0.2.7", "192.0.2.7 is a number"),
        ("https://[::1]:8080", "::1 is a number"),
        ("http://doors.example", "https only"),
        ("", "set public_url"),
    ],
)
async def test_where_there_can_be_none_it_says_why(store: Store, clock: Hand, url: str, why: str) -> None:
    with pytest.raises(NoName) as refused:
        rp_id(url)
    assert why in str(refused.value)
    assert "set public_url" in str(refused.value)


async def test_a_service_on_a_bare_address_has_none(store: Store, clock: Hand) -> None:
    passkeys = Passkeys(store, clock, Settings())

    assert not passkeys.possible
    for attempt in (
        passkeys.begin_adding("ana", SESSION, "Ana"),
        passkeys.add("ana", SESSION, {}, "x"),
        passkeys.begin_sign_in(),
        passkeys.sign_in("ticket", {}),
    ):
        with pytest.raises(NoName):
            await attempt


async def test_on_this_machine_the_port_that_was_found_is_the_page(store: Store, clock: Hand) -> None:
    passkeys = Passkeys(store, clock, Settings(host="localhost", port=0))
    passkeys.served_on(4321)
    device = Authenticator("http://localhost:4321", "localhost")
    await added(passkeys, device)

    assert passkeys.possible
    assert await signed_in(passkeys, device) == "ana"
    assert await signed_in(passkeys, device, origin="http://localhost:4322") is None
