"""One-time codes: one reply for everyone, tries that are counted, and one winner."""

import asyncio
import hashlib
import logging

import pytest

from cloud import codes, schema
from cloud.addresses import Address
from cloud.code_desk import PENDING, CodeDesk
from cloud.codes import CODE_LIFE_MS, CONTACT, DAY_MS, HOUR_MS, SIGN_IN, TRIES
from cloud.sessions import Sessions
from cloud.slow_hash import WAITING, Busy, SlowHash
from cloud.store import Store
from tests.code_side import AWAY, HERE, Pigeon, asked, other
from tests.given import ASKED
from tests.identity_side import EMAIL, PHONE, UNKNOWN, Hand, rows

# -- asking and checking


@pytest.mark.parametrize(("contact", "language"), [(PHONE, "es"), (EMAIL, "ca")])
async def test_a_code_goes_to_its_owner_in_her_language_and_is_good_once(
    desk: CodeDesk, pigeon: Pigeon, contact: str, language: str
) -> None:
    ticket = await asked(desk, contact)
    ((to, code, spoken),) = pigeon.carried

    assert (to, spoken) == (contact, language)
    assert len(code) == 6
    assert await desk.check(ticket, f" {code[:3]} {code[3:]} ") == contact
    assert await desk.check(ticket, code) is None


async def test_a_check_that_comes_before_the_code_is_recorded_waits_for_it(desk: CodeDesk, store: Store) -> None:
    ticket = desk.ask(PHONE, SIGN_IN, HERE, "en")

    assert await desk.check(ticket, "000000") is None

    assert [row["tries"] for row in await rows(store, schema.codes)] == [1]


@pytest.mark.parametrize(("after", "good"), [(CODE_LIFE_MS - 1, True), (CODE_LIFE_MS, False)])
async def test_a_code_is_good_for_ten_minutes(
    desk: CodeDesk, pigeon: Pigeon, clock: Hand, after: int, good: bool
) -> None:
    ticket = await asked(desk)
    clock.ms += after

    assert (await desk.check(ticket, pigeon.last) is not None) is good


async def test_the_right_code_after_five_wrong_ones_is_wrong(desk: CodeDesk, pigeon: Pigeon) -> None:
    ticket = await asked(desk)
    for n in range(1, TRIES + 1):
        assert await desk.check(ticket, other(pigeon.last, n)) is None

    assert await desk.check(ticket, pigeon.last) is None


async def test_the_fifth_try_may_still_be_right(desk: CodeDesk, pigeon: Pigeon) -> None:
    ticket = await asked(desk)
    for n in range(1, TRIES):
        await desk.check(ticket, other(pigeon.last, n))

    assert await desk.check(ticket, pigeon.last) == PHONE


async def test_a_strangers_tries_burn_only_his_own_ticket(desk: CodeDesk, pigeon: Pigeon) -> None:
    hers = await asked(desk)
    code = pigeon.last
    his = await asked(desk, address=AWAY)
    for n in range(1, 9):
        await desk.check(his, other(pigeon.last, n))

    assert await desk.check(his, code) is None
    assert await desk.check(hers, code) == PHONE


async def test_of_fifty_right_checks_at_once_one_wins(desk: CodeDesk, pigeon: Pigeon, store: Store) -> None:
    ticket = await asked(desk)

    found = await asyncio.gather(*(desk.check(ticket, pigeon.last) for _ in range(50)))

    assert [contact for contact in found if contact] == [PHONE]
    assert [row["used"] for row in await rows(store, schema.codes)] == [ASKED]


async def test_fifty_wrong_checks_at_once_are_fifty_tries(desk: CodeDesk, pigeon: Pigeon, store: Store) -> None:
    ticket = await asked(desk)

    found = await asyncio.gather(*(desk.check(ticket, other(pigeon.last)) for _ in range(50)))

    assert set(found) == {None}
    assert [row["tries"] for row in await rows(store, schema.codes)] == [50]
    assert await desk.check(ticket, pigeon.last) is None


async def test_a_code_is_no_good_with_another_ticket_or_for_another_purpose(desk: CodeDesk, pigeon: Pigeon) -> None:
    first = await asked(desk)
    code = pigeon.last
    second = await asked(desk)
    change = await asked(desk, purpose=CONTACT, person="pau")
    changed = pigeon.last

    assert await desk.check(second, code) is None
    assert await desk.check("made up", code) is None
    assert await desk.check("\ud800", code) is None
    assert await desk.check(change, changed) is None
    assert await desk.check(change, changed, CONTACT) is None
    assert await desk.check(change, changed, CONTACT, "ana") is None
    assert await desk.check(first, code, CONTACT, "pau") is None
    assert await desk.check(first, code, CONTACT) is None
    assert await desk.check(change, changed, CONTACT, "pau") == PHONE
    assert await desk.check(first, code) == PHONE


async def test_what_is_no_code_is_no_try(desk: CodeDesk, store: Store) -> None:
    ticket = await asked(desk)

    for typed in ("", "12345", "abcdef", "x" * 100_000, "\ud800"):
        assert await desk.check(ticket, typed) is None
    assert [row["tries"] for row in await rows(store, schema.codes)] == [0]


# -- what a stranger can learn


async def test_a_ticket_is_handed_out_before_anything_is_looked_up(desk: CodeDesk, store: Store) -> None:
    """Not a turn of the loop lies between question and reply: there is nothing to measure."""
    tickets = [desk.ask(contact, SIGN_IN, HERE, "en") for contact in (PHONE, UNKNOWN, EMAIL)]

    assert len({len(ticket) for ticket in tickets}) == 1
    assert len(set(tickets)) == 3
    assert await rows(store, schema.codes) == []
    await desk.recorded()
    assert len(await rows(store, schema.codes)) == 3


async def test_known_unknown_and_limited_cost_the_same_hashes(
    desk: CodeDesk, hasher: SlowHash, pigeon: Pigeon, monkeypatch
) -> None:
    work: list[str] = []
    do = hasher._do

    def counted(what, *arguments: str):
        work.append(what.__name__)
        return do(what, *arguments)

    monkeypatch.setattr(hasher, "_do", counted)

    async def cost(contact: str) -> list[str]:
        work.clear()
        ticket = await asked(desk, contact)
        assert await desk.check(ticket, "000000") is None
        return list(work)

    monkeypatch.setattr("cloud.code_desk.new_code", lambda: "123456")
    known, unknown = await cost(PHONE), await cost(UNKNOWN)
    *_, limited = [await cost(PHONE) for _ in range(codes.PAIR_AN_HOUR)]

    assert len(pigeon.carried) == codes.PAIR_AN_HOUR
    assert known == unknown == limited == ["hash", "_verify", "_verify"]


async def test_to_nobodys_contact_nothing_is_sent_and_no_code_is_good(
    desk: CodeDesk, pigeon: Pigeon, store: Store, monkeypatch
) -> None:
    monkeypatch.setattr("cloud.code_desk.new_code", lambda: "123456")

    ticket = await asked(desk, UNKNOWN)

    assert pigeon.carried == []
    assert [row["code"] for row in await rows(store, schema.codes)] == [None]
    assert await desk.check(ticket, "123456") is None


async def test_beyond_the_limit_a_ticket_looks_the_same_and_is_good_for_nothing(
    desk: CodeDesk, pigeon: Pigeon, monkeypatch
) -> None:
    monkeypatch.setattr("cloud.code_desk.new_code", lambda: "123456")
    tickets = [await asked(desk) for _ in range(codes.PAIR_AN_HOUR + 1)]

    assert len(pigeon.carried) == codes.PAIR_AN_HOUR
    assert {len(ticket) for ticket in tickets} == {len(tickets[0])}
    assert await desk.check(tickets[-1], "123456") is None
    assert await desk.check(tickets[0], "123456") == PHONE


async def test_what_is_not_sent_is_not_kept_without_end(desk: CodeDesk, store: Store, monkeypatch) -> None:
    monkeypatch.setattr(codes, "KEPT_A_DAY", 4)
    for n in range(8):
        await asked(desk, UNKNOWN, Address(f"stranger {n}"))

    assert len(await rows(store, schema.codes)) == 4


async def test_parallel_asks_pass_no_limit(desk: CodeDesk, pigeon: Pigeon) -> None:
    for n in range(PENDING):
        desk.ask(PHONE, SIGN_IN, Address(f"stranger {n}"), "en")
    await desk.recorded()

    assert len(pigeon.carried) == codes.STRANGERS_AN_HOUR


async def test_strangers_do_not_lock_the_owner_out(desk: CodeDesk, pigeon: Pigeon, store: Store, clock: Hand) -> None:
    sessions = Sessions(store, clock)
    token = await sessions.begin("ana", "code", "her phone", HERE)
    known = await sessions.who(token)
    assert known is not None
    await sessions.end(known.id)
    for n in range(20):
        await asked(desk, address=Address(f"stranger {n}"))
    assert len(pigeon.carried) == codes.STRANGERS_AN_HOUR

    ticket = await asked(desk, address=HERE)

    assert len(pigeon.carried) == codes.STRANGERS_AN_HOUR + 1
    assert await desk.check(ticket, pigeon.last) == PHONE


async def test_one_address_asks_for_twenty_an_hour_whatever_the_contacts(
    desk: CodeDesk, store: Store, clock: Hand
) -> None:
    for n in range(codes.ADDRESS_AN_HOUR + 5):
        await asked(desk, f"+346000000{n:02}")

    assert len(await rows(store, schema.codes)) == codes.ADDRESS_AN_HOUR
    clock.ms += HOUR_MS
    await asked(desk)
    assert len(await rows(store, schema.codes)) == codes.ADDRESS_AN_HOUR + 1


async def test_too_much_at_once_is_busy_whatever_the_contact(desk: CodeDesk, hasher: SlowHash, store: Store) -> None:
    for n in range(PENDING):
        desk.ask(UNKNOWN, SIGN_IN, Address(str(n)), "en")
    for contact in (PHONE, UNKNOWN):
        with pytest.raises(Busy):
            desk.ask(contact, SIGN_IN, HERE, "en")
    await desk.recorded()
    ticket = await asked(desk)

    hasher._waiting = WAITING
    with pytest.raises(Busy):
        await desk.check(ticket, "000000")

    assert {row["tries"] for row in await rows(store, schema.codes)} == {0}


async def test_tickets_are_forgotten_after_a_day(desk: CodeDesk, store: Store, clock: Hand) -> None:
    await asked(desk)
    clock.ms += DAY_MS
    await asked(desk, EMAIL)

    assert [row["contact"] for row in await rows(store, schema.codes)] == [EMAIL]


# -- strangers who ask for access, and changes of contact


async def test_a_stranger_shows_her_number_where_strangers_may_ask(desk: CodeDesk, pigeon: Pigeon) -> None:
    ticket = await asked(desk, UNKNOWN, strangers=True)

    assert pigeon.carried[-1][2] == "en"
    assert await desk.check(ticket, pigeon.last) == UNKNOWN


async def test_nobody_is_paid_for_messages_to_numbers_that_nobody_has(desk: CodeDesk, pigeon: Pigeon) -> None:
    for n in range(codes.NOBODYS_AN_HOUR + 5):
        await asked(desk, f"+346000000{n:02}", Address(str(n)), strangers=True)
    assert len(pigeon.carried) == codes.NOBODYS_AN_HOUR

    await asked(desk, PHONE)
    assert len(pigeon.carried) == codes.NOBODYS_AN_HOUR + 1


async def test_one_person_tries_few_new_numbers_a_day(desk: CodeDesk, pigeon: Pigeon) -> None:
    for n in range(codes.PERSON_A_DAY + 5):
        await asked(desk, f"+346000000{n:02}", Address(str(n)), purpose=CONTACT, person="ana")

    assert len(pigeon.carried) == codes.PERSON_A_DAY


async def test_without_a_carrier_nothing_is_sent_and_nothing_uses_the_limit_up(
    desk: CodeDesk, pigeon: Pigeon, store: Store
) -> None:
    pigeon.flies = False
    for _ in range(codes.PAIR_AN_HOUR + 1):
        await asked(desk)

    assert pigeon.carried == []
    assert {row["code"] for row in await rows(store, schema.codes)} == {None}


async def test_a_carrier_that_fails_fails_nobody(desk: CodeDesk, pigeon: Pigeon, monkeypatch, caplog) -> None:
    def fail(*_: str) -> None:
        raise RuntimeError("the pigeon died")

    monkeypatch.setattr(pigeon, "code", fail)
    ticket = await asked(desk)

    assert await desk.check(ticket, "000000") is None
    assert "could not be given" in caplog.text


async def test_neither_tickets_nor_codes_can_be_read_from_the_database_or_the_log(
    desk: CodeDesk, pigeon: Pigeon, store: Store, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    ticket = await asked(desk)
    await desk.check(ticket, pigeon.last)

    (row,) = await rows(store, schema.codes)
    assert row["ticket"] == hashlib.sha256(ticket.encode()).digest()
    assert str(row["code"]).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    for file in store.path.parent.iterdir():
        assert ticket.encode() not in file.read_bytes()
    ours = [record for record in caplog.records if record.name.startswith("iomando")]
    assert not any(secret in str(vars(r)) for r in ours for secret in (ticket, pigeon.last, PHONE))
