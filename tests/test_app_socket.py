"""An app's websocket: frames that a browser understands at every length, rates, patience, and an end that says why."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from cloud.app_socket import MALFORMED, MESSAGES, MESSAGES_A_SECOND, AppSocket, Bucket, framed
from tests.world import Time

Served = Callable[[Callable[[AppSocket], None]], Any]


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """served(what): a websocket whose far side does this to its AppSocket and then reads on."""
    clients: list[TestClient] = []

    async def connect(what: Callable[[AppSocket], None]) -> aiohttp.ClientWebSocketResponse:
        async def handle(request: web.Request) -> web.WebSocketResponse:
            ws = web.WebSocketResponse(compress=False)
            await ws.prepare(request)
            assert request.transport is not None
            socket = AppSocket("ana", "session", None, ws, request.transport)
            what(socket)
            async for _ in ws:
                pass
            await socket.gone()
            return ws

        app = web.Application()
        app.router.add_get("/", handle)
        client = TestClient(TestServer(app))
        clients.append(client)
        await client.start_server()
        return await client.ws_connect("/")

    yield connect
    for client in clients:
        await client.close()


SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 300_000]


async def test_messages_of_every_length_arrive_whole_and_in_order(served: Served) -> None:
    messages = [bytes([65 + n]) * size for n, size in enumerate(SIZES)]

    def write_all(socket: AppSocket) -> None:
        for message in messages:
            socket.write(message)

    ws = await served(write_all)

    for message in messages:
        received = await ws.receive(timeout=5)
        assert received.type is aiohttp.WSMsgType.TEXT
        assert received.data.encode() == message


async def test_what_is_not_ascii_arrives_as_it_was(served: Served) -> None:
    ws = await served(lambda socket: socket.write("porta · ☎ · é".encode()))

    assert await ws.receive_str(timeout=5) == "porta · ☎ · é"


@pytest.mark.parametrize(("size", "head"), [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)])
def test_no_head_is_longer_than_it_needs_to_be(size: int, head: int) -> None:
    frame = framed(bytes(size))

    assert len(frame) == size + head
    assert frame[0] == 0x81  # whole, text
    assert frame[1] < 0x80  # what a server sends is not masked


async def test_a_dropped_app_learns_why(served: Served) -> None:
    ws = await served(lambda socket: socket.drop(4401, "this session has ended"))

    message = await ws.receive(timeout=5)

    assert message.type is aiohttp.WSMsgType.CLOSE
    assert (ws.close_code, message.extra) == (4401, "this session has ended")


async def test_the_first_reason_is_the_one_that_is_told(served: Served) -> None:
    def twice(socket: AppSocket) -> None:
        socket.drop(4408, "too slow")
        socket.drop(1001, "the service stops")

    ws = await served(twice)
    await ws.receive(timeout=5)

    assert ws.close_code == 4408


class Wire:
    """A transport, and a websocket whose other side never answers."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.aborted = False
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self.written))

    def abort(self) -> None:
        self.aborted = True

    async def close(self, **_: object) -> None:
        await asyncio.Event().wait()


def on(wire: Wire) -> AppSocket:
    return AppSocket("ana", "session", None, cast("Any", wire), cast("Any", wire))


async def test_who_does_not_even_take_the_reason_is_cut_off_after_a_second() -> None:
    time, wire = Time(), Wire()
    socket = on(wire)
    assert not socket.dropped
    socket.drop(4408, "too slow")
    await asyncio.sleep(0)
    assert socket.dropped
    assert not wire.aborted

    time.jump(1.1)
    await socket.gone()

    assert wire.aborted
    time.restore()


async def test_unsent_is_what_the_other_side_has_not_taken() -> None:
    wire = Wire()
    socket = on(wire)
    socket.write(bytes(1000))

    assert socket.unsent() == 1004


async def test_to_a_closed_socket_nothing_is_written() -> None:
    wire = Wire()
    wire.closed = True
    on(wire).write(b"late")

    assert wire.written == []


# -- rates and patience


def test_a_burst_is_taken_and_then_so_many_a_second() -> None:
    bucket = Bucket(MESSAGES, MESSAGES_A_SECOND)

    assert [bucket.take(100.0) for _ in range(MESSAGES + 3)] == [True] * MESSAGES + [False] * 3
    assert [bucket.take(101.0) for _ in range(12)] == [True] * MESSAGES_A_SECOND + [False] * 2


def test_a_long_silence_saves_up_no_more_than_a_burst() -> None:
    bucket = Bucket(3, 10)
    bucket.take(1.0)

    assert [bucket.take(9999.0) for _ in range(5)] == [True] * 3 + [False] * 2


def test_what_is_refused_costs_nothing() -> None:
    bucket = Bucket(1, 1)
    assert bucket.take(1.0)
    assert not any(bucket.take(1.0 + n / 100) for n in range(50))

    assert bucket.take(2.0)


def test_patience_with_nonsense_ends() -> None:
    socket = on(Wire())

    assert [socket.malformed() for _ in range(MALFORMED + 2)] == [False] * MALFORMED + [True] * 2
