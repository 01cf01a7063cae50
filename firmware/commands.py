# Which commands this unit obeys. Pure: bytes and plain data in, a decision out; who acts on it is unit.py.
# The order of the checks is the protocol (docs/protocol.md): length, tag, own id, own epoch, seen before, time, memory,
# door. Nothing of a frame is believed before its tag but version, type and key slot.
import wire

# what to do about a frame
SILENT = 0  # (SILENT, why)
ANSWER = 1  # (ANSWER, result, op_id, door, command_tag)
PULSE = 2  # (PULSE, leg, op_id, door, command_tag, pulse_ms): leg 0 is the door's relay, 1 its close_relay
HOLD = 3  # (HOLD, 0, op_id, door, command_tag, seconds): from now on, whether it is held already or not
RELEASE = 4  # (RELEASE, 0, op_id, door, command_tag, 0)
TEST = 5  # (TEST, 0, op_id, door, command_tag, 0): say whether all is well, and move nothing

# why a frame gets no answer
BAD_SHAPE = 0
BAD_TAG = 1
NOT_MINE = 2
OTHER_EPOCH = 3
LONG_EXPIRED = 4
STILL_PULSING = 5
OTHER_BYTES = 6  # an operation seen before, but not in these bytes

AHEAD_S = 11  # a not_after further away than this is no clock of ours: 9 s of life, and the estimate's rounding
REMEMBER_S = 60  # a verdict outlives its command by this, so that no copy of it is judged twice
MIN_PULSE_MS = 100
MAX_PULSE_MS = 5000
MEMORY = 80  # verdicts held, each for 70 s at most: a door box that gets one command a second never fills it

OPEN_DRIVE = 0
TOGGLE = 1
OPEN_CLOSE = 2
DRIVES = {"open": OPEN_DRIVE, "toggle": TOGGLE, "open_close": OPEN_CLOSE}

_PENDING = 255
_ENTRY = 30  # op_id 8, tag 16, until 4, result 1, door 1

_GO = -1
_GO_CLOSE = -2
_HOLD = -3
_RELEASE = -4
_TEST = -5
# What an action means for a drive, by door state: unknown, closed, open, opening, closing.
_MOVES = {
    (OPEN_DRIVE, wire.OPEN): (_GO, _GO, wire.ALREADY, wire.ALREADY, _GO),
    (TOGGLE, wire.OPEN): (wire.UNSURE, _GO, wire.ALREADY, wire.ALREADY, wire.MOVING),
    (TOGGLE, wire.CLOSE): (wire.UNSURE, wire.ALREADY, _GO, wire.MOVING, wire.ALREADY),
    (TOGGLE, wire.PRESS): (_GO, _GO, _GO, wire.MOVING, wire.MOVING),
    (OPEN_CLOSE, wire.OPEN): (_GO, _GO, wire.ALREADY, wire.ALREADY, _GO),
    (OPEN_CLOSE, wire.CLOSE): (
        _GO_CLOSE,
        wire.ALREADY,
        _GO_CLOSE,
        wire.MOVING,
        wire.ALREADY,
    ),
}


class Memory:
    # The verdicts on commands that might come again. One buffer for life; when it is full everything is refused.
    def __init__(self, size=MEMORY):
        self.size = size
        self.table = bytearray(size * _ENTRY)
        # unit seconds: what was refused for want of room stays refused, so that no copy of it opens
        self.refused_to = -1

    def find(self, op_id):
        for at in range(0, len(self.table), _ENTRY):
            if self.table[at] == op_id[0] and self.table[at : at + 8] == op_id and self._until(at):
                return at
        return -1

    def free(self, now):
        for at in range(0, len(self.table), _ENTRY):
            until = self._until(at)
            if until == 0 or until < now:
                return at
        return -1

    def remember(self, at, op_id, tag, until, result, door):
        self.table[at : at + 8] = op_id
        self.table[at + 8 : at + 24] = tag
        self.table[at + 24 : at + 28] = until.to_bytes(4, "big")
        self.table[at + 28] = result
        self.table[at + 29] = door

    def settle(self, op_id, result):
        at = self.find(op_id)
        if at < 0 or self.table[at + 28] != _PENDING:
            raise ValueError("this operation is not pending")
        self.table[at + 28] = result

    def _until(self, at):
        return int.from_bytes(self.table[at + 24 : at + 28], "big")


def judge(frame, pads, unit, epoch, memory, doors, now, updating=False):
    # frame: bytes; pads: the down key of each slot (None where there is none); doors: one (drive, state, busy, legs,
    # pulse_ms, held) each, or None; now: whole seconds since boot. Remembers its verdict, and changes nothing else.
    shape = wire.shape(frame)
    if shape is None or shape[0] != wire.COMMAND:
        return SILENT, BAD_SHAPE
    if pads[shape[1]] is None or not wire.genuine(frame, pads[shape[1]]):
        return SILENT, BAD_TAG
    to, of_epoch, not_after, op_id, action, number, pulse_ms, arg = wire.command_fields(frame)
    if to != unit:
        return SILENT, NOT_MINE
    if of_epoch != epoch:
        return SILENT, OTHER_EPOCH
    tag = wire.tag_of(frame)
    at = memory.find(op_id)
    if at >= 0:
        return _again(memory.table[at : at + _ENTRY], op_id, tag)
    if now > not_after + REMEMBER_S:
        return SILENT, LONG_EXPIRED
    if now > not_after:
        return (
            ANSWER,
            wire.LATE,
            op_id,
            number,
            tag,
        )  # needs no memory: it can only get later
    ahead = not_after > now + AHEAD_S
    at = memory.free(now)
    if at < 0 or not_after <= memory.refused_to:
        memory.refused_to = max(memory.refused_to, not_after)
        return ANSWER, wire.LATE if ahead else wire.FULL, op_id, number, tag
    verdict = wire.LATE if ahead else _move(doors, number, action, pulse_ms, arg, updating)
    until = min(not_after + REMEMBER_S, 0xFFFFFFFF)
    if verdict >= 0:
        memory.remember(at, op_id, tag, until, verdict, number)
        return ANSWER, verdict, op_id, number, tag
    memory.remember(at, op_id, tag, until, _PENDING, number)
    return _does(verdict, op_id, number, tag, pulse_ms, arg, doors)


def _does(verdict, op_id, number, tag, pulse_ms, arg, doors):
    if verdict == _HOLD:
        return HOLD, 0, op_id, number, tag, arg
    if verdict == _RELEASE:
        return RELEASE, 0, op_id, number, tag, 0
    if verdict == _TEST:
        return TEST, 0, op_id, number, tag, 0
    return PULSE, int(verdict == _GO_CLOSE), op_id, number, tag, pulse_ms or doors[number][4]


def _again(entry, op_id, tag):
    if entry[8:24] != tag:
        return SILENT, OTHER_BYTES
    if entry[28] == _PENDING:
        return SILENT, STILL_PULSING
    return ANSWER, entry[28], op_id, entry[29], tag


def _move(doors, number, action, pulse_ms, arg, updating):
    # A result that declines or is ALREADY, or below zero what to do.
    if action == wire.TEST:
        return _TEST if number == wire.NO_DOOR and arg == pulse_ms == 0 else wire.UNSUPPORTED
    if number >= len(doors) or doors[number] is None:
        return wire.UNSUPPORTED
    if action in (wire.HOLD, wire.RELEASE):
        return _keep(doors[number], action, pulse_ms, arg, updating)
    drive, state, busy, legs, _, held = doors[number]
    moves = _MOVES.get((drive, action))
    if moves is None or arg != 0 or not (pulse_ms == 0 or MIN_PULSE_MS <= pulse_ms <= MAX_PULSE_MS):
        return wire.UNSUPPORTED
    if _GO_CLOSE in moves and legs < 2:
        return wire.UNSUPPORTED
    verdict = wire.ALREADY if held else moves[state]
    if verdict == wire.ALREADY:
        return verdict
    if busy:
        return wire.BUSY
    if verdict >= 0:
        return verdict
    return wire.UPDATING if updating else verdict


def _keep(door, action, pulse_ms, arg, updating):
    # The same for a door that shall be held open, or no longer.
    drive, _, busy, _, _, held = door
    if drive != OPEN_DRIVE or pulse_ms != 0:
        return wire.UNSUPPORTED
    if action == wire.RELEASE:
        if arg != 0:
            return wire.UNSUPPORTED
        return _RELEASE if held else wire.ALREADY
    if not 1 <= arg <= wire.HOLD_MAX_S:
        return wire.UNSUPPORTED
    if busy:
        return wire.BUSY
    return wire.UPDATING if updating else _HOLD


def lets_out(drive, state):
    # Whether the exit button pulses: always, since a sensor that errs must lock nobody in; but the one contact of a
    # toggle would close a door that is open.
    return drive != TOGGLE or state not in (wire.OPENED, wire.OPENING)
