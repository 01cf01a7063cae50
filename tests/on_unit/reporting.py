# What a unit reports when its doors change: at once, and no more than a contract bears when one of them never rests.
import asyncio

import unit
import wire

ONLY_ON_UNIT = True


class Nothing:
    # Stands for a door, its sensor, a journal, settings and lists: nothing is wrong with any of them.
    unit = bytes(4)
    fault = False

    def number(self):
        return 0


class Door(Nothing):
    sensor = Nothing()
    state = wire.CLOSED

    def byte(self):
        return self.state

    def ago(self, now):
        return 0

    def fault(self):
        return False


class Voice:
    def __init__(self):
        self.said = []

    def say(self, build, echo, now, why, faults, doors, *rest):
        self.said.append((why, doors[0]))


async def test_a_door_that_never_rests_is_reported_in_the_end_as_it_is_and_not_each_time():
    seconds = [100]
    door, voice = Door(), Voice()
    one = unit.Unit(Nothing(), [door], Nothing(), lambda: seconds[0], Nothing(), voice, 1)
    one.counts = lambda: (0, 0, 0)
    unit.CHANGE_GAP_MS, unit.CHANGE_REST_MS = 1, 200
    runs = asyncio.create_task(one.report())
    for n in range(400):
        door.state = wire.OPENED if n % 2 else wire.CLOSED
        one.changed()
        await asyncio.sleep_ms(3)
    assert unit.CHANGES <= len(voice.said) <= unit.CHANGES + 15
    door.state = wire.CLOSING
    one.changed()
    await asyncio.sleep_ms(450)
    assert voice.said[-1] == (wire.CHANGED, wire.CLOSING)
    seconds[0] += 86400
    voice.said.clear()
    for _ in range(20):  # as before, after a calm
        one.changed()
        await asyncio.sleep_ms(10)
    assert len(voice.said) == 20
    runs.cancel()
