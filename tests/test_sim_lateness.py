"""A busy host on the bench: what it was late is known, and a deadline of a board's does not pass because of it."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sim.board import Board
from sim.lateness import Stopwatch
from sim.modem import Modem
from tests.bench_units import DOOR, PULSE, Run, running
from tests.scene import until

BLOCKED_S = 0.3
BURN = "while True: pass"
WORKS = "n = 0\nwhile True: n = (n + 1) & 255\n"
SLEEPS = "import time\nprint('sleeps')\nwhile True: time.sleep(1)\n"
ASKS = """
import machine, time
key = machine.Pin(4, machine.Pin.OUT, value=0)
uart = machine.UART(1, 115200, tx=27, rx=26)
key.on()
time.sleep_ms(1200)
key.off()
while not uart.read():
    time.sleep_ms(50)
time.sleep(20)
uart.read()
uart.write("AT\\r")
print("asked")
time.sleep_ms(2000)
said = b""
while got := uart.read():
    said += got
print("heard", said)
"""
PULSES = f"""{PULSE}
import time
print("ready")
time.sleep_ms(50)
pulse(100)
print("read", pin.value())
"""


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    async with running(tmp_path) as start:
        yield start


def of_kernel(board: Board, name: str) -> Path:
    assert board.program is not None
    return Path(f"/proc/{board.program.process.pid}/{name}")


def state(board: Board) -> str:
    return of_kernel(board, "stat").read_text().rpartition(")")[2].split()[0]


async def test_a_loop_that_did_not_turn_is_told_in_the_boards_seconds(run: Run) -> None:
    board = await run(SLEEPS, scale=20)
    watch = Stopwatch(board)
    time.sleep(BLOCKED_S)  # noqa: ASYNC251 - what is shown
    late_s = watch.late_s
    assert late_s >= BLOCKED_S * 20 * 0.9
    await asyncio.sleep(0.02)
    assert watch.late_s >= late_s, "it does not forget"
    watch.start()
    assert watch.late_s < late_s, "what was before is another stretch's"


async def test_a_board_that_waits_for_a_core_is_seen_to(run: Run) -> None:
    board = await run(WORKS)
    assert of_kernel(board, "schedstat").exists(), "this kernel counts no waiting for a core"
    assert board.program is not None
    watch = Stopwatch(board)
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", BURN)
    for process in (other.pid, board.program.process.pid):
        os.sched_setaffinity(process, {min(os.sched_getaffinity(0))})
    try:
        await until(lambda: watch.late_s > 0.2, "the board to wait for its core")
    finally:
        other.kill()
        await other.wait()
    seen_s = watch.late_s
    board.power_off()
    assert watch.late_s >= seen_s, "of a process that is gone, too"


async def test_a_hung_program_is_not_the_hosts_fault(run: Run) -> None:
    board = await run(SLEEPS)
    await board.console_line("sleeps")
    board.hang()
    await until(lambda: state(board) == "T", "the program to stand still")
    before_ns = board.waited_ns
    await asyncio.sleep(BLOCKED_S)
    assert board.waited_ns == before_ns


async def test_an_answer_that_was_due_is_read_however_late_the_bench_is_with_it(run: Run) -> None:
    board = await run(ASKS, modem=Modem(), scale=20, heap_words_k=200)
    await board.console_line("asked", 30)
    time.sleep(BLOCKED_S)  # noqa: ASYNC251 - six of the board's seconds, in which it looks at its line
    assert "OK" in await board.console_line("heard", 30)


async def test_a_pulse_reads_as_on_although_the_bench_hears_of_it_when_it_is_over(run: Run) -> None:
    board = await run(PULSES, doors=[DOOR])
    await board.console_line("ready")
    time.sleep(BLOCKED_S)  # noqa: ASYNC251 - longer than the pulse
    await board.console_line("read 1")
    off = await board.edges.wait(kind="coil", value=0)
    on = await board.edges.wait(kind="coil", value=1)
    assert round((off.t_ns - on.t_ns) / 1e6) == 100
