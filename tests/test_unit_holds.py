"""The real firmware holds a door open: until the end it was given and no longer, whatever becomes of program, cloud and
power meanwhile.
"""

import asyncio
from pathlib import Path

import pytest

from firmware import events, wire
from sim.board import HARD, WDT, Board
from sim.edges import Edge
from tests.far_side import DOOR, Cloud
from tests.unit_bench import SCALE, STRIKE, beside, held, online, pulses, result, side_by_side

pytestmark = pytest.mark.asyncio(loop_scope="module")
running = side_by_side()

HOLD_S = 8


def on_and_off(board: Board, scale: int = SCALE, door: int = 0) -> list[float]:
    """For how many seconds the coil was on, each time."""
    edges = [edge for edge in board.edges if edge.kind == "coil" and edge.door == door]
    return [(off.t_ns - on.t_ns) * scale / 1e9 for on, off in zip(edges[::2], edges[1::2], strict=True)]


async def let_go(board: Board, timeout: float = 10) -> Edge:
    return await board.edges.wait(timeout=timeout, kind="coil", value=0)


@beside
async def test_a_hold_ends_by_itself_to_the_second_and_both_are_told(tmp_path: Path) -> None:
    async with online(tmp_path, STRIKE) as (board, far, cloud):
        command = cloud.command(wire.HOLD, arg=HOLD_S)
        cloud.session.frame(command)
        assert await cloud.answer_to(command) == wire.DONE
        assert await held(cloud)
        await let_go(board)
        assert HOLD_S - 0.1 <= on_and_off(board)[0] <= HOLD_S + 1
        began = await far.journal.told(events.HOLDING)
        ended = await far.journal.told(events.HOLDING, 2)
        assert (began.door, began.detail, began.arg8) == (0, 1, wire.command_fields(command)[3])
        assert (ended.door, ended.detail, ended.arg8) == (0, 0, began.arg8)
        assert abs(ended.unit_ds - began.unit_ds - HOLD_S * 10) <= 10
        assert not await held(cloud)


@beside
async def test_a_hold_again_is_for_so_long_from_now_and_may_be_shorter(tmp_path: Path) -> None:
    async with online(tmp_path, STRIKE) as (board, _, cloud):
        assert await result(cloud, wire.HOLD, arg=3600) == wire.DONE
        on = await board.edges.wait(kind="coil", value=1)
        await asyncio.sleep(2 / SCALE)
        assert await result(cloud, wire.HOLD, arg=5) == wire.DONE
        off = await let_go(board)
        assert 7 <= (off.t_ns - on.t_ns) * SCALE / 1e9 <= 9
        assert pulses(board) == 1


@beside
async def test_a_hold_is_released_at_once_and_a_release_of_none_does_nothing(tmp_path: Path) -> None:
    async with online(tmp_path, STRIKE) as (board, far, cloud):
        assert await result(cloud, wire.RELEASE) == wire.ALREADY
        assert await result(cloud, wire.HOLD, arg=3600) == wire.DONE
        release = cloud.command(wire.RELEASE)
        cloud.session.frame(release)
        assert await cloud.answer_to(release) == wire.DONE
        await let_go(board)
        told = await far.journal.told(events.HOLDING, 2)
        assert (told.detail, told.arg8) == (2, wire.command_fields(release)[3])
        assert on_and_off(board)[0] < 5 and not await held(cloud)


@beside
async def test_an_open_of_a_held_door_is_already_and_the_coil_stays_on(tmp_path: Path) -> None:
    async with online(tmp_path, STRIKE) as (board, _, cloud):
        assert await result(cloud, wire.HOLD, arg=HOLD_S) == wire.DONE
        assert await result(cloud, wire.OPEN) == wire.ALREADY
        await let_go(board)
        assert len(on_and_off(board)) == 1 and on_and_off(board)[0] >= HOLD_S - 0.1


@beside
async def test_the_door_opens_again_after_a_hold_and_is_held_again_after_an_open(tmp_path: Path) -> None:
    async with online(tmp_path, STRIKE) as (board, _, cloud):
        for turn in range(4):
            how = {"ms": 300} if turn % 2 else {"arg": 1}
            assert await result(cloud, wire.OPEN if turn % 2 else wire.HOLD, **how) == wire.DONE
            await board.edges.wait(since=2 * turn, kind="coil", value=0)
            await asyncio.sleep(1.5 / SCALE)  # the pause of a coil
            await cloud.ask()
        assert [round(s, 1) for s in on_and_off(board)] == [pytest.approx(t, abs=0.25) for t in (1, 0.3, 1, 0.3)]


@beside
async def test_a_toggle_is_never_held(tmp_path: Path) -> None:
    async with online(tmp_path, DOOR) as (board, _, cloud):
        assert await result(cloud, wire.HOLD, arg=60) == wire.UNSUPPORTED
        assert await result(cloud, wire.RELEASE) == wire.UNSUPPORTED
        assert board.edges == []


@beside
async def test_a_reset_ends_a_hold_and_nothing_takes_it_up_again(tmp_path: Path) -> None:
    async with online(tmp_path, STRIKE) as (board, far, cloud):
        assert await result(cloud, wire.HOLD, arg=3600) == wire.DONE
        await asyncio.sleep(1 / SCALE)
        board.reset()
        await let_go(board)
        assert await board.reset_seen(2) == HARD
        again = await Cloud(await far.session(2)).adopt()
        assert not await held(again) and pulses(board) == 1


@beside
async def test_a_program_that_hangs_in_a_hold_is_ended_by_the_watchdog(tmp_path: Path) -> None:
    async with online(tmp_path, STRIKE, scale=20) as (board, far, cloud):
        assert await result(cloud, wire.HOLD, arg=3600) == wire.DONE
        board.hang()
        await let_go(board, timeout=20)
        assert on_and_off(board, 20)[0] <= 61
        assert await board.reset_seen(2, 20) == WDT
        again = await Cloud(await far.session(2)).adopt()
        assert not await held(again) and pulses(board) == 1


@beside
async def test_a_hold_goes_on_and_ends_without_the_cloud(tmp_path: Path) -> None:
    async with online(tmp_path, STRIKE) as (board, far, cloud):
        assert await result(cloud, wire.HOLD, arg=HOLD_S) == wire.DONE
        await far.stop()
        await let_go(board)
        assert HOLD_S - 0.1 <= on_and_off(board)[0] <= HOLD_S + 1


@beside
async def test_a_hold_whose_coil_does_not_follow_is_a_fault_and_off(tmp_path: Path) -> None:
    async with online(tmp_path, STRIKE) as (board, far, cloud):
        board.doors[0].stick_coil(0)
        command = cloud.command(wire.HOLD, arg=3600)
        cloud.session.frame(command)
        assert await cloud.answer_to(command) == wire.FAULT
        board.doors[0].stick_coil(None)
        cloud.session.cut()
        told = await far.journal.told(events.COIL)
        assert (told.detail, told.arg8) == (wire.FAULT, wire.command_fields(command)[3])
        again = await Cloud(await far.session(2)).adopt()
        assert not await held(again) and board.edges == [] and far.journal.of(events.HOLDING) == []


@beside
async def test_a_coil_that_falls_off_in_a_hold_is_told_and_the_hold_is_over(tmp_path: Path) -> None:
    async with online(tmp_path, STRIKE, scale=20) as (board, far, cloud):
        assert await result(cloud, wire.HOLD, arg=3600) == wire.DONE
        board.doors[0].stick_coil(0)
        ended = await far.journal.told(events.HOLDING, 2)
        assert ended.detail == 0
        board.doors[0].stick_coil(None)
        heartbeat = await cloud.ask()
        assert heartbeat[5] == wire.COIL_FAULT and not heartbeat[6][0] & wire.HELD_BIT
        assert pulses(board) == 1


@beside
async def test_the_test_says_that_all_is_well_and_moves_nothing(tmp_path: Path) -> None:
    async with online(tmp_path, STRIKE) as (board, far, cloud):
        assert await result(cloud, wire.TEST, door=wire.NO_DOOR) == wire.DONE
        assert board.edges == []
        assert await result(cloud, wire.HOLD, arg=3600) == wire.DONE
        assert await result(cloud, wire.TEST, door=wire.NO_DOOR) == wire.DONE
        assert await result(cloud, wire.TEST, door=0) == wire.UNSUPPORTED
        board.doors[0].stick_coil(0)
        assert await result(cloud, wire.TEST, door=wire.NO_DOOR) == wire.FAULT
        assert pulses(board) == 1 and far.journal.of(events.COIL) == []


@beside
async def test_the_test_finds_a_coil_that_is_on_by_itself(tmp_path: Path) -> None:
    async with online(tmp_path, STRIKE) as (board, _, cloud):
        board.doors[0].stick_coil(1)
        assert await result(cloud, wire.TEST, door=wire.NO_DOOR) == wire.FAULT
