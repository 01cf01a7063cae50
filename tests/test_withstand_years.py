"""Years in minutes: thousands of opens on one boot leave the heap as it was, and no restart, whenever it comes, moves a
coil by itself."""

import asyncio
import contextlib
import random
import re
from collections import Counter
from pathlib import Path

import pytest

from firmware import wire
from sim.board import HARD, SOFT, WDT, Board
from tests.far_side import DOOR, Cloud, FarSide
from tests.unit_bench import powered

STRIKE = {**DOOR, "drive": "open", "pulse_ms": 2000, "closed_contact": None, "open_contact": None}
STRIKES = [{**STRIKE, "relay": pin} for pin in (18, 19, 21, 22)]
PAUSE_S = 3.2 / len(STRIKES)  # of the unit's time between two opens: a pulse and the coil's rest on each door in turn
ENOUGH_S = 40
MAY_FAIL = 5  # of the opens come late or find the coil still at rest on a machine that is busy otherwise
FREE = re.compile(r"connected to .*; (\d+) bytes free")
FLAT_BYTES = (
    3072  # of 200 kB: what a longer name or a fuller cache takes, not what 100 opens would leak at 32 bytes each
)


async def opens(board: Board, far: FarSide, rounds: int, each: int) -> list[int]:
    """Bytes free at the start of each round's session."""
    cloud = Cloud(await far.session(1, ENOUGH_S))
    results: Counter[int] = Counter()
    for number in range(1, rounds + 1):
        cloud.session = await far.session(number, ENOUGH_S)
        await cloud.adopt()
        while results[wire.DONE] < number * each:
            if sum(results.values()) % 3 == 0:
                await cloud.ask()  # or the unit's clock is not known well enough
            command = cloud.command(wire.OPEN, door=sum(results.values()) % len(STRIKES))
            cloud.session.frame(command)
            results[await cloud.answer_to(command, ENOUGH_S)] += 1
            assert results[wire.DONE] > sum(results.values()) - MAY_FAIL - each // 5, results
            await asyncio.sleep(PAUSE_S / board.timeline.scale)
        cloud.session.cut()
    return [int(match[1]) for line in board.console if (match := FREE.search(line))]


def flat(free: list[int]) -> None:
    """After the first round, which fills what is filled once."""
    assert len(free) > 3
    assert min(free[2:]) >= free[1] - FLAT_BYTES, free


async def test_a_hundred_opens_and_reconnects_leave_the_heap_as_it_was(tmp_path: Path) -> None:
    async with powered(tmp_path, *STRIKES, scale=20) as (board, far):
        flat(await opens(board, far, rounds=5, each=20))


@pytest.mark.long
async def test_ten_thousand_opens_on_one_boot_leave_the_heap_as_it_was(tmp_path: Path) -> None:
    async with powered(tmp_path, *STRIKES, scale=20) as (board, far):
        flat(await opens(board, far, rounds=20, each=500))
        assert len(board.resets) == 1


async def restarts(folder: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)
    sent: Counter[str] = Counter()
    async with powered(folder, STRIKE, scale=20, seed=seed) as (board, far):
        for _ in range(times):
            boots, sessions = len(board.resets), len(far.sessions)
            load = asyncio.create_task(pressing(far, sessions, sent))
            await asyncio.sleep(chance.uniform(0, 1.2))
            restart(board, chance)
            load.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await load
            await board.reset_seen(boots + 1, ENOUGH_S)
        last = await Cloud(await far.session(len(far.sessions) + 1, ENOUGH_S)).adopt()
        command = last.command(wire.OPEN, op_id=b"the last")
        last.session.frame(command)
        assert await last.answer_to(command, ENOUGH_S) == wire.DONE, "it works as before"
        sent[b"the last".hex()] += 1
        on = Counter(edge.op for edge in board.edges if edge.kind == "coil" and edge.value)
        assert set(on) <= set(sent), "a coil moved that nobody had commanded"
        assert max(on.values()) == 1, "a command moved a coil twice"


async def pressing(far: FarSide, sessions: int, sent: Counter[str]) -> None:
    """Commands without end, to whichever boot is there; the unit obeys those that it can."""
    number = sessions
    while True:
        number += 1
        cloud = await Cloud(await far.session(number, ENOUGH_S)).adopt()
        while not cloud.session.ended.is_set():
            op_id = random.randbytes(8)
            sent[op_id.hex()] += 1
            cloud.session.frame(cloud.command(wire.OPEN, op_id=op_id))
            await asyncio.sleep(0.02)


def restart(board: Board, chance: random.Random) -> None:
    how = chance.choice(("power", HARD, WDT, SOFT))
    if how == "power":
        board.power_off()
        board.power_on()
    else:
        board.reset(int(how))


async def test_restarts_at_random_moments_under_load_move_no_coil_by_themselves(tmp_path: Path) -> None:
    await restarts(tmp_path, 12, seed=1)


@pytest.mark.long
async def test_three_hundred_restarts_under_load_move_no_coil_by_themselves(tmp_path: Path) -> None:
    await restarts(tmp_path, 300, seed=2)
