"""The doors and units of a town on the bench: each unit's flash made from its identity and the firmware, its board
started.

For the demo, the tests and the bench; the town itself (people, rules, cloud) is `sim.town`.
"""

import datetime
import json
import ssl
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from cloud.certificates import Authority, write_private
from firmware import wire
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


def down_topic(unit: str) -> str:
    """Where a unit hears."""
    return wire.topics(unit)[0]


def operation_of(frame: bytes) -> str | None:
    """The operation that a frame is the command of; None: it is no command."""
    return wire.command_fields(frame)[3].hex() if frame[1:2] == bytes([wire.COMMAND]) else None


def broker_and_unit(home: Path, unit: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server that this unit takes for its broker, and a client that the broker takes for this unit."""
    now = datetime.datetime.now(datetime.UTC)
    authority = Authority.kept(home / "keys", now)
    issued = authority.server([town.BROKER_NAME], now)
    folder = home / "wiretap"
    folder.mkdir(mode=0o700, exist_ok=True)
    write_private(folder / "crt", issued.pem())
    write_private(folder / "key", issued.key_pem())
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.maximum_version = ssl.TLSVersion.TLSv1_2  # all that the board speaks
    server.load_cert_chain(folder / "crt", folder / "key")
    certificate = x509.load_der_x509_certificate((home / "units" / unit / "tls.crt").read_bytes())
    key = serialization.load_der_private_key((home / "units" / unit / "tls.key").read_bytes(), None)
    write_private(folder / "unit.crt", certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_private(folder / "unit.key", key.private_bytes(*form))
    client = ssl.create_default_context(cadata=authority.issued.pem().decode())
    client.load_cert_chain(folder / "unit.crt", folder / "unit.key")
    return server, client
