"""The broker is an attacker's: it knows every frame and no key. It can delay and drop, but neither open nor fake."""

import asyncio
import secrets

import pytest

from cloud.operations import COMMAND_LIFE_S
from firmware import wire
from tests.far_side import publish
from tests.hostile_broker import CLOUD, HostileBroker
from tests.scene import Scene
from tests.town_fixtures import story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()

RETAIN, QOS_1, QOS_2, QOS_3, DUP = 1, 2, 4, 6, 8


def _broker(s: Scene) -> HostileBroker:
    assert s.hostile is not None
    return s.hostile


async def _caught(s: Scene) -> tuple[str, bytes]:
    """A press whose command the broker keeps for itself: (press, the command's bytes)."""
    broker, since = _broker(s), len(_broker(s).seen)
    broker.withheld[s.unit] = {wire.COMMAND}
    press = await s.press()
    frame = await broker.frame(s.unit, wire.COMMAND, since=since)
    assert s.row((await s.operation(press))["id"])["command"] == frame
    return press, frame


async def _moves_only_by_the_genuine_one(s: Scene, press: str, frame: bytes, since: int) -> None:
    """All before was met with silence; the bytes as the cloud made them still open, over the same connection."""
    client = _broker(s).client(s.unit)
    await s.taken()
    assert s.pulses() == 0
    assert _broker(s).frames(s.unit, wire.ANSWER, since=since) == []

    await _broker(s).give(s.unit, frame)

    operation = await s.ends(press, "DONE")
    assert s.pulses(operation["id"]) == s.pulses() == 1
    assert _broker(s).client(s.unit) is client


async def _heard_to_here(s: Scene) -> None:
    """The cloud has taken all that was given to it so far: it drops this frame, which is told the first time."""
    junk = bytes((wire.VERSION, wire.HELLO, 0, 0)) + secrets.token_bytes(wire.EXACT[wire.HELLO] - 4)
    await _broker(s).pretend(s.unit, junk)
    await s.logged("frames dropped", unit=s.unit, why="tag", count=1)


@story(hostile=True)
async def test_command_flipped_at_every_bit_moves_nothing(s: Scene) -> None:
    since = len(_broker(s).seen)
    press, frame = await _caught(s)
    size, whole = len(frame), int.from_bytes(frame, "big")
    flipped = [(whole ^ 1 << bit).to_bytes(size, "big") for bit in range(8 * size)]

    await _broker(s).give(s.unit, *flipped)

    await _moves_only_by_the_genuine_one(s, press, frame, since)


@story(hostile=True)
async def test_command_truncated_at_every_length_or_extended_moves_nothing(s: Scene) -> None:
    since = len(_broker(s).seen)
    press, frame = await _caught(s)

    await _broker(s).give(s.unit, *(frame[:length] for length in range(len(frame))))
    await _broker(s).give(s.unit, *(frame + secrets.token_bytes(more) for more in range(1, 65)))

    await _moves_only_by_the_genuine_one(s, press, frame, since)


@story(hostile=True)
async def test_command_for_another_unit_moves_nothing(s: Scene) -> None:
    since = len(_broker(s).seen)
    press, frame = await _caught(s)
    _, epoch, not_after, op, *rest = wire.command_fields(frame)
    other_unit, other_key = bytes(4), wire.direction_pads(bytes(32), bytes.fromhex(s.unit))[0]
    to_another = wire.command(s.pads()[0], 0, other_unit, epoch, not_after, op, *rest)
    by_another = wire.command(other_key, 0, bytes.fromhex(s.unit), epoch, not_after, op, *rest)
    of_others = [m.frame for m in _broker(s).seen if m.kind == wire.COMMAND and m.unit != s.unit]

    await _broker(s).give(s.unit, to_another, by_another, *of_others)

    await _moves_only_by_the_genuine_one(s, press, frame, since)


@story(hostile=True)
async def test_command_of_an_earlier_boot_is_met_with_silence(s: Scene) -> None:
    press, frame = await _caught(s)
    since = len(_broker(s).seen)
    await s.power_cycle()
    await _broker(s).count(s.unit, wire.HELLO, 2, since=since)  # the second is welcomed: the new boot is adopted

    await _broker(s).give(s.unit, frame)

    await s.ends(press, "UNKNOWN")
    _broker(s).withheld.pop(s.unit)
    await s.opens()
    assert s.pulses() == 1
    assert len(_broker(s).frames(s.unit, wire.ANSWER, since=since)) == 1


@story(hostile=True)
async def test_command_held_back_until_it_expired_is_declined_as_late(s: Scene) -> None:
    press, frame = await _caught(s)
    operation = await s.operation(press)
    await asyncio.sleep(COMMAND_LIFE_S + 1.5 - s.age_s(operation["id"]))

    await _broker(s).give(s.unit, frame)

    operation = await s.becomes(operation["id"], "DECLINED")
    assert operation["reason"] == "late"
    assert s.pulses() == 0


@story(hostile=True)
async def test_command_retained_or_of_higher_quality_or_marked_as_a_copy_is_not_even_read(s: Scene) -> None:
    since = len(_broker(s).seen)
    press, frame = await _caught(s)

    for flags in (RETAIN, QOS_1, QOS_2, QOS_3, DUP, RETAIN | QOS_1, DUP | QOS_1, DUP | QOS_2 | RETAIN):
        await _broker(s).give(s.unit, frame, flags=flags)

    await _moves_only_by_the_genuine_one(s, press, frame, since)


@story(hostile=True)
async def test_command_reflected_as_an_answer_is_not_believed(s: Scene) -> None:
    press, frame = await _caught(s)
    as_answer = bytes((wire.VERSION, wire.ANSWER)) + frame[2:]

    await _broker(s).pretend(s.unit, frame, as_answer, as_answer[: wire.EXACT[wire.ANSWER]])
    await _heard_to_here(s)

    assert (await s.operation(press))["state"] == "SENT"
    await _broker(s).give(s.unit, frame)
    await s.ends(press, "DONE")


@story(hostile=True)
async def test_answer_reflected_as_a_command_moves_nothing(s: Scene) -> None:
    broker, since = _broker(s), len(_broker(s).seen)
    await s.opens()
    answer = await broker.frame(s.unit, wire.ANSWER, since=since)
    as_command = bytes((wire.VERSION, wire.COMMAND)) + answer[2:]

    await broker.give(s.unit, answer, as_command, as_command + bytes(2))

    await s.opens()
    assert s.pulses() == 2
    assert len(broker.frames(s.unit, wire.ANSWER, since=since)) == 2


@story(hostile=True)
async def test_answer_to_another_command_is_not_believed(s: Scene) -> None:
    since = len(_broker(s).seen)
    await s.opens()
    answer = await _broker(s).frame(s.unit, wire.ANSWER, since=since)
    await s.shown_state("open")
    await s.shown_state("closed")
    press, frame = await _caught(s)
    op = wire.command_fields(frame)[3]

    await _broker(s).pretend(s.unit, answer, answer[:16] + op + answer[24:])
    await s.logged("frames dropped", unit=s.unit, why="tag", count=1)

    await s.ends(press, "UNKNOWN")
    assert s.pulses() == 1


@story(hostile=True)
async def test_hello_and_heartbeat_of_an_earlier_boot_do_not_show_the_unit_online(s: Scene) -> None:
    broker = _broker(s)
    await s.opens()
    await s.shown_state("open")
    await s.shown_state("closed")
    old = [m.frame for m in broker.seen if m.unit == s.unit and m.kind in (wire.HELLO, wire.HEARTBEAT, wire.ANSWER)]
    assert {frame[1] for frame in old} == {wire.HELLO, wire.HEARTBEAT, wire.ANSWER}
    s.board.power_off()
    await s.shown(lambda door: door["link"] == "away", "the unit away")
    heard, end = s.view["heard"], s.log_end()

    await broker.pretend(s.unit, *old)
    await broker.pretend(s.unit, *old, flags=RETAIN)
    await _heard_to_here(s)

    assert (s.view["link"], s.view["heard"]) == ("away", heard)
    s.board.power_on()
    await s.online(after=end)
    await broker.pretend(s.unit, *old)
    await s.opens()  # its answer comes after them, in order
    assert len([line for line in s.cloud.log[end:] if (line["what"], line.get("unit")) == ("unit online", s.unit)]) == 1


@story(hostile=True)
async def test_heartbeats_of_this_boot_replayed_do_not_turn_the_door_back(s: Scene) -> None:
    broker = _broker(s)
    await s.opens()
    await s.shown_state("open")
    open_told = broker.frames(s.unit, wire.HEARTBEAT)
    await s.shown_state("closed")
    pictures = len(s.phone.messages)

    await broker.pretend(s.unit, *open_told)
    await _heard_to_here(s)

    told = [door["state"] for m in s.phone.messages[pictures:] for door in m.get("doors", ()) if door["id"] == s.door]
    assert "open" not in told
    assert s.view["state"] == "closed"


@story(hostile=True)
async def test_answer_lost_and_the_command_replayed_late_tells_the_truth_and_moves_nothing(s: Scene) -> None:
    broker, since = _broker(s), len(_broker(s).seen)
    broker.withheld[s.unit] = {wire.ANSWER}
    press = await s.press()
    operation = await s.ends(press, "UNKNOWN")
    assert s.pulses() == 1
    frame = await broker.frame(s.unit, wire.COMMAND, since=since)

    broker.withheld.pop(s.unit)
    await broker.give(s.unit, frame, frame)

    await s.becomes(operation["id"], "DONE")
    assert s.pulses() == 1
    assert {wire.answer_fields(f)[4] for f in broker.frames(s.unit, wire.ANSWER, since=since)} == {wire.DONE}


@story(hostile=True)
async def test_command_replayed_again_and_again_opens_once(s: Scene) -> None:
    broker, since = _broker(s), len(_broker(s).seen)
    operation = await s.opens()
    frame = await broker.frame(s.unit, wire.COMMAND, since=since)
    await s.shown_state("open")
    await s.shown_state("closed")

    await broker.give(s.unit, *(frame for _ in range(50)))

    await broker.count(s.unit, wire.ANSWER, 51, since=since)
    assert s.pulses(operation["id"]) == 1
    await s.opens()
    assert s.pulses() == 2


@story(alone=True, hostile=True)
async def test_answer_that_shares_a_tls_record_with_another_packet_is_heard_at_once(s: Scene) -> None:
    broker, since = _broker(s), len(_broker(s).seen)
    broker.withheld[s.unit] = {wire.ANSWER, wire.HEARTBEAT}  # nothing else comes to wake the cloud
    press = await s.press()
    answer = await broker.frame(s.unit, wire.ANSWER, since=since)
    topic = wire.topics(s.unit)[1].encode()

    broker.client(CLOUD).send(publish(b"junk", topic=topic) + publish(answer, topic=topic))

    operation = await s.ends(press, "DONE")
    broker.withheld.pop(s.unit)
    again = [line for line in s.cloud.log if line.get("op") == operation["id"] and line.get("again")]
    assert again == [], "it was heard before the command had to be sent again"
