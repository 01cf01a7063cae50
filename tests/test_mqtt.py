"""The cloud's one connection to its broker, against a broker that sends what none should."""

import asyncio
import contextlib

from cloud.mqtt import Connection
from tests.far_side import CONNACK, SUBACK, packet, publish

TOPIC = "u/3f/3fa2b81c"


async def test_a_message_that_cannot_be_taken_is_taken_once_and_the_next_one_is_heard(caplog) -> None:
    """paho would hand out the same message for ever: no other is heard, and the log fills the disk."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    over = asyncio.Event()

    async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read(1000)
            writer.write(packet(CONNACK, b"\x00\x00"))
            subscribe = await reader.read(1000)
            writer.write(packet(SUBACK, subscribe[2:4] + b"\x00"))
            for topic, payload in ((b"\xff\xfe", b"no text"), (TOPIC.encode(), b"bad"), (TOPIC.encode(), b"good")):
                writer.write(publish(payload, topic=topic))
            await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        over.set()

    def take(_topic: str, payload: bytes) -> None:
        if payload == b"bad":
            raise ValueError("of ours")
        heard.put_nowait(payload)

    server = await asyncio.start_server(broker, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = Connection("127.0.0.1", port, None, "u/#", take, lambda: None, lambda: None)
    try:
        assert await asyncio.wait_for(heard.get(), 10) == b"good"
    finally:
        await connection.close()
        await asyncio.wait_for(over.wait(), 10)  # or the broker's side outlives the loop
        server.close()

    assert len([r for r in caplog.records if r.exc_info]) == 1
