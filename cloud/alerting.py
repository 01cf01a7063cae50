"""Alarms out of the house: to the alert addresses of a place, and by e-mail to who manages it and takes no push. What
happens at a place within a moment goes as one message.

The addresses hold tokens: sealed on disk, shown to nobody, named in no log. Decides nothing about alarms.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Literal, Protocol

import msgspec

from cloud import alarm_texts, alert_urls
from cloud.agenda import Agenda
from cloud.alarm_store import AlarmStore
from cloud.alarms import KINDS
from cloud.chain import Draft
from cloud.change_desk import Actor
from cloud.clock import Clock
from cloud.messages import AlarmView
from cloud.notify import Notify
from cloud.policy import Policy
from cloud.sealing import BadSeal, Sealer
from cloud.verbs import NotPossible

log = logging.getLogger("iomando.alerting")

GATHER_S = 15  # a power cut takes all boxes of a place within seconds: one message says so
MAILS = 20  # people of one place: more is a list, and has an address of its own


class Alerts(msgspec.Struct, frozen=True):
    """What is sealed. `language`: of who set them."""

    urls: tuple[str, ...] = ()
    language: str = "en"
    by: str | None = None  # the person who did; None: by the command line, or before this was kept


class Gathered(msgspec.Struct):
    """Of one place, until it goes out: (alarm, whether for the first time), and who manages it."""

    told: list[tuple[AlarmView, bool]] = []
    people: frozenset[str] = frozenset()


class Phone(Protocol):
    @property
    def person(self) -> str: ...


# (people, what they want to be told, place, now) → their phones that are told
Phones = Callable[[Iterable[str], Literal["alarms"], str, int], Awaitable[Sequence[Phone]]]


async def _none(_people: Iterable[str], _kind: str, _place: str, _now: int) -> list[Phone]:
    return []


class Alerting:
    def __init__(self, store: AlarmStore, policy: Policy, sealer: Sealer, notify: Notify, clock: Clock) -> None:
        """`notify`: its own, so that no code for a sign-in waits behind alarms."""
        self._store, self._policy, self._sealer, self._clock = store, policy, sealer, clock
        self.notify = notify
        self._gathered: dict[str, Gathered] = {}
        self._agenda: Agenda[str] = Agenda(self._goes)
        self._tasks: set[asyncio.Task[None]] = set()
        self.pushed_to: Phones = _none

    def start(self) -> None:
        self.notify.start()

    async def close(self) -> None:
        self._agenda.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.notify.close()

    # -- an alarm is told

    def alarm(self, place: str, alarm: AlarmView, people: frozenset[str], first: bool) -> None:
        if place not in self._gathered:
            self._gathered[place] = Gathered()
            self._agenda.add(GATHER_S, place)
        gathered = self._gathered[place]
        gathered.told = [(each, once) for each, once in gathered.told if each.id != alarm.id] + [(alarm, first)]
        gathered.people = people

    def _goes(self, place: str) -> None:
        task = asyncio.get_running_loop().create_task(self._send(place, self._gathered.pop(place)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, place: str, gathered: Gathered) -> None:
        alerts = await self.of(place)
        title, text = self._message(place, alerts.language, gathered.told)
        for url in alerts.urls:
            self.notify.place_alert(alert_urls.service(url) or "?", url, title, text)
        new = [(alarm, first) for alarm, first in gathered.told if first and not KINDS[alarm.kind].by_day]
        if new:
            await self._mail(place, gathered.people, new)

    async def _mail(self, place: str, people: frozenset[str], told: list[tuple[AlarmView, bool]]) -> None:
        """Once an alarm, never by SMS: for those whom nothing else would reach."""
        pushed = {phone.person for phone in await self.pushed_to(people, "alarms", place, self._clock.now())}
        still = self._policy.snapshot.managers(place)  # it has waited to be gathered, and for the phones
        left = sorted((people & still) - pushed)
        for who in left[:MAILS]:
            person = self._policy.snapshot.people.get(who)
            if person and person.email and self.notify.can_reach(person.email):
                self.notify.alarm(person.email, *self._message(place, person.language, told))

    def _message(self, place: str, language: str, told: list[tuple[AlarmView, bool]]) -> tuple[str, str]:
        site = self._policy.snapshot.sites[place]
        lines = []
        for alarm, first in told:
            doors = [d.name for d in site.doors.values() if alarm.door == d.id or alarm.unit == d.unit]
            zone = site.calendar.zone
            lines.append(alarm_texts.alarm(language, alarm.kind, doors, alarm.since, zone, first=first))
        return alarm_texts.message(language, site.place.name, lines)

    # -- the addresses

    async def of(self, place: str) -> Alerts:
        sealed = await self._store.alerts(place)
        try:
            return msgspec.json.decode(self._sealer.open(sealed, _context(place)), type=Alerts) if sealed else Alerts()
        except (BadSeal, msgspec.MsgspecError):
            log.exception("the alert addresses cannot be read: they have to be set anew", extra={"place": place})
            return Alerts()

    async def set(self, place: str, urls: tuple[str, ...], actor: Actor) -> None:
        """All of them. Raises NotPossible, which names none."""
        kinds = [alert_urls.service(url) for url in urls]
        if None in kinds or not await self.notify.understands(urls):
            number = kinds.index(None) + 1 if None in kinds else 0
            which = f"address {number}" if number else "one of these addresses"
            raise NotPossible(
                "invalid", f"{which} is none of a service that is known: {', '.join(alert_urls.SERVICES)}"
            )
        actor.still(self._policy.snapshot)
        person = self._policy.snapshot.people.get(actor.person or "")
        alerts = Alerts(tuple(dict.fromkeys(urls)), person.language if person else "en", actor.person)
        sealed = self._sealer.seal(msgspec.json.encode(alerts), _context(place)) if urls else None
        detail = {"what": "alerts", "count": len(alerts.urls), "kinds": kinds}
        draft = Draft(place, self._clock.now(), "change", actor.person, actor.session, actor.way, detail=detail)
        await self._store.set_alerts(place, sealed, draft, self._clock.now())

    def are_of_a_former_owner(self, place: str, alerts: Alerts) -> bool:
        """Who set them owns this place no more: they may lead to where nobody here looks, or to whom it is no
        business."""
        members = self._policy.snapshot.sites[place].members
        member = members.get(alerts.by or "")
        return alerts.by is not None and bool(alerts.urls) and (member is None or member.role != "owner")

    async def try_all(self, place: str) -> list[tuple[str, bool]]:
        """(service, whether it took the message) of each address."""
        alerts = await self.of(place)
        title, text = alarm_texts.test(alerts.language, self._policy.snapshot.sites[place].place.name)
        kinds = [alert_urls.service(url) or "?" for url in alerts.urls]
        tried = (self.notify.deliver(kind, url, title, text) for kind, url in zip(kinds, alerts.urls, strict=True))
        return list(zip(kinds, await asyncio.gather(*tried), strict=True))


def _context(place: str) -> str:
    return f"alert addresses of {place}"
