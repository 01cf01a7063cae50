"""A unit without a board: its key, its boots, its frames, and the firmware's own judge over doors that are plain data.

Time comes in. Never here: what the cloud should think of it.
"""

import math
import struct
import sys
from pathlib import Path
from typing import Any

from firmware import events, wire

sys.path.append(str(Path(__file__).parent.parent / "firmware"))  # the unit's modules are flat and know each other so

import commands

SECRET = bytes(range(32))
UNIT = "3fa2b81c"


class UnitSide:
    """`seconds` is the unit's clock, a float; frames carry its whole part. `doors`: as the judge sees them."""

    def __init__(self, unit: str = UNIT, secret: bytes = SECRET, slot: int = 0) -> None:
        self.id, self.raw, self.slot = unit, bytes.fromhex(unit), slot
        self.down, self.up = wire.direction_pads(secret, self.raw)
        self.boots = 0
        self.settings_number = 1  # of the CONFIG in use
        self.boot()

    def boot(self) -> None:
        self.boots += 1
        self.epoch = self.boots.to_bytes(8, "big")
        self.up_count = 0
        self.memory = commands.Memory()
        self.doors: list[tuple[int, int, bool, int, int, bool]] = [
            (commands.OPEN_DRIVE, wire.CLOSED, False, 1, 500, False)
        ]
        self.sensors = wire.SENSOR_BIT
        self.faults = 0

    def hello(self, nonce: bytes = wire.NO_NONCE, seconds: float = 100.0, **how: object) -> bytes:
        return self._presence(wire.hello, nonce, seconds, 1, 100, self.settings_number, **how)

    def heartbeat(self, seconds: float = 100.0, echo: bytes = wire.NO_NONCE, why: int = 0, **how: object) -> bytes:
        return self._presence(wire.heartbeat, echo, seconds, why, 11, 22, **how)

    def answer(
        self, command: bytes, result: int = wire.DONE, seconds: float = 100.0, tag: bytes | None = None
    ) -> bytes:
        op_id = wire.command_fields(command)[3]
        bound = wire.tag_of(command) if tag is None else tag
        whole = math.floor(seconds)
        return wire.answer(self.up, self.slot, self.epoch, self._next(), op_id, whole, result, 0, 0, bound)

    def config_ack(self, number: int, result: int = wire.IN_USE) -> bytes:
        return wire.config_ack(self.up, self.slot, self.epoch, self._next(), number, result)

    def events(
        self,
        records: list[tuple[int, int, int, int, bytes]],
        first: int = 1,
        journal: bytes = b"journal1",
        boot: bytes | None = None,
        lost: int = 0,
    ) -> bytes:
        """`records`: (tenths of a second, kind, door, detail, arg8)."""
        packed = b"".join(struct.pack(wire.EVENT, *record) for record in records)
        boot = self.epoch if boot is None else boot
        return wire.events(self.up, self.slot, self.epoch, self._next(), journal, first, lost, boot, packed)

    def status(self, seconds: float = 100.0, **how: Any) -> bytes:
        """Over a modem, in good health, unless told otherwise."""
        told = {"network": events.MODEM, "roaming": 0, "dbm": -75, "rat": 2, "keepalive_s": 120, "heap_kb": 60}
        told |= {"unsent": 0, "ledger": (0,) * 10, "texts": ("Movistar", "8934071234567890123", "867394041234567")}
        told |= how
        whole = math.floor(seconds)
        return wire.status(self.up, self.slot, self.epoch, self._next(), whole, *told.values())

    def judge(self, frame: bytes, seconds: float) -> tuple:
        pads = [self.down, None] if self.slot == 0 else [None, self.down]
        return commands.judge(frame, pads, self.raw, self.epoch, self.memory, self.doors, math.floor(seconds))

    def bytes_of_doors(self) -> bytes:
        shown = bytes(state | self.sensors | (wire.HELD_BIT if held else 0) for _, state, _, _, _, held in self.doors)
        return shown + bytes([wire.NO_DOOR] * (wire.DOORS - len(shown)))

    def _presence(self, build, nonce: bytes, seconds: float, why: int, first: int, second: int, **how) -> bytes:
        doors = how.get("doors", self.bytes_of_doors())
        ago = how.get("ago", (wire.LONG_AGO,) * 4)
        count = how.get("count") or self._next()
        whole = math.floor(seconds)
        return build(self.up, self.slot, self.epoch, count, nonce, whole, why, self.faults, doors, ago, first, second)

    def _next(self) -> int:
        self.up_count += 1
        return self.up_count
