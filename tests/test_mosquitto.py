"""The unit and a real mosquitto: mutual TLS 1.2, a command, the will, and a retained command that opens nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
import trustme

from firmware import wire
from sim.board import Board
from sim.net import Net
from tests.far_side import DOOR, DOWN, DOWN_PADS, UNIT, Certificates, image
from tools import parts

SCALE = 10
TLS_1_2 = """\
openssl_conf = default
[default]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
MaxProtocol = TLSv1.2
"""
CONFIG = """\
user root
listener {port} 127.0.0.1
socket_domain ipv4
cafile {folder}/ca.pem
certfile {folder}/broker.crt
keyfile {folder}/broker.key
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
set_tcp_nodelay true
"""


class Cloud:
    """A client at the broker that hears the unit and speaks to it."""

    def __init__(self, folder: Path, port: int):
        self._loop = asyncio.get_running_loop()
        self._heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.ready = asyncio.Event()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self._client.tls_set(str(folder / "ca.pem"), str(folder / "cloud.crt"), str(folder / "cloud.key"))
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _connected(self, *_: Any) -> None:
        self._client.subscribe("u/#")

    def _subscribed(self, *_: Any) -> None:
        self._loop.call_soon_threadsafe(self.ready.set)

    def _message(self, _: Any, __: Any, message: mqtt.MQTTMessage) -> None:
        self._loop.call_soon_threadsafe(self._heard.put_nowait, bytes(message.payload))

    def send(self, frame: bytes, *, qos: int = 0, retain: bool = False) -> None:
        self._client.publish(DOWN.decode(), frame, qos, retain)

    async def hears(self, kind: int, timeout: float = 15) -> bytes:
        """The next frame of this type; 0 is the will."""
        async with asyncio.timeout(timeout):
            while True:
                frame = await self._heard.get()
                if frame[:1] == b"\x00" if kind == 0 else len(frame) > 1 and frame[1] == kind:
                    return frame

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@dataclass
class House:
    board: Board
    cloud: Cloud


@pytest.fixture
async def house(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """The unit is not powered yet. Parameter: an authority of the unit's certificate that is not the broker's."""
    certificates, folder = Certificates(), tmp_path / "broker"
    folder.mkdir()
    for name, hosts in {"broker": (certificates.host, "127.0.0.1"), "cloud": ("cloud.test",)}.items():
        leaf = certificates.ca.issue_cert(*hosts, common_name=name)
        (folder / f"{name}.crt").write_bytes(leaf.cert_chain_pems[0].bytes())
        (folder / f"{name}.key").write_bytes(leaf.private_key_pem.bytes())
    (folder / "ca.pem").write_bytes(certificates.ca.cert_pem.bytes())
    (folder / "tls12.cnf").write_text(TLS_1_2)
    port = await free_port()
    (folder / "conf").write_text(CONFIG.format(folder=folder, port=port))
    environment = {"OPENSSL_CONF": str(folder / "tls12.cnf")}
    argv = [*parts.mosquitto(), "-c", str(folder / "conf")]
    broker = await asyncio.create_subprocess_exec(*argv, env=environment, stderr=asyncio.subprocess.DEVNULL)
    net = await Net().start()
    net.tcp[8883] = ("127.0.0.1", port)
    files = certificates.unit_files(port=8883, ca=getattr(request, "param", None))
    board = Board(image(tmp_path / "flash", files), UNIT, [DOOR], net=net, scale=SCALE)
    cloud = None
    try:
        await listening(port)
        cloud = Cloud(folder, port)
        async with asyncio.timeout(10):
            await cloud.ready.wait()
        yield House(board, cloud)
    finally:
        if cloud is not None:
            cloud.stop()
        await board.stop()
        await net.stop()
        broker.kill()
        await broker.wait()


async def free_port() -> int:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    return port


async def listening(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


async def test_a_command_opens_a_retained_one_does_not_and_the_will_tells_of_the_end(house: House) -> None:
    board, cloud = house.board, house.cloud
    await board.start()
    await cloud.hears(wire.HELLO)
    cloud.send(wire.welcome(DOWN_PADS, 0, bytes.fromhex(UNIT), b"nonce--1"))
    hello: tuple[Any, ...] = wire.hello_fields(await cloud.hears(wire.HELLO))

    def command(op_id: bytes, not_after: int) -> bytes:
        return wire.command(DOWN_PADS, 0, bytes.fromhex(UNIT), hello[0], not_after, op_id, wire.PRESS, 0, 0)

    cloud.send(command(b"opens it", hello[3] + 9))
    assert wire.answer_fields(await cloud.hears(wire.ANSWER))[4] == wire.DONE
    cloud.send(command(b"retained", hello[3] + 9), retain=True)
    assert wire.answer_fields(await cloud.hears(wire.ANSWER))[4] == wire.BUSY  # it listens already: as any other
    board.power_off()
    assert await cloud.hears(0) == b"\x00"
    board.power_on()
    await cloud.hears(wire.HELLO)
    await board.console_line("dropped so far: 1 packets; frames: none")
    assert len([edge for edge in board.edges if edge.kind == "coil" and edge.value]) == 1


@pytest.mark.parametrize("house", [trustme.CA()], indirect=True)
async def test_a_unit_of_a_foreign_authority_is_refused_and_says_so(house: House) -> None:
    await house.board.start()
    await house.board.console_line("does not accept this unit's certificate", 15)
