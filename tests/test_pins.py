"""The code at every open: five tries, then a pause that no restart and no crowd shortens."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.chain import Draft
from cloud.codes import PIN_PAUSE_MS, PIN_TRIES
from cloud.pins import BadPin, Paused, Pins, Right, Wrong
from cloud.slow_hash import WAITING, Busy, SlowHash
from cloud.store import Store
from tests.given import ASKED
from tests.identity_side import Hand, entries, peopled_database

PIN, OTHER = "4071", "5908"
PAUSED = Paused(ASKED + PIN_PAUSE_MS)


@pytest.fixture
async def pins(store: Store, clock: Hand, hasher: SlowHash) -> Pins:
    pins = Pins(store, clock, hasher)
    await pins.load()
    await pins.set("ana", PIN)
    return pins


async def test_the_right_one_is_right_as_often_as_it_is_typed(pins: Pins) -> None:
    for typed in (PIN, f" {PIN[:2]} {PIN[2:]}", PIN, "٤٠٧١"):
        assert await pins.check("ana", typed) == Right()


async def test_five_wrong_ones_begin_a_pause_in_which_the_right_one_is_not_looked_at(pins: Pins, clock: Hand) -> None:
    found = [await pins.check("ana", OTHER) for _ in range(PIN_TRIES)]

    assert found == [*(Wrong(left) for left in (4, 3, 2, 1)), PAUSED]
    assert await pins.check("ana", PIN) == PAUSED
    clock.ms += PIN_PAUSE_MS - 1
    assert await pins.check("ana", PIN) == PAUSED
    clock.ms += 1
    assert await pins.check("ana", PIN) == Right()


async def test_after_a_pause_there_are_five_tries_again(pins: Pins, clock: Hand) -> None:
    for _ in range(PIN_TRIES):
        await pins.check("ana", OTHER)
    clock.ms += PIN_PAUSE_MS

    assert [await pins.check("ana", OTHER) for _ in range(2)] == [Wrong(4), Wrong(3)]


async def test_the_right_one_forgets_the_wrong_ones(pins: Pins) -> None:
    for _ in range(3):
        for _ in range(PIN_TRIES - 1):
            await pins.check("ana", OTHER)
        assert await pins.check("ana", PIN) == Right()


@pytest.mark.parametrize("typed", ["", "407", "40711", "abcd", "x" * 100_000, "\ud800"])
async def test_what_is_no_pin_is_a_wrong_one(pins: Pins, typed: str) -> None:
    assert await pins.check("ana", typed) == Wrong(4)


async def test_a_restart_gives_no_new_tries(pins: Pins, store: Store, clock: Hand, hasher: SlowHash) -> None:
    for left in (4, 3, 2, 1):
        again = Pins(store, clock, hasher)
        await again.load()
        assert again.needed("ana")
        assert await again.check("ana", OTHER) == Wrong(left)
    assert await Pins(store, clock, hasher).check("ana", OTHER) == PAUSED
    assert await Pins(store, clock, hasher).check("ana", PIN) == PAUSED


async def test_of_fifty_wrong_ones_at_once_five_are_compared(pins: Pins, hasher: SlowHash, monkeypatch) -> None:
    compared: list[str] = []
    matches = hasher.matches

    async def counted(secret: str, hashed: str | None) -> bool:
        compared.append(secret)
        return await matches(secret, hashed)

    monkeypatch.setattr(hasher, "matches", counted)
    found = await asyncio.gather(*(pins.check("ana", f"{n:04}") for n in range(50)))

    assert len(compared) == PIN_TRIES
    assert sorted(one.left for one in found if isinstance(one, Wrong)) == [1, 2, 3, 4]
    assert found.count(PAUSED) == 46


async def test_a_right_one_among_many_wrong_ones_lifts_no_pause_that_others_began(pins: Pins, hasher: SlowHash) -> None:
    """It is compared last, when the pause has begun already."""
    counted, began = asyncio.Event(), asyncio.Event()
    matches = hasher.matches

    async def late(secret: str, hashed: str | None) -> bool:
        if secret == PIN:
            counted.set()
            await began.wait()
        return await matches(secret, hashed)

    hasher.matches = late
    right = asyncio.create_task(pins.check("ana", PIN))
    await counted.wait()
    for _ in range(PIN_TRIES - 1):
        await pins.check("ana", OTHER)
    began.set()

    assert await right == Right()
    assert await pins.check("ana", PIN) == PAUSED


async def test_one_that_is_replaced_while_it_is_compared_is_wrong(pins: Pins, hasher: SlowHash, monkeypatch) -> None:
    matches = hasher.matches

    async def replaced(secret: str, hashed: str | None) -> bool:
        await pins.set("ana", OTHER)
        return await matches(secret, hashed)

    monkeypatch.setattr(hasher, "matches", replaced)

    assert await pins.check("ana", PIN) == Wrong(4)


async def test_the_fifth_try_may_be_right_and_leaves_no_pause(pins: Pins) -> None:
    for _ in range(PIN_TRIES - 1):
        await pins.check("ana", OTHER)

    assert await pins.check("ana", PIN) == Right()
    assert await pins.check("ana", OTHER) == Wrong(4)


async def test_one_persons_tries_are_nobody_elses(pins: Pins) -> None:
    await pins.set("pau", OTHER)
    for _ in range(PIN_TRIES):
        await pins.check("ana", OTHER)

    assert await pins.check("pau", OTHER) == Right()


async def test_who_has_none_needs_none(pins: Pins, store: Store) -> None:
    assert not pins.needed("pau")
    assert await pins.check("pau", "") == Right()
    assert await pins.clear("pau", [Draft("home", ASKED, "change")]) is False
    assert await entries(store) == []


async def test_setting_and_clearing_stand_in_the_log_and_the_digits_do_not(pins: Pins, store: Store) -> None:
    await pins.set("pau", OTHER, [Draft("home", ASKED, "change", "adm")])
    assert pins.needed("pau")
    assert await pins.clear("pau", [Draft("home", ASKED, "change", "pau")])

    assert not pins.needed("pau")
    found = await entries(store)
    assert [e.who for e in found] == ["adm", "pau"]
    for file in store.path.parent.iterdir():
        assert OTHER.encode() not in file.read_bytes()


@pytest.mark.parametrize("typed", ["0000", "1234", "123", "12345", "", "abcd", "1984"])
async def test_a_bad_one_is_refused_in_words_and_changes_nothing(pins: Pins, typed: str) -> None:
    with pytest.raises(BadPin, match=r"\w+ \w+"):
        await pins.set("ana", typed)

    assert await pins.check("ana", PIN) == Right()


async def test_one_that_could_not_be_kept_is_not_asked_for(pins: Pins) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await pins.set("nobody", PIN)

    assert not pins.needed("nobody")
    assert pins.needed("ana")


async def test_when_too_much_is_hashed_no_try_is_lost(pins: Pins, hasher: SlowHash) -> None:
    hasher._waiting = WAITING
    with pytest.raises(Busy):
        await pins.check("ana", OTHER)
    hasher._waiting = 0

    assert await pins.check("ana", OTHER) == Wrong(4)


@settings(max_examples=25)
@given(st.lists(st.one_of(st.booleans(), st.integers(0, 20 * 60_000)), max_size=25))
def test_however_they_are_typed_a_dictionary_says_the_same(tmp_path_factory, steps: list[bool | int]) -> None:
    """A boolean is a try, right or wrong; a number is time that passes."""

    async def run() -> None:
        store, clock, hasher = Store(peopled_database(tmp_path_factory.mktemp("pins"))), Hand(), SlowHash()
        pins = Pins(store, clock, hasher)
        await pins.set("ana", PIN)
        failed, until = 0, 0
        for step in steps:
            if not isinstance(step, bool):
                clock.ms += step
                continue
            found = await pins.check("ana", PIN if step else OTHER)
            if clock.ms < until:
                assert found == Paused(until)
            elif step:
                failed = 0
                assert found == Right()
            else:
                failed += 1
                if failed == PIN_TRIES:
                    failed, until = 0, clock.ms + PIN_PAUSE_MS
                    assert found == Paused(until)
                else:
                    assert found == Wrong(PIN_TRIES - failed)
        hasher.close()
        await store.close()

    asyncio.run(run())
