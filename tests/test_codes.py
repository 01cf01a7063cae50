"""The rules of what people type: how many are sent, what counts, which codes would be guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud import codes
from cloud.addresses import Addresses
from cloud.codes import DAY_MS, HOUR_MS, MINUTE_MS, Asked, Recent, may_keep, may_send, read_code, read_pin, weak_pin
from tests.given import ASKED

HOME, NOW = "where she lives", ASKED


def sent(address: str, ago: int) -> Asked:
    return Asked(address, NOW - ago, sent=True)


def served(asker, gap_ms: int, times: int, known: frozenset[str] = frozenset()) -> list[Asked]:
    """What is sent when addresses ask one after the other."""
    asked: list[Asked] = []
    for n in range(times):
        now, address = NOW + n * gap_ms, asker(n)
        day = [one for one in asked if one.created > now - DAY_MS]
        asked.append(Asked(address, now, may_send(day, address, known, now)))
    return [one for one in asked if one.sent]


def test_one_stranger_uses_up_a_part_only() -> None:
    assert len(served(lambda _: "one", 1000, 30)) == codes.PAIR_AN_HOUR


def test_all_strangers_together_are_held_to_five_an_hour_and_ten_a_day() -> None:
    assert len(served(lambda n: f"stranger {n}", 1000, 100)) == codes.STRANGERS_AN_HOUR
    assert len(served(lambda n: f"stranger {n}", 10 * MINUTE_MS, 140)) == codes.STRANGERS_A_DAY


def test_strangers_do_not_lock_the_owner_out_where_she_signed_in_before() -> None:
    strangers = [sent(f"stranger {n}", n * MINUTE_MS) for n in range(codes.STRANGERS_A_DAY)]

    assert not may_send(strangers, "another stranger", {HOME}, NOW)
    assert not may_send(strangers, HOME, set(), NOW)
    assert may_send(strangers, HOME, {HOME}, NOW)
    assert may_keep([Asked("s", NOW, sent=False)] * 1000, HOME, {HOME}, NOW)


def test_the_owners_own_address_has_its_end_too_and_costs_strangers_nothing() -> None:
    hers = served(lambda _: HOME, 1000, 30, frozenset({HOME}))

    assert len(hers) == codes.KNOWN_AN_HOUR
    assert may_send(hers, "stranger", {HOME}, NOW + 30_000)
    assert len(served(lambda _: HOME, 10 * MINUTE_MS, 140, frozenset({HOME}))) == codes.KNOWN_A_DAY


@pytest.mark.parametrize(("ago", "may"), [(HOUR_MS, True), (HOUR_MS - 1, False)])
def test_what_was_sent_an_hour_ago_counts_no_longer(ago: int, may: bool) -> None:
    assert may_send([sent("one", ago)] * codes.PAIR_AN_HOUR, "one", set(), NOW) is may


def test_what_was_not_sent_uses_nothing_up_but_is_not_kept_without_end() -> None:
    asked = [Asked(f"stranger {n}", NOW, sent=False) for n in range(codes.KEPT_A_DAY)]

    assert may_send(asked, "one more", set(), NOW)
    assert may_keep(asked[1:], "one more", set(), NOW)
    assert not may_keep(asked, "one more", set(), NOW)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4 * HOUR_MS)), max_size=60), st.booleans())
def test_however_they_ask_no_window_ever_holds_more(asks: list[tuple[int, int]], home_known: bool) -> None:
    known = frozenset({"0"} if home_known else ())
    asked: list[Asked] = []
    now = NOW
    for address, gap in asks:
        now += gap
        day = [one for one in asked if one.created > now - DAY_MS]
        asked.append(Asked(str(address), now, may_send(day, str(address), known, now)))
        strangers = [one for one in asked if one.sent and one.address not in known]
        assert sum(one.created > now - HOUR_MS for one in strangers) <= codes.STRANGERS_AN_HOUR
        assert sum(one.created > now - DAY_MS for one in strangers) <= codes.STRANGERS_A_DAY


def test_what_is_recent_forgets_the_one_that_was_quiet_longest() -> None:
    recent = Recent(2, HOUR_MS, keys=2)

    assert [recent.take("a", NOW) for _ in range(3)] == [True, True, False]
    assert recent.take("a", NOW + HOUR_MS)
    assert recent.take("b", NOW)
    assert recent.take("c", NOW)
    assert set(recent._times) == {"b", "c"}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("012345", "012345"),
        (" 012 345\n", "012345"),
        ("012-345", "012345"),
        ("٠١٢٣٤٥", "012345"),
        ("12345", None),
        ("1234567", None),
        ("12345²", None),
        ("12345a", None),
        ("", None),
        ("1" * 5000, None),
        (" " * 20 + "123456", None),
        ("\ud800" * 6, None),
    ],
)
def test_a_code_is_read_however_it_was_pasted(typed: str, code: str | None) -> None:
    assert read_code(typed) == code


def test_a_pin_has_four_digits() -> None:
    assert read_pin("40 71") == "4071"
    assert read_pin("123456") is None


@pytest.mark.parametrize("pin", ["0000", "9999", "1234", "4321", "7890", "0987", "9012", "1212", "1984", "2024"])
def test_what_everybody_tries_first_is_refused_in_words(pin: str) -> None:
    assert weak_pin(pin)


@pytest.mark.parametrize("pin", ["4071", "1357", "8802", "1112", "5908"])
def test_another_pin_is_good(pin: str) -> None:
    assert weak_pin(pin) is None


# -- where from


def test_an_address_is_kept_so_that_nobody_can_read_it_back() -> None:
    here, elsewhere = Addresses(b"one key"), Addresses(b"another key")

    assert here.hashed("192.0.2.7") == here.hashed("192.0.2.7") == here.hashed("::ffff:192.0.2.7")
    assert here.hashed("192.0.2.7") != here.hashed("192.0.2.8")
    assert here.hashed("192.0.2.7") != elsewhere.hashed("192.0.2.7")
    assert "192" not in here.hashed("192.0.2.7")


def test_all_of_a_house_is_one_address_of_version_6() -> None:
    hashed = Addresses(b"key").hashed

    assert hashed("2001:db8:1:2::1") == hashed("2001:db8:1:2:ffff::9") != hashed("2001:db8:1:3::1")
    assert hashed("fe80::1%eth0") == hashed("fe80::2")


@pytest.mark.parametrize("remote", [None, "", "nonsense", "192.0.2.7\n", "999.1.1.1"])
def test_what_is_no_address_is_one_address(remote: str | None) -> None:
    assert Addresses(b"key").hashed(remote) == Addresses(b"key").hashed(None)
