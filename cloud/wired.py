"""The parts of the service that need no network, built and wired to each other. Starts none of them, and decides
nothing; `app` does the first.
"""

import datetime
from collections.abc import Callable
from contextlib import AsyncExitStack

import msgspec

from cloud import push_rules, vapid
from cloud.alarm_desk import AlarmDesk
from cloud.alarm_store import AlarmStore
from cloud.alerting import Alerting
from cloud.announcing import Announcing
from cloud.boxes import Boxes
from cloud.chain import Entry
from cloud.clock import Clock
from cloud.code_desk import CodeDesk
from cloud.home import Home
from cloud.live import Live
from cloud.log_store import LogStore
from cloud.notify import Notify
from cloud.opening import Opening
from cloud.passkeys import Passkeys
from cloud.people import People
from cloud.pins import Pins, proof_by
from cloud.policy import Policy
from cloud.push_post import Post
from cloud.push_store import PushStore
from cloud.pushing import Pushing
from cloud.releases import Releases
from cloud.rollout_desk import RolloutDesk
from cloud.rollout_news import RolloutNews
from cloud.sealing import Sealer
from cloud.self_test import SelfTests
from cloud.sessions import LIFE_MS, Sessions
from cloud.settings import Settings
from cloud.slow_hash import SlowHash
from cloud.store import Store
from cloud.unit_link import News, UnitLink
from cloud.units import Units
from cloud.views import Views

ALARMS_WAITING = 2000  # a network that fails takes a thousand places at once


class Wired(msgspec.Struct, frozen=True):
    store: Store
    policy: Policy
    units: Units
    sessions: Sessions
    pins: Pins
    codes: CodeDesk
    passkeys: Passkeys
    logs: LogStore
    views: Views
    live: Live
    opening: Opening
    people: People
    notify: Notify
    announcing: Announcing
    boxes: Boxes
    tests: SelfTests
    pushing: Pushing
    alarms: AlarmDesk
    alerting: Alerting
    releases: Releases
    rollouts: RolloutDesk

    async def refresh(self) -> None:
        """Somebody else, the command line, has changed what is on disk."""
        await self.policy.refresh()
        await self.pins.load()
        await self.rollouts.load()
        await self.units.settings.reload(self.units)
        self.opening.recheck()
        self.alarms.look_again()
        self.live.redraw_all()


async def build(
    settings: Settings,
    home: Home,
    sealer: Sealer,
    clock: Clock,
    make_room: Callable[[], bool],
    today: Callable[[], datetime.date],
    stack: AsyncExitStack,
) -> Wired:
    """What must be closed is put on the stack, in the order in which it is built."""
    store = Store(home.database, make_room, clock.now)
    stack.push_async_callback(store.close)
    hasher = SlowHash()
    stack.callback(hasher.close)
    notify = Notify(settings)
    stack.push_async_callback(notify.close)
    codes = CodeDesk(store, clock, hasher, notify)
    stack.push_async_callback(codes.close)
    policy = Policy(store)
    await policy.refresh()
    units = Units(store, clock, sealer)
    await units.load()
    units.enrolled = policy.refresh
    sessions = Sessions(store, clock)
    await sessions.load()
    pins = Pins(store, clock, hasher)
    await pins.load()
    logs = LogStore(store.reads)
    views = Views(policy, units, clock)
    views.signed_in = sessions.is_signed_in
    live = Live(policy, views, store, clock)
    live.needs_pin, live.watched = pins.needed, units.freshen
    opening = Opening(store, units, policy, sessions, live, clock, proof_by(pins))
    views.hold_of = opening.holding.of
    tests = SelfTests(store, policy, units, clock, units.busy)
    stack.push_async_callback(tests.close)
    pressed = units.busy
    units.busy = lambda unit: pressed(unit) or tests.running(unit)
    boxes = Boxes(store, policy, units, clock, opening.journalled)
    await boxes.load()
    stack.push_async_callback(boxes.close)
    people = People(store, policy, sessions, units, opening, live, clock)
    _shows_settings(units, policy, live)
    announcing = Announcing(policy, live, notify, logs, today)
    pushing = _pushing(settings, home, store, policy, clock)
    stack.push_async_callback(pushing.close)
    people.tell(pushing.access_changed)
    alarms = AlarmDesk(AlarmStore(store), boxes.store, policy, units, views, live, clock)
    alerting = Alerting(AlarmStore(store), policy, sealer, Notify(settings, waiting=ALARMS_WAITING), clock)
    _tells(alarms, pushing, alerting, stack)
    _hears(alarms, units, boxes, live)
    releases = Releases(store, clock, demo=settings.demo > 0)
    rollouts = await _rollouts(releases, policy, units, clock, boxes, tests, stack)
    releases.changed = rollouts.changed = RolloutNews(live.rollouts).changed
    _tells_links(units, rollouts)
    store.commits.logged = _all(live.logged, announcing.logged, pushing.logged, alarms.logged, rollouts.logged)
    passkeys = Passkeys(store, clock, settings)
    people.forget_passkeys = passkeys.remove_all
    parts = (store, policy, units, sessions, pins, codes, passkeys, logs, views, live, opening, people)
    return Wired(*parts, notify, announcing, boxes, tests, pushing, alarms, alerting, releases, rollouts)


def _shows_settings(units: Units, policy: Policy, live: Live) -> None:
    shown = units.settings.changed

    def settings_changed(unit: str) -> None:
        shown(unit)
        live.settings(policy.doors_of_unit.get(unit, {}).values())

    units.settings.changed = settings_changed


def _all(*hear: Callable[[list[Entry]], None]) -> Callable[[list[Entry]], None]:
    def logged(entries: list[Entry]) -> None:
        for each in hear:
            each(entries)

    return logged


def _tells(alarms: AlarmDesk, pushing: Pushing, alerting: Alerting, stack: AsyncExitStack) -> None:
    def tell_members(place: str, door: str, since: int, first: bool) -> None:
        pushing.left_open(place, door, since, first=first)

    alarms.tell, alarms.tell_members = [pushing.alarm, alerting.alarm], tell_members
    alerting.pushed_to = pushing.subscriptions.wanting
    stack.push_async_callback(alerting.close)
    stack.push_async_callback(alarms.close)


def _hears(alarms: AlarmDesk, units: Units, boxes: Boxes, live: Live) -> None:
    """Beside whoever hears the units already."""
    changed, told = units.changed, units.told

    def has_changed(unit: str, doors: list[int] | None) -> None:
        changed(unit, doors)
        alarms.seen(unit)

    def has_told(link: UnitLink, news: News) -> None:
        told(link, news)
        alarms.told(link, news)

    live.alarms = alarms.shown
    units.changed, units.told, boxes.noted = has_changed, has_told, alarms.noted


def _tells_links(units: Units, rollouts: RolloutDesk) -> None:
    """Whether a unit is there is part of what a roll-out waits for."""
    changed = units.changed

    def has_changed(unit: str, doors: list[int] | None) -> None:
        changed(unit, doors)
        if doors is None and rollouts.current and unit in rollouts.current.rows:
            rollouts.changed()

    units.changed = has_changed


async def _rollouts(
    releases: Releases,
    policy: Policy,
    units: Units,
    clock: Clock,
    boxes: Boxes,
    tests: SelfTests,
    stack: AsyncExitStack,
) -> RolloutDesk:
    """Hears the units before whoever puts down what they tell: a line about an update says how long it took."""
    desk = RolloutDesk(releases, policy, units, clock)
    await desk.load()
    stack.push_async_callback(desk.close)
    told = units.told

    def has_told(link: UnitLink, news: News) -> None:
        desk.heard(link, news)
        told(link, news)

    units.told, boxes.journal.about = has_told, desk.about
    tests.tested, desk.test = desk.tested, tests.soon
    return desk


def _pushing(settings: Settings, home: Home, store: Store, policy: Policy, clock: Clock) -> Pushing:
    post = Post(vapid.kept(home.keys / "vapid.pem"), settings.url)
    return Pushing(PushStore(store, LIFE_MS), policy, clock, post, push_rules.named(settings.push_hosts))
