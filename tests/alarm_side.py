"""The cloud with its alarm desk, on a real store, with a played unit and a clock that is moved; what was told to whom.
Never here: what should have been told.
"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from cloud import wired
from cloud.alarm_desk import AlarmDesk
from cloud.alarm_store import AlarmStore
from cloud.chain import Entry
from cloud.change_desk import Actor
from cloud.messages import AlarmView
from firmware import wire
from tests.given import ADM, inhabited_database, whole_log
from tests.world import World

MANAGERS = frozenset({"adm"})
LINES = ("alarm", "alarm_acknowledged", "alarm_ended")


class AlarmWorld(World):
    """`told`: (kind, people, first) of each telling; `members`: doors that were told to those who may open them."""

    def __init__(self, *how: Any) -> None:
        super().__init__(*how)
        self.told: list[tuple[str, frozenset[str], bool]] = []
        self.members: list[tuple[str, bool]] = []

    async def start(self, *, broker_up: bool = True, room: Callable[[], bool] = lambda: False) -> None:
        await super().start(broker_up=False, room=room)
        kept = AlarmStore(self.store)
        self.alarms = AlarmDesk(kept, self.boxes.store, self.policy, self.units, self.views, self.live, self.time)
        wired._hears(self.alarms, self.units, self.boxes, self.live)
        self.store.commits.logged = wired._all(self.live.logged, self.alarms.logged)
        self.alarms.tell.append(self._told)
        self.alarms.tell_members = lambda _place, door, _since, first: self.members.append((door, first))
        await self.alarms.start()
        if broker_up:
            self.broker.up = True
            self.units.broker_came()

    async def crash(self) -> None:
        await self.alarms.close()
        await super().crash()

    def _told(self, _place: str, alarm: AlarmView, people: frozenset[str], first: bool) -> None:
        self.told.append((alarm.kind, people, first))

    async def quiet(self) -> None:
        await super().quiet()
        while self.boxes._tasks or not self.alarms._rest.is_set():
            while self.boxes._tasks:
                await asyncio.wait(set(self.boxes._tasks))
            await self.alarms.settled()
            await super().quiet()

    async def lasts(self, minutes: float) -> None:
        """In larger steps than `passes`: nothing but alarms falls due."""
        step_s = max(15.0, minutes)
        for _ in range(round(minutes * 60 / step_s)):
            self.time.jump(step_s)
            await self.quiet()

    # -- what is left behind

    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.told]

    def shown(self) -> dict[str, AlarmView]:
        """What a manager is shown now, by kind."""
        return {view.kind: view for view in self.alarms.shown(["home"])}

    def lines(self) -> list[tuple[str, str]]:
        return [(line.kind, json.loads(line.detail)["what"]) for line in self.entries()]

    def entries(self) -> list[Entry]:
        return [entry for entry in whole_log(self.path) if entry.kind in LINES]

    def rows(self, columns: str = "kind, raised, ended") -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.path) as connection:
            return connection.execute(f"SELECT {columns} FROM alarms ORDER BY since").fetchall()

    def pushed(self) -> list[dict[str, Any]]:
        """Edits of alarms, as the admin's app got them."""
        edits = [edit for message in self.adm.told for edit in message.get("edits", [])]
        return [edit for edit in edits if edit["kind"] == "alarm"]

    async def acknowledges(self, kind: str, actor: Actor = ADM) -> None:
        await self.alarms.acknowledge("home", self.shown()[kind].id, actor)
        await self.quiet()

    async def sets(self, **fields: object) -> None:
        """Something of the place, as its owner does it."""
        place = self.policy.snapshot.sites["home"].place
        await self.people.edit_place(ADM, "home", place.version, fields)
        await self.quiet()

    async def sets_door(self, door: str, **fields: object) -> None:
        known = self.policy.snapshot.sites["home"].doors[door]
        await self.people.edit_door(ADM, door, known.version, fields)
        await self.quiet()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[AlarmWorld]:
    async with AlarmWorld(inhabited_database(tmp_path)) as world:
        await world.sets_door("gate", left_open_s=300)
        await world.quiet()
        world.adm.told.clear()
        world.ana.told.clear()
        yield world


def opens(world: AlarmWorld) -> None:
    world.unit.moves(0, wire.OPENED)


async def restarts(world: AlarmWorld) -> None:
    await world.crash()
    await world.start()
    world.unit.returns()
    await world.quiet()


async def gone(world: AlarmWorld) -> None:
    """Its connection ended: it does not answer when it is asked."""
    world.unit.leaves()
    world.take(b"\x00")
    await world.passes(7)


async def back(world: AlarmWorld) -> None:
    world.unit.returns()
    await world.quiet()
