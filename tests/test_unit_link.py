"""What the cloud believes of a unit, and what it does not, whatever a broker keeps, repeats, mixes up or holds back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.unit_link import ASK_PATIENCE_S, NONCE_LIFE_S, SILENCE_S
from firmware import wire
from tests.link_side import NONCE, NOW, OP, Cloud
from tests.unit_side import SECRET, UnitSide


@pytest.fixture
def unit() -> UnitSide:
    return UnitSide()


@pytest.fixture
def cloud(unit: UnitSide) -> Cloud:
    """A cloud that knows its unit in this boot."""
    cloud = Cloud()
    assert cloud.adopt(unit).came
    return cloud


# -- an epoch is adopted only from a HELLO that echoes our own unspent nonce


def test_a_unit_that_was_never_heard_says_so_and_one_that_was_is_away() -> None:
    assert Cloud(heard=None).link.link == "never"
    assert Cloud(heard=NOW).link.link == "away"


def test_the_first_hello_is_welcomed_and_changes_nothing(unit: UnitSide) -> None:
    cloud = Cloud()
    before = cloud.state()

    news = cloud.take(unit.hello())

    assert (news.dropped, news.welcome) == ("epoch", True)
    assert cloud.state() == before


def test_a_hello_with_our_nonce_is_adopted(unit: UnitSide) -> None:
    cloud = Cloud()

    assert cloud.adopt(unit).came
    assert (cloud.link.link, cloud.link.epoch) == ("online", unit.epoch)


def test_a_heartbeat_never_introduces_a_boot_not_even_with_our_nonce(unit: UnitSide) -> None:
    cloud = Cloud()
    cloud.link.welcome(NONCE, cloud.mono)

    cloud.unmoved_by(unit.heartbeat(echo=NONCE), "epoch")


@pytest.mark.parametrize("nonce", [wire.NO_NONCE, b"\xff" * 8, NONCE[::-1], NONCE[:7] + b"\0"])
def test_a_hello_with_a_foreign_nonce_changes_nothing(unit: UnitSide, nonce: bytes) -> None:
    cloud = Cloud()
    cloud.link.welcome(NONCE, cloud.mono)

    cloud.unmoved_by(unit.hello(nonce), "epoch")


def test_a_nonce_of_zeros_adopts_nothing_while_none_was_given(unit: UnitSide) -> None:
    Cloud().unmoved_by(unit.hello(wire.NO_NONCE), "epoch")


def test_a_nonce_lives_for_half_a_minute(unit: UnitSide) -> None:
    cloud = Cloud()
    cloud.link.welcome(NONCE, cloud.mono)
    cloud.mono += NONCE_LIFE_S + 0.01
    cloud.unmoved_by(unit.hello(NONCE), "epoch")

    cloud = Cloud()
    cloud.link.welcome(NONCE, cloud.mono)
    cloud.mono += NONCE_LIFE_S
    assert cloud.take(unit.hello(NONCE)).came


def test_a_nonce_is_spent_by_the_hello_that_echoes_it(unit: UnitSide, cloud: Cloud) -> None:
    unit.boot()

    cloud.unmoved_by(unit.hello(NONCE), "epoch")


def test_a_welcome_soon_after_another_does_not_spoil_the_answer_to_it(unit: UnitSide) -> None:
    cloud = Cloud()
    cloud.link.welcome(NONCE, cloud.mono)
    cloud.mono += 1
    again = cloud.link.welcome(NONCE[::-1], cloud.mono)

    assert wire.welcome_fields(again)[1] == NONCE
    assert cloud.take(unit.hello(NONCE)).came


def test_a_welcome_long_after_another_has_its_own_nonce(unit: UnitSide) -> None:
    cloud = Cloud()
    cloud.link.welcome(NONCE, cloud.mono)
    cloud.mono += NONCE_LIFE_S / 2 + 1
    cloud.link.welcome(NONCE[::-1], cloud.mono)

    cloud.unmoved_by(unit.hello(NONCE), "epoch")
    assert cloud.take(unit.hello(NONCE[::-1])).came


# -- replays


def test_every_frame_of_an_earlier_boot_replayed_changes_nothing(unit: UnitSide, cloud: Cloud) -> None:
    command = cloud.command()
    old = [unit.hello(), unit.hello(NONCE), unit.heartbeat(), unit.heartbeat(seconds=9e6), unit.answer(command)]
    unit.boot()
    cloud.adopt(unit, nonce=NONCE[::-1])

    for mono in (0, 1, 40, 5000):
        cloud.mono += mono
        for frame in old:
            cloud.unmoved_by(frame, "epoch")


def test_every_frame_of_this_boot_replayed_changes_nothing(unit: UnitSide, cloud: Cloud) -> None:
    command = cloud.command()
    frames = [unit.hello(), unit.heartbeat(), unit.heartbeat(echo=NONCE), unit.answer(command)]
    for frame in frames:
        assert cloud.take(frame).dropped is None

    for frame in [unit.hello(NONCE, count=1), *frames]:
        cloud.unmoved_by(frame, "count")


def test_the_hello_that_was_adopted_is_worthless_the_second_time(unit: UnitSide) -> None:
    cloud = Cloud()
    cloud.link.welcome(NONCE, cloud.mono)
    hello = unit.hello(NONCE)
    assert cloud.take(hello).came

    cloud.unmoved_by(hello, "count")


def test_an_old_hello_does_not_bring_a_unit_online_that_is_away(unit: UnitSide, cloud: Cloud) -> None:
    hello, beat = unit.hello(NONCE), unit.heartbeat()
    cloud.take(hello)
    cloud.take(beat)
    cloud.link.ask(NONCE, cloud.mono)
    cloud.mono += ASK_PATIENCE_S + 1
    assert cloud.link.gave_up(cloud.mono)

    for frame in (hello, beat):
        cloud.unmoved_by(frame, "count")
    assert cloud.link.link == "away"


@pytest.mark.parametrize("count", [1, 4, 5])
def test_up_count_must_rise(unit: UnitSide, cloud: Cloud, count: int) -> None:
    cloud.take(unit.heartbeat(count=5))

    cloud.unmoved_by(unit.heartbeat(count=count), "count")
    assert cloud.take(unit.heartbeat(count=6)).dropped is None


def test_a_forged_count_does_not_burn_the_true_ones(unit: UnitSide, cloud: Cloud) -> None:
    forged = bytearray(unit.heartbeat(count=0xFFFFFFFF))
    forged[-1] ^= 1

    cloud.unmoved_by(bytes(forged), "tag")
    assert cloud.take(unit.heartbeat()).dropped is None


# -- frames that are not this unit's


def test_frames_of_another_unit_or_key_or_direction_change_nothing(unit: UnitSide, cloud: Cloud) -> None:
    stranger = UnitSide(secret=bytes(32))
    neighbour = UnitSide(unit="3fa2b81d")
    for other in (stranger, neighbour):
        for frame in (other.hello(NONCE), other.heartbeat()):
            cloud.unmoved_by(frame, "tag")
    reflected = [cloud.link.welcome(NONCE, cloud.mono), cloud.command(), cloud.link.ask(NONCE, cloud.mono)]
    for frame in reflected:
        assert frame is not None
        cloud.unmoved_by(frame, "shape")


def test_a_slot_without_a_key_is_not_believed(cloud: Cloud) -> None:
    cloud.unmoved_by(UnitSide(slot=1).heartbeat(), "key")


def test_the_key_that_follows_is_believed_in_its_own_slot() -> None:
    cloud = Cloud(secrets=(bytes(32), SECRET), slot=1)

    assert cloud.adopt(UnitSide(slot=1)).came


@pytest.mark.parametrize("frame", [b"", b"\0", b"\0\0", bytes(66), bytes([1, 0x81, 0, 0]) + bytes(61)])
def test_what_has_no_shape_changes_nothing(cloud: Cloud, frame: bytes) -> None:
    cloud.unmoved_by(frame, "shape")


@given(st.binary(max_size=100))
def test_random_bytes_change_nothing(frame: bytes) -> None:
    cloud = Cloud()
    cloud.adopt(UnitSide())
    before = cloud.state()

    assert cloud.take(frame).dropped
    assert cloud.state() == before


# -- answers


def test_an_answer_counts_under_its_commands_tag(unit: UnitSide, cloud: Cloud) -> None:
    news = cloud.take(unit.answer(cloud.command(), wire.BUSY))

    assert news.answer == (OP, wire.BUSY)


def test_an_answer_under_another_commands_tag_changes_nothing(unit: UnitSide, cloud: Cloud) -> None:
    first, second = cloud.command(), cloud.command("00000000000000bb")

    cloud.unmoved_by(unit.answer(first, tag=wire.tag_of(second)), "tag")
    cloud.unmoved_by(unit.answer(first, tag=bytes(16)), "tag")
    cloud.unmoved_by(unit.answer(first, tag=b""), "tag")


def test_an_answer_to_nothing_we_asked_changes_nothing(unit: UnitSide, cloud: Cloud) -> None:
    command = cloud.command()
    cloud.commands.clear()

    cloud.unmoved_by(unit.answer(command), "operation")


def test_an_answer_to_another_units_command_changes_nothing(unit: UnitSide, cloud: Cloud) -> None:
    """A broker sees every command; with the key of one stolen unit it could else answer for every door."""
    other = bytes.fromhex("aabbccdd")
    down, _ = wire.direction_pads(SECRET[::-1], other)
    command = wire.command(down, 0, other, unit.epoch, 109, bytes.fromhex(OP), wire.OPEN, 0, 0)
    cloud.commands[OP] = command

    cloud.unmoved_by(unit.answer(command), "operation")


def test_an_answer_that_comes_twice_counts_once(unit: UnitSide, cloud: Cloud) -> None:
    answer = unit.answer(cloud.command())
    assert cloud.take(answer).answer

    cloud.unmoved_by(answer, "count")


# -- online, away


def test_a_unit_that_does_not_answer_an_ask_is_away_once(unit: UnitSide, cloud: Cloud) -> None:
    cloud.link.ask(NONCE, cloud.mono)

    assert not cloud.link.gave_up(cloud.mono + ASK_PATIENCE_S)
    assert cloud.link.link == "online"
    assert cloud.link.gave_up(cloud.mono + ASK_PATIENCE_S + 0.01)
    assert cloud.link.link == "away"
    assert not cloud.link.gave_up(cloud.mono + 60)


def test_asking_again_and_again_does_not_keep_a_silent_unit_online(cloud: Cloud) -> None:
    for _ in range(4):
        cloud.link.ask(NONCE, cloud.mono)
        cloud.mono += 2

    assert cloud.link.gave_up(cloud.mono)


def test_a_unit_that_answers_stays_and_one_that_comes_back_came(unit: UnitSide, cloud: Cloud) -> None:
    cloud.link.ask(NONCE, cloud.mono)
    assert cloud.take(unit.heartbeat(echo=NONCE)).came
    assert not cloud.link.gave_up(cloud.mono + 60)
    cloud.link.ask(NONCE, cloud.mono)
    assert cloud.link.gave_up(cloud.mono + 60)

    assert cloud.take(unit.heartbeat()).came
    assert cloud.link.link == "online"


def test_a_missing_heartbeat_is_asked_for(unit: UnitSide, cloud: Cloud) -> None:
    assert not cloud.link.silent(cloud.mono + SILENCE_S)
    assert cloud.link.silent(cloud.mono + SILENCE_S + 0.01)
    cloud.link.ask(NONCE, cloud.mono + SILENCE_S + 1)
    assert not cloud.link.silent(cloud.mono + SILENCE_S + 2)


# -- doors


def test_doors_come_as_the_unit_tells_them(unit: UnitSide, cloud: Cloud) -> None:
    states = (wire.OPENED | wire.SENSOR_BIT, wire.CLOSED | wire.SENSOR_BIT | wire.FAULT_BIT, wire.UNKNOWN, wire.NO_DOOR)

    news = cloud.take(unit.heartbeat(doors=bytes(states), ago=(12, 65_535, 65_535, 65_535)))

    now = NOW + int(cloud.mono * 1000)
    found = [(d.state, d.since, d.sensor, d.fault) for d in cloud.link.doors]
    assert news.changed == [0, 1, 2]
    assert found == [
        ("open", now - 12_000, True, False),
        ("closed", None, True, True),
        ("unknown", None, False, False),
    ]


def test_what_did_not_change_is_no_news(unit: UnitSide, cloud: Cloud) -> None:
    doors = bytes([wire.OPENED | wire.SENSOR_BIT, wire.CLOSED, wire.NO_DOOR, wire.NO_DOOR])
    cloud.take(unit.heartbeat(doors=doors, ago=(3, 4, 0, 0)))
    cloud.mono += 10
    assert cloud.take(unit.heartbeat(doors=doors, ago=(13, 14, 0, 0))).changed == []

    moved = bytes([wire.CLOSING | wire.SENSOR_BIT, *doors[1:]])
    assert cloud.take(unit.heartbeat(doors=moved, ago=(0, 15, 0, 0))).changed == [0]


def test_every_action_goes_out_as_its_own_number(cloud: Cloud) -> None:
    for action, number in (("open", 1), ("close", 2), ("press", 3)):
        command = cloud.link.command(OP, action, 2, 700, cloud.mono)
        assert command is not None
        assert wire.command_fields(command)[3:] == (bytes.fromhex(OP), number, 2, 700, 0)
