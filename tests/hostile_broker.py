"""A broker in the hands of an attacker: enough MQTT for the cloud and the units, over mutual TLS 1.2.

It sees every frame, passes on what it likes, and gives to whom it likes what it likes. It knows no key.
Never here: what the others should do.
"""

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cloud.certificates import Authority, Issued, write_private
from firmware import wire
from sim.listening import stop_listening
from sim.town import BROKER_NAME
from tests.far_side import CONNACK, CONNECT, PING, PONG, SUBACK, SUBSCRIBE, packet, publish

DISCONNECT = 0xE0
CLOUD = "cloud"


@dataclass(frozen=True)
class Message:
    """What one of them has published; `unit` is whose topic it went to."""

    topic: str
    frame: bytes

    @property
    def unit(self) -> str:
        return self.topic.rpartition("/")[2]

    @property
    def kind(self) -> int | None:
        return self.frame[1] if len(self.frame) > 1 else None


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def server_context(folder: Path, issued: Issued, authority: Authority) -> ssl.SSLContext:
    """A server with this certificate that wants one of this authority's from its clients."""
    folder.mkdir(parents=True, exist_ok=True)
    write_private(folder / "crt", issued.pem())
    write_private(folder / "key", issued.key_pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # all that the board speaks
    context.load_cert_chain(folder / "crt", folder / "key")
    context.load_verify_locations(cadata=authority.issued.pem().decode())
    context.verify_mode = ssl.CERT_REQUIRED
    return context


class Client:
    """One connection to it; `name` stands in its certificate."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        subject = writer.get_extra_info("peercert")["subject"]
        self.name = next(value for ((key, value),) in subject if key == "commonName")
        self.topics: list[str] = []
        self.will: tuple[str, bytes] | None = None
        self.heard: list[int] = []  # first bytes of all its packets
        self._reader, self._writer = reader, writer

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def drain(self) -> None:
        await self._writer.drain()

    def wants(self, topic: str) -> bool:
        return any(topic == f or (f.endswith("/#") and topic.startswith(f[:-1])) for f in self.topics)

    def cut(self) -> None:
        self._writer.transport.abort()

    async def packets(self, take: Callable[["Client", int, bytes], None]) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                first = (await self._reader.readexactly(1))[0]
                size = shift = 0
                while True:
                    byte = (await self._reader.readexactly(1))[0]
                    size |= (byte & 0x7F) << shift
                    shift += 7
                    if byte < 0x80:
                        break
                self.heard.append(first)
                take(self, first, await self._reader.readexactly(size))
        self._writer.close()

    def connect(self, body: bytes) -> None:
        """Its last will, out of CONNECT."""
        flags, fields, rest = body[7], [], body[10:]
        while rest:
            size = int.from_bytes(rest[:2], "big")
            fields.append(rest[2 : 2 + size])
            rest = rest[2 + size :]
        if flags & 4:
            self.will = fields[1].decode(), fields[2]


class HostileBroker:
    """`seen`: all that was published, in order. `withheld`: unit → types of frames that are not passed on."""

    def __init__(self, home: Path) -> None:
        authority = Authority.kept(home / "keys", now())
        issued = authority.server([BROKER_NAME, "localhost"], now())
        self.context = server_context(home / "hostile", issued, authority)
        self.port = 0
        self.seen: list[Message] = []
        self.withheld: dict[str, set[int]] = {}
        self._clients: dict[str, Client] = {}
        self._news = asyncio.Event()
        self._server: asyncio.Server | None = None
        _let_in_the_cloud(home, authority)

    @property
    def url(self) -> str:
        return f"mqtts://localhost:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=self.context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            await stop_listening(self._server)
        for client in list(self._clients.values()):
            client.cut()
        while self._clients:
            await self._something()

    def client(self, name: str) -> Client:
        return self._clients[name]

    async def give(self, unit: str, *frames: bytes, flags: int = 0) -> None:
        """Frames on the unit's down topic, whoever made them; `flags` are MQTT's (retain 1, QoS 2 and 4, DUP 8)."""
        client, topic = self.client(unit), wire.topics(unit)[0].encode()
        for frame in frames:
            client.send(publish(frame, topic=topic, flags=flags))
            await client.drain()

    async def pretend(self, unit: str, *frames: bytes, flags: int = 0) -> None:
        """Frames to the cloud, as if the unit had sent them."""
        client, topic = self.client(CLOUD), wire.topics(unit)[1].encode()
        for frame in frames:
            client.send(publish(frame, topic=topic, flags=flags))
            await client.drain()

    async def frame(self, unit: str, kind: int, *, since: int = 0, timeout: float = 30) -> bytes:
        """The first frame of this type that was seen of or for this unit, from message `since` on."""
        async with asyncio.timeout(timeout):
            while True:
                for message in self.seen[since:]:
                    if message.unit == unit and message.kind == kind:
                        return message.frame
                await self._something()

    async def count(self, unit: str, kind: int, count: int, *, since: int, timeout: float = 60) -> list[bytes]:
        """All frames of this type since then, once there are so many."""
        async with asyncio.timeout(timeout):
            while len(found := self.frames(unit, kind, since=since)) < count:
                await self._something()
        return found

    def frames(self, unit: str, kind: int, *, since: int = 0) -> list[bytes]:
        return [m.frame for m in self.seen[since:] if m.unit == unit and m.kind == kind]

    async def connected(self, name: str, other_than: Client | None = None, timeout: float = 30) -> Client:
        """This client's connection, once it has subscribed; a new one, if one is given."""
        async with asyncio.timeout(timeout):
            while (client := self._clients.get(name)) is None or client is other_than or not client.topics:
                await self._something()
            return client

    async def _something(self) -> None:
        await self._news.wait()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Client(reader, writer)
        if (older := self._clients.get(client.name)) is not None:
            older.cut()
        self._clients[client.name] = client
        await client.packets(self._take)
        if self._clients.get(client.name) is client:
            del self._clients[client.name]
        if client.will is not None:
            self._pass(*client.will)
        self._tell()

    def _take(self, client: Client, first: int, body: bytes) -> None:
        if first == CONNECT:
            client.connect(body)
            client.send(packet(CONNACK, b"\x00\x00"))
        elif first == SUBSCRIBE:
            client.topics.append(body[4 : 4 + int.from_bytes(body[2:4], "big")].decode())
            client.send(packet(SUBACK, body[:2] + b"\x00"))
        elif first == PING:
            client.send(packet(PONG, b""))
        elif first == DISCONNECT:
            client.will = None
        elif first & 0xF0 == 0x30:
            size = 2 + int.from_bytes(body[:2], "big")
            self._pass(body[2:size].decode(), body[size:])
        self._tell()

    def _pass(self, topic: str, frame: bytes) -> None:
        message = Message(topic, frame)
        self.seen.append(message)
        if message.kind in self.withheld.get(message.unit, ()):
            return
        for client in self._clients.values():
            if client.wants(topic):
                client.send(publish(frame, topic=topic.encode()))


def _let_in_the_cloud(home: Path, authority: Authority) -> None:
    """What an operator puts into the keys' folder for a broker of her own."""
    issued = authority.client(CLOUD, now())
    for name, content in (("ca", authority.issued.pem()), ("crt", issued.pem()), ("key", issued.key_pem())):
        write_private(home / "keys" / f"broker.{name}", content)
