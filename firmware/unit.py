# The unit between the cloud and its doors: what comes down is judged and done, what goes up is numbered and sealed.
# Hardware, network, journal and clock come in; none of them is touched at import.
import asyncio
import gc
import struct
import time

import commands
import events
import servers
import wire
from absence import Absence
from moved import Bucket
from noting import END_CAME, Noting
from release import RELEASE
from telling import Telling

HEARTBEAT_S = 540
FAULT_S = 60  # a fault of a coil or sensor that lasts is told again this often
CHANGE_GAP_MS = 300  # between two reports of changes
CHANGES = 120  # reports in that pace; a door that flaps shall not use up the contract,
CHANGE_REST_MS = 30000  # so then there is this much between them
ANSWER_GAP_MS = 1000  # at most one ASK and one WELCOME are answered in this time
TELL_MS = 10000  # what was dropped is told on the console at most this often
_EVENT_BYTES = struct.calcsize(wire.EVENT)
CLOCK_S = 86400  # between two records of what time it is

_HEARD = (wire.WELCOME, wire.ASK, wire.CONFIG, wire.EVENTS_ACK, wire.OFFER, wire.BLOCK)
_OF_DOORS = wire.COIL_FAULT | wire.SENSOR_FAULT

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
    # Given later: counts() -> bytes in, bytes out, packets dropped; restart() ends all this soon; condition() ->
    # (network, roaming, dbm, rat, keepalive_s, operator, ICCID, IMEI); ledger() -> its ten numbers; updates: Updates.
    def __init__(self, settings, doors, lists, seconds, journal, voice, cause):
        self._id = settings.unit
        self._doors = doors
        self._lists = lists
        self._seconds = seconds
        self._journal = journal
        self._voice = voice
        self._cause = cause
        self._memory = commands.Memory()
        self._noting = Noting()
        self._telling = Telling()
        self._absence = Absence()
        self._changed = asyncio.Event()
        self._changes = Bucket(CHANGES, CHANGE_REST_MS // 1000)
        self._due = asyncio.Event()  # something may have to go up
        self._told = None
        self._clock_told = None  # when what time it is was recorded
        self._answered = {}  # kind: when it was last answered
        self.inputs = ()
        self.dropped = [0] * len(_WHY)
        self._untold = 0
        self._packets_dropped = 0
        self.counts = None
        self.restart = None
        self.condition = None
        self.ledger = None
        self.updates = None

    def changed(self):
        # A door moved, or a fault came or went.
        self._changed.set()

    def on_up(self):
        self._hello(wire.NO_NONCE)
        self._telling.session(self._journal.unsent(), self._seconds())
        self._due.set()

    async def on_frame(self, frame):
        shape = wire.shape(frame)
        if shape is None:
            self._drop(commands.BAD_SHAPE)
        elif shape[0] == wire.COMMAND:
            await self._command(frame, shape[1])
        elif shape[0] in _HEARD:
            self._hear(frame, *shape)
        else:
            self._drop(_UNUSED)

    async def _command(self, frame, slot):
        views = [door.view() for door in self._doors]
        voice = self._voice
        about = (self._memory, views, self._seconds(), self.updates.leaving)
        verdict = commands.judge(frame, voice.down, self._id, voice.epoch, *about)
        if verdict[0] == commands.SILENT:
            self._drop(verdict[1])
            return
        voice.slot = slot
        if verdict[0] == commands.ANSWER:
            _, result, op_id, number, tag = verdict
        else:
            _, _, op_id, number, tag, _ = verdict
            result = await self._do(verdict)
            self._memory.settle(op_id, result)
        now = self._seconds()
        record = self._noting.record(verdict, result, now)
        seq = self._journal.next_seq if record else 0
        voice.say(wire.answer, op_id, now, result, number, seq, tag)
        if record:  # after the answer: flash takes its time
            self.write(*record)

    async def _do(self, verdict):
        # What became of it: a result.
        does, leg, op_id, number, _, for_ = verdict
        if does == commands.TEST:
            return wire.FAULT if self.ill() else wire.DONE
        door = self._doors[number]
        if does == commands.RELEASE:
            door.release()
            self.changed()
            return wire.DONE
        print("coil %d %d ms op %s" % (number, for_ if does == commands.PULSE else for_ * 1000, op_id.hex()))
        if does == commands.PULSE:
            return wire.DONE if await door.pulse(leg, for_) else wire.FAULT
        on = await door.hold(for_, op_id)
        self.changed()
        return wire.DONE if on else wire.FAULT

    def _hear(self, frame, kind, slot):
        down = self._voice.down[slot]
        if down is None or not wire.genuine(frame, down):
            self._drop(commands.BAD_TAG)
        elif frame[4:8] != self._id:
            self._drop(commands.NOT_MINE)
        elif kind == wire.ASK and frame[8:16] != self._voice.epoch:
            self._drop(commands.OTHER_EPOCH)
        elif kind in (wire.WELCOME, wire.ASK) and not self._may_answer(kind):
            self._drop(_TOO_OFTEN)
        else:
            self._voice.slot = slot
            self._heed(kind, frame)

    def _heed(self, kind, frame):
        # What is genuine, ours and of now.
        if kind == wire.WELCOME:
            self._welcomed(wire.welcome_fields(frame)[1])
        elif kind == wire.ASK:
            if self._heartbeat(wire.ASKED, wire.ask_fields(frame)[2]) and self.updates.trial:
                self.updates.trial.asked()
        elif kind == wire.EVENTS_ACK:
            self._acked(*wire.events_ack_fields(frame)[1:])
        elif kind == wire.CONFIG:
            self._config(frame)
        elif not self.updates.hear(kind, frame):
            self._drop(_UNUSED)

    def _welcomed(self, nonce):
        number = self._lists.welcomed()
        self._hello(nonce)
        if number is not None:
            print("configuration %d is in use now" % number)
            self._config_ack(number, servers.IN_USE)
        if self.updates.trial:
            self.updates.trial.welcomed()
        self._telling.welcomed(self._journal.unsent(), self._seconds())
        self._due.set()

    def _acked(self, journal_id, seq):
        if seq >= self._journal.next_seq:
            self._drop(_UNUSED)
            return
        self._journal.acked(journal_id, seq)
        self._telling.acked(journal_id, seq, self._seconds())
        self._due.set()

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
                await asyncio.wait_for(self._changed.wait(), FAULT_S if self._faults() & _OF_DOORS else HEARTBEAT_S)
            except asyncio.TimeoutError:
                why = wire.TIMER
            self._changed.clear()
            self._heartbeat(why, wire.NO_NONCE)
            restless = why == wire.CHANGED and not self._changes.take(self._seconds())
            await asyncio.sleep_ms(CHANGE_REST_MS if restless else CHANGE_GAP_MS)

    async def tell_up(self):
        # Records and the condition, when they are due. Runs for ever.
        while True:
            now = self._seconds()
            if self._telling.events_due(now):
                self._send_events(now)
            condition = self.condition()
            if self._telling.status_due(condition, now):
                self._telling.status_sent(condition, self._status(condition), now)
            wait_s = self._telling.wait_s(now)
            self._due.clear()
            try:
                await asyncio.wait_for(self._due.wait(), wait_s)
            except asyncio.TimeoutError:
                pass

    def _send_events(self, now):
        batch = self._journal.batch()
        if batch is None:
            self._telling.nothing_to_send()
            return
        journal_id, first_seq, _, _, records = batch
        self._voice.say(wire.events, *batch)
        last = first_seq + len(records) // _EVENT_BYTES - 1
        self._telling.sent(journal_id, last, last + 1 != self._journal.next_seq, now)

    def _status(self, condition):
        heap_kb = min(gc.mem_free() // 1024, 0xFFFF)
        unsent = min(self._journal.unsent(), 0xFFFF)
        fields = (self._seconds(),) + condition[:5] + (heap_kb, unsent, self.ledger(), condition[5:])
        return self._voice.say(wire.status, *fields)

    # -- what is recorded

    def write(self, kind, door=0, detail=0, arg8=bytes(8)):
        fault = self._journal.fault
        self._journal.write(kind, door, detail, arg8)
        self._telling.wrote(kind, self._seconds())
        self._due.set()
        if fault != self._journal.fault:
            self.changed()

    def door_changed(self, door):
        # Its sensor has news.
        went = door.left()
        if went is not None:
            self.write(events.MOVED, door.number, went)
        self.changed()

    def hold_ended(self, number):
        self.write(events.HOLDING, number, END_CAME, self._doors[number].held_by)
        self.changed()

    async def let_out(self, number):
        # Its exit button was pressed.
        on = await self._doors[number].let_out()
        if on is not None:
            self.write(events.EXIT, number, wire.DONE if on else wire.FAULT)

    def input_changed(self, number, alarm):
        self.write(events.INPUT, number, 1 if alarm else 0)
        self.changed()

    def offline(self, why):
        # An attempt at a session failed, or one broke: events.NET_...
        self._telling.lost()
        if self._absence.offline(why, self._seconds()):
            self.write(events.OFFLINE, 0, why)

    def online(self, why, seconds, rung):
        # A session stands after so long without one.
        if self._absence.online(self._seconds()):
            self.write(events.ONLINE, 0, why, seconds.to_bytes(4, "big") + bytes([rung, 0, 0, 0]))
        self._condition_changed()

    def clock_set(self, source, unix):
        # The time is known: 1 of the network, 2 of a time server.
        now = self._seconds()
        if self._clock_told is None or now - self._clock_told >= CLOCK_S:
            self._clock_told = now
            self.write(events.TIME, 0, source, int(unix * 1000).to_bytes(8, "big"))

    def keepalive(self, seconds):
        # Idle connections die silently: from now on this is how long one is left idle.
        self.write(events.KEEPALIVE, 0, seconds)
        self._condition_changed()

    def _condition_changed(self):
        self._telling.changed(self._seconds())
        self._due.set()

    # -- frames

    def _hello(self, nonce):
        doors, ago = self._states()
        now, faults = self._seconds(), self._faults()
        self._voice.say(wire.hello, nonce, now, self._cause, faults, doors, ago, RELEASE, self._lists.number())

    def _heartbeat(self, why, echo):
        doors, ago = self._states()
        now, faults = self._seconds(), self._faults()
        bytes_in, bytes_out, _ = self.counts()
        counted = (bytes_in & 0xFFFFFFFF, bytes_out & 0xFFFFFFFF)
        return self._voice.say(wire.heartbeat, echo, now, why, faults, doors, ago, *counted)

    def _config_ack(self, number, result):
        self._voice.say(wire.config_ack, number, result)

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
        faults = (wire.COIL_FAULT if coil else 0) | (wire.SENSOR_FAULT if sensor else 0)
        if self._journal.fault:
            faults |= wire.JOURNAL_FAULT
        for input_, bit in zip(self.inputs, (wire.POWER_LOST, wire.TAMPERED)):
            if input_ is not None and input_.alarm():
                faults |= bit
        return faults

    def ill(self):
        # What a TEST finds.
        return self._faults() & (_OF_DOORS | wire.JOURNAL_FAULT) or not all(
            coil.as_meant() for door in self._doors for coil in door.legs
        )

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
