"""What a unit tells by itself is believed as its other frames are, and shows nobody alive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.unit_link import ASK_PATIENCE_S
from cloud.unit_news import Boot, Coil, Declined, Moved, Strange, record
from firmware import events, wire
from tests.link_side import NONCE, Cloud
from tests.unit_side import UnitSide

RECORDS = [
    (0, events.BOOT, 0, 3, b"bootbootboot"[:8]),
    (12, events.COIL, 1, wire.DONE | 1 << 8, bytes(7) + b"\xaa"),
    (13, events.DECLINED, 1, wire.BUSY, bytes(7) + b"\xab"),
]


@pytest.fixture
def unit() -> UnitSide:
    return UnitSide()


@pytest.fixture
def cloud(unit: UnitSide) -> Cloud:
    """A cloud that knows its unit in this boot."""
    cloud = Cloud()
    assert cloud.adopt(unit).came
    return cloud


def test_records_come_in_words_and_in_their_order(unit: UnitSide, cloud: Cloud) -> None:
    told = cloud.take(unit.events(RECORDS, first=41, lost=7, boot=b"earlier!")).events

    assert told is not None
    assert (told.journal, told.first, told.last, told.lost, told.boot) == (b"journal1", 41, 43, 7, b"earlier!")
    assert told.records == (
        Boot(0, b"bootboot", "watchdog"),
        Coil(12, 1, "00000000000000aa", None),
        Declined(13, 1, "00000000000000ab", "busy"),
    )


def test_a_status_comes_in_words(unit: UnitSide, cloud: Cloud) -> None:
    told = cloud.take(unit.status(dbm=0, rat=255, ledger=tuple(range(10)), texts=("Mov\x00i\nstar", "89", ""))).status

    assert told is not None
    assert (told.epoch, told.network, told.dbm, told.rat) == (unit.epoch, "modem", None, None)
    assert (told.operator, told.iccid, told.imei) == ("Movistar", "89", "")
    assert told.ledger == tuple(range(10))


@pytest.mark.parametrize("what", ["events", "status"])
def test_what_it_tells_does_not_bring_a_unit_online(unit: UnitSide, cloud: Cloud, what: str) -> None:
    cloud.link.ask(NONCE, cloud.mono)
    cloud.mono += ASK_PATIENCE_S + 1
    assert cloud.link.gave_up(cloud.mono)
    frame = unit.events(RECORDS) if what == "events" else unit.status()

    news = cloud.take(frame)

    assert news.dropped is None
    assert not news.came
    assert cloud.link.link == "away"


def test_a_unit_that_is_asked_and_only_tells_its_journal_is_away(unit: UnitSide, cloud: Cloud) -> None:
    cloud.link.ask(NONCE, cloud.mono)
    cloud.take(unit.events(RECORDS))

    assert cloud.link.gave_up(cloud.mono + ASK_PATIENCE_S + 1)


@pytest.mark.parametrize("what", ["events", "status"])
def test_what_it_told_is_worthless_the_second_time_and_in_another_boot(unit: UnitSide, cloud: Cloud, what: str) -> None:
    frame, kept = (unit.events(RECORDS), unit.events(RECORDS)) if what == "events" else (unit.status(), unit.status())
    cloud.take(frame)

    cloud.unmoved_by(frame, "count")
    unit.boot()
    cloud.adopt(unit, nonce=NONCE[::-1])
    cloud.unmoved_by(kept, "epoch")


@pytest.mark.parametrize("what", ["events", "status"])
def test_what_a_stranger_tells_changes_nothing(cloud: Cloud, what: str) -> None:
    stranger = UnitSide(secret=bytes(32))
    frame = stranger.events(RECORDS) if what == "events" else stranger.status()

    cloud.unmoved_by(frame, "tag")


def test_records_that_do_not_fit_their_frame_change_nothing(unit: UnitSide, cloud: Cloud) -> None:
    odd = wire.events(unit.up, 0, unit.epoch, 99, b"journal1", 1, 0, unit.epoch, bytes(17))
    many = wire.events(unit.up, 0, unit.epoch, 99, b"journal1", 1, 0, unit.epoch, bytes(16 * 33))

    for frame in (odd, many):
        cloud.unmoved_by(frame, "shape")


def test_a_record_that_nobody_knows_keeps_its_place() -> None:
    assert record(5, 99, 0, 0, bytes(8)) == Strange(5)
    assert record(5, events.MOVED, 0, wire.OPENING, bytes(8)) == Strange(5)


def test_a_door_that_was_opened_by_hand() -> None:
    assert record(5, events.MOVED, 2, wire.OPENED, bytes(8)) == Moved(5, 2, "opened")


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 65535), st.binary(min_size=8, max_size=8))
def test_any_record_means_something(kind: int, door: int, detail: int, arg: bytes) -> None:
    assert record(7, kind, door, detail, arg).ds == 7


def test_the_acknowledgement_names_unit_journal_and_number(unit: UnitSide, cloud: Cloud) -> None:
    frame = cloud.link.events_ack(b"journal1", 43)

    assert wire.genuine(frame, unit.down)
    assert wire.events_ack_fields(frame) == (unit.raw, b"journal1", 43)
