"""What heap the firmware needs, in thousands of words: at rest, and the least in which it does its work.

A word here is 8 bytes and a board's 4, so the same objects take twice the bytes; what is bytes by nature (bytecode,
texts) takes as many here as there, so a board needs more than half of what this says. Never here: TLS, whose memory is
its own.
"""

import asyncio
import re
from pathlib import Path

import msgspec

from bench import field
from bench.figures import Figures
from bench.server import Server
from sim import town
from sim.program import HEAP_OVERHEAD, WORD_FACTOR

KINDS = {"wired": None, "modem": field.BOARD}
FAILS_K, WORKS_K = 48, 176  # thousands of words: too few, and more than enough
TOLD_S = 70  # the board's: what there is to tell has been told
TRY_S = 60  # the host's; a unit that has too little restarts long before
FREE = re.compile(r"connected to .*; (\d+) bytes free")


class Size(msgspec.Struct, frozen=True):
    """How many times as fast the board's time passes; within how many thousands of words the least is found."""

    scale: int = 20
    within_k: int = 4


async def measure(home: Path, size: Size) -> Figures:
    broker_port = town.free_port()
    made = await town.make(home, (town.UnitPlan((field.DOOR,)),) * len(KINDS), broker_port)
    cloud = Server(home, broker_port=broker_port)
    await cloud.start()

    async def kind(name: str, board: str | None, unit: str) -> Figures:
        async def works(words_k: int) -> float | None:
            how = {"scale": size.scale, "heap_words_k": words_k}
            return await _works(field.placed(home, made, unit, broker_port, board, **how), words_k)

        rest_k = await works(WORKS_K)
        if rest_k is None:
            raise RuntimeError(f"a {name} unit does not work in {WORKS_K} thousand words")
        fails_k, works_k = FAILS_K, WORKS_K
        while works_k - fails_k > size.within_k:
            middle_k = (works_k + fails_k) // 2
            if await works(middle_k) is None:
                fails_k = middle_k
            else:
                works_k = middle_k
        return {f"heap_{name}_rest_kw": rest_k, f"heap_{name}_least_kw": works_k}

    try:
        both = await asyncio.gather(
            *(kind(name, board, unit) for (name, board), unit in zip(KINDS.items(), made.units, strict=True))
        )
    finally:
        await cloud.stop()
    return {key: value for figures in both for key, value in figures.items()}


async def _works(unit: field.Unit, words_k: int) -> float | None:
    """Thousands of words in use once it is online again; None: it did not start, connect, tell, and connect again."""
    async with unit as run:
        life = asyncio.create_task(_lives(run))
        restart = asyncio.create_task(run.board.reset_seen(2, TRY_S))
        await asyncio.wait((life, restart), return_when=asyncio.FIRST_COMPLETED)
        restart.cancel()
        if not life.done():
            life.cancel()
        await asyncio.wait((life, restart))
        if life.cancelled() or life.exception() is not None:
            return None
        free = int(FREE.findall("\n".join(run.board.console))[-1])
        return words_k - free * HEAP_OVERHEAD / WORD_FACTOR / 1024


async def _lives(run: field.Run) -> None:
    await run.board.start()
    await run.online()
    await run.passes(TOLD_S)
    lines = len(run.board.console)
    await run.air.reset()
    await run.online(since=lines)
    await run.passes(TOLD_S)
