"""The broker's keepers outlive what goes wrong once: a full disk, no memory for a process."""

import asyncio
import datetime
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from cloud import broker
from cloud.broker import Broker
from cloud.certificates import Authority


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Failing:
    """Goes wrong the first time it is called."""

    def __init__(self, error: Exception, then: list[str]) -> None:
        self._error, self._then = error, then
        self._calls = itertools.count()
        self.again = asyncio.Event()

    def __call__(self) -> list[str]:
        if next(self._calls) == 0:
            raise self._error
        self.again.set()
        return self._then

    async def soon(self) -> None:
        self()


@pytest.fixture
async def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Broker]]:
    """A broker whose one keeper runs, at once and again at once."""
    monkeypatch.setattr(broker, "RENEWAL_CHECK_S", 0)
    monkeypatch.setattr(broker, "BACKOFF_S", (0,))
    (tmp_path / "keys").mkdir()
    made = Broker(list, Authority.made(now()), tmp_path / "keys", "127.0.0.1", 0, ["localhost"], now)

    def run(keeper: str, name: str, does: object) -> Broker:
        monkeypatch.setattr(made, name, does)
        made._tasks.append(asyncio.create_task(getattr(made, keeper)()))
        return made

    yield run
    await made.close()


async def test_a_renewal_that_found_no_room_is_tried_again(running: Callable[..., Broker]) -> None:
    renewal = Failing(OSError(28, "No space left on device"), [])
    running("_renew", "renew", renewal.soon)

    await asyncio.wait_for(renewal.again.wait(), 5)


async def test_a_broker_that_could_not_be_started_is_started_later(running: Callable[..., Broker]) -> None:
    start = Failing(OSError(12, "Cannot allocate memory"), ["true"])
    running("_supervise", "_program", start)

    await asyncio.wait_for(start.again.wait(), 5)
