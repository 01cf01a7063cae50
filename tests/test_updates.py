"""An update on a unit, from the offer to its confirmation: real firmware, a cloud of the bench."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from firmware import update_words as words
from firmware import wire
from sim import flash
from sim.board import Board
from sim.net import Net
from tests.far_side import DOOR, UNIT, Certificates, Cloud, FarSide, image
from tests.release_side import Keys, Release, Shelf, firmware, next_of

PORT = 8883
SCALE = 20


@dataclass
class Garage:
    """A unit with its cloud. `keys`: what its installer put there."""

    board: Board
    far: FarSide
    keys: Keys
    sessions: int = 0
    said: list[bytes] = field(default_factory=list)

    async def cloud(self) -> Cloud:
        self.sessions += 1
        return await Cloud(await self.far.session(self.sessions, 30)).adopt()


@pytest.fixture
async def garage(tmp_path: Path) -> AsyncIterator[Garage]:
    certificates, net, keys = Certificates(), await Net().start(), Keys()
    async with FarSide(certificates.broker()) as far:
        net.tcp[PORT] = ("127.0.0.1", far.port)
        files = {**certificates.unit_files(port=PORT), "/release.keys": keys.signed}
        board = Board(image(tmp_path / "flash", files), UNIT, [DOOR], net=net, scale=SCALE)
        try:
            await board.start()
            yield Garage(board, far, keys)
        except BaseException as error:
            error.add_note("\n".join(board.console[-30:]))
            raise
        finally:
            await board.stop()
            await net.stop()


async def state_of(cloud: Cloud, wanted: int, timeout: float = 60) -> tuple[int, int]:
    """Waits for that state: (release, reason)."""
    while True:
        release, state, reason = wire.update_state_fields(await next_of(cloud, (wire.UPDATE_STATE,), timeout))[2:5]
        if state == wanted:
            return release, reason


async def test_a_signed_release_is_loaded_tried_and_confirmed_by_a_fresh_answer(garage: Garage) -> None:
    shelf = Shelf(Release(garage.keys, 2, firmware(2)))
    cloud = await garage.cloud()
    shelf.offer(cloud)
    assert await shelf.serve(cloud) == (words.WRITTEN, 0)

    cloud = await garage.cloud()
    assert await state_of(cloud, words.TRIAL) == (2, 0)
    await cloud.ask()
    assert await state_of(cloud, words.CONFIRMED) == (2, 0)
    await garage.board.stop()

    left = flash.read(garage.board.image)
    assert left["/active"] == b"b w 0 - 0"
    assert {name: data for name, data in left.items() if name.startswith("/b/") and name != "/b/"}.items() >= {
        f"/b/{name}": data for name, data in shelf.release.files.items()
    }.items()
    assert not any(name.startswith("/update") for name in left)
