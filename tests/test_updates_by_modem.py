"""An update over a modem: on a board with the memory that ours have; and on the bench's small heap, where what a unit
keeps leaves no room for one, it is refused and the door opens."""

from pathlib import Path
from typing import Any

from firmware import update_words as words
from sim.cell import Cell
from sim.modem import Modem
from tests.far_side import DOOR
from tests.garage import garage, state_of
from tests.release_side import Release, firmware

NETWORK = {
    "kind": "modem",
    "board": "T-A7670",
    "apn": "iot.example",
    "auth": "none",
    "user": None,
    "password": None,
    "pin": None,
}
PSRAM_K = 1024  # thousands of words: half of the 8 MB that such a board has


def by_modem() -> dict[str, Any]:
    door = DOOR | {"closed_contact": 21, "open_contact": None}  # those of the bench are the modem's
    return {"door": door, "network": NETWORK, "modem": Modem("T-A7670", cell=Cell(search_s=0.5), seed=1)}


async def test_on_a_heap_without_room_for_it_an_update_is_refused_and_nothing_else_happens(tmp_path: Path) -> None:
    async with garage(tmp_path, **by_modem()) as here:
        cloud = await here.cloud()
        for release in (2, 3, 2):
            assert await here.answer(cloud, release) == (words.REFUSED, words.MEMORY)
        await here.opens(cloud)
        assert here.board.resets == [1]


async def test_with_the_memory_of_our_boards_an_update_over_a_modem_is_confirmed(tmp_path: Path) -> None:
    async with garage(tmp_path, heap_words_k=PSRAM_K, **by_modem()) as here:
        cloud = await here.cloud()
        assert await here.answer(cloud, Release(here.keys, 2, firmware(2), boards=["T-A7670"])) == (words.WRITTEN, 0)
        cloud = await here.cloud()
        assert await state_of(cloud, words.TRIAL) == (2, 0)
        await cloud.ask()
        assert await state_of(cloud, words.CONFIRMED) == (2, 0)
        await here.opens(cloud)
