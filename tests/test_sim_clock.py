"""The board's clock on the bench: scaled, wrapping, starting in 2000, and asyncio on top of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sim.board import Board
from tests.bench_units import Run, running

WRAP = 1 << 30


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    async with running(tmp_path) as start:
        yield start


async def test_ten_minutes_of_asyncio_sleep_pass_in_a_second_at_scale_600(run: Run) -> None:
    started = time.monotonic()
    board = await run(
        """
import asyncio, time
async def main():
    started = time.ticks_ms()
    await asyncio.sleep(600)
    print("slept", time.ticks_diff(time.ticks_ms(), started))
asyncio.run(main())
""",
        scale=600,
    )
    line = await board.console_line("slept")
    assert 600_000 <= int(line.split()[1]) < 1_500_000
    assert 1 <= time.monotonic() - started < 10


async def test_ticks_start_where_told_and_wrap_at_two_to_the_thirtieth(run: Run) -> None:
    board = await run(
        """
import time
start = time.ticks_ms()
time.sleep_ms(300)
end = time.ticks_ms()
print("ticks", start, end, time.ticks_diff(end, start), time.ticks_add(end, -400))
try:
    time.ticks_add(0, 1 << 29)
except OverflowError:
    print("half a period is too far")
""",
        ticks_ms=WRAP - 200,
    )
    start, end, gone, before = map(int, (await board.console_line("ticks")).split()[1:])
    assert WRAP - 200 <= start < WRAP
    assert end < 5000
    assert 300 <= gone < 5000
    assert gone == end + WRAP - start
    assert before == (end - 400) % WRAP
    await board.console_line("half a period")


async def test_sleeps_in_asyncio_keep_their_order_and_length_across_the_wrap(run: Run) -> None:
    board = await run(
        """
import asyncio, time
async def say(ms):
    started = time.ticks_ms()
    await asyncio.sleep_ms(ms)
    print("after", ms, time.ticks_diff(time.ticks_ms(), started))
async def main():
    await asyncio.gather(*[say(ms) for ms in (400, 50, 250, 100, 10)])
    try:
        await asyncio.wait_for_ms(asyncio.Event().wait(), 80)
    except asyncio.TimeoutError:
        print("timed out")
    print("all over")
asyncio.run(main())
""",
        ticks_ms=WRAP - 200,
    )
    await board.console_line("all over")
    said = [tuple(map(int, line.split()[1:])) for line in board.console if line.startswith("after")]
    assert [ms for ms, _ in said] == [10, 50, 100, 250, 400]
    assert all(ms <= took < ms + 2000 for ms, took in said)
    assert "timed out" in board.console


async def test_tasks_can_be_awaited_cancelled_and_fail_as_in_asyncio(run: Run) -> None:
    board = await run(
        """
import asyncio
async def value(v):
    await asyncio.sleep_ms(1)
    return v
async def broken():
    raise ValueError("broken")
async def patient():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        print("cancelled in its sleep")
        raise
async def waits_for(task):
    await task
async def main():
    print("value", await asyncio.create_task(value(7)))
    done = asyncio.create_task(value(8))
    await asyncio.sleep_ms(20)
    print("late value", done.done(), await done)
    try:
        await asyncio.create_task(broken())
    except ValueError as error:
        print("caught", error)
    task = asyncio.create_task(patient())
    outer = asyncio.create_task(waits_for(task))
    await asyncio.sleep_ms(1)
    print("cancel", outer.cancel())
    try:
        await outer
    except asyncio.CancelledError:
        print("both", task.done(), outer.done(), outer.cancel())
    lock = asyncio.Lock()
    await lock.acquire()
    waiting = asyncio.create_task(lock.acquire())
    await asyncio.sleep_ms(1)
    waiting.cancel()
    lock.release()
    async with lock:
        print("lock free again")
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)
    except asyncio.TimeoutError:
        print("too long")
    print("gathered", await asyncio.gather(value(1), broken(), return_exceptions=True))
    asyncio.create_task(broken())
    await asyncio.sleep_ms(5)
    print("done")
asyncio.run(main())
""",
    )
    await board.console_line("done")
    text = "\n".join(board.console)
    for fact in (
        "value 7",
        "late value True 8",
        "caught broken",
        "cancelled in its sleep",
        "cancel True",
        "both True True False",
        "lock free again",
        "too long",
        "gathered [1, ValueError('broken',)]",
        "Task exception wasn't retrieved",
    ):
        assert fact in text, text


async def test_real_time_clock_starts_in_2000_and_survives_a_reset_but_not_the_loss_of_power(run: Run) -> None:
    board = await run(
        """
import machine, time
print("year", time.gmtime()[0], machine.RTC().memory())
if machine.reset_cause() == 1:
    machine.RTC().datetime((2026, 11, 20, 0, 18, 30, 0, 0))
    machine.RTC().memory(b"kept")
    assert time.gmtime()[:6] == (2026, 11, 20, 18, 30, 0), time.gmtime()
    assert time.mktime((2026, 11, 20, 18, 30, 0, 0, 0)) in (time.time(), time.time() - 1)
    assert machine.RTC().datetime()[:4] == (2026, 11, 20, 4)
    machine.reset()
"""
    )
    await board.console_line("year 2000 b''")
    assert await board.reset_seen(2) == 2
    await board.console_line("year 2026 b'kept'")
    seen = len(board.console)
    board.power_off()
    await board.start()
    await board.console_line("year 2000 b''", since=seen)


async def test_an_interrupt_wakes_a_thread_safe_flag_and_an_idle_unit_sleeps(run: Run) -> None:
    board = await run(
        """
import asyncio, machine
flag = asyncio.ThreadSafeFlag()
pin = machine.Pin(32, machine.Pin.IN, machine.Pin.PULL_UP)
pin.irq(lambda p: flag.set(), machine.Pin.IRQ_FALLING)
async def main():
    asyncio.create_task(later())
    await flag.wait()
    print("flag by a task")
    while True:
        await flag.wait()
        print("flag by interrupt", pin.value())
async def later():
    await asyncio.sleep_ms(5)
    flag.set()
asyncio.run(main())
""",
        doors=[{"drive": "toggle", "relay": 18, "closed_contact": None, "open_contact": 32, "travel_s": 0.01}],
    )
    await board.console_line("flag by a task")
    board.doors[0].human_opens()
    await board.console_line("flag by interrupt 0")
    await asyncio.sleep(0.1)  # the contact has bounced
    before = _switches(board)
    await asyncio.sleep(1)  # what is measured is that nothing happens
    assert _switches(board) - before <= 2


def _switches(board: Board) -> int:
    assert board.program is not None
    status = Path(f"/proc/{board.program.process.pid}/status").read_text()
    return int(status.split("voluntary_ctxt_switches:")[1].split()[0])
