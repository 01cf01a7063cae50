"""Wrong, expired, early and foreign certificates on either side: nobody is taken for another, and it is said why."""

import asyncio
import contextlib
import datetime
import secrets
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cloud.certificates import SERVER_LIFE, Authority, Issued, write_private
from firmware import wire
from sim import flash
from sim.listening import stop_listening
from sim.town import BROKER_NAME
from tests.far_side import CONNACK, CONNECT, PUBLISH, SUBACK, SUBSCRIBE, packet, publish
from tests.hostile_broker import now, server_context
from tests.scene import SOON_S, Scene
from tests.town_fixtures import UNIT_PORT, story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()
DAY = datetime.timedelta(days=1)
REFUSED_CLIENT = "does not accept this unit's certificate"


def _ours(s: Scene) -> Authority:
    return Authority.kept(s.cloud.home / "keys", now())


def _bad_servers(s: Scene) -> dict[str, Issued]:
    """Certificates that a broker might show, and what a unit says of each."""
    names, ours = [BROKER_NAME, "localhost"], _ours(s)
    return {
        "not signed by an authority that this unit trusts": Authority.made(now()).server(names, now()),
        "has expired": ours.server(names, now() - SERVER_LIFE - DAY),
        "is not valid yet": ours.server(names, now() + 10 * DAY),
        "made out to another name": ours.server(["other.iomando.test"], now()),
    }


@story()
async def test_unit_meets_a_broker_with_a_wrong_certificate_and_says_nothing_to_it(s: Scene) -> None:
    assert s.board.net is not None
    talked: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talked.append(await reader.read(100))
        writer.close()

    right = s.board.net.tcp[UNIT_PORT]
    for number, (told, issued) in enumerate(_bad_servers(s).items()):
        context = server_context(s.cloud.home / f"imposter-{s.unit}-{number}", issued, _ours(s))
        imposter = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=context)
        said = len(s.board.console)
        s.board.net.tcp[UNIT_PORT] = imposter.sockets[0].getsockname()
        await s.power_cycle()  # it tries again at once
        await s.board.console_line(told, SOON_S, since=said)
        await stop_listening(imposter)

    assert talked == []
    await s.shown(lambda door: door["link"] == "away", "the unit away")
    s.board.net.tcp[UNIT_PORT] = right
    await s.power_cycle()
    await s.opens()


@story()
async def test_broker_refuses_a_unit_with_a_foreign_or_expired_certificate(s: Scene) -> None:
    good = flash.read(s.board.image)
    stale = _ours(s).client(s.unit, now() - 10 * DAY, 9 * DAY)
    for issued in (Authority.made(now()).client(s.unit, now()), stale):
        s.board.power_off()
        flash.write(s.board.image, good | {"/tls.crt": issued.der(), "/tls.key": issued.key_der()})
        said = len(s.board.console)
        s.board.power_on()
        await s.board.console_line(REFUSED_CLIENT, SOON_S, since=said)

    await s.shown(lambda door: door["link"] == "away", "the unit away")
    s.board.power_off()
    flash.write(s.board.image, good)
    s.board.power_on()
    await s.opens()


@story()
async def test_unit_with_the_certificate_of_another_unit_reaches_nobody(s: Scene) -> None:
    good = flash.read(s.board.image)
    s.board.power_off()
    await s.shown(lambda door: door["link"] == "away", "the unit away")
    other = _ours(s).client(secrets.token_hex(4), now())
    flash.write(s.board.image, good | {"/tls.crt": other.der(), "/tls.key": other.key_der()})
    said, end = len(s.board.console), s.log_end()
    s.board.power_on()
    await s.connected(since=said)

    await s.ends(await s.press(), "NOT_SENT", "away")

    assert not [line for line in s.cloud.log[end:] if (line["what"], line.get("unit")) == ("unit online", s.unit)]
    assert s.pulses() == 0
    s.board.power_off()
    flash.write(s.board.image, good)
    s.board.power_on()
    await s.opens()


@story()
async def test_who_has_no_good_certificate_is_not_let_in_by_the_broker(s: Scene) -> None:
    name = secrets.token_hex(4)
    foreign = Authority.made(now()).client(name, now())
    stale = _ours(s).client(name, now() - 10 * DAY, 9 * DAY)
    for issued in (None, foreign, stale):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await _Stranger(s, name, issued).connect()

    good = _Stranger(s, name, _ours(s).client(name, now()))
    await good.connect()
    good.close()


@story()
async def test_a_stolen_units_certificate_neither_hears_nor_commands_another_unit(s: Scene) -> None:
    stolen = secrets.token_hex(4)
    thief = _Stranger(s, stolen, _ours(s).client(stolen, now()))
    await thief.connect()
    down, up = wire.topics(s.unit)
    for topic in ("#", "d/#", "u/#", down, up, f"+/+/{s.unit}"):
        thief.subscribe(topic)

    first = await s.opens()
    command = s.row(first["id"])["command"]
    await s.shown_state("open")
    await s.shown_state("closed")
    thief.send(publish(command, topic=down.encode()))
    thief.send(publish(b"\x00", topic=up.encode()))  # the unit's last will, from somebody else
    await s.opens()

    assert s.pulses() == 2
    await thief.say_goodbye()
    assert not [first for first, _ in thief.heard if first & 0xF0 == PUBLISH]
    assert not [line for line in s.cloud.log if (line["what"], line.get("unit")) == ("unit away", s.unit)]


@story(alone=True, hostile=True)
async def test_cloud_meets_a_broker_with_a_wrong_certificate_and_sends_nothing(s: Scene) -> None:
    assert s.hostile is not None
    good, folder = s.hostile.context, s.cloud.home / "hostile"
    wrong = [server_context(folder, issued, _ours(s)) for issued in _bad_servers(s).values()]
    no_trust = server_context(folder, _ours(s).server(["localhost"], now()), Authority.made(now()))
    for context in (*wrong, no_trust):  # the last one does not trust the cloud's certificate
        await s.hostile.stop()
        s.hostile.context, end, seen = context, s.log_end(), len(s.hostile.seen)
        await s.hostile.start()
        line = await s.logged("broker not reached", after=end)
        while "refused" in line["error"]:  # it was not listening yet
            line = await s.logged("broker not reached", after=s.cloud.log.index(line) + 1)
        assert ("certificate verify failed" if context in wrong else "SSL") in line["error"]
        assert not [m for m in s.hostile.seen[seen:] if m.topic.startswith("d/")]

    await s.ends(await s.press(), "NOT_SENT", "broker")
    await s.hostile.stop()
    s.hostile.context = good
    said = len(s.board.console)
    await s.hostile.start()
    await s.connected(since=said)
    await s.opens()
    assert s.pulses() == 1


class _Stranger:
    """Somebody at the broker's door with this certificate."""

    def __init__(self, s: Scene, name: str, issued: Issued | None) -> None:
        self.heard: list[tuple[int, bytes]] = []
        self._port = s.cloud.broker_port
        self._name = name
        self.context = ssl.create_default_context(cadata=_ours(s).issued.pem().decode())
        self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        if issued is not None:
            with _files(s.cloud.home / f"stranger-{s.unit}", issued) as (crt, key):
                self.context.load_cert_chain(crt, key)

    async def connect(self) -> None:
        async with asyncio.timeout(30):
            self._reader, self._writer = await asyncio.open_connection("localhost", self._port, ssl=self.context)
            name = self._name.encode()
            head = b"\x00\x04MQTT\x04\x02\x00\x3c"  # 3.1.1, clean session, keepalive 60 s
            self.send(packet(CONNECT, head + len(name).to_bytes(2, "big") + name))
            if await self._next() != (CONNACK, b"\x00\x00"):
                raise ConnectionError("refused")

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    def subscribe(self, topic: str) -> None:
        self.send(packet(SUBSCRIBE, b"\x00\x01" + len(topic).to_bytes(2, "big") + topic.encode() + b"\x00"))

    async def say_goodbye(self) -> None:
        """Everything that was sent to it so far is in `heard`: the broker answers in order."""
        self.subscribe("the/end")
        async with asyncio.timeout(30):
            while len([1 for first, _ in self.heard if first == SUBACK]) < 7:
                self.heard.append(await self._next())
        self.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._writer.close()

    async def _next(self) -> tuple[int, bytes]:
        """The next packet; all here are short."""
        try:
            first, size = await self._reader.readexactly(2)
            return first, await self._reader.readexactly(size)
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("the broker hung up") from error


@contextmanager
def _files(folder: Path, issued: Issued) -> Iterator[tuple[Path, Path]]:
    """Where OpenSSL wants them; gone afterwards."""
    folder.mkdir(exist_ok=True)
    write_private(folder / "crt", issued.pem())
    write_private(folder / "key", issued.key_pem())
    yield folder / "crt", folder / "key"
    (folder / "crt").unlink()
    (folder / "key").unlink()
