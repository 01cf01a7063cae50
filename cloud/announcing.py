"""Tells those who manage a place what they must know at once and once a day: a new device with admin rights, the head
of the log. By their apps, and by e-mail where the host has set it up. And the app of a guest's host that he came.

Reads the lines of the log as they are written. Decides no right.
"""

import asyncio
import datetime
import logging
from collections.abc import Callable, Sequence

import msgspec

from cloud.chain import Entry
from cloud.contacts import is_phone
from cloud.live import Live
from cloud.log_store import LogStore
from cloud.messages import News
from cloud.notify import Notify
from cloud.policy import Policy

log = logging.getLogger("iomando.announcing")

CAME = ("sign_in", "session_ended", "answer")  # what a guest does that shows in his host's list of guests
LOOK_S = 600  # how exactly a day begins here
PROVEN = "passkey"  # a session that was begun by one needs no announcement


class Announcing:
    def __init__(
        self, policy: Policy, live: Live, notify: Notify, logs: LogStore, today: Callable[[], datetime.date]
    ) -> None:
        self._policy, self._live, self._notify, self._logs, self._today = policy, live, notify, logs, today
        self._day = today()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._days(), name="days")

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def logged(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            unproven = entry.kind == "sign_in" and entry.way != PROVEN
            if unproven and entry.who and self._policy.snapshot.manages(entry.who, entry.place):
                self._new_device(entry.place, entry.who, entry.detail)
            if entry.kind in CAME and entry.who:
                self._guest(entry.place, entry.who)

    def _guest(self, place: str, who: str) -> None:
        site = self._policy.snapshot.sites.get(place)
        guest = site.members.get(who) if site else None
        if guest is not None and guest.role == "guest" and guest.host:
            self._live.tell([guest.host], place, News("guest", place, who=guest.name))

    def _new_device(self, place: str, who: str, detail: str) -> None:
        site = self._policy.snapshot.sites[place]
        told = msgspec.json.decode(detail, type=dict[str, object])
        device, name = str(told.get("device", "")), site.members[who].name
        # herself, too, where somebody else has made the link: it may be that one who has opened it
        herself = set[str]() if told.get("made_by") in (None, who) else {who}
        others = self._policy.snapshot.managers(place) - {who} | herself
        self._live.tell(others, place, News("new_device", place, who=name))
        for each in sorted(others):
            person = self._policy.snapshot.people.get(each)
            contact = (person.email or person.phone) if person else None
            if person and contact and self._notify.can_reach(contact):
                self._notify.new_device(contact, person.language, name, device, site.place.name)
        log.info("new device with admin rights", extra={"place": place, "person": who, "told": len(others)})

    async def _days(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                if self._today() != self._day:
                    self._day = self._today()
                    await self.new_day()
            except Exception:
                log.exception("the day's heads were not told")

    async def new_day(self) -> None:
        """The heads of the logs go to those who manage the places; the holidays of a new year come in."""
        await self._policy.refresh()
        await self._live.heads()
        snapshot = self._policy.snapshot
        for place, head in (await self._logs.heads(snapshot.sites)).items():
            for who in sorted(snapshot.managers(place)):
                person = snapshot.people.get(who)
                contact = person.email if person else None
                if person and contact and not is_phone(contact) and self._notify.can_reach(contact):
                    name, day = snapshot.sites[place].place.name, self._day.isoformat()
                    self._notify.head(contact, person.language, name, day, str(head))
