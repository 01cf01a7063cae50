"""The unit's one connection, against brokers that are wrong, silent, slow or hostile. Time runs 20 times as fast as the
host's, so that deadlines of half a minute pass in a second.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import trustme

from firmware import wire
from sim.board import Board
from sim.listening import stop_listening
from sim.net import Net
from tests.far_side import (
    CONNACK,
    CONNECT,
    DOOR,
    PING,
    SUBSCRIBE,
    UNIT,
    Certificates,
    Cloud,
    FarSide,
    image,
    packet,
    publish,
)

SCALE = 20
PORT = 8883


@dataclass
class Street:
    """A unit that is not powered yet, and where its packets go."""

    board: Board
    net: Net
    certificates: Certificates

    def lead_to(self, far: FarSide) -> FarSide:
        self.net.tcp[PORT] = ("127.0.0.1", far.port)
        return far

    async def told(self, line: str, timeout: float = 15) -> None:
        await self.board.console_line(line, timeout)


@pytest.fixture
async def street(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Street]:
    scale = getattr(request, "param", SCALE)
    certificates = Certificates()
    net = await Net().start()
    files = certificates.unit_files(port=PORT, servers=[[certificates.host, PORT]])
    board = Board(image(tmp_path / "flash", files), UNIT, [DOOR], net=net, scale=scale)
    try:
        yield Street(board, net, certificates)
    finally:
        await board.stop()
        await net.stop()


async def test_a_broker_with_a_wrong_certificate_is_told_and_never_spoken_to(street: Street) -> None:
    certificates = street.certificates
    wrong = {
        "not signed by an authority that this unit trusts": certificates.broker(ca=trustme.CA()),
        "has expired": certificates.broker(days=-1),
        "made out to another name": certificates.broker(host="elsewhere.iomando.test"),
    }
    powered = False
    for line, context in wrong.items():
        async with FarSide(context) as far:
            street.lead_to(far)
            if not powered:
                await street.board.start()
                powered = True
            await street.told(line)
            assert all(not session.packets for session in far.sessions)
    async with FarSide(certificates.broker()) as far:
        await street.lead_to(far).session()


async def test_a_unit_with_a_foreign_certificate_is_refused_and_says_so(tmp_path: Path) -> None:
    certificates = Certificates()
    net = await Net().start()
    files = certificates.unit_files(port=PORT, ca=trustme.CA())
    board = Board(image(tmp_path / "flash", files), UNIT, [DOOR], net=net, scale=SCALE)
    try:
        async with FarSide(certificates.broker()) as far:
            net.tcp[PORT] = ("127.0.0.1", far.port)
            await board.start()
            await board.console_line("does not accept this unit's certificate", 15)
            assert all(not session.packets for session in far.sessions)
    finally:
        await board.stop()
        await net.stop()


async def test_the_second_authority_is_trusted_and_the_second_server_tried(tmp_path: Path) -> None:
    certificates, net = Certificates(), await Net().start()
    files = certificates.unit_files(port=PORT, servers=[[certificates.host, 1], [certificates.host, PORT]])
    files["/ca/1.der"] = files["/ca/0.der"]
    files["/ca/0.der"] = Certificates().unit_files(port=PORT)["/ca/0.der"]
    board = Board(image(tmp_path / "flash", files), UNIT, [DOOR], net=net, scale=SCALE)
    try:
        async with FarSide(certificates.broker()) as far:
            net.tcp[PORT] = ("127.0.0.1", far.port)
            await board.start()
            await far.session()
    finally:
        await board.stop()
        await net.stop()


async def test_a_peer_that_accepts_and_says_nothing_is_given_up(street: Street) -> None:
    async with FarSide(None) as deaf:
        street.lead_to(deaf)
        await street.board.start()
        await street.told("it says nothing or too little of TLS and MQTT")
    assert street.board.resets == [1]


@pytest.mark.parametrize(
    ("silent", "line"),
    [(CONNECT, "it says nothing or too little of TLS and MQTT"), (SUBSCRIBE, "no answer to the subscription")],
    ids=["connect", "subscribe"],
)
async def test_an_answer_that_never_comes_is_given_up_and_asked_for_again(
    street: Street, silent: int, line: str
) -> None:
    async with FarSide(street.certificates.broker()) as far:
        answer = far.answers.pop(silent)
        street.lead_to(far)
        await street.board.start()
        await street.told(line)
        far.answers[silent] = answer
        await street.told("connected to")


async def test_a_refusal_is_told_with_its_reason(street: Street) -> None:
    async with FarSide(street.certificates.broker()) as far:
        right = far.answers[CONNECT]
        far.answers[CONNECT] = lambda _: packet(CONNACK, b"\x00\x05")
        street.lead_to(far)
        await street.board.start()
        await street.told("not authorised")
        far.answers[CONNECT] = right
        await street.told("connected to")


@pytest.mark.parametrize("street", [60], indirect=True)
async def test_a_dead_link_is_noticed_by_its_ping_and_healed(street: Street) -> None:
    async with FarSide(street.certificates.broker()) as far:
        del far.answers[PING]
        street.lead_to(far)
        await street.board.start()
        first = await far.session()
        began = time.monotonic()
        await far.session(2)
        lasted_s = (time.monotonic() - began) * 60
        assert first.pings == 1 and 105 <= lasted_s < 120  # three quarters of 120 s, and 15 s for the answer
        await street.told("no answer to a ping for 15 s")


@pytest.mark.parametrize("street", [100], indirect=True)
async def test_an_idle_link_stays_up_with_pings_and_heartbeats(street: Street) -> None:
    async with FarSide(street.certificates.broker()) as far:
        street.lead_to(far)
        await street.board.start()
        session = await far.session()
        heartbeat: tuple[Any, ...] = wire.heartbeat_fields(await session.next_frame(wire.HEARTBEAT, 40))
        assert heartbeat[4] == wire.TIMER and 535 <= heartbeat[3] <= 550
        assert 5 <= session.pings <= 6 and len(far.sessions) == 1


@pytest.mark.parametrize("upto", [1, 2, 20])
async def test_half_a_packet_and_then_silence_is_noticed(street: Street, upto: int) -> None:
    async with FarSide(street.certificates.broker()) as far:
        street.lead_to(far)
        await street.board.start()
        session = await far.session()
        began = time.monotonic()
        session.send(publish(bytes(52))[:upto])
        await far.session(2)
        assert (time.monotonic() - began) * SCALE < 30
        await street.told("half a packet")


async def commanded(street: Street, far: FarSide) -> Cloud:
    street.lead_to(far)
    await street.board.start()
    return await Cloud(await far.session()).adopt()


async def test_what_no_honest_broker_sends_is_dropped_and_the_next_command_obeyed(street: Street) -> None:
    async with FarSide(street.certificates.broker()) as far:
        cloud = await commanded(street, far)
        command = cloud.command()
        for flags in range(1, 16):  # retained, QoS 1 to 3, duplicates
            cloud.session.frame(command, flags=flags)
        cloud.session.frame(command, topic=b"d/3f/3fa2b81d")
        cloud.session.frame(command + bytes(wire.MAX_FRAME))
        cloud.session.send(packet(0x30, bytes(100_000)))
        for kind in (0x10, 0x20, 0x40, 0x50, 0x62, 0x70, 0x82, 0x90, 0xA2, 0xB0, 0xE0, 0xF0):
            cloud.session.send(packet(kind, command))
        await asyncio.sleep(0.3)
        assert street.board.edges == []
        cloud.session.frame(command)
        assert await cloud.answer_to(command) == wire.DONE
        assert len([edge for edge in street.board.edges if edge.kind == "coil" and edge.value]) == 1
        assert len(far.sessions) == 1


async def test_a_command_that_comes_byte_by_byte_is_obeyed(street: Street) -> None:
    async with FarSide(street.certificates.broker()) as far:
        far.journal.acks = False  # nothing may come between the bytes
        cloud = await commanded(street, far)
        command = cloud.command()
        for byte in publish(command):
            cloud.session.send(bytes([byte]))
            await asyncio.sleep(0.001)
        assert await cloud.answer_to(command) == wire.DONE


async def test_a_stream_that_is_no_mqtt_ends_the_session_not_the_program(street: Street) -> None:
    async with FarSide(street.certificates.broker()) as far:
        street.lead_to(far)
        await street.board.start()
        (await far.session()).send(b"\x30\xff\xff\xff\xff\xff")
        await far.session(2)
        assert street.board.resets == [1]


async def test_after_a_cut_the_first_attempt_is_made_at_once_and_later_ones_wait_longer(street: Street) -> None:
    async with FarSide(street.certificates.broker()) as far:
        street.lead_to(far)
        await street.board.start()
        session = await far.session()
        await asyncio.sleep(35 / SCALE)  # a session that lived for a while
        attempts: list[float] = []

        async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            attempts.append(time.monotonic() * SCALE)
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        street.net.tcp[PORT] = server.sockets[0].getsockname()
        began = time.monotonic() * SCALE
        session.cut()
        await until(lambda: len(attempts) >= 9, 15)
        await stop_listening(server)
        gaps = [after - before for before, after in pairwise(attempts)]
        assert attempts[0] - began < 3
        assert gaps[0] < 3 and max(gaps) < 28
        assert all(gap > 12 for gap in gaps[-3:]) and len({round(gap, 1) for gap in gaps[-3:]}) > 1
        street.lead_to(far)
        await far.session(2)


async def until(fact: Callable[[], bool], timeout: float) -> None:
    async with asyncio.timeout(timeout):
        while not fact():  # noqa: ASYNC110 - the bench's servers count and tell nobody
            await asyncio.sleep(0.005)


async def test_a_name_server_that_is_silent_forges_or_refuses_is_told_and_waited_for(street: Street) -> None:
    async with FarSide(street.certificates.broker()) as far:
        street.lead_to(far)
        street.net.names.mood = "silent"
        await street.board.start()
        await street.told("no name server answers")
        street.net.names.mood = "refusing"
        await street.told("no such name")
        street.net.names.mood = "wrong"
        asked = street.net.names.asked
        await until(lambda: street.net.names.asked > asked + 1, 10)
        assert far.sessions == []
        street.net.names.mood = "right"
        await far.session()


async def test_without_the_time_no_certificate_is_judged_and_with_it_all_is_well(street: Street) -> None:
    async with FarSide(street.certificates.broker()) as far:
        street.lead_to(far)
        street.net.times.mood = "wrong"
        await street.board.start()
        await street.told("the time is not known yet")
        street.net.times.mood = "right"
        street.net.times.offset_s = -30 * 365 * 86400  # long before this firmware was made
        asked = street.net.times.asked
        await until(lambda: street.net.times.asked > asked, 10)
        assert far.sessions == []
        street.net.times.offset_s = 0
        await far.session()


async def test_a_time_server_that_went_away_keeps_no_unit_offline_whose_clock_is_right(street: Street) -> None:
    async with FarSide(street.certificates.broker()) as far:
        street.lead_to(far)
        await street.board.start()
        await far.session()
        street.net.times.mood = "silent"
        street.board.reset()
        session = await far.session(2)
        asked = street.net.times.asked
        session.cut()
        await far.session(3)
        assert asked == 2 and street.net.times.asked == asked


async def test_a_clock_that_jumped_is_asked_for_again_when_a_certificate_is_refused(street: Street) -> None:
    async with FarSide(street.certificates.broker()) as far:
        street.lead_to(far)
        street.net.times.offset_s = 31 * 86400  # ahead: the certificate has expired
        await street.board.start()
        await street.told("has expired")
        street.net.times.offset_s = 0
        await far.session()


@pytest.mark.parametrize("street", [1], indirect=True)  # as slowly as in life: at twenty times, this host is the flood
async def test_a_flood_of_random_frames_neither_opens_nor_delays_a_good_command(street: Street) -> None:
    async with FarSide(street.certificates.broker()) as far:
        cloud = await commanded(street, far)
        noise = random_frames(2000)
        for frame in noise[:1000]:
            cloud.session.frame(frame)
        command = cloud.command()
        cloud.session.frame(command)
        for frame in noise[1000:]:
            cloud.session.frame(frame)
        assert await cloud.answer_to(command) == wire.DONE, "it lives for ten seconds: the noise did not take them"
        cloud.session.frame(wire.ask(*asked(cloud)))
        await cloud.session.next_frame(wire.HEARTBEAT)
        coil = [edge for edge in street.board.edges if edge.kind == "coil" and edge.value]
        told = [line for line in street.board.console if line.startswith("dropped")]
        assert len(coil) == 1 and 1 <= len(told) <= 6 and street.board.resets == [1]


def random_frames(count: int) -> list[bytes]:
    import random

    chance = random.Random(7)
    kinds = (wire.WELCOME, wire.ASK, wire.COMMAND, wire.CONFIG)
    frames = []
    for i in range(count):
        kind = chance.choice(kinds)
        size = wire.EXACT.get(kind, 100) if i % 2 else chance.randrange(200)
        frames.append((bytes([wire.VERSION, kind, i % 3, 0]) + chance.randbytes(size))[: max(size, 1)])
    return frames


def asked(cloud: Cloud) -> tuple[object, ...]:
    from tests.far_side import DOWN_PADS

    return DOWN_PADS, 0, bytes.fromhex(UNIT), cloud.epoch, b"nonce--2"
