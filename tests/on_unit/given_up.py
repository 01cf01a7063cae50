# A session that is given up while a command is being obeyed: the command is obeyed to its end, and what became of it is
# told to who asks again over the next session.
import asyncio

import door
import events
import packets
import relay
import session
import unit
import voice
import wire
from ledger import Ledger
from troubles import Down

ONLY_ON_UNIT = True
ID = bytes.fromhex("3fa2b81c")
KEY = bytes(range(32))
EPOCH = b"epoch--1"
DOWN, UP = "d/3f/3fa2b81c", "u/3f/3fa2b81c"
NOW = 100  # unit seconds
PULSE_MS = 100


class Pin:
    OUT = 3
    level = 0

    def init(self, mode, value):
        self.level = value

    def value(self):
        return self.level


class Rmt:
    # Plays on the pin until the time is over.
    def __init__(self, pin):
        self.pin = pin
        self.pulses = 0

    def write_pulses(self, durations, levels):
        self.pulses += 1
        self.pin.level = 1
        self.task = asyncio.create_task(self.play())

    async def play(self):
        await asyncio.sleep_ms(PULSE_MS)
        self.pin.level = 0

    def deinit(self):
        pass


class Sense:
    # Follows the pin when it has been looked at so often; at the first look, something happens meanwhile.
    def __init__(self, pin, looks):
        self.pin = pin
        self.looks = looks
        self.meanwhile = None

    def value(self):
        if not self.pin.level:
            return 0
        self.looks -= 1
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return 1 if self.looks < 0 else 0


class Sensor:
    state = wire.UNKNOWN
    present = False
    fault = False


class Settings:
    unit = ID


class Journal:
    fault = False
    next_seq = 1

    def __init__(self):
        self.records = []

    def write(self, kind, number, detail, arg8):
        self.records.append((kind, number, detail, arg8))


class NoUpdates:
    leaving = False
    trial = None


class Transport:
    def __init__(self):
        self.packets = packets.Packets()
        self.bytes_in = 0
        self.comes = []

    def receive(self):
        return packets.PUBLISH if self.comes else 0

    def flush(self):
        return True

    def room(self, size):
        return True


class Mqtt:
    def __init__(self, made):
        self.made = made
        self.published = []

    def wait_msg(self):
        self.made._payload(DOWN.encode(), self.made._transport.comes.pop(0))

    def publish(self, topic, frame):
        self.published.append(frame)


async def _forever(raw):
    await asyncio.sleep(3600)


class Bench:
    # looks: how many of the read-back's are in vain
    def __init__(self, looks):
        session.readable = _forever
        pin = Pin()
        self.sense = Sense(pin, looks)
        self.rmt = Rmt(pin)
        self.coil = relay.Coil(pin, self.sense, lambda _: (self.rmt, 3200), 50, lambda: None)
        doors = [door.Door(0, "open", [self.coil], Sensor, PULSE_MS, 1, lambda: NOW * 10)]
        self.link = session.Session("3fa2b81c", (DOWN, UP), 120, lambda: None, lambda ms: None, Ledger(), lambda: NOW)
        self.link._transport, self.link._mqtt = Transport(), Mqtt(self.link)
        self.journal = Journal()
        speaks = voice.Voice(ID, (KEY, None), EPOCH)
        speaks.publish = self.link.publish
        self.unit = unit.Unit(Settings, doors, None, lambda: NOW, self.journal, speaks, 1)
        self.unit.counts = lambda: (0, 0, 0)
        self.unit.updates = NoUpdates
        self.link.on_frame, self.link.on_up = self.unit.on_frame, lambda: None
        down, self.up = wire.direction_pads(KEY, ID)
        self.command = wire.command(down, 0, ID, EPOCH, NOW + 9, b"press--1", wire.OPEN, 0, 0)

    async def session(self, frames, end_ms=None):
        # A session in which these come; why it ended.
        self.link.reset()
        self.link._transport.comes = list(frames)
        try:
            if end_ms is None:
                await asyncio.wait_for(self.link.live(), 2)
            else:
                live = asyncio.create_task(self.link.live())
                await asyncio.sleep_ms(end_ms)
                self.link.drop("enough")
                await live
        except Down as down:
            return str(down)
        finally:
            self.link.up = False

    def results(self):
        tag = wire.tag_of(self.command)
        answers = self.link._mqtt.published
        assert all(wire.genuine(answer, self.up, tag) for answer in answers)
        return [wire.answer_fields(answer)[4] for answer in answers]


async def _given_up_in_the_read_back(looks):
    # The results that the next session hears.
    bench = Bench(looks)
    bench.sense.meanwhile = lambda: bench.link.drop("no answer to a ping for 15 s")
    assert await bench.session([bench.command]) == "no answer to a ping for 15 s"
    assert bench.rmt.pulses == 1 and bench.sense.meanwhile is None
    bench.link._mqtt.published.clear()
    assert await bench.session([bench.command], end_ms=20) == "enough"
    await asyncio.sleep_ms(PULSE_MS + 150)
    assert not bench.coil.busy() and bench.rmt.pulses == 1
    assert [(kind, arg8) for kind, _, _, arg8 in bench.journal.records] == [(events.COIL, b"press--1")]
    return bench.results()


async def test_a_command_whose_session_is_given_up_is_done_and_its_copy_answered():
    assert await _given_up_in_the_read_back(looks=3) == [wire.DONE]


async def test_a_command_that_fails_while_its_session_is_given_up_is_a_fault_and_its_copy_answered():
    assert await _given_up_in_the_read_back(looks=1000) == [wire.FAULT]


async def test_a_session_given_up_while_a_frame_is_handled_ends_before_the_next_frame():
    bench = Bench(looks=3)
    bench.sense.meanwhile = lambda: bench.link.drop("enough")
    other = wire.command(wire.direction_pads(KEY, ID)[0], 0, ID, EPOCH, NOW + 9, b"press--2", wire.OPEN, 0, 0)
    assert await bench.session([bench.command, other]) == "enough"
    assert len(bench.link._transport.comes) == 1 and bench.unit.dropped == [0] * len(bench.unit.dropped)
