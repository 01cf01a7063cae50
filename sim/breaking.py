"""What the buttons of the demo page break, and how each is mended. What people should see then is said beside it.

Each act is done to what stands behind the page: the line, the broker, the door, the board, the accesses. Never here:
what is shown of it.
"""

import asyncio
import contextlib
import datetime
import os
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from sim import town
from sim.phone import Phone
from sim.proxy import Proxy
from sim.street import Street, operation_of
from sim.wiretap import Wiretap

REPLAY_EVERY_S = 1
HOURS_SEEN_S = 5
OPENS, CLOSES = 9 * 60, 20 * 60  # minutes of the day, of the access that Anna is left with


class Act(msgspec.Struct, frozen=True):
    """A row of the page: its button, its button once pressed, and what one should see."""

    name: str
    title: str
    undo: str
    see: str


ACTS = (
    Act(
        *("network", "Cut the network", "Mend the network"),
        "The box hears nothing. In 12 s the screen says that nobody can know. Nothing opens later.",
    ),
    Act(
        *("broker", "Kill the broker", "Let it live"),
        "No message passes. The screen says that nothing was opened, and nothing opens later.",
    ),
    Act(
        *("jam", "Jam the garage", "Free the garage"),
        "The relay switches, the door stays. The screen says that it did not move.",
    ),
    Act(
        *("power", "Pull the power", "Power it again"),
        "Both phones say since when the box is silent. A press opens nothing, now or later.",
    ),
    Act(
        *("replay", "Replay a command", "Stop replaying"),
        "Who owns the broker gives the box the last open again and again. The relay stays off.",
    ),
    Act(
        *("hours", "Change Anna's hours", "Give them back"),
        "She may enter from tomorrow 09:00 on. Her phone says so at once, untouched.",
    ),
)


COMING = "Mended. The box comes back by itself, in seconds."


class Breaking:
    """`on`: the acts that are done and not undone. `said`: what came of each, in words. `changed` is called then."""

    def __init__(
        self, cloud: town.Cloud, made: town.Made, street: Street, line: Proxy, tap: Wiretap, anna: Phone, marta: Phone
    ) -> None:
        self.on: set[str] = set()
        self.said: dict[str, str] = {}
        self.changed: Callable[[], None] = lambda: None
        self._cloud, self._made, self._street = cloud, made, street
        self._line, self._tap, self._anna, self._marta = line, tap, anna, marta
        self._hers: dict[str, Any] = {}  # grant → the hours it had
        self._going: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()
        self._do: dict[str, tuple[Callable[[], Awaitable[bool]], Callable[[], Awaitable[None]]]] = {
            "network": (self._cut, self._mend),
            "broker": (self._kill, self._let_live),
            "jam": (self._jam, self._free),
            "power": (self._pull, self._plug_in),
            "replay": (self._replay, self._stop_replaying),
            "hours": (self._take_hours, self._give_hours),
        }

    async def press(self, name: str) -> None:
        """Do the act, or undo it. KeyError: there is none of that name."""
        do, undo = self._do[name]
        async with self._turn:
            self.said.pop(name, None)
            if name in self.on:
                await undo()
                self.on.discard(name)
            elif await do():
                self.on.add(name)
        self.changed()

    def online(self) -> None:
        """The box has a session again: nobody waits for it any more."""
        for name in [name for name, words in self.said.items() if words == COMING]:
            del self.said[name]
        self.changed()

    async def undo_all(self) -> None:
        for name in list(self.on):
            with contextlib.suppress(Exception):  # what cannot be mended now ends with the process
                await self.press(name)

    # Each way to break something returns whether it is broken now; where not, `said` has the reason.

    def _say(self, name: str, words: str) -> None:
        self.said[name] = words
        self.changed()

    # --- the network between box and broker

    async def _cut(self) -> bool:
        self._line.black_hole()
        return True

    async def _mend(self) -> None:
        self._line.heal()
        await self._line.reset()  # what is lost stays lost: the unit dials anew
        self._say("network", COMING)

    # --- the broker

    async def _kill(self) -> bool:
        """Each one that the service starts again is killed too, as long as it lasts."""
        self._going["broker"] = asyncio.create_task(self._killing(), name="killing the broker")
        return True

    async def _killing(self) -> None:
        kills, start = 0, 0
        while True:
            runs = [n for n, line in enumerate(self._cloud.log) if n >= start and line["what"] == "broker runs"]
            if runs:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._cloud.log[runs[-1]]["pid"], signal.SIGKILL)
                kills, start = kills + 1, runs[-1] + 1
                times = "once" if kills == 1 else f"{kills} ×"
                self._say("broker", f"Killed {times}, started anew each time.")
            await self._cloud.wait_for(lambda line: line["what"] == "broker runs", 86_400, start)

    async def _let_live(self) -> None:
        await self._end("broker")
        self._say("broker", COMING)

    # --- door and board

    async def _jam(self) -> bool:
        self._street.door("Garage").jammed = True
        return True

    async def _free(self) -> None:
        self._street.door("Garage").jammed = False

    async def _pull(self) -> bool:
        self._street.board.power_off()
        return True

    async def _plug_in(self) -> None:
        self._street.board.power_on()
        self._say("power", COMING)

    # --- the same bytes again

    async def _replay(self) -> bool:
        frame = self._tap.last_command()
        if frame is None:
            self._say("replay", "There is no command yet: press Open on Anna's phone first.")
            return False
        self._going["replay"] = asyncio.create_task(self._replaying(frame), name="replaying")
        self._say("replay", "Given to the box …")
        return True

    async def _replaying(self, frame: bytes) -> None:
        edges, ours = self._street.board.edges, operation_of(frame)
        start, given = len(edges), 0
        while True:
            given += await self._tap.give(frame)
            await asyncio.sleep(REPLAY_EVERY_S)
            coil = sum(e.kind == "coil" and e.value and e.op in (ours, None) for e in edges[start:])
            self._say("replay", f"Given {given} ×. Relay moved {coil} ×.")

    async def _stop_replaying(self) -> None:
        await self._end("replay")

    # --- who may, and when

    async def _take_hours(self) -> bool:
        grants = await self._grants()
        if not grants:
            self._say("hours", "Anna has no access left that could be changed.")
            return False
        self._hers = {grant["id"]: grant["hours"] for grant in grants}
        tomorrow = datetime.datetime.now(ZoneInfo(town.ZONE)) + datetime.timedelta(days=1)
        new = {"windows": [{"days": [tomorrow.weekday()], "starts": OPENS, "ends": CLOSES}]}
        before = time.monotonic()
        for grant in grants:
            await self._change(grant, new)
        doors = {door for grant in grants for door in grant["doors"]}
        known = self._anna.doors
        with contextlib.suppress(TimeoutError):
            await self._anna.until(
                lambda: not any(known[d]["may"]["allowed"] for d in doors if d in known), "her hours", HOURS_SEEN_S
            )
            self._say("hours", f"On her phone within {(time.monotonic() - before) * 1000:.0f} ms.")
        return True

    async def _give_hours(self) -> None:
        for grant in await self._grants():
            if grant["id"] in self._hers:
                await self._change(grant, self._hers[grant["id"]])

    async def _grants(self) -> Sequence[dict[str, Any]]:
        path = f"{self._marta.url}/api/v1/places/{self._made.place}/grants"
        async with self._marta.http.get(path) as response:
            response.raise_for_status()
            return [grant for grant in await response.json() if grant["person"] == self._made.user]

    async def _change(self, grant: dict[str, Any], hours: Any) -> None:
        path = f"{self._marta.url}/api/v1/places/{self._made.place}/grants/{grant['id']}"
        async with self._marta.http.patch(path, json={"version": grant["version"], "hours": hours}) as response:
            response.raise_for_status()

    async def _end(self, name: str) -> None:
        task = self._going.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
