"""A modem alone on a bench, with the chip's end of its line in hand: nothing of a board but pins and time.

For the tests of the simulated modem. Never here: the firmware.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sim.modem import Modem
from sim.modem_habits import BOARDS
from sim.net import Net
from sim.pins import OUT, Pins
from sim.serial_line import Ends, SerialLine
from sim.timeline import Timeline

SCALE = 50
ANSWER_S = 10  # of this machine's time, for what takes a few seconds of the modem's
RXBUF = 8192
FINAL = ("OK", "ERROR", "NO CARRIER", "+CME ERROR")
LOOK_US = 200_000  # of the modem's time: so often a fact is looked at


class Desk:
    def __init__(self, board: str = "T-SIM7000G", *, net: Net | None = None, **modem: Any) -> None:
        self.timeline = Timeline(SCALE)
        self.pins = Pins(self.timeline, lambda _: None)
        self.idled = 0
        self.line = SerialLine(self.timeline, self._idle)
        self.modem = Modem(board, **modem)
        self.modem.attach(self.timeline, self.pins, self.line, net)
        self.wiring = BOARDS[board][1]
        self.said = b""
        self._near = os.open(f"/dev{self.line.path}", os.O_RDWR | os.O_NOCTTY)
        self._news = asyncio.Event()
        self.line.open(Ends(self.wiring.tx, self.wiring.rx), RXBUF)
        self.pins.reset(self.now())
        self.modem.board_power(self.now(), on=True)
        if self.wiring.power is not None:
            self.set(self.wiring.power, 1)
        asyncio.get_running_loop().add_reader(self._near, self._read)

    def now(self) -> int:
        return self.timeline.reach(self.timeline.now())

    def stop_reading(self) -> None:
        asyncio.get_running_loop().remove_reader(self._near)

    async def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._near)
        os.close(self._near)
        self.modem.board_power(self.now(), on=False)
        await self.modem.stop()
        self.line.end()
        self.timeline.clear()

    # --- what a chip does

    def set(self, pin: int | None, level: int) -> None:
        assert pin is not None
        self.pins.configure(self.now(), pin, OUT, 255, level)

    def set_later(self, pin: int | None, level: int, seconds: float) -> None:
        assert pin is not None
        due_ns = self.now() + self.timeline.length_ns(seconds * 1e6)
        self.timeline.at(due_ns, lambda t_ns: self.pins.configure(t_ns, pin, OUT, 255, level))

    async def pulse(self, pin: int | None, ms: int, level: int = 1) -> None:
        """As long as it says, whatever the host is busy with: both edges are dated."""
        assert pin is not None
        began = self.now()
        self.pins.configure(began, pin, OUT, 255, level)
        await self.after(ms / 1000)
        self.pins.set(began + self.timeline.length_ns(ms * 1000), pin, 1 - level)

    async def after(self, seconds: float) -> None:
        """That much of the modem's time has passed, and all of it has happened."""
        passed = asyncio.Event()
        self.timeline.at(self.now() + self.timeline.length_ns(seconds * 1e6), lambda _: passed.set())
        await passed.wait()

    def write(self, data: bytes, t_ns: int | None = None) -> None:
        os.write(self._near, data)
        self.line.sent(self.now() if t_ns is None else t_ns, len(data))

    async def turn_on(self) -> "Desk":
        await self.pulse(self.wiring.key, self.modem.habits.on_ms + 100)
        await self.until(lambda: self.modem.state == "command", "the modem to have booted")
        await self.ask("ATE0")
        return self

    async def ask(self, command: str, *more_ends: str) -> str:
        """Its lines up to the end of the answer, without what may have followed."""
        since = len(self.said)
        self.write(command.encode() + b"\r")
        answer: list[str] = []

        def over() -> bool:
            text = self.said[since:].decode("ascii", "replace")
            lines = text.replace("\r\n\r\n", "\r\n").removeprefix("\r\n").split("\r\n")
            ends = (n for n, line in enumerate(lines[:-1]) if line.startswith((*FINAL, *more_ends)))
            end = next(ends, None)
            answer[:] = [] if end is None else lines[: end + 1]
            return end is not None

        await self.until(over, f"the answer to {command}")
        return "\n".join(answer)

    async def registered(self) -> "Desk":
        await self.until(lambda: self.modem.radio.registered, "registration")
        return self

    async def dial(self) -> None:
        assert (await self.ask("ATD*99#", "CONNECT")).startswith("CONNECT")

    async def says(self, end: bytes) -> None:
        await self.until(lambda: self.said.endswith(end), f"{end!r}")

    async def until(self, fact: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                while not fact():
                    look_ns = self.now() + self.timeline.length_ns(LOOK_US)
                    self.timeline.at(look_ns, lambda _: self._news.set())
                    await self._news.wait()
                    self._news.clear()
        except TimeoutError:
            raise TimeoutError(f"waited for {what}; {self.modem.state}; it said {self.said[-300:]!r}") from None

    def _read(self) -> None:
        self.said += os.read(self._near, 4096)
        self._news.set()

    def _idle(self) -> None:
        self.idled += 1


@asynccontextmanager
async def desk(board: str = "T-SIM7000G", *, on: bool = True, **modem: Any) -> AsyncIterator[Desk]:
    made = Desk(board, **modem)
    try:
        yield await made.turn_on() if on else made
    finally:
        await made.close()
