"""What is due comes in its order and once, whatever else goes wrong on the way."""

import asyncio
import logging
import random
from collections.abc import Iterator

import pytest

from cloud.agenda import Agenda
from tests.world import Time


@pytest.fixture
async def time() -> Iterator[Time]:  # pyright: ignore[reportInvalidTypeForm] - pytest-asyncio runs it on the loop
    time = Time()
    yield time  # pyright: ignore[reportReturnType]
    time.restore()


async def passes(time: Time, seconds: float, step: float = 0.5) -> None:
    for _ in range(round(seconds / step)):
        time.jump(step)
        for _ in range(3):
            await asyncio.sleep(0)


async def test_what_is_due_comes_in_order_of_its_time(time: Time) -> None:
    done: list[float] = []
    agenda = Agenda(done.append)
    delays = random.Random(1).sample(range(1, 100), 60)
    for delay in delays:
        agenda.add(delay, delay)

    await passes(time, 101)

    assert done == sorted(delays)


async def test_nothing_comes_before_its_time(time: Time) -> None:
    done: list[str] = []
    agenda = Agenda(done.append)
    agenda.add(5, "five")
    agenda.add(2, "two")

    await passes(time, 1.5)
    assert done == []
    await passes(time, 1)
    assert done == ["two"]
    await passes(time, 3)
    assert done == ["two", "five"]


async def test_what_is_due_together_comes_in_the_order_it_was_put(time: Time) -> None:
    done: list[int] = []
    agenda = Agenda(done.append)
    for n in range(50):
        agenda.add(1, n)

    await passes(time, 2, step=2)

    assert done == list(range(50))


async def test_what_was_due_already_comes_at_once_and_not_inside_the_call(time: Time) -> None:
    done: list[str] = []
    agenda = Agenda(done.append)
    agenda.add(-5, "late")
    assert done == []

    await passes(time, 0.5)
    assert done == ["late"]


async def test_an_error_in_one_harms_no_other(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    def due(n: int) -> None:
        if n % 2:
            raise RuntimeError
        done.append(n)

    agenda = Agenda(due)
    for n in range(6):
        agenda.add(1 + n % 3, n)

    with caplog.at_level(logging.ERROR):
        await passes(time, 4)
    assert done == [0, 4, 2]
    assert len(caplog.records) == 3


async def test_what_is_put_while_something_is_due_comes_in_its_turn(time: Time) -> None:
    done: list[str] = []

    def due(what: str) -> None:
        done.append(what)
        if what == "first":
            agenda.add(0, "at once")
            agenda.add(3, "later")

    agenda: Agenda[str] = Agenda(due)
    agenda.add(1, "first")
    agenda.add(2, "second")

    await passes(time, 5)

    assert done == ["first", "at once", "second", "later"]


async def test_after_the_end_nothing_comes_any_more(time: Time) -> None:
    done: list[str] = []
    agenda = Agenda(done.append)
    agenda.add(1, "never")
    agenda.close()

    await passes(time, 3)

    assert done == []


async def test_however_much_is_due_there_is_one_timer(time: Time) -> None:
    loop = asyncio.get_running_loop()
    agenda = Agenda(lambda _: None)
    for n in range(1000):
        agenda.add(1000 - n, n)
    await asyncio.sleep(0)

    ringing = [handle for handle in loop._scheduled if not handle.cancelled()]  # pyright: ignore[reportAttributeAccessIssue]
    assert len(ringing) == 1
    agenda.close()
