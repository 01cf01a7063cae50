"""The hardware of the bench: it does what a chip does when the program on it hangs, dies, or starts again."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sim.board import HARD, PWRON, SOFT, WDT, Board
from sim.edges import Edge
from tests.bench_units import DOOR, OP, PULSE, UNIT, Run, running


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    async with running(tmp_path) as start:
        yield start


async def coil_edges(board: Board) -> tuple[Edge, Edge]:
    on = await board.edges.wait(kind="coil", value=1)
    return on, await board.edges.wait(kind="coil", value=0, since=board.edges.index(on))


def pulse_ms(on: Edge, off: Edge) -> float:
    return (off.t_ns - on.t_ns) / 1e6


async def test_a_pulse_lasts_as_written_and_is_dated_by_when_the_pin_was_switched(run: Run) -> None:
    before = time.monotonic_ns()
    board = await run(
        PULSE + "pulse(200)\nprint('on', pin.value())\nrmt.wait_done(timeout=1000)\nprint('off', pin.value())",
        doors=[DOOR],
    )
    on, off = await coil_edges(board)
    await board.console_line("off 0")
    assert "on 1" in board.console
    assert pulse_ms(on, off) == pytest.approx(200, abs=0.01)
    assert before < on.t_ns < time.monotonic_ns()
    assert (on.unit, on.door, on.name, on.op, off.op) == (UNIT, 0, "relay", OP, OP)


async def test_a_pulse_ends_on_time_when_the_program_is_stopped(run: Run) -> None:
    board = await run(PULSE + "pulse(300)\nwhile True: pass", doors=[DOOR])
    await board.edges.wait(kind="coil", value=1)
    board.hang()
    on, off = await coil_edges(board)
    assert pulse_ms(on, off) == pytest.approx(300, abs=0.01)


async def test_a_pulse_ends_on_time_when_the_host_is_busy(run: Run) -> None:
    board = await run(PULSE + "pulse(100)\nwhile True: pass", doors=[DOOR])
    await board.edges.wait(kind="coil", value=1)
    time.sleep(0.3)  # noqa: ASYNC251 - the very thing: this process does not get to its events
    on, off = await coil_edges(board)
    assert pulse_ms(on, off) == pytest.approx(100, abs=0.01)


async def test_what_the_program_did_while_the_host_was_busy_counts_from_when_it_did_it(run: Run) -> None:
    board = await run(
        PULSE
        + """
import time
dog = machine.WDT(timeout=600)
print("go")
for i in range(20):
    time.sleep_ms(50)
    dog.feed()
    if i == 3:
        pulse(100)
print("end")
""",
        doors=[DOOR],
    )
    await board.console_line("go")
    board.doors[0].human_opens()  # what happens by itself meanwhile does not come first
    stalled_ns = time.monotonic_ns()
    time.sleep(1.2)  # noqa: ASYNC251 - the very thing
    on, off = await coil_edges(board)
    assert (on.t_ns - stalled_ns) / 1e6 < 900
    assert pulse_ms(on, off) == pytest.approx(100, abs=0.01)
    assert [edge.t_ns for edge in board.edges] == sorted(edge.t_ns for edge in board.edges)
    await board.console_line("end")
    assert board.resets == [PWRON]


async def test_killing_the_program_during_a_pulse_resets_the_chip_and_the_coil_is_off_at_once(run: Run) -> None:
    board = await run(
        PULSE + "if machine.reset_cause() == 1: pulse(4000)\nelse: print('again', pin.value())\nwhile True: pass",
        doors=[DOOR],
    )
    await board.edges.wait(kind="coil", value=1)
    assert board.program is not None
    board.program.process.kill()
    on, off = await coil_edges(board)
    assert pulse_ms(on, off) < 3000
    assert await board.reset_seen(2) == HARD
    await board.console_line("again 0")


async def test_watchdog_bites_a_hung_program_with_cause_3_and_the_coil_is_off(run: Run) -> None:
    board = await run(
        PULSE
        + """
print("cause", machine.reset_cause())
if machine.reset_cause() == 1:
    machine.WDT(timeout=300)
    pulse(4000)
while True:
    pass
""",
        doors=[DOOR],
    )
    on, off = await coil_edges(board)
    assert 0 < pulse_ms(on, off) <= 300
    assert await board.reset_seen(2) == WDT
    await board.console_line("cause 3")
    assert board.doors[0].coil_on is False
    assert board.resets == [PWRON, WDT]


async def test_watchdog_bites_a_stopped_process_too(run: Run) -> None:
    board = await run("import machine\nif machine.reset_cause() == 1: machine.WDT(timeout=200)\nprint('up')")
    await board.console_line("up")
    board.hang()
    assert await board.reset_seen(2) == WDT


async def test_watchdog_bites_the_repl_after_a_program_that_died(run: Run) -> None:
    board = await run(
        "import machine\nif machine.reset_cause() == 1:\n machine.WDT(timeout=200)\n raise ValueError('no more')"
    )
    assert await board.reset_seen(2) == WDT
    await board.console_line("ValueError: no more")


async def test_a_fed_watchdog_does_not_bite_and_a_second_one_changes_the_time(run: Run) -> None:
    board = await run(
        """
import machine, time
if machine.reset_cause() == 1:
    dog = machine.WDT(timeout=400)
    for _ in range(12):
        time.sleep_ms(50)
        dog.feed()
    machine.WDT(timeout=1200)
    time.sleep_ms(700)
    print("alive")
    time.sleep_ms(700)
    print("dead")
"""
    )
    await board.console_line("alive")
    assert await board.reset_seen(2) == WDT
    assert "dead" not in board.console


async def test_resets_tell_their_causes(run: Run) -> None:
    board = await run(
        """
import machine, sys
cause = machine.reset_cause()
print("cause", cause)
if cause == machine.PWRON_RESET:
    machine.reset()
if cause == machine.HARD_RESET:
    machine.soft_reset()
if cause == machine.SOFT_RESET:
    machine.WDT(timeout=50)
"""
    )
    await board.reset_seen(4)
    assert board.resets == [PWRON, HARD, SOFT, WDT]
    board.reset()
    assert await board.reset_seen(5) == HARD


async def test_a_soft_reset_keeps_outputs_and_watchdog(run: Run) -> None:
    board = await run(
        """
import machine
if machine.reset_cause() == 1:
    machine.Pin(18, machine.Pin.OUT, value=1)
    machine.WDT(timeout=1000)
    machine.soft_reset()
print("level", machine.Pin(18).value())
""",
        doors=[DOOR],
    )
    await board.console_line("level 1")
    assert await board.reset_seen(3) == WDT
    assert board.doors[0].coil_on is False


async def test_boot_py_runs_before_main_py_in_the_same_scope(run: Run) -> None:
    board = await run("print('main has', x)", boot="x = 42\nimport sys\nprint(sys.path)")
    await board.console_line("main has 42")
    assert "['', '.frozen', '/frozen', '/lib']" in board.console


async def test_an_operation_is_told_of_the_coil_that_its_line_announced_and_of_no_other(run: Run) -> None:
    board = await run(
        PULSE
        + """
pin.init(pin.OUT, value=1)
pin.value()
pin.value(0)
rmt = esp32.RMT(pin=pin, resolution_hz=312500)
pulse(20)
rmt.wait_done(timeout=500)
pin.init(pin.OUT, value=1)
""",
        doors=[DOOR],
    )
    pulsed = await board.edges.wait(kind="coil", value=0, op=OP)
    await board.edges.wait(kind="coil", value=1, since=board.edges.index(pulsed))
    assert [edge.op for edge in board.edges if edge.kind == "coil"] == [None, None, OP, OP, None]
