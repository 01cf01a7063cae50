# Which commands a unit obeys: one test per rule of docs/protocol.md ("A command's life") in its order, then the order.
import random

import commands
import wire
from commands import ANSWER, OPEN_CLOSE, OPEN_DRIVE, PULSE, SILENT, TOGGLE
from wire import CLOSE, CLOSED, CLOSING, OPEN, OPENED, OPENING, PRESS, UNKNOWN

UNIT = bytes([0x3F, 0xA2, 0xB8, 0x1C])
EPOCH = bytes(range(8))
DOWN, UP = wire.direction_pads(bytes(range(32)), UNIT)
SECOND, _ = wire.direction_pads(bytes(range(1, 33)), UNIT)
NOW = 1000


def op(n):
    return n.to_bytes(8, "big")


FIRST, SEEN = op(1), op(7)


def command(
    op_id=FIRST, pads=DOWN, slot=0, unit=UNIT, epoch=EPOCH, not_after=NOW + 9, action=OPEN, door=0, ms=0, arg=0
):
    return wire.command(pads, slot, unit, epoch, not_after, op_id, action, door, ms, arg)


class Box:
    # A unit with one door of the drive `open`, closed, as the judge sees it.
    def __init__(
        self, drive=OPEN_DRIVE, state=CLOSED, busy=False, legs=1, updating=False, size=commands.MEMORY, held=False
    ):
        self.doors = [(drive, state, busy, legs, 500, held), None]
        self.memory = commands.Memory(size)
        self.updating = updating
        self.pads = [DOWN, SECOND]

    def judge(self, frame, now=NOW):
        return commands.judge(frame, self.pads, UNIT, EPOCH, self.memory, self.doors, now, self.updating)

    def result(self, frame, now=NOW):
        # What is answered; commands.PULSE and commands.SILENT verdicts as they are.
        verdict = self.judge(frame, now)
        return verdict[1] if verdict[0] == ANSWER else verdict

    def fill(self, now=NOW):
        # Takes commands until there is no room to remember another. Their frames.
        taken = []
        while len(taken) < self.memory.size:
            frame = command(op(1000 + len(taken)), door=9, not_after=now + 9)
            assert self.result(frame, now) == wire.UNSUPPORTED
            taken.append(frame)
        return taken


# -- each rule


def test_a_good_command_pulses_the_doors_relay():
    frame = command()
    assert Box().judge(frame) == (PULSE, 0, op(1), 0, wire.tag_of(frame), 500)


def test_a_command_may_name_its_own_pulse_within_the_limits():
    for ms in (100, 101, 5000):
        assert Box().judge(command(ms=ms))[5] == ms
    for ms in (1, 99, 5001, 65535):
        assert Box().result(command(ms=ms)) == wire.UNSUPPORTED


def test_1_a_frame_that_is_no_command_to_the_byte_is_met_with_silence():
    good = command()
    frames = [good[:n] for n in range(len(good))] + [good + bytes(n) for n in range(1, 65)]
    frames += [bytes([2]) + good[1:], good[:2] + bytes([2]) + good[3:], good[:3] + bytes([1]) + good[4:]]
    frames += [wire.ask(DOWN, 0, UNIT, EPOCH, bytes(8)), wire.welcome(DOWN, 0, UNIT, bytes(8))]
    frames += [wire.hello(UP, 0, EPOCH, 1, bytes(8), 1, 1, 0, bytes(4), (0, 0, 0, 0), 1, 1)]
    frames += [wire.answer(UP, 0, EPOCH, 1, op(1), 1, 0, 0, 0, wire.tag_of(good))]
    for frame in frames:
        assert Box().judge(frame) == (SILENT, commands.BAD_SHAPE)


def test_2_a_tag_that_is_not_ours_is_met_with_silence():
    stranger, _ = wire.direction_pads(bytes(32), UNIT)
    for pads in (stranger, UP, SECOND):
        assert Box().judge(command(pads=pads)) == (SILENT, commands.BAD_TAG)
    assert Box().judge(command(pads=DOWN, slot=1)) == (SILENT, commands.BAD_TAG)


def test_2_every_bit_flipped_is_met_with_silence():
    good = command()
    box = Box()
    for bit in range(len(good) * 8):
        frame = bytearray(good)
        frame[bit // 8] ^= 1 << bit % 8
        assert box.judge(bytes(frame))[0] == SILENT
    assert box.judge(good)[0] == PULSE


def test_2_a_slot_without_a_key_obeys_nobody():
    box = Box()
    box.pads = [DOWN, None]
    assert box.judge(command(pads=SECOND, slot=1)) == (SILENT, commands.BAD_TAG)


def test_2_the_key_that_follows_is_obeyed_in_its_own_slot():
    assert Box().judge(command(pads=SECOND, slot=1))[0] == PULSE


def test_3_a_command_for_another_unit_is_met_with_silence():
    assert Box().judge(command(unit=bytes([0x3F, 0xA2, 0xB8, 0x1D]))) == (SILENT, commands.NOT_MINE)


def test_3_a_command_of_another_boot_is_met_with_silence():
    assert Box().judge(command(epoch=bytes(8))) == (SILENT, commands.OTHER_EPOCH)


def test_4_the_same_bytes_again_get_the_stored_answer():
    box = Box()
    frame = command()
    box.judge(frame)
    box.memory.settle(op(1), wire.DONE)
    for now in (NOW, NOW + 1, NOW + 9, NOW + 10, NOW + 69):
        assert box.judge(frame, now) == (ANSWER, wire.DONE, op(1), 0, wire.tag_of(frame))


def test_4_the_same_bytes_during_the_pulse_are_met_with_silence():
    box = Box()
    frame = command()
    box.judge(frame)
    for now in (NOW, NOW + 3, NOW + 9):
        assert box.judge(frame, now) == (SILENT, commands.STILL_PULSING)


def test_4_other_bytes_of_an_operation_seen_before_are_met_with_silence():
    others = [command(door=1), command(action=CLOSE), command(ms=200), command(not_after=NOW + 10)]
    others.append(command(pads=SECOND, slot=1))
    box = Box()
    box.judge(command())
    for settled in (False, True):
        for frame in others:
            assert box.judge(frame) == (SILENT, commands.OTHER_BYTES)
        if not settled:
            box.memory.settle(op(1), wire.DONE)


def test_4_a_refusal_is_a_verdict_too_and_stays_when_the_reason_has_gone():
    box = Box(busy=True)
    frame = command()
    assert box.result(frame) == wire.BUSY
    box.doors = Box().doors
    assert box.result(frame, NOW + 1) == wire.BUSY


def test_5_a_command_lives_through_the_second_of_its_not_after():
    assert Box().judge(command(not_after=NOW))[0] == PULSE
    assert Box().result(command(not_after=NOW - 1)) == wire.LATE


def test_5_a_late_command_is_declined_for_a_minute_and_then_not_even_that():
    frame = command(not_after=NOW)
    for now in (NOW + 1, NOW + 59, NOW + 60):
        assert Box().result(frame, now) == wire.LATE
    for now in (NOW + 61, NOW + 3600):
        assert Box().judge(frame, now) == (SILENT, commands.LONG_EXPIRED)


def test_5_a_command_from_ahead_is_late_and_stays_so_when_its_time_has_come():
    assert Box().judge(command(not_after=NOW + 11))[0] == PULSE
    box = Box()
    frame = command(not_after=NOW + 12)
    for now in (NOW, NOW + 1, NOW + 5, NOW + 12):
        assert box.result(frame, now) == wire.LATE


def test_5_the_ends_of_the_unit_clock_are_no_special_case():
    last = 0xFFFFFFFF
    assert Box().judge(command(not_after=0), 0)[0] == PULSE
    assert Box().judge(command(not_after=last), last)[0] == PULSE
    assert Box().result(command(not_after=0), 1) == wire.LATE
    box = Box()
    frame = command(not_after=last)
    assert box.judge(frame, last)[0] == PULSE
    assert box.judge(frame, last) == (SILENT, commands.STILL_PULSING)


def test_6_without_room_everything_is_refused_and_nothing_forgotten():
    box = Box()
    taken = box.fill()
    for n in range(100):
        assert box.result(command(op(n))) == wire.FULL
    for frame in taken:
        assert box.result(frame) == wire.UNSUPPORTED


def test_6_what_was_refused_for_want_of_room_never_opens_when_there_is_room_again():
    box = Box(size=1)
    first = command(op(1), door=9, not_after=NOW - 50)
    assert box.result(first, NOW - 60) == wire.UNSUPPORTED  # holds the only place until NOW + 10
    refused = command(op(2), not_after=NOW + 11)
    assert box.result(refused, NOW + 5) == wire.FULL
    for now in (NOW + 10, NOW + 11):
        assert box.judge(refused, now)[0] != PULSE
    fresh = command(op(3), not_after=NOW + 20)
    assert box.judge(fresh, NOW + 11)[0] == PULSE  # and there was room


def test_6_a_place_is_free_again_a_minute_after_its_commands_end():
    box = Box(size=1)
    box.judge(command(op(1), not_after=NOW))
    box.memory.settle(op(1), wire.DONE)
    assert box.result(command(op(2), not_after=NOW + 60), NOW + 60) == wire.FULL
    assert box.judge(command(op(3), not_after=NOW + 70), NOW + 61)[0] == PULSE


def test_6_one_command_a_second_never_fills_the_memory():
    box = Box()
    for second in range(600):
        frame = command(op(second), not_after=NOW + second + 9)
        assert box.judge(frame, NOW + second)[0] == PULSE
        box.memory.settle(op(second), wire.DONE)


def test_6_a_thousand_commands_at_once_are_each_obeyed_at_most_once():
    box = Box()
    frames = [command(op(n)) for n in range(1000)]
    pulses = {}
    for _ in range(2):
        for frame in frames:
            verdict = box.judge(frame)
            if verdict[0] == PULSE:
                pulses[verdict[2]] = pulses.get(verdict[2], 0) + 1
                box.memory.settle(verdict[2], wire.DONE)
    assert len(pulses) == commands.MEMORY
    assert set(pulses.values()) == {1}


def test_7_a_door_that_is_not_there_is_unsupported():
    for door in (1, 2, 255):
        assert Box().result(command(door=door)) == wire.UNSUPPORTED


def test_7_an_argument_nobody_defined_is_unsupported():
    assert Box().result(command(arg=1)) == wire.UNSUPPORTED


def test_7_a_busy_door_is_busy():
    assert Box(busy=True).result(command()) == wire.BUSY


def test_7_a_unit_that_updates_pulses_nothing():
    assert Box(updating=True).result(command()) == wire.UPDATING
    assert Box(updating=True, state=OPENED).result(command()) == wire.ALREADY


GO, SHUT = "pulse", "pulse the close relay"
# What becomes of an action, by the door's state: unknown, closed, open, opening, closing.
STATES = (UNKNOWN, CLOSED, OPENED, OPENING, CLOSING)
N = wire.UNSUPPORTED
A, M = wire.ALREADY, wire.MOVING
EXPECTED = {
    # a strike, or a gate that closes itself: it can only be opened
    (OPEN_DRIVE, OPEN): (GO, GO, A, A, GO),
    (OPEN_DRIVE, CLOSE): (N, N, N, N, N),
    (OPEN_DRIVE, PRESS): (N, N, N, N, N),
    # one contact that starts, stops and reverses: what it would do must be known, and nothing that moves is touched
    (TOGGLE, OPEN): (wire.UNSURE, GO, A, A, M),
    (TOGGLE, CLOSE): (wire.UNSURE, A, GO, M, A),
    (TOGGLE, PRESS): (GO, GO, GO, M, M),
    # two channels: opening may interrupt a closing, never the other way round
    (OPEN_CLOSE, OPEN): (GO, GO, A, A, GO),
    (OPEN_CLOSE, CLOSE): (SHUT, A, SHUT, M, A),
    (OPEN_CLOSE, PRESS): (N, N, N, N, N),
}


def test_7_every_drive_state_and_action_comes_to_what_the_table_says():
    for (drive, action), outcomes in EXPECTED.items():
        for state, outcome in zip(STATES, outcomes):
            verdict = Box(drive, state, legs=2 if drive == OPEN_CLOSE else 1).judge(command(action=action))
            if outcome in (GO, SHUT):
                assert verdict[:2] == (PULSE, 0 if outcome == GO else 1), (drive, action, state)
            else:
                assert verdict[:2] == (ANSWER, outcome), (drive, action, state)


def test_7_an_action_nobody_defined_is_unsupported_by_every_drive():
    for drive in (OPEN_DRIVE, TOGGLE, OPEN_CLOSE):
        for action in (0, 7, 128, 255):
            assert Box(drive, legs=2).result(command(action=action)) == wire.UNSUPPORTED


def test_7_nothing_closes_a_door_without_a_relay_for_it():
    for state in STATES:
        assert Box(OPEN_CLOSE, state, legs=1).result(command(action=CLOSE)) == wire.UNSUPPORTED


# -- the order: of two reasons the earlier one counts

# Each reason as (rank, name, what it does to the box, what it does to the command, verdict).
REASONS = (
    (1, "shape", None, {"cut": 1}, (SILENT, commands.BAD_SHAPE)),
    (2, "tag", None, {"pads": UP}, (SILENT, commands.BAD_TAG)),
    (3, "unit", None, {"unit": bytes(4)}, (SILENT, commands.NOT_MINE)),
    (4, "epoch", None, {"epoch": bytes(8)}, (SILENT, commands.OTHER_EPOCH)),
    (5, "other bytes", "settled", {"op_id": SEEN}, (SILENT, commands.OTHER_BYTES)),
    (6, "long expired", None, {"not_after": NOW - 61}, (SILENT, commands.LONG_EXPIRED)),
    (6, "late", None, {"not_after": NOW - 1}, wire.LATE),
    (6, "ahead", None, {"not_after": NOW + 12}, wire.LATE),
    (7, "full", "full", {}, wire.FULL),
    (8, "no door", None, {"door": 9}, wire.UNSUPPORTED),
    (8, "no action", None, {"action": 9}, wire.UNSUPPORTED),
    (8, "pulse", None, {"ms": 99}, wire.UNSUPPORTED),
    (9, "already", {"state": OPENED}, {}, wire.ALREADY),
    (10, "busy", {"busy": True}, {}, wire.BUSY),
    (11, "moving", {"state": CLOSING}, {}, wire.MOVING),
    (12, "updating", {"updating": True}, {}, wire.UPDATING),
)


def both(one, other):
    # What a toggle answers when two reasons hold at once.
    door = {"drive": TOGGLE, "size": 4}
    changes = {}
    for _, _, of_box, of_command, _ in (other, one):
        if isinstance(of_box, dict):
            door.update(of_box)
        changes.update(of_command)
    box = Box(**door)
    if "settled" in (one[2], other[2]):
        box.memory.remember(0, SEEN, bytes(16), NOW + 60, wire.DONE, 0)
    if "full" in (one[2], other[2]):
        while box.memory.free(NOW) >= 0:
            box.memory.remember(box.memory.free(NOW), op(900 + box.memory.free(NOW)), bytes(16), NOW + 60, 0, 0)
    cut = changes.pop("cut", 0)
    frame = command(**changes)
    return box.result(frame[: len(frame) - cut])


def test_each_reason_by_itself_is_told():
    nothing = (0, "", None, {}, None)
    for reason in REASONS:
        assert both(reason, nothing) == reason[4], reason[1]


def test_of_two_reasons_the_earlier_is_told():
    for one in REASONS:
        for other in REASONS:
            if one[0] < other[0]:
                assert both(one, other) == one[4], (one[1], other[1])


def test_a_stored_answer_comes_before_late_and_before_full():
    box = Box(size=1)
    frame = command(not_after=NOW)
    box.judge(frame)
    box.memory.settle(op(1), wire.DONE)
    assert box.result(frame, NOW + 30) == wire.DONE


def test_a_command_from_ahead_that_could_not_be_remembered_never_opens():
    box = Box(size=1)
    box.judge(command(op(1), door=9, not_after=NOW))
    ahead = command(op(2), not_after=NOW + 70)
    assert box.result(ahead) == wire.LATE
    for now in range(NOW + 1, NOW + 72):
        assert box.judge(ahead, now)[0] != PULSE


# -- and whatever else comes


def test_ten_thousand_random_frames_are_met_with_silence():
    random.seed(20261120)
    box = Box()
    before = bytes(box.memory.table)
    for n in range(10000):
        size = (random.getrandbits(7), 52, 52, 66)[n % 4]
        frame = bytes([random.getrandbits(8) for _ in range(size)])
        if n % 4 > 1:
            frame = bytes([1, wire.COMMAND, n & 1, 0]) + frame[4:]
        assert box.judge(frame)[0] == SILENT
    assert bytes(box.memory.table) == before


def test_a_memory_settles_only_what_is_pending():
    box = Box()
    box.judge(command())
    box.memory.settle(op(1), wire.DONE)
    for settled in (op(1), op(2)):
        try:
            box.memory.settle(settled, wire.FAULT)
        except ValueError:
            continue
        raise AssertionError("settled twice, or what was never there")
