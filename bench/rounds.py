"""How rounds are asked for, the floor's and the cloud's alike: one by one, at a rate that waits for nobody, or many.

A round is a coroutine function of a number; what it returns is collected.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

Result = TypeVar("Result")
Round = Callable[[int], Awaitable[Result]]

ROUND_S = 20  # a round that takes longer is lost, and the run with it: a press is settled within 15 s


async def one_in_flight(round_: Round[Result], count: int) -> list[Result]:
    async with asyncio.timeout(ROUND_S + count):
        return [await round_(number) for number in range(count)]


async def open_loop(round_: Round[Result], rate: float, seconds: float, seed: int) -> list[Result]:
    """Rounds begin as people do: independently, `rate` a second on average, however long the earlier ones take."""
    loop, chance = asyncio.get_running_loop(), random.Random(seed)
    began, due = loop.time(), 0.0
    running: list[asyncio.Task[Result]] = []
    while (due := due + chance.expovariate(rate)) < seconds:
        await asyncio.sleep(began + due - loop.time())
        running.append(asyncio.ensure_future(_started(round_, len(running))))
    async with asyncio.timeout(ROUND_S):
        return list(await asyncio.gather(*running))


async def closed_loop(round_: Round[Result], count: int, in_flight: int) -> tuple[list[Result], float]:
    """All results and the seconds it took; a round begins when another ends."""
    loop, numbers, results = asyncio.get_running_loop(), iter(range(count)), []

    async def worker() -> None:
        results.extend([await round_(number) for number in numbers])

    began = loop.time()
    async with asyncio.timeout(ROUND_S + count / 100):
        await asyncio.gather(*(worker() for _ in range(in_flight)))
    return results, loop.time() - began


async def _started(round_: Round[Result], number: int) -> Result:
    return await round_(number)
