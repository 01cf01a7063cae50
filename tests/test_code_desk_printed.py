"""Printed codes: good with any ticket of a contact, once, and told in the log."""

import asyncio

import pytest

from cloud import codes, schema
from cloud.addresses import Address
from cloud.code_desk import CodeDesk, print_code
from cloud.codes import CODE_LIFE_MS
from cloud.slow_hash import SlowHash
from cloud.store import Store
from tests.code_side import AWAY, Pigeon, asked
from tests.given import ASKED
from tests.identity_side import EMAIL, PHONE, UNKNOWN, Hand, entries, rows


async def test_a_printed_code_is_good_with_any_ticket_of_that_contact_once(
    desk: CodeDesk, store: Store, hasher: SlowHash
) -> None:
    early, elsewhere = await asked(desk), await asked(desk, EMAIL)
    code = await print_code(store, hasher, PHONE, ASKED)
    late = await asked(desk, address=AWAY)

    assert await desk.check(elsewhere, code) is None
    assert await desk.check(late, code) == PHONE
    assert await desk.check(early, code) is None
    assert await desk.check(late, code) is None


async def test_a_printed_code_helps_where_nothing_was_sent(
    desk: CodeDesk, pigeon: Pigeon, store: Store, hasher: SlowHash
) -> None:
    """Beyond the limit, without a message service, for a contact that nobody has yet."""
    pigeon.flies = False
    *_, ticket = [await asked(desk, UNKNOWN, Address(str(n))) for n in range(codes.STRANGERS_A_DAY + 5)]
    code = await print_code(store, hasher, UNKNOWN, ASKED)

    assert await desk.check(ticket, code) == UNKNOWN


async def test_of_fifty_who_use_a_printed_code_at_once_one_wins(desk: CodeDesk, store: Store, hasher: SlowHash) -> None:
    tickets = [await asked(desk, address=Address(str(n))) for n in range(10)]
    code = await print_code(store, hasher, PHONE, ASKED)

    found = await asyncio.gather(*(desk.check(ticket, code) for ticket in tickets for _ in range(5)))

    assert [contact for contact in found if contact] == [PHONE]
    used = [row["purpose"] for row in await rows(store, schema.codes) if row["used"]]
    assert sorted(map(str, used)) == ["printed", "sign-in"]


async def test_the_code_that_was_sent_leaves_the_printed_one_good(
    desk: CodeDesk, pigeon: Pigeon, store: Store, hasher: SlowHash
) -> None:
    first, second = await asked(desk), await asked(desk)
    code = await print_code(store, hasher, PHONE, ASKED)

    assert await desk.check(second, pigeon.last) == PHONE
    assert await desk.check(first, code) == PHONE


async def test_printing_again_ends_the_one_before(desk: CodeDesk, store: Store, hasher: SlowHash) -> None:
    before = await print_code(store, hasher, PHONE, ASKED)
    after = await print_code(store, hasher, PHONE, ASKED + 1)

    assert await desk.check(await asked(desk), before) is None
    assert await desk.check(await asked(desk), after) == PHONE
    assert await desk.check(await asked(desk), before) is None


async def test_a_printed_code_ends_after_ten_minutes(
    desk: CodeDesk, store: Store, hasher: SlowHash, clock: Hand
) -> None:
    code = await print_code(store, hasher, PHONE, ASKED)
    clock.ms += CODE_LIFE_MS

    assert await desk.check(await asked(desk), code) is None


@pytest.mark.parametrize(("contact", "places"), [(PHONE, ["home", "work"]), (UNKNOWN, [""])])
async def test_that_a_code_was_printed_stands_in_the_log_and_the_code_does_not(
    store: Store, hasher: SlowHash, contact: str, places: list[str]
) -> None:
    code = await print_code(store, hasher, contact, ASKED)

    found = await entries(store)
    assert [(e.place, e.kind, e.way) for e in found] == [(p, "code_printed", "command line") for p in places]
    assert not any(code in e.detail or contact in e.detail for e in found)
