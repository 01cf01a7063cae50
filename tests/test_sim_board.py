"""The hardware of the bench: it does what a chip does, above all when the program on it hangs or dies."""

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sim import flash
from sim import program as sim_program
from sim.board import HARD, PWRON, SOFT, WDT, Board, BoardError
from sim.edges import Edge
from sim.shims import calls
from tests.bench_units import UNIT, Run, running

ROOT = Path(__file__).parent.parent
DOOR = {"drive": "toggle", "relay": 18, "closed_contact": 32, "open_contact": 33, "travel_s": 0.2}
OP = "00112233aabbccdd"
PULSE = f"""
import machine, esp32
pin = machine.Pin(18, machine.Pin.OUT, value=0)
rmt = esp32.RMT(pin=pin, resolution_hz=312500)
def pulse(ms):
    print("coil 0 %d ms op {OP}" % ms)
    n, rest = divmod(ms * 312500 // 1000, 32767)
    entries = [32767] * n + [rest]
    rmt.write_pulses(entries, [1] * len(entries))
"""


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
dog = machine.WDT(timeout=150)
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
    time.sleep(0.7)  # noqa: ASYNC251 - the very thing
    on, off = await coil_edges(board)
    assert (on.t_ns - stalled_ns) / 1e6 < 400
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
    assert 250 < pulse_ms(on, off) < 350
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
    dog = machine.WDT(timeout=200)
    for _ in range(10):
        time.sleep_ms(50)
        dog.feed()
    machine.WDT(timeout=600)
    time.sleep_ms(400)
    print("alive")
    time.sleep_ms(400)
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
    machine.WDT(timeout=400)
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


async def test_one_pin_is_one_object_and_input_only_pins_are_not_outputs(run: Run) -> None:
    board = await run(
        """
from machine import Pin
a = Pin(18, Pin.OUT, value=1)
print("same", Pin(18) is a, Pin(18).value())
for number in (34, 6, 24, 99):
    try:
        Pin(number, Pin.OUT)
    except ValueError as error:
        print(number, error)
up, down = Pin(32, Pin.IN, Pin.PULL_UP), Pin(33, Pin.IN, Pin.PULL_DOWN)
print("pulls", up.value(), down.value())
noise = Pin(34, Pin.IN, Pin.PULL_UP)
print("noise", len({noise.value() for _ in range(50)}))
"""
    )
    await board.console_line("noise 2")
    assert {
        "same True 1",
        "34 pin can only be input",
        "6 invalid pin",
        "24 invalid pin",
        "99 invalid pin",
        "pulls 1 0",
    } <= set(board.console)


@pytest.mark.parametrize(
    ("release", "right", "wrong"),
    [
        ((1, 26), "0, pin=pin, clock_div=255", "pin=pin, resolution_hz=312500"),
        ((1, 28), "pin=pin, resolution_hz=312500", "0, pin=pin, clock_div=255"),
    ],
)
async def test_rmt_has_the_constructor_of_the_release_in_hand(
    run: Run, release: tuple[int, int], right: str, wrong: str
) -> None:
    board = await run(
        f"""
import machine, esp32
pin = machine.Pin(18, machine.Pin.OUT, value=0)
try:
    esp32.RMT({wrong})
except TypeError:
    print("refused")
rmt = esp32.RMT({right})
rmt.write_pulses([10000, 10000, 10000], True)
rmt.write_pulses(10000, [1, 0, 1])
print("done", rmt.wait_done(timeout=500), rmt.PULSE_MAX)
for entries in (127, 0):
    try:
        rmt.write_pulses([1] * entries, [1] * entries)
    except ValueError as error:
        print(error)
""",
        doors=[DOOR],
        release=release,
    )
    await board.console_line("No pulses")
    assert {"refused", "done True 32767"} <= set(board.console)
    assert [edge.value for edge in board.edges if edge.kind == "coil"] == [1, 0] * 4


async def test_stopping_a_long_train_midway_panics_since_1_27_and_not_before(run: Run) -> None:
    stop = PULSE + "if machine.reset_cause() == 1: pulse(2000)\nrmt.deinit()\nprint('stopped', pin.value())"
    board = await run(stop, doors=[DOOR])
    assert await board.reset_seen(2) == HARD
    await board.console_line("Guru Meditation")
    old = stop.replace("pin=pin, resolution_hz=312500", "0, pin=pin, clock_div=255")
    board = await run(old, doors=[DOOR], release=(1, 26))
    await board.console_line("stopped 0")
    assert board.resets == [PWRON]


async def test_timers_are_soft_and_a_hung_program_gets_no_callback(run: Run) -> None:
    board = await run(
        """
import machine, time
machine.Timer(1).init(period=20, callback=lambda t: print("tick"))
machine.Timer(2).init(mode=machine.Timer.ONE_SHOT, period=30, callback=lambda t: print("once"))
time.sleep_ms(100)
for wrong in ("machine.Timer(-1)", "machine.Timer(4)", "machine.Timer(3).init(period=1, callback=print, hard=True)"):
    try:
        eval(wrong)
    except ValueError as error:
        print(error)
print("busy")
until = time.ticks_add(time.ticks_ms(), 200)
while time.ticks_diff(until, time.ticks_ms()) > 0:
    pass
print("idle")
time.sleep_ms(50)
print("end")
"""
    )
    await board.console_line("end")
    busy, idle, end = (board.console.index(word) for word in ("busy", "idle", "end"))
    assert board.console.count("once") == 1
    assert 3 <= board.console[:busy].count("tick") <= 5
    assert idle == busy + 1
    assert (
        1 <= board.console[idle:end].count("tick") <= 8 + 3
    )  # what the scheduler's queue held, and those of the last 50 ms


async def test_nvs_keeps_what_was_committed(run: Run) -> None:
    board = await run(
        """
import machine, esp32
nvs = esp32.NVS("unit")
try:
    print("kept", nvs.get_i32("boots"))
    buffer = bytearray(4)
    print("blob", nvs.get_blob("name", buffer), bytes(buffer))
    nvs.get_i32("lost")
except OSError as error:
    print("missing", error.args[0])
if machine.reset_cause() == 1:
    nvs.set_i32("boots", -7)
    nvs.set_blob("name", b"ab\\x00")
    nvs.commit()
    nvs.set_i32("lost", 1)
    machine.reset()
"""
    )
    await board.reset_seen(2)
    await board.console_line("missing", since=board.console.index(await board.console_line("blob 3 b'ab\\x00\\x00'")))
    assert [line for line in board.console if line.startswith(("missing", "kept"))] == [
        "missing -4354",
        "kept -7",
        "missing -4354",
    ]


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
    assert total - sim_program.SHIM_HEAP == pytest.approx(202_368, abs=1024)  # what -X heapsize=100wK gives
    assert 202_368 - 16_384 < free + 8192 < 202_368 + 8192  # of it, what asyncio, the mounts and this program take


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


async def test_an_interpreter_that_does_not_come_up_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = tmp_path / "x.flash"
    image.write_bytes(b"\xff" * flash.SIZE)
    monkeypatch.setattr(sim_program, "HEAP_WORDS_K", 1)
    board = Board(image, boot_ms=10)
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
    others = ("IRQ_PIN", "IRQ_TIMER", "TCP", "UDP")
    numbers = [value for name, value in vars(calls).items() if isinstance(value, int) and name not in others]
    assert len(set(numbers)) == len(numbers) > 20


def test_an_edge_is_one_line_of_json() -> None:
    edge = Edge(5, UNIT, 0, "coil", "relay", 1, OP)
    assert json.loads(edge.as_json()) == {"t_ns": 5, "unit": UNIT, "door": 0, "coil": "relay", "value": 1, "op": OP}
