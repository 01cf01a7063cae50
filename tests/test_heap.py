"""The firmware's budget: in the heap of a board without more memory (100 thousand words) a unit starts, connects and
opens, with room left, and what a dial loads is let go each time.

The bench (bench/heap.py) finds out how much less would do.
"""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from firmware import wire
from sim.board import Board
from sim.modem import Modem
from sim.net import Net
from tests.far_side import DOOR, UNIT, Certificates, Cloud, FarSide, image

PORT = 8883
SCALE = 20
STEADY_S = 110  # of the board's: after so long without trouble the next dial waits for nothing
SLOW_S = 30  # of this host: bounds a failure
FREE = re.compile(r"connected to .*; (\d+) bytes free")
# Bytes of 202,368: here an object takes twice what it takes on a board. What a collection takes for a reference by
# chance costs up to 4 kB of them: a name or the length of the flash file's path moves that.
WIRED_FREE, MODEM_FREE = 54_000, 20_000
LEAK = 512  # bytes, over eighteen dials
A_DOOR = {**DOOR, "drive": "open", "relay": 18, "closed_contact": 21, "open_contact": None}
MODEM = {"kind": "modem", "apn": "iot.example", "auth": "none", "user": None, "password": None, "pin": None}


async def lives(home: Path, network: dict[str, Any], redials: int, **parts: Any) -> list[int]:
    """What is free each time it is connected; it opens the first time and the last, and never restarts."""
    certificates, net = Certificates(), await Net().start()
    async with FarSide(certificates.broker()) as far:
        net.tcp[PORT] = ("127.0.0.1", far.port)
        files = certificates.unit_files(port=PORT, doors=[A_DOOR], network=network)
        board = Board(image(home / "flash", files), UNIT, [A_DOOR], net=net, scale=SCALE, **parts)
        try:
            await board.start(SLOW_S)
            for dial in range(redials + 1):
                cloud = await Cloud(await far.session(dial + 1, SLOW_S)).adopt()
                if dial in (0, redials):
                    await cloud.ask()
                    cloud.session.frame(cloud.command(wire.OPEN, ms=300, op_id=dial.to_bytes(8, "big")))
                    answer = wire.answer_fields(await cloud.session.next_frame(wire.ANSWER, SLOW_S))
                    assert answer[4] == wire.DONE
                if dial < redials:
                    await asyncio.sleep(STEADY_S / SCALE)
                    parts["modem"].drop_data()
            assert board.resets == [1]
            return [int(free) for free in FREE.findall("\n".join(board.console))]
        except BaseException as error:
            error.add_note("\n".join(board.console[-20:]))
            raise
        finally:
            await board.stop()
            await net.stop()


async def test_a_unit_on_a_wire_connects_and_opens_with_room_left(tmp_path: Path) -> None:
    assert min(await lives(tmp_path, {"kind": "wired"}, 0)) >= WIRED_FREE


@pytest.mark.parametrize("board", ["T-SIM7000G", "T-A7670"])
async def test_a_unit_with_a_modem_connects_and_opens_with_room_left(tmp_path: Path, board: str) -> None:
    free = await lives(tmp_path, {**MODEM, "board": board}, 1, modem=Modem(board, seed=1))

    assert len(free) == 2
    assert min(free) >= MODEM_FREE


@pytest.mark.long
async def test_twenty_dials_leave_the_heap_as_it_was(tmp_path: Path) -> None:
    free = await lives(tmp_path, {**MODEM, "board": "T-A7670"}, 20, modem=Modem("T-A7670", seed=1))

    assert len(free) == 21
    assert max(free[2:]) - min(free[2:]) <= LEAK  # the first two find what a unit keeps: its network, its session
