"""`iomando sim`: many units from folders of identities, against whatever cloud their unit.json names. One process each.

Names are resolved as this machine resolves them; the time is this machine's, whatever server a unit asks.
"""

import asyncio
import contextlib
import json
import signal
import tempfile
from pathlib import Path

from sim import flash
from sim.board import Board
from sim.edges import to_file
from sim.net import Net
from sim.servers import LOOPBACK
from sim.street import FIRMWARE

STAGGER_S = 0.05  # between two starts: a fleet that powers on at once is not what is tried here


async def run(folder: Path, count: int, edges: Path | None) -> None:
    """Until SIGINT or SIGTERM. Raises ValueError when there is no unit in the folder."""
    identities = _identities(folder, count)
    if not identities:
        raise ValueError(f"no unit in {folder}: `iomando unit enrol {folder}` makes some")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iomando-sim-")))
        writer = to_file(stack.enter_context(edges.open("a"))) if edges else None
        net = Net(outside=True)
        stack.push_async_callback(net.stop)
        await net.start()
        firmware = flash.firmware_files(FIRMWARE)
        for identity in identities:
            if stop.is_set():
                return
            image = scratch / f"{identity.name}.img"
            flash.write(image, firmware | flash.identity_files(identity))
            config = json.loads((identity / "unit.json").read_text())
            net.names.addresses |= dict.fromkeys(config["time_servers"], LOOPBACK)
            board = Board(image, identity.name, config["doors"], net=net, writer=writer)
            stack.push_async_callback(board.stop)
            await board.start()
            print(f"unit {identity.name} runs", flush=True)
            await asyncio.sleep(STAGGER_S)
        print(f"{len(identities)} units run. Ctrl-C ends them.", flush=True)
        await stop.wait()


def _identities(folder: Path, count: int) -> list[Path]:
    return sorted(path.parent for path in folder.glob("*/unit.json"))[:count]
