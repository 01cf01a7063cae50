"""The units as the cloud reaches them: commands out, answers and events in; which unit is where and how well.

Carries; does not decide. Which frame is believed stands in `unit_link`, what an answer means for an operation in
`opening`, what becomes of settings in `unit_settings`.
"""

import asyncio
import logging
import math
import secrets
from collections import ChainMap, Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import cast

from cloud.app_socket import Bucket
from cloud.clock import Clock
from cloud.mqtt import Connection
from cloud.sealing import BadSeal, Sealer
from cloud.store import Store, UnitRow
from cloud.unit_link import DoorSeen, News, UnitLink
from cloud.unit_news import RESULTS
from cloud.unit_settings import UnitSettings
from cloud.wanted import DoorSettings
from firmware import wire

log = logging.getLogger("iomando.units")

SWEEP_S = 1
ASK_AGAIN_S = 1  # a unit answers one ASK a second
FRESH_S = 30  # what a unit told this long ago is fresh enough for an app that comes: each ASK costs a mobile contract
LOOKS = (60, 1 / 300)  # such ASKs at once, and a second after that: 3 MB a month where apps come and go all day
WELCOMES_A_SECOND = 500  # at start, to units that may still hold a session: a fleet must not answer all at once
LOAD_AGAIN_S = 3  # between two looks for units that were enrolled since the start
LAST_WILL = b"\x00"
NOBODY = DoorSeen()


async def _nothing() -> None:
    """Nobody wants to know."""


class Units:
    """Callbacks, all called on the loop: `answered(operation, result)`, `came(unit)`, `changed(unit, door numbers,
    links too)`, `told(unit, news)` for every frame that is believed. `busy(unit)`: it must not be restarted now."""

    def __init__(self, store: Store, clock: Clock, sealer: Sealer) -> None:
        self._store, self._clock, self._sealer = store, clock, sealer
        self._units: dict[str, UnitLink] = {}
        self.settings = UnitSettings(store, clock, self._publish, sealer)
        self.settings.changed = lambda unit: self.changed(unit, None)
        self.settings.busy = lambda unit: self.busy(unit)  # noqa: PLW0108 - set later, by whoever knows
        self._revoked: set[str] = set()
        self._by_topic: dict[str, UnitLink] = {}
        self._mqtt: Connection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._loaded = clock.mono()
        self.strangers: Counter[str] = Counter()
        self.commands: Mapping[str, bytes] = {}
        self._own: dict[str, bytes] = {}  # commands that are no operation
        self._own_answered: dict[str, Callable[[int], None]] = {}
        self._freshened: dict[str, float] = {}
        self._looks: defaultdict[str, Bucket] = defaultdict(lambda: Bucket(*LOOKS))
        self.busy: Callable[[str], bool] = lambda _unit: False
        self.answered: Callable[[str, int], None] = lambda _operation, _result: None
        self.came: Callable[[str], None] = lambda _unit: None
        self.changed: Callable[[str, list[int] | None], None] = lambda _unit, _doors: None
        self.told: Callable[[UnitLink, News], None] = lambda _unit, _news: None
        self.enrolled: Callable[[], Awaitable[None]] = _nothing

    def __iter__(self) -> Iterator[UnitLink]:
        return iter(self._units.values())

    async def load(self) -> None:
        for row in await self._store.units():
            if row.revoked is None and row.id not in self._units and row.id not in self._revoked:
                try:
                    self.add(row)
                except BadSeal:
                    log.exception("a unit's key cannot be unsealed: it stays away", extra={"unit": row.id})

    def add(self, row: UnitRow) -> None:
        first, second = (self._sealer.open(k, row.id) if k else None for k in row.keys)
        unit = UnitLink(row.id, (first, second), row.slot, row.heard)
        self._units[row.id] = self._by_topic[unit.up_topic] = unit
        self.settings.add(row)

    def revoke(self, unit: str) -> None:
        """From here on nothing goes to it and nothing of it is believed, whatever a look under way still finds."""
        self._revoked.add(unit)
        gone = self._units.pop(unit, None)
        if gone:
            del self._by_topic[gone.up_topic]
            self.settings.forget(unit)

    def start(self, connect: Callable[["Units"], Connection]) -> None:
        self._mqtt = connect(self)
        self._tasks.append(asyncio.create_task(self._sweep(), name="units"))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.settings.close()
        if self._mqtt:
            await self._mqtt.close()

    @property
    def broker_up(self) -> bool:
        return self._mqtt is not None and self._mqtt.up

    def links(self) -> Counter[str]:
        return Counter(unit.link for unit in self._units.values())

    def dropped(self) -> Counter[str]:
        return sum((unit.dropped for unit in self._units.values()), Counter(self.strangers))

    def of(self, unit: str) -> UnitLink | None:
        return self._units.get(unit)

    def seen(self, unit: str, number: int) -> DoorSeen:
        link = self._units.get(unit)
        return link.doors[number] if link and number < len(link.doors) else NOBODY

    def answers(self, unit: str) -> bool:
        """It is there, and nothing that it was asked waits for an answer: what it sees is told."""
        link = self._units.get(unit)
        return self.broker_up and link is not None and link.link == "online" and link.asked is None

    def ready(self, unit: str) -> bool:
        """Whether a command would leave now."""
        link = self._units.get(unit)
        return self.broker_up and link is not None and link.ready(self._clock.mono())

    def send(self, unit: str, frame: bytes) -> bool:
        """Whether the bytes were handed to MQTT."""
        link = self._units.get(unit)
        return link is not None and self._publish(link, frame)

    def expect(self, op_id: str, command: bytes | None, answered: Callable[[int], None] = lambda _: None) -> None:
        """Call this with the result when the command, which is no operation, is answered; None: no longer."""
        if command is None:
            self._own.pop(op_id, None)
            self._own_answered.pop(op_id, None)
        else:
            self._own[op_id], self._own_answered[op_id] = command, answered

    async def want(self, unit: str, doors: Sequence[DoorSettings]) -> None:
        """From now on the unit should drive its doors so: all of them, for one that is left out is driven as its
        installer has set it. On disk when this returns; sent at once, or when the unit comes back. BadSettings or
        LookupError: nothing has changed."""
        if unit not in self._units:
            await self.load()
        if unit not in self._units:
            raise LookupError(f"there is no unit {unit}")
        await self.settings.want(self._units[unit], doors)

    def pending(self, unit: str) -> bool:
        """Whether settings are wanted of it that it has not confirmed."""
        wanted = self.settings.of(unit)
        return wanted is not None and wanted.pending

    def refused(self, unit: str) -> bool:
        """Whether it has refused the settings that are wanted of it: they are not sent again."""
        wanted = self.settings.of(unit)
        return wanted is not None and wanted.refused

    def wake(self, unit: str) -> None:
        """Ask a unit for a sign of life, or introduce ourselves to one that we do not know in this boot."""
        link = self._units.get(unit)
        if link is None or not self.broker_up:
            return
        mono, nonce = self._clock.mono(), secrets.token_bytes(8)
        if mono - link.last_asked > ASK_AGAIN_S:
            self._publish(link, link.ask(nonce, mono) or link.welcome(nonce, mono))

    def freshen(self, units: Iterable[str]) -> None:
        """Somebody looks: ask those units that have told nothing for a while, each once however many look, and no more
        often than its contract bears."""
        mono = self._clock.mono()
        for unit in units:
            link = self._units.get(unit)
            told = max(link.heard_mono, self._freshened.get(unit, -math.inf)) if link else mono
            if mono - told >= FRESH_S and self._looks[unit].take(mono):
                self._freshened[unit] = mono
                self.wake(unit)

    def broker_came(self) -> None:
        """After a connection is (back) up nobody's silence means anything: greet everyone, and see who answers."""
        self._show_all()
        self._tasks.append(asyncio.create_task(self._greet(), name="greet"))

    def broker_went(self) -> None:
        """Nobody can be reached; the units themselves may be fine."""
        self._show_all()

    def _show_all(self) -> None:
        for unit in self._units:
            self.changed(unit, None)

    def take(self, topic: str, payload: bytes) -> None:
        """One MQTT message from a unit, or from a broker that pretends."""
        unit = self._by_topic.get(topic)
        if unit is None:
            self.strangers["topic"] += 1
            self._look_for_new()
            return
        if payload == LAST_WILL:
            unit.ended = True  # one that comes within a second of an answer is asked about by the sweep
            self.wake(unit.id)
            return
        link_before, mono = unit.link, self._clock.mono()
        known = ChainMap(self._own, cast("dict[str, bytes]", self.commands)) if self._own else self.commands
        news = unit.take(payload, mono, self._clock.now(), known)
        if news.welcome:
            self._publish(unit, unit.welcome(secrets.token_bytes(8), mono))
        if news.ask:
            self.wake(unit.id)
        if news.dropped:
            self._tell_dropped(unit, news.dropped)
            return
        self._believed(unit, news, link_before)

    def _believed(self, unit: UnitLink, news: News, link_before: str) -> None:
        if news.changed or link_before != unit.link:
            self.changed(unit.id, None if link_before != unit.link else news.changed)
        if news.answer:
            operation, result = news.answer
            if operation in self._own:
                self._own_answered[operation](result)
            else:
                self.answered(operation, result)
        if link_before != unit.link:
            log.info("unit online", extra={"unit": unit.id})
            self._remember_heard(unit)
        if news.came:
            self.came(unit.id)
        self.settings.hear(unit, news)
        self.told(unit, news)

    def _tell_dropped(self, unit: UnitLink, why: str) -> None:
        count = unit.dropped[why]
        if count & (count - 1) == 0:  # the first, the second, the fourth …: a flood must not fill the log
            log.warning("frames dropped", extra={"unit": unit.id, "why": why, "count": count})

    def _look_for_new(self) -> None:
        """A stranger may be a unit that was enrolled since we looked last; whoever pretends costs one query in a
        while."""
        if self._clock.mono() - self._loaded > LOAD_AGAIN_S:
            self._loaded = self._clock.mono()
            self._tasks.append(asyncio.create_task(self._load_new(), name="new units"))

    async def _load_new(self) -> None:
        known = set(self._units)
        await self.load()
        await self.enrolled()
        for unit in set(self._units) - known:
            self._publish(self._units[unit], self._units[unit].welcome(secrets.token_bytes(8), self._clock.mono()))

    @staticmethod
    def door_of(command: bytes) -> int:
        """The number, within its unit, of the door that a command was for."""
        return wire.command_fields(command)[5]

    @staticmethod
    def declined(result: int) -> str | None:
        """The reason of a result that declines; None for done and already."""
        return None if result in (wire.DONE, wire.ALREADY) else RESULTS.get(result, "unsupported")

    def _publish(self, unit: UnitLink, frame: bytes) -> bool:
        return self._mqtt is not None and self._mqtt.publish(unit.down_topic, frame)

    def _remember_heard(self, unit: UnitLink) -> None:
        if unit.heard is not None:
            task = asyncio.create_task(self._store.heard(unit.id, unit.heard))
            self._tasks.append(task)

    async def _greet(self) -> None:
        for number, unit in enumerate(list(self._units.values())):
            if not self.broker_up:
                return
            unit.expect(self._clock.mono())
            self._publish(unit, unit.welcome(secrets.token_bytes(8), self._clock.mono()))
            if number % WELCOMES_A_SECOND == WELCOMES_A_SECOND - 1:
                await asyncio.sleep(1)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            self._tasks = [t for t in self._tasks if not t.done()]
            mono = self._clock.mono()
            for unit in list(self._units.values()):
                try:
                    if not self.broker_up:
                        unit.asked = None
                    elif unit.gave_up(mono):
                        log.warning("unit away", extra={"unit": unit.id})
                        self._remember_heard(unit)
                        self.changed(unit.id, None)
                    elif unit.silent(mono):
                        self.wake(unit.id)
                    else:
                        self.settings.send(unit)
                except Exception:
                    log.exception("sweeping a unit", extra={"unit": unit.id})
