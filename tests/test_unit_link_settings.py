"""What the cloud believes of a unit's settings: which number is in use, and what it says to a CONFIG."""

import pytest

from firmware import wire
from tests import configs
from tests.link_side import NONCE, Cloud
from tests.unit_side import SECRET, UnitSide


@pytest.fixture
def unit() -> UnitSide:
    return UnitSide()


@pytest.fixture
def cloud(unit: UnitSide) -> Cloud:
    """A cloud that knows its unit in this boot."""
    cloud = Cloud()
    assert cloud.adopt(unit).hello
    return cloud


def test_a_hello_tells_the_number_in_use(unit: UnitSide, cloud: Cloud) -> None:
    unit.settings_number = 7
    news = cloud.take(unit.hello())

    assert news.hello
    assert cloud.link.settings_number == 7


def test_nothing_is_known_before_and_a_heartbeat_does_not_tell(unit: UnitSide) -> None:
    assert Cloud().link.settings_number is None
    cloud = Cloud()
    cloud.adopt(unit)
    news = cloud.take(unit.heartbeat())

    assert not news.hello
    assert cloud.link.settings_number == 1


def test_a_hello_that_is_not_believed_tells_nothing(unit: UnitSide, cloud: Cloud) -> None:
    early = unit.hello()
    unit.settings_number = 7
    kept = unit.hello(seconds=101.0)
    cloud.take(unit.heartbeat(102.0))
    cloud.unmoved_by(early, "count")
    cloud.unmoved_by(kept, "count")
    cloud.mono += 60
    cloud.unmoved_by(unit.hello(seconds=103.0), "old")

    assert cloud.link.settings_number == 1


@pytest.mark.parametrize(("result", "in_use"), [(wire.IN_USE, True), (wire.REFUSED, False), (255, False)])
def test_what_a_unit_says_to_a_config_is_heard_once(unit: UnitSide, cloud: Cloud, result: int, in_use: bool) -> None:
    ack = unit.config_ack(7, result)

    assert cloud.take(ack).settings == (7, in_use)
    cloud.unmoved_by(ack, "count")


def test_any_bit_flipped_makes_an_acknowledgement_worthless(unit: UnitSide, cloud: Cloud) -> None:
    ack = unit.config_ack(7)
    for bit in range(len(ack) * 8):
        wrong = bytearray(ack)
        wrong[bit // 8] ^= 1 << bit % 8
        before = cloud.state()
        assert cloud.take(bytes(wrong)).dropped in ("shape", "tag", "key")
        assert cloud.state() == before


def test_an_acknowledgement_of_another_unit_or_key_or_direction_changes_nothing(unit: UnitSide, cloud: Cloud) -> None:
    for other in (UnitSide("aa000001"), UnitSide(secret=SECRET[::-1])):
        cloud.unmoved_by(other.config_ack(7), "tag")
    cloud.unmoved_by(wire.seal(unit.config_ack(7)[: -wire.TAG_BYTES], unit.down), "tag")


def test_an_acknowledgement_of_another_boot_only_makes_the_cloud_introduce_itself(unit: UnitSide, cloud: Cloud) -> None:
    of_before = unit.config_ack(7)
    unit.boot()
    assert cloud.adopt(unit).came
    news = cloud.take(of_before)

    assert (news.dropped, news.welcome, news.settings) == ("epoch", True, None)


def test_an_acknowledgement_is_no_sign_of_life(unit: UnitSide, cloud: Cloud) -> None:
    """It tells no time: a broker may have kept it back until its unit was long dead."""
    cloud.link.ask(NONCE, cloud.mono)
    cloud.mono += 6
    assert cloud.link.gave_up(cloud.mono)
    before = cloud.state()
    cloud.take(unit.config_ack(7))

    changed = {key for key, value in cloud.state().items() if value != before[key]}
    assert changed == {"up_count"}


def test_a_config_is_for_this_unit_under_its_own_key(unit: UnitSide, cloud: Cloud) -> None:
    lists = ([("broker.example", 8883)], [b"\x30\x00"], [(0, 1, 125, 500)])
    frame = cloud.link.settings(7, *lists)

    assert wire.genuine(frame, unit.down)
    assert configs.config_fields(frame) == (unit.raw, 7, *lists, None)
