# Which commands a unit obeys, the last of the judge's rules: a door held open and no longer, and the test that moves
# nothing.
from judging import NOW, STATES, Box, command, op

import commands
import wire
from commands import OPEN_CLOSE, SILENT, TOGGLE
from wire import CLOSE, HOLD, OPEN, PRESS, RELEASE, TEST


def held(**how):
    return Box(held=True, **how)


def test_7_a_hold_is_kept_for_as_long_as_it_says_within_half_a_day():
    for seconds in (1, 60, wire.HOLD_MAX_S):
        frame = command(action=HOLD, arg=seconds)
        for box in (Box(), held()):  # again: for so long from now on
            assert box.judge(frame) == (commands.HOLD, 0, op(1), 0, wire.tag_of(frame), seconds)
    for seconds in (0, wire.HOLD_MAX_S + 1, 0xFFFFFFFF):
        for box in (Box(), held()):
            assert box.result(command(action=HOLD, arg=seconds)) == wire.UNSUPPORTED


def test_7_only_a_door_that_closes_itself_is_held():
    for drive in (TOGGLE, OPEN_CLOSE):
        for action, arg in ((HOLD, 60), (RELEASE, 0)):
            assert Box(drive, legs=2).result(command(action=action, arg=arg)) == wire.UNSUPPORTED


def test_7_a_hold_has_no_pulse_and_a_release_no_argument():
    assert Box().result(command(action=HOLD, arg=60, ms=500)) == wire.UNSUPPORTED
    assert held().result(command(action=RELEASE, ms=500)) == wire.UNSUPPORTED
    assert held().result(command(action=RELEASE, arg=1)) == wire.UNSUPPORTED


def test_7_wherever_the_door_stands_it_is_held_and_a_held_one_released():
    for state in STATES:
        assert Box(state=state).judge(command(action=HOLD, arg=60))[0] == commands.HOLD
        frame = command(action=RELEASE)
        assert held(state=state).judge(frame) == (commands.RELEASE, 0, op(1), 0, wire.tag_of(frame), 0)
        assert Box(state=state).result(frame) == wire.ALREADY


def test_7_a_held_door_is_open_already_whatever_its_sensor_says():
    for state in STATES:
        assert held(state=state).result(command()) == wire.ALREADY
    assert held(busy=True).result(command()) == wire.ALREADY
    assert held().result(command(action=CLOSE)) == wire.UNSUPPORTED


def test_7_a_busy_door_is_held_later_and_a_unit_that_updates_holds_none():
    assert Box(busy=True).result(command(action=HOLD, arg=60)) == wire.BUSY
    assert Box(updating=True).result(command(action=HOLD, arg=60)) == wire.UPDATING
    assert held(updating=True).judge(command(action=RELEASE))[0] == commands.RELEASE


def test_7_a_hold_that_comes_again_is_answered_the_same_and_ends_no_later():
    box = Box()
    frame = command(action=HOLD, arg=60)
    assert box.judge(frame)[0] == commands.HOLD
    assert box.judge(frame) == (SILENT, commands.STILL_PULSING)
    box.memory.settle(op(1), wire.DONE)
    assert box.result(frame, NOW + 9) == wire.DONE


def test_7_a_test_is_of_no_door_and_says_nothing_else():
    frame = command(action=TEST, door=wire.NO_DOOR)
    assert Box(busy=True).judge(frame) == (commands.TEST, 0, op(1), wire.NO_DOOR, wire.tag_of(frame), 0)
    for other in ({"door": 0}, {"door": wire.NO_DOOR, "arg": 1}, {"door": wire.NO_DOOR, "ms": 500}):
        assert Box().result(command(action=TEST, **other)) == wire.UNSUPPORTED
    for action in (OPEN, CLOSE, PRESS, HOLD, RELEASE):
        assert Box().result(command(action=action, door=wire.NO_DOOR)) == wire.UNSUPPORTED
