"""One simulated unit as a process: its heap, its speed, its start and end, and what is written down of it."""

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sim import flash
from sim import program as sim_program
from sim.board import Board, BoardError
from sim.edges import Edge
from sim.shims import calls
from tests.bench_units import DOOR, OP, UNIT, Run, running

ROOT = Path(__file__).parent.parent


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    async with running(tmp_path) as start:
        yield start


async def test_a_call_to_the_hardware_is_a_fast_round_trip(run: Run) -> None:
    board = await run(
        """
import machine, time
pin = machine.Pin(32, machine.Pin.IN, machine.Pin.PULL_UP)
times = []
for _ in range(300):
    t = time.ticks_us(); pin.value(); times.append(time.ticks_diff(time.ticks_us(), t))
print("median us", sorted(times)[150])
"""
    )
    assert int((await board.console_line("median us")).split()[-1]) < 200


async def test_heap_is_the_boards_and_what_the_shims_take_is_on_top(run: Run) -> None:
    board = await run("import gc\ngc.collect()\nprint('free', gc.mem_free(), gc.mem_free() + gc.mem_alloc())")
    free, total = map(int, (await board.console_line("free")).split()[1:])
    assert board.chip.shim_heap <= sim_program.SHIM_HEAP <= board.chip.shim_heap + 1024
    more = sim_program.SHIM_HEAP + sim_program.FROZEN_HEAP
    assert total - more == pytest.approx(202_368, abs=1024)  # what -X heapsize=100wK gives
    assert (
        202_368 - 16_384 < free - sim_program.FROZEN_HEAP + 8192 < 202_368 + 8192
    )  # of it, what asyncio, the mounts and this program take


async def test_a_blank_flash_is_formatted_and_a_damaged_one_is_told_for_ever(tmp_path: Path) -> None:
    image = tmp_path / "x.flash"
    image.write_bytes(b"\xff" * flash.SIZE)
    blank = Board(image, boot_ms=10)
    await blank.start()
    await blank.console_line("MicroPython waits")
    await blank.stop()
    image.write_bytes(b"\x55" * flash.SIZE)
    damaged = Board(image, boot_ms=10, scale=600)
    await damaged.start()
    await damaged.console_line("corrupted")
    await damaged.console_line("corrupted", since=1)
    await damaged.stop()


async def test_an_interpreter_that_does_not_come_up_is_told_with_its_last_words(tmp_path: Path) -> None:
    image = tmp_path / "x.flash"
    image.write_bytes(b"\xff" * flash.SIZE)
    board = Board(image, boot_ms=10, heap_words_k=1)
    with pytest.raises(BoardError, match="memory"):
        await board.start()
    with pytest.raises(BoardError, match="no program"):
        board.hang()
    await board.stop()


async def test_an_edge_that_does_not_come_is_told_with_those_that_did(run: Run) -> None:
    board = await run("print('idle')", doors=[DOOR])
    board.doors[0].human_opens()
    with pytest.raises(TimeoutError, match=r'(?s)no edge .*"sensor": "closed_contact"'):
        await board.edges.wait(0.2, kind="coil", value=1)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def gone(pid: int) -> bool:
    """Nothing of it runs; it may still wait to be counted."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except FileNotFoundError:
        return True


async def test_stop_leaves_no_process_and_no_open_file(run: Run) -> None:
    before = open_files()
    board = await run("import time\nwhile True: time.sleep_ms(10)")
    assert board.program is not None
    pid = board.program.process.pid
    await board.stop()
    assert gone(pid)
    assert open_files() == before


def test_a_unit_dies_with_the_host_even_when_it_hangs(tmp_path: Path) -> None:
    host = """
import asyncio, sys
from pathlib import Path
from sim import flash
from sim.board import Board
async def main():
    image = Path(sys.argv[1])
    flash.write(image, {"/main.py": b"print('here')\\nwhile True: pass"})
    board = Board(image)
    await board.start()
    await board.console_line("here")
    board.hang()
    print(board.program.process.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    argv = [sys.executable, "-c", host, str(tmp_path / "x.flash")]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        unit = int(process.stdout.readline())
        assert not gone(unit)
        process.kill()
    deadline = time.monotonic() + 5
    while not gone(unit) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert gone(unit)


def test_every_call_has_a_number_of_its_own() -> None:
    others = ("IRQ_PIN", "IRQ_TIMER", "IRQ_UART", "TCP", "UDP")
    numbers = [value for name, value in vars(calls).items() if isinstance(value, int) and name not in others]
    assert len(set(numbers)) == len(numbers) > 20


def test_an_edge_is_one_line_of_json() -> None:
    edge = Edge(5, UNIT, 0, "coil", "relay", 1, OP)
    assert json.loads(edge.as_json()) == {"t_ns": 5, "unit": UNIT, "door": 0, "coil": "relay", "value": 1, "op": OP}


async def test_what_umqtt_takes_more_than_frozen_into_an_image_is_on_top(run: Run) -> None:
    """Of what it takes here, all but its two classes' and their functions' objects lies in a board's flash."""
    board = await run(
        "import gc, socket, struct\ngc.collect()\nbefore = gc.mem_alloc()\nimport umqtt.simple as u\ngc.collect()\n"
        "print('umqtt', gc.mem_alloc() - before, len(dir(u.MQTTClient)) + len(dir(u.MQTTException)) + len(dir(u)))"
    )
    took, names = map(int, (await board.console_line("umqtt")).split()[1:])
    in_the_heap = names * (32 + 16)  # an object and an entry for each, as on 64 bits
    assert sim_program.FROZEN_HEAP <= took - in_the_heap <= sim_program.FROZEN_HEAP + 1024
