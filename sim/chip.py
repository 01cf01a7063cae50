"""The chip of one board as its program reaches it: each call is taken here and given to the hardware it is for.

Also the small hardware itself: watchdog, timers, real-time clock, RTC memory, NVS. Never here: the process
(program.py), pins and trains (pins.py), what a reset does to the board (board.py).
"""

import json
import os
import struct
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.pins import Panic
from sim.shims import calls
from sim.timeline import Event

if TYPE_CHECKING:
    from sim.board import Board

WDT = 3
HARD = 2
HEAD_SIZE = struct.calcsize(calls.HEAD)
STALL_NS = 5_000_000  # an answer later than this is this host's doing: the watchdog does not count the wait


class Chip:
    def __init__(self, board: "Board") -> None:
        self._board = board
        self._timeline = board.timeline
        self.cause = 0
        self.memory = b""  # RTC memory: survives every reset, not the loss of power
        self.nvs: dict[bytes, bytes] = {}  # on flash: survives everything, once committed
        self.shim_heap = 0  # bytes of Python heap that the shims took at the last boot
        self.bytes: dict[int, tuple[int, int]] = {}  # TCP socket number -> bytes in, bytes out, TLS included
        self.calls: Counter[int] = Counter()  # packets by kind: what a program costs the bench
        self._uncommitted: dict[bytes, bytes] = {}
        self._rtc: tuple[int, int] = (0, 0)  # at this host time, it said so many us since 2000
        self._zero_ns = 0
        self._watchdog: tuple[int, int] | None = None  # length and due time, ns
        self._watching: Event | None = None
        self._timers: dict[int, Event] = {}
        self._handlers: dict[int, Callable[[int, bytes], bytes | None]] = {
            calls.HELLO: self._hello,
            calls.PIN_GET: lambda _, body: bytes((board.pins[body[0]].read(),)),
            calls.PIN_MODE: lambda t, body: board.pins.configure(t, *body),
            calls.PIN_SET: lambda t, body: board.pins.set(t, *body),
            calls.PIN_IRQ: self._pin_irq,
            calls.RMT_OPEN: lambda t, body: board.pins.open_train(t, body[0]),
            calls.RMT_WRITE: self._rmt_write,
            calls.RMT_PLAY: self._rmt_play,
            calls.RMT_LEFT: lambda t, body: struct.pack("<I", board.pins.left_us(t, body[0])),
            calls.RMT_CLOSE: self._rmt_close,
            calls.WATCHDOG: self._arm,
            calls.FEED: self._feed,
            calls.TIMER: self._timer,
            calls.CLOCK_SET: self._set_clock,
            calls.MEMORY_GET: lambda _, __: self.memory,
            calls.MEMORY_SET: self._set_memory,
            calls.NVS_GET: self._nvs_get,
            calls.NVS_SET: self._nvs_set,
            calls.NVS_COMMIT: self._nvs_commit,
            calls.ROUTE: self._route,
            calls.COUNTED: self._counted,
            calls.SHIM_HEAP: self._shims_took,
            calls.POWER_GONE: self._power_gone,
            calls.RESET: lambda t, _: board.reset_at(t, HARD),
            calls.SOFT_RESET: lambda t, _: board.soft_reset(t),
        } | board.ports.handlers
        self._woken = os.memfd_create("wakeups")  # a byte for each time that the CPU woke
        self._woken_before = 0

    @property
    def wakeups(self) -> int:
        """How often the program's waiting has ended so far, whatever ended it."""
        return os.fstat(self._woken).st_size if self._woken >= 0 else self._woken_before

    def close(self) -> None:
        if self._woken >= 0:
            self._woken_before = self.wakeups
            os.close(self._woken)
            self._woken = -1

    def power_on(self, t_ns: int) -> None:
        self.memory = b""
        self._rtc = (t_ns, 0)

    def boot(self, t_ns: int, cause: int) -> None:
        self.cause, self._zero_ns = cause, t_ns
        self._uncommitted.clear()

    def halt(self) -> None:
        """A reset: nothing of the program's is left but what memory keeps."""
        self._watchdog = None
        for event in (self._watching, *self._timers.values()):
            if event is not None:
                event.cancel()
        self._watching = None
        self._timers.clear()

    def take(self, packet: bytes) -> bytes | None:
        kind, stamp_us = struct.unpack_from(calls.HEAD, packet)
        self.calls[kind] += 1
        t_ns = self._timeline.reach(min(stamp_us * 1000, self._timeline.now()))
        if self._board.program is None:
            return None  # what was due by then has reset the board: the program was dead already
        try:
            answer = self._handlers[kind](t_ns, packet[HEAD_SIZE:])
        except Panic as panic:
            self._board.panic(t_ns, str(panic))
            return None
        late_ns = self._timeline.now() - t_ns
        if answer is not None and self._watchdog is not None and late_ns > STALL_NS:
            length_ns, due_ns = self._watchdog
            self._watchdog = (length_ns, due_ns + late_ns)
        return answer

    def rtc_us(self, t_ns: int) -> int:
        since_ns, then_us = self._rtc
        return then_us + self._timeline.board_us(t_ns - since_ns)

    def _hello(self, _t_ns: int, _body: bytes) -> bytes:
        board = self._board
        board.booted(self.cause)
        setup = {
            "scale": self._timeline.scale,
            "zero_us": self._zero_ns // 1000,
            "ticks_us": board.ticks_ms * 1000,
            "rtc_us": self.rtc_us(self._zero_ns),
            "cause": self.cause,
            "mac": list(b"\x02\x00" + bytes.fromhex(board.unit)),
            "release": board.release,
            "woken": f"/proc/{os.getpid()}/fd/{self._woken}",
            "flash_done": str(board.flash.done),
            "flash_cut": board.flash.cut or (0, 0),
            "app": board.app and (str(board.app.folder), board.app.running),
        }
        return json.dumps(setup).encode()

    def _power_gone(self, _t_ns: int, _body: bytes) -> None:
        self._board.flash.cut = None
        self._board.power_off()

    def _pin_irq(self, _t_ns: int, body: bytes) -> None:
        self._board.pins[body[0]].trigger = body[1]

    def _rmt_write(self, t_ns: int, body: bytes) -> bytes:
        pin, hz, idle, count = struct.unpack_from("<BIBB", body)
        words = struct.unpack_from(f"<{count}H", body, 7)
        return struct.pack("<I", self._board.pins.play(t_ns, pin, hz, idle, words))

    def _rmt_play(self, t_ns: int, body: bytes) -> None:
        self._rmt_write(t_ns, body)

    def _rmt_close(self, t_ns: int, body: bytes) -> bytes:
        self._board.pins.close_train(t_ns, body[0], may_panic=self._board.release >= (1, 27))
        return b"\x00"

    def _arm(self, t_ns: int, body: bytes) -> None:
        (ms,) = struct.unpack("<I", body)
        length_ns = self._timeline.length_ns(ms * 1000)
        self._watchdog = (length_ns, t_ns + length_ns)
        if self._watching is not None:
            self._watching.cancel()
        self._watch(t_ns + length_ns)

    def _feed(self, t_ns: int, _: bytes) -> None:
        if self._watchdog is not None:
            self._watchdog = (self._watchdog[0], t_ns + self._watchdog[0])

    def _watch(self, due_ns: int) -> None:
        def look(t_ns: int) -> None:
            if self._watchdog is None:
                return
            if self._watchdog[1] <= t_ns:
                self._board.bite(t_ns)
            else:
                self._watch(self._watchdog[1])

        self._watching = self._timeline.at(due_ns, look)

    def _timer(self, t_ns: int, body: bytes) -> None:
        number, us, periodic = struct.unpack("<BIB", body)
        if number in self._timers:
            self._timers.pop(number).cancel()
        if us:
            self._tick(number, t_ns, self._timeline.length_ns(us), periodic)

    def _tick(self, number: int, t_ns: int, length_ns: int, periodic: int) -> None:
        def tick(due_ns: int) -> None:
            if periodic:
                self._tick(number, due_ns, length_ns, periodic)
            else:
                del self._timers[number]
            self._board.interrupt(calls.IRQ_TIMER, number)

        self._timers[number] = self._timeline.at(t_ns + length_ns, tick)

    def _set_clock(self, t_ns: int, body: bytes) -> None:
        self._rtc = (t_ns, struct.unpack("<q", body)[0])

    def _set_memory(self, _t_ns: int, body: bytes) -> None:
        self.memory = body

    def _nvs_get(self, _t_ns: int, body: bytes) -> bytes:
        value = self._uncommitted.get(body, self.nvs.get(body, b""))
        return b"\x01" + value[1:] if value else b"\x00"

    def _nvs_set(self, _t_ns: int, body: bytes) -> None:
        namespace, key, value = body.split(b"\x00", 2)
        self._uncommitted[namespace + b"\x00" + key] = value

    def _nvs_commit(self, _t_ns: int, _body: bytes) -> None:
        self.nvs = {key: value for key, value in {**self.nvs, **self._uncommitted}.items() if value}
        self._uncommitted.clear()

    def _route(self, _t_ns: int, body: bytes) -> bytes:
        protocol, address, port = struct.unpack("<B4sH", body)
        number = len(self.bytes) if protocol == calls.TCP else 0xFFFF
        if protocol == calls.TCP:
            self.bytes[number] = (0, 0)
        real, real_port = self._board.ports.route(protocol, address, port)
        return struct.pack("<H4sH", number & 0xFFFF, real, real_port)

    def _counted(self, _t_ns: int, body: bytes) -> None:
        number, received, sent = struct.unpack("<HII", body)
        self.bytes[number] = (received, sent)

    def _shims_took(self, _t_ns: int, body: bytes) -> None:
        (self.shim_heap,) = struct.unpack("<I", body)
