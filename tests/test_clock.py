"""The cloud's clock is steady: the host's may be stepped, forwards and back."""

import datetime

import pytest
import time_machine

from cloud.clock import Clock
from cloud.health import STEPPED_S

HOUR = datetime.timedelta(hours=1)
A_MOMENT_MS = 5000


@pytest.mark.parametrize("step", [HOUR, -HOUR, 24 * HOUR])
def test_a_step_of_the_hosts_clock_moves_neither_now_nor_seconds(step: datetime.timedelta) -> None:
    clock = Clock()
    now, mono = clock.now(), clock.mono()

    with time_machine.travel(datetime.datetime.now(datetime.UTC) + step):
        assert 0 <= clock.now() - now < A_MOMENT_MS
        assert 0 <= clock.mono() - mono < A_MOMENT_MS / 1000
        assert clock.stepped() == pytest.approx(step.total_seconds(), abs=A_MOMENT_MS / 1000)


def test_a_clock_that_was_left_alone_is_not_called_stepped() -> None:
    assert abs(Clock().stepped()) < STEPPED_S
