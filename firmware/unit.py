# The unit between the cloud and its doors: what comes down is judged and done, what goes up is numbered and sealed.
# Hardware, network and clock come in; none of them is touched at import.
import asyncio
import time

import commands
import servers
import wire
from release import RELEASE

HEARTBEAT_S = 540
FAULT_S = 60  # a fault that lasts is told again this often
CHANGE_GAP_MS = 300  # between two reports of changes: a door that flaps is not worth a megabyte
ANSWER_GAP_MS = 1000  # at most one ASK and one WELCOME are answered in this time
TELL_MS = 10000  # what was dropped is told on the console at most this often

# what is counted when a frame is dropped, beyond the judge's reasons
_TOO_OFTEN = 7
_UNUSED = 8
_WHY = (
    "bad shape",
    "bad tag",
    "for another unit",
    "of another boot",
    "long expired",
    "still pulsing",
    "used id, other bytes",
    "asked too often",
    "of no use yet",
)


class Unit:
    # publish(frame) -> handed over; counts() -> bytes in, bytes out, packets dropped; restart() ends all this soon
    def __init__(self, settings, doors, lists, seconds, epoch, cause):
        self._id = settings.unit
        self._doors = doors
        self._lists = lists
        self._seconds = seconds
        self._epoch = epoch
        self._cause = cause
        self._down = []
        self._up = []
        for key in settings.command_keys:
            down, up = wire.direction_pads(key, self._id) if key else (None, None)
            self._down.append(down)
            self._up.append(up)
        self._slot = 0  # of the last genuine frame: the cloud decides which key is in use
        self._memory = commands.Memory()
        self._up_count = 0
        self._changed = asyncio.Event()
        self._told = None
        self._answered = {}  # kind: when it was last answered
        self.dropped = [0] * len(_WHY)
        self._untold = 0
        self._packets_dropped = 0
        self.publish = None
        self.counts = None
        self.restart = None

    def changed(self):
        # A door moved, or a fault came or went.
        self._changed.set()

    def on_up(self):
        self._hello(wire.NO_NONCE)

    async def on_frame(self, frame):
        shape = wire.shape(frame)
        if shape is None:
            self._drop(commands.BAD_SHAPE)
        elif shape[0] == wire.COMMAND:
            await self._command(frame, shape[1])
        elif shape[0] in (wire.WELCOME, wire.ASK, wire.CONFIG):
            self._hear(frame, *shape)
        else:
            self._drop(_UNUSED)

    async def _command(self, frame, slot):
        views = [door.view() for door in self._doors]
        verdict = commands.judge(frame, self._down, self._id, self._epoch, self._memory, views, self._seconds())
        if verdict[0] == commands.SILENT:
            self._drop(verdict[1])
            return
        self._slot = slot
        if verdict[0] == commands.ANSWER:
            _, result, op_id, number, tag = verdict
        else:
            _, leg, op_id, number, tag, ms = verdict
            print("coil %d %d ms op %s" % (number, ms, op_id.hex()))
            on = await self._doors[number].legs[leg].pulse(ms)
            result = wire.DONE if on else wire.FAULT
            self._memory.settle(op_id, result)
        now = self._seconds()
        self.publish(wire.answer(self._up[slot], slot, self._epoch, self._next(), op_id, now, result, number, 0, tag))

    def _hear(self, frame, kind, slot):
        if self._down[slot] is None or not wire.genuine(frame, self._down[slot]):
            self._drop(commands.BAD_TAG)
        elif frame[4:8] != self._id:
            self._drop(commands.NOT_MINE)
        elif kind == wire.ASK and frame[8:16] != self._epoch:
            self._drop(commands.OTHER_EPOCH)
        elif kind != wire.CONFIG and not self._may_answer(kind):
            self._drop(_TOO_OFTEN)
        else:
            self._slot = slot
            if kind == wire.WELCOME:
                self._welcomed(wire.welcome_fields(frame)[1])
            elif kind == wire.ASK:
                self._heartbeat(wire.ASKED, wire.ask_fields(frame)[2])
            else:
                self._config(frame)

    def _welcomed(self, nonce):
        number = self._lists.welcomed()
        self._hello(nonce)
        if number is not None:
            print("configuration %d is in use now" % number)
            self._config_ack(number, servers.IN_USE)

    def _config(self, frame):
        number = int.from_bytes(frame[8:12], "big")
        result = self._lists.take(frame)
        if result in (servers.IN_USE, servers.REFUSED):
            self._config_ack(number, result)
        elif result == servers.TO_BE_TRIED:
            print("configuration %d: restarting to try it" % number)
            self.restart()

    def _may_answer(self, kind):
        now = time.ticks_ms()
        last = self._answered.get(kind)
        if last is not None and 0 <= time.ticks_diff(now, last) < ANSWER_GAP_MS:
            return False
        self._answered[kind] = now
        return True

    async def report(self):
        # Heartbeats: at once when something changed, and from time to time. Runs for ever.
        while True:
            why = wire.CHANGED
            try:
                await asyncio.wait_for(self._changed.wait(), FAULT_S if self._faults() else HEARTBEAT_S)
            except asyncio.TimeoutError:
                why = wire.TIMER
            self._changed.clear()
            self._heartbeat(why, wire.NO_NONCE)
            await asyncio.sleep_ms(CHANGE_GAP_MS)

    def _hello(self, nonce):
        doors, ago = self._states()
        slot = self._slot
        count = self._next()
        self.publish(
            wire.hello(
                self._up[slot],
                slot,
                self._epoch,
                count,
                nonce,
                self._seconds(),
                self._cause,
                self._faults(),
                doors,
                ago,
                RELEASE,
                self._lists.number(),
            )
        )

    def _heartbeat(self, why, echo):
        doors, ago = self._states()
        slot = self._slot
        bytes_in, bytes_out, _ = self.counts()
        count = self._next()
        self.publish(
            wire.heartbeat(
                self._up[slot],
                slot,
                self._epoch,
                count,
                echo,
                self._seconds(),
                why,
                self._faults(),
                doors,
                ago,
                bytes_in & 0xFFFFFFFF,
                bytes_out & 0xFFFFFFFF,
            )
        )

    def _config_ack(self, number, result):
        slot = self._slot
        self.publish(wire.config_ack(self._up[slot], slot, self._epoch, self._next(), number, result))

    def _next(self):
        self._up_count += 1
        return self._up_count

    def _states(self):
        now = self._seconds()
        doors = bytearray([wire.NO_DOOR] * wire.DOORS)
        ago = [wire.LONG_AGO] * wire.DOORS
        for i, door in enumerate(self._doors):
            doors[i] = door.byte()
            ago[i] = door.ago(now)
        return bytes(doors), ago

    def _faults(self):
        coil = any(door.fault() for door in self._doors)
        sensor = any(door.sensor.fault for door in self._doors)
        return (wire.COIL_FAULT if coil else 0) | (wire.SENSOR_FAULT if sensor else 0)

    def _drop(self, why):
        self.dropped[why] += 1
        self._untold += 1
        self.tell()

    def tell(self):
        # What was dropped since the last time, at most once in 10 s.
        now = time.ticks_ms()
        packets = self.counts()[2]
        if not self._untold and packets == self._packets_dropped:
            return
        if self._told is None or not 0 <= time.ticks_diff(now, self._told) < TELL_MS:
            self._told = now
            self._untold = 0
            self._packets_dropped = packets
            told = ["%d %s" % (n, _WHY[i]) for i, n in enumerate(self.dropped) if n]
            print("dropped so far: %d packets; frames: %s" % (packets, ", ".join(told) or "none"))
