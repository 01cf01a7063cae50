"""The parts of the bench's chip as a program meets them: pins, pulse trains, timers, NVS."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sim.board import HARD, PWRON
from tests.bench_units import DOOR, PULSE, Run, running


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    async with running(tmp_path) as start:
        yield start


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
until = time.ticks_add(time.ticks_ms(), 400)
while time.ticks_diff(until, time.ticks_ms()) > 0:
    pass
machine.Pin(32).value()  # whatever was due by now has been sent
print("idle")
time.sleep_ms(2)
print("end")
"""
    )
    await board.console_line("end")
    busy, idle, end = (board.console.index(word) for word in ("busy", "idle", "end"))
    assert board.console.count("once") == 1
    assert board.console[:busy].count("tick") >= 2
    assert idle == busy + 1
    assert (
        8 <= board.console[idle:end].count("tick") <= 12
    )  # the queue held 8 of the 20; a few more may have come after


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
