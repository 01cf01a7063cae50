"""A fleet moves to other servers, and its doors to other settings, by an authenticated CONFIG, tried first; when that
fails it comes back by itself."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware import wire
from sim.board import HARD, Board
from sim.net import Net
from tests import configs
from tests.far_side import DOOR, DOWN_PADS, UNIT, UP_PADS, Certificates, Cloud, FarSide, der, image

OLD, NEW = 8883, 8884
IN_USE, REFUSED = 0, 1
OPEN, TOGGLE, OPEN_CLOSE = range(3)  # drives, as a CONFIG tells them
NUMBER = 7


@dataclass
class Move:
    """A unit at its old cloud, and the new one it may be sent to, which has an authority of its own."""

    board: Board
    old: FarSide
    new: FarSide
    new_ca: bytes
    cloud: Cloud

    def config(
        self,
        number: int = NUMBER,
        servers: list[tuple[str, int]] | None = None,
        ca: bytes | None = None,
        doors: Sequence[tuple[int, int, int, int]] = (),
    ) -> bytes:
        servers = servers or [("broker.new.test", NEW)]
        return configs.config(DOWN_PADS, 0, bytes.fromhex(UNIT), number, servers, [ca or self.new_ca], doors)

    async def pulse_ms(self, cloud: Cloud, action: int, scale: int = 5) -> float:
        """How long the unit pulses when the command leaves that to it, once it has obeyed."""
        since, command = len(self.board.edges), cloud.command(action)
        cloud.session.frame(command)
        assert await cloud.answer_to(command) == wire.DONE
        on = await self.board.edges.wait(since=since, kind="coil", value=1)
        off = await self.board.edges.wait(since=since, kind="coil", value=0)
        return (off.t_ns - on.t_ns) * scale / 1e6

    async def acknowledged(self, cloud: Cloud, timeout: float = 10) -> tuple[int, int]:
        frame = await cloud.session.next_frame(wire.CONFIG_ACK, timeout)
        assert wire.genuine(frame, UP_PADS)
        return wire.config_ack_fields(frame)[2:]


@pytest.fixture
async def move(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Move]:
    scale = getattr(request, "param", 5)
    certificates, elsewhere = Certificates(), Certificates(host="broker.new.test")
    async with AsyncExitStack() as stack:
        old = await stack.enter_async_context(FarSide(certificates.broker()))
        context = elsewhere.broker()
        certificates.ca.configure_trust(context)  # the new broker knows the unit's old authority
        new = await stack.enter_async_context(FarSide(context))
        net = await Net().start()
        stack.push_async_callback(net.stop)
        net.tcp |= {OLD: ("127.0.0.1", old.port), NEW: ("127.0.0.1", new.port)}
        flash = image(tmp_path / "flash", certificates.unit_files(port=OLD))
        board = Board(flash, UNIT, [DOOR], net=net, scale=scale)
        stack.push_async_callback(board.stop)
        await board.start()
        cloud = await Cloud(await old.session()).adopt()
        yield Move(board, old, new, der(elsewhere.ca.cert_pem.bytes()), cloud)


async def test_a_unit_moves_and_stays_moved(move: Move) -> None:
    move.cloud.session.frame(move.config())
    moved = await Cloud(await move.new.session()).adopt()
    assert await move.acknowledged(moved) == (NUMBER, IN_USE)
    assert move.board.resets[1:] == [HARD] and moved.epoch != move.cloud.epoch
    moved.session.frame(move.config())  # the acknowledgement was lost, say
    assert await move.acknowledged(moved) == (NUMBER, IN_USE)
    moved.session.frame(move.config(servers=[("broker.other.test", NEW)]))  # that number, other servers
    assert await move.acknowledged(moved) == (NUMBER, REFUSED)
    move.board.reset()
    session = await move.new.session(2)
    assert wire.hello_fields(await session.next_frame(wire.HELLO))[9] == NUMBER
    assert len(move.old.sessions) == 1


async def test_a_pulse_is_not_cut_short_by_the_restart(move: Move) -> None:
    command = move.cloud.command(ms=400)
    move.cloud.session.frame(command)
    move.cloud.session.frame(move.config())
    assert await move.cloud.answer_to(command) == wire.DONE
    await move.new.session()
    on, off = (edge for edge in move.board.edges if edge.kind == "coil")
    assert 395 <= (off.t_ns - on.t_ns) * 5 / 1e6 <= 405


@pytest.mark.parametrize("move", [100], indirect=True)
async def test_without_a_welcome_the_old_servers_are_back_after_five_minutes(move: Move) -> None:
    move.cloud.session.frame(move.config())
    await move.new.session()
    back = await Cloud(await move.old.session(2, 20)).adopt()
    assert move.board.resets[1:] == [HARD, HARD]
    await move.board.console_line("restarting with the one before")
    back.session.frame(move.config())  # what failed is not tried again
    assert await move.acknowledged(back) == (NUMBER, REFUSED)
    back.session.frame(move.config(NUMBER + 1))
    assert await Cloud(await move.new.session(2)).adopt()


@pytest.mark.parametrize("move", [100], indirect=True)
async def test_servers_that_nobody_can_reach_are_given_up_too(move: Move) -> None:
    move.cloud.session.frame(move.config(servers=[("nowhere.test", 1)]))
    assert await Cloud(await move.old.session(2, 20)).adopt()


async def test_a_forged_welcome_confirms_nothing(move: Move) -> None:
    move.cloud.session.frame(move.config())
    session = await move.new.session()
    session.frame(wire.welcome(wire.hmac_pads(bytes(32)), 0, bytes.fromhex(UNIT), b"nonce--1"))
    session.frame(wire.welcome(DOWN_PADS, 0, bytes(4), b"nonce--1"))
    await asyncio.sleep(0.2)
    move.board.reset()
    await move.old.session(2)


async def test_a_newer_config_during_the_trial_is_neither_refused_nor_taken(move: Move) -> None:
    move.cloud.session.frame(move.config())
    session = await move.new.session()
    session.frame(move.config(NUMBER + 1))
    moved = await Cloud(session).adopt()
    assert await move.acknowledged(moved) == (NUMBER, IN_USE)
    ups = [body[2 + int.from_bytes(body[:2], "big") :] for first, body in session.packets if first == 0x30]
    assert len([frame for frame in ups if frame[1] == wire.CONFIG_ACK]) == 1
    moved.session.frame(move.config(NUMBER + 1))
    assert await move.acknowledged(await Cloud(await move.new.session(2)).adopt()) == (NUMBER + 1, IN_USE)


async def test_a_restart_during_the_trial_ends_it(move: Move) -> None:
    move.cloud.session.frame(move.config())
    await move.new.session()
    move.board.power_off()
    move.board.power_on()
    back = await Cloud(await move.old.session(2)).adopt()
    hello_config = wire.hello_fields(await again(back))[9]
    assert hello_config == 0
    back.session.frame(move.config())
    assert await move.acknowledged(back) == (NUMBER, REFUSED)


async def again(cloud: Cloud) -> bytes:
    await asyncio.sleep(0.3)  # one welcome a second is answered
    cloud.session.frame(wire.welcome(DOWN_PADS, 0, bytes.fromhex(UNIT), b"nonce--9"))
    return await cloud.session.next_frame(wire.HELLO)


async def test_what_cannot_be_used_is_refused_at_once(move: Move) -> None:
    whole = move.config()
    body = whole[: -wire.TAG_BYTES]
    for number, frame in (
        (0, move.config(number=0)),
        (8, move.config(number=8, ca=b"\x30\x03\x02\x01\x00")),
        (9, move.config(number=9, servers=[("no host", 1)])),
        (NUMBER, wire.seal(body[:-1], DOWN_PADS)),
        (NUMBER, wire.seal(body + b"\x00", DOWN_PADS)),
        (10, move.config(number=10, doors=[(1, TOGGLE, 20, 300)])),  # this unit has one door
        (11, move.config(number=11, doors=[(0, OPEN_CLOSE, 20, 300)])),  # and no second relay
        (12, move.config(number=12, doors=[(0, 3, 20, 300)])),
        (13, move.config(number=13, doors=[(0, TOGGLE, 4, 300)])),
        (14, move.config(number=14, doors=[(0, TOGGLE, 3001, 300)])),
        (15, move.config(number=15, doors=[(0, TOGGLE, 20, 99)])),
        (16, move.config(number=16, doors=[(0, TOGGLE, 20, 5001)])),
        (17, move.config(number=17, doors=[(0, TOGGLE, 20, 300)] * 2)),
    ):
        move.cloud.session.frame(frame)
        assert await move.acknowledged(move.cloud) == (number, REFUSED)
    assert move.board.resets == [1] and len(move.old.sessions) == 1
    assert 295 <= await move.pulse_ms(move.cloud, wire.PRESS) <= 305


async def test_a_forged_config_is_not_even_answered(move: Move) -> None:
    whole = move.config()
    other = configs.config(DOWN_PADS, 0, bytes(4), NUMBER, [("broker.new.test", NEW)], [move.new_ca])
    for frame in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:30] + b"\x00" + whole[31:], other):
        move.cloud.session.frame(frame)
    await move.cloud.ask()
    assert move.cloud.session.frames.empty() and move.board.resets == [1]


# -- what a CONFIG tells of doors


async def test_a_door_is_driven_as_the_config_says_from_its_trial_on_and_after_every_restart(move: Move) -> None:
    move.cloud.session.frame(move.config(doors=[(0, OPEN, 5, 700)]))
    moved = await Cloud(await move.new.session()).adopt()
    assert await move.acknowledged(moved) == (NUMBER, IN_USE)
    press = moved.command(wire.PRESS)  # what a toggle does and a strike does not
    moved.session.frame(press)
    assert await moved.answer_to(press) == wire.UNSUPPORTED
    assert 695 <= await move.pulse_ms(moved, wire.OPEN) <= 705
    move.board.reset()
    again = await Cloud(await move.new.session(2)).adopt()
    await again.ask()
    move.board.doors[0].human_closes()
    await again.door_becomes(wire.CLOSED)
    assert 695 <= await move.pulse_ms(again, wire.OPEN) <= 705


@pytest.mark.parametrize("move", [100], indirect=True)
async def test_a_door_is_driven_as_before_when_the_trial_fails(move: Move) -> None:
    move.cloud.session.frame(move.config(doors=[(0, OPEN, 5, 3000)]))
    await move.new.session()
    back = await Cloud(await move.old.session(2, 20)).adopt()
    assert 250 <= await move.pulse_ms(back, wire.PRESS, 100) <= 350
    back.session.frame(move.config(doors=[(0, OPEN, 5, 3000)]))
    assert await move.acknowledged(back) == (NUMBER, REFUSED)


async def test_only_the_doors_of_a_number_in_use_may_come_again_under_it(move: Move) -> None:
    doors = [(0, TOGGLE, 30, 400)]
    move.cloud.session.frame(move.config(doors=doors))
    moved = await Cloud(await move.new.session()).adopt()
    assert await move.acknowledged(moved) == (NUMBER, IN_USE)
    moved.session.frame(move.config(doors=doors))
    assert await move.acknowledged(moved) == (NUMBER, IN_USE)
    moved.session.frame(move.config(doors=[(0, TOGGLE, 30, 500)]))
    assert await move.acknowledged(moved) == (NUMBER, REFUSED)
    assert 395 <= await move.pulse_ms(moved, wire.PRESS) <= 405


async def test_a_config_that_no_longer_fits_the_wiring_is_not_used_and_the_unit_still_starts(tmp_path: Path) -> None:
    certificates = Certificates()
    ca = der(certificates.ca.cert_pem.bytes())
    kept = configs.config(DOWN_PADS, 0, bytes.fromhex(UNIT), NUMBER, [("x.test", 1)], [ca], [(0, OPEN_CLOSE, 20, 300)])
    async with FarSide(certificates.broker()) as far:
        net = await Net().start()
        net.tcp[OLD] = ("127.0.0.1", far.port)
        flash = image(tmp_path / "flash", certificates.unit_files(port=OLD) | {"/network": kept})
        board = Board(flash, UNIT, [DOOR], net=net, scale=5)
        try:
            await board.start()
            cloud = await Cloud(await far.session()).adopt()
            await board.console_line("/network cannot be used: unit.json: doors[0].close_relay is null")
            assert wire.hello_fields(await again(cloud))[9] == 0
        finally:
            await board.stop()
            await net.stop()
