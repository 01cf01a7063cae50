"""The self-test of a door box: the whole way of a command and back, without the coil. Every night for each that is
online, and when an admin asks.

It opens nothing and never gets between an open and its door: a box with a press under way is left alone until that has
its answer. When a box's turn comes stands in `night`.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable

import msgspec

from cloud import night, operations
from cloud.agenda import Agenda
from cloud.chain import Draft
from cloud.change_desk import Actor
from cloud.clock import Clock
from cloud.policy import Policy
from cloud.store import Store
from cloud.unit_link import NO_DOOR
from cloud.units import Units

log = logging.getLogger("iomando.self_test")

LOOK_S = 600  # how far ahead turns are put on the agenda: new boxes and changed zones are seen this late
MISSED_MS = 60_000  # a turn that this process was late for; what passed while the machine slept is left out
BREATH = 200  # units looked at in one go: a fleet's turns must not hold up an open
BUSY_S, BUSY_TIMES = 5, 24  # how often, and how many times, a box with a press under way is looked at again
CLOCK_S = 5  # for a sign of life to tell a box's clock, where none has come for long
SENDS_S = (0, *operations.RESEND_S)  # the same bytes, as for an open: one lost packet is not a fault
SILENT_S = operations.DEADLINE_S
AS_SAID = ("fault", "busy", "updating")


class Result(msgspec.Struct, frozen=True):
    """`ms`: from the first byte to the answer; `why` it failed: silent, away, broker, fault, busy, updating,
    declined."""

    at: int
    ok: bool
    ms: int | None = None
    why: str | None = None


class SelfTests:
    def __init__(self, store: Store, policy: Policy, units: Units, clock: Clock, busy: Callable[[str], bool]) -> None:
        """`busy(unit)`: one of its presses has no answer yet."""
        self._store, self._policy, self._units, self._clock, self._busy = store, policy, units, clock, busy
        self._agenda: Agenda[str] = Agenda(self._turn)
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: set[str] = set()
        self.tested: Callable[[str, bool], None] = lambda _unit, _ok: None  # how it went, once that is on disk

    def start(self) -> None:
        self._spawn(self._nights())

    async def close(self) -> None:
        self._agenda.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def soon(self, unit: str, by: Actor | None = None) -> None:
        """Now, or as soon as the box has nothing else to do."""
        if unit not in self._running:
            self._running.add(unit)
            self._spawn(self._test(unit, by))

    def running(self, unit: str) -> bool:
        return unit in self._running

    # -- whose turn it is

    async def _nights(self) -> None:
        until = self._clock.now()
        while True:
            now = self._clock.now()
            since, until = max(until, now - MISSED_MS), now + LOOK_S * 1000
            try:
                await self._look(since, until)
            except Exception:
                log.exception("looking whose turn it is")
            await asyncio.sleep(LOOK_S)

    async def _look(self, since: int, until: int) -> None:
        near: dict[str, bool] = {}
        for number, unit in enumerate(list(self._units)):
            if number % BREATH == BREATH - 1:
                await asyncio.sleep(0)
            place = self._places(unit.id)[:1]
            if not place:
                continue
            zone = self._policy.snapshot.sites[place[0]].calendar.zone
            if zone.name not in near:
                near[zone.name] = night.is_near(zone, since, until)
            if near[zone.name] and (due := night.turn(unit.id, zone, since)) <= until:
                self._agenda.add((due - self._clock.now()) / 1000, unit.id)

    def _turn(self, unit: str) -> None:
        """Whoever is away is told of as that; a test would say the same again."""
        link = self._units.of(unit)
        if link is not None and link.link == "online" and self._units.broker_up:
            self.soon(unit)

    def _places(self, unit: str) -> list[str]:
        return sorted({door.place for door in self._policy.doors_of_unit.get(unit, {}).values()})

    # -- one test

    async def _test(self, unit: str, by: Actor | None) -> None:
        try:
            for _ in range(BUSY_TIMES):
                if not self._busy(unit):
                    break
                await asyncio.sleep(BUSY_S)
            await self._keep(unit, await self._try(unit), by)
        except Exception:
            log.exception("a self-test could not be made or kept", extra={"unit": unit})
        finally:
            self._running.discard(unit)

    async def _try(self, unit: str) -> Result:
        at, link = self._clock.now(), self._units.of(unit)
        if not self._units.broker_up:
            return Result(at, ok=False, why="broker")
        if link is None or link.link != "online":
            return Result(at, ok=False, why="away")
        if not link.ready(self._clock.mono()):
            self._units.wake(unit)
            await asyncio.sleep(CLOCK_S)
        op_id, began = secrets.token_hex(8), self._clock.mono()
        command = link.command(op_id, "test", NO_DOOR, 0, began)
        if command is None:
            return Result(at, ok=False, why="silent")
        answer: asyncio.Future[tuple[int, float]] = asyncio.get_running_loop().create_future()
        self._units.expect(op_id, command, lambda result: _set(answer, (result, self._clock.mono())))
        try:
            for sends, until in zip(SENDS_S, (*SENDS_S[1:], SILENT_S), strict=True):
                if link.same_boot(command):
                    self._units.send(unit, command)
                await asyncio.wait((answer,), timeout=until - sends)
                if answer.done():
                    break
        finally:
            self._units.expect(op_id, None)
        if not answer.done():
            self._units.wake(unit)
            return Result(at, ok=False, why="silent")
        result, heard = answer.result()
        reason = self._units.declined(result)
        why = reason if reason is None or reason in AS_SAID else "declined"
        return Result(at, why is None, round((heard - began) * 1000), why)

    async def _keep(self, unit: str, result: Result, by: Actor | None) -> None:
        """Told in the log when it fails, and when it works again; who asked for it only where she is known, and
        elsewhere only what is news."""
        kept = await self._store.last_test(unit)
        before = msgspec.json.decode(kept, type=Result) if kept else None
        drafts = []
        if not result.ok or (before is not None and not before.ok):
            detail = {"unit": unit, "ok": result.ok, "ms": result.ms, "why": result.why}
            news = before is None or before.ok != result.ok
            for place in self._places(unit):
                known = by is not None and by.person in self._policy.snapshot.sites[place].members
                if by and not known and not news:
                    continue
                who = (by.person, by.session, by.way) if by and known else (None, None, None)
                drafts.append(Draft(place, result.at, "self_test", *who, detail=detail))
        await self._store.tested(unit, msgspec.json.encode(result).decode(), drafts, self._clock.now())
        log.info("self-test", extra={"unit": unit, "ok": result.ok, "ms": result.ms, "why": result.why})
        self.tested(unit, result.ok)

    def _spawn(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _set(future: "asyncio.Future[tuple[int, float]]", value: tuple[int, float]) -> None:
    if not future.done():
        future.set_result(value)
