"""One unit without the board: the chip's hardware in this process, the program beside it in real MicroPython.

Pins, pulse trains, watchdog, clocks and RTC memory live here and go on when the program hangs or dies, as
hardware does. Time passes `scale` times as fast as the host's. Never here: doors (door.py), packets (net.py).
"""

import asyncio
import re
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.access_point import AccessPoint
from sim.app_slots import AppSlots
from sim.chip import Chip
from sim.door import STAYS_OPEN_S, Door
from sim.edges import Edge, Edges, Writer
from sim.flash_chip import FlashChip
from sim.modem import Modem
from sim.net import Net
from sim.pins import Pins
from sim.ports import Ports
from sim.program import HEAP_WORDS_K, Program
from sim.rom import rom
from sim.shims import calls
from sim.timeline import Event, Timeline

PWRON, HARD, WDT, DEEPSLEEP, SOFT = 1, 2, 3, 4, 5  # machine.reset_cause()
BOOT_MS = 300  # from reset to the first line of boot.py on an ESP32
APP_WORDS_K = 4  # of heap that esp32.Partition takes here: on a board its code lies in the flash
OP_FRESH_NS = 1_000_000_000  # a program tells the operation just before it switches the coil
COIL_LINE = re.compile(r"^coil (\d+) \d+ ms op ([0-9a-f]{16})\b")


class BoardError(Exception):
    """The bench itself cannot do what it is for."""


class Board:
    """
    `doors` are the entries of unit.json; `release` the MicroPython whose hardware interface is shown;
    `ticks_ms` what the ticks say at a reset, so that their wrap at 2^30 can be near. With a `modem` or `wifi` the net
    is reached through that alone; `lost_rxidle` is the share of RXIDLE events that the scheduler has no room for.
    `app`: the partitions for MicroPython's image, where there are two.
    """

    def __init__(
        self,
        image: Path,
        unit: str = "00000000",
        doors: Sequence[Mapping[str, Any]] = (),
        *,
        net: Net | None = None,
        modem: Modem | None = None,
        wifi: AccessPoint | None = None,
        lost_rxidle: float = 0.0,
        heap_words_k: int = HEAP_WORDS_K,
        scale: int = 1,
        release: tuple[int, int] = (1, 28),
        ticks_ms: int = 0,
        boot_ms: int = BOOT_MS,
        stays_open_s: float = STAYS_OPEN_S,
        writer: Writer | None = None,
        seed: int = 0,
        app: AppSlots | None = None,
    ) -> None:
        self.image, self.unit, self.net, self.app = image, unit, net, app
        self.release, self.ticks_ms, self.boot_ms, self.heap_words_k = release, ticks_ms, boot_ms, heap_words_k
        self.timeline = Timeline(scale)
        self.edges = Edges(writer)
        self.console: list[str] = []
        self.resets: list[int] = []  # the cause of each boot, in order
        self.pins = Pins(self.timeline, lambda pin: self.interrupt(calls.IRQ_PIN, pin), seed)
        self.doors = [
            Door(i, wiring, self.pins, self.timeline, self._record, stays_open_s=stays_open_s, seed=seed + i)
            for i, wiring in enumerate(doors)
        ]
        self.modem = modem
        self.ports = Ports(
            self.timeline, self.pins, net, self.interrupt, modem=modem, wifi=wifi, lost_rxidle=lost_rxidle, seed=seed
        )
        self.chip = Chip(self)
        self.flash = FlashChip(image)
        self.program: Program | None = None
        self._waited_ns = 0
        self._ops: dict[int, tuple[int, str]] = {}  # of each door: when it was told, the operation
        self._on_for: dict[tuple[int, str], str | None] = {}  # of each coil: the operation it went on for last
        self._news = asyncio.Event()
        self._boot: Event | None = None
        self._powered = False
        self.timeline.catch_up = self._catch_up

    # --- what a person does to a board

    async def start(self, timeout: float = 20) -> None:
        """Power it on and wait until its program runs."""
        rom()  # made before the clock runs: the first time takes a while
        before = len(self.resets)
        self.power_on()
        await self._until(lambda: len(self.resets) > before or not self._powered, timeout, "the program to start")
        if len(self.resets) == before:  # one that started may have lost its power since: this host looked late
            raise BoardError("\n".join(["MicroPython did not start:", *self.console]))

    async def stop(self) -> None:
        """Take it off the bench: nothing of it is left."""
        self.power_off()
        await self.ports.stop()
        self.chip.close()
        self.timeline.clear()

    def power_on(self) -> None:
        if not self._powered:
            self._powered = True
            self.chip.power_on(self._now())
            self.ports.power(self._now(), on=True)
            self._start(PWRON)

    def power_off(self) -> None:
        self._powered = False
        if self._boot is not None:
            self._boot.cancel()
        self._halt(self._now())
        self.ports.power(self._now(), on=False)
        self._tell()

    def reset(self, cause: int = HARD) -> None:
        """The reset button, unless another cause is given."""
        self.reset_at(self._now(), cause)

    def hang(self) -> None:
        """The program stops where it is; the hardware does not."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    # --- what can be seen, and waited for

    @property
    def waited_ns(self) -> int:
        """For how long its processes could have run and this host had no core for them."""
        return self._waited_ns + (self.program.waited_ns if self.program is not None else 0)

    async def console_line(self, contains: str, timeout: float = 10, *, since: int = 0) -> str:
        """The first line from index `since` on that contains this text."""

        def found() -> str | None:
            return next((line for line in self.console[since:] if contains in line), None)

        await self._until(lambda: found() is not None, timeout, f"a console line with {contains!r}")
        return found() or ""

    async def power_gone(self, timeout: float = 20) -> None:
        """Until it is off, as after a cut that `flash.cut` asked for."""
        await self._until(lambda: not self._powered, timeout, "the power to go")

    async def reset_seen(self, count: int, timeout: float = 20) -> int:
        """The cause of the boot with that number, counted from 1."""
        await self._until(lambda: len(self.resets) >= count, timeout, f"boot number {count}")
        return self.resets[count - 1]

    async def _until(self, fact: Any, timeout: float, what: str) -> None:
        try:
            async with asyncio.timeout(timeout):
                while not fact():
                    await self._news.wait()
        except TimeoutError:
            tail = "\n".join(self.console[-30:]) or "nothing"
            raise TimeoutError(f"waited {timeout} s for {what}; the console said:\n{tail}") from None

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    # --- what the chip does by itself; `t_ns` is when

    def _now(self) -> int:
        return self.timeline.reach(self.timeline.now())

    def _catch_up(self, t_ns: int) -> None:
        if self.program is not None:
            self.program.take_requests(t_ns)

    def _start(self, cause: int) -> None:
        def boot(t_ns: int) -> None:
            self._boot = None
            self.chip.boot(t_ns, cause)
            if self.app is not None and cause != SOFT:
                self.app.start()
            words_k = self.heap_words_k + (APP_WORDS_K if self.app is not None else 0)
            self.program = Program(self.image, self.chip.take, self._line, self._ended, words_k)

        due_ns = self.timeline.now() + self.timeline.length_ns(self.boot_ms * 1000)
        self._boot = self.timeline.at(due_ns, boot)

    def booted(self, cause: int) -> None:
        self.resets.append(cause)
        self._tell()

    def reset_at(self, t_ns: int, cause: int) -> None:
        self._halt(t_ns)
        if self._powered:
            self._start(cause)

    def bite(self, t_ns: int) -> None:
        self.reset_at(t_ns, WDT)

    def soft_reset(self, t_ns: int) -> None:
        """The program starts again; the outputs keep their levels and the watchdog its teeth, but trains end."""
        self._stop_program()
        self.pins.soft_reset(t_ns)
        self._start(SOFT)

    def panic(self, t_ns: int, why: str) -> None:
        self._line(f"Guru Meditation Error: {why}")
        self.reset_at(t_ns, HARD)

    def _halt(self, t_ns: int) -> None:
        self._stop_program()
        self.chip.halt()
        self.pins.reset(t_ns)

    def _stop_program(self) -> None:
        self.ports.halt()  # first: what the process's end says on its sockets must not get out
        program, self.program = self.program, None
        if program is not None:
            self._waited_ns += program.waited_ns
            program.kill()

    def _ended(self) -> None:
        """The process ended by itself: MicroPython crashed, or never came up."""
        if not self.resets:
            self._powered, self.program = False, None
            self._tell()
            return
        if self.program is not None:
            self._waited_ns += self.program.waited_ns
        self.program = None
        self.panic(self._now(), "the program's process ended")

    def _signal(self, number: int) -> None:
        if self.program is None:
            raise BoardError("no program is running")
        self.program.signal(number)

    def interrupt(self, kind: int, number: int) -> None:
        if self.program is not None:
            self.program.interrupt(kind, number)

    def _line(self, text: str) -> None:
        self.console.append(text)
        if match := COIL_LINE.match(text):
            self._ops[int(match[1])] = (self.timeline.now(), match[2])
        self._tell()

    def _record(self, t_ns: int, door: int, kind: str, name: str, value: int) -> None:
        op = None
        if kind == "coil":
            if self.program is not None:
                self.program.read_console()
            op = self._announced(t_ns, door) if value else self._on_for.get((door, name))
            self._on_for[door, name] = op
        self.edges.add(Edge(t_ns, self.unit, door, kind, name, value, op))

    def _announced(self, t_ns: int, door: int) -> str | None:
        """The operation that the program told of last, once, and only if it did so just now."""
        told_ns, op = self._ops.pop(door, (0, None))
        return op if t_ns - told_ns < OP_FRESH_NS else None
