"""What the cloud knows of one unit, and which of its frames are believed. Pure: bytes, times and nonces come in.

Trust rules (docs/protocol.md, "Who is there"): an epoch is adopted only from a HELLO that echoes an unspent nonce of
ours; of an adopted epoch a frame counts only if its up_count rises; an answer counts only under the tag of the command
it answers.
"""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from cloud.operations import COMMAND_LIFE_S
from cloud.unit_news import (
    BlockWanted,
    Events,
    Status,
    UpdateTold,
    block_wanted_of,
    events_of,
    status_of,
    update_of,
)
from firmware import settings_wire, wire

NONCE_LIFE_S = 30  # a WELCOME that takes longer to be answered went through a broker that holds things back
SAMPLE_LIFE_S = 600  # two clocks of 100 ppm drift 120 ms apart in this time
DRIFT = 250e-6  # two clocks of 100 ppm, one fast and one slow, and our own seconds: taken off a command's life
SILENCE_S = 600  # a heartbeat comes every 540 s: one that is missing is asked for
MEANWHILE_MS = 20_000  # a frame may be slow; what has changed by more has moved and come back while nobody heard it
HELD_BACK_S = 15  # a sign of life that is older than this says nothing of now; 10 s are what a slow radio takes
ASK_PATIENCE_S = 5  # a unit that does not answer ASK in this time is away
STATES = {
    wire.UNKNOWN: "unknown",
    wire.CLOSED: "closed",
    wire.OPENED: "open",
    wire.OPENING: "opening",
    wire.CLOSING: "closing",
}
ACTIONS = {
    "open": wire.OPEN,
    "close": wire.CLOSE,
    "press": wire.PRESS,
    "hold": wire.HOLD,
    "release": wire.RELEASE,
    "test": wire.TEST,
}
# What it tells by itself: how it is read, and the field of News that it becomes.
TOLD = {
    wire.EVENTS: (events_of, "events"),
    wire.STATUS: (status_of, "status"),
    wire.UPDATE_STATE: (update_of, "update"),
    wire.BLOCK_WANTED: (block_wanted_of, "block"),
}
UP = (wire.HELLO, wire.HEARTBEAT, wire.ANSWER, wire.CONFIG_ACK, *TOLD)
ALREADY = wire.ALREADY
NO_DOOR = wire.NO_DOOR


class DoorSeen(msgspec.Struct, frozen=True):
    """A door as its unit last told; `since` in ms since 1970, None where the unit does not know. `held`: its coil is
    kept on for a while."""

    state: str = "unknown"
    since: int | None = None
    sensor: bool = False
    fault: bool = False
    held: bool = False


class News(msgspec.Struct):
    """What one frame taught. `dropped`: why it was not believed, and then nothing else is set. `hello`: it told the
    number of its settings; `settings`: what it says to a CONFIG, (number, whether that is in use); `unit_s`: its clock,
    as it came; `events`, `status`, `update`: what it tells by itself; `block`: what it asks for."""

    dropped: str | None = None
    welcome: bool = False
    ask: bool = False
    came: bool = False
    changed: list[int] = []
    answer: tuple[str, int] | None = None
    hello: bool = False
    settings: tuple[int, bool] | None = None
    unit_s: int | None = None
    events: Events | None = None
    status: Status | None = None
    update: UpdateTold | None = None
    block: BlockWanted | None = None


class UnitLink:
    """One unit: keys, epoch, clock samples, doors. `link` is `never`, `away` or `online`."""

    def __init__(
        self,
        unit: str,
        secrets: tuple[bytes | None, bytes | None],
        slot: int,
        heard: int | None,
    ) -> None:
        self.id = unit
        self.raw = bytes.fromhex(unit)
        self.slot = slot
        self.pads = tuple(wire.direction_pads(s, self.raw) if s else None for s in secrets)
        self.down_topic, self.up_topic = wire.topics(unit)
        self.epoch: bytes | None = None
        self.up_count = -1
        self.heard = heard
        self.heard_mono = -math.inf
        self.link = "never" if heard is None else "away"
        self.nonce: tuple[bytes, float] | None = None
        self.asked: float | None = None  # since when an ASK waits for a sign of life
        self.last_asked = -math.inf
        self.ended = False  # a last will came, and it was not asked since
        self.samples: list[tuple[float, float]] = []
        self.promptest: tuple[float, float] | None = None  # the sample of this boot that was least delayed
        self.doors: tuple[DoorSeen, ...] = ()
        self.faults = 0  # bits of `wire`
        self.firmware: int | None = None
        self.settings_number: int | None = None  # of the CONFIG it has in use, as its last HELLO told
        self.bytes_in = self.bytes_out = 0
        self.dropped: Counter[str] = Counter()

    def welcome(self, nonce: bytes, mono: float) -> bytes:
        """With `nonce`, unless one is on its way: a replayed HELLO must not spoil the answer to the WELCOME before."""
        if self.nonce is None or mono - self.nonce[1] > NONCE_LIFE_S / 2:
            self.nonce = (nonce, mono)
        return wire.welcome(self._down(), self.slot, self.raw, self.nonce[0])

    def ask(self, nonce: bytes, mono: float) -> bytes | None:
        """A frame that a unit of the adopted epoch answers at once; None while no epoch is adopted."""
        if self.epoch is None:
            return None
        self.asked = mono if self.asked is None else self.asked
        self.last_asked, self.ended = mono, False
        return wire.ask(self._down(), self.slot, self.raw, self.epoch, nonce)

    def expect(self, mono: float) -> None:
        """A sign of life is due from a unit whose connection may have ended with its broker: silence makes it away."""
        self.asked = mono if self.link == "online" else None

    def command(
        self, op_id: str, action: str, door: int, pulse_ms: int, recorded_mono: float, arg: int = 0
    ) -> bytes | None:
        """The bytes that may leave for this operation, or None while the unit's clock is not known well enough."""
        offset = self.offset(recorded_mono)
        if self.epoch is None or offset is None:
            return None
        not_after = math.floor(recorded_mono + COMMAND_LIFE_S + offset)
        if not 0 <= not_after <= 0xFFFFFFFF:
            return None
        args = (not_after, bytes.fromhex(op_id), ACTIONS[action], door, pulse_ms, arg)
        return wire.command(self._down(), self.slot, self.raw, self.epoch, *args)

    def events_ack(self, journal: bytes, seq: int) -> bytes:
        return wire.events_ack(self._down(), self.slot, self.raw, journal, seq)

    def offer(self, release: int, size: int, key_set: int) -> bytes:
        return wire.offer(self._down(), self.slot, self.raw, release, size, key_set)

    def block(self, wanted: BlockWanted, whole: bytes) -> bytes:
        """The answer to what it asked for; of a part that is not there nothing."""
        data = whole[wanted.offset : wanted.offset + min(wanted.length, wire.BLOCK_MAX)]
        which = (wanted.part, wanted.of, wanted.offset, len(whole))
        return wire.block(self._down(), self.slot, self.raw, *which, data)

    def settings(
        self,
        number: int,
        servers: list[tuple[str, int]],
        cas: list[bytes],
        doors: list[tuple[int, int, int, int]],
        access_point: tuple[str, str, str, str] | None = None,
    ) -> bytes:
        """A CONFIG; ValueError past a limit of the wire."""
        settings = settings_wire.packed(servers, cas, doors, access_point)
        return wire.config(self._down(), self.slot, self.raw, number, settings)

    def offset(self, mono: float) -> float | None:
        """Unit seconds minus our own: the largest seen in ten minutes, less what the clocks may have drifted since.

        A delayed sample only makes commands die sooner.
        """
        self.samples = [s for s in self.samples if mono - s[0] <= SAMPLE_LIFE_S]
        life = COMMAND_LIFE_S + 1  # the clocks drift on while the command lives
        return max((s[1] - (mono - s[0] + life) * DRIFT for s in self.samples), default=None)

    def ready(self, mono: float) -> bool:
        return self.link == "online" and self.epoch is not None and self.offset(mono) is not None

    def same_boot(self, command: bytes) -> bool:
        return self.epoch is not None and wire.command_fields(command)[1] == self.epoch

    @property
    def moving(self) -> bool:
        """One of its doors moves, and after a restart it would not know where to; or is held open, which a restart
        would end."""
        return any(door.held or door.state in ("opening", "closing") for door in self.doors)

    @property
    def sensor_fault(self) -> bool:
        return bool(self.faults & wire.SENSOR_FAULT)

    def silent(self, mono: float) -> bool:
        """Heard from too long ago for an online unit, or its connection has ended: it should be asked."""
        return self.link == "online" and self.asked is None and (self.ended or mono - self.heard_mono > SILENCE_S)

    def gave_up(self, mono: float) -> bool:
        """Asked and did not answer: it is away from now on. True once."""
        if self.asked is None or mono - self.asked <= ASK_PATIENCE_S:
            return False
        self.asked = None
        if self.link != "online":
            return False
        self.link = "away"
        return True

    def take(self, frame: bytes, mono: float, now: int, commands: Mapping[str, bytes]) -> News:
        """Believe a frame or drop it. `commands`: operation id → the command that was sent for it."""
        news = self._take(frame, mono, now, commands)
        if news.dropped:
            self.dropped[news.dropped] += 1
        return news

    def _take(self, frame: bytes, mono: float, now: int, commands: Mapping[str, bytes]) -> News:
        shape = wire.shape(frame)
        if shape is None or shape[0] not in UP:
            return News(dropped="shape")
        kind, slot = shape
        pads = self.pads[slot]
        if pads is None:
            return News(dropped="key")
        if kind == wire.ANSWER:
            return self._take_answer(frame, pads[1], mono, now, commands)
        if not wire.genuine(frame, pads[1]):
            return News(dropped="tag")
        if kind == wire.CONFIG_ACK:
            return self._take_config_ack(frame)
        if kind in TOLD:
            return self._take_told(kind, frame)
        return self._take_presence(kind, frame, mono, now)

    def _take_config_ack(self, frame: bytes) -> News:
        """It does not tell the unit's time: whoever kept it back cannot show the unit alive by it."""
        epoch, up_count, number, result = wire.config_ack_fields(frame)
        dropped = self._stale(epoch, up_count)
        if dropped:
            return News(dropped=dropped, welcome=dropped == "epoch")
        self.up_count = up_count
        return News(settings=(number, result == wire.IN_USE))

    def _take_told(self, kind: int, frame: bytes) -> News:
        """What it tells by itself was true when it was said, however late it comes: like CONFIG_ACK it shows nobody
        alive."""
        read, name = TOLD[kind]
        try:
            epoch, up_count, told = read(frame)
        except ValueError:
            return News(dropped="shape")
        dropped = self._stale(epoch, up_count)
        if dropped:
            return News(dropped=dropped, welcome=dropped == "epoch")
        self.up_count = up_count
        return News(**{name: told})

    def _take_answer(
        self,
        frame: bytes,
        pads: tuple[bytes, bytes],
        mono: float,
        now: int,
        commands: Mapping[str, bytes],
    ) -> News:
        epoch, up_count, op_id, unit_s, result, _door, _seq = wire.answer_fields(frame)
        command = commands.get(op_id.hex())
        if command is None or wire.command_fields(command)[0] != self.raw:  # only whom it was sent to may answer it
            return News(dropped="operation")
        if not wire.genuine(frame, pads, wire.tag_of(command)):
            return News(dropped="tag")
        dropped = self._stale(epoch, up_count)
        if dropped:
            return News(dropped=dropped, welcome=dropped == "epoch")
        answer = (op_id.hex(), result)
        if self._held_back(unit_s, mono):  # what it says was true then; that its unit is there now it does not say
            self.up_count = up_count
            return News(answer=answer, ask=True)
        return News(answer=answer, came=self._believe(up_count, unit_s, mono, now), unit_s=unit_s)

    def _take_presence(self, kind: int, frame: bytes, mono: float, now: int) -> News:
        fields: tuple[Any, ...] = wire.hello_fields(frame) if kind == wire.HELLO else wire.heartbeat_fields(frame)
        epoch, up_count, nonce, unit_s, _why, faults, doors, ago, extra_a, extra_b = fields
        adopted = False
        if epoch != self.epoch:
            ours = self.nonce is not None and mono - self.nonce[1] <= NONCE_LIFE_S and nonce == self.nonce[0]
            if kind != wire.HELLO or not ours:
                return News(dropped="epoch", welcome=True)
            self.nonce = None
            self.epoch, self.up_count, self.samples, self.asked = epoch, -1, [], None
            self.promptest = None
            adopted = True
        dropped = self._stale(epoch, up_count)
        if dropped:
            return News(dropped=dropped)
        if self._held_back(unit_s, mono):
            return News(dropped="old", ask=True)
        if kind == wire.HEARTBEAT:
            self.bytes_in, self.bytes_out = extra_a, extra_b
        else:
            self.firmware, self.settings_number = extra_a, extra_b
        came = self._believe(up_count, unit_s, mono, now) or adopted
        changed = self._see(doors, ago, faults, now, adopted)
        return News(came=came, changed=changed, hello=kind == wire.HELLO, unit_s=unit_s)

    def _stale(self, epoch: bytes, up_count: int) -> str | None:
        if epoch != self.epoch:
            return "epoch"
        return "count" if up_count <= self.up_count else None

    def _held_back(self, unit_s: int, mono: float) -> bool:
        """Whether somebody on the way has kept this frame: a dead unit must not be shown alive by what it once said."""
        if self.promptest is None:
            return False
        at, offset = self.promptest
        return unit_s - mono < offset - (mono - at) * DRIFT - HELD_BACK_S

    def _believe(self, up_count: int, unit_s: int, mono: float, now: int) -> bool:
        """Book a frame of the adopted epoch; whether a command may leave now that could not a moment ago."""
        self.up_count = up_count
        self.samples.append((mono, unit_s - mono))
        if self.promptest is None or unit_s - mono >= self.promptest[1] - (mono - self.promptest[0]) * DRIFT:
            self.promptest = (mono, unit_s - mono)
        if len(self.samples) > 64:
            best = max(self.samples[:32], key=lambda s: s[1])
            self.samples = [best, *self.samples[32:]]
        came = self.link != "online" or self.asked is not None
        self.heard, self.heard_mono, self.asked, self.link = now, mono, None, "online"
        return came

    def _see(self, doors: bytes, ago: tuple[int, ...], faults: int, now: int, adopted: bool) -> list[int]:
        seen: list[DoorSeen] = []
        for byte, seconds in zip(doors, ago, strict=True):
            if byte == NO_DOOR:
                break
            state = STATES.get(byte & wire.STATE_BITS, "unknown")
            old = self.doors[len(seen)] if len(seen) < len(self.doors) else None
            since = None if seconds == wire.LONG_AGO else now - seconds * 1000
            if old is not None and old.state == state and not adopted and not _meanwhile(old.since, since):
                since = old.since
            seen.append(
                DoorSeen(
                    state,
                    since,
                    bool(byte & wire.SENSOR_BIT),
                    bool(byte & wire.FAULT_BIT),
                    bool(byte & wire.HELD_BIT),
                )
            )
        every = bool((faults ^ self.faults) & wire.SENSOR_FAULT) or len(seen) != len(self.doors)
        changed = [i for i, door in enumerate(seen) if every or door != self.doors[i]]
        self.doors, self.faults = tuple(seen), faults
        return changed

    def _down(self) -> tuple[bytes, bytes]:
        pads = self.pads[self.slot]
        if pads is None:
            raise ValueError(f"unit {self.id} has no command key in slot {self.slot}")
        return pads[0]


def _meanwhile(before: int | None, since: int | None) -> bool:
    """Whether a door that stands as it stood has been elsewhere."""
    return since is not None and (before is None or since > before + MEANWHILE_MS)
