"""Another access point, told over the air to a unit with a modem: used when it leads to the cloud, and gone back from
by itself when it does not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware import wire
from sim.board import Board
from sim.cell import Cell
from sim.modem import Modem
from sim.net import Net
from tests import configs
from tests.far_side import DOOR, DOWN_PADS, HOST, UNIT, Certificates, Cloud, FarSide, der, image

PORT = 8883
BOARD = "T-SIM7000G"
A_DOOR = {**DOOR, "closed_contact": 21, "open_contact": 22}
OLD, NEW = "iot.example", "new.example"
NETWORK = {"kind": "modem", "board": BOARD, "apn": OLD, "auth": "none", "user": None, "password": None, "pin": None}
SCALE = 20
PATIENCE_S = 120  # of the host: bounds a failure


@dataclass
class Bench:
    board: Board
    modem: Modem
    far: FarSide
    certificates: Certificates
    sessions: int = 0

    async def online(self) -> Cloud:
        """The next session, welcomed."""
        self.sessions += 1
        return await Cloud(await self.far.session(self.sessions, PATIENCE_S)).adopt()

    def tell(self, cloud: Cloud, number: int, *account: str) -> None:
        cas = [der(self.certificates.ca.cert_pem.bytes())]
        lists = ([(HOST, PORT)], cas, [], account)
        cloud.session.frame(configs.config(DOWN_PADS, 0, bytes.fromhex(UNIT), number, *lists))

    async def said(self, cloud: Cloud) -> tuple[int, int]:
        """What became of settings: (number, result)."""
        frame = await cloud.session.next_frame(wire.CONFIG_ACK, PATIENCE_S)
        return wire.config_ack_fields(frame)[2:]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    certificates, net, modem = Certificates(), await Net().start(), Modem(BOARD, cell=Cell(apn=OLD))
    async with FarSide(certificates.broker()) as far:
        net.tcp[PORT] = ("127.0.0.1", far.port)
        files = certificates.unit_files(port=PORT, network=NETWORK, doors=[A_DOOR])
        board = Board(image(tmp_path / "flash", files), UNIT, [A_DOOR], net=net, modem=modem, scale=SCALE)
        try:
            await board.start(60)
            yield Bench(board, modem, far, certificates)
        except BaseException as error:
            error.add_note("\n".join(board.console[-30:]))
            raise
        finally:
            await board.stop()
            await net.stop()


def named(modem: Modem) -> list[str]:
    """The access points that it was told, in their order."""
    told = [line.split('"')[3] for line in modem.heard if line.startswith("AT+CGDCONT=")]
    return [name for before, name in zip(["", *told], told, strict=False) if name != before]


async def test_the_unit_moves_to_an_access_point_that_leads_to_the_cloud(bench: Bench) -> None:
    cloud = await bench.online()
    bench.modem.cell.change(apn=NEW)
    bench.tell(cloud, 1, NEW, "none", "", "")

    cloud = await bench.online()
    assert await bench.said(cloud) == (1, wire.IN_USE)
    assert named(bench.modem)[-1] == NEW
    bench.board.reset()
    cloud = await bench.online()
    assert named(bench.modem)[-1] == NEW
    assert not [edge for edge in bench.board.edges if edge.kind == "coil"]


@pytest.mark.long
async def test_from_one_that_leads_nowhere_it_comes_back_by_itself_and_takes_it_no_more(bench: Bench) -> None:
    cloud = await bench.online()
    bench.tell(cloud, 1, NEW, "none", "", "")

    cloud = await bench.online()
    assert named(bench.modem)[-2:] == [NEW, OLD]
    bench.tell(cloud, 1, NEW, "none", "", "")
    assert await bench.said(cloud) == (1, wire.REFUSED)
    press = cloud.command()
    cloud.session.frame(press)
    assert await cloud.answer_to(press, PATIENCE_S) == wire.DONE
