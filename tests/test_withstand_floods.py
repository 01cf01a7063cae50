"""Too much of everything: bursts, random bytes, packets beyond every limit, half packets. The door opens as ever."""

import random
from collections import Counter

import pytest

from firmware import wire
from tests.far_side import PUBLISH, length, publish
from tests.hostile_broker import CLOUD, HostileBroker
from tests.scene import Scene
from tests.town_fixtures import story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()

BURST = 1000
RANDOM_FRAMES = 10_000
KINDS = (wire.WELCOME, wire.ASK, wire.COMMAND, wire.CONFIG, wire.OFFER, wire.BLOCK)


def _broker(s: Scene) -> HostileBroker:
    assert s.hostile is not None
    return s.hostile


async def _opens_in_its_time(s: Scene) -> None:
    """DONE says so: the unit obeys no command older than 10 s. How quick it is, `make bench` measures."""
    operation = await s.ends(await s.press(), "DONE")
    assert s.pulses(operation["id"]) == 1


@story(hostile=True)
async def test_a_thousand_distinct_commands_fill_the_memory_and_move_the_door_once(s: Scene) -> None:
    broker, since = _broker(s), len(_broker(s).seen)
    broker.withheld[s.unit] = {wire.COMMAND}
    press = await s.press()
    _, epoch, not_after, *_ = wire.command_fields(await broker.frame(s.unit, wire.COMMAND, since=since))
    burst = [s.command(epoch, not_after, op=b"\xff" * 6 + n.to_bytes(2, "big")) for n in range(BURST)]

    await broker.give(s.unit, *burst)
    answers = await broker.count(s.unit, wire.ANSWER, BURST, since=since)

    results = Counter(wire.answer_fields(answer)[4] for answer in answers)
    assert results[wire.DONE] == 1
    assert results.keys() <= {wire.DONE, wire.BUSY, wire.ALREADY, wire.FULL, wire.LATE}
    assert results[wire.FULL] > 0
    assert s.pulses() == 1

    await broker.give(s.unit, *burst)
    again = (await broker.count(s.unit, wire.ANSWER, 2 * BURST, since=since))[BURST:]
    results = Counter(wire.answer_fields(answer)[4] for answer in again)
    assert results[wire.DONE] == 1, "the stored verdict of the one that was obeyed"
    assert results.keys() <= {wire.DONE, wire.BUSY, wire.ALREADY, wire.FULL, wire.LATE}
    assert s.pulses() == 1

    await s.outcome(press)
    broker.withheld.pop(s.unit)
    await s.ends(await s.press("open"), "DECLINED", "full")
    assert s.pulses() == 1


@story(hostile=True)
async def test_ten_thousand_random_frames_to_the_unit(s: Scene) -> None:
    broker, since, noise = _broker(s), len(_broker(s).seen), random.Random(2)
    await s.opens()
    command = await broker.frame(s.unit, wire.COMMAND, since=since)
    frames = [_random_frame(noise) for _ in range(RANDOM_FRAMES)]

    await broker.give(s.unit, *frames, command)

    await broker.count(s.unit, wire.ANSWER, 2, since=since)  # the old command's again: the noise is through
    await s.shown_state("closed")
    await _opens_in_its_time(s)
    assert s.pulses() == 2
    assert len(s.board.resets) == 1


@story(hostile=True)
async def test_ten_thousand_random_frames_to_the_cloud(s: Scene) -> None:
    noise = random.Random(3)
    up = [bytes((wire.VERSION, kind, slot, 0)) for kind in (wire.HELLO, wire.HEARTBEAT, wire.ANSWER) for slot in (0, 1)]

    for n in range(RANDOM_FRAMES):
        head = up[n % len(up)]
        await _broker(s).pretend(s.unit, head + noise.randbytes(wire.EXACT[head[1]] - len(head)))
    for topic in ("u/00/00000000", "u/xx", "u/", "x"):
        _broker(s).client(CLOUD).send(publish(noise.randbytes(100), topic=topic.encode()))
    await _broker(s).pretend(s.unit, b"", b"\x00", noise.randbytes(100_000))

    await s.logged("frames dropped", unit=s.unit, why="tag")
    await _opens_in_its_time(s)
    assert s.view["link"] == "online"


@story(hostile=True)
async def test_packets_over_the_limit_are_skipped(s: Scene) -> None:
    noise = random.Random(4)

    for size in (wire.MAX_FRAME + 1, 10_000, 1_000_000):
        await _broker(s).give(s.unit, noise.randbytes(size))

    await _opens_in_its_time(s)
    assert len(s.board.resets) == 1, "no reset, no new connection"
    assert len([line for line in s.board.console if "connected to" in line]) == 1


@story(hostile=True)
async def test_packets_of_qos_1_and_2_are_neither_obeyed_nor_acknowledged(s: Scene) -> None:
    broker, since = _broker(s), len(_broker(s).seen)
    broker.withheld[s.unit] = {wire.COMMAND}
    press = await s.press()
    frame = await broker.frame(s.unit, wire.COMMAND, since=since)
    heard = broker.client(s.unit).heard
    heard.clear()

    await broker.give(s.unit, frame, flags=2)
    await broker.give(s.unit, frame, flags=4)
    await s.taken()
    assert s.pulses() == 0
    assert broker.frames(s.unit, wire.ANSWER, since=since) == []

    await broker.give(s.unit, frame)
    await s.ends(press, "DONE")
    assert s.pulses() == 1
    assert {first & 0xF0 for first in heard} == {PUBLISH}


@story(hostile=True)
async def test_half_a_packet_and_then_silence(s: Scene) -> None:
    await _a_stream_that_stalls(s, publish(bytes(100), topic=wire.topics(s.unit)[0].encode())[:40])


@story(hostile=True)
async def test_a_packet_that_promises_256_megabytes(s: Scene) -> None:
    await _a_stream_that_stalls(s, bytes([PUBLISH]) + length(268_435_455) + bytes(5000))


async def _a_stream_that_stalls(s: Scene, data: bytes) -> None:
    broker = _broker(s)
    client = broker.client(s.unit)
    broker.withheld[s.unit] = {wire.COMMAND, wire.ASK, wire.WELCOME}
    client.send(data)
    press = await s.press()

    await broker.connected(s.unit, other_than=client)
    broker.withheld.pop(s.unit)

    await s.board.console_line("half a packet")
    await s.outcome(press)
    await s.opens()
    assert len(s.board.resets) == 1


@story(hostile=True)
async def test_a_stream_that_is_no_mqtt_ends_the_connection_and_nothing_else(s: Scene) -> None:
    client = _broker(s).client(s.unit)

    client.send(b"\x30\xff\xff\xff\xff\xff" + bytes(1000))
    await _broker(s).connected(s.unit, other_than=client)

    await s.opens()
    assert len(s.board.resets) == 1


def _random_frame(noise: random.Random) -> bytes:
    """Any bytes, or such as get past the first checks: right version, type, slot and length."""
    choice = noise.random()
    if choice < 0.3:
        return noise.randbytes(noise.randrange(200))
    if choice < 0.32:
        return noise.randbytes(noise.randrange(wire.MAX_FRAME + 1))
    kind = noise.choice(KINDS)
    size = wire.EXACT.get(kind) or wire.AT_LEAST[kind] + noise.randrange(100)
    return bytes((wire.VERSION, kind, noise.randrange(2), 0)) + noise.randbytes(size - 4)
