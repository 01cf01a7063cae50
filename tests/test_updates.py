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
from tests.far_side import DOOR, DOWN_PADS, UNIT, Certificates, Cloud, FarSide, image
from tests.release_side import Keys, Release, Shelf, firmware, next_of

A_DOOR = {**DOOR, "drive": "open", "closed_contact": 21, "open_contact": None}
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
async def garage(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Garage]:
    how = dict(getattr(request, "param", {}))
    door = how.pop("door", DOOR)
    certificates, net, keys = Certificates(), await Net().start(), Keys()
    async with FarSide(certificates.broker()) as far:
        net.tcp[PORT] = ("127.0.0.1", far.port)
        files = {**certificates.unit_files(port=PORT, doors=[door]), "/release.keys": keys.signed}
        board = Board(image(tmp_path / "flash", files), UNIT, [door], net=net, scale=SCALE, **how)
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


async def refused(garage: Garage, cloud: Cloud, release: int) -> tuple[int, int]:
    """Offers another release and waits for the answer to it: (state, reason)."""
    frame = wire.offer(DOWN_PADS, 0, bytes.fromhex(UNIT), release, 500, garage.keys.number)
    cloud.session.frame(frame)
    return wire.update_state_fields(await next_of(cloud, (wire.UPDATE_STATE,), 30))[3:5]


@pytest.mark.parametrize("garage", [{"heap_words_k": 84}], indirect=True)
async def test_an_update_for_which_the_heap_has_no_room_is_refused_and_the_door_opens(garage: Garage) -> None:
    cloud = await garage.cloud()
    assert await refused(garage, cloud, 2) == (words.REFUSED, words.MEMORY)
    await cloud.ask()
    press = cloud.command()
    cloud.session.frame(press)
    assert await cloud.answer_to(press, 30) == wire.DONE
    assert garage.board.resets == [1]


@pytest.mark.parametrize("garage", [{"door": A_DOOR}], indirect=True)
async def test_a_unit_that_is_held_open_waits_with_the_restart_and_takes_no_other_offer(garage: Garage) -> None:
    """What somebody keeps open does not fall shut for an update; it still answers, and restarts once it is let go."""
    cloud = await garage.cloud()
    assert (await refused(garage, cloud, 1)) == (words.REFUSED, words.OLD)
    await cloud.ask()
    hold = cloud.command(wire.HOLD, arg=600)
    cloud.session.frame(hold)
    assert await cloud.answer_to(hold, 30) == wire.DONE
    shelf = Shelf(Release(garage.keys, 2, firmware(2)))
    shelf.offer(cloud)
    assert await shelf.serve(cloud, 60) == (words.WRITTEN, 0)
    assert await refused(garage, cloud, 3) == (words.REFUSED, words.BUSY)
    await cloud.ask()
    assert garage.board.resets == [1]
    release = cloud.command(wire.RELEASE)
    cloud.session.frame(release)
    assert await cloud.answer_to(release, 30) == wire.DONE
    cloud = await garage.cloud()
    assert await state_of(cloud, words.TRIAL) == (2, 0)


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
