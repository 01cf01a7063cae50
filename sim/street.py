"""The doors and units of a town on the bench: each unit's flash made from its identity and the firmware, its board
started.

For the demo, the tests and the bench; the town itself (people, rules, cloud) is `sim.town`.
"""

import json
from pathlib import Path
from typing import Any

from sim import flash, town
from sim.board import Board
from sim.door import Door
from sim.edges import Edge, Writer
from sim.net import Net

FIRMWARE = Path(__file__).parent.parent / "firmware"


class Street:
    """`boards` by unit id, in the order of the plans. Options go to each Board."""

    def __init__(
        self, home: Path, made: town.Made, broker_port: int, *, writer: Writer | None = None, **board: Any
    ) -> None:
        self.net = Net()
        self.boards: dict[str, Board] = {}
        self._home, self._made, self._broker_port = home, made, broker_port
        self._writer, self._options = writer, board

    async def start(self) -> None:
        await self.net.start()
        firmware = flash.firmware_files(FIRMWARE)
        for unit in self._made.units:
            files = town.unit_files(self._home, self._made, unit, self._broker_port)
            image = self._home / "units" / f"{unit}.img"
            flash.write(image, firmware | files)
            doors = json.loads(files["/unit.json"])["doors"]
            self.boards[unit] = Board(image, unit, doors, net=self.net, writer=self._writer, **self._options)
        for board in self.boards.values():
            await board.start()

    async def stop(self) -> None:
        for board in self.boards.values():
            await board.stop()
        await self.net.stop()

    @property
    def board(self) -> Board:
        """The only, or the first one."""
        return next(iter(self.boards.values()))

    def door(self, name: str) -> Door:
        """By its name in the plans."""
        number = list(self._made.doors).index(name)
        every = [door for board in self.boards.values() for door in board.doors]
        return every[number]

    def edges(self) -> list[Edge]:
        return [edge for board in self.boards.values() for edge in board.edges]
