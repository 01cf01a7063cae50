"""The link that fails on request: each trouble is what it says, and no more."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from sim.proxy import Proxy
from tests.bench_units import serving

Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Far:
    """The target: keeps what came, and how the connection ended."""

    def __init__(self) -> None:
        self.came = b""
        self.ended = asyncio.Event()
        self.news = asyncio.Event()
        self.writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.news.set()
        try:
            while data := await reader.read(4096):
                self.came += data
                self.news.set()
        except OSError:
            pass
        self.ended.set()

    async def until(self, wanted: bytes) -> None:
        async with asyncio.timeout(5):
            while self.came != wanted:
                self.news.clear()
                await self.news.wait()

    def say(self, data: bytes) -> None:
        assert self.writer is not None
        self.writer.write(data)


@pytest.fixture
async def far() -> Far:
    return Far()


@pytest.fixture
async def proxy(far: Far) -> AsyncIterator[Proxy]:
    async with serving(far.serve) as port:
        each = await Proxy("127.0.0.1", port).start()
        yield each
        await each.stop()


@pytest.fixture
async def near(proxy: Proxy, far: Far) -> AsyncIterator[Link]:
    """A connection through the proxy, both ends up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    async with asyncio.timeout(5):
        await far.news.wait()
    yield reader, writer
    writer.transport.abort()


async def nothing_for(seconds: float, reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await reader.read(1)
    except TimeoutError:
        return True
    return False


async def test_everything_passes_both_ways_and_is_counted(proxy: Proxy, far: Far, near: Link) -> None:
    reader, writer = near
    data = bytes(range(256)) * 4096
    writer.write(data)
    await far.until(data)
    far.say(b"pong")
    assert await reader.readexactly(4) == b"pong"
    assert (proxy.up.passed, proxy.down.passed, proxy.connections, proxy.live) == (len(data), 4, 1, 1)


async def test_the_end_of_one_side_reaches_the_other(far: Far, near: Link) -> None:
    _, writer = near
    writer.close()
    async with asyncio.timeout(5):
        await far.ended.wait()


async def test_cut_ends_both_sides_in_good_order_and_a_new_connection_passes(
    proxy: Proxy, far: Far, near: Link
) -> None:
    reader, _ = near
    await proxy.cut()
    assert await reader.read() == b""
    async with asyncio.timeout(5):
        await far.ended.wait()
    far.news.clear()
    _, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"again")
    await far.until(b"again")
    assert proxy.connections == 2
    writer.transport.abort()


async def test_reset_is_a_reset(proxy: Proxy, near: Link) -> None:
    reader, _ = near
    await proxy.reset()
    with pytest.raises(ConnectionResetError):
        await reader.read()


async def test_not_accepting_resets_newcomers_and_leaves_the_others(proxy: Proxy, far: Far, near: Link) -> None:
    proxy.accepting = False
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.transport.abort()
    near[1].write(b"still here")
    await far.until(b"still here")
    assert proxy.connections == 1


async def test_a_black_hole_swallows_data_and_ends_and_nobody_is_told(proxy: Proxy, far: Far, near: Link) -> None:
    reader, writer = near
    proxy.black_hole()
    writer.write(b"lost")
    far.say(b"lost too")
    assert await nothing_for(0.1, reader)
    writer.close()
    await asyncio.sleep(0.1)
    assert (far.came, far.ended.is_set()) == (b"", False)


async def test_a_black_hole_of_one_way_lets_the_other_pass(proxy: Proxy, far: Far, near: Link) -> None:
    reader, writer = near
    proxy.black_hole(up=False)
    writer.write(b"up")
    await far.until(b"up")
    far.say(b"down")
    assert await nothing_for(0.1, reader)
    proxy.heal()
    far.say(b"later")
    assert await reader.readexactly(5) == b"later"


async def test_held_data_comes_whole_and_in_order_when_released(proxy: Proxy, far: Far, near: Link) -> None:
    _, writer = near
    proxy.up.hold()
    for piece in (b"a", b"b", b"c"):
        writer.write(piece)
        await asyncio.sleep(0.02)
    assert far.came == b""
    proxy.up.release()
    await far.until(b"abc")


async def test_latency_delays_each_piece_without_slowing_the_stream(proxy: Proxy, far: Far, near: Link) -> None:
    _, writer = near
    proxy.up.latency_s = 0.2
    started = time.monotonic()
    for _ in range(10):
        writer.write(b"x")
        await asyncio.sleep(0.01)
    await far.until(b"x" * 10)
    assert 0.2 <= time.monotonic() - started < 1.8


async def test_half_a_packet_passes_and_then_silence(proxy: Proxy, far: Far, near: Link) -> None:
    reader, writer = near
    proxy.up.left = 3
    writer.write(b"packet")
    await far.until(b"pac")
    writer.write(b"more")
    far.say(b"down is well")
    assert await reader.readexactly(12) == b"down is well"
    await asyncio.sleep(0.05)
    assert far.came == b"pac"


async def test_a_slow_link_passes_so_many_bytes_a_second(proxy: Proxy, far: Far, near: Link) -> None:
    _, writer = near
    proxy.up.bytes_per_s = 200
    started = time.monotonic()
    writer.write(b"x" * 40)
    await far.until(b"x" * 40)
    assert time.monotonic() - started >= 0.19
