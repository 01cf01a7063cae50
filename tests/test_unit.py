"""The real firmware on the bench, from power-on: it connects, obeys what it should, and says what became of it.

Time runs five times as fast as the host's, unless a test says otherwise.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from firmware import wire
from sim.board import HARD, PWRON, WDT, Board
from tests.far_side import DOOR, DOWN_PADS, UNIT, UP_PADS, Cloud, FarSide, publish
from tests.unit_bench import SCALE, STRIKE, powered, pulses, result

SLIDING = {**DOOR, "drive": "open_close", "close_relay": 19}
Unit = tuple[Board, FarSide, Cloud]


@pytest.fixture
async def unit(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Unit]:
    async with powered(tmp_path, scale=getattr(request, "param", SCALE)) as (board, far):
        yield board, far, await Cloud(await far.session()).adopt()


async def test_a_command_moves_the_coil_for_its_time_and_the_door_is_followed(unit: Unit) -> None:
    board, _, cloud = unit
    assert await result(cloud, wire.OPEN, ms=200) == wire.DONE
    on = board.edges.find(kind="coil", value=1)
    assert on is not None and on.op == "0000000000000001"
    off = await board.edges.wait(kind="coil", value=0)
    assert 195 <= (off.t_ns - on.t_ns) * SCALE / 1e6 <= 205
    opening = await cloud.door_becomes(wire.OPENING)
    opened = await cloud.door_becomes(wire.OPENED)
    assert opening[4] == opened[4] == wire.CHANGED and opened[6] == bytes([wire.OPENED | wire.SENSOR_BIT]) + b"\xff" * 3
    assert opened[7][0] == 0 and opened[5] == 0


async def test_every_frame_up_is_genuine_and_numbered_higher_than_the_one_before(unit: Unit) -> None:
    _, _, cloud = unit
    command = cloud.command()
    cloud.session.frame(command)
    await cloud.answer_to(command)
    await cloud.door_becomes(wire.OPENED)
    ups = [body[2 + int.from_bytes(body[:2], "big") :] for first, body in cloud.session.packets if first == 0x30]
    assert len(ups) >= 5
    assert all(wire.genuine(f, UP_PADS, wire.tag_of(command) if f[1] == wire.ANSWER else b"") for f in ups)
    counts = [int.from_bytes(frame[12:16], "big") for frame in ups]
    assert counts == sorted(set(counts)) and {frame[4:12] for frame in ups} == {cloud.epoch}


async def test_the_hello_says_who_is_there(unit: Unit) -> None:
    _, _, cloud = unit
    await asyncio.sleep(1.1 / SCALE)  # one welcome a second is answered
    cloud.session.frame(wire.welcome(DOWN_PADS, 0, bytes.fromhex(UNIT), b"nonce--2"))
    hello = wire.hello_fields(await cloud.session.next_frame(wire.HELLO))
    assert hello[2] == b"nonce--2" and hello[4] == PWRON and hello[5] == 0
    assert hello[6] == bytes([wire.CLOSED | wire.SENSOR_BIT]) + b"\xff" * 3
    assert hello[7] == (wire.LONG_AGO,) * 4 and hello[8:] == (1, 0)


async def test_the_same_bytes_again_are_answered_the_same_and_move_nothing(unit: Unit) -> None:
    board, _, cloud = unit
    command = cloud.command()
    for _ in range(3):
        cloud.session.frame(command)
        assert await cloud.answer_to(command) == wire.DONE
    await board.edges.wait(kind="coil", value=0)
    cloud.session.frame(command)
    assert await cloud.answer_to(command) == wire.DONE
    assert pulses(board) == 1


async def test_a_command_with_a_flipped_bit_or_cut_short_moves_nothing(unit: Unit) -> None:
    board, _, cloud = unit
    command = cloud.command()
    for bit in range(len(command) * 8):
        bad = bytearray(command)
        bad[bit // 8] ^= 1 << bit % 8
        cloud.session.frame(bytes(bad))
    for size in range(len(command)):
        cloud.session.frame(command[:size])
    cloud.session.frame(command + b"\x00")
    await cloud.ask()
    assert board.edges == [] and cloud.session.frames.empty() and board.resets == [PWRON]
    assert await result(cloud) == wire.DONE


async def test_what_is_not_for_this_unit_this_boot_and_this_moment_moves_nothing(unit: Unit) -> None:
    board, _, cloud = unit
    answer_shaped = wire.answer(DOWN_PADS, 0, cloud.epoch, 1, bytes(8), 1, 0, 0, 0, bytes(16))
    for frame in (
        cloud.command(unit=bytes(4)),
        cloud.command(epoch=bytes(8)),
        wire.command(UP_PADS, 0, bytes.fromhex(UNIT), cloud.epoch, cloud.unit_s + 9, bytes(8), wire.PRESS, 0, 0),
        wire.seal(cloud.command()[: -wire.TAG_BYTES], wire.hmac_pads(bytes(32))),
        answer_shaped,
    ):
        cloud.session.frame(frame)
    await asyncio.sleep(2 / SCALE)
    await cloud.ask()
    assert board.edges == [] and cloud.session.frames.empty()
    assert await result(cloud, not_after=cloud.unit_s - 1) == wire.LATE
    assert await result(cloud, not_after=cloud.unit_s + 60) == wire.LATE
    assert await result(cloud, door=1) == wire.UNSUPPORTED
    assert await result(cloud, ms=99) == wire.UNSUPPORTED
    assert board.edges == []


@pytest.mark.parametrize("unit", [1], indirect=True)
async def test_a_burst_of_commands_pulses_once_and_then_everything_is_refused(unit: Unit) -> None:
    board, _, cloud = unit
    commands = [cloud.command() for _ in range(100)]
    for command in commands:
        cloud.session.frame(command)
    results = [await cloud.answer_to(command) for command in commands]
    assert results[0] == wire.DONE and wire.FULL in results
    assert set(results[1:]) <= {wire.BUSY, wire.MOVING, wire.FULL} and results[-1] == wire.FULL
    assert pulses(board) == 1


async def test_a_toggle_obeys_by_where_the_door_stands(unit: Unit) -> None:
    board, _, cloud = unit
    assert await result(cloud, wire.CLOSE) == wire.ALREADY
    assert await result(cloud, wire.OPEN) == wire.DONE
    await cloud.door_becomes(wire.OPENING)
    assert await result(cloud, wire.OPEN) == wire.ALREADY
    assert await result(cloud, wire.CLOSE) in (wire.BUSY, wire.MOVING)
    await cloud.door_becomes(wire.OPENED)
    assert await result(cloud, wire.OPEN) == wire.ALREADY
    assert pulses(board) == 1


async def test_a_second_press_on_a_toggle_waits_three_seconds(unit: Unit) -> None:
    board, _, cloud = unit
    board.doors[0].jammed = True
    assert await result(cloud, wire.PRESS) == wire.DONE
    on = await board.edges.wait(kind="coil", value=1)
    for _ in range(30):
        if await result(cloud, wire.PRESS) != wire.BUSY:
            break
        await asyncio.sleep(0.05)
    again = await board.edges.wait(since=2, kind="coil", value=1)
    assert 3200 <= (again.t_ns - on.t_ns) * SCALE / 1e6 <= 4500


async def test_a_strike_without_a_sensor_opens_and_is_never_guessed(tmp_path: Path) -> None:
    async with powered(tmp_path, STRIKE) as (board, far):
        cloud = await Cloud(await far.session()).adopt()
        assert await result(cloud, wire.OPEN) == wire.DONE
        assert await result(cloud, wire.CLOSE) == wire.UNSUPPORTED
        assert await result(cloud, wire.PRESS) == wire.UNSUPPORTED
        await board.edges.wait(kind="coil", value=0)
        assert (await cloud.ask())[6][0] == wire.UNKNOWN


async def test_two_channels_open_and_close(tmp_path: Path) -> None:
    async with powered(tmp_path, SLIDING) as (board, far):
        cloud = await Cloud(await far.session()).adopt()
        assert await result(cloud, wire.OPEN) == wire.DONE
        await cloud.door_becomes(wire.OPENED)
        assert await result(cloud, wire.CLOSE) == wire.DONE
        await cloud.door_becomes(wire.CLOSED)
        assert [edge.name for edge in board.edges if edge.kind == "coil" and edge.value] == ["relay", "close_relay"]


async def test_doors_of_one_unit_do_not_wait_for_each_other(tmp_path: Path) -> None:
    other = {**STRIKE, "relay": 21}
    async with powered(tmp_path, DOOR, other) as (board, far):
        cloud = await Cloud(await far.session()).adopt()
        assert await result(cloud, wire.PRESS) == wire.DONE
        assert await result(cloud, wire.OPEN, door=1) == wire.DONE
        assert pulses(board, 0) == pulses(board, 1) == 1


async def test_a_coil_whose_driver_is_broken_is_told(unit: Unit) -> None:
    board, _, cloud = unit
    board.doors[0].stick_coil(0)
    assert await result(cloud, ms=1000) == wire.FAULT
    heartbeat = cloud.read(await cloud.session.next_frame(wire.HEARTBEAT))
    assert heartbeat[5] == wire.COIL_FAULT and heartbeat[6][0] & wire.FAULT_BIT
    board.doors[0].stick_coil(None)
    await asyncio.sleep(4.2 / SCALE)  # the pulse that was called off, and the pause
    assert board.edges == [] and board.resets == [PWRON]
    assert await result(cloud) == wire.DONE
    heartbeat = cloud.read(await cloud.session.next_frame(wire.HEARTBEAT))
    assert heartbeat[5] == 0


@pytest.mark.parametrize("unit", [20], indirect=True)
async def test_a_welded_coil_is_told_and_its_door_refused_until_it_reads_off(unit: Unit) -> None:
    board, _, cloud = unit
    board.doors[0].jammed = True
    assert await result(cloud) == wire.DONE
    board.doors[0].stick_coil(1)
    heartbeat = cloud.read(await cloud.session.next_frame(wire.HEARTBEAT))
    assert heartbeat[4] == wire.CHANGED and heartbeat[5] == wire.COIL_FAULT
    await asyncio.sleep(3.5 / 20)
    await cloud.ask()
    assert await result(cloud) == wire.FAULT
    board.doors[0].stick_coil(None)
    heartbeat = cloud.read(await cloud.session.next_frame(wire.HEARTBEAT))
    assert heartbeat[5] == 0
    assert await result(cloud) == wire.DONE


async def test_a_door_opened_by_hand_is_told_at_once(unit: Unit) -> None:
    board, _, cloud = unit
    board.doors[0].human_opens()
    await cloud.door_becomes(wire.OPENING)
    await cloud.door_becomes(wire.OPENED)
    board.doors[0].human_closes()
    await cloud.door_becomes(wire.CLOSING)
    assert (await cloud.door_becomes(wire.CLOSED))[4] == wire.CHANGED
    assert pulses(board) == 0


async def test_a_sensor_that_goes_silent_ends_in_unknown(unit: Unit) -> None:
    board, _, cloud = unit
    board.doors[0].silence_sensor()
    await cloud.door_becomes(wire.OPENING)
    await cloud.door_becomes(wire.UNKNOWN)
    assert await result(cloud, wire.OPEN) == wire.UNSURE


async def test_a_welcome_and_an_ask_are_answered_once_a_second(unit: Unit) -> None:
    _, _, cloud = unit
    asked = wire.ask(DOWN_PADS, 0, bytes.fromhex(UNIT), cloud.epoch, b"nonce--3")
    welcome = wire.welcome(DOWN_PADS, 0, bytes.fromhex(UNIT), b"nonce--4")
    await asyncio.sleep(1.1 / SCALE)
    cloud.session.send((publish(asked) + publish(welcome)) * 50)
    await cloud.session.next_frame(wire.HELLO)
    await asyncio.sleep(0.5 / SCALE)
    assert cloud.session.frames.empty()


@pytest.mark.parametrize("unit", [20], indirect=True)
async def test_a_program_that_hangs_in_a_pulse_is_restarted_and_obeys_no_command_of_before(unit: Unit) -> None:
    board, far, cloud = unit
    old = cloud.command()
    board.doors[0].jammed = True
    assert await result(cloud, ms=500) == wire.DONE
    board.hang()
    on = board.edges.find(kind="coil", value=1)
    off = await board.edges.wait(kind="coil", value=0)
    assert on is not None and 495 <= (off.t_ns - on.t_ns) * 20 / 1e6 <= 505
    assert await board.reset_seen(2, 20) == WDT
    again = await Cloud(await far.session(2)).adopt()
    assert again.epoch != cloud.epoch
    again.session.frame(old)
    await again.ask()
    assert pulses(board) == 1


async def test_a_bug_in_the_program_resets_the_unit_coil_off(tmp_path: Path) -> None:
    bug = b"class Door:\n    def __init__(self, *parts): self.sensor = parts[3]\n    fault = lambda self: False\n"
    async with powered(tmp_path, extra={"/a/door.py": bug}) as (board, _):
        assert await board.reset_seen(2) == HARD
        await board.console_line("AttributeError")
        assert board.edges == []


async def test_the_count_of_seconds_goes_on_over_the_wrap_of_the_ticks(tmp_path: Path) -> None:
    async with powered(tmp_path, ticks_ms=(1 << 30) - 8000) as (_, far):
        cloud = await Cloud(await far.session()).adopt()
        before = cloud.unit_s
        assert before < 8
        await asyncio.sleep(12 / SCALE)
        assert before + 11 <= (await cloud.ask())[3] <= before + 16
        assert await result(cloud) == wire.DONE
