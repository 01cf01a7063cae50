"""The call that tries the whole way to a door box, now."""

from cloud.api import BUCKETS, Call
from cloud.app_socket import Bucket
from cloud.change_desk import Actor
from cloud.clock import Clock
from cloud.policy import Policy
from cloud.self_test import SelfTests
from cloud.verbs import NotPossible

A_UNIT = (3, 0.05)  # tests at once, and a second after that: each costs a mobile contract some hundred bytes


class SelfTestCalls:
    def __init__(self, tests: SelfTests, policy: Policy, clock: Clock) -> None:
        self._tests, self._policy, self._clock = tests, policy, clock
        self._buckets: dict[str, Bucket] = {}

    async def test_box(self, call: Call) -> None:
        """What it found stands in the box's view, and in the log where it failed."""
        unit = call.path["unit"]
        if all(door.place != call.path["place"] for door in self._policy.doors_of_unit.get(unit, {}).values()):
            raise NotPossible("unknown", "there is no such door box at this place")
        if len(self._buckets) > BUCKETS:
            self._buckets.clear()
        if not self._buckets.setdefault(unit, Bucket(*A_UNIT)).take(self._clock.mono()):
            raise NotPossible("busy", "it was just tried; wait a minute")
        self._tests.soon(unit, Actor.of(call.actor, call.still))
