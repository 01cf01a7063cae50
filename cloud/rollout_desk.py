"""The roll-out that is under way: offered to units, its blocks given, what they say of it kept. One at a time, and
every step on disk before a unit is told of it.

Decides nothing: whose turn it is and when to stop stands in `rollout`. Never here: what is published (releases.py).
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from cloud import rollout as rules
from cloud.block_desk import BlockDesk
from cloud.chain import Draft, Entry
from cloud.change_desk import Actor
from cloud.clock import Clock
from cloud.policy import Policy
from cloud.release_store import ReleaseRow
from cloud.releases import Releases, drafted
from cloud.rollout import Plan, Rollout, Row
from cloud.unit_link import News, UnitLink
from cloud.unit_news import BlockWanted, Update, UpdateTold
from cloud.unit_seen import UnitSeen
from cloud.units import Units
from cloud.verbs import NotPossible
from firmware import wire

log = logging.getLogger("iomando.releases")

TURN_S = 2  # between two looks while a roll-out is under way
TEST_AFTER_MS = 60_000  # who has opened no door by then is tried by a self-test …
TEST_AGAIN_MS = 600_000  # … and again
BREATH_S = 0.2  # a fleet that comes back is looked at as a whole, not once for each
TRIAL_S = 660  # no trial takes longer


class Current(msgspec.Struct):
    """The roll-out that is under way, and its units. `sent`: when each last was sent an OFFER; `tested`: likewise;
    `have`: bytes of the bundle, as they told."""

    rollout: Rollout
    release: ReleaseRow
    rows: dict[str, Row]
    sent: dict[str, int] = {}
    tested: dict[str, int] = {}
    have: dict[str, int] = {}


class RolloutDesk:
    """`test(unit)`: try the whole way to it; `changed()`: of what is under way something is not as it was."""

    def __init__(self, releases: Releases, policy: Policy, units: Units, clock: Clock) -> None:
        self._releases, self._policy, self._units, self._clock = releases, policy, units, clock
        self.store = releases.store
        self.seen = UnitSeen(releases.store, policy, units, clock)
        self.test: Callable[[str], None] = lambda _unit: None
        self.changed: Callable[[], None] = lambda: None
        self.current: Current | None = None
        self._on_trial: dict[str, float] = {}  # units that wait for a fresh answer, and since when
        self._dirty: dict[str, Row] = {}  # as they are on disk no longer
        self._runs: set[tuple[str, int]] = set()
        self._boots: dict[str, bytes | None] = {}  # of each unit the one that greeted last …
        self._forgot: set[str] = set()  # … and who has started since it was sent an OFFER
        self._away: dict[str, tuple[int, int]] = {}  # for which release, how many seconds
        self._opened: dict[str, int] = {}
        self._wake = asyncio.Event()
        self._moving = asyncio.Lock()
        self._blocks = BlockDesk(units, clock, self._part)
        self._tasks: set[asyncio.Task[None]] = set()

    async def load(self) -> None:
        """As it stands on disk."""
        async with self._moving:
            await self._releases.load()
            open_ = [each for each in await self.store.rollouts() if each.state in rules.OPEN]
            if not open_:
                self.current = None
                return
            if self.current and self.current.rollout.id == open_[0].id:
                self.current.rollout = open_[0]
                return
            release = self._releases.of(open_[0].release)
            assert release
            rows = {row.unit: row for row in await self.store.rows(open_[0].id)}
            self._dirty.clear()
            self.current = Current(open_[0], release, rows)
            for row in list(rows.values()):
                self._put(rules.runs(row, self.seen.firmware(row.unit) or 0, release.counter, self._clock.now()))
            away = {unit: row.away_s for unit, row in rows.items() if row.away_s is not None}
            self._away |= {unit: (release.counter, away_s) for unit, away_s in away.items()}
        self._wake.set()

    def start(self) -> None:
        self._spawn(self._turns())

    async def close(self) -> None:
        await self._blocks.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def now(self) -> int:
        return self._clock.now()

    # -- roll-outs

    async def begin(self, counter: int, plan: Plan, by: Actor) -> Rollout:
        release, newest = self._releases.of(counter), self._releases.published[:1]
        if release is None:
            raise NotPossible("unknown", "there is no such release")
        if release is not newest[0]:
            raise NotPossible("conflict", f"release {newest[0].counter} is newer")
        rows = rules.fleet(await self.store.fleet(), counter, self.seen.firmware)
        if why := rules.refusal(plan, rows):
            raise NotPossible("invalid", why)
        about = {"release": counter, "version": release.version, "units": len(rows)}
        draft = drafted(self._clock.now(), by, "rollout_started", **about)
        begun = await self.store.begin(counter, plan, rows, draft)
        if begun is None:
            raise NotPossible("conflict", "another release is on its way: abort that one first")
        await self.load()
        return begun

    async def tell(self, id_: int, verb: str, by: Actor) -> Rollout:
        """pause, resume, abort."""
        async with self._moving:
            current, now = self.current, self._clock.now()
            if current is None or current.rollout.id != id_:
                if await self.store.rollout(id_) is None:
                    raise NotPossible("unknown", "there is no such roll-out")
                raise NotPossible("conflict", "it is over")
            after = rules.told(current.rollout, verb, now)
            if after is None:
                raise NotPossible("conflict", f"it is {current.rollout.state}")
            what = {"pause": "rollout_paused", "resume": "rollout_resumed", "abort": "rollout_aborted"}[verb]
            draft = drafted(self._clock.now(), by, what, rollout=id_, release=after.release)
            await self._keep(current, after, (), [draft])
        self._wake.set()
        return after

    async def _keep(self, current: Current, after: Rollout, rows: Iterable[Row], drafts: list[Draft]) -> None:
        """On disk, then here."""
        rows, dirty = list(rows), dict(self._dirty)
        changed = list((dirty | {row.unit: row for row in rows}).values())
        if not await self.store.keep(current.rollout, after, changed, drafts, self._clock.now()):
            raise NotPossible("conflict", "somebody else has just changed it")
        for unit, row in dirty.items():
            if self._dirty.get(unit) is row:
                del self._dirty[unit]
        current.rollout = after
        self.changed()
        if after.state not in rules.OPEN:
            self.current = None
            self._dirty.clear()

    # -- what units say

    def heard(self, link: UnitLink, news: News) -> None:
        """A frame that is believed."""
        if news.hello and link.firmware is not None:
            self._greets(link, link.firmware)
        if news.block:
            self._asked(link.id, news.block)
        if news.update:
            self._said(link.id, news.update)
        for each in news.events.records if news.events else ():
            if isinstance(each, Update):
                self._becomes(link.id, each.release, each.state, each.reason)
        if news.unit_s is not None and not news.hello and not news.answer:
            self._beats(link.id)

    def _greets(self, link: UnitLink, firmware: int) -> None:
        """A HELLO tells what runs, whatever else was lost."""
        now = self._clock.now()
        if self._boots.get(link.id) != link.epoch:
            self._boots[link.id] = link.epoch
            self._forgot.add(link.id)
            self._wake.set()
        self._ran(link.id, firmware)
        if self.current and (row := self.current.rows.get(link.id)):
            self._put(rules.runs(row, firmware, self.current.release.counter, now))
            self._wake.set()

    def _ran(self, unit: str, release: int) -> None:
        if (unit, release) not in self._runs:
            self._runs.add((unit, release))
            self._spawn(self.store.runs(unit, release, wire.VERSION, self._clock.now()))

    def _beats(self, unit: str) -> None:
        row = self.current.rows.get(unit) if self.current else None
        if row is not None and row.state == rules.SOAKING:
            self._put(msgspec.structs.replace(row, beats=row.beats + 1))

    def _asked(self, unit: str, wanted: BlockWanted) -> None:
        if self.current and (row := self.current.rows.get(unit)):
            self._put(rules.asks(row, self._clock.now()))
            if wanted.part == wire.BUNDLE and wanted.of == self.current.release.counter:
                self._has(self.current, unit, wanted.offset)
        self._blocks.asked(unit, wanted)

    def _has(self, current: Current, unit: str, size: int) -> None:
        current.have[unit] = size
        self.changed()

    def _said(self, unit: str, told: UpdateTold) -> None:
        if self.current and told.release == self.current.release.counter:
            written = told.state == "written"  # of an image a unit counts its blocks
            self._has(self.current, unit, self.current.release.packed if written else told.have)
        self._becomes(unit, told.release, told.state, told.reason)
        if told.state == "trial":  # whatever has become of the roll-out: a fresh answer is what it waits for
            self._on_trial.setdefault(unit, self._clock.mono())
            self._wake.set()
        else:
            self._on_trial.pop(unit, None)

    def _becomes(self, unit: str, release: int, state: str, reason: str | None) -> None:
        if state == "confirmed" and self._releases.of(release):
            self._ran(unit, release)  # of an image no HELLO tells
        current = self.current
        row = current.rows.get(unit) if current and current.release.counter == release else None
        if row is not None and state in ("refused", "loading", "written", "trial", "confirmed", "reverted"):
            self._put(rules.said(row, state, reason, self._clock.now()))

    def about(self, unit: str, release: int) -> dict[str, Any]:
        """What the log is to say of its update, beside what it tells itself."""
        named, (of, away_s) = self._releases.of(release), self._away.get(unit, (0, 0))
        return ({"version": named.version} if named else {}) | ({"away_s": away_s} if of == release else {})

    def tested(self, unit: str, ok: bool) -> None:
        self._counts(unit, good=ok)

    def logged(self, entries: list[Entry]) -> None:
        """Lines of the logs: answers of presses, and starts by a watchdog."""
        for entry in entries:
            if entry.kind == "answer" and self.current:
                self._answered(entry)
            elif entry.kind == "box_booted" and '"watchdog"' in entry.detail:
                self._crashed(entry)

    def _answered(self, entry: Entry) -> None:
        site = self._policy.snapshot.sites.get(entry.place)
        door = site.doors.get(entry.door or "") if site else None
        if door is not None and self.current and door.unit in self.current.rows:
            told = msgspec.json.decode(entry.detail)
            if told.get("state") in ("DONE", "UNKNOWN") or told.get("reason") == "fault":
                self._counts(door.unit, good=told.get("state") == "DONE")

    def _counts(self, unit: str, *, good: bool) -> None:
        row = self.current.rows.get(unit) if self.current else None
        if row is None or row.state != rules.SOAKING:
            return
        self._put(msgspec.structs.replace(row, opens=row.opens + good, bad=row.bad + (not good)))
        if good:
            self._opened[unit] = self._opened.get(unit, 0) + 1

    def _crashed(self, entry: Entry) -> None:
        """A box of several places has a line in each: the first of them counts."""
        unit = str(msgspec.json.decode(entry.detail).get("unit"))
        places = sorted({door.place for door in self._policy.doors_of_unit.get(unit, {}).values()})
        if places[:1] != [entry.place]:
            return
        if (firmware := self.seen.firmware(unit)) is not None:
            self._spawn(self.store.crashed(unit, firmware))
        if self.current and (row := self.current.rows.get(unit)):
            if row.state == rules.SOAKING and self.current.release.counter != firmware:
                self._spawn(self.store.crashed(unit, self.current.release.counter))  # it runs on that image
            self._put(rules.crashed(row, self._clock.now()))

    def _put(self, row: Row) -> None:
        assert self.current
        if self.current.rows[row.unit] is not row:
            if row.away_s is not None:
                self._away[row.unit] = (self.current.release.counter, row.away_s)
            self.current.rows[row.unit] = self._dirty[row.unit] = row
            self._wake.set()
            self.changed()

    # -- whose turn it is

    async def _turns(self) -> None:
        while True:
            try:
                async with asyncio.timeout(TURN_S if self.current or self._on_trial else None):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self.turn()
                await asyncio.sleep(BREATH_S)
            except Exception:  # all of it is looked at again in a moment
                log.exception("a turn of a roll-out")
                await asyncio.sleep(TURN_S)

    async def turn(self) -> None:
        """One step of what is under way."""
        self._answer_trials()
        async with self._moving:
            current = self.current
            if current is None:
                return
            await self.seen.look_at_contracts()
            self._leave_revoked(current)
            now, before = self._clock.now(), dict(current.rows)
            rows, seen = list(before.values()), self.seen.now(current.release.packed)
            step = rules.step(current.rollout, rows, seen, now, current.release.replaces)
            if step.rows or self._dirty or step.rollout is not current.rollout:
                await self._keep(current, step.rollout, step.rows, list(self._news(current.rollout, step.rollout)))
                for row in step.rows:
                    if current.rows[row.unit] is before[row.unit]:  # else a word that came meanwhile is newer
                        current.rows[row.unit] = row
                self.changed()
            await self._count_opens(current)
        self._offer(current, now)
        self._try_doors(current, now)

    def _leave_revoked(self, current: Current) -> None:
        for unit in self._policy.snapshot.revoked:
            row = current.rows.get(unit)
            if row is not None and row.state not in (rules.OUT, rules.GOOD, rules.FAILED):
                self._put(msgspec.structs.replace(row, state=rules.OUT, reason="revoked", ended=self._clock.now()))

    def _news(self, before: Rollout, after: Rollout) -> Iterable[Draft]:
        what = {rules.HALTED: "rollout_halted", rules.DONE: "rollout_done"}.get(after.state)
        told = {"rollout": after.id, "release": after.release, "wave": after.wave}
        if after.wave != before.wave:
            yield Draft("", self._clock.now(), "change", way="cloud", detail={"what": "rollout_wave", **told})
        if what and after.state != before.state:
            log.warning(what, extra={"rollout": after.id, "why": after.why})
            yield Draft("", self._clock.now(), "change", way="cloud", detail={"what": what, "why": after.why, **told})

    async def _count_opens(self, current: Current) -> None:
        opened, self._opened = self._opened, {}
        for unit, count in opened.items():
            await self.store.opened(unit, current.release.counter, count)

    def _offer(self, current: Current, now: int) -> None:
        if current.rollout.state not in (rules.RUNNING, rules.PAUSED):
            return
        key_set = max(self._releases.key_sets, default=0)
        for unit, row in current.rows.items():
            due = rules.offer_due(row, current.sent.get(unit), now, forgot=unit in self._forgot)
            link = self._units.of(unit) if due else None
            if link is None or link.link != "online":
                continue
            if self._units.send(unit, link.offer(current.release.counter, current.release.size, key_set)):
                current.sent[unit] = now
                self._forgot.discard(unit)

    def _answer_trials(self) -> None:
        mono = self._clock.mono()
        self._on_trial = {unit: since for unit, since in self._on_trial.items() if mono - since < TRIAL_S}
        for unit in self._on_trial:
            self._units.wake(unit)

    def _try_doors(self, current: Current, now: int) -> None:
        """Who has opened none since it was confirmed; who was not heard since is asked: it may be minutes until it
        tells by itself."""
        soak = current.rollout.plan.soak_s * 1000
        patience = min(TEST_AFTER_MS, soak // 2)
        for unit, row in current.rows.items():
            if row.state == rules.SOAKING and not row.beats and now - (row.moved or now) >= soak:
                self._units.wake(unit)
            if row.state != rules.SOAKING or row.opens >= current.rollout.plan.opens:
                continue
            if now - (row.moved or now) >= patience and now - current.tested.get(unit, 0) >= TEST_AGAIN_MS:
                current.tested[unit] = now
                self.test(unit)

    # -- blocks

    async def _part(self, unit: str, wanted: BlockWanted) -> bytes:
        """What the unit may have a block of. Key sets it may always have: they are public."""
        current = self.current
        row = current.rows.get(unit) if current and current.release.counter == wanted.of else None
        serves = current is not None and row is not None and rules.serves(current.rollout, row)
        return await self._releases.part(wanted) if serves or wanted.part == wire.KEY_SET else b""

    def _spawn(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
