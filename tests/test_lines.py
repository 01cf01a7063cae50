"""New lines of a log on their way to those who read it: at once when it is quiet, a few together when it is not, none
lost, none told twice, each place by itself."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from cloud.chain import START, Draft, Entry, after, seal
from cloud.lines import AGAIN_S, Lines


class Told:
    def __init__(self) -> None:
        self.tellings: list[tuple[str, list[int]]] = []
        self._came = asyncio.Event()

    def __call__(self, place: str, lines: Sequence[Entry]) -> None:
        self.tellings.append((place, [line.n for line in lines]))
        self._came.set()

    async def next(self, count: int) -> None:
        async with asyncio.timeout(20 * AGAIN_S):
            while len(self.tellings) < count:
                self._came.clear()
                await self._came.wait()


def entries(place: str, count: int) -> list[Entry]:
    head, made = START, []
    for n in range(count):
        made.append(seal(Draft(place, n, "press"), head, n))
        head = after(made[-1])
    return made


async def test_the_first_line_after_a_quiet_time_is_told_at_once() -> None:
    told = Told()
    Lines(told).add(entries("home", 1))
    await asyncio.sleep(0)

    assert told.tellings == [("home", [1])]


async def test_what_comes_right_after_waits_and_is_told_together() -> None:
    told = Told()
    lines, every = Lines(told), entries("home", 5)
    lines.add(every[:1])
    await asyncio.sleep(0)
    for entry in every[1:]:
        lines.add([entry])
        await asyncio.sleep(0)
    assert told.tellings == [("home", [1])]

    await told.next(2)

    assert told.tellings == [("home", [1]), ("home", [2, 3, 4, 5])]


async def test_a_busy_place_holds_up_no_other() -> None:
    told = Told()
    lines = Lines(told)
    lines.add(entries("home", 3))
    await asyncio.sleep(0)
    lines.add(entries("yard", 1))
    await asyncio.sleep(0)

    assert told.tellings == [("home", [1, 2, 3]), ("yard", [1])]


@given(st.lists(st.lists(st.sampled_from(["home", "yard"]), max_size=4), max_size=12))
def test_every_line_is_told_once_and_in_its_order(bursts: list[list[str]]) -> None:
    told = Told()

    async def run() -> None:
        every = {place: iter(entries(place, 60)) for place in ("home", "yard")}
        lines = Lines(told)
        for burst in bursts:
            lines.add([next(every[place]) for place in burst])
            await asyncio.sleep(0)
        while lines._waiting:
            for place in list(lines._waiting):
                lines._due(place)

    asyncio.run(run())
    for place in ("home", "yard"):
        count = sum(burst.count(place) for burst in bursts)
        assert [n for where, ns in told.tellings if where == place for n in ns] == list(range(1, count + 1))
