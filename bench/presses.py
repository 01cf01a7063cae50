"""Real presses: over a websocket, recorded, sent, obeyed, settled; each followed until its phone shows the end."""

import asyncio
import time

import msgspec

from bench.apps import FINAL, App, Message
from bench.fleet import Arrivals


class Pressed(msgspec.Struct, frozen=True):
    """Nanoseconds after the websocket write: the command at the unit's client; the end on the phone."""

    relay_ns: int
    shown_ns: int


class Refused(Exception):
    """A press that did not end in DONE: what would follow is not worth measuring."""


class Presses:
    """`hear` is what the apps are made with; `round(number)` presses with one of `apps` after the other."""

    def __init__(self, arrivals: Arrivals) -> None:
        self.apps: list[App] = []
        self.done = 0
        self.arrivals = arrivals
        self._waiting: dict[str, tuple[App, asyncio.Future[tuple[bytes, int]]]] = {}

    async def round(self, number: int) -> Pressed:
        app = self.apps[number % len(self.apps)]
        doors = app.person.doors
        ended: asyncio.Future[tuple[bytes, int]] = asyncio.get_running_loop().create_future()
        press_id, at = app.press(doors[number // len(self.apps) % len(doors)])
        self._waiting[press_id] = app, ended
        op_id, shown = await ended
        self.done += 1
        return Pressed(self.arrivals.at[op_id] - at, shown - at)

    def hear(self, app: App, message: Message) -> None:
        at = time.monotonic_ns()
        if message.refused:
            self._fail(message.press_id or "", message.refused.reason)
        for operation in message.operations:
            waiting = self._waiting.get(operation.press_id)
            if waiting is None or waiting[0] is not app or operation.state not in FINAL:
                continue
            if operation.state != "DONE":
                self._fail(operation.press_id, operation.state)
                continue
            del self._waiting[operation.press_id]
            waiting[1].set_result((bytes.fromhex(operation.id), at))

    def _fail(self, press_id: str, why: str) -> None:
        if waiting := self._waiting.pop(press_id, None):
            waiting[1].set_exception(Refused(f"a press ended in {why}"))
