"""One person, or a script with her session, who presses all day: whatever she may, no box's contract and flash go by
it, and nobody else is held up.
"""

from typing import cast

from cloud.api_doors import LONG_RUN, PRESSES, Presses
from cloud.clock import Clock
from cloud.messages import PostedPress, Refused, Reply
from cloud.opening import Opening
from cloud.sessions import Session

DAY_S = 86_400


class Open:
    """Takes every press."""

    async def press(self, _session: Session, press: PostedPress, _way: str) -> Reply:
        return Reply(press.press_id, "op")


class Hand(Clock):
    def __init__(self) -> None:
        self.s = 1000.0

    def mono(self) -> float:
        return self.s


async def press(presses: Presses, n: int, person: str = "ana") -> Reply:
    given = PostedPress(f"press-{n:020}", "gate", "open", 0)
    return await presses.pressed(Session(f"s-{person}", person), given, "post")


async def test_whoever_presses_all_day_is_slowed_down_and_nobody_else() -> None:
    clock = Hand()
    presses = Presses(cast("Opening", Open()), clock)
    went = 0
    for n in range(DAY_S):
        clock.s += 1
        went += (await press(presses, n)).refused is None

    assert went <= LONG_RUN[0] + DAY_S * LONG_RUN[1] + 1
    assert went < 5000
    assert (await press(presses, 0, "pau")).refused is None
    assert (await press(presses, 0)).refused == Refused("busy")
    clock.s += DAY_S
    for n in range(PRESSES):
        assert (await press(presses, n)).refused is None
