"""The network between a unit and its broker: each trouble is what it says, in the board's time, and by its seed."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from sim.air import Air
from sim.net import Net
from tests.bench_units import serving
from tests.test_sim_proxy import Far

SCALE = 20


@dataclass
class Line:
    """A connection through the air, both ends up."""

    air: Air
    far: Far
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    writers: list[asyncio.StreamWriter]

    async def another(self) -> "Line":
        self.far.news.clear()
        self.far.came = b""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.air.port)
        async with asyncio.timeout(5):
            await self.far.news.wait()
        self.writers.append(writer)
        return Line(self.air, self.far, reader, writer, self.writers)

    async def passes(self, data: bytes = b"ping") -> None:
        """Up and down."""
        before = self.far.came
        self.writer.write(data)
        await self.far.until(before + data)
        self.far.say(data)
        async with asyncio.timeout(5):
            assert await self.reader.readexactly(len(data)) == data

    async def is_dead(self) -> None:
        """What either end sends vanishes, and none of them is told."""
        before = self.far.came
        self.writer.write(b"lost")
        self.far.say(b"lost too")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await self.reader.read(1)
        assert self.far.came == before


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    far, net = Far(), await Net().start()
    async with serving(far.serve) as port:
        air = await Air("127.0.0.1", port, scale=SCALE, net=net, seed=7).start()
        reader, writer = await asyncio.open_connection("127.0.0.1", air.port)
        async with asyncio.timeout(5):
            await far.news.wait()
        writers = [writer]
        yield Line(air, far, reader, writer, writers)
        for each in writers:
            each.transport.abort()
        await air.stop()
    await net.stop()


async def test_with_no_trouble_everything_passes(line: Line) -> None:
    await line.passes(bytes(range(256)) * 100)


async def test_a_connection_idle_for_too_long_is_forgotten_for_good_and_a_new_one_is_not(line: Line) -> None:
    line.air.forgets_s = 8
    await asyncio.sleep(4 / SCALE)
    await line.passes()
    await asyncio.sleep(10 / SCALE)
    await line.is_dead()
    await line.is_dead()
    await (await line.another()).passes()


async def test_a_new_address_kills_what_was_open_and_nothing_else(line: Line) -> None:
    line.air.change_address()
    await line.is_dead()
    await (await line.another()).passes()


async def test_half_open_the_far_end_knows_and_the_near_one_does_not(line: Line) -> None:
    await line.air.half_open()
    async with asyncio.timeout(5):
        await line.far.ended.wait()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await line.reader.read(1)
    await (await line.another()).passes()


async def test_in_the_dark_nothing_passes_and_in_the_light_all_that_was_sent(line: Line) -> None:
    net = line.air.net
    assert net is not None
    line.air.dark()
    line.writer.write(b"late")
    await asyncio.sleep(0.05)
    assert line.far.came == b"" and not net.names.reachable and not net.times.reachable
    line.air.light()
    await line.far.until(b"late")
    assert net.names.reachable and net.times.reachable


async def test_a_lost_network_is_seen_by_the_unit_and_found_again(line: Line) -> None:
    net = line.air.net
    assert net is not None
    await line.air.lost()
    with pytest.raises(ConnectionResetError):
        await line.reader.read()
    assert not net.up
    line.air.found()
    assert net.up
    await (await line.another()).passes()


async def test_a_slow_link_is_slow_by_the_boards_clock(line: Line) -> None:
    line.air.slow(bytes_per_s=300, round_trip_s=1)
    began = time.monotonic()
    line.writer.write(b"x" * 600)
    await line.far.until(b"x" * 600)
    assert time.monotonic() - began >= (600 / 300 + 0.5) / SCALE * 0.95


async def test_lost_segments_come_late_in_order_and_whole(line: Line) -> None:
    line.air.loss = 0.5
    began = time.monotonic()
    for n in range(20):
        line.writer.write(bytes([n]))
        await asyncio.sleep(0.002)
    await line.far.until(bytes(range(20)))
    assert time.monotonic() - began >= 1 / SCALE, "none of twenty was lost"


async def test_the_same_seed_loses_the_same(line: Line) -> None:
    def losses(seed: int) -> list[float]:
        air = Air("127.0.0.1", 1, seed=seed)
        air.loss = 0.3
        passage = air.passage()
        return [passage.delay_s() for _ in range(50)]

    assert losses(3) == losses(3) != losses(4)
    assert set(losses(3)) > {0.0, 1.0, 3.0}


async def test_healed_it_is_as_new(line: Line) -> None:
    line.air.forgets_s, line.air.loss = 0.1, 1.0
    line.air.slow(round_trip_s=9)
    line.air.dark()
    line.air.heal()
    await (await line.another()).passes()
